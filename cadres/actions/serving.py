"""Where persons serve: at their posting, else in the village whose team they belong to.

A posting comes first, the one begun last, because it is held beside the own office or instead of
it; whoever is in two village teams serves in the one elected last. Without either a record stays
where it is.
"""

import datetime
import uuid
from collections.abc import Collection

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from cadres.models import CadreChange, Person, Posting, TeamMember, facts_of
from rawsql.parts import in_parts
from villages.models import Division


def division_of(person: Person, on: datetime.date) -> Division | None:
    """Where the person serves on a day, if anywhere."""
    return _places([person.pk], on).get(person.pk)


def check_kept_by(person: Person, by: User | None) -> None:
    """Raise ValidationError where the record went elsewhere since it was chosen. Asked of a person
    who is held: nobody takes somebody whom another unit has taken meanwhile."""
    if by is not None and not Person.objects.visible_to(by).filter(pk=person.pk).exists():
        message = _("%(name)s serves elsewhere by now; the unit there decides.")
        raise ValidationError({"person": message % {"name": person.name}}, "conflict")


def settle_members(
    persons: Collection[int],
    by: User | None,
    at: datetime.datetime | None = None,
    batch: uuid.UUID | None = None,
    on: datetime.date | None = None,
) -> int:
    """As postings.settle() for many, members of village teams above all: thousands of them in a
    few queries; how many records moved."""
    day, now = on or timezone.localdate(), at or timezone.now()
    return sum(_settle(some, by, now, batch, day) for some in in_parts(sorted(set(persons))))


def _settle(
    persons: Collection[int],
    by: User | None,
    at: datetime.datetime,
    batch: uuid.UUID | None,
    on: datetime.date,
) -> int:
    with transaction.atomic():
        # Held first, and read afterwards: nobody appoints or elects them meanwhile.
        rows = Person.objects.filter(pk__in=persons).order_by("pk").select_for_update(no_key=True)
        kept_at = dict(rows.values_list("pk", "division"))
        places = _places(persons, on)
        keys = [key for key, place in places.items() if place.pk != kept_at[key]]
        moving = list(Person.objects.filter(pk__in=keys).order_by("pk"))
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


def _places(persons: Collection[int], on: datetime.date) -> dict[int, Division]:
    """Where persons serve on a day, by the person; what is said last counts."""
    members = TeamMember.objects.serving().filter(person__in=persons)
    members = members.select_related("team__village").order_by("team__elected_on", "pk")
    held = Posting.objects.on(on).filter(person__in=persons).select_related("division")
    return {member.person_id: member.team.village for member in members} | {
        posting.person_id: posting.division for posting in held.order_by("start", "pk")
    }
