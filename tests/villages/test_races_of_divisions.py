"""Merges, transfers and what refers to divisions meet, and nobody waits in a ring.

Each stands beside its control: the same meeting with locks taken step by step, or with locks that
also keep out who only refers to a row. Then the database ends one of them.
"""

import threading
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import OperationalError
from django.db.models import QuerySet

from tasks.actions import deadlines
from tasks.actions import lights as acts
from tests.tasks.meetings import REAL_CONNECTIONS, Deed, Meeting, at_once
from tests.tasks.test_overrides import LATER, given
from tests.tasks.verbs import author
from tests.world import NOW, World
from villages import actions
from villages.models import Division

pytestmark = REAL_CONNECTIONS
TODAY = NOW.date()


@pytest.fixture(params=["at once", "step by step"])
def ordered(request: pytest.FixtureRequest) -> bool:
    return bool(request.param == "at once")


def fresh(world: World, unit: str) -> Division:
    return Division.objects.select_related("parent").get(pk=world.units[unit].pk)


def deadlocks(outcomes: list[Any]) -> int:
    return sum(isinstance(outcome, OperationalError) for outcome in outcomes)


def merging(source: Division, target: Division) -> Deed:
    def merge() -> Any:
        try:
            return actions.merge([source], target, TODAY)
        except ValidationError as refused:
            return refused

    return merge


def moving(unit: Division, parent: Division, begins: threading.Event) -> Deed:
    def move() -> None:
        begins.wait()
        division = Division.objects.select_related("parent").get(pk=unit.pk)
        division.parent = parent
        division.place(TODAY)

    return move


def telling(begins: threading.Event, function: Callable[..., Any]) -> Callable[..., Any]:
    """Let the other begin once this one holds its locks, and meet it there."""

    def tell(*args: Any) -> Any:
        result = function(*args)
        begins.set()
        return result

    return tell


def lock(units: Iterable[Division]) -> list[Division]:
    return Division.objects.filter(pk__in=[unit.pk for unit in units]).lock()


def test_of_two_townships_merged_into_each_other_one_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch, ordered: bool
) -> None:
    meeting = Meeting(2)

    def step_by_step(sources: list[Division], targets: list[Division]) -> Any:
        before = lock(sources)
        meeting.attend()
        return before, lock(targets)

    met = meeting.after(actions._locked_with_below) if ordered else step_by_step
    monkeypatch.setattr(actions, "_locked_with_below", met)
    hejian, linqi = world.units["hejian"], world.units["linqi"]
    outcomes = at_once(merging(hejian, linqi), merging(linqi, hejian))
    assert deadlocks(outcomes) == (0 if ordered else 1)
    assert sum(isinstance(outcome, ValidationError) for outcome in outcomes) == ordered
    assert [fresh(world, name).is_over for name in ("hejian", "linqi")].count(True) == 1


def test_a_village_moves_to_the_younger_township_into_which_its_own_is_merged(
    world: World, monkeypatch: pytest.MonkeyPatch, ordered: bool
) -> None:
    place = {"level": "township", "kind": "town", "parent": world.units["linzhou"]}
    young = Division(code="410581103000", name="新镇", **place)
    young.place()
    begins = threading.Event()

    def named_only(sources: list[Division], targets: list[Division]) -> Any:
        return lock(sources), lock(targets)

    locking = actions._locked_with_below if ordered else named_only
    met = Meeting(2).after(telling(begins, locking))
    monkeypatch.setattr(actions, "_locked_with_below", met)
    move = moving(world.units["dongshan"], young, begins)
    outcomes = at_once(merging(world.units["hejian"], young), move)
    assert deadlocks(outcomes) == (0 if ordered else 1)
    assert world.units["dongshan"].changes_from.count() == 1
    assert fresh(world, "dongshan").parent == young


def test_an_extension_a_light_by_hand_and_a_transfer_wait_in_no_ring(
    world: World, monkeypatch: pytest.MonkeyPatch, ordered: bool
) -> None:
    begins, meeting, real = threading.Event(), Meeting(3), QuerySet.select_for_update

    def keeping_all_out(self: Any, *args: Any, **options: Any) -> Any:
        return real(self, *args, **options | {"no_key": False})

    if not ordered:
        monkeypatch.setattr(QuerySet, "select_for_update", keeping_all_out)
    monkeypatch.setattr(acts, "_check_until", meeting.after(telling(begins, acts._check_until)))
    monkeypatch.setattr(deadlines, "_check_until", meeting.after(deadlines._check_until))
    linqi, by = world.units["linqi"], author(world, "city_manager")
    outcomes = at_once(
        lambda: given(world, "dongshan"),
        moving(world.units["dongshan"], linqi, begins),
        lambda: deadlines.extend(linqi, world.periods[3], LATER, "汛期", by),
    )
    assert deadlocks(outcomes) == (0 if ordered else 1), outcomes
