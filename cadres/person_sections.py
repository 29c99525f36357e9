"""What the file of a person says by itself: postings, and how the record came to be."""

import datetime
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.where import Where
from cadres.history import told
from cadres.models import CadreChange, Person, Posting
from cadres.person_file import register
from cadres.views.postings import may_appoint

LATEST = 50


@register(
    "postings",
    _("Postings"),
    order=10,
    template="cadres/partials/person_postings.html",
    permission="cadres.view_posting",
)
def postings(person: Person, reader: User, on: datetime.date) -> dict[str, Any]:
    """All of them, the last one first; those at units elsewhere without the name of the unit."""
    held = Posting.objects.filter(person=person).select_related("kind", "division", "organization")
    listed = [
        {
            "posting": posting,
            "unit": posting.division.name_for(reader),
            "held": posting.is_held(on),
            "link": _link(posting, reader),
        }
        for posting in held.order_by("-start", "-pk")
    ]
    return {"postings": listed, "appoint": _appoint(person, reader)}


def _appoint(person: Person, reader: User) -> str:
    """The form of an appointment for whoever may fill it in; empty for others."""
    if not (person.is_standing and may_appoint(reader)):
        return ""
    unit = Where(reader, person.division).highest
    return f"{reverse('cadres:appoint', args=[unit.code])}?person={person.pk}"


def _link(posting: Posting, reader: User) -> str:
    """The page of a posting for whoever may open it; empty elsewhere."""
    own = reader.division
    if reader.sees_everything or (own and own.manages(posting.division)):
        return reverse("cadres:posting", args=[posting.pk])
    return ""


@register(
    "changes",
    _("History of the record"),
    order=90,
    template="cadres/partials/file_history.html",
    permission="cadres.view_cadrechange",
)
def changes(person: Person, reader: User, on: datetime.date) -> dict[str, Any]:
    """Changes made while the record was kept where the reader sees it, and those of records
    that were merged into it."""
    about = Q(person=person) | Q(person__merged_into=person)
    found = CadreChange.objects.visible_to(reader).filter(about).select_related("by", "division")
    return {"changes": told(found[:LATEST], reader), "latest": LATEST}
