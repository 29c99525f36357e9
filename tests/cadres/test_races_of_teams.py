"""Two people at one village team at once; with and without the locks."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from cadres.actions import teams
from cadres.models import CadreChange, TeamMember, VillageTeam
from tests.cadres.teams import person, team, term
from tests.tasks.meetings import REAL_CONNECTIONS, Meeting, at_once, unlock
from tests.world import World

pytestmark = REAL_CONNECTIONS


@pytest.fixture(params=["locked", "unlocked"])
def lock(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Once with row locks as written, once as a control without any."""
    if request.param == "unlocked":
        unlock(monkeypatch)
    return bool(request.param == "locked")


def told(deed: Any) -> Any:
    """A refusal as its text, so that a test says which one it expects."""

    def tell() -> object:
        try:
            return deed()
        except ValidationError as error:
            return getattr(error, "code", None) or error.messages[0]

    return tell


def test_of_two_who_enter_a_secretary_one_is_told_that_there_is_one(
    world: World, monkeypatch: pytest.MonkeyPatch, lock: bool
) -> None:
    made = team(world, "dongshan")
    rows = [
        TeamMember(team=made, person=person(world, "dongshan"), party_position="secretary")
        for _ in range(2)
    ]
    # Both have asked the rules, and none has written yet.
    monkeypatch.setattr(TeamMember, "full_clean", Meeting(2).after(TeamMember.full_clean))
    outcomes = at_once(*(told(lambda row=row: teams.add_member(row, None)) for row in rows))
    (lost,) = [one for one in outcomes if not isinstance(one, TeamMember)]
    assert made.members.count() == 1
    if lock:
        assert isinstance(lost, str)  # a refusal in words
    else:
        assert isinstance(lost, IntegrityError)


def test_of_two_results_for_one_version_one_is_refused(world: World, lock: bool) -> None:
    made = team(world, "dongshan", state="under_way", elected_on=None)
    copies = [VillageTeam.objects.select_related("term", "village").get(pk=made.pk) for _ in "12"]
    for copy, turnout in zip(copies, (80, 90), strict=True):
        copy.turnout = turnout
    outcomes = at_once(*(told(lambda c=c: teams.record_election(c, None)) for c in copies))
    if lock:
        assert [one for one in outcomes if not isinstance(one, VillageTeam)] == ["conflict"]
        assert CadreChange.objects.of(made).count() == 1


def test_a_term_that_two_open_at_once_has_one_team_for_each_village(world: World) -> None:
    new, city = term(2026), world.units["city"]
    outcomes = at_once(*(told(lambda: teams.open_term(new, city, None)) for _ in range(2)))
    assert VillageTeam.objects.filter(term=new).count() == 8
    assert 8 in outcomes
