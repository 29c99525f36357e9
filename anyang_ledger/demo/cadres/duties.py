"""Duty lists of the demo city: what first secretaries and their organisations answer for."""

import datetime
from typing import Any

from django.utils import timezone

from accounts.models import User
from tasks.actions import Author, amending
from tasks.models import EntryChange, Ledger

AT = datetime.datetime(2026, 10, 9, 9, 0)  # noqa: DTZ001 - made aware where it is used
REASON = "下发驻村第一书记工作任务清单和选派单位责任清单"
OF_VILLAGES: dict[str, Any] = {"category": "people", "reporting_level": "village"}
PROJECT: dict[str, Any] = {
    "title": "引进资金项目",
    "requirement": "第一书记协调引进到村资金和项目，按到位金额填报。",
    "measure": "number",
    "unit": "万元",
    "duty": "first_secretary",
    **OF_VILLAGES,
}
SURROUNDINGS: dict[str, Any] = {
    "title": "人居环境整治实绩",
    "requirement": "带领村组开展集中整治，填报整治的处数。",
    "measure": "number",
    "unit": "处",
    "duty": "first_secretary",
    **OF_VILLAGES,
}
SUPPORT: dict[str, Any] = {
    "title": "选派单位支持帮扶村",
    "requirement": "选派单位与帮扶村责任绑定，填报本季度落实的支持措施。",
    "measure": "text",
    "duty": "sending_organization",
    **OF_VILLAGES,
}


def put(ledger: Ledger, by: User) -> None:
    """Add both lists to the issued ledger from the fourth quarter on, unless they are there."""
    if ledger.tasks.exclude(duty="").exists():
        return
    author = Author(by, EntryChange.Origin.COMMAND, timezone.make_aware(AT))
    amending.add_task(ledger, PROJECT, 4, REASON, author)
    amending.add_task(ledger, SURROUNDINGS, 4, REASON, author)
    supported = ledger.tasks.get(title=PROJECT["title"])
    amending.add_task(ledger, SUPPORT | {"supports": supported}, 4, REASON, author)
