"""Appointing, ending and exchanging; and what the database refuses by itself."""

import datetime
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from cadres.actions import postings
from cadres.models import CadreChange, Person, Posting, PostingKind
from tests.world import World

DAY = datetime.date(2026, 10, 2)


def new(
    world: World, person: str, unit: str, kind: str = "first_secretary", **says: Any
) -> Posting:
    who = world.persons[person]
    given = {"start": DAY, "organization": who.organization, **says}
    return Posting(
        person=who,
        kind=PostingKind.objects.get(code=kind),
        division=world.units[unit],
        **given,
    )


def test_an_appointment_is_kept_with_its_term_and_moves_the_record(world: World) -> None:
    posting = postings.appoint(new(world, "free", "nanping"), world.users["linzhou_manager"])
    assert posting.planned_end == datetime.date(2028, 10, 1)
    assert posting.seat_number == 1
    assert Person.objects.get(pk=posting.person_id).division == world.units["nanping"]
    told = CadreChange.objects.of(posting).get()
    assert (told.verb, told.by, told.person) == (
        "added",
        world.users["linzhou_manager"],
        posting.person,
    )


def test_a_seat_that_is_held_is_refused_with_the_name_of_its_holder(world: World) -> None:
    with pytest.raises(ValidationError, match="示一山"):
        postings.appoint(new(world, "free", "dongshan"), None)
    assert Posting.objects.filter(division=world.units["dongshan"]).count() == 1


def test_the_two_kinds_of_first_secretary_compete_for_one_seat(world: World) -> None:
    with pytest.raises(ValidationError, match="示一山"):
        postings.appoint(new(world, "left_lead", "dongshan", "retired_first_secretary"), None)


def test_nobody_holds_two_postings_that_exclude_each_other(world: World) -> None:
    with pytest.raises(ValidationError) as refused:
        postings.appoint(new(world, "first_dongshan", "nanping"), None)
    assert list(refused.value.message_dict) == ["person"]


@pytest.mark.parametrize(
    ("start", "end"),
    [("2026-10-02", None), ("2024-01-01", "2025-01-01"), ("2025-02-01", "2025-03-01")],
)
def test_the_database_itself_refuses_an_overlap(world: World, start: str, end: str | None) -> None:
    """Whatever way a row comes in: this one asks no rule of ours."""
    row = new(world, "free", "dongshan", start=start, end=end, end_reason="term" if end else "")
    row.take_from_kind()
    row.seat_number = 1
    with pytest.raises(IntegrityError), transaction.atomic():
        Posting.objects.bulk_create([row])


def test_the_database_lets_one_follow_the_other(world: World) -> None:
    held = world.postings["dongshan"]
    postings.end(held, datetime.date(2026, 10, 1), "rotated", None)
    postings.appoint(new(world, "free", "dongshan", predecessor=held), None)
    assert Posting.objects.filter(division=world.units["dongshan"]).count() == 2


def test_two_holders_exchange_places_in_one_transaction(world: World) -> None:
    one, other = postings.exchange(
        world.postings["dongshan"], world.postings["xishan"], DAY, world.users["city_manager"]
    )
    assert (one.person, one.division) == (world.persons["first_dongshan"], world.units["xishan"])
    assert (other.person, other.division) == (
        world.persons["first_xishan"],
        world.units["dongshan"],
    )
    assert one.predecessor == world.postings["xishan"]
    assert Posting.objects.on(DAY).in_seat("first_secretary").count() == 3
    assert Person.objects.get(pk=one.person_id).division == world.units["xishan"]


def test_a_change_of_what_somebody_else_changed_meanwhile_is_refused(world: World) -> None:
    stale = Posting.objects.get(pk=world.postings["dongshan"].pk)
    postings.extend(world.postings["dongshan"], datetime.date(2027, 6, 30), None, "续任")
    with pytest.raises(ValidationError) as refused:
        postings.end(stale, DAY, "rotated", None)
    assert refused.value.code == "conflict"
    assert Posting.objects.get(pk=stale.pk).end is None
