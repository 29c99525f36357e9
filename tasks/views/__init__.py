from tasks.views.chase import chase
from tasks.views.entries import entries, entry
from tasks.views.ledgers import issue, ledger, ledgers
from tasks.views.quarters import quarter, quarters
from tasks.views.report import report, report_now
from tasks.views.review import review, review_now
from tasks.views.work import work

__all__ = [
    "chase",
    "entries",
    "entry",
    "issue",
    "ledger",
    "ledgers",
    "quarter",
    "quarters",
    "report",
    "report_now",
    "review",
    "review_now",
    "work",
]
