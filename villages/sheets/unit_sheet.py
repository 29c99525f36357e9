"""What sheets about one unit and everything below it have in common."""

from __future__ import annotations

from django.utils.translation import gettext as _

from spreadsheets.errors import Refused
from spreadsheets.sheet import Sheet, own_target
from villages.models import Division, Level


class UnitSheet(Sheet):
    """About a unit that its user sees: the one of the target, else the user's own."""

    def is_in_scope(self) -> bool:
        if not self.target.division:  # a file that nobody has looked at yet, or that was refused
            return True
        seen = Division.objects.visible_to(self.viewer)
        return seen.filter(code=self.target.division).exists()

    def division(self) -> Division:
        """The unit of the target that the user sees; raises Refused."""
        code = self.target.division or own_target(self).division
        seen = Division.objects.visible_to(self.viewer).select_related("parent__parent")
        division = seen.filter(code=code).first()
        if division is None:
            raise Refused(_("There is no division %(code)s here.") % {"code": code})
        return division

    def choices(self) -> dict[str, list[tuple[str, str]]]:
        seen = Division.objects.visible_to(self.viewer).exclude(level=Level.VILLAGE)
        if self.viewer.division and self.viewer.division.level == Level.VILLAGE:
            seen = Division.objects.filter(pk=self.viewer.division.pk)
        return {"division": [(unit.code, unit.name) for unit in seen.order_by("path")]}
