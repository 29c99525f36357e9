"""The indicators of two terms for the whole city: 2 × 2,980 teams of five to seven members."""

import datetime
from collections.abc import Iterator, Sequence

from django.db.models import Count, Q

from accounts.models import User
from bench import city
from bench.databases import on_postgres, use
from bench.measure import Run, Work, interleaved, wall
from bench.table import Line
from cadres.indicators import compare
from cadres.models import Person, TeamMember, Term, TermIndicator, VillageTeam
from villages.models import Division, Level

YEARS = (2021, 2026)
SIZES = (5, 6, 7)
COMMITTEE = ("director", "deputy", "member", "member", "member", "", "")
GOAL_POSTGRES, GOAL_SQLITE = 0.3, 1.0
COUNT = "plain count"


def indicators(run: Run) -> Iterator[Line]:
    use("teams", build)
    user = User.objects.get(username=city.CITY)
    whole = Division.objects.get(code=city.CITY)
    before, after = Term.objects.order_by("year")
    used = list(TermIndicator.objects.in_use())
    works: dict[str, Work] = {
        "two terms": lambda: compare(whole, user, (before, after), used),
        COUNT: lambda: TeamMember.objects.aggregate(n=Count("pk", filter=Q(is_new=True))),
    }
    times = interleaved(works, run.heavy_rounds(20), wall)
    ours, plain = times["two terms"], times[COUNT]
    goal = GOAL_POSTGRES if on_postgres() else GOAL_SQLITE
    name = f"{len(used)} indicators of two terms, {TeamMember.objects.count():,} members"
    yield Line(f"{name}, p50", ours.p50, plain.p50, COUNT)
    yield Line(f"{name}, p95", ours.p95, plain.p95, COUNT, at_most=goal, absolute=True)


def build() -> None:
    """Two elected terms; in the second, every other team is made of the persons of the first."""
    city.lay(counties=city.COUNTIES, townships=city.TOWNSHIPS, tasks=1, quarters="4")
    villages = list(Division.objects.filter(level=Level.VILLAGE).order_by("code"))
    people = [_persons(villages), _persons(villages)]
    for turn, year in enumerate(YEARS):
        term = Term.objects.create(
            year=year, name=f"{year}年换届", started=datetime.date(year, 1, 4)
        )
        teams = VillageTeam.objects.bulk_create(
            VillageTeam(
                term=term,
                village=village,
                state="finished",
                elected_on=datetime.date(year, 3, place % 28 + 1),
            )
            for place, village in enumerate(villages)
        )
        rows = [
            _member(person, teams[place], number, turn)
            for place in range(len(villages))
            for number, person in enumerate(people[turn and place % 2][place])
        ]
        TeamMember.objects.bulk_create(rows, batch_size=2_000)


def _persons(villages: Sequence[Division]) -> list[list[Person]]:
    made = [
        Person(
            name=f"测试{place}{number}",
            sex="2" if number % 3 == 2 else "1",
            birth=f"{1955 + (place * 7 + number * 11) % 45}-{place % 12 + 1:02}",
            division=village,
        )
        for place, village in enumerate(villages)
        for number in range(SIZES[place % len(SIZES)])
    ]
    rows = iter(Person.objects.bulk_create(made, batch_size=2_000))
    return [[next(rows) for _ in range(SIZES[p % len(SIZES)])] for p in range(len(villages))]


def _member(person: Person, team: VillageTeam, number: int, turn: int) -> TeamMember:
    dice = person.pk % 10
    return TeamMember(
        person=person,
        team=team,
        party_position="secretary" if number == 0 else "member" if dice < 5 + turn else "",
        committee_position=COMMITTEE[number] or "member",
        education=str(dice % 4 + 1 if turn else dice % 8 + 1),
        political_status="01",
        is_new=bool(turn),
        is_veteran=dice == 3,
        is_entrepreneur=dice > 6 - turn,
    )
