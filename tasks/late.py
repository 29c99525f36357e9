"""What is late below a unit: the next level down, quarter by quarter, worst first."""

import datetime
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, F, Min, Sum

from accounts.models import User
from tasks.models import Entry, EntrySummary, Ledger, Period
from tasks.models.light import DUE
from villages.models import Division, Level

SHOWN = 8


@dataclass(frozen=True)
class LateUnit:
    """A unit with its overdue lines of one quarter."""

    division: Division
    period: Period
    lines: int
    days_left: int


@dataclass
class Late:
    """Overdue lines below a unit: those that can still be reported, and those missed for good."""

    units: list[LateUnit] = field(default_factory=list)
    missed: list[tuple[Period, int]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.units or self.missed)

    @property
    def shown(self) -> list[LateUnit]:
        return self.units[:SHOWN]

    @property
    def lines(self) -> int:
        return sum(unit.lines for unit in self.units)

    @property
    def quarters(self) -> list[tuple[Period, int]]:
        """Overdue lines that can still be reported, by quarter."""
        counts: Counter[Period] = Counter()
        for unit in self.units:
            counts[unit.period] += unit.lines
        return sorted(counts.items(), key=lambda item: item[0].code)


def late_below(user: User, on: datetime.date, periods: Mapping[int, Period]) -> Late:
    """One query over a township's overdue lines; for county and city two, over the summaries."""
    past = [pk for pk, period in periods.items() if period.due < on]
    if user.division is None or not past:
        return Late()
    near = user.division.level == Level.TOWNSHIP
    rows = _of_villages(user, on, past) if near else _of_townships(user, on, past)
    late, missed = Late(), Counter[Period]()
    for row in rows:
        period = periods[row["period_id"]]
        closed = row["task__ledger__state"] != Ledger.State.ISSUED or period.is_locked(on)
        if not row["lines"]:
            continue
        if closed:
            missed[period] += row["lines"]
            continue
        division = Division(name=row["name"], code=row["code"])
        days_left = ((row.get("due") or period.due) - on).days
        late.units.append(LateUnit(division, period, row["lines"], days_left))
    late.units.sort(key=lambda unit: (-unit.lines, unit.period.code, unit.division.code))
    late.missed = sorted(missed.items(), key=lambda item: item[0].code)
    return late


def _of_villages(user: User, on: datetime.date, past: list[int]) -> Iterable[dict[str, Any]]:
    lines = Entry.objects.visible_to(user).filter(period__in=past)
    below = lines.exclude(division=user.division).overdue(on).order_by()
    named = below.annotate(name=F("division__name"), code=F("division__code"))
    keys = ("division_id", "name", "code", "period_id", "task__ledger__state")
    yield from named.values(*keys).annotate(lines=Count("pk"), due=Min(DUE))


def _of_townships(user: User, on: datetime.date, past: list[int]) -> Iterable[dict[str, Any]]:
    """Sums of the summaries, less the lines that have more time by an extension."""
    unit = "township__parent" if user.level == Level.CITY else "township"
    names = {"name": F(f"{unit}__name"), "code": F(f"{unit}__code")}
    keys = ("name", "code", "period_id", "task__ledger__state")
    later = Entry.objects.unreported().visible_to(user)
    later = later.filter(period__in=past, extended_to__gte=on).order_by()
    extended = {
        tuple(row[key] for key in keys): row["lines"]
        for row in later.annotate(**names).values(*keys).annotate(lines=Count("pk"))
    }
    rows = EntrySummary.objects.visible_to(user).filter(period__in=past).order_by()
    unreported = Sum(F("owed") - F("submitted") - F("accepted"))
    for row in rows.annotate(**names).values(*keys).annotate(lines=unreported):
        row["lines"] -= extended.get(tuple(row[key] for key in keys), 0)
        yield row
