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
from tasks.models import Counts, Entry, EntryQuerySet, EntrySummary, Ledger, Period, Task
from tasks.models.light import BEHIND, DONE_EARLY, FAR_BEHIND, light_inputs
from tasks.models.state import REPORTED
from tasks.models.summary import counting, extended_counts
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
        return dict(self._grouped(self._column, "task_id", periods=[self.period]))

    def extended(self, on: datetime.date) -> Mapping[tuple[int, int], Extended]:
        """The unreported lines that have more time on that day, by unit and task."""
        unit = "division_id" if self.is_near else "township_id"
        return extended_counts(self.lines(), self.period, on, unit, "task_id")

    def lines(self) -> EntryQuerySet:
        """The lines of the quarter shown that are counted."""
        return self._chosen().filter(period=self.period, task__ledger=self.ledger)

    def _lines(self, periods: Iterable[Period]) -> EntryQuerySet:
        years = self._chosen().filter(task__ledger__division=self.ledger.division_id)
        return years.filter(period__in=list(periods))

    def _chosen(self) -> EntryQuerySet:
        chosen = self.choice.of_tasks("task__") & self.choice.of_villages()
        return Entry.objects.within(self.division).owed().filter(chosen)

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
        # As a subquery, which is read once; joined, task and ledger are looked up for each row.
        tasks = Task.objects.filter(
            self.choice.of_tasks(""), ledger__division=self.ledger.division_id
        )
        rows = EntrySummary.objects.filter(period__in=periods, task__in=tasks.values("pk"))
        if self.division.level != Level.CITY:  # all there is is within the city
            rows = rows.within(self.division)
        yield from rows.annotate(any_extended=Exists(extended)).counts_by(*group)

    def _near(self) -> Counted:
        """A township's few lines one by one: cheaper than ten sums over each of them."""
        counted, units, cells = Counted(), defaultdict(list), {}
        lines = self._lines([self.period, *self.others]).alias(**light_inputs())
        columns = ("division_id", "period_id", "task_id", "extended_to", "state", "is_late")
        for unit, period, task, extended_to, *stands in lines.order_by().values_list(
            *columns, reported_as()
        ):
            counts = _one(*stands)
            units[unit, period].append(counts)
            if period == self.period.pk:
                cells[unit, task] = counts
                counted.any_extended |= extended_to is not None
        counted.units = {key: Counts.sum(counts) for key, counts in units.items()}
        counted.cells = cells
        return counted


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
