"""Lists read no telephone and no identity number: decrypting them row by row is for nobody."""

import datetime
from typing import Any

import pytest
from django.test import Client

import ciphers
from cadres.actions import proposing
from cadres.models import (
    CadreChange,
    ContactPoint,
    ContactVisit,
    Person,
    PersonMerge,
    PolicyTalk,
    StandardAssessment,
    secret,
)
from tests.cadres import pairing_rounds, teams
from tests.cadres.people import PHONES
from tests.world import UNITS, World

CITY, COUNTY = UNITS["city"], UNITS["linzhou"]
PAGES = (
    *(f"/cadres/{CITY}/{name}/" for name in ("people", "postings", "calendar", "teams")),
    *(f"/cadres/{CITY}/{name}/" for name in ("contact-points", "policy-talks", "merges")),
    *(f"/cadres/{CITY}/{name}/" for name in ("before-after", "pairing", "organizations")),
    f"/cadres/{CITY}/contact-points/?show=without",
    f"/cadres/{COUNTY}/people/duplicates/",
    "/cadres/teams/{team}/",
    "/cadres/teams/{team}/standards/2025/",
    "/cadres/pairing/{round}/",
    "/cadres/pairing/{round}/villages/",
    "/cadres/pairing/{round}/villages/{place}/",
    "/cadres/pairing/{round}/candidates/",
)
IN_ADMIN = (
    *("person", "posting", "teammember", "standardassessment", "personmerge"),
    *("contactpoint", "contactvisit", "policytalk", "cadrechange"),
)


@pytest.fixture
def numbered(world: World) -> dict[str, int]:
    """Whoever a list may name has a telephone and a number."""
    leader, village = world.persons["leader_linzhou"], world.units["dongshan"]
    day, at = datetime.date(2026, 9, 1), datetime.datetime(2026, 9, 1, tzinfo=datetime.UTC)
    point = ContactPoint.objects.create(leader=leader, village=village, since=day)
    ContactVisit.objects.create(contact_point=point, on=day, forms="policy")
    PolicyTalk.objects.create(speaker=leader, village=village, on=day, topic="形势", audience=9)
    made = teams.team(world, "dongshan")
    member = teams.member(world, made, "secretary", person=world.persons["first_dongshan"])
    StandardAssessment.objects.create(
        person=member.person, division=village, standard="secretary", year=2025, met="12"
    )
    CadreChange.note(member, village, world.users["city_manager"], at)
    PersonMerge.objects.create(
        kept=leader, merged=world.persons["left_lead"], reason="同一人",
        proposed_by=world.users["linzhou_manager"], proposed_at=at,
    )  # fmt: skip
    of = pairing_rounds.filled(world)
    proposing.put_forward(of, world.users["linzhou_manager"])
    people = of.candidates.values("person")
    Person.objects.filter(pk__in=people).update(phone=PHONES["first_xishan"])
    return {"team": made.pk, "round": of.pk, "place": of.places.all()[0].pk}


@pytest.fixture
def decrypted(monkeypatch: Any) -> list[str]:
    """What was decrypted, as it lies in the database."""
    met, plain = list[str](), ciphers.decrypted

    def watched(stored: str) -> str:
        met.extend([stored] if stored else [])
        return plain(stored)

    monkeypatch.setattr(secret, "decrypted", watched)
    return met


def test_lists_decrypt_nothing(
    world: World, numbered: dict[str, int], decrypted: list[str]
) -> None:
    client = Client()
    client.force_login(world.users["city_manager"])
    wrong = []
    for address in (*PAGES, *(f"/admin/cadres/{name}/" for name in IN_ADMIN)):
        decrypted.clear()
        answer = client.get(address.format(**numbered))
        assert answer.status_code == 200, address
        if decrypted:
            wrong.append(f"{address} {len(decrypted)}")
    assert wrong == []


def test_a_file_does(world: World, numbered: dict[str, int], decrypted: list[str]) -> None:
    """The control: what is watched is met where one person is shown."""
    client = Client()
    client.force_login(world.users["city_manager"])
    client.get(f"/cadres/people/{world.persons['first_dongshan'].pk}/")
    assert decrypted
