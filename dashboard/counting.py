"""Reads the counts that the figures are made of: by unit and quarter, and by unit and task.

Townships and above are read from the summaries, one query whatever the size; the villages of a
township, and any choice of a kind of village, from the lines themselves.
"""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.db.models import Case, CharField, Exists, Value, When

from dashboard.choice import Choice
from dashboard.crosswalk import Crosswalk
from tasks.models import Counts, Entry, EntryQuerySet, EntrySummary, Ledger, Period, Task
from tasks.models.light import BEHIND, DONE_EARLY, FAR_BEHIND, light_inputs
from tasks.models.state import REPORTED
from tasks.models.summary import EntrySummaryQuerySet, counting, extended_counts
from villages.models import Division, Level

Extended = Mapping[datetime.date, Counts]


@dataclass
class Counted:
    """Counts by unit and quarter, and, of the quarter shown, by column and task.

    Units are townships, or the units of one township; columns are what a matrix shows: the
    counties of the city, else the units.
    """

    units: dict[tuple[int, int], Counts] = field(default_factory=dict)
    cells: dict[tuple[int, int], Counts] = field(default_factory=dict)
    any_extended: bool = False


@dataclass(frozen=True)
class Counting:
    """Which lines are counted: those of a division, of a ledger and the ledgers of its unit in
    the years before, narrowed by a choice."""

    division: Division
    ledger: Ledger
    period: Period
    others: tuple[Period, ...]
    choice: Choice
    crosswalk: Crosswalk

    @property
    def is_near(self) -> bool:
        return self.division.level in (Level.TOWNSHIP, Level.VILLAGE)

    @property
    def of_lines(self) -> bool:
        """Whether the summaries do not tell, which know no single village."""
        return self.is_near or bool(self.choice.kind)

    @property
    def _column(self) -> str:
        is_city = self.division.level == Level.CITY
        return "township__parent_id" if is_city else "township_id"

    def read(self) -> Counted:
        """The counts of all quarters by unit."""
        if self.is_near:
            return self._near()
        if not self.crosswalk.is_empty:
            return self._shifted()
        counted = Counted()
        grouped = self._grouped("township_id", "period_id", "any_extended")
        for (unit, period, any_extended), counts in grouped:
            key = (unit, period)
            counted.units[key] = counted.units.get(key, Counts()) + counts
            counted.any_extended |= any_extended and period == self.period.pk
        return counted

    def cells(self) -> dict[tuple[int, int], Counts]:
        """The counts of the quarter shown by column and task."""
        if self.is_near:
            return self._near().cells
        if not self.crosswalk.is_empty:
            return self._shifted_cells()
        return dict(self._grouped(self._column, "task_id", periods=[self.period]))

    def extended(self, on: datetime.date) -> Mapping[tuple[int, int], Extended]:
        """The unreported lines that have more time on that day, by unit and task."""
        found: dict[tuple[int, int], list[Extended]] = defaultdict(list)
        # By village only where a village may count elsewhere: a city has ten thousands of lines.
        by_village = self.is_near or bool(self.crosswalk.moved_villages)
        keys = ("division_id", "township_id") if by_village else ("township_id", "township_id")
        extended = extended_counts(self.lines(), self.period, on, *keys, "task_id")
        for (division, township, task), until in extended.items():
            found[self.unit_of(division, township), task].append(until)
        return {key: added(some) for key, some in found.items()}

    def unit_of(self, division: int, township: int) -> int:
        if self.is_near:
            return self.crosswalk.unit_of(division)
        return self.crosswalk.township_of(division, township)

    def lines(self) -> EntryQuerySet:
        """The lines of the quarter shown that are counted."""
        return self._chosen().filter(period=self.period, task__ledger=self.ledger)

    def _lines(self, periods: Iterable[Period]) -> EntryQuerySet:
        years = self._chosen().filter(task__ledger__division=self.ledger.division_id)
        return years.filter(period__in=list(periods))

    def _chosen(self) -> EntryQuerySet:
        return self.crosswalk.read_lines(self._everywhere())

    def _everywhere(self) -> EntryQuerySet:
        """The lines that the choice leaves, of the whole city."""
        chosen = self.choice.of_tasks("task__") & self.choice.of_villages()
        return Entry.objects.owed().filter(chosen)

    def _shifted(self) -> Counted:
        """On other divisions than those that reported."""
        counted = Counted(any_extended=self.lines().filter(extended_to__isnull=False).exists())
        counted.units = self._by_township("period_id", [self.period, *self.others])
        return counted

    def _shifted_cells(self) -> dict[tuple[int, int], Counts]:
        found = self._by_township("task_id", [self.period])
        if self.division.level != Level.CITY:
            return found
        townships = Division.objects.filter(pk__in={unit for unit, _task in found})
        county_of = {
            pk: self.crosswalk.county_of.get(pk, county or 0)
            for pk, county in townships.values_list("pk", "parent_id")
        }
        cells: dict[tuple[int, int], Counts] = defaultdict(Counts)
        for (unit, task), counts in found.items():
            cells[county_of[unit], task] += counts
        return dict(cells)

    def _by_township(self, also: str, periods: list[Period]) -> dict[tuple[int, int], Counts]:
        """Counts by township and one thing more, as the crosswalk shifts them."""
        entries = self._everywhere().filter(
            period__in=periods, task__ledger__division=self.ledger.division_id
        )
        found: Any
        if not self.choice.kind:
            found = self.crosswalk.counts(self._summaries(periods), entries, also)
            return dict(found)
        rows = self.crosswalk.read_lines(entries).alias(**light_inputs()).order_by()
        sums: dict[tuple[int, int], Counts] = defaultdict(Counts)
        for row in rows.values("division_id", "township_id", also).annotate(**counting()):
            unit = self.unit_of(row["division_id"], row["township_id"])
            sums[unit, row[also]] += Counts.of(row)
        return dict(sums)

    def _summaries(self, periods: list[Period]) -> EntrySummaryQuerySet:
        # As a subquery, which is read once; joined, task and ledger are looked up for each row.
        tasks = Task.objects.filter(
            self.choice.of_tasks(""), ledger__division=self.ledger.division_id
        )
        return EntrySummary.objects.filter(period__in=periods, task__in=tasks.values("pk"))

    def _grouped(self, *group: str, periods: Iterable[Period] = ()) -> Iterable[tuple[Any, Counts]]:
        periods = list(periods) or [self.period, *self.others]
        extended = Entry.objects.filter(period=self.period, extended_to__isnull=False)
        rows: Any
        if self.of_lines:
            lines = self._lines(periods).alias(**light_inputs())
            rows = lines.annotate(any_extended=Exists(extended)).order_by()
            for row in rows.values(*group).annotate(**counting()):
                yield tuple(row[name] for name in group), Counts.of(row)
            return
        rows = self._summaries(periods)
        if self.division.level != Level.CITY:  # all there is is within the city
            rows = rows.within(self.division)
        yield from rows.annotate(any_extended=Exists(extended)).counts_by(*group)

    def _near(self) -> Counted:
        """A township's few lines one by one: cheaper than ten sums over each of them."""
        counted, units, cells = Counted(), defaultdict(list), defaultdict(list)
        lines = self._lines([self.period, *self.others]).alias(**light_inputs())
        columns = ("division_id", "period_id", "task_id", "extended_to", "state", "is_late")
        for division, period, task, extended_to, *stands in lines.order_by().values_list(
            *columns, reported_as()
        ):
            counts, unit = _one(*stands), self.crosswalk.unit_of(division)
            units[unit, period].append(counts)
            if period == self.period.pk:
                cells[unit, task].append(counts)
                counted.any_extended |= extended_to is not None
        counted.units = {key: Counts.sum(counts) for key, counts in units.items()}
        counted.cells = {key: Counts.sum(counts) for key, counts in cells.items()}
        return counted


def added(several: Iterable[Extended]) -> Extended:
    """What has more time in any of several groups of lines."""
    sums: dict[datetime.date, list[Counts]] = defaultdict(list)
    for extended in several:
        for until, counts in extended.items():
            sums[until].append(counts)
    return {until: Counts.sum(counts) for until, counts in sums.items()}


def reported_as() -> Case:
    """How a value stands to its target, as the columns of a summary name it."""
    return Case(
        When(FAR_BEHIND, then=Value("far_behind")),
        When(BEHIND, then=Value("behind")),
        When(DONE_EARLY, then=Value("early")),
        default=Value(""),
        output_field=CharField(),
    )


@lru_cache(maxsize=256)
def _one(state: str, is_late: bool, stands: str) -> Counts:
    """The counts of a single line."""
    counts = {"owed": 1, state: 1}
    if state in REPORTED:
        counts["on_time"] = int(not is_late)
        if stands:
            counts[stands] = 1
    return Counts(**counts)
