from tasks.views.entries import entries, entry
from tasks.views.ledgers import issue, ledger, ledgers
from tasks.views.report import report, report_now
from tasks.views.return_reasons import return_reasons
from tasks.views.review import review, review_now
from tasks.views.review_acts import undo_review
from tasks.views.review_units import review_units
from tasks.views.second_track import second_track, second_track_now

__all__ = [
    "entries",
    "entry",
    "issue",
    "ledger",
    "ledgers",
    "report",
    "report_now",
    "return_reasons",
    "review",
    "review_now",
    "review_units",
    "second_track",
    "second_track_now",
    "undo_review",
]
