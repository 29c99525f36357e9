"""Amending and closing beside those who write, on connections of their own."""

import threading
from uuid import UUID

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError

from tasks import actions
from tasks.actions import amending, deadlines, making, writing
from tasks.models import Entry, Period
from tests.tasks.amending import withdraw_unit
from tests.tasks.meetings import REAL_CONNECTIONS, Meeting, at_once
from tests.tasks.recount import recounted, summarised
from tests.tasks.verbs import accept as accept_line
from tests.tasks.verbs import author, moment, seen, submitted
from tests.world import NOW, World

pytestmark = REAL_CONNECTIONS
ACT = UUID(int=5)


def accepted_by_the_county(world: World) -> Entry:
    accept_line(world, "hejian_reviewer", submitted(world))
    shown = world.entry("dongshan", "income")
    assert actions.accept(seen(shown), author(world, "linzhou_reviewer"), ACT).done
    for period in Period.objects.filter(year=2026):
        if not period.is_locked(NOW.date()):
            deadlines.lock(period, "汇总", author(world, "city_manager"))
    return world.entry("dongshan", "income")


@pytest.mark.parametrize("held", [True, False], ids=["ledger held", "control"])
def test_a_year_is_not_closed_over_a_verdict_that_is_taken_back(
    world: World, monkeypatch: pytest.MonkeyPatch, *, held: bool
) -> None:
    accepted_by_the_county(world)
    stored, tried = threading.Event(), threading.Event()
    store = writing._store

    def store_and_wait(*arguments: object) -> None:
        store(*arguments)  # type: ignore[arg-type]
        stored.set()
        tried.wait(1)

    monkeypatch.setattr(writing, "_store", store_and_wait)
    if not held:
        monkeypatch.setattr(writing, "keep_ledgers_open", lambda: None)

    def close() -> str:
        stored.wait(10)
        try:
            making.close(world.ledger, author(world, "city_manager"))
        except ValidationError:
            return "refused"
        finally:
            tried.set()
        return "closed"

    _undone, closed = at_once(lambda: actions.undo(ACT, author(world, "linzhou_reviewer")), close)
    assert world.entry("dongshan", "income").state == Entry.State.SUBMITTED
    assert closed == ("refused" if held else "closed")


def test_a_unit_asked_again_does_not_wait_in_a_ring_with_who_reports_for_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its township sends a batch that still names the line that was withdrawn."""
    gone, live = world.entry("dongshan", "income"), world.entry("xishan", "income")
    withdraw_unit(world, "dongshan")
    meeting = Meeting(2)
    monkeypatch.setattr(writing, "_locked", meeting.after(writing._locked))
    again = author(world, "city_manager", moment(10, 2, 9, 5))
    unit, ledger = world.units["dongshan"], world.ledger
    both = [actions.Edit(gone.pk, 2, {"value": 1}), actions.Edit(live.pk, 1, {"value": 2})]
    outcomes = at_once(
        lambda: amending.add_unit(ledger, unit, 3, "恢复", again),
        lambda: actions.save(both, author(world, "hejian_reporter")),
    )
    assert not [outcome for outcome in outcomes if isinstance(outcome, DatabaseError)]
    assert summarised() == recounted()


def test_verbs_that_are_carried_out_together_wait_for_nobody_in_a_ring(world: World) -> None:
    """Two requests of several verbs each, over the same lines in opposite orders."""
    units = ("dongshan", "xishan", "nanping")
    lines = [world.entry(unit, "income") for unit in units]

    def fill(order: list[Entry], who: str, value: int) -> None:
        own = Entry.objects.fillable_by(world.users[who])
        with writing.together([line.pk for line in order], own):
            for line in order:
                edit = actions.Edit(line.pk, line.version, {"value": value})
                actions.save([edit], author(world, who))

    for _turn in range(5):
        outcomes = at_once(
            lambda: fill(lines, "hejian_reporter", 1),
            lambda: fill(lines[::-1], "hejian_reviewer", 2),
        )
        assert outcomes == [None, None]
    assert summarised() == recounted()
