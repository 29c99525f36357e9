"""Chasing: who is reminded on which day, by today's dates; once a day; told to the level above."""

import datetime

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError

from tasks import actions
from tasks.actions import chasing, deadlines
from tasks.models import Entry, Ledger, Period, Reminder
from tests.tasks.verbs import author, moment, submitted
from tests.world import NOW, World
from villages.models import Division

pytestmark = pytest.mark.usefixtures("in_english")
A_DAY = datetime.timedelta(days=1)
DUE = datetime.date(2026, 10, 5)
TODAY = NOW.date()
OWING = {
    *("hejian", "linqi", "baidaokou", "feidi"),
    *("dongshan", "xishan", "nanping", "dongshan_linqi", "beiping", "chengbian"),
    *("shiqiao", "feilai"),
}


def due(world: World, on: datetime.date, quarter: int = 3) -> set[str]:
    """The units to be reminded of a quarter, by the names of the small city."""
    names = {division.pk: name for name, division in world.units.items()}
    found = {p.quarter: units for p, units in chasing.due_reminders(on)}
    return {names[pk] for pk in found.get(quarter, set())}


def remind(
    world: World,
    who: str,
    *units: str,
    quarter: int = 3,
    on: datetime.date = TODAY,
    words: str = "",
) -> chasing.Reminded:
    divisions = [world.units[unit] for unit in units]
    return chasing.remind(divisions, world.periods[quarter], on, world.users[who], words)


# Which units on which day


@pytest.mark.parametrize(
    ("days", "reminded"), [(-4, False), (-3, True), (0, True), (1, True), (87, True), (88, False)]
)
def test_reminders_run_from_the_days_of_the_ledger_until_the_lock(
    world: World, days: int, reminded: bool
) -> None:
    assert due(world, DUE + days * A_DAY) == (OWING if reminded else set())


def test_the_days_before_are_those_of_the_ledger(world: World) -> None:
    Ledger.objects.update(remind_days=7)
    assert due(world, DUE - 7 * A_DAY) == OWING
    assert due(world, DUE - 8 * A_DAY) == set()


def test_reminders_follow_a_due_date_that_moves(world: World) -> None:
    assert due(world, TODAY) == OWING
    period = world.periods[3]
    by = author(world, "city_manager")
    deadlines.move_dates(period, period.opens, DUE + 10 * A_DAY, period.locks, "汛期", by)
    assert due(world, TODAY) == due(world, TODAY + 9 * A_DAY) == set()
    assert due(world, TODAY + 10 * A_DAY) == OWING


def test_an_extended_unit_is_reminded_by_its_own_date(world: World) -> None:
    by = author(world, "city_manager")
    until = DUE + 10 * A_DAY
    deadlines.extend(world.units["hejian"], world.periods[3], until, "搬迁", by)
    mine = {"hejian", "dongshan", "xishan", "nanping"}
    assert due(world, DUE) == OWING - mine
    assert due(world, until - 3 * A_DAY) == OWING


def test_past_the_lock_only_units_with_an_extension_are_reminded(world: World) -> None:
    by = author(world, "city_manager")
    until = world.periods[3].locks + 5 * A_DAY
    deadlines.extend(world.units["dongshan"], world.periods[3], until, "搬迁", by)
    assert due(world, until) == {"dongshan"}
    assert due(world, until + A_DAY) == set()


def test_who_has_reported_is_left_in_peace(world: World) -> None:
    Entry.objects.filter(division=world.units["xishan"]).update(
        state="accepted", first_submitted_at=NOW
    )
    submitted(world)  # one of two lines: the other is still owed
    assert due(world, TODAY) == OWING - {"xishan"}


def test_nobody_is_reminded_of_a_closed_ledger_or_a_withdrawn_line(world: World) -> None:
    Entry.objects.filter(division=world.units["xishan"]).update(state="withdrawn")
    assert due(world, TODAY) == OWING - {"xishan"}
    Ledger.objects.update(state="closed")
    assert due(world, TODAY) == set()


def test_the_day_turns_at_midnight_in_china(world: World) -> None:
    with time_machine.travel(moment(10, 1, 23, 59), tick=False):
        assert due(world, actions.today()) == set()
    with time_machine.travel(moment(10, 2, 0, 0), tick=False):
        assert due(world, actions.today()) == OWING


# Escalation


def told(world: World, on: datetime.date) -> dict[str, tuple[int, int]]:
    names = {division.pk: name for name, division in world.units.items()}
    counts: dict[str, tuple[int, int]] = {}
    for escalation in chasing.escalations(on):
        counts[names[escalation.division_id]] = (escalation.units, escalation.lines)
    return counts


def test_the_level_above_is_told_after_the_days_of_the_ledger(world: World) -> None:
    assert told(world, DUE + 4 * A_DAY) == {}
    assert told(world, DUE + 5 * A_DAY) == {
        "linzhou": (2, 4),
        "huaxian": (2, 4),
        "hejian": (3, 6),
        "linqi": (2, 4),
        "guiyuan": (1, 2),
        "baidaokou": (1, 2),
        "feidi": (1, 2),
    }
    Ledger.objects.update(escalate_days=1)
    assert "hejian" in told(world, DUE + A_DAY)


def test_a_unit_with_more_time_is_not_told_about(world: World) -> None:
    by = author(world, "city_manager")
    until = DUE + 10 * A_DAY
    deadlines.extend(world.units["dongshan"], world.periods[3], until, "搬迁", by)
    assert told(world, DUE + 5 * A_DAY)["hejian"] == (2, 4)
    assert told(world, until + 5 * A_DAY)["hejian"] == (3, 6)


# Once a day


def test_a_day_of_chasing_done_twice_writes_once(world: World) -> None:
    on = DUE + 5 * A_DAY
    first, second = chasing.chase(on), chasing.chase(on)
    assert (first.escalated, first.reminded) == (7, len(OWING) - 4)
    assert (second.escalated, second.reminded) == (0, 0)
    assert Reminder.objects.sent(on).count() == len(OWING) + 3
    assert chasing.chase(on + A_DAY) == first


def test_whoever_was_reminded_by_hand_is_not_reminded_again_that_day(world: World) -> None:
    remind(world, "linzhou_reviewer", "dongshan")
    assert chasing.chase(TODAY).reminded == len(OWING) - 1
    assert Reminder.objects.filter(division=world.units["dongshan"]).count() == 1


def test_a_reminder_says_who_asked_whom_for_what(world: World) -> None:
    reminded = remind(world, "linzhou_reviewer", "dongshan", "hejian", words=" 请抓紧 ")
    assert {division.name for division in reminded.made} == {"东山村民委员会", "合涧镇"}
    reminder = Reminder.objects.get(division=world.units["dongshan"])
    assert (reminder.by, reminder.words) == (world.users["linzhou_reviewer"], "请抓紧")
    again = remind(world, "city_manager", "dongshan", "xishan")
    assert [division.name for division in again.already] == ["东山村民委员会"]
    assert [division.name for division in again.made] == ["西山村委会"]


def test_a_unit_that_owes_nothing_is_not_reminded(world: World) -> None:
    Entry.objects.filter(division=world.units["xishan"]).update(state="withdrawn")
    reminded = remind(world, "linzhou_reviewer", "xishan", "guiyuan")
    assert (len(reminded.nothing_owed), reminded.made) == (2, [])


@pytest.mark.parametrize(
    ("who", "unit"),
    [
        ("hejian_reviewer", "hejian"),
        ("hejian_reviewer", "beiping"),
        ("hejian_reporter", "dongshan"),
        ("linzhou_viewer", "hejian"),
        ("linzhou_reviewer", "feidi"),
        ("city_auditor", "hejian"),
    ],
)
def test_one_reminds_units_below_ones_own_and_with_the_right(
    world: World, who: str, unit: str
) -> None:
    with pytest.raises(PermissionDenied):
        remind(world, who, unit)
    assert not Reminder.objects.exists()


def test_nobody_is_reminded_before_a_quarter_opens_or_after_it_locks(world: World) -> None:
    with pytest.raises(ValidationError, match="opens on"):
        remind(world, "city_manager", "hejian", quarter=4)
    assert len(remind(world, "city_manager", "hejian", quarter=2).nothing_owed) == 1
    with pytest.raises(ValidationError, match="at most 200"):
        remind(world, "city_manager", "hejian", words="长" * 201)
    assert not Reminder.objects.exists()


def test_quarters_of_other_years_stay_quiet(world: World) -> None:
    Period.objects.for_year(2025)
    assert [period.code for period, _units in chasing.due_reminders(TODAY)] == ["2026Q3"]


def test_divisions_are_reminded_in_a_few_statements(
    world: World, django_assert_max_num_queries: object
) -> None:
    units = list(Division.objects.exclude(level__in=["city", "county"]))
    with django_assert_max_num_queries(8):  # type: ignore[operator]
        chasing.remind(units, world.periods[3], TODAY, world.users["city_manager"])
    assert Reminder.objects.count() == len(OWING)
