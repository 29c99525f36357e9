"""Roles that a person may hold: postings, and what other registers know of.

A register declares here what counts as holding a role; the list of persons then filters by it,
and nobody who holds one, or held it not long ago, is made anonymous.
"""

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from cadres.models import Posting, TeamMember, VillageTeam
from cadres.months import month_of

# From a first and a last day (None: for ever) to the rows, each with a `person`, of what was
# held on any day between them.
Held = Callable[[datetime.date, datetime.date | None], QuerySet[Any]]


@dataclass(frozen=True)
class Role:
    name: str
    label: Any
    held: Held


_registry: dict[str, Role] = {}


def register(name: str, label: Any) -> Callable[[Held], Held]:
    """Decorator of what says who held a role: make it known."""

    def declare(held: Held) -> Held:
        if name in _registry:
            raise ValueError(f"There is a role {name} already.")
        _registry[name] = Role(name, label, held)
        return held

    return declare


def roles() -> list[Role]:
    return list(_registry.values())


def holding(on: datetime.date, name: str) -> Q:
    """Persons who hold a role on a day."""
    return _held(_registry[name], on, on)


def held_any(start: datetime.date, end: datetime.date | None) -> Q:
    """Persons who held any role on any day from `start` to `end`."""
    found = Q()
    for role in roles():
        found |= _held(role, start, end)
    return found


def _held(role: Role, start: datetime.date, end: datetime.date | None) -> Q:
    # A list of keys is read once; asked person by person, SQLite takes seconds for a city.
    return Q(pk__in=role.held(start, end).order_by().values("person"))


@register("posting", _("Any posting"))
def postings(start: datetime.date, end: datetime.date | None) -> QuerySet[Any]:
    return Posting.objects.overlapping(start, end)


@register("team", _("Member of a village team"))
def members(start: datetime.date, end: datetime.date | None) -> QuerySet[Any]:
    """Elected, not left before the first day, and not followed by a newer team until then."""
    newer = VillageTeam.objects.finished().filter(
        village=OuterRef("team__village"),
        term__year__gt=OuterRef("team__term__year"),
        elected_on__lte=start,
    )
    stayed = TeamMember.objects.filter(Q(left="") | Q(left__gte=month_of(start)), ~Exists(newer))
    elected = stayed.filter(team__state=VillageTeam.State.FINISHED)
    return elected.filter(team__elected_on__lte=end) if end else elected
