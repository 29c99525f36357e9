"""Extensions, locks and moved dates: who may, what follows, and what is recorded."""

import datetime
import random
from collections import Counter

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dashboard.figures import Figures
from tasks import actions
from tasks.actions import deadlines
from tasks.models import Entry, EntrySummary, Extension, Ledger, Light, Period, PeriodChange
from tasks.models.summary import extended_counts
from tests.tasks import amending
from tests.tasks.verbs import author, lights, moment, refusal, save, submit
from tests.world import NOW, World

pytestmark = pytest.mark.usefixtures("in_english")
LATER = datetime.date(2026, 10, 20)
WHY = "村部搬迁，档案尚未归位"
A_DAY = datetime.timedelta(days=1)


def extend(
    world: World,
    unit: str,
    until: datetime.date = LATER,
    who: str = "city_manager",
    quarter: int = 3,
    at: datetime.datetime | None = None,
    reason: str = WHY,
) -> Extension:
    by = author(world, who, at)
    return deadlines.extend(world.units[unit], world.periods[quarter], until, reason, by)


def due(world: World, unit: str, quarter: int = 3) -> set[datetime.date]:
    lines = Entry.objects.filter(division=world.units[unit], period=world.periods[quarter])
    return {line.due for line in lines.select_related("period")}


def fresh(world: World, quarter: int = 3) -> Period:
    return Period.objects.get(pk=world.periods[quarter].pk)


# Extensions


@pytest.mark.parametrize(
    ("who", "unit", "may"),
    [
        ("city_manager", "linzhou", True),
        ("city_manager", "hejian", True),
        ("city_manager", "dongshan", True),
        ("linzhou_manager", "hejian", True),
        ("linzhou_reviewer", "dongshan", True),
        ("city_manager", "city", False),
        ("linzhou_reviewer", "linzhou", False),
        ("linzhou_reviewer", "baidaokou", False),
        ("linzhou_reviewer", "feidi", False),  # its code begins like 林州市's
        ("linzhou_viewer", "hejian", False),
        ("city_auditor", "hejian", False),
        ("hejian_reviewer", "dongshan", False),
        ("hejian_reporter", "hejian", False),
    ],
)
def test_city_and_county_extend_what_is_below_them(
    world: World, who: str, unit: str, may: bool
) -> None:
    if may:
        assert extend(world, unit, who=who).granted_by == world.users[who]
    else:
        with pytest.raises(PermissionDenied):
            extend(world, unit, who=who)
    assert Extension.objects.exists() == may


def test_an_extension_reaches_everything_below_its_unit_and_nothing_else(world: World) -> None:
    extend(world, "hejian")
    assert due(world, "hejian") == due(world, "dongshan") == due(world, "nanping") == {LATER}
    others = [due(world, "linqi"), due(world, "dongshan_linqi"), due(world, "dongshan", 2)]
    assert others == [{world.periods[3].due}] * 2 + [{world.periods[2].due}]


def test_one_update_extends_a_whole_county(world: World) -> None:
    with CaptureQueriesContext(connection) as captured:
        extend(world, "linzhou")
    updates = [q for q in captured if q["sql"].startswith('UPDATE "tasks_entry"')]
    assert len(updates) == 1


@pytest.mark.parametrize(
    ("until", "words"),
    [
        ("2026-10-02", "after today"),
        ("2026-10-05", "after the due date of the quarter"),
        ("2027-04-03", "too far away"),
    ],
)
def test_a_day_that_makes_no_sense_is_refused_in_words(
    world: World, until: str, words: str
) -> None:
    with pytest.raises(ValidationError, match=words):
        extend(world, "dongshan", datetime.date.fromisoformat(until))
    assert not Extension.objects.exists()
    assert due(world, "dongshan") == {world.periods[3].due}


def test_the_furthest_day_is_taken(world: World) -> None:
    assert extend(world, "dongshan", datetime.date(2027, 4, 2)).pk


@pytest.mark.parametrize(("reason", "words"), [("  ", "Say why"), ("长" * 201, "at most 200")])
def test_a_reason_is_asked_for(world: World, reason: str, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        extend(world, "dongshan", reason=reason)


def test_a_unit_that_owes_nothing_gets_no_extension(world: World) -> None:
    with pytest.raises(ValidationError, match="owes nothing"):
        extend(world, "community")
    assert not Extension.objects.exists()


def test_a_second_extension_takes_the_place_of_the_first(world: World) -> None:
    first = extend(world, "dongshan")
    second = extend(world, "dongshan", LATER - 5 * A_DAY, who="linzhou_reviewer")
    first.refresh_from_db()
    assert first.ended_by == world.users["linzhou_reviewer"]
    assert list(Extension.objects.running(datetime.date(2026, 10, 2))) == [second]
    assert due(world, "dongshan") == {second.until}


@pytest.mark.parametrize("village_first", [True, False])
def test_of_two_extensions_around_a_village_the_later_day_counts(
    world: World, village_first: bool
) -> None:
    given = [("dongshan", LATER + 9 * A_DAY), ("hejian", LATER)]
    for unit, until in given if village_first else given[::-1]:
        extend(world, unit, until)
    assert due(world, "dongshan") == {LATER + 9 * A_DAY}
    assert due(world, "xishan") == due(world, "hejian") == {LATER}


@pytest.mark.parametrize(
    ("ended", "dongshan", "xishan"),
    [("dongshan", LATER, LATER), ("hejian", LATER + 9 * A_DAY, None)],
)
def test_ending_one_leaves_what_else_was_granted(
    world: World, ended: str, dongshan: datetime.date, xishan: datetime.date | None
) -> None:
    given = {"dongshan": extend(world, "dongshan", LATER + 9 * A_DAY)}
    given["hejian"] = extend(world, "hejian")
    over = deadlines.end_extension(given[ended], author(world, "linzhou_reviewer"))
    assert over.ended_early
    assert due(world, "dongshan") == {dongshan}
    assert due(world, "xishan") == {xishan or world.periods[3].due}


def test_nobody_ends_what_they_could_not_grant_and_none_ends_twice(world: World) -> None:
    extension = extend(world, "dongshan")
    for who in ("huaxian_reviewer", "hejian_reviewer", "linzhou_viewer"):
        with pytest.raises(PermissionDenied):
            deadlines.end_extension(extension, author(world, who))
    deadlines.end_extension(extension, author(world, "city_manager"))
    with pytest.raises(ValidationError, match="ended already"):
        deadlines.end_extension(extension, author(world, "city_manager"))


def test_an_extension_ends_by_itself_at_midnight_in_china(world: World) -> None:
    extension = extend(world, "dongshan")
    lines = Entry.objects.filter(division=world.units["dongshan"], period=world.periods[3])
    with time_machine.travel(moment(10, 20, 23, 59), tick=False):
        assert list(Extension.objects.running(actions.today())) == [extension]
        assert not lines.overdue(actions.today()).exists()
    with time_machine.travel(moment(10, 21, 0, 1), tick=False):
        assert not Extension.objects.running(actions.today()).exists()
        assert lines.overdue(actions.today()).count() == lines.count()
        assert not extension.is_running(actions.today())
        assert not extension.ended_early


@pytest.mark.parametrize(("day", "late"), [(20, False), (21, True)])
def test_a_report_within_the_extension_is_on_time(world: World, day: int, late: bool) -> None:
    extend(world, "dongshan")
    at = moment(10, day, 12)
    entry = world.entry("dongshan", "income")
    save(world, "dongshan_reporter", entry, at, value=60)
    submit(world, "dongshan_reporter", world.entry("dongshan", "income"), at=at)
    assert world.entry("dongshan", "income").is_late is late


def test_an_extension_holds_past_the_lock_for_its_unit_alone(world: World) -> None:
    extend(world, "dongshan", datetime.date(2027, 1, 10))
    at = moment(1, 5, year=2027)
    assert save(world, "dongshan_reporter", world.entry("dongshan", "income"), at, value=1).done
    outcome = save(world, "xishan_reporter", world.entry("xishan", "income"), at, value=1)
    assert refusal(outcome) == "locked"
    over = moment(1, 11, year=2027)
    outcome = save(world, "dongshan_reporter", world.entry("dongshan", "income"), over, value=2)
    assert refusal(outcome) == "locked"


# Lights of sums


@pytest.mark.parametrize("seed", range(4))
def test_lights_of_sums_follow_extended_lines_one_by_one(world: World, seed: int) -> None:
    chance = random.Random(seed)
    for unit in ("dongshan", "hejian", "linzhou", "baidaokou"):
        if chance.random() < 0.7:
            extend(world, unit, LATER + chance.randrange(30) * A_DAY)
    for entry in Entry.objects.filter(period=world.periods[3]):
        Entry.objects.filter(pk=entry.pk).update(
            state=chance.choice(["blank", "draft", "returned"])
        )
    EntrySummary.objects.rebuild(world.ledger)
    if chance.random() < 0.5:
        Period.objects.filter(quarter=3).update(due=LATER + 3 * A_DAY)
    period, met = fresh(world), set()
    for days in (-20, 0, 1, 2, 4, 18, 19, 30, 40, 60):
        on = world.periods[3].due + days * A_DAY
        for unit in ("hejian", "linzhou", "huaxian", "city"):
            lines = Entry.objects.within(world.units[unit]).filter(period=period)
            expected = Counter(lights(lines, on).values())
            met |= set(expected)
            extended = extended_counts(lines, period, on, "period_id").get(period.pk, {})
            counts = EntrySummary.objects.within(world.units[unit]).filter(period=period).total()
            assert +Counter(counts.lights(period, world.ledger, on, extended)) == expected
            figures = Figures(world.units[unit], period, None, world.ledger)
            assert +Counter(figures.total(figures.rows(on), on).lights) == expected
    assert Light.RED in met
    assert Light.YELLOW in met


def test_the_light_of_an_extended_line_is_no_red_in_the_sum(world: World) -> None:
    on = world.periods[3].due + A_DAY
    figures = Figures(world.units["linzhou"], world.periods[3], None, world.ledger)
    red = figures.total(figures.rows(on), on).lights[Light.RED]
    extend(world, "dongshan", LATER)
    figures = Figures(world.units["linzhou"], world.periods[3], None, world.ledger)
    assert figures.total(figures.rows(on), on).lights[Light.RED] == red - 2


# Locks and moved dates


@pytest.mark.parametrize("who", ["linzhou_manager", "linzhou_reviewer", "city_viewer"])
def test_only_the_managers_of_the_city_move_quarters(world: World, who: str) -> None:
    period, by = world.periods[3], author(world, who)
    for act in (
        lambda: deadlines.lock(period, WHY, by),
        lambda: deadlines.unlock(period, WHY, by),
        lambda: deadlines.move_dates(period, period.opens, LATER, period.locks, WHY, by),
    ):
        with pytest.raises(PermissionDenied):
            act()
    assert not PeriodChange.objects.exists()


def test_a_lock_closes_the_quarter_at_once_and_is_recorded(world: World) -> None:
    by = author(world, "city_manager")
    change = deadlines.lock(world.periods[3], WHY, by)
    assert change is not None
    assert (change.verb, change.by, change.reason, change.at) == ("lock", by.user, WHY, by.at)
    assert change.before == {"locked_at": None}
    assert change.after["locked_at"] == by.at.isoformat()
    outcome = save(world, "dongshan_reporter", world.entry("dongshan", "income"), value=1)
    assert refusal(outcome) == "locked"
    with pytest.raises(ValidationError, match="locked already"):
        deadlines.lock(world.periods[3], WHY, by)


def test_an_unlock_opens_it_again(world: World) -> None:
    by = author(world, "city_manager")
    with pytest.raises(ValidationError, match="not locked"):
        deadlines.unlock(world.periods[3], WHY, by)
    deadlines.lock(world.periods[3], WHY, by)
    deadlines.unlock(world.periods[3], WHY, by)
    assert save(world, "dongshan_reporter", world.entry("dongshan", "income"), value=1).done
    assert [change.verb for change in PeriodChange.objects.order_by("pk")] == ["lock", "unlock"]


def test_past_its_last_day_a_quarter_opens_only_with_a_new_one(world: World) -> None:
    by, period = author(world, "city_manager"), world.periods[2]
    with pytest.raises(ValidationError, match="Its last day is past"):
        deadlines.unlock(period, WHY, by)
    assert not PeriodChange.objects.exists()
    change = deadlines.unlock(period, WHY, by, LATER)
    assert change is not None
    assert change.after == {"locks": LATER.isoformat()}
    assert save(world, "dongshan_reporter", world.entry("dongshan", "income", 2), value=1).done


def test_moved_dates_are_recorded_with_what_stood_before(world: World) -> None:
    period, by = world.periods[3], author(world, "city_manager")
    change = deadlines.move_dates(period, period.opens, LATER, period.locks, WHY, by)
    assert change is not None
    assert change.before == {"due": "2026-10-05"}
    assert change.after == {"due": "2026-10-20"}
    assert [(before, after) for _name, before, after in change.moved] == [(period.due, LATER)]
    assert due(world, "dongshan") == {LATER}


def test_dates_out_of_order_or_unchanged_are_refused(world: World) -> None:
    period, by = world.periods[3], author(world, "city_manager")
    with pytest.raises(ValidationError, match="opens first"):
        deadlines.move_dates(period, LATER, period.due, period.locks, WHY, by)
    with pytest.raises(ValidationError, match="stand now"):
        deadlines.move_dates(period, period.opens, period.due, period.locks, WHY, by)
    with pytest.raises(ValidationError, match="Say why"):
        deadlines.move_dates(period, period.opens, LATER, period.locks, " ", by)
    assert (fresh(world).due, PeriodChange.objects.count()) == (period.due, 0)


def test_a_late_report_keeps_its_mark_when_the_date_moves(world: World) -> None:
    at = moment(10, 7)
    save(world, "dongshan_reporter", world.entry("dongshan", "income"), at, value=60)
    submit(world, "dongshan_reporter", world.entry("dongshan", "income"), at=at)
    period = world.periods[3]
    by = author(world, "city_manager", moment(10, 8))
    deadlines.move_dates(period, period.opens, LATER, period.locks, WHY, by)
    assert world.entry("dongshan", "income").is_late


@pytest.mark.parametrize(
    ("minute", "code"), [(moment(12, 31, 23, 59), ""), (moment(1, 1, 0, 0, year=2027), "locked")]
)
def test_a_quarter_locks_at_midnight_in_china(
    world: World, minute: datetime.datetime, code: str
) -> None:
    outcome = save(world, "dongshan_reporter", world.entry("dongshan", "income"), minute, value=1)
    assert (refusal(outcome) if outcome.refused else "") == code


def test_a_line_made_later_by_an_amendment_has_the_time_of_its_unit(world: World) -> None:
    by = author(world, "city_manager")
    deadlines.extend(world.units["linzhou"], world.periods[3], LATER, "防汛", by)
    new = amending.add_task(world, quarter=3).task
    lines = Entry.objects.filter(task=new, period=world.periods[3])
    assert lines.get(division=world.units["dongshan"]).extended_to == LATER
    assert lines.get(division=world.units["shiqiao"]).extended_to is None


def test_a_village_that_moved_keeps_its_own_later_day(world: World) -> None:
    """Its lines count in the township as at issue; today's tree says otherwise."""
    by, later = author(world, "city_manager"), LATER + datetime.timedelta(days=9)
    moved = world.units["dongshan"]
    moved.parent = world.units["linqi"]
    moved.path = f"{world.units['linqi'].path}{moved.pk}/"
    moved.save()
    deadlines.extend(moved, world.periods[3], later, "搬迁", by)
    around = deadlines.extend(world.units["hejian"], world.periods[3], LATER, "防汛", by)
    assert world.entry("dongshan", "income").extended_to == later
    assert world.entry("xishan", "income").extended_to == LATER
    deadlines.end_extension(around, by)
    assert world.entry("dongshan", "income").extended_to == later
    assert world.entry("xishan", "income").extended_to is None


@pytest.mark.parametrize("name", ["opens", "due", "locks"])
@pytest.mark.parametrize("day", [datetime.date.min, datetime.date.max])
def test_a_date_that_is_years_away_is_a_slip(world: World, name: str, day: datetime.date) -> None:
    period, by = world.periods[3], author(world, "city_manager")
    days = {"opens": period.opens, "due": period.due, "locks": period.locks} | {name: day}
    with pytest.raises(ValidationError) as refused:
        deadlines.move_dates(period, **days, reason="改期", author=by)
    assert name in refused.value.message_dict


def test_nothing_is_extended_in_a_closed_year(world: World) -> None:
    Ledger.objects.update(state="closed", closed_at=NOW)
    by = author(world, "city_manager")
    with pytest.raises(ValidationError):
        deadlines.extend(world.units["hejian"], world.periods[3], LATER, "防汛", by)
