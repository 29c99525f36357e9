"""Terms of postings that come to an end, for the work list: read from state, one query."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Window
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from cadres.models import Posting
from cadres.models.posting import SOON
from cadres.models.posting_kind import FIRST_SECRETARY, SECONDMENT
from villages.models import Level

SHOWN = 8
# Days left from which it is said more plainly.
NEAR, NEXT = 30, 7
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
    decides = user.level in (Level.CITY, Level.COUNTY)
    if not (decides and user.has_perm("cadres.view_posting")):
        return []
    return list(_endings(user, on))


def _endings(user: User, on: datetime.date) -> Iterator[Ending]:
    kept = Posting.objects.kept_by(user).filter(end=None).ending_within(on, SOON)
    counted = kept.for_list().annotate(total=Window(Count("pk")))
    for posting in counted.order_by(F("planned_end"), "pk")[:SHOWN]:
        row: Any = posting
        yield Ending(posting, posting.days_left(on) or 0, row.total)
