"""The coverage calendar as a sheet: every unit below, month by month; it only goes out."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _lazy

from cadres.calendar_choice import CalendarForm
from cadres.coverage import Coverage, Line, State
from cadres.models import Posting
from cadres.sheets import groups
from spreadsheets.fields import GivenColumn
from spreadsheets.sheet import Heading, Target, day_written, month_written, register
from villages.models import Division, Level
from villages.sheets.unit_sheet import UnitSheet

WORDS = {
    State.HELD: "在任",
    State.PART: "部分在任",
    State.ENDING: "本月到期",
    State.OVERDUE: "超期",
    State.VACANT: "空缺",
    State.NONE: "",
}


@register
class CalendarSheet(UnitSheet):
    name = "calendar"
    title = _lazy("Coverage calendar")
    summary = _lazy("Whether each seat is filled, month by month, with who holds it; to take out.")
    group = groups.POSTINGS
    export_permission = "cadres.view_posting"

    county = GivenColumn("县（市、区）", lambda line: place(line.unit)[0], width=14)
    township = GivenColumn("乡（镇、街道）", lambda line: place(line.unit)[1], width=14)
    unit = GivenColumn("单位", lambda line: line.unit.short_name, width=18)
    holder = GivenColumn("现任", lambda line: name_of(line.holder), width=10)
    since = GivenColumn("任职时间", lambda line: day_of(line.holder, "start"), width=12)
    planned = GivenColumn("拟到期时间", lambda line: day_of(line.holder, "planned_end"), width=12)
    form: CalendarForm | None = None

    def narrow(self, choices: Any) -> None:
        self.form = CalendarForm(choices, timezone.localdate())

    def coverage(self) -> Coverage:
        form = self.form or CalendarForm({}, timezone.localdate())
        division = self.division()
        self.target = Target(division.code)
        return form.coverage(division, self.viewer)

    def heading(self) -> Heading:
        coverage = self.coverage()
        with translation.override("zh-hans"):
            title = f"{coverage.division.name}{coverage.kind}在任情况表"
        first, last = coverage.months[0].first, coverage.months[-1].last
        filled = f"应配{len(coverage.expected)}个，已配{len(coverage.filled)}个"
        months = f"{month_written(first)}—{month_written(last)}"
        line = f"{months}　　　截至{day_written(coverage.on)}{filled}"
        return Heading(title, line, footer="")

    def instances(self) -> Iterable[Line]:
        coverage = self.coverage()
        names = [
            GivenColumn(f"{month.first:%Y.%m}", partial(nth, step), width=9)
            for step, month in enumerate(coverage.months)
        ]
        who = [self.county, self.township, self.unit, self.holder, self.since, self.planned]
        self.use([*who, *names])
        return coverage.lines()


def place(unit: Division) -> tuple[str, str]:
    """County and township of a unit, or the unit itself where it is one."""
    above = unit.parent
    if unit.level == Level.VILLAGE and above:
        return (above.parent.name if above.parent else ""), above.name
    return (above.name if above else ""), unit.name


def name_of(holder: Posting | None) -> str:
    return holder.person.name if holder else ""


def day_of(holder: Posting | None, field: str) -> str:
    day = holder and getattr(holder, field)
    return f"{day:%Y.%m.%d}" if day else ""


def nth(step: int, line: Line) -> str:
    cell = line.cells[step]
    several = f"（{cell.holders}人）" if cell.holders > 1 else ""
    return WORDS[cell.state] + several
