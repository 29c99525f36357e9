"""Where a page is: a division that its user may see, and the way up from there."""

from dataclasses import dataclass

from django.http import Http404

from accounts.models import User
from villages.models import Division


@dataclass
class Where:
    """A division that the user may see; `ancestors` are the crumbs of its page."""

    user: User
    division: Division

    @classmethod
    def at(cls, user: User, code: str) -> "Where":
        """Raises Http404 for what is not there, or not for this user."""
        seen = Division.objects.visible_to(user).select_related("parent__parent__parent")
        division = seen.filter(code=code).first()
        if division is None:
            raise Http404
        return cls(user, division)

    @property
    def ancestors(self) -> list[tuple[Division, bool]]:
        """Managing units from the city down, each with whether the user may open it."""
        line, unit = [], self.division.parent
        while unit:
            line.append((unit, self.may_open(unit)))
            unit = unit.parent
        return line[::-1]

    @property
    def highest(self) -> Division:
        """The widest unit on the way up that the user may open; for most the own one."""
        return next((unit for unit, opens in self.ancestors if opens), self.division)

    def may_open(self, division: Division) -> bool:
        own = self.user.division
        return self.user.sees_everything or bool(own and own.manages(division))
