"""The trend page: four charts of the unit itself, and one measure for each unit below it."""

from dataclasses import dataclass
from functools import cached_property

from django.core.paginator import Page, Paginator
from django.utils.translation import gettext as _

from dashboard.charts import BarChart, LineChart, Share, Tick
from dashboard.geometry import top_of
from dashboard.trend import Course, Measure, Quarter, Trend
from villages.models import Level

UNITS_SHOWN = 24


@dataclass(frozen=True)
class Card:
    """One measure of the unit itself."""

    measure: Measure
    chart: LineChart


@dataclass(frozen=True)
class Multiple:
    """One unit below, with its own small chart of the measure chosen."""

    course: Course
    chart: LineChart


@dataclass
class TrendPage:
    trend: Trend
    measure: Measure
    number: str = "1"

    @cached_property
    def ticks(self) -> list[Tick]:
        return [self._tick(place, quarter) for place, quarter in enumerate(self.trend.quarters)]

    def _tick(self, place: int, quarter: Quarter) -> Tick:
        # The year stands where it begins; and at the first quarter, if there is room before the
        # next year.
        begins = quarter.quarter == 1 or (place == 0 and quarter.quarter < 4)
        is_open = bool(quarter.period and quarter.period.due >= self.trend.on)
        year = str(quarter.year) if begins else ""
        return Tick(quarter.name, f"Q{quarter.quarter}", year, is_open)

    @cached_property
    def cards(self) -> list[Card]:
        return [Card(measure, self._card(measure)) for measure in Measure]

    def _card(self, measure: Measure) -> LineChart:
        course = self.trend.whole
        shares = course.shares(measure)
        return LineChart(
            f"whole-{measure}",
            f"{course.division.short_name} {measure.label}",
            self.ticks,
            shares,
            top=_top(measure, shares),
        )

    @property
    def known(self) -> list[str]:
        """The quarters that have figures, by name."""
        pairs = zip(self.trend.quarters, self.trend.whole.quarters, strict=True)
        return [quarter.name for quarter, sums in pairs if sums]

    @property
    def missing(self) -> list[str]:
        """The quarters among them that have none."""
        pairs = zip(self.trend.quarters, self.trend.whole.quarters, strict=True)
        return [quarter.name for quarter, sums in pairs if not sums]

    @property
    def has_open(self) -> bool:
        """Whether any dot is hollow."""
        return any(tick.is_open and share for tick, share in self.cards[0].chart.rows)

    @cached_property
    def page(self) -> Page[Course]:
        """The units below: villages, which are many, with the worst of the last quarter first."""
        units = self.trend.units
        if self.trend.place.division.level == Level.TOWNSHIP:
            units = self._worst_first(units)
        return Paginator(units, UNITS_SHOWN).get_page(self.number)

    def _worst_first(self, units: list[Course]) -> list[Course]:
        def weight(course: Course) -> tuple[bool, bool, float, str]:
            share = course.last_share(self.measure)
            percent = share.percent if share else 0
            weighed = -percent if self.measure.is_bad else percent
            return not course.is_own, share is None, weighed, course.division.code

        return sorted(units, key=weight)

    @cached_property
    def multiples(self) -> list[Multiple]:
        """On one scale, so that they compare; with the unit above all of them in grey."""
        behind = self.trend.whole.shares(self.measure)
        courses = list(self.page)
        every = [share for course in courses for share in course.shares(self.measure)]
        top = _top(self.measure, [*behind, *every])
        return [
            Multiple(
                course,
                LineChart(
                    f"unit-{course.division.code}",
                    f"{self.name_of(course)} {self.measure.label}",
                    self.ticks,
                    course.shares(self.measure),
                    behind,
                    top,
                    is_small=True,
                ),
            )
            for course in courses
        ]

    @cached_property
    def bars(self) -> BarChart | None:
        """The same units in the chosen quarter, the worst first."""
        shares = [
            (self.name_of(course), share)
            for course in self._worst_first(list(self.page))
            if (share := course.last_share(self.measure))
        ]
        if len(shares) < 2:
            return None
        top = _top(self.measure, [share for _name, share in shares])
        quarter = self.trend.place.period
        title = f"{self.trend.place.division.short_name} {self.measure.label} {quarter}"
        return BarChart("bars", title, shares, top)

    @staticmethod
    def name_of(course: Course) -> str:
        return _("The unit's own tasks") if course.is_own else course.division.short_name


def _top(measure: Measure, shares: list[Share | None]) -> int:
    """Rates stand on the whole scale; red lines, of which there are few, on what they need."""
    if not measure.is_bad:
        return 100
    return top_of(share.percent for share in shares if share)
