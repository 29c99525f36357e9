"""What sheets about one unit in one quarter have in common."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from spreadsheets.errors import Refused
from spreadsheets.sheet import Group, Sheet, Target
from tasks.models import Period
from tasks.sheets.heading import period_by
from villages.models import Division, Level

LEDGER = Group(1, _lazy("Task ledger"))


class QuarterSheet(Sheet):
    """Of a unit that its user sees, and everything below it, in one quarter."""

    group = LEDGER
    period: Period

    def is_in_scope(self) -> bool:
        if not self.target.division:  # a file that nobody has looked at yet, or that was refused
            return True
        seen = Division.objects.visible_to(self.viewer)
        return seen.filter(code=self.target.division).exists()

    def aim(self) -> Division:
        """Fix what an export is about: its unit, which is returned, and its quarter."""
        division, self.period = self.division(), period_by(self.target.period)
        self.target = Target(division.code, self.period.code)
        return division

    def division(self) -> Division:
        """The unit of the target that the user sees; raises Refused."""
        own = self.viewer.division
        code = self.target.division or (own.code if own else "")
        division = Division.objects.visible_to(self.viewer).filter(code=code).first()
        if division is None:
            raise Refused(_("There is no division %(code)s here.") % {"code": code})
        return division

    def choices(self) -> dict[str, list[tuple[str, str]]]:
        seen = Division.objects.visible_to(self.viewer).exclude(level=Level.VILLAGE)
        if self.viewer.division and self.viewer.division.level == Level.VILLAGE:
            seen = Division.objects.filter(pk=self.viewer.division.pk)
        units = [(division.code, division.name) for division in seen.order_by("path")]
        periods = Period.objects.order_by("-year", "-quarter")
        return {"division": units, "period": [(p.code, str(p)) for p in periods]}
