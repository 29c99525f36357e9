"""Before and after (一降六升) as a sheet: each indicator of a unit and those one level below."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple, cast

from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.models import User
from cadres.before_after import before_after
from cadres.indicators import Comparison, Figure, UnitRow
from cadres.models import Term, TermIndicator
from cadres.shares import percent
from cadres.sheets import groups
from cadres.term_choice import two_terms
from spreadsheets.errors import Refused
from spreadsheets.fields import GivenColumn
from spreadsheets.sheet import Heading, Target, day_written, register
from villages.models import Division
from villages.sheets.unit_sheet import UnitSheet


class Line(NamedTuple):
    """One indicator of one unit."""

    unit: Division
    told: Comparison

    def value(self, figure: Figure) -> Decimal | None:
        """As the page shows it: a share in percent, a mean age."""
        if not figure:
            return None
        is_share = self.told.indicator.is_share
        return percent(figure.part, figure.whole) if is_share else figure.mean

    def counted(self, figure: Figure) -> str:
        """n/N of a share; of how many persons a mean age is."""
        is_share = self.told.indicator.is_share
        return f"{figure.part:,}/{figure.whole:,}" if is_share else f"{figure.whole:,}人"

    @property
    def measured_in(self) -> str:
        return "%" if self.told.indicator.is_share else "岁"


@register
class BeforeAfterSheet(UnitSheet):
    """A row for each unit and indicator, the unit itself first; it only goes out."""

    name = "before_after"
    title = _lazy("Village teams before and after")
    summary = _lazy("Every indicator of two terms, of a unit and those below it; to take out.")
    group = groups.TEAMS
    export_permission = "cadres.view_villageteam"

    # fmt: off
    unit = GivenColumn("单位", lambda line: line.unit.name, width=20)
    indicator = GivenColumn("指标", lambda line: line.told.indicator.name, width=24)
    measured = GivenColumn("计量", lambda line: line.measured_in, width=7)
    before = GivenColumn("换届前", lambda line: line.value(line.told.before), width=10)
    before_of = GivenColumn("换届前人数（n/N）", lambda line: line.counted(line.told.before),
                            width=16)
    after = GivenColumn("换届后", lambda line: line.value(line.told.after), width=10)
    after_of = GivenColumn("换届后人数（n/N）", lambda line: line.counted(line.told.after),
                           width=16)
    direction = GivenColumn("要求", lambda line: str(line.told.indicator.get_direction_display()),
                            width=8)
    outcome = GivenColumn("结果", lambda line: str(line.told.outcome.words), width=14)
    definition = GivenColumn("口径", lambda line: line.told.indicator.definition, width=44)
    # fmt: on
    choice: Any = None

    def narrow(self, choices: Any) -> None:
        self.choice = choices

    @cached_property
    def terms(self) -> tuple[Term, Term]:
        """Raises Refused where there are not two of them."""
        before, after = two_terms(self.choice or {})
        if before is None or after is None:
            raise Refused(_("Two terms are needed to compare; the city enters them."))
        return before, after

    def instances(self) -> Iterable[Line]:
        division, indicators = self.division(), list(TermIndicator.objects.in_use())
        self.target = Target(division.code)
        viewer, today = cast(User, self.viewer), timezone.localdate()
        told = before_after(division, viewer, self.terms, indicators, today)
        return self._lines([told.whole, *told.rows])

    def _lines(self, rows: Iterable[UnitRow]) -> Iterator[Line]:
        for row in rows:
            for told in row.comparisons:
                yield Line(row.unit, told)

    def row(self, instance: Any) -> list[Any]:
        with translation.override("zh-hans"):
            return super().row(instance)

    def heading(self) -> Heading:
        before, after = self.terms
        title = f"{self.division().name}村“两委”班子换届前后对比表"
        day = day_written(timezone.localdate())
        line = f"换届前：{before.name}　　　换届后：{after.name}　　　导出时间：{day}"
        return Heading(title, line, footer="")
