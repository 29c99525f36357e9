"""Canaries in contact points, their visits, and talks: of each village, by a leader of its county.

A leader is named to those below, as everybody above them is.
"""

import datetime

from cadres.models import (
    ContactPoint,
    ContactVisit,
    Organization,
    OrganizationBinding,
    Person,
    PolicyTalk,
    Posting,
    PostingKind,
)
from tasks.models import Task
from tests.house.scope_world import LEVEL, PARENT, ScopeWorld, line_up, token

SPRING = datetime.date(2026, 3, 1)


def mark(made: ScopeWorld) -> None:
    kind = PostingKind.objects.get(code="county_leader")
    leaders, senders = {}, {}
    for unit in PARENT:
        if LEVEL[unit] == "county":
            person = Person(name=token("name", unit), sex="1", division=made.units[unit])
            person.full_clean()
            person.save()
            posting = Posting(person=person, kind=kind, division=made.units[unit], start=SPRING)
            posting.full_clean()
            posting.save()
            leaders[unit] = person
            senders[unit] = _sender(made, unit)
    for unit in PARENT:
        if LEVEL[unit] == "village":
            county = next(one for one in line_up(unit) if LEVEL[one] == "county")
            _mark_village(made, unit, leaders[county])
            bound = OrganizationBinding.objects.create(
                organization=senders[county], village=made.units[unit], since=SPRING
            )
            made.keep("binding", unit, bound)
    # The values of its lines are canaries, and stand on the duty lists.
    income = made.world.tasks["income"]
    Task.objects.filter(pk=income.pk).update(duty="first_secretary")


def _sender(made: ScopeWorld, unit: str) -> Organization:
    sender = Organization(name=token("name", unit), level="county", division=made.units[unit])
    sender.full_clean()
    sender.save()
    made.keep("duty_organization", unit, sender)
    return sender


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
