"""Elections of village teams that are due or under way, for the work list of who keeps them."""

import datetime
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q

from accounts.models import User
from cadres.models import Term, VillageTeam
from villages.models import Level

# Elections are prepared for half a year.
AHEAD = 180
PREPARE = (Level.CITY, Level.COUNTY, Level.TOWNSHIP)


@dataclass(frozen=True)
class Elections:
    """The newest term: how many of the own teams wait for their election, and the days left to
    the elections after it, negative where these are over due."""

    term: Term
    days: int
    waiting: int
    teams: int

    @property
    def is_due(self) -> bool:
        return self.days <= AHEAD


def elections_due(user: User, on: datetime.date) -> Elections | None:
    """None where everybody is elected and nothing is due within half a year. One query."""
    if user.level not in PREPARE or not user.has_perm("cadres.change_villageteam"):
        return None
    own = Q(teams__in=VillageTeam.objects.visible_to(user))
    counted = Term.objects.annotate(
        own=Count("teams", filter=own),
        waiting=Count("teams", filter=own & ~Q(teams__state=VillageTeam.State.FINISHED)),
    )
    term: Any = counted.order_by("-year").first()
    if term is None or not (term.waiting or term.days_to_next(on) <= AHEAD):
        return None
    return Elections(term, term.days_to_next(on), term.waiting, term.own)
