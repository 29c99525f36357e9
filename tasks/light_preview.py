"""What other thresholds would do: how many lines, and which units, would show another light."""

import datetime
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Count

from tasks.models import Counts, Entry, Ledger, Light, Period, Thresholds
from tasks.models.thresholds import Limits
from villages.models import Division, Level

Lines = Counter[Light]


@dataclass(frozen=True)
class Turned:
    """A unit that would show another light."""

    division: Division
    before: Light
    after: Light


@dataclass(frozen=True)
class Moved:
    """Lines that show one light now, by the one that they would show."""

    before: Light
    after: list[tuple[Light, int]]

    @property
    def total(self) -> int:
        return sum(count for _light, count in self.after)


@dataclass(frozen=True)
class Preview:
    """Of one quarter on one day: lines from light to light, and the units that would turn."""

    period: Period
    matrix: Counter[tuple[Light, Light]]
    units: dict[Level, int]
    turned: dict[Level, list[Turned]]

    @property
    def lines(self) -> int:
        return self.matrix.total()

    @property
    def lines_turned(self) -> int:
        return sum(count for (before, after), count in self.matrix.items() if before != after)

    @property
    def rows(self) -> list[Moved]:
        return [Moved(old, [(new, self.matrix[old, new]) for new in Light]) for old in Light]

    @property
    def of_level(self) -> list["OfLevel"]:
        return [OfLevel(level, count, self.turned[level]) for level, count in self.units.items()]


@dataclass(frozen=True)
class OfLevel:
    """The units of one level: how many there are, and those that would turn."""

    level: Level
    units: int
    turned: list[Turned]

    @property
    def groups(self) -> list[tuple[Light, Light, list[Division]]]:
        """Those that would turn alike, together."""
        groups: dict[tuple[Light, Light], list[Division]] = defaultdict(list)
        for unit in self.turned:
            groups[unit.before, unit.after].append(unit.division)
        return [(before, after, divisions) for (before, after), divisions in groups.items()]


def quarters_of(ledger: Ledger, on: datetime.date) -> list[Period]:
    """The quarters of the ledger's year that have opened, the last first; else its first."""
    quarters = Period.objects.filter(year=ledger.year)
    return list(quarters.opened(on).order_by("-quarter") or quarters.order_by("quarter")[:1])


def preview(ledger: Ledger, period: Period, by: Thresholds, on: datetime.date) -> Preview:
    """Two queries, nothing written: the lines by township and both lights, and the townships."""
    sums = _Sums(ledger, by)
    lines = Entry.objects.filter(task__ledger=ledger, period=period).owed()
    both = lines.with_light(on).with_other_light(by).order_by()
    keys = ("township_id", "light", "other_light")
    for township, old, new, count in both.values_list(*keys).annotate(count=Count("pk")):
        sums.add(township, Light(old), Light(new), count)
    return Preview(period, sums.matrix, *sums.units_turned())


class _Sums:
    """Lines by light, before and after, of every township and of the county above it."""

    def __init__(self, ledger: Ledger, by: Thresholds) -> None:
        self.ledger, self.by = ledger, by
        self.matrix: Counter[tuple[Light, Light]] = Counter()
        self.before: dict[int, Lines] = defaultdict(Counter)
        self.after: dict[int, Lines] = defaultdict(Counter)

    def add(self, township: int, old: Light, new: Light, count: int) -> None:
        self.matrix[old, new] += count
        self.before[township][old] += count
        self.after[township][new] += count

    def units_turned(self) -> tuple[dict[Level, int], dict[Level, list[Turned]]]:
        units = self._units
        turned: dict[Level, list[Turned]] = {Level.COUNTY: [], Level.TOWNSHIP: []}
        counts: Counter[Level] = Counter()
        for division, below in units:
            level = Level(division.level)
            counts[level] += 1
            before = _light(self.before, below, self.ledger)
            after = _light(self.after, below, self.by)
            if before != after:
                turned[level].append(Turned(division, before, after))
        return {level: counts[level] for level in turned}, turned

    @cached_property
    def _units(self) -> list[tuple[Division, list[int]]]:
        """Counties and townships, each with the townships that it sums."""
        townships = Division.objects.filter(pk__in=list(self.before)).select_related("parent")
        units = [(township, [township.pk]) for township in townships]
        below: dict[Division, list[int]] = defaultdict(list)
        for township in townships:
            if township.parent and township.parent.level == Level.COUNTY:
                below[township.parent].append(township.pk)
        return sorted([*below.items(), *units], key=lambda unit: unit[0].code)


def _light(lines: dict[int, Lines], below: Iterable[int], by: Limits) -> Light:
    lights: Lines = Counter()
    for township in below:
        lights.update(lines[township])
    return Counts(owed=lights.total()).light(lights, by)
