"""Two who decide on one proposal at once, with and without the lock; and the order of locks."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.db import OperationalError

from cadres.actions import merging
from cadres.actions.anonymizing import anonymize
from cadres.models import CadreChange, Person, PersonMerge
from cadres.models.person import PersonQuerySet
from cadres.models.person_merge import PersonMergeQuerySet
from tests.tasks.meetings import REAL_CONNECTIONS, Meeting, at_once, unlock
from tests.tasks.verbs import code_of
from tests.world import World

pytestmark = REAL_CONNECTIONS


@pytest.mark.parametrize("locked", [True, False])
def test_of_two_who_decide_one_wins_and_the_other_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch, locked: bool
) -> None:
    if not locked:
        unlock(monkeypatch)
    double = Person.objects.create(name="示一山", sex="1", division=world.units["hejian"])
    merge = merging.propose(
        world.persons["first_dongshan"], double, [], "同一人", world.users["linzhou_manager"]
    )
    monkeypatch.setattr(merging, "_to_decide", Meeting(2).after(merging._to_decide))
    by = [world.users["city_manager"], world.users["hejian_reviewer"]]

    def decide(verb: str, user: int) -> object:
        try:
            return getattr(merging, verb)(merge.pk, by[user], "")
        except ValidationError as error:
            return code_of(error)

    outcomes = at_once(lambda: decide("carry_out", 0), lambda: decide("refuse", 1))
    done = [one for one in outcomes if isinstance(one, PersonMerge)]
    if locked:
        assert len(done) == 1
        assert "stands" in outcomes
    else:  # both believe that theirs is the verdict
        assert len(done) == 2


def _merge_first(pk: int) -> PersonMerge:
    """The other order: the proposal is held before its persons are."""
    merge = PersonMerge.objects.lock(pk)
    Person.objects.filter(pk__in=[merge.kept_id, merge.merged_id]).lock()
    return merge


@pytest.mark.parametrize("persons_first", [True, False])
def test_who_undoes_a_merge_and_who_lets_go_of_the_person_wait_in_no_ring(
    world: World, monkeypatch: pytest.MonkeyPatch, persons_first: bool
) -> None:
    by = world.users["linzhou_manager"], world.users["city_manager"]
    kept, double = (
        Person.objects.create(name="示九久", sex="1", division=world.units["hejian"])
        for _ in range(2)
    )
    merge = merging.propose(kept, double, [], "同一人", by[0])
    merging.carry_out(merge.pk, by[1])
    CadreChange.objects.update(at=datetime.datetime(2019, 1, 1, tzinfo=datetime.UTC))
    if not persons_first:
        monkeypatch.setattr(merging, "_held", _merge_first)
    meeting = Meeting(2)
    for rows in (PersonQuerySet, PersonMergeQuerySet):
        monkeypatch.setattr(rows, "lock", meeting.after(rows.lock))

    def undo() -> object:
        try:
            return merging.undo(merge.pk, by[1])
        except ValidationError as error:
            return code_of(error)

    day = datetime.date(2026, 10, 2)
    outcomes = at_once(undo, lambda: anonymize([kept.pk], None, day, 5))
    in_ring = [one for one in outcomes if isinstance(one, OperationalError)]
    assert bool(in_ring) is not persons_first
