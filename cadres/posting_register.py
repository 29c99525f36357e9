"""What postings tell at the head of the registers and in the file of a person."""

import datetime

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from cadres.headlines import Headline, register
from cadres.models import Posting
from villages.models import Division, Level


@register(order=10, permission="cadres.view_posting")
def first_secretaries(division: Division, user: User, on: datetime.date) -> Headline | None:
    villages = Division.objects.visible_to(user).within(division).at(on).owing(Level.VILLAGE)
    held = Posting.objects.visible_to(user).within(division).on(on).in_seat("first_secretary")
    return Headline(
        label=_("Villages with a first secretary"),
        part=held.count(),
        whole=villages.count(),
        definition=_("Villages where a first secretary holds the posting today."),
        link=reverse("cadres:registers", args=[division.code]),
    )
