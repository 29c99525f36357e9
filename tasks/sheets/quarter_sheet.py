"""What sheets about one unit in one quarter have in common."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _lazy

from spreadsheets.sheet import Group, Target
from tasks.models import Period
from tasks.sheets.heading import period_by
from villages.models import Division
from villages.sheets.unit_sheet import UnitSheet

LEDGER = Group(1, _lazy("Task ledger"))


class QuarterSheet(UnitSheet):
    """Of a unit that its user sees, and everything below it, in one quarter."""

    group = LEDGER
    period: Period

    def aim(self) -> Division:
        """Fix what an export is about: its unit, which is returned, and its quarter."""
        division, self.period = self.division(), period_by(self.target.period)
        self.target = Target(division.code, self.period.code)
        return division

    def choices(self) -> dict[str, list[tuple[str, str]]]:
        periods = Period.objects.order_by("-year", "-quarter")
        return super().choices() | {"period": [(p.code, str(p)) for p in periods]}
