"""Opening a term, bringing members over, electing, changing, leaving; and where persons serve."""

import datetime
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from cadres.actions import postings, standards, teams
from cadres.actions.standards import Assessed
from cadres.models import (
    CadreChange,
    Person,
    Posting,
    PostingKind,
    StandardAssessment,
    TeamMember,
    VillageTeam,
)
from cadres.team_bulk import check_members, put_teams
from tests.cadres.teams import member, person, team, term, usual
from tests.world import World


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def stored(row: Any) -> Any:
    return type(row).objects.get(pk=row.pk)


def test_a_term_is_opened_for_every_village_that_has_to_elect(world: World) -> None:
    by = world.users["city_manager"]
    assert teams.open_term(term(2021), world.units["linzhou"], by) == 6
    opened = VillageTeam.objects.filter(term=term(2021))
    assert world.units["community"] not in {team.village for team in opened}
    assert CadreChange.objects.filter(about="villageteam", by=by).count() == 6
    assert teams.open_term(term(2021), world.units["city"], by) == 2
    assert teams.open_term(term(2021), world.units["city"], by) == 0


def test_the_members_of_the_term_before_are_brought_over_to_be_confirmed(world: World) -> None:
    secretary, deputy, woman = usual(world, "dongshan")
    TeamMember.objects.filter(pk=woman.pk).update(left="2023-01", left_reason="age")
    Person.objects.filter(pk=deputy.person_id).update(education="2")
    teams.open_term(term(2026), world.units["dongshan"], None)
    opened = VillageTeam.objects.get(term=term(2026), village=world.units["dongshan"])
    assert opened.is_carried_over
    brought = list(opened.members.in_form_order())
    assert [row.person for row in brought] == [secretary.person, deputy.person]
    assert brought[0].has_dual_role
    assert brought[1].education == "2"  # as it is now
    assert stored(deputy).education == "4"  # as it was
    assert CadreChange.objects.filter(about="teammember", verb="added").count() == 2


def test_an_election_is_finished_when_its_members_are_confirmed(world: World) -> None:
    usual(world, "dongshan")
    teams.open_term(term(2026), world.units["dongshan"], None)
    opened = VillageTeam.objects.get(term=term(2026), village=world.units["dongshan"])
    opened.state, opened.elected_on = "finished", datetime.date(2026, 3, 1)
    with pytest.raises(ValidationError, match="confirm"):
        teams.record_election(opened, None)
    assert stored(opened).state == "not_begun"
    teams.record_election(opened, world.users["city_manager"], confirmed=True)
    kept = stored(opened)
    assert (kept.state, kept.is_carried_over, kept.version) == ("finished", False, 2)


@pytest.mark.parametrize(
    ("day", "message"), [("2026-10-03", "yet to come"), ("2020-12-31", "begin on")]
)
def test_the_day_of_an_election_lies_in_its_term(world: World, day: str, message: str) -> None:
    made = team(world, "dongshan", state="under_way", elected_on=None)
    made.state, made.elected_on = "finished", datetime.date.fromisoformat(day)
    with pytest.raises(ValidationError, match=message):
        teams.record_election(made, None)


def test_the_teams_of_a_village_are_elected_one_after_the_other(world: World) -> None:
    old, new = team(world, "dongshan", 2021), team(world, "dongshan", 2026)
    team(world, "xishan", 2026, elected_on=datetime.date(2026, 1, 10))
    day, one = datetime.date(2026, 3, 20), datetime.timedelta(days=1)
    old.elected_on = day
    with pytest.raises(ValidationError, match="next team was elected"):
        teams.record_election(old, None)
    old.elected_on = day - one
    teams.record_election(old, None)
    new = stored(new)
    new.elected_on = old.elected_on
    with pytest.raises(ValidationError, match="team before this one was elected"):
        teams.record_election(new, None)
    new.elected_on = day + one
    teams.record_election(new, None)
    assert stored(new).elected_on == day + one


def test_what_somebody_else_changed_meanwhile_is_refused(world: World) -> None:
    secretary = usual(world, "dongshan")[0]
    stale = stored(secretary)
    secretary.note = "补充"
    teams.change_member(secretary, None)
    stale.note = "别的"
    with pytest.raises(ValidationError) as refused:
        teams.change_member(stale, None)
    assert refused.value.code == "conflict"
    old = stored(secretary.team)
    newer = stored(old)
    newer.turnout = Decimal("88.5")
    teams.record_election(newer, None)
    with pytest.raises(ValidationError) as again:
        teams.record_election(old, None)
    assert again.value.code == "conflict"


def test_what_is_stored_unchanged_is_not_written_and_refuses_nobody(world: World) -> None:
    secretary = usual(world, "dongshan", turnout=Decimal("88.5"))[0]
    old, stood = stored(secretary.team), stored(secretary)
    teams.record_election(stored(old), None)
    teams.change_member(stored(secretary), None)
    assert (stored(old).version, stored(stood).version) == (old.version, stood.version)
    assert not CadreChange.objects.of(old).exists()
    assert not CadreChange.objects.of(stood).exists()
    old.turnout, stood.note = Decimal("90.1"), "补充"
    assert teams.record_election(old, None).version == old.version + 1
    assert teams.change_member(stood, None).version == stood.version + 1
    assert CadreChange.objects.of(old).get().after == {"turnout": "90.1"}
    assert CadreChange.objects.of(stood).get().after == {"note": "补充"}


def test_a_new_member_may_be_a_new_person(world: World) -> None:
    made = team(world, "dongshan")
    someone = Person(name="测新人", sex="2", birth="1991-04", education="2", political_status="01")
    row = TeamMember(team=made, person=someone, party_position="member")
    teams.add_member(row, world.users["linzhou_manager"])
    kept = stored(row)
    assert kept.person.division == world.units["dongshan"]
    assert (kept.education, kept.political_status) == ("2", "01")
    told = CadreChange.objects.filter(person=kept.person).values_list("about", flat=True)
    assert set(told) == {"person", "teammember"}


def test_a_new_member_is_not_somebody_known_unless_that_is_confirmed(world: World) -> None:
    made, by = team(world, "dongshan"), world.users["linzhou_manager"]
    known = person(world, "xishan", name="测已知", birth="1991-04", sex="2")

    def double(**says: Any) -> TeamMember:
        facts = {"name": known.name, "sex": known.sex, "birth": known.birth} | says
        return TeamMember(team=made, person=Person(**facts), party_position="member")

    with pytest.raises(ValidationError) as refused:
        teams.add_member(double(), by)
    assert [error.code for error in refused.value.error_list] == ["known"]
    assert not TeamMember.objects.filter(team=made).exists()
    teams.add_member(double(birth="1970-01"), by)
    teams.add_member(double(), by, confirmed=True)
    assert TeamMember.objects.filter(team=made).count() == 2


def test_a_second_secretary_is_refused_in_words(world: World) -> None:
    secretary = usual(world, "dongshan")[0]
    row = TeamMember(
        team=secretary.team, person=person(world, "dongshan"), party_position="secretary"
    )
    with pytest.raises(ValidationError, match="secretary already"):
        teams.add_member(row, None)


def test_who_leaves_stays_in_the_history_and_frees_the_seat(world: World) -> None:
    secretary, deputy, _woman = usual(world, "dongshan")
    teams.leave(secretary, "2023-05", "promoted", None)
    assert stored(secretary).left == "2023-05"
    deputy.party_position, deputy.since = "secretary", "2023-05"
    teams.change_member(deputy, None)
    assert deputy.team.members.in_office().secretaries().get() == deputy
    assert [change.after for change in CadreChange.objects.of(secretary)] == [
        {"left": "2023-05", "left_reason": "promoted"}
    ]


@pytest.mark.parametrize(
    ("month", "message"), [("2026-11", "yet to come"), ("2021-02", "nobody left it before")]
)
def test_nobody_leaves_in_a_month_to_come_nor_before_the_election(
    world: World, month: str, message: str
) -> None:
    secretary = usual(world, "dongshan")[0]
    with pytest.raises(ValidationError, match=message) as refused:
        teams.leave(secretary, month, "resigned", None)
    assert list(refused.value.message_dict) == ["left"]
    assert teams.leave(stored(secretary), "2021-03", "resigned", None).left == "2021-03"


def test_members_of_a_term_that_is_over_left_with_it(world: World) -> None:
    secretary = usual(world, "dongshan", 2021)[0]
    usual(world, "dongshan", 2026)
    with pytest.raises(ValidationError, match="over"):
        teams.leave(secretary, "2026-04", "age", None)
    teams.leave(stored(secretary), "2026-04", "mistake", None)


def test_a_member_is_kept_in_the_village_unless_a_posting_is_held(world: World) -> None:
    free, first = world.persons["free"], world.persons["first_dongshan"]
    made = team(world, "nanping")
    for who in (free, first):
        teams.add_member(TeamMember(team=made, person=who, party_position="member"), None)
    assert stored(free).division == world.units["nanping"]
    assert stored(first).division == world.units["dongshan"]  # where the posting is
    told = CadreChange.objects.filter(about="person", row=free.pk).get()
    assert told.division == world.units["linzhou"]  # in the history of the unit that was left
    postings.end(world.postings["dongshan"], datetime.date(2026, 10, 1), "rotated", None)
    assert stored(first).division == world.units["nanping"]


def test_a_posting_comes_before_the_team(world: World) -> None:
    usual(world, "dongshan")
    who = world.persons["free"]
    made = team(world, "nanping")
    teams.add_member(TeamMember(team=made, person=who, party_position="member"), None)
    kind = PostingKind.objects.get(code="first_secretary")
    postings.appoint(
        Posting(person=who, kind=kind, division=world.units["beiping"],
                organization=who.organization, start=datetime.date(2026, 10, 1)),
        None,
    )  # fmt: skip
    assert stored(who).division == world.units["beiping"]


def test_a_team_to_be_elected_moves_nobody_yet(world: World) -> None:
    made = team(world, "nanping", 2026, state="under_way", elected_on=None)
    who = world.persons["free"]
    teams.add_member(TeamMember(team=made, person=who, party_position="member"), None)
    assert stored(who).division == world.units["linzhou"]
    made = stored(made)
    made.state, made.elected_on = "finished", datetime.date(2026, 9, 1)
    teams.record_election(made, None)
    assert stored(who).division == world.units["nanping"]


def test_the_teams_of_many_villages_are_made_where_there_are_none(world: World) -> None:
    old = usual(world, "dongshan")
    made = put_teams(term(2021), [world.units["dongshan"], world.units["xishan"]], None)
    assert made[world.units["dongshan"].pk] == old[0].team
    xishan = made[world.units["xishan"].pk]
    assert CadreChange.objects.of(xishan).get().verb == "added"
    new = [
        TeamMember(team=xishan, person=person(world, "linzhou"), party_position="secretary"),
        TeamMember(team=xishan, person=person(world, "linzhou"), committee_position="director"),
    ]
    assert check_members(new, stored=[]) == {}


def test_rows_that_cannot_stand_together_are_named(world: World) -> None:
    kept = usual(world, "dongshan")
    rows = [
        TeamMember(team=kept[0].team, person=person(world, "dongshan"), party_position="secretary"),
        TeamMember(team=kept[0].team, person=kept[1].person, committee_position="member"),
        TeamMember(team=kept[0].team, person=person(world, "dongshan"), party_position="member",
                   political_status="13"),
        TeamMember(team=kept[0].team, person=person(world, "dongshan"), party_position="member"),
    ]  # fmt: skip
    assert sorted(check_members(rows, stored=kept)) == [0, 1, 2]


def test_a_team_is_assessed_in_one_saving(world: World) -> None:
    secretary, deputy, _woman = usual(world, "dongshan")
    by = world.users["linzhou_manager"]
    given = {secretary.pk: Assessed("12345678"), deputy.pk: Assessed("134")}
    assert standards.assess(secretary.team, 2025, given, by) == 2
    made = StandardAssessment.objects.get(person=secretary.person)
    assert (made.standard, made.is_met, made.division) == (
        "secretary",
        True,
        world.units["dongshan"],
    )
    other = StandardAssessment.objects.get(person=deputy.person)
    assert (other.standard, other.met, other.is_met) == ("member", "134", False)
    again = {secretary.pk: Assessed("12345678", 1), deputy.pk: Assessed("1345", 1)}
    assert standards.assess(secretary.team, 2025, again, by) == 1


def test_an_assessment_of_which_another_was_quicker_saves_nothing(world: World) -> None:
    secretary, deputy, _woman = usual(world, "dongshan")
    standards.assess(secretary.team, 2025, {deputy.pk: Assessed("1")}, None)
    given = {secretary.pk: Assessed("12"), deputy.pk: Assessed("2")}
    with pytest.raises(ValidationError) as refused:
        standards.assess(secretary.team, 2025, given, None)
    assert refused.value.code == "conflict"
    assert StandardAssessment.objects.get().met == "1"


@pytest.mark.parametrize("year", [2020, 2027])
def test_only_years_of_the_term_that_have_begun_are_assessed(world: World, year: int) -> None:
    secretary = usual(world, "dongshan")[0]
    with pytest.raises(ValidationError, match="no year"):
        standards.assess(secretary.team, year, {secretary.pk: Assessed("1")}, None)


def test_a_team_is_assessed_until_its_own_village_elects_the_next(world: World) -> None:
    secretary = usual(world, "dongshan")[0]
    usual(world, "shiqiao", 2026)
    following = team(world, "dongshan", 2026, state="under_way", elected_on=None)
    assert max(standards.years_of(secretary.team)) == 2026
    VillageTeam.objects.filter(pk=following.pk).update(
        state="finished", elected_on=datetime.date(2026, 3, 20)
    )
    assert max(standards.years_of(secretary.team)) == 2025


def test_only_members_of_the_villages_are_read_and_no_secret_of_anybody(world: World) -> None:
    for unit in ("dongshan", "xishan"):
        usual(world, unit)
    with CaptureQueriesContext(connection) as asked:
        teams.open_term(term(2026), world.units["dongshan"], None)
    rows = [one["sql"] for one in asked if 'FROM "cadres_teammember"' in one["sql"]]
    assert rows
    assert all('"village_id" IN' in sql for sql in rows)
    assert not any("identity_number" in sql for sql in rows)


def test_a_member_brought_over_twice_is_there_once(world: World) -> None:
    member(world, team(world, "dongshan"), "secretary", "director")
    teams.open_term(term(2026), world.units["dongshan"], None)
    teams.open_term(term(2026), world.units["dongshan"], None)
    assert TeamMember.objects.filter(team__term=term(2026)).count() == 1


@pytest.mark.parametrize("verb", ["add", "change", "leave", "elect"])
def test_the_person_is_held_before_the_team(world: World, verb: str) -> None:
    secretary = usual(world, "dongshan")[0]
    row = TeamMember.objects.select_related("team__village", "person").get(pk=secretary.pk)
    new = TeamMember(team=row.team, person=world.persons["free"], committee_position="member")
    verbs = {
        "add": lambda: teams.add_member(new, None),
        "change": lambda: teams.change_member(row, None),
        "leave": lambda: teams.leave(row, "2026-01", "resigned", None),
        "elect": lambda: teams.record_election(row.team, None),
    }
    with CaptureQueriesContext(connection) as seen:
        verbs[verb]()
    asked = [re.search(r'^SELECT .*? FROM "(\w+)"', query["sql"]) for query in seen]
    tables = list(dict.fromkeys(found[1] for found in asked if found))
    wanted = ["villages_division", "cadres_person", "cadres_villageteam"]
    assert [table for table in tables if table in wanted] == wanted
