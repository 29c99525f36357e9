"""What waits at the own level, unit by unit: for the city all townships in one list."""

import datetime
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from django.db.models import Count, F, Min, Q
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from accounts.models import User
from tasks.models import Entry, EntrySummary, Section
from tasks.place import Place
from villages.models import Division, Level

FIGURES = ("waiting", "answers", "exceptions", "late")


@dataclass(frozen=True)
class UnitRow:
    division: Division
    counts: Counter[str]
    # For how many days the oldest line has waited at this level; None where nothing waits.
    days: int | None
    # Of the unit's lines, how many lie at each desk below the reader's.
    below: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class UnitGroup:
    """The units below one county, or those of one township, with their sums."""

    above: Division | None
    rows: list[UnitRow]
    desks: list[Level] = field(default_factory=list)

    @property
    def lines(self) -> list[tuple[UnitRow, list[int]]]:
        """Each row with what lies at the desks below, in their order."""
        return [(row, [row.below[desk] for desk in self.desks]) for row in self.rows]

    @property
    def below(self) -> list[int]:
        return [sum(row.below[desk] for row in self.rows) for desk in self.desks]

    @property
    def sums(self) -> Counter[str]:
        return sum((row.counts for row in self.rows), Counter())

    @property
    def figures(self) -> list[int]:
        """The sums in the order of the table."""
        sums = self.sums
        return [sums[name] for name in FIGURES]

    @property
    def days(self) -> int | None:
        return max((row.days for row in self.rows if row.days is not None), default=None)


def desks_below(user: User) -> list[Level]:
    """The levels that review before the user does, the highest first."""
    desks = [Level.COUNTY, Level.TOWNSHIP]
    own = user.level
    return [desk for desk in desks if own is None or _rank(desk) > _rank(own)]


def _rank(level: Level) -> int:
    return list(Level).index(level)


def units_of(place: Place, on: datetime.date) -> list[UnitGroup]:
    """Townships of a city or county, villages of a township: three queries however many."""
    by_village = place.division.level in (Level.TOWNSHIP, Level.VILLAGE)
    group = "division_id" if by_village else "township_id"
    figures = {row[group]: row for row in _figures(place, group)}
    desks = desks_below(place.user)
    below = _below(place, group, desks)
    rows = [
        _row(unit, figures.get(unit.pk), below[unit.pk], on)
        for unit in _units(place, by_village=by_village)
    ]
    return list(_grouped(rows, desks))


def _below(place: Place, group: str, desks: list[Level]) -> dict[int, Counter[str]]:
    """By unit, what still lies at the desks below the user's."""
    found: dict[int, Counter[str]] = defaultdict(Counter)
    if desks:
        lines = Entry.objects.visible_to(place.user).within(place.division)
        met = lines.filter(period=place.period, waiting_at__in=desks)
        for row in met.order_by().values(group, "waiting_at").annotate(n=Count("pk")):
            found[row[group]][row["waiting_at"]] = row["n"]
    return found


def _figures(place: Place, group: str) -> Iterable[dict[str, Any]]:
    lines = Entry.objects.waiting_for(place.user).within(place.division)
    met = lines.filter(period=place.period).with_review(place.user)
    # The level below decided after it was submitted: it has waited here since then.
    since = Min(Greatest("submitted_at", Coalesce("decided_at", F("submitted_at"))))
    figures: Iterable[dict[str, Any]] = (
        met.order_by()
        .values(group)
        .annotate(
            waiting=Count("pk"),
            answers=Count("pk", filter=Q(section=Section.ANSWERS)),
            exceptions=Count("pk", filter=Q(section=Section.EXCEPTIONS)),
            late=Count("pk", filter=Q(is_late=True)),
            since=since,
        )
    )
    return figures


def _units(place: Place, *, by_village: bool) -> Iterable[Division]:
    """Units that owe something in the quarter, county by county."""
    if by_village:
        owed = Entry.objects.within(place.division).owed().filter(period=place.period)
        chosen = Division.objects.filter(pk__in=owed.values("division"))
    else:
        sums = EntrySummary.objects.within(place.division).filter(period=place.period)
        chosen = Division.objects.filter(pk__in=sums.values("township"))
    ordered = chosen.select_related("parent").defer("pinyin", "parent__pinyin")
    return ordered.order_by("level", "parent__code", "code")


def _row(
    unit: Division, found: dict[str, Any] | None, below: Counter[str], on: datetime.date
) -> UnitRow:
    if found is None:
        return UnitRow(unit, Counter(), None, below)
    since = found["since"]
    days = (on - timezone.localdate(since)).days if since else None
    return UnitRow(unit, Counter({name: found[name] for name in FIGURES}), days, below)


def _grouped(rows: list[UnitRow], desks: list[Level]) -> Iterator[UnitGroup]:
    for _key, some in groupby(rows, key=lambda row: row.division.parent_id):
        together = list(some)
        yield UnitGroup(together[0].division.parent, together, desks)
