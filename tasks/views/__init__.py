from tasks.views.entries import entries, entry
from tasks.views.grid import cell, grid_page, send_cells
from tasks.views.ledgers import issue, ledger, ledgers
from tasks.views.report import report, report_now
from tasks.views.review import review, review_now

__all__ = [
    "cell",
    "entries",
    "entry",
    "grid_page",
    "issue",
    "ledger",
    "ledgers",
    "report",
    "report_now",
    "review",
    "review_now",
    "send_cells",
]
