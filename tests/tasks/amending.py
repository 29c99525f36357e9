"""Amendments of the small city's ledger, made by its manager."""

import datetime
from typing import Any

from tasks import actions
from tasks.models import Amendment, Entry, Ledger, Task
from tests.tasks.verbs import author
from tests.world import World

NEW_TASK: dict[str, Any] = {
    "category": "effect",
    "title": "防汛备汛",
    "reporting_level": "village",
    "measure": "number",
    "unit": "次",
    "quarters": "1234",
    "weight": 1,
    "final_level": "county",
}
REASON = "市委常委会决定"
MANAGER = "city_manager"


def ledger(world: World) -> Ledger:
    return Ledger.objects.get(pk=world.ledger.pk)


def task(world: World, name: str) -> Task:
    return Task.objects.select_related("ledger").get(pk=world.tasks[name].pk)


def add_task(world: World, quarter: int = 3, who: str = MANAGER, **fields: Any) -> Amendment:
    given = NEW_TASK | fields
    return actions.add_task(ledger(world), given, quarter, REASON, author(world, who))


def withdraw(
    world: World, name: str, quarter: int = 3, at: datetime.datetime | None = None
) -> Amendment:
    return actions.withdraw_task(task(world, name), quarter, REASON, author(world, MANAGER, at))


def restore(world: World, name: str, quarter: int = 3) -> Amendment:
    return actions.restore_task(task(world, name), quarter, REASON, author(world, MANAGER))


def add_unit(world: World, unit: str, quarter: int = 3) -> Amendment:
    who = author(world, MANAGER)
    return actions.add_unit(ledger(world), world.units[unit], quarter, REASON, who)


def withdraw_unit(world: World, unit: str, quarter: int = 3) -> Amendment:
    who = author(world, MANAGER)
    return actions.withdraw_unit(ledger(world), world.units[unit], quarter, REASON, who)


def states(**which: Any) -> list[str]:
    return sorted(Entry.objects.filter(**which).values_list("state", flat=True))
