from collections.abc import Callable
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.models import User
from accounts.roles import Role
from tasks import actions
from tasks.models import Entry, EntryChange, Ledger, Review
from tests.tasks.verbs import (
    accept,
    accepted,
    author,
    everything,
    moment,
    place,
    refusal,
    return_,
    save,
    seen,
    submit,
    submitted,
)
from tests.world import NOW, World

Verb = Callable[..., actions.Outcome]
ME = "dongshan_reporter"
TOWNSHIP = "hejian_reviewer"
COUNTY = "linzhou_reviewer"


def now(world: World, unit: str = "dongshan", task: str = "income") -> Entry:
    return world.entry(unit, task)


def test_a_villages_line_is_accepted_by_township_and_county(world: World) -> None:
    assert accept(world, TOWNSHIP, submitted(world)).done
    assert place(now(world)) == ("submitted", "county")
    assert accept(world, COUNTY, now(world)).done
    entry = now(world)
    assert place(entry) == ("accepted", "")
    assert (entry.version, entry.decided_at, entry.value) == (5, NOW, Decimal(60))
    assert (entry.submitted_by, entry.first_submitted_at) == (world.users[ME], NOW)


def test_what_the_township_submitted_is_accepted_by_the_county_alone(world: World) -> None:
    assert accept(world, COUNTY, submitted(world, who="hejian_reporter")).done
    assert place(now(world)) == ("accepted", "")


def test_a_task_that_the_city_decides_goes_on_from_the_county_to_the_city(
    world: World,
) -> None:
    entry = submitted(world, "hejian", "reserve", who="hejian_reporter")
    accept(world, COUNTY, entry)
    assert place(now(world, "hejian", "reserve")) == ("submitted", "city")
    before = everything()
    assert refusal(accept(world, "linzhou_manager", now(world, "hejian", "reserve"))) == (
        "not_waiting"
    )
    assert everything() == before
    assert accept(world, "city_manager", now(world, "hejian", "reserve")).done
    assert place(now(world, "hejian", "reserve")) == ("accepted", "")


def test_every_step_leaves_a_review_and_a_line_of_history(world: World) -> None:
    accepted(world)
    reviews = Review.objects.order_by("version").values_list(
        "version", "level", "reviewer__username", "verdict", "comment", "at"
    )
    assert list(reviews) == [
        (3, "township", TOWNSHIP, "accepted", "", NOW),
        (4, "county", COUNTY, "accepted", "", NOW),
    ]
    changes = EntryChange.objects.order_by("version")
    assert [(c.version, c.verb, c.by.username) for c in changes if c.by] == [
        (2, "save", ME),
        (3, "submit", ME),
        (4, "accept", TOWNSHIP),
        (5, "accept", COUNTY),
    ]
    assert changes[3].before == {"state": "submitted"}
    assert changes[3].after == {"state": "accepted"}


@pytest.mark.parametrize("level", ["township", "county"])
def test_a_returned_line_goes_back_to_those_who_fill_it_with_the_reason(
    world: World, level: str
) -> None:
    entry = submitted(world)
    if level == "county":
        accept(world, TOWNSHIP, entry)
    who = {"township": TOWNSHIP, "county": COUNTY}[level]
    assert return_(world, who, now(world), comment="  请核实单位 ").done
    assert place(now(world)) == ("returned", "")
    review = Review.objects.get(verdict="returned")
    assert (review.level, review.comment) == (level, "请核实单位")
    change = EntryChange.objects.get(verb="return")
    assert change.before == {"state": "submitted"}
    assert change.after == {"state": "returned", "comment": "请核实单位"}


def test_a_returned_line_passes_every_level_again(world: World) -> None:
    accept(world, TOWNSHIP, submitted(world))
    return_(world, COUNTY, now(world))
    save(world, ME, now(world), value=61)
    submit(world, ME, now(world))
    assert place(now(world)) == ("submitted", "township")
    accept(world, TOWNSHIP, now(world))
    accept(world, COUNTY, now(world))
    assert place(now(world)) == ("accepted", "")
    assert Review.objects.count() == 4


@pytest.mark.parametrize("comment", ["", "  \n "])
def test_a_return_needs_a_reason(world: World, comment: str) -> None:
    entry = submitted(world)
    before = everything()
    with pytest.raises(ValidationError) as said:
        return_(world, TOWNSHIP, entry, comment=comment)
    assert said.value.code == "comment"
    assert everything() == before


def test_a_reason_has_room_for_500_characters_and_no_more(world: World) -> None:
    entry = submitted(world)
    before = everything()
    with pytest.raises(ValidationError):
        return_(world, TOWNSHIP, entry, comment="由" * 501)
    assert everything() == before
    assert return_(world, TOWNSHIP, entry, comment="由" * 500).done


@pytest.mark.parametrize("verb", [accept, return_])
def test_pressing_the_button_twice_has_one_effect(world: World, verb: Verb) -> None:
    entry = submitted(world)
    assert verb(world, TOWNSHIP, entry).done
    before = everything()
    again = verb(world, TOWNSHIP, entry)
    assert [same.pk for same in again.unchanged] == [entry.pk]
    assert (again.done, again.refused) == ([], [])
    assert everything() == before


def test_the_other_button_after_the_first_is_a_conflict(world: World) -> None:
    entry = submitted(world)
    accept(world, TOWNSHIP, entry)
    before = everything()
    assert refusal(return_(world, TOWNSHIP, entry)) == "conflict"
    assert everything() == before


def test_a_colleagues_verdict_on_the_same_version_is_a_conflict(world: World) -> None:
    accept(world, TOWNSHIP, submitted(world))
    shown = now(world)
    accept(world, COUNTY, shown)
    assert refusal(accept(world, "linzhou_manager", shown)) == "conflict"


@pytest.mark.parametrize("verb", [accept, return_])
def test_what_changed_since_it_was_shown_is_not_decided(world: World, verb: Verb) -> None:
    shown = submitted(world)
    return_(world, TOWNSHIP, shown)
    save(world, ME, now(world), value=61)
    submit(world, ME, now(world))
    before = everything()
    # For the return: the stale press repeats a verdict that stands no longer.
    assert refusal(verb(world, TOWNSHIP, shown)) == "conflict"
    assert everything() == before


@pytest.mark.parametrize("verb", [accept, return_])
@pytest.mark.parametrize("who", [COUNTY, "city_manager"])
def test_a_level_decides_only_what_waits_there(world: World, who: str, verb: Verb) -> None:
    entry = submitted(world)
    before = everything()
    assert refusal(verb(world, who, entry)) == "not_waiting"
    assert everything() == before


@pytest.mark.parametrize("verb", [accept, return_])
def test_a_township_does_not_decide_after_it_passed_the_line_on(world: World, verb: Verb) -> None:
    accept(world, TOWNSHIP, submitted(world))
    assert refusal(verb(world, TOWNSHIP, now(world))) == "not_waiting"


@pytest.mark.parametrize("verb", [accept, return_])
def test_a_blank_or_draft_line_is_not_decided(world: World, verb: Verb) -> None:
    assert refusal(verb(world, TOWNSHIP, now(world))) == "not_waiting"
    save(world, ME, now(world), value=1)
    assert refusal(verb(world, TOWNSHIP, now(world))) == "not_waiting"


@pytest.mark.parametrize("verb", [accept, return_])
def test_an_accepted_line_is_not_decided_again(world: World, verb: Verb) -> None:
    entry = accepted(world)
    before = everything()
    assert refusal(verb(world, "linzhou_manager", entry)) == "not_waiting"
    assert everything() == before


@pytest.mark.parametrize("verb", [accept, return_])
def test_another_divisions_line_is_missing(world: World, verb: Verb) -> None:
    entry = submitted(world)
    before = everything()
    outcome = verb(world, "huaxian_reviewer", entry)
    assert outcome.missing == [entry.pk]
    assert (outcome.done, outcome.refused) == ([], [])
    assert everything() == before


@pytest.mark.parametrize("verb", [accept, return_])
@pytest.mark.parametrize("who", [ME, "hejian_reporter", "linzhou_viewer", "city_auditor"])
def test_only_reviewers_decide(world: World, who: str, verb: Verb) -> None:
    entry = submitted(world)
    before = everything()
    with pytest.raises(PermissionDenied):
        verb(world, who, entry)
    assert everything() == before


def test_an_administrator_without_a_division_does_not_decide(world: World) -> None:
    world.users["root"] = User.objects.create_superuser("root", name="root")
    entry = submitted(world)
    with pytest.raises(PermissionDenied):
        accept(world, "root", entry)


@pytest.mark.parametrize("verb", [accept, return_])
def test_nobody_decides_on_their_own_submission(world: World, verb: Verb) -> None:
    mover = User.objects.create_user(
        "mover", name="x", division=world.units["dongshan"], role=Role.REVIEWER
    )
    world.users["mover"] = mover
    entry = submitted(world, who="mover")
    mover.division = world.units["hejian"]
    mover.save()
    before = everything()
    assert refusal(verb(world, "mover", entry)) == "own"
    assert everything() == before
    assert verb(world, TOWNSHIP, entry).done


@pytest.mark.parametrize("verb", [accept, return_])
def test_a_closed_ledger_is_not_reviewed(world: World, verb: Verb) -> None:
    entry = submitted(world)
    Ledger.objects.filter(pk=world.ledger.pk).update(state=Ledger.State.CLOSED)
    before = everything()
    assert refusal(verb(world, TOWNSHIP, entry)) == "closed"
    assert everything() == before


def test_after_the_lock_a_line_is_still_accepted_but_not_returned(world: World) -> None:
    entry = submitted(world)
    locked = moment(1, 1, year=2027)
    before = everything()
    # Whoever got it back could no longer answer.
    assert refusal(return_(world, TOWNSHIP, entry, at=locked)) == "locked"
    assert everything() == before
    assert accept(world, TOWNSHIP, entry, at=locked).done


def test_many_are_accepted_at_once_and_the_exceptions_named(world: World) -> None:
    first = submitted(world)
    save(world, "xishan_reporter", now(world, "xishan", "meeting"), value=1)
    submit(world, "xishan_reporter", now(world, "xishan", "meeting"))
    good = now(world, "xishan", "meeting")
    blank, foreign = now(world, "nanping"), now(world, "shiqiao")
    outcome = actions.accept(seen(first, good, blank, foreign), author(world, TOWNSHIP))
    assert {entry.pk for entry in outcome.done} == {first.pk, good.pk}
    assert [refused.entry.pk for refused in outcome.refused] == [blank.pk]
    assert outcome.missing == [foreign.pk]
    assert Review.objects.count() == 2
