"""Village teams of two terms: what one falls and six rise means, by lot."""

import datetime
from dataclasses import dataclass, field
from random import Random
from typing import Any

from anyang_ledger.demo.cadres.making import WRITE_BATCH, Maker, store
from cadres.models import Education, Person, PoliticalStatus, Sex, TeamMember, Term, VillageTeam
from villages.models import Division, Level

Party, Committee = TeamMember.PartyPosition, TeamMember.CommitteePosition
Supervision = TeamMember.SupervisionPosition


@dataclass(frozen=True)
class Character:
    """How the teams of a term are made up; shares are of a hundred."""

    years: int
    born: tuple[int, int]
    dual_role: int
    women: int
    college: int
    entrepreneurs: int
    veterans: int
    graduates: int
    stay: int


# 2018 was a term of three years, 2021 one of five.
TERMS = {
    2018: Character(3, (1955, 1985), 42, 19, 22, 14, 9, 4, 0),
    2021: Character(5, (1968, 1998), 93, 33, 62, 27, 15, 12, 75),
}
STAYS_IF_BORN_SINCE = "1965"
# One line for each member: positions, of which the second holds where there is a dual role.
SEATS: tuple[tuple[Any, Any, Any], ...] = (
    (Party.SECRETARY, Committee.DIRECTOR, ""),
    (Party.DEPUTY, Committee.DEPUTY, ""),
    (Party.MEMBER, Committee.MEMBER, ""),
    ("", Committee.MEMBER, ""),
    (Party.MEMBER, "", Supervision.DIRECTOR),
    ("", "", Supervision.MEMBER),
)


@dataclass
class Teams:
    """Everything that is made, in the order in which it is stored."""

    maker: Maker
    persons: list[Person] = field(default_factory=list)
    teams: list[VillageTeam] = field(default_factory=list)
    members: list[TeamMember] = field(default_factory=list)


def put() -> None:
    made = Teams(Maker("teams"))
    villages = list(Division.objects.filter(level=Level.VILLAGE).order_by("code"))
    before: dict[int, list[TeamMember]] = {}
    for year, character in TERMS.items():
        term = Term(
            year=year,
            name=f"{year}年换届",
            started=datetime.date(year, 3, 1),
            years=character.years,
        )
        term.full_clean()
        term.save()
        for village in villages:
            before[village.pk] = _team(made, term, character, village, before.get(village.pk, []))
    store(made.persons)
    VillageTeam.objects.bulk_create(made.teams, batch_size=WRITE_BATCH)
    TeamMember.objects.bulk_create(made.members, batch_size=WRITE_BATCH)


def _team(
    made: Teams, term: Term, character: Character, village: Division, before: list[TeamMember]
) -> list[TeamMember]:
    rng = made.maker.rng
    elected = datetime.date(term.year, 3, 1) + datetime.timedelta(days=rng.randint(3, 58))
    finished = VillageTeam.State.FINISHED
    turnout = f"{rng.randint(780, 985) / 10:.1f}"
    team = VillageTeam(
        term=term, village=village, state=finished, elected_on=elected, turnout=turnout
    )
    made.teams.append(team)
    young = [member for member in before if member.person.birth >= STAYS_IF_BORN_SINCE]
    stay = [member for member in young if rng.random() * 100 < character.stay]
    members = []
    for place, positions in enumerate(_seats(character, rng)):
        known = stay.pop(0) if stay else None
        person = known.person if known else _person(made, character, village)
        member = _member(team, person, positions, character, rng)
        member.is_new = known is None
        member.since = known.since if known and place == 0 else f"{elected:%Y-%m}"
        members.append(member)
    made.members += members
    return members


def _seats(character: Character, rng: Random) -> list[tuple[str, str, str]]:
    """The positions of a team of five to seven; without a dual role two persons share the top."""
    seats = list(SEATS[: rng.randint(5, 6)])
    if rng.random() * 100 >= character.dual_role:
        seats[0] = (Party.SECRETARY, "", "")
        seats.insert(1, (Party.MEMBER, Committee.DIRECTOR, ""))
    return seats


def _person(made: Teams, character: Character, village: Division) -> Person:
    rng = made.maker.rng
    person = made.maker.person(village, character.born)
    person.sex = Sex.FEMALE if rng.random() * 100 < character.women else Sex.MALE
    higher = (Education.BACHELOR, Education.COLLEGE, Education.COLLEGE)
    lower = (Education.SENIOR_HIGH, Education.SENIOR_HIGH, Education.JUNIOR_HIGH)
    person.education = rng.choice(higher if rng.random() * 100 < character.college else lower)
    made.persons.append(person)
    return person


def _member(
    team: VillageTeam,
    person: Person,
    positions: tuple[str, str, str],
    character: Character,
    rng: Random,
) -> TeamMember:
    party, committee, supervision = positions
    if not party and rng.random() < 0.4:
        person.political_status, person.party_joined = PoliticalStatus.MASSES, ""
    elif party:
        person.political_status = PoliticalStatus.MEMBER
        person.party_joined = person.party_joined or f"{int(person.birth[:4]) + 22}-07"
    return TeamMember(
        team=team,
        person=person,
        party_position=party,
        committee_position=committee,
        supervision_position=supervision,
        education=person.education,
        political_status=person.political_status,
        is_entrepreneur=rng.random() * 100 < character.entrepreneurs,
        is_veteran=person.sex == Sex.MALE and rng.random() * 100 < character.veterans,
        is_returnee=rng.random() < 0.1,
        is_graduate=person.education <= Education.BACHELOR
        and rng.random() * 100 < character.graduates * 3,
    )
