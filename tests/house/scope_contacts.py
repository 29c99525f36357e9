"""Canaries in contact points, their visits, and talks: of each village, by a leader of its county.

A leader is named to those below, as everybody above them is.
"""

import datetime

from cadres.models import ContactPoint, ContactVisit, Person, PolicyTalk, Posting, PostingKind
from tests.house.scope_world import LEVEL, PARENT, ScopeWorld, line_up, token

SPRING = datetime.date(2026, 3, 1)


def mark(made: ScopeWorld) -> None:
    kind = PostingKind.objects.get(code="county_leader")
    leaders = {}
    for unit in PARENT:
        if LEVEL[unit] == "county":
            person = Person(name=token("name", unit), sex="1", division=made.units[unit])
            person.full_clean()
            person.save()
            posting = Posting(person=person, kind=kind, division=made.units[unit], start=SPRING)
            posting.full_clean()
            posting.save()
            leaders[unit] = person
    for unit in PARENT:
        if LEVEL[unit] == "village":
            county = next(one for one in line_up(unit) if LEVEL[one] == "county")
            _mark_village(made, unit, leaders[county])


def _mark_village(made: ScopeWorld, unit: str, leader: Person) -> None:
    text, village = token("data", unit), made.units[unit]
    point = ContactPoint.objects.create(
        leader=leader, village=village, branch=text, since=SPRING, note=text
    )
    visit = ContactVisit.objects.create(
        contact_point=point, on=SPRING, forms="policy", problems_raised=1, problems=text,
        results=text,
    )  # fmt: skip
    talk = PolicyTalk.objects.create(
        speaker=leader, village=village, on=SPRING, topic=text, audience=30
    )
    made.keep("contact_point", unit, point)
    made.keep("contact_visit", unit, visit)
    made.keep("policy_talk", unit, talk)
