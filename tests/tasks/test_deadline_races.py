"""Dates and reminders on real connections: each has one effect, and nobody waits in a ring."""

import datetime
from collections.abc import Callable
from functools import partial

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError

from tasks.actions import chasing, deadlines
from tasks.models import Entry, Extension, PeriodChange, Reminder
from tests.tasks.meetings import REAL_CONNECTIONS, Meeting, at_once, unlock
from tests.tasks.verbs import author, code_of, save
from tests.world import NOW, World

pytestmark = REAL_CONNECTIONS
UNTIL = datetime.date(2026, 10, 20)


def extend(world: World, until: datetime.date) -> Extension:
    by = author(world, "city_manager")
    return deadlines.extend(world.units["hejian"], world.periods[3], until, "搬迁", by)


def test_four_who_remind_a_unit_at_once_remind_it_once(world: World) -> None:
    unit, by = [world.units["dongshan"]], world.users["linzhou_reviewer"]
    deeds = [lambda: chasing.remind(unit, world.periods[3], NOW.date(), by)] * 4
    done = at_once(*deeds)
    assert sorted((len(r.made), len(r.already)) for r in done) == [(0, 1)] * 3 + [(1, 0)]
    assert Reminder.objects.count() == 1


def test_of_two_daily_runs_at_once_each_reminder_is_written_by_one(world: World) -> None:
    done = at_once(*[lambda: chasing.chase(NOW.date())] * 2)
    assert sum(run.reminded for run in done) == Reminder.objects.count() == 12


def test_extensions_granted_at_once_leave_one_running(world: World) -> None:
    days = [UNTIL + datetime.timedelta(days=n) for n in range(4)]
    done = at_once(*(partial(extend, world, until) for until in days))
    assert all(isinstance(extension, Extension) for extension in done)
    standing = Extension.objects.get(ended_at=None)
    lines = Entry.objects.filter(township=world.units["hejian"], period=world.periods[3])
    assert {line.extended_to for line in lines} == {standing.until}


def test_a_line_saved_while_its_unit_is_extended_keeps_both(world: World) -> None:
    units = ("dongshan", "xishan", "nanping")

    def fill(entry: Entry, value: int) -> Callable[[], object]:
        return lambda: save(world, "hejian_reporter", entry, value=value)

    for day in range(4):
        until = UNTIL + datetime.timedelta(days=day)
        deeds = [fill(world.entry(unit, "income"), day + 1) for unit in units]
        at_once(partial(extend, world, until), *deeds)
        fresh = [world.entry(unit, "income") for unit in units]
        assert {line.extended_to for line in fresh} == {until}
        assert {line.value for line in fresh} == {day + 1}


def test_a_quarter_locked_by_two_at_once_is_locked_once(world: World) -> None:
    by = author(world, "city_manager")

    def lock() -> str:
        try:
            deadlines.lock(world.periods[3], "汇总", by)
        except ValidationError as refusal:
            return type(refusal).__name__
        return "locked"

    assert sorted(at_once(lock, lock)) == ["ValidationError", "locked"]
    assert PeriodChange.objects.count() == 1


def test_an_extension_that_meets_the_lock_holds_past_it(world: World) -> None:
    """Whichever comes first: the quarter is locked, and the unit with more time is not."""
    by = author(world, "city_manager")
    done = at_once(
        lambda: deadlines.lock(world.periods[3], "汇总", by), lambda: extend(world, UNTIL)
    )
    assert not [outcome for outcome in done if isinstance(outcome, Exception)]
    world.periods[3].refresh_from_db()
    assert world.periods[3].locked_at is not None
    assert world.entry("dongshan", "income").extended_to == UNTIL
    assert save(world, "dongshan_reporter", world.entry("dongshan", "income"), value=5).done
    (refused,) = save(world, "linqi_reporter", world.entry("beiping", "income"), value=5).refused
    assert code_of(refused.error) == "locked"
    assert PeriodChange.objects.count() == Extension.objects.count() == 1


@pytest.mark.parametrize("locked", [True, False], ids=["locked", "control without locks"])
def test_two_extensions_that_both_saw_none_before_them(
    world: World, monkeypatch: pytest.MonkeyPatch, *, locked: bool
) -> None:
    """With the quarter's row locked the second ends the first; without, the database objects."""
    if not locked:
        unlock(monkeypatch)
        monkeypatch.setattr(
            Extension.objects, "create", Meeting(2).before(Extension.objects.create)
        )
    done = at_once(
        lambda: extend(world, UNTIL), lambda: extend(world, UNTIL + datetime.timedelta(days=1))
    )
    failures = [outcome for outcome in done if isinstance(outcome, DatabaseError)]
    assert len(failures) == (0 if locked else 1)
    assert Extension.objects.filter(ended_at=None).count() == 1
