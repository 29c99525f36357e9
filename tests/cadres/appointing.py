"""Postings as tests make them: of somebody of the cast, at a unit of the small city."""

import datetime
from typing import Any

from cadres.actions import bindings
from cadres.models import Person, Posting, PostingKind
from tests.world import World

DAY = datetime.date(2026, 10, 2)


def new(
    world: World, person: str, unit: str, kind: str = "first_secretary", **says: Any
) -> Posting:
    who = Person.objects.get(pk=world.persons[person].pk)
    given = {"start": DAY, "organization": who.organization, **says}
    return Posting(
        person=who,
        kind=PostingKind.objects.get(code=kind),
        division=world.units[unit],
        **given,
    )


def bind_all(world: World) -> int:
    """Bind the organisations that the postings of the small city say; how many there are."""
    return bindings.follow([posting.division_id for posting in world.postings.values()], None)


def again(posting: Posting) -> Posting:
    """A fresh copy from the database."""
    return Posting.objects.select_related("person", "division", "kind").get(pk=posting.pk)


def someone(world: World, name: str, **says: Any) -> Person:
    """Somebody more, who serves in 林州市."""
    given = {"sex": "1", "political_status": "01", "rank": "四级主任科员", **says}
    given.setdefault("division", world.units["linzhou"])
    given.setdefault("organization", world.organizations["linzhou_water"])
    person = Person(name=name, **given)
    person.full_clean()
    person.save()
    return person
