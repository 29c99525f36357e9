"""Two lights set by hand at once, and two changes of thresholds; with and without their locks."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from tasks.actions import lights as acts
from tasks.models import Ledger, LightOverride, LightRule
from tests.tasks.meetings import REAL_CONNECTIONS, Deed, Meeting, at_once, unlock
from tests.tasks.recount import recounted, summarised
from tests.tasks.test_overrides import given
from tests.tasks.test_thresholds import change
from tests.tasks.verbs import code_of, submitted
from tests.world import World

pytestmark = REAL_CONNECTIONS


@pytest.fixture(params=["locked", "unlocked"])
def lock(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Once with row locks as written, once as a control without any."""
    if request.param == "unlocked":
        unlock(monkeypatch)
    return bool(request.param == "locked")


def telling(deed: Deed) -> Deed:
    """A refusal as its code, so that a test says which one it expects."""

    def tell() -> object:
        try:
            return deed()
        except ValidationError as error:
            return code_of(error)

    return tell


@pytest.mark.parametrize("task", ["", "income"])
def test_of_two_who_set_one_light_one_wins_and_the_other_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch, lock: bool, task: str
) -> None:
    monkeypatch.setattr(acts, "_standing", Meeting(2).after(acts._standing))
    outcomes = at_once(
        telling(lambda: given(world, "hejian", task, light="red")),
        telling(lambda: given(world, "hejian", task, light="green", who="city_manager")),
    )
    (lost,) = [one for one in outcomes if not isinstance(one, LightOverride)]
    assert LightOverride.objects.count() == 1
    # Without the lock both find it free, and only the constraint stops the second.
    assert lost == "stands" if lock else isinstance(lost, IntegrityError)


def test_of_two_who_change_the_thresholds_one_wins_and_the_other_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch, lock: bool
) -> None:
    submitted(world)
    monkeypatch.setattr(acts, "check_thresholds", Meeting(2).after(acts.check_thresholds))
    outcomes = at_once(
        telling(lambda: change(world, red_behind=15)),
        telling(lambda: change(world, red_behind=90)),
    )
    (lost,) = [one for one in outcomes if not isinstance(one, LightRule)]
    assert lost == "stale" if lock else isinstance(lost, IntegrityError)
    last = LightRule.objects.get(version=2)
    assert Ledger.objects.get().thresholds.red_behind == last.red_behind
    assert summarised() == recounted()
