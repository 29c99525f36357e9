"""What waits at the own level, unit by unit: for the city all townships in one list."""

import datetime
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.db.models import Count, F, Min, Q
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

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


@dataclass(frozen=True)
class UnitGroup:
    """The units below one county, or those of one township, with their sums."""

    above: Division | None
    rows: list[UnitRow]

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


def units_of(place: Place, on: datetime.date) -> list[UnitGroup]:
    """Townships of a city or county, villages of a township: two queries however many."""
    by_village = place.division.level in (Level.TOWNSHIP, Level.VILLAGE)
    group = "division_id" if by_village else "township_id"
    figures = {row[group]: row for row in _figures(place, group)}
    rows = [_row(unit, figures.get(unit.pk), on) for unit in _units(place, by_village=by_village)]
    return list(_grouped(rows))


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


def _row(unit: Division, found: dict[str, Any] | None, on: datetime.date) -> UnitRow:
    if found is None:
        return UnitRow(unit, Counter(), None)
    since = found["since"]
    days = (on - timezone.localdate(since)).days if since else None
    return UnitRow(unit, Counter({name: found[name] for name in FIGURES}), days)


def _grouped(rows: list[UnitRow]) -> Iterator[UnitGroup]:
    for _key, some in groupby(rows, key=lambda row: row.division.parent_id):
        together = list(some)
        yield UnitGroup(together[0].division.parent, together)
