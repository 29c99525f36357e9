"""Two people write postings at one moment: one of them wins, the other is told so in words.

Each race is run a second time as a control, with lock and guard away, and then goes wrong.
"""

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection

from cadres import guards
from cadres.actions import bindings, posting_rules, postings
from cadres.models import OrganizationBinding, Person, Posting
from tests.cadres.appointing import DAY, again, new, someone
from tests.tasks.meetings import REAL_CONNECTIONS, Meeting, at_once, unlock
from tests.world import World

pytestmark = REAL_CONNECTIONS
Patch = pytest.MonkeyPatch
Deed = Callable[[], Any]


def told(deed: Deed) -> Deed:
    """A refusal in words is a result too."""

    def done() -> Any:
        try:
            return deed()
        except ValidationError as refusal:
            return refusal

    return done


def race(*deeds: Deed) -> list[Any]:
    return at_once(*(told(deed) for deed in deeds))


@pytest.fixture
def unguarded(world: World, transactional_db: None, monkeypatch: Patch) -> Any:
    """Without locks, without the exclusion constraints, and without the unique ones; bindings,
    which have a guard of their own, are left out."""
    unlock(monkeypatch)
    monkeypatch.setattr(bindings, "follow", lambda *args, **given: None)
    unique = [c for c in Posting._meta.constraints if c.name.startswith("posting_one_current")]
    with connection.schema_editor() as editor:
        guards.take_down(None, editor)
        for constraint in unique:
            editor.remove_constraint(Posting, constraint)
    yield
    OrganizationBinding.objects.all().delete()
    Posting.objects.update(predecessor=None)
    Posting.objects.all().delete()
    with connection.schema_editor() as editor:
        for constraint in unique:
            editor.add_constraint(Posting, constraint)
        guards.put_up(None, editor)


def meet_before_saving(monkeypatch: Patch) -> None:
    """Both have asked every rule before either stores anything, unless a lock keeps them apart."""
    asked_last = posting_rules.doubts_about
    monkeypatch.setattr(postings, "doubts_about", Meeting(2).after(asked_last))


def outcomes(results: list[Any]) -> list[str]:
    return sorted(type(result).__name__ for result in results)


# Two appoint to one seat


def two_to_one_seat(world: World) -> list[Any]:
    other = someone(world, "示旁人")
    mine, theirs = new(world, "free", "nanping"), new(world, "free", "nanping")
    theirs.person = other
    return race(lambda: postings.appoint(mine, None), lambda: postings.appoint(theirs, None))


def test_one_of_two_is_given_the_seat(world: World, monkeypatch: Patch) -> None:
    meet_before_saving(monkeypatch)
    assert outcomes(two_to_one_seat(world)) == ["Posting", "ValidationError"]
    assert Posting.objects.on(DAY).filter(division=world.units["nanping"]).count() == 1


def test_without_the_lock_the_guard_says_it_in_words(world: World, monkeypatch: Patch) -> None:
    unlock(monkeypatch)
    meet_before_saving(monkeypatch)
    results = two_to_one_seat(world)
    assert outcomes(results) == ["Posting", "ValidationError"]
    refusal = next(result for result in results if isinstance(result, ValidationError))
    assert refusal.code == "conflict"


def test_control_without_both_the_seat_has_two_holders(
    world: World, unguarded: None, monkeypatch: Patch
) -> None:
    meet_before_saving(monkeypatch)
    assert outcomes(two_to_one_seat(world)) == ["Posting", "Posting"]
    assert Posting.objects.on(DAY).filter(division=world.units["nanping"]).count() == 2


# Two appoint one person


def one_to_two_places(world: World) -> list[Any]:
    mine, theirs = new(world, "free", "nanping"), new(world, "free", "beiping")
    return race(lambda: postings.appoint(mine, None), lambda: postings.appoint(theirs, None))


def test_one_person_is_sent_to_one_of_two_places(world: World, monkeypatch: Patch) -> None:
    meet_before_saving(monkeypatch)
    assert outcomes(one_to_two_places(world)) == ["Posting", "ValidationError"]
    who = Person.objects.get(name="示八闲")
    assert who.postings.get().division == who.division


def test_control_without_lock_and_guard_the_person_is_at_both(
    world: World, unguarded: None, monkeypatch: Patch
) -> None:
    meet_before_saving(monkeypatch)
    assert outcomes(one_to_two_places(world)) == ["Posting", "Posting"]
    assert Person.objects.get(name="示八闲").postings.on(DAY).count() == 2


# An exchange beside an end


def exchange_beside_end(world: World) -> list[Any]:
    one, other = again(world.postings["dongshan"]), again(world.postings["xishan"])
    same = again(one)
    end = datetime.date(2026, 10, 31)
    return race(
        lambda: postings.exchange(one, other, DAY, None, "工作需要"),
        lambda: postings.end(same, end, "transferred", None),
    )


def meet_once_held(monkeypatch: Patch) -> None:
    """Both have read the posting that both change, unless a lock keeps them apart."""
    monkeypatch.setattr(postings, "_held_again", Meeting(2).after(postings._held_again))


def test_an_exchange_and_an_end_do_not_both_happen(world: World, monkeypatch: Patch) -> None:
    meet_once_held(monkeypatch)
    results = exchange_beside_end(world)
    assert outcomes(results)[0] == "ValidationError" or outcomes(results)[1] == "ValidationError"
    ended = again(world.postings["dongshan"])
    assert ended.version == 2
    others = ended.person.postings.exclude(pk=ended.pk)
    assert others.count() == (1 if ended.end_reason == "swapped" else 0)


def test_control_without_lock_and_guard_one_overwrites_the_other(
    world: World, unguarded: None, monkeypatch: Patch
) -> None:
    meet_once_held(monkeypatch)
    assert not any(isinstance(result, ValidationError) for result in exchange_beside_end(world))


# Two exchanges with one person in both


def two_exchanges(world: World) -> list[Any]:
    posting = new(world, "free", "nanping", start=datetime.date(2026, 1, 1))
    third = postings.appoint(posting, None)
    one, other = world.postings["dongshan"], world.postings["xishan"]
    pairs = [(again(one), again(other)), (again(other), again(third))]
    deeds = [lambda p=p: postings.exchange(p[0], p[1], DAY, None, "x") for p in pairs]
    return race(*deeds)


def test_two_exchanges_that_share_somebody_do_not_wait_in_a_ring(
    world: World, monkeypatch: Patch
) -> None:
    results = two_exchanges(world)
    assert not any(isinstance(result, DatabaseError) for result in results)
    assert outcomes(results) == ["ValidationError", "tuple"]
    held = Posting.objects.on(DAY).in_seat("first_secretary")
    assert held.count() == len(set(held.values_list("division", flat=True))) == 4


def test_control_locked_in_any_order_they_wait_in_a_ring(world: World, monkeypatch: Patch) -> None:
    """Each has locked the first of its two, and wants the one that the other has."""
    posting = new(world, "free", "nanping", start=datetime.date(2026, 1, 1))
    third = postings.appoint(posting, None)
    monkeypatch.setattr(postings, "_lock", lambda divisions, persons: None)
    meet_once_held(monkeypatch)
    one, other = again(world.postings["dongshan"]), again(third)
    results = race(
        lambda: postings.exchange(again(one), again(other), DAY, None, "x"),
        lambda: postings.exchange(again(other), again(one), DAY, None, "x"),
    )
    assert any(isinstance(result, DatabaseError) for result in results)
