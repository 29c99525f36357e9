"""Where persons serve: at their posting, else in the village whose team they belong to.

A posting comes first, because it is held beside the own office or instead of it; whoever is in
two village teams serves in the one elected last. Without either a record stays where it is.
"""

import datetime
import uuid
from collections.abc import Collection

from django.utils import timezone

from accounts.models import User
from cadres.models import CadreChange, Person, Posting, TeamMember, facts_of
from cadres.models.team import TeamMemberQuerySet
from villages.models import Division

# Databases take so many values in one question, and no more.
AT_ONCE = 5_000


def village_of(person: Person) -> Division | None:
    """The village whose team the person is in office in."""
    found = _serving([person.pk]).last()
    return found.team.village if found else None


def settle_members(
    persons: Collection[int],
    by: User | None,
    at: datetime.datetime | None = None,
    batch: uuid.UUID | None = None,
) -> int:
    """As postings.settle() for members of village teams, thousands of them in a few queries;
    how many records moved."""
    keys = sorted(set(persons))
    return sum(
        _settle(keys[start : start + AT_ONCE], by, at or timezone.now(), batch)
        for start in range(0, len(keys), AT_ONCE)
    )


def _settle(
    persons: Collection[int], by: User | None, at: datetime.datetime, batch: uuid.UUID | None
) -> int:
    places = {member.person_id: member.team.village for member in _serving(persons)}
    posted = Posting.objects.on(timezone.localdate()).filter(person__in=places)
    for person_id in posted.values_list("person", flat=True):
        places.pop(person_id, None)
    moving = [
        person
        for person in Person.objects.filter(pk__in=places).lock()
        if person.division_id != places[person.pk].pk
    ]
    left = Division.objects.in_bulk({person.division_id for person in moving})
    changes = []
    for person in moving:
        before, old = facts_of(person), left[person.division_id]
        person.division = places[person.pk]
        person.version += 1
        changes.append(CadreChange.telling(person, old, by, at, before, batch=batch))
    Person.objects.bulk_update(moving, ["division", "version"], batch_size=500)
    CadreChange.objects.bulk_create(changes, batch_size=1_000)
    return len(moving)


def _serving(persons: Collection[int]) -> TeamMemberQuerySet:
    """Memberships, those of the team elected last at the end."""
    members = TeamMember.objects.serving().filter(person__in=persons)
    return members.select_related("team__village").order_by("team__elected_on", "pk")
