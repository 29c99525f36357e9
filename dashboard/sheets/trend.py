"""The trend of a unit and the units below it, to take out: a row for each unit and quarter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _lazy

from dashboard.sheets.figures import FIGURES
from dashboard.trend import Course, Measure, Quarter, Sums, Trend
from spreadsheets.fields import GivenColumn
from spreadsheets.sheet import Heading, day_written, register
from tasks import words
from tasks.models import Period
from tasks.place import Place
from tasks.sheets.heading import period_by
from tasks.sheets.quarter_sheet import QuarterSheet


@dataclass(slots=True)
class Row:
    """A unit in a quarter that has figures."""

    course: Course
    quarter: Quarter
    sums: Sums

    @property
    def name(self) -> str:
        unit = self.course.division.name
        return f"{unit}（本级）" if self.course.is_own else unit

    def rate(self, measure: Measure) -> Decimal | None:
        """In percent with one decimal, rounded down as on the pages."""
        share = self.sums.share(measure)
        if share is None:
            return None
        exact = Decimal(share.part) * 100 / share.whole
        return exact.quantize(Decimal("0.1"), ROUND_FLOOR)


@register
class TrendSheet(QuarterSheet):
    """Counts and rates of the unit first, then of those one level below it."""

    name = "trend"
    title = _lazy("Trend over the quarters")
    summary = _lazy(
        "Reported, on time, accepted and red lines of a unit and those one level below it, over "
        "the twelve quarters up to the chosen one; to take out."
    )
    group = FIGURES
    export_permission = "tasks.view_entry"

    # fmt: off
    unit = GivenColumn("单位", lambda row: row.name, width=22)
    quarter = GivenColumn("季度", lambda row: row.quarter.code, width=9)
    owed = GivenColumn("应报项数", lambda row: row.sums.counts.owed)
    reported = GivenColumn("已报项数", lambda row: row.sums.counts.reported)
    reported_rate = GivenColumn("上报率（%）", lambda row: row.rate(Measure.REPORTED))
    on_time = GivenColumn("按时上报项数", lambda row: row.sums.counts.on_time)
    on_time_rate = GivenColumn("上报及时率（%）", lambda row: row.rate(Measure.ON_TIME), width=14)
    accepted = GivenColumn("终审通过项数", lambda row: row.sums.counts.accepted)
    accepted_rate = GivenColumn("完成率（%）", lambda row: row.rate(Measure.COMPLETED))
    red = GivenColumn("红灯项数", lambda row: row.sums.red)
    red_rate = GivenColumn("红灯占比（%）", lambda row: row.rate(Measure.RED))
    # fmt: on

    def heading(self) -> Heading:
        division, period = self.division(), period_by(self.target.period)
        quarter = f"{period.year}年第{words.QUARTERS[period.quarter]}季度"
        day = day_written(timezone.localdate())
        unit_line = f"单位：{division.name}　　　导出时间：{day}"
        return Heading(f"{division.name}截至{quarter}任务完成趋势表", unit_line, footer="")

    def instances(self) -> Iterable[Row]:
        division = self.aim()
        periods = list(Period.objects.order_by("year", "quarter"))
        place = Place(self.user, division, self.period, periods)
        return self._rows(Trend(place, timezone.localdate()))

    def _rows(self, trend: Trend) -> Iterator[Row]:
        for course in [trend.whole, *trend.units]:
            for quarter, sums in zip(trend.quarters, course.quarters, strict=True):
                if sums:
                    yield Row(course, quarter, sums)

    def row(self, instance: Any) -> list[Any]:
        """Without a rate there is a dash, as on the page."""
        return ["—" if cell is None else cell for cell in super().row(instance)]
