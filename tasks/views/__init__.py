from tasks.views.amend import amend
from tasks.views.entries import entries, entry
from tasks.views.evidence import attach, detach, evidence
from tasks.views.exemptions import (
    ask_exemption,
    exemptions,
    lift_exemption,
    withdraw_exemption,
)
from tasks.views.ledgers import close, copy, issue, ledger, ledgers
from tasks.views.report import report, report_now
from tasks.views.review import review, review_now

__all__ = [
    "amend",
    "ask_exemption",
    "attach",
    "close",
    "copy",
    "detach",
    "entries",
    "entry",
    "evidence",
    "exemptions",
    "issue",
    "ledger",
    "ledgers",
    "lift_exemption",
    "report",
    "report_now",
    "review",
    "review_now",
    "withdraw_exemption",
]
