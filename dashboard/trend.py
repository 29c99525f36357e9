"""What a unit and the units below it reported, quarter by quarter over the last three years."""

import datetime
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property, reduce
from typing import Any, NamedTuple

from django.db import models
from django.db.models import Count, F
from django.utils.translation import gettext_lazy as _

from dashboard.charts import Share
from dashboard.measures import MEASURES
from tasks.models import Counts, Entry, EntryQuerySet, EntrySummary, Ledger, Light, Period
from tasks.models.light import light_inputs
from tasks.models.summary import COUNTED, counting
from tasks.place import Place
from villages.models import Division, Level

QUARTERS = 12
OPEN_STATES = ("blank", "draft", "returned")


class Measure(models.TextChoices):
    REPORTED = "reported", _("Reporting rate")
    ON_TIME = "on_time", _("On-time rate")
    COMPLETED = "completed", _("Completion rate")
    RED = "red", _("Share of red lines")

    @property
    def definition(self) -> str:
        return str(RED_IS if self is Measure.RED else MEASURES[self].definition)

    @property
    def is_bad(self) -> bool:
        """Whether more of it is worse."""
        return self is Measure.RED


RED_IS = _("Lines that are red today ÷ owed; unreported lines of a past quarter are red")


class Sums(NamedTuple):
    """The counts of a unit in one quarter, and how many of its lines are red today."""

    counts: Counts
    red: int

    def plus(self, other: "Sums") -> "Sums":
        return Sums(self.counts + other.counts, self.red + other.red)

    def share(self, measure: Measure) -> Share | None:
        """A rate as the overview defines it; None where there is nothing to take a part of."""
        if measure is Measure.RED:
            part, whole = self.red, self.counts.owed
        else:
            defined = MEASURES[measure]
            part, whole = defined.part(self.counts), defined.whole(self.counts)
        return Share(part, whole) if whole else None


@dataclass
class Course:
    """A unit over the quarters shown; its own lines alone where `is_own`."""

    division: Division
    quarters: list[Sums | None]
    is_own: bool = False

    def shares(self, measure: Measure) -> list[Share | None]:
        return [sums and sums.share(measure) for sums in self.quarters]

    def last_share(self, measure: Measure) -> Share | None:
        return self.shares(measure)[-1]


@dataclass(frozen=True)
class Quarter:
    """A quarter of the calendar, whether or not anything was asked in it."""

    year: int
    quarter: int
    period: Period | None

    @property
    def code(self) -> str:
        return f"{self.year}Q{self.quarter}"

    @property
    def name(self) -> str:
        return str(Period(year=self.year, quarter=self.quarter))


def quarters_until(
    period: Period, periods: Iterable[Period], most: int = QUARTERS
) -> list[Quarter]:
    """The last quarters of the calendar up to one, from the first of them that exists here."""
    known = {(p.year, p.quarter): p for p in periods}
    last = period.year * 4 + period.quarter - 1
    line = [divmod(number, 4) for number in range(last - most + 1, last + 1)]
    quarters = [Quarter(y, q + 1, known.get((y, q + 1))) for y, q in line]
    first = next(place for place, quarter in enumerate(quarters) if quarter.period)
    return quarters[first:]


def _added(several: Iterable[Sums | None]) -> Sums | None:
    known = [sums for sums in several if sums]
    return reduce(Sums.plus, known) if known else None


Key = tuple[int, int, int]  # of a unit, a quarter and a ledger


@dataclass
class Trend:
    """The courses of a division and of the units one level below it.

    Four queries whatever the size: the ledgers, the counts, the extensions that still run, and
    the units. A quarter that is yet to open, or whose year has no ledger here, has no figures.
    """

    place: Place
    on: datetime.date
    quarters: list[Quarter] = field(init=False)

    def __post_init__(self) -> None:
        self.quarters = quarters_until(self.place.period, self.place.periods)
        opened = [q.period for q in self.quarters if q.period and q.period.opens <= self.on]
        self._periods = {period.pk: period for period in opened}

    @cached_property
    def ledgers(self) -> dict[int, Ledger]:
        """The issued ledgers of the years shown, of the units in line."""
        division = self.place.division
        line = [*division.ancestor_ids, division.pk]
        years = {quarter.year for quarter in self.quarters}
        issued = Ledger.objects.issued().filter(year__in=years, division__in=line)
        return {ledger.pk: ledger for ledger in issued}

    @cached_property
    def whole(self) -> Course:
        """The division with everything below it."""
        sums = [_added(column) for column in zip(*self._figures.values(), strict=True)]
        return Course(self.place.division, sums or [None] * len(self.quarters))

    @cached_property
    def units(self) -> list[Course]:
        """The units below in the order of their codes, a township's own lines first."""
        division, figures = self.place.division, self._figures
        if division.level == Level.VILLAGE:
            return []
        found = Division.objects.filter(pk__in=figures).defer("pinyin").order_by("code")
        courses = [Course(unit, figures[unit.pk], unit.pk == division.pk) for unit in found]
        return sorted(courses, key=lambda course: not course.is_own)

    @cached_property
    def _figures(self) -> dict[int, list[Sums | None]]:
        """Of each unit its quarters, the ledgers of a year added up."""
        by_period: dict[int, dict[int, Sums]] = defaultdict(dict)
        extended = self._extended()
        for (unit, period, ledger), counts in self._counted():
            if counts.owed:
                lights = counts.lights(
                    self._periods[period],
                    self.ledgers[ledger],
                    self.on,
                    extended.get((unit, period, ledger), {}),
                )
                sums = Sums(counts, lights[Light.RED])
                before = by_period[unit].get(period)
                by_period[unit][period] = before.plus(sums) if before else sums
        shown = [quarter.period.pk if quarter.period else 0 for quarter in self.quarters]
        return {unit: [of.get(pk) for pk in shown] for unit, of in by_period.items()}

    @property
    def _chosen(self) -> dict[str, Any]:
        return {"task__ledger__in": self.ledgers, "period__in": self._periods}

    @property
    def _unit(self) -> str:
        """The field of a line that says to which of the units below it belongs."""
        above = {Level.CITY: "township__parent_id", Level.COUNTY: "township_id"}
        return above.get(Level(self.place.division.level), "division_id")

    @property
    def _lines(self) -> EntryQuerySet:
        """Those that the user sees: of a village that moved, its old township reads its own.

        The command line takes figures out for nobody, and so for everybody.
        """
        lines, user = Entry.objects.within(self.place.division), self.place.user
        return lines.visible_to(user) if user else lines

    def _counted(self) -> Iterable[tuple[Key, Counts]]:
        keys = (self._unit, "period_id", "task__ledger_id")
        if self._unit == "division_id":
            lines = self._lines.owed().filter(**self._chosen)
            group = lines.alias(**light_inputs()).order_by().values(*keys)
            for row in group.annotate(**counting()):
                yield (row[keys[0]], row[keys[1]], row[keys[2]]), Counts.of(row)
            return
        summaries = EntrySummary.objects.within(self.place.division).filter(**self._chosen)
        yield from summaries.counts_by(*keys)

    def _extended(self) -> dict[Key, dict[datetime.date, Counts]]:
        """Unreported lines whose extension still runs, by their own due date."""
        keys = (self._unit, "period_id", "task__ledger_id", "extended_to")
        later = self._lines.unreported().filter(
            extended_to__gte=self.on, extended_to__gt=F("period__due"), **self._chosen
        )
        counts = {name: Count("pk", filter=COUNTED[name]) for name in OPEN_STATES}
        found: dict[Key, dict[datetime.date, Counts]] = defaultdict(dict)
        group = later.order_by().values_list(*keys).annotate(owed=Count("pk"), **counts)
        for unit, period, ledger, until, *counted in group:
            found[unit, period, ledger][until] = Counts(*counted)
        return found
