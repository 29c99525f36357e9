"""Terms of postings that come to an end, for the work list: read from state, one query."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Q, Window
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from cadres.models import Posting
from cadres.models.posting import SOON
from cadres.models.posting_kind import FIRST_SECRETARY, SECONDMENT
from villages.models import Level

SHOWN = 8
# Days before the end of a term on which whoever decides on it gets a mail.
MAILED = (90, 60, 30)
# Days left from which it is said more plainly.
NEAR, NEXT = 30, 7
A_DAY = datetime.timedelta(days=1)
WORDS: dict[str, Any] = {
    FIRST_SECRETARY: _("First secretary to be rotated"),
    SECONDMENT: _("Secondment ends"),
}


@dataclass(frozen=True)
class Ending:
    """A posting with the days left of its term, negative where it is over, and how many there
    are in all."""

    posting: Posting
    days: int
    total: int

    @property
    def what(self) -> Any:
        kind = self.posting.kind
        if self.days < 0:
            return _("Term is over")
        return WORDS.get(kind.seat, WORDS.get(kind.code, _("Term comes to an end")))

    @property
    def urgency(self) -> str:
        if self.days <= NEXT:
            return "over"
        return "ending" if self.days <= NEAR else ""


def ending_terms(user: User, on: datetime.date) -> list[Ending]:
    """The nearest ends first, those over before all; for city and county, which decide on them."""
    if not (_decides(user) and user.has_perm("cadres.view_posting")):
        return []
    return list(_endings(user, on, Q(planned_end__lte=on + SOON * A_DAY)))


def newly_ending(user: User, on: datetime.date, since: datetime.date) -> list[Ending]:
    """Of those terms, the ones that came to 90, 60 or 30 days after `since`; for who may decide."""
    if not (_decides(user) and user.has_perm("cadres.change_posting")):
        return []
    reached = Q()
    for days in MAILED:
        reached |= Q(planned_end__gt=since + days * A_DAY, planned_end__lte=on + days * A_DAY)
    return list(_endings(user, on, reached))


def _decides(user: User) -> bool:
    return user.level in (Level.CITY, Level.COUNTY)


def _endings(user: User, on: datetime.date, which: Q) -> Iterator[Ending]:
    kept = Posting.objects.kept_by(user).on(on).filter(which, end=None)
    counted = kept.for_list().annotate(total=Window(Count("pk")))
    for posting in counted.order_by(F("planned_end"), "pk")[:SHOWN]:
        row: Any = posting
        yield Ending(posting, posting.days_left(on) or 0, row.total)
