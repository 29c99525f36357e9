from tasks.views.amend import amend
from tasks.views.entries import entries, entry
from tasks.views.ledgers import close, copy, issue, ledger, ledgers
from tasks.views.report import report, report_now
from tasks.views.review import review, review_now

__all__ = [
    "amend",
    "close",
    "copy",
    "entries",
    "entry",
    "issue",
    "ledger",
    "ledgers",
    "report",
    "report_now",
    "review",
    "review_now",
]
