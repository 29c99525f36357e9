"""What village teams are, what the database refuses, and what is told from positions."""

import datetime
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import translation

from cadres.models import Criterion, TeamMember, TermIndicator, VillageTeam
from tests.cadres.teams import member, person, team, term, usual
from tests.world import World


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def test_the_two_roles_of_one_person_are_told_and_never_stored(world: World) -> None:
    secretary, deputy, _woman = usual(world, "dongshan")
    assert (secretary.has_dual_role, secretary.is_cross_appointed) == (True, True)
    assert (deputy.has_dual_role, deputy.is_cross_appointed) == (False, False)
    assert list(TeamMember.objects.dual_role()) == [secretary]
    assert list(TeamMember.objects.cross_appointed()) == [secretary]
    names = {field.name for field in TeamMember._meta.concrete_fields}
    assert not {name for name in names if "dual" in name or "cross" in name}


@pytest.mark.parametrize(
    ("says", "message"),
    [
        ({"party_position": "secretary"}, "secretary already"),
        ({"committee_position": "director"}, "director already"),
        ({}, "at least one position"),
        ({"party_position": "member", "left": "2023-01"}, "month and a reason"),
        (
            {"party_position": "member", "since": "2021-03", "left": "2020-01",
             "left_reason": "other"},
            "before taking office",
        ),
    ],
)  # fmt: skip
def test_the_database_refuses_and_says_why(
    world: World, says: dict[str, str], message: str
) -> None:
    secretary = usual(world, "dongshan")[0]
    row = TeamMember(team=secretary.team, person=person(world, "dongshan"), **says)
    with pytest.raises(ValidationError) as refused:
        row.full_clean()
    assert message in " ".join(refused.value.messages)
    with pytest.raises(IntegrityError), transaction.atomic():
        TeamMember.objects.bulk_create([row])


def test_who_left_leaves_the_seat_to_another(world: World) -> None:
    secretary = usual(world, "dongshan")[0]
    TeamMember.objects.filter(pk=secretary.pk).update(left="2023-05", left_reason="age")
    row = member(world, secretary.team, "secretary", "director")
    assert list(TeamMember.objects.in_office().secretaries()) == [row]


def test_a_person_is_in_a_team_once(world: World) -> None:
    secretary = usual(world, "dongshan")[0]
    with pytest.raises(IntegrityError), transaction.atomic():
        member(world, secretary.team, "", "member", person=secretary.person)


def test_only_who_is_in_one_of_the_two_committees_is_counted_among_them(world: World) -> None:
    made = team(world, "dongshan")
    member(world, made, supervision_position="director")
    inside = member(world, made, "", "member", supervision_position="member")
    assert list(TeamMember.objects.of_two_committees()) == [inside]


def test_members_stand_as_in_the_form(world: World) -> None:
    secretary, deputy, woman = usual(world, "dongshan")
    overseer = member(world, secretary.team, supervision_position="director")
    shown = list(secretary.team.members.in_form_order())
    assert shown == [secretary, deputy, woman, overseer]


@pytest.mark.parametrize("says", [{"state": "finished", "elected_on": None},
                                  {"state": "under_way", "elected_on": "2021-03-01"}])  # fmt: skip
def test_an_election_that_is_finished_has_a_day_and_no_other_has_one(
    world: World, says: dict[str, Any]
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        team(world, "dongshan", **says)


def test_only_the_newest_elected_team_of_a_village_is_current(world: World) -> None:
    old = team(world, "dongshan", 2016)
    now = team(world, "dongshan", 2021)
    team(world, "dongshan", 2026, state="under_way", elected_on=None)
    only = team(world, "xishan", 2016)
    assert set(VillageTeam.objects.current()) == {now, only}
    assert (old.is_followed(), now.is_followed()) == (True, False)


def test_years_in_office_are_full_ones(world: World) -> None:
    secretary = usual(world, "dongshan")[0]
    secretary.since = "2018-11"
    assert secretary.years_served(datetime.date(2026, 10, 2)) == 7
    assert secretary.years_served(datetime.date(2026, 11, 2)) == 8
    secretary.left = "2020-10"
    assert secretary.years_served(datetime.date(2026, 11, 2)) == 1


def test_the_next_elections_are_due_when_the_planned_years_are_over(world: World) -> None:
    made = term(2021)
    made.started = datetime.date(2021, 1, 10)
    assert made.next_due == datetime.date(2026, 1, 10)
    assert made.days_to_next(datetime.date(2026, 1, 1)) == 9
    assert made.days_to_next(datetime.date(2026, 10, 2)) < 0


def test_who_is_no_party_member_holds_no_position_in_the_party(world: World) -> None:
    made = team(world, "dongshan")
    row = TeamMember(
        team=made, person=person(world, "dongshan"), party_position="member", political_status="13"
    )
    with pytest.raises(ValidationError) as refused:
        row.full_clean()
    assert "party_position" in refused.value.message_dict


def test_the_wording_of_the_standards_is_left_to_the_city(world: World) -> None:
    assert Criterion.objects.count() == 16
    assert set(Criterion.objects.values_list("label", flat=True)) == {"待录入"}
    groups = Criterion.objects.of("secretary").values_list("group", flat=True)
    assert list(groups) == ["四有"] * 4 + ["四带"] * 4


def test_one_indicator_falls_and_six_rise_until_the_city_says_otherwise(world: World) -> None:
    used = list(TermIndicator.objects.in_use())
    assert [indicator.direction for indicator in used] == ["falls"] + ["rises"] * 6
    assert all(indicator.is_suggestion for indicator in TermIndicator.objects.all())
