from tasks.views.amend import amend
from tasks.views.chase import chase
from tasks.views.entries import entries, entry
from tasks.views.evidence import attach, detach, evidence
from tasks.views.exemptions import ask_exemption, exemptions, lift_exemption, withdraw_exemption
from tasks.views.grid import cell, grid_page, send_cells
from tasks.views.ledgers import close, copy, issue, ledger, ledgers
from tasks.views.lights import lights
from tasks.views.quarters import quarter, quarters
from tasks.views.report import report, report_now
from tasks.views.return_reasons import return_reasons
from tasks.views.review import review, review_now
from tasks.views.review_acts import undo_review
from tasks.views.review_units import review_units
from tasks.views.second_track import second_track, second_track_now
from tasks.views.work import work

__all__ = [
    "amend",
    "ask_exemption",
    "attach",
    "cell",
    "chase",
    "close",
    "copy",
    "detach",
    "entries",
    "entry",
    "evidence",
    "exemptions",
    "grid_page",
    "issue",
    "ledger",
    "ledgers",
    "lift_exemption",
    "lights",
    "quarter",
    "quarters",
    "report",
    "report_now",
    "return_reasons",
    "review",
    "review_now",
    "review_units",
    "second_track",
    "second_track_now",
    "send_cells",
    "undo_review",
    "withdraw_exemption",
    "work",
]
