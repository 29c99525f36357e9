"""The ledger of 2026: its tasks from `fixtures/ledger_2026.json`, issued in January."""

import datetime
import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from django.conf import settings
from django.utils import timezone

from accounts.models import User
from tasks.models import Ledger, Period, Rule, Task
from villages.models import Division

ISSUED_AT = datetime.datetime(2026, 1, 5, 10, 0)  # noqa: DTZ001 - made aware where it is used
# Earlier than usual, so that two quarters are at work side by side: one being reviewed, one
# being filled.
LAST_QUARTER_OPENS = datetime.date(2026, 10, 8)


@dataclass(frozen=True)
class Habit:
    """How a task tends to be answered: sentences, and shares of lines without a value."""

    narratives: tuple[str, ...]
    nil: float
    not_applicable: float


@cache
def definition() -> dict[str, Any]:
    path = settings.BASE_DIR / "fixtures" / "ledger_2026.json"
    read: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return read


def habits(ledger: Ledger) -> dict[int, Habit]:
    """The habits of each task of the ledger, by its primary key."""
    by_number = {task["fields"]["number"]: task for task in definition()["tasks"]}
    return {
        task.pk: Habit(
            tuple(by_number[task.number]["narratives"]),
            by_number[task.number]["nil_share"],
            by_number[task.number]["not_applicable_share"],
        )
        for task in ledger.tasks.all()
    }


def issue(city: Division, by: User) -> Ledger:
    """Write the ledger with its tasks and quarters, and issue it: every entry stands, blank."""
    year, title, goal = (definition()[name] for name in ("year", "title", "goal"))
    ledger = Ledger.objects.create(division=city, year=year, title=title, goal=goal)
    tasks = Task.objects.bulk_create(_task(ledger, t["fields"]) for t in definition()["tasks"])
    Rule.objects.bulk_create(_rules(tasks))
    Period.objects.for_year(year)
    Period.objects.filter(year=year, quarter=4).update(opens=LAST_QUARTER_OPENS)
    ledger.issue(by, timezone.make_aware(ISSUED_AT))
    return ledger


def _rules(tasks: list[Task]) -> Iterator[Rule]:
    """What is asked of the values of each task, beside it in the same file."""
    for task, written in zip(tasks, definition()["tasks"], strict=True):
        for rule in written.get("rules", []):
            bound = rule["bound"] and Decimal(rule["bound"])
            made = Rule(task=task, **rule | {"bound": bound})
            made.full_clean(validate_unique=False)
            yield made


def _task(ledger: Ledger, fields: dict[str, Any]) -> Task:
    target = fields["target"] and Decimal(fields["target"])
    task = Task(**fields | {"target": target, "ledger": ledger})
    task.full_clean(exclude=["ledger"])
    return task
