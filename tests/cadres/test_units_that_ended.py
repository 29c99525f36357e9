"""A village that was merged: nothing begins there any more, and what is still held is told."""

import datetime
from collections.abc import Callable, Iterator

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import translation

from cadres.actions import contacts, postings, proposing, teams
from cadres.calendar_choice import CalendarForm
from cadres.coverage import Coverage
from cadres.coverage_lists import lists_of
from cadres.models import ContactPoint, Posting, TeamMember, VillageTeam
from cadres.posting_register import first_secretaries, weak_villages
from cadres.sheets import FirstSecretarySheet, TeamMemberSheet
from cadres.team_list import counts
from cadres.team_register import dual_roles, elected
from tests.cadres import rosters
from tests.cadres.appointing import DAY, again, new
from tests.cadres.pairing_rounds import filled, proposed
from tests.cadres.teams import person, team, term, usual
from tests.cadres.test_contact_sheet import check as check_points
from tests.cadres.test_contact_sheet import row as contact_row
from tests.tasks.pages import english, shown
from tests.world import UNITS, World
from villages.actions import merge
from villages.models import Division, Kind, VillageProfile

SignIn = Callable[[str], Client]
ONE = postings.ONE_DAY
GONE = datetime.date(2026, 9, 1)
LINZHOU = UNITS["linzhou"]


@pytest.fixture(autouse=True)
def _english(_on_the_day: None) -> Iterator[None]:
    with translation.override("en"):
        yield


def merged(world: World, unit: str, into: str = "xishan") -> Division:
    """A unit that goes on the first of September."""
    merge([world.units[unit]], world.units[into], GONE)
    world.units[unit].refresh_from_db()
    return world.units[unit]


def coverage(world: World) -> Coverage:
    form = CalendarForm({"kind": "first_secretary"}, DAY)
    return form.coverage(world.units["linzhou"], world.users["linzhou_manager"])


# Postings


def test_nobody_is_appointed_at_a_unit_from_the_day_on_which_it_is_gone(world: World) -> None:
    merged(world, "nanping")
    with pytest.raises(ValidationError, match="is gone since") as refused:
        postings.appoint(new(world, "free", "nanping", start=GONE), None)
    assert list(refused.value.message_dict) == ["division"]
    last = GONE - ONE
    before = new(world, "free", "nanping", start=last, end=last, end_reason="other")
    assert postings.appoint(before, None).pk


def test_no_start_is_put_right_to_a_day_after_the_end_of_the_unit(world: World) -> None:
    merged(world, "dongshan")
    held = world.postings["dongshan"]
    with pytest.raises(ValidationError, match="is gone since"):
        postings.correct(again(held), {"start": GONE}, None, "改")
    assert postings.correct(again(held), {"start": GONE - 2 * ONE}, None, "改")


def test_an_end_at_a_unit_that_is_gone_is_put_right_and_not_taken_away(world: World) -> None:
    held = world.postings["dongshan"]
    postings.end(held, GONE - ONE, "other", None)
    merged(world, "dongshan")
    with pytest.raises(ValidationError, match="is gone since") as refused:
        postings.correct(again(held), {"end": None, "end_reason": ""}, None, "改")
    assert list(refused.value.message_dict) == ["end"]
    assert postings.correct(again(held), {"end": GONE - 2 * ONE}, None, "改")


def test_nobody_comes_to_a_unit_that_is_gone_by_an_exchange(world: World) -> None:
    merged(world, "dongshan")
    one, other = again(world.postings["dongshan"]), again(world.postings["xishan"])
    with pytest.raises(ValidationError, match="is gone since"):
        postings.exchange(one, other, DAY, None)
    assert not Posting.objects.filter(end_reason="swapped").exists()


def test_the_form_offers_no_unit_that_is_gone(world: World, signed_in: SignIn) -> None:
    client, address = english(signed_in("linzhou_manager")), f"/cadres/{LINZHOU}/appoint/"
    sent = {"kind": "first_secretary", "person": str(world.persons["free"].pk)}
    sent |= {"start": DAY.isoformat()}

    def found() -> list[str]:
        page = client.post(address, sent | {"do": "find", "division_text": "nanping"})
        return [row.label for row in page.context["form"].searches[0].rows]

    assert found() == ["南平村"]
    merged(world, "nanping")
    assert found() == []
    refused = client.post(address, sent | {"division": UNITS["nanping"]})
    assert refused.status_code == 422
    assert "is gone since" in str(refused.context["form"].errors["division"])


def test_what_is_still_held_at_a_unit_that_is_gone_is_listed_and_ended(
    world: World, signed_in: SignIn
) -> None:
    def listed() -> list[tuple[str, int | None]]:
        found = {one.name: one.concerns for one in lists_of(coverage(world), 30)}["gone"]
        return [(one.unit.short_name, one.days) for one in found]

    client, held = english(signed_in("linzhou_manager")), world.postings["dongshan"]
    address = f"/cadres/postings/{held.pk}/"
    assert listed() == []
    assert "This unit has ended" not in shown(client.get(address))
    merged(world, "dongshan")
    assert listed() == [("东山村", 31)]
    assert world.units["dongshan"] not in coverage(world).expected
    # The roster names as many as the calendar and this list together.
    seen = Posting.objects.within(world.units["linzhou"]).in_seat("first_secretary").on(DAY)
    assert seen.count() == len(coverage(world).filled) + len(listed())
    page = client.get(f"/cadres/{LINZHOU}/calendar/?kind=first_secretary&show=gone")
    assert address in shown(page)
    assert "This unit has ended" in shown(client.get(address))
    postings.end(again(held), GONE - ONE, "other", None)
    assert listed() == []
    assert "This unit has ended" not in shown(client.get(address))


def test_the_figures_of_postings_leave_out_units_that_are_gone(
    world: World, signed_in: SignIn
) -> None:
    for name in ("dongshan", "xishan"):
        VillageProfile.objects.create(division=world.units[name], village_type="weak")
    unit, user = world.units["linzhou"], world.users["linzhou_manager"]

    def figures() -> list[tuple[int, int]]:
        told = [count(unit, user, DAY) for count in (first_secretaries, weak_villages)]
        vars(unit).pop("_coverages")
        return [(figure.part, figure.whole) for figure in told if figure]

    assert figures() == [(2, 2), (2, 2)]
    merged(world, "dongshan")
    assert figures() == [(1, 1), (1, 1)]
    figure = weak_villages(unit, user, DAY)
    assert figure is not None
    page = signed_in("linzhou_manager").get(figure.link)
    assert [row.name for row in page.context["rows"]] == ["示二山"]


# Rosters


def test_a_roster_adds_nobody_at_a_unit_that_is_gone(world: World) -> None:
    user = world.users["linzhou_manager"]
    team(world, "dongshan")
    merged(world, "nanping")
    for sheet, of in ((FirstSecretarySheet, rosters.FIRST), (TeamMemberSheet, rosters.MEMBER)):
        batch = rosters.check(sheet, rosters.rows({}, of=of), user)
        assert [error["value"] for error in batch.errors] == ["南平村"]
        assert "is gone since" in batch.errors[0]["message"]


def test_a_roster_with_whom_is_left_at_a_unit_that_is_gone_comes_back_unchanged(
    world: World,
) -> None:
    merged(world, "dongshan")
    user = world.users["linzhou_manager"]
    batch = rosters.check(FirstSecretarySheet, rosters.exported(FirstSecretarySheet, user), user)
    assert (batch.errors, rosters.counts(batch)) == ([], (0, 0, 2))


def test_of_two_units_of_one_name_a_roster_means_the_one_that_stands(world: World) -> None:
    gone = merged(world, "nanping")
    unit = Division(code="410581101299", name=gone.name, level="village", kind=Kind.VILLAGE)
    unit.parent, unit.valid_from = gone.parent, GONE
    unit.place()
    told = {"选派单位": "测试林州市水利局"}
    rosters.apply(
        FirstSecretarySheet,
        rosters.rows(told, of=rosters.FIRST),
        world.users["linzhou_manager"],
    )
    assert Posting.objects.get(person__name="样九").division == unit


# Teams


def test_a_team_of_a_village_that_is_gone_takes_no_member_and_elects_no_more(
    world: World, signed_in: SignIn
) -> None:
    held = team(world, "nanping", 2026, state="under_way", elected_on=None)
    client, by = english(signed_in("linzhou_manager")), world.users["linzhou_manager"]
    page = shown(client.get(f"/cadres/teams/{held.pk}/"))
    assert "Add a member" in page
    teams.add_member(_member(world, held), by)
    merged(world, "nanping")
    assert "Add a member" not in shown(client.get(f"/cadres/teams/{held.pk}/"))
    with pytest.raises(ValidationError, match="is gone since"):
        teams.add_member(_member(world, held), by)
    held = VillageTeam.objects.get(pk=held.pk)
    held.state, held.elected_on = VillageTeam.State.FINISHED, GONE
    with pytest.raises(ValidationError, match="is gone since"):
        teams.record_election(held, by)
    held.elected_on = GONE - ONE
    teams.record_election(held, by)
    assert held.members.count() == 1


def _member(world: World, of: VillageTeam) -> TeamMember:
    return TeamMember(team=of, person=person(world, "nanping"), committee_position="member")


def test_the_figures_of_teams_count_only_villages_that_stand(
    world: World, signed_in: SignIn
) -> None:
    for name in ("nanping", "xishan", "beiping"):
        usual(world, name, 2026)
    unit, user = world.units["linzhou"], world.users["linzhou_manager"]
    newest = term(2026)
    client = signed_in("linzhou_manager")

    def figures() -> list[tuple[int, int]]:
        told = [count(unit, user, DAY) for count in (elected, dual_roles)]
        for figure in told:
            assert figure is not None
            page = client.get(figure.link)
            assert page.context["page"].paginator.count == figure.part
        return [(figure.part, figure.whole) for figure in told if figure]

    total, _units = counts(unit, user, newest, DAY)
    stood = total.villages
    assert figures() == [(3, stood), (3, 3)]
    merged(world, "nanping")
    assert figures() == [(2, stood - 1), (2, 2)]
    for chosen in (newest, None):
        total, below = counts(unit, user, chosen, DAY)
        assert (total.elected, total.secretaries, total.members) == (2, 2, 6)
        assert sum(row.elected for row in below) == 2
    total, _units = counts(unit, user, newest, DAY)
    standing = Division.objects.within(unit).at(DAY).owing("village").count()
    assert (total.villages, total.elected) == (standing, 2)


# Contact points and matching


def test_no_contact_point_is_set_at_a_village_that_is_gone(world: World) -> None:
    def point(since: datetime.date, unit: str = "nanping") -> ContactPoint:
        given = {"leader": world.persons["leader_linzhou"], "village": world.units[unit]}
        return ContactPoint(since=since, **given)

    held = contacts.set_point(point(GONE, "dongshan"), None)
    for unit in ("nanping", "dongshan"):
        merged(world, unit)
    with pytest.raises(ValidationError, match="is gone since") as refused:
        contacts.set_point(point(GONE), None)
    assert list(refused.value.message_dict) == ["village"]
    assert contacts.set_point(point(GONE - ONE), None).pk
    # What is left there can be ended.
    contacts.end_point(ContactPoint.objects.get(pk=held.pk), GONE, None, "并村")
    assert ContactPoint.objects.get(pk=held.pk).until == GONE


def test_the_sheet_of_contact_points_says_that_a_village_is_gone(world: World) -> None:
    assert not check_points(world, contact_row()).errors
    merged(world, "dongshan")
    batch = check_points(world, contact_row())
    assert len(batch.errors) == 1
    assert "is gone since" in batch.errors[0]["message"]


def test_a_village_that_goes_leaves_the_round_that_it_waits_in(world: World) -> None:
    of, by = filled(world), world.users["linzhou_manager"]
    proposing.put_forward(of, by)
    of.refresh_from_db()
    assert set(proposed(of)) == {"南平村", "北平村"}
    merged(world, "nanping")
    with pytest.raises(ValidationError):
        proposing.apply(of, by)
    assert not Posting.objects.filter(start=of.start).exists()
    proposing.put_forward(of, by)
    of.refresh_from_db()
    assert set(proposed(of)) == {"北平村"}
    assert [posting.division.short_name for posting in proposing.apply(of, by)] == ["北平村"]


def test_a_round_adds_no_village_that_is_gone(world: World, signed_in: SignIn) -> None:
    of = filled(world, villages=("beiping",))
    merged(world, "nanping")
    page = shown(signed_in("linzhou_manager").get(f"/cadres/pairing/{of.pk}/villages/"))
    assert "东山村" in page
    assert "南平村" not in page
