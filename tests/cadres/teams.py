"""Village teams for tests: terms, elected teams, members with invented names."""

import datetime
from typing import Any

from cadres.models import Person, TeamMember, Term, VillageTeam
from tests.world import World

NAMES = iter(f"测{n}" for n in range(10**6))


def term(year: int = 2021) -> Term:
    begins = datetime.date(year, 1, 10)
    made, _new = Term.objects.get_or_create(
        year=year, defaults={"name": f"{year}年换届", "started": begins}
    )
    return made


def team(world: World, unit: str, year: int = 2021, **says: Any) -> VillageTeam:
    """An elected one, unless it is said otherwise."""
    given = {"state": "finished", "elected_on": datetime.date(year, 3, 20), **says}
    return VillageTeam.objects.create(term=term(year), village=world.units[unit], **given)


def person(world: World, unit: str, **says: Any) -> Person:
    given = {"name": next(NAMES), "sex": "1", "birth": "1980-05", **says}
    made = Person(division=world.units[unit], **given)
    made.full_clean()
    made.save()
    return made


def member(
    world: World, team: VillageTeam, party: str = "", committee: str = "", **says: Any
) -> TeamMember:
    """A row as it is stored, without history; a new person unless one is given."""
    unit = next(name for name, unit in world.units.items() if unit.pk == team.village_id)
    about = {name: says.pop(name) for name in ("sex", "birth", "name") if name in says}
    who = says.pop("person", None) or person(world, unit, **about)
    return TeamMember.objects.create(
        team=team, person=who, party_position=party, committee_position=committee, **says
    )


def usual(world: World, unit: str, year: int = 2021, **says: Any) -> list[TeamMember]:
    """A secretary who is director too, a deputy, and a member of the committee."""
    made = team(world, unit, year, **says)
    return [
        member(world, made, "secretary", "director", education="3", political_status="01"),
        member(world, made, "deputy", "", education="4", political_status="01"),
        member(world, made, "", "member", education="7", political_status="13", sex="2"),
    ]
