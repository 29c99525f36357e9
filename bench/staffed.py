"""The city with its people: some sent to its villages, most in the teams of these."""

import datetime
from collections.abc import Sequence

from django.utils import timezone

from bench import city
from cadres.models import Organization, Person, Posting, PostingKind, TeamMember, Term, VillageTeam
from cadres.months import months_later
from villages.models import Division, Level
from villages.pinyin import search_key

SECRETARIES, IN_A_TEAM, OTHERS, SENDERS = 679, 5, 11_421, 300
BATCH = 500
PARTY = ("secretary", "deputy", "member", "", "")
COMMITTEE = ("director", "", "member", "member", "member")


def staff() -> None:
    """The city with one task and 27,000 persons: 679 first secretaries, 2,980 × 5 members of
    teams, and those who hold nothing."""
    city.build_small()
    top = Division.objects.get(level=Level.CITY)
    senders = [
        Organization(name=f"示范单位{n}", level="city", division=top) for n in range(SENDERS)
    ]
    Organization.objects.bulk_create(senders)
    villages = list(Division.objects.filter(level=Level.VILLAGE).order_by("code"))
    step = len(villages) // SECRETARIES
    served = villages[: step * SECRETARIES : step]
    places = [*served, *(village for village in villages for _ in range(IN_A_TEAM))]
    places += (villages * (OTHERS // len(villages) + 1))[:OTHERS]
    persons = [_person(n, place, senders[n % SENDERS]) for n, place in enumerate(places)]
    Person.objects.bulk_create(persons, batch_size=BATCH)
    kind, today = PostingKind.objects.get(code="first_secretary"), timezone.localdate()
    Posting.objects.bulk_create(
        [_posting(persons[n], kind, today, n) for n in range(SECRETARIES)], batch_size=BATCH
    )
    _elect(villages, persons[SECRETARIES : len(persons) - OTHERS])


def _person(number: int, place: Division, sender: Organization) -> Person:
    name = f"示{number}"
    return Person(
        name=name, sex="1", birth="1985-06", political_status="01", organization=sender,
        division=place, pinyin=search_key(name), phone=f"138{number:08}",
    )  # fmt: skip


def _posting(person: Person, kind: PostingKind, today: datetime.date, number: int) -> Posting:
    start = today - datetime.timedelta(days=number)
    return Posting(
        person=person, kind=kind, division=person.division, organization=person.organization,
        start=start, planned_end=months_later(start, 24), seat=kind.seat, seat_number=1,
        exclusive_group=kind.exclusive_group,
    )  # fmt: skip


def _elect(villages: Sequence[Division], persons: Sequence[Person]) -> None:
    elected = datetime.date(2021, 3, 20)
    term = Term.objects.create(year=2021, name="2021年换届", started=elected)
    teams = VillageTeam.objects.bulk_create(
        VillageTeam(term=term, village=village, state="finished", elected_on=elected)
        for village in villages
    )
    TeamMember.objects.bulk_create(
        [
            TeamMember(
                team=teams[n // IN_A_TEAM],
                person=person,
                party_position=PARTY[n % IN_A_TEAM],
                committee_position=COMMITTEE[n % IN_A_TEAM],
                political_status="01",
            )
            for n, person in enumerate(persons)
        ],
        batch_size=BATCH,
    )
