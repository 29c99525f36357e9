"""Canaries in the registers: a person, a posting, a need, a change and two double records of each
unit. What sends cadres is known to the units below it by its name."""

import datetime

from cadres.models import (
    CadreChange,
    Organization,
    Person,
    PersonMerge,
    Posting,
    PostingKind,
    Tag,
    VillageNeed,
)
from tests.house.scope_world import LEVEL, ScopeWorld, token
from tests.world import NOW

LONG_AGO = datetime.date(2001, 1, 1)
KINDS = {"county": "county_leader", "township": "township_head", "village": "work_team"}


def mark_persons(made: ScopeWorld) -> None:
    tag = Tag.objects.get_or_create(name="测试")[0]
    made.keep("tag", "city", tag)
    made.keep("posting_kind", "city", PostingKind.objects.get(code="work_team"))
    for unit in made.units:
        _mark_unit(made, unit, tag)


def _mark_unit(made: ScopeWorld, unit: str, tag: Tag) -> None:
    by, text = made.users["city_manager"], token("data", unit)
    person, double = (_person(made, unit) for _ in range(2))
    made.keep("person", unit, person)
    made.rows.setdefault("person_pair", {})[unit] = [person.pk, double.pk]
    change = CadreChange.note(person, person.division, by, NOW, reason=text)
    made.keep("cadre_change", unit, change)
    merge = PersonMerge.objects.create(
        kept=person, merged=double, reason=text, proposed_by=by, proposed_at=NOW
    )
    made.keep("person_merge", unit, merge)
    if LEVEL[unit] in ("city", "county"):
        made.keep("organization", unit, _organization(made, unit))
    if LEVEL[unit] in KINDS:
        made.keep("posting", unit, _posting(made, unit, person))
    if LEVEL[unit] == "village":
        need = VillageNeed.objects.create(division=made.units[unit], tag=tag)
        made.keep("need", unit, need)


def _person(made: ScopeWorld, unit: str) -> Person:
    text = token("data", unit)
    return Person.objects.create(
        name=text, sex="1", birth="1980-01", position=text, division=made.units[unit], pinyin=text
    )


def _organization(made: ScopeWorld, unit: str) -> Organization:
    level = "city" if LEVEL[unit] == "city" else "county"
    kept, _is_new = Organization.objects.get_or_create(
        name=token("name", unit), level=level, division=made.units[unit]
    )
    return kept


def _posting(made: ScopeWorld, unit: str, person: Person) -> Posting:
    """Long over, so that nobody's seat is taken."""
    kind = PostingKind.objects.get(code=KINDS[LEVEL[unit]])
    return Posting.objects.create(
        person=person, kind=kind, division=made.units[unit], start=LONG_AGO, end=LONG_AGO,
        end_reason="term", seat=kind.seat, exclusive_group=kind.exclusive_group,
        note=token("data", unit), title=token("data", unit),
    )  # fmt: skip
