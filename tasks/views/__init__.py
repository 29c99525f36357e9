from tasks.views.entries import entries, entry
from tasks.views.ledgers import issue, ledger, ledgers
from tasks.views.report import report, report_now
from tasks.views.review import review, review_now

__all__ = [
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
