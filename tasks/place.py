"""What most pages begin with: the division and quarter of the address, and the way up."""

import datetime
from dataclasses import dataclass
from functools import cached_property

from django.http import Http404

from accounts.models import User
from accounts.where import Where
from tasks.models import Entry, Ledger, Period
from villages.models import Division, DivisionQuerySet, Level


@dataclass
class Place(Where):
    """Where and when a page is: a division that the user may see, and a quarter."""

    period: Period
    periods: list[Period]

    @classmethod
    def or_404(cls, user: User, code: str, period_code: str) -> "Place":
        line = Division.objects.select_related("parent__parent__parent").filter(code=code)
        division = line.visible_to(user).first() or _moved_away(line, user)
        if division is None:
            raise Http404
        periods = list(Period.objects.order_by("year", "quarter"))
        period = next((p for p in periods if p.code == period_code), None)
        if period is None:
            raise Http404
        return cls(user, division, period, periods)

    @property
    def near_periods(self) -> list[Period]:
        """The quarters offered for choice: those of the year shown and the one before it."""
        first = (self.period.year - 1, 4)
        return [p for p in self.periods if first <= (p.year, p.quarter) <= (self.period.year, 4)]

    @property
    def previous(self) -> Period | None:
        """The quarter right before, of the year before where this is the first."""
        year, quarter = self.period.year, self.period.quarter
        before = (year, quarter - 1) if quarter > 1 else (year - 1, 4)
        return next((p for p in self.periods if (p.year, p.quarter) == before), None)

    @property
    def year_ago(self) -> Period | None:
        """The same quarter of the year before."""
        last = self.period.year - 1, self.period.quarter
        return next((p for p in self.periods if (p.year, p.quarter) == last), None)

    @cached_property
    def ledger(self) -> Ledger | None:
        return Ledger.objects.in_force(self.division, self.period.year)


def _moved_away(line: DivisionQuerySet, user: User) -> Division | None:
    """A village transferred during the year still reports through its old township, which is
    not told what manages the village today."""
    if user.level != Level.TOWNSHIP:
        return None
    owed = Entry.objects.filter(township=user.division).values("division")
    village = line.filter(pk__in=owed).first()
    unit = village and village.parent
    while unit:
        unit.name = unit.name_for(user)
        unit = unit.parent
    return village


def period_of_today(on: datetime.date) -> Period | None:
    """The quarter people work on: the last one opened, else the first there is."""
    opened = Period.objects.opened(on).order_by("-year", "-quarter").first()
    return opened or Period.objects.order_by("year", "quarter").first()
