"""Matching 149 vacant villages with 300 candidates: computed alone, and proposed with its facts."""

import datetime
import itertools
import random
from collections.abc import Iterator

from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from bench import city
from bench.databases import analyse, use
from bench.measure import Run, Times, interleaved
from bench.pages import signed_in, visit
from bench.table import Line
from cadres.actions import pairing, proposing
from cadres.models import (
    Organization,
    PairingRound,
    Person,
    PostingKind,
    Tag,
    VillageNeed,
)
from cadres.pairing.fit import judge
from cadres.pairing.proposal import propose
from cadres.pairing_question import asked
from villages.models import Division, Level, VillageProfile

PLACES, CANDIDATES, OFFICES, TAGS = 149, 300, 90, 12
AT_MOST_ROUNDS = 5
# Seconds, as promised to those who prepare a round.
GOAL = 5.0
SEED = 149


def matching(run: Run) -> Iterator[Line]:
    use("small", city.build_small)
    by = User.objects.get(username=city.CITY)
    of = _round(by)
    question = asked(of).question
    computed, scored, stored = Times(), Times(), Times()
    for _ in range(run.heavy_rounds(AT_MOST_ROUNDS)):
        computed.seconds.append(run.clock(lambda: propose(question)))
        scored.seconds.append(run.clock(lambda: judge(question)))
        stored.seconds.append(run.clock(lambda: proposing.put_forward(of, by)))
    size, against = f"{PLACES} × {CANDIDATES}", "the scores alone"
    yield Line(f"match {size}", computed.p50, scored.p50, against, "s", GOAL, absolute=True)
    yield Line(f"propose {size}, stored", stored.p50, scored.p50, against, "s", GOAL, absolute=True)
    yield from _page(of, run)


def _page(of: PairingRound, run: Run) -> Iterator[Line]:
    url = reverse("cadres:pairing_round", args=[of.pk])
    size = len(signed_in(city.CITY).get(url).content)
    bare = visit(city.CITY, f"/bench/page/{PLACES}/5/{size}/")
    times = interleaved({"round": visit(city.CITY, url), "bare": bare}, run.rounds, run.clock)
    name, against = f"round of {size // 1000} KB, p95", "bare page"
    yield Line(name, times["round"].p95, times["bare"].p95, against)


def _round(by: User) -> PairingRound:
    """149 weak villages of the whole city, and 300 people of 90 organisations."""
    chance = random.Random(SEED)
    tags = [Tag.objects.get_or_create(name=f"第{n}项")[0] for n in range(TAGS)]
    below = Division.objects.filter(level=Level.VILLAGE).order_by("code")
    villages = list(below)[:: city.VILLAGES // PLACES][:PLACES]
    VillageProfile.objects.bulk_create(
        VillageProfile(division=village, village_type="weak") for village in villages
    )
    VillageNeed.objects.bulk_create(
        VillageNeed(division=village, tag=tag)
        for village in villages
        for tag in chance.sample(tags, 3)
    )
    start = timezone.localdate() + datetime.timedelta(days=30)
    kind = PostingKind.objects.get(code="retired_first_secretary")
    of = pairing.begin(PairingRound(title="轮换", division=by.division, kind=kind, start=start), by)
    pairing.add_places(of, villages, by)
    of.refresh_from_db()
    pairing.add_candidates(of, _people(tags, chance, villages), by)
    analyse()
    return PairingRound.objects.select_related("kind", "division").get(pk=of.pk)


def _people(tags: list[Tag], chance: random.Random, homes: list[Division]) -> list[Person]:
    whole = Division.objects.get(code=city.CITY)
    counties = list(Division.objects.filter(level=Level.COUNTY))
    offices = Organization.objects.bulk_create(
        Organization(name=f"第{n}局", level="county", division=one, capacity=chance.choice((2, 3)))
        for n, one in zip(range(OFFICES), itertools.cycle(counties), strict=False)
    )
    for office in offices:
        office.functions.set(chance.sample(tags, 2))
    people = Person.objects.bulk_create(
        Person(
            name=f"示{n}",
            sex="1",
            political_status="01",
            rank_level=2,
            has_left_lead=True,
            division=whole,
            organization=chance.choice(offices),
            home=chance.choice(homes),
        )
        for n in range(CANDIDATES)
    )
    through = Person.strengths.through
    through.objects.bulk_create(
        through(person=person, tag=tag) for person in people for tag in chance.sample(tags, 2)
    )
    return people
