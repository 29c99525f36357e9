"""Elections of village teams that are due or under way, for the work list of who keeps them."""

import datetime
from dataclasses import dataclass

from accounts.models import User
from cadres.models import Term, VillageTeam
from cadres.team_list import counted_from, not_opened
from villages.models import Level

# Elections are prepared for half a year.
AHEAD = 180
PREPARE = (Level.CITY, Level.COUNTY, Level.TOWNSHIP)


@dataclass(frozen=True)
class Elections:
    """How many of the own villages wait for their election in the newest term, begun or not; and
    the days left to the next one that is due in any of them, negative where it is over due."""

    term: Term
    waiting: int
    villages: int
    # The term after which that one is due.
    since: Term
    days: int

    @property
    def is_due(self) -> bool:
        return self.days <= AHEAD


def elections_due(user: User, on: datetime.date) -> Elections | None:
    """None where every village is elected and nothing is due within half a year."""
    if user.level not in PREPARE or not user.has_perm("cadres.change_villageteam"):
        return None
    term = Term.objects.newest()
    since = counted_from(user.division, user, on) if term and user.division else None
    if term is None or user.division is None or since is None:
        return None
    begun = VillageTeam.objects.visible_to(user).filter(term=term)
    unbegun = not_opened(user.division, user, term, on).count()
    waiting = begun.exclude(state=VillageTeam.State.FINISHED).count() + unbegun
    days = since.days_to_next(on)
    if not waiting and days > AHEAD:
        return None
    return Elections(term, waiting, begun.count() + unbegun, since, days)
