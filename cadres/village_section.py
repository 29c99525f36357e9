"""What the registers of persons say in the file of a village."""

import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from cadres.models import Posting
from cadres.team_register import team_of_village
from villages.models import Division
from villages.village_file import register

register(
    "team",
    _("Village team"),
    order=25,
    template="cadres/partials/file_team.html",
    permission="cadres.view_villageteam",
)(team_of_village)


@register(
    "postings",
    _("Postings"),
    order=26,
    template="cadres/partials/village_postings.html",
    permission="cadres.view_posting",
)
def postings(village: Division, period: Any, user: User) -> dict[str, Any]:
    """Who is sent here and who was, with since when and until when."""
    seen = Posting.objects.visible_to(user).filter(division=village).for_list()
    today = timezone.localdate()
    held = list(seen.order_by("kind__order", "-start", "-pk"))
    now = sum(posting.is_held(today) for posting in held)
    vacant = _left_vacant(held, today) if not village.has_ended(today) else []
    return {"postings": held, "vacant": vacant, "today": today, "note": now or ""}


def _left_vacant(known: list[Posting], on: datetime.date) -> list[Posting]:
    """Of each seat that nobody holds any more, the posting that ended last."""
    held = {posting.seat for posting in known if posting.is_held(on)}
    left: dict[str, Posting] = {}
    for posting in known:
        if posting.end and posting.end < on and posting.seat not in held:
            last = left.setdefault(posting.seat, posting)
            left[posting.seat] = max(last, posting, key=lambda one: one.end or on)
    return list(left.values())
