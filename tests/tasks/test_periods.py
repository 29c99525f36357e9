import datetime

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from tasks.actions import today
from tasks.models import Period
from tests.refusals import refused_by
from tests.tasks.verbs import moment, refusal, save, submit
from tests.world import World


def day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("quarter", "opens", "due", "locks"),
    [
        (1, "2026-03-22", "2026-04-05", "2026-06-30"),
        (2, "2026-06-21", "2026-07-05", "2026-09-30"),
        (3, "2026-09-21", "2026-10-05", "2026-12-31"),
        (4, "2026-12-22", "2027-01-05", "2027-03-31"),
    ],
)
def test_the_usual_window_of_a_quarter(quarter: int, opens: str, due: str, locks: str) -> None:
    period = Period.usual(2026, quarter)
    assert (period.opens, period.due, period.locks) == (day(opens), day(due), day(locks))
    assert (period.year, period.quarter) == (2026, quarter)


def test_a_year_has_its_four_quarters_made_once(db: None) -> None:
    own = Period.usual(2028, 2)
    own.due = own.locks
    own.save()
    made = Period.objects.for_year(2028)
    assert [period.quarter for period in made] == [1, 2, 3, 4]
    assert made[1].due == own.due
    assert Period.objects.for_year(2028) == made


@pytest.mark.parametrize("code", ["2026Q3", "2026q3", " 2026Q3 "])
def test_a_quarter_is_found_by_its_code(world: World, code: str) -> None:
    assert Period.objects.by_code(code) == world.periods[3]
    assert world.periods[3].code == "2026Q3"


@pytest.mark.parametrize("code", ["2026Q5", "2026Q0", "2025Q3", "26Q3", "2026", "", "2026Q33"])
def test_a_wrong_code_finds_no_quarter(world: World, code: str) -> None:
    with pytest.raises(Period.DoesNotExist):
        Period.objects.by_code(code)


@pytest.mark.parametrize(
    ("on", "code"),
    [
        ("2026-09-20", "early"),
        ("2026-09-21", None),
        ("2026-10-05", None),
        ("2026-10-06", None),
        ("2026-12-31", None),
        ("2027-01-01", "locked"),
    ],
)
def test_reports_are_taken_from_opening_to_locking(on: str, code: str | None) -> None:
    period = Period.usual(2026, 3)
    if code is None:
        period.check_open(day(on))
        return
    with pytest.raises(ValidationError) as said:
        period.check_open(day(on))
    assert said.value.code == code
    shown = period.opens if code == "early" else period.locks
    assert str(shown) in said.value.messages[0]


def test_days_left_count_down_through_the_due_date() -> None:
    period = Period.usual(2026, 3)
    days = [period.days_left(day(on)) for on in ("2026-09-20", "2026-10-05", "2026-10-06")]
    assert days == [15, 0, -1]


def test_a_quarter_is_opened_from_its_first_day(world: World) -> None:
    def opened(on: str) -> set[int]:
        return {period.quarter for period in Period.objects.opened(day(on))}

    assert opened("2026-09-20") == {1, 2}
    assert opened("2026-09-21") == {1, 2, 3}


@pytest.mark.parametrize(
    ("at", "on"),
    [
        (datetime.datetime(2026, 10, 5, 15, 59, tzinfo=datetime.UTC), "2026-10-05"),
        (datetime.datetime(2026, 10, 5, 16, 1, tzinfo=datetime.UTC), "2026-10-06"),
    ],
)
def test_the_day_turns_at_midnight_in_shanghai(at: datetime.datetime, on: str) -> None:
    assert timezone.localdate(at) == day(on)


def test_today_is_the_day_in_shanghai(world: World) -> None:
    assert today() == day("2026-10-02")


@pytest.mark.parametrize(
    ("at", "late"), [(moment(10, 5, 23, 59), False), (moment(10, 6, 0, 1), True)]
)
def test_a_report_is_late_from_midnight_in_china_though_utc_is_a_day_behind(
    world: World, at: datetime.datetime, late: bool
) -> None:
    assert at.astimezone(datetime.UTC).date() == day("2026-10-05")
    save(world, "dongshan_reporter", world.entry("dongshan", "income"), value=5)
    submit(world, "dongshan_reporter", world.entry("dongshan", "income"), at=at)
    assert world.entry("dongshan", "income").is_late is late


@pytest.mark.parametrize(
    ("at", "code"),
    [
        (moment(9, 20, 23, 59), "early"),
        (moment(9, 21, 0, 1), None),
        (moment(12, 31, 23, 59), None),
        (moment(1, 1, 0, 1, year=2027), "locked"),
    ],
)
def test_the_window_opens_and_locks_at_midnight_in_china(
    world: World, at: datetime.datetime, code: str | None
) -> None:
    outcome = save(world, "dongshan_reporter", world.entry("dongshan", "income"), at, value=5)
    if code is None:
        assert outcome.done
    else:
        assert refusal(outcome) == code


def test_a_quarter_exists_once(world: World) -> None:
    refused_by("period_year_and_quarter_once", Period.usual(2026, 3))


def test_there_is_no_fifth_quarter(db: None) -> None:
    period = Period.usual(2030, 4)
    period.quarter = 5
    refused_by("period_quarter_from_1_to_4", period)


@pytest.mark.parametrize(
    ("opens", "due", "locks"),
    [("2030-02-02", "2030-02-01", "2030-02-03"), ("2030-02-01", "2030-02-03", "2030-02-02")],
)
def test_a_quarter_opens_then_is_due_then_locks(db: None, opens: str, due: str, locks: str) -> None:
    period = Period(year=2030, quarter=1, opens=day(opens), due=day(due), locks=day(locks))
    refused_by("period_opens_then_due_then_locks", period)


def test_a_quarter_may_open_be_due_and_lock_on_one_day(db: None) -> None:
    one = day("2030-02-01")
    period = Period(year=2030, quarter=1, opens=one, due=one, locks=one)
    period.full_clean()
    period.save()
