"""What contact points tell at the head of the registers, and in the files of persons and
villages."""

import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from cadres import headlines, person_file
from cadres.contact_coverage import leaders, leaders_without, villages_of, villages_with_a_talk
from cadres.contact_filters import WITHOUT
from cadres.models import ContactPoint, ContactVisit, Person, PolicyTalk
from cadres.models.person import secrets_of
from villages import village_file
from villages.models import Division, Level

VISITS_SHOWN = 8
TALKS_SHOWN = 8
READS = "cadres.view_contactpoint"


@headlines.register(order=60, permission=READS)
def contact_points(division: Division, user: User, on: datetime.date) -> headlines.Headline | None:
    if division.level not in (Level.CITY, Level.COUNTY):
        return None
    whole = leaders(division, user, on).count()
    without = leaders_without(division, user, on).count()
    link = reverse("cadres:contact_points", args=[division.code])
    return headlines.Headline(
        label=_("Leaders with a contact point"),
        part=whole - without,
        whole=whole,
        definition=_("County leaders in office today who have a contact point in their county."),
        link=link,
        missing=f"{link}?show={WITHOUT}" if without else "",
    )


@headlines.register(order=61, permission="cadres.view_policytalk")
def policy_talks(division: Division, user: User, on: datetime.date) -> headlines.Headline | None:
    covered = villages_with_a_talk(division, user, on.year, on).count()
    whole = villages_of(division, user, on).count()
    link = reverse("cadres:policy_talks", args=[division.code])
    return headlines.Headline(
        label=_("Villages with a policy talk this year"),
        part=covered,
        whole=whole,
        definition=_("Villages where a county leader gave a talk on the situation and policies."),
        link=link,
        missing=f"{link}?show={WITHOUT}" if covered < whole else "",
    )


@person_file.register(
    "contact_points",
    _("Contact points"),
    order=60,
    template="cadres/partials/person_contacts.html",
    permission=READS,
)
def of_person(person: Person, user: User, on: datetime.date) -> dict[str, Any] | None:
    points = ContactPoint.objects.visible_to(user).filter(leader=person).with_visits()
    held = list(points.select_related("village__parent").order_by("-since", "pk"))
    talks = PolicyTalk.objects.visible_to(user).filter(speaker=person)
    given = list(talks.select_related("village__parent")[:TALKS_SHOWN])
    return {"points": held, "talks": given, "today": on} if held or given else None


@village_file.register(
    "contacts",
    _("Contact leaders"),
    order=64,
    template="cadres/partials/file_contacts.html",
    permission=READS,
)
def of_village(village: Division, period: Any, user: User) -> dict[str, Any] | None:
    """Nothing for the many villages without either, which one question tells."""
    today = timezone.localdate()
    points = ContactPoint.objects.visible_to(user).filter(village=village)
    visits = ContactVisit.objects.visible_to(user).filter(contact_point__village=village)
    talks = PolicyTalk.objects.visible_to(user).filter(village=village)
    if not points.values("pk").union(talks.values("pk"), all=True).exists():
        return None
    return {
        "points": list(
            points.on(today).select_related("leader", "village").defer(*secrets_of("leader"))
        ),
        "visits": list(
            visits.select_related("contact_point__leader").defer(
                *secrets_of("contact_point__leader")
            )[:VISITS_SHOWN]
        ),
        "talks": list(talks.select_related("speaker").defer(*secrets_of("speaker"))[:TALKS_SHOWN]),
    }
