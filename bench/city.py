"""Cities to measure in: invented places at the real scale, and a year that is half reported."""

import datetime
from collections.abc import Sequence

from django.contrib.auth.hashers import make_password
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from tasks.models import Entry, EntryQuerySet, EntrySummary, Ledger, Period, Task
from villages.actions import DivisionLine, put_divisions
from villages.models import Division

VILLAGES, TOWNSHIPS, COUNTIES = 2_980, 89, 9
TASKS, QUARTERS = 20, "1234"
CITY = "410500000000"
COUNTY = "410501000000"
TOWNSHIP = "410501010000"
VILLAGE = "410501010001"
QUARTER = 4
TEXT = "已召开支部党员大会研究，制定台账清单，明确责任人和完成时限，按月推进。"

# How far a quarter is, in thousandths: state, level at which it waits.
PAST = (
    (950, Entry.State.ACCEPTED, ""),
    (15, Entry.State.SUBMITTED, "county"),
    (15, Entry.State.RETURNED, ""),
    (10, Entry.State.DRAFT, ""),
)
CURRENT = (
    (150, Entry.State.ACCEPTED, ""),
    (200, Entry.State.SUBMITTED, "county"),
    (30, Entry.State.SUBMITTED, "city"),
    (120, Entry.State.SUBMITTED, "township"),
    (40, Entry.State.RETURNED, ""),
    (150, Entry.State.DRAFT, ""),
)


def build_full() -> None:
    """238,400 entries, issued and filled."""
    draft_full()
    issue()
    fill()


def draft_full() -> None:
    """The city with 20 village tasks, not issued yet."""
    lay(counties=COUNTIES, townships=TOWNSHIPS, tasks=TASKS, quarters=QUARTERS)


def build_small() -> None:
    """The same city with one task in one quarter: 2,980 entries."""
    lay(counties=COUNTIES, townships=TOWNSHIPS, tasks=1, quarters=str(QUARTER))
    issue()
    fill()


def build_grid() -> None:
    """The city with 12 village tasks in the last two quarters, filled."""
    lay(counties=COUNTIES, townships=TOWNSHIPS, tasks=12, quarters="34")
    issue()
    fill()


def build_sheet() -> None:
    """One township with all 2,980 villages and one task, so that one person may fill them all."""
    lay(counties=1, townships=1, tasks=1, quarters=str(QUARTER))
    issue()


def lay(*, counties: int, townships: int, tasks: int, quarters: str) -> None:
    """Divisions, accounts, quarters that are open today, and a draft ledger."""
    put_divisions(list(_tree(counties, townships)))
    for code, role in [
        (CITY, Role.MANAGER),
        (COUNTY, Role.REVIEWER),
        (TOWNSHIP, Role.REPORTER),
        (VILLAGE, Role.REPORTER),
    ]:
        unit = Division.objects.get(code=code)
        User.objects.create(
            username=code, name=unit.name, division=unit, role=role, password=make_password(None)
        )
    today = timezone.localdate()
    days = {"opens": -20, "due": 10, "locks": 60}
    dates = {name: today + datetime.timedelta(days=count) for name, count in days.items()}
    Period.objects.bulk_create(Period(year=today.year, quarter=q, **dates) for q in range(1, 5))
    ledger = Ledger.objects.create(
        division=Division.objects.get(code=CITY), year=today.year, title="党建重点任务台账"
    )
    Task.objects.bulk_create(_task(ledger, number, quarters) for number in range(1, tasks + 1))


def _tree(counties: int, townships: int) -> Sequence[DivisionLine]:
    lines = [DivisionLine(CITY, "安阳市", "city", "")]
    county_codes = [f"4105{i:02d}000000" for i in range(1, counties + 1)]
    for i, code in enumerate(county_codes):
        lines.append(DivisionLine(code, f"第{i + 1}县", "county", CITY))
    township_codes = []
    for i in range(townships):
        above = county_codes[i % counties]
        township_codes.append(f"{above[:6]}{i // counties + 1:02d}0000")
        lines.append(DivisionLine(township_codes[-1], f"第{i + 1}镇", "township", above))
    for i in range(VILLAGES):
        above = township_codes[i % townships]
        code = f"{above[:8]}{i // townships + 1:04d}"
        lines.append(DivisionLine(code, f"东河{i + 1}村民委员会", "village", above))
    return lines


def _task(ledger: Ledger, number: int, quarters: str) -> Task:
    """One of four kinds in turn; the city itself accepts every fifth."""
    kind = number % 4
    measure = {2: Task.Measure.YES_NO, 3: Task.Measure.TEXT}.get(kind, Task.Measure.NUMBER)
    return Task(
        ledger=ledger,
        number=number,
        category=list(Task.Category)[kind],
        title=f"第{number}项重点任务",
        requirement=TEXT,
        reporting_level="village",
        measure=measure,
        unit="万元" if measure == Task.Measure.NUMBER else "",
        is_cumulative=kind == 1,
        target=100 if measure == Task.Measure.NUMBER else None,
        quarters=quarters,
        final_level="city" if number % 5 == 0 else "county",
    )


def issue() -> int:
    """Issue the draft ledger as the city would."""
    return Ledger.objects.get().issue(
        User.objects.get(username=CITY), timezone.now(), reason="性能测试", ordered_by="市委组织部"
    )


def fill() -> None:
    """Report most of the past quarters and about half of this one, in a few large updates."""
    for period in Period.objects.all():
        start = 0
        for share, state, waiting_at in CURRENT if period.quarter == QUARTER else PAST:
            dice = F("pk") * 7919 % 1000
            chosen = Entry.objects.filter(period=period).alias(dice=dice)
            _report(chosen.filter(dice__gte=start, dice__lt=start + share), state, waiting_at)
            start += share
    EntrySummary.objects.rebuild(Ledger.objects.get())


def _report(entries: EntryQuerySet, state: str, waiting_at: str) -> None:
    at = timezone.now()
    sent = None if state == Entry.State.DRAFT else at
    entries.update(
        state=state,
        waiting_at=waiting_at,
        version=3,
        narrative=TEXT,
        first_submitted_at=sent,
        submitted_at=sent,
        updated_at=at,
    )
    answers = {Task.Measure.NUMBER: F("pk") * 31 % 120, Task.Measure.YES_NO: F("pk") % 2}
    for measure, answer in answers.items():
        entries.filter(task__measure=measure).update(value=answer)
