"""Two who decide on one proposal at once; with and without the lock."""

import pytest
from django.core.exceptions import ValidationError

from cadres.actions import merging
from cadres.models import Person, PersonMerge
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
