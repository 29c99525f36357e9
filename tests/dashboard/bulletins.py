"""Bulletins of the small city, as the cast makes them."""

import datetime
from typing import Any

from dashboard.bulletin.freezing import freeze
from dashboard.bulletin.frozen import Frozen
from dashboard.bulletin.making import begin
from tasks.models import Bulletin
from tests.tasks.verbs import moment, save, submit
from tests.world import World

# Two days after the due date of the third quarter.
AFTER_DUE = moment(10, 7, 16, 20)
PRACTICES = "（一）林州市每月调度。逐项销号，完成率稳步提升。\n（二）滑县用好预警。"


def reported(world: World, unit: str, task: str, who: str, value: int = 80, **more: Any) -> None:
    """Saved and submitted, to wait above."""
    assert save(world, who, world.entry(unit, task), value=value, **more).done
    assert submit(world, who, world.entry(unit, task), **more).done


def frozen_of(
    world: World, unit: str = "city", at: datetime.datetime = AFTER_DUE, quarter: int = 3
) -> Frozen:
    return freeze(world.units[unit], world.periods[quarter], at)


def draft(
    world: World, unit: str = "city", at: datetime.datetime = AFTER_DUE, **texts: Any
) -> Bulletin:
    """A draft that lacks nothing to be issued."""
    by = world.users[f"{unit}_manager"]
    bulletin = begin(world.units[unit], world.periods[3], by, frozen_of(world, unit, at))
    bulletin.write(bulletin.version, {"practices": PRACTICES} | texts)
    return bulletin


def issued(
    world: World, unit: str = "city", at: datetime.datetime = AFTER_DUE, **texts: Any
) -> Bulletin:
    bulletin = draft(world, unit, at, **texts)
    bulletin.issue(bulletin.version, world.users[f"{unit}_manager"], at, None)
    return bulletin


def row(bulletin: Bulletin) -> dict[str, Any]:
    """Everything that is stored of it."""
    return dict(Bulletin.objects.filter(pk=bulletin.pk).values().get())
