"""A round of matching in the small city: 林州市's vacant villages and four people of its own."""

import datetime
from typing import Any

from cadres.actions import pairing
from cadres.models import (
    Organization,
    PairingCandidate,
    PairingPlace,
    PairingRound,
    Person,
    PostingKind,
    Tag,
    VillageNeed,
)
from tests.world import World
from villages.models import VillageProfile

START = datetime.date(2026, 11, 1)
# short name -> (name, organisation, strength)
PEOPLE = {
    "economist": ("示甲产", "linzhou_water", "产业发展"),
    "lawyer": ("示乙法", "agriculture", "法律服务"),
}
NEEDS = {"nanping": "产业发展", "beiping": "法律服务", "dongshan_linqi": "基层治理"}


def tag(name: str) -> Tag:
    return Tag.objects.get_or_create(name=name)[0]


def person(world: World, name: str, organization: str, *strengths: str, **says: Any) -> Person:
    """Somebody who serves at 林州市 and is free to go."""
    made = Person(
        **{
            "name": name,
            "sex": "1",
            "political_status": "01",
            "rank": "四级主任科员",
            "organization": world.organizations[organization],
            "division": world.units["linzhou"],
            **says,
        }
    )
    made.full_clean()
    made.save()
    made.strengths.set([tag(one) for one in strengths])
    return made


def needs(world: World) -> None:
    for unit, name in NEEDS.items():
        VillageNeed.objects.create(division=world.units[unit], tag=tag(name))


def weak(world: World, unit: str) -> None:
    VillageProfile.objects.update_or_create(
        division=world.units[unit], defaults={"village_type": "weak"}
    )


def begun(world: World, unit: str = "linzhou", **says: Any) -> PairingRound:
    kind = PostingKind.objects.get(code=says.pop("kind", "first_secretary"))
    new = PairingRound(
        title=says.pop("title", "2026年第一书记轮换"),
        division=world.units[unit],
        kind=kind,
        **{"start": START, **says},
    )
    return pairing.begin(new, world.users["city_manager"])


def filled(
    world: World, villages: tuple[str, ...] = ("nanping", "beiping"), **says: Any
) -> PairingRound:
    """Two villages with needs, and two people who meet one each."""
    needs(world)
    people = [person(world, *given) for given in PEOPLE.values()]
    of = begun(world, **says)
    by = world.users["linzhou_manager"]
    pairing.add_places(of, [world.units[unit] for unit in villages], by)
    of.refresh_from_db()
    pairing.add_candidates(of, people, by)
    of.refresh_from_db()
    return of


def place(of: PairingRound, world: World, unit: str) -> PairingPlace:
    found: PairingPlace = of.places.select_related("round", "proposed__person").get(
        division=world.units[unit]
    )
    return found


def candidate(of: PairingRound, name: str) -> PairingCandidate:
    found: PairingCandidate = of.candidates.select_related("round").get(person__name=name)
    return found


def proposed(of: PairingRound) -> dict[str, str]:
    """The names proposed, by village."""
    rows = of.places.exclude(proposed=None).select_related("division", "proposed__person")
    return {row.division.short_name: row.proposed.person.name for row in rows if row.proposed}


def cap(organization: Organization, most: int | None) -> None:
    Organization.objects.filter(pk=organization.pk).update(capacity=most)
