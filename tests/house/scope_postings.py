"""Canaries in postings: somebody sent to every county, township and village."""

import datetime

from django.utils import timezone

from cadres.models import CadreChange, Organization, Person, Posting, PostingKind
from tests.house.scope_world import LEVEL, ScopeWorld, token

KIND_AT = {"county": "county_leader", "township": "secondment", "village": "work_team"}


def mark(made: ScopeWorld) -> None:
    kinds = {kind.code: kind for kind in PostingKind.objects.all()}
    for unit, division in made.units.items():
        if LEVEL[unit] == "city":
            continue
        text, by = token("data", unit), made.users["city_manager"]
        kind = kinds[KIND_AT[LEVEL[unit]]]
        sender = None
        if LEVEL[unit] == "county":
            # Known to those below, like everything that stands above them.
            sender, _is_new = Organization.objects.get_or_create(
                name=token("name", unit), level="county", division=division
            )
        person = Person.objects.create(name=text, sex="1", birth="1980-01", division=division)
        posting = Posting.objects.create(
            person=person, kind=kind, division=division, organization=sender, title=text,
            start=datetime.date(2026, 1, 1), planned_end=datetime.date(2026, 11, 1), note=text,
            hand_over=text, seat=kind.seat, seat_number=1 if kind.seats else None,
            exclusive_group=kind.exclusive_group,
        )  # fmt: skip
        CadreChange.note(posting, division, by, timezone.now(), reason=text)
        made.keep("posting", unit, posting)
