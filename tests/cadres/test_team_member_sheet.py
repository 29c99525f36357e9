"""The roster of village teams: out in the official form, and in from it."""

import io
import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.utils import translation

from cadres.models import CadreChange, Person, StandardAssessment, TeamMember, VillageTeam
from cadres.sheets import TeamMemberSheet as Sheet
from spreadsheets import actions, marking
from spreadsheets.errors import Refused, Stale
from spreadsheets.models import BatchRow
from tests.cadres import teams
from tests.cadres.people import number_of
from tests.cadres.rosters import (
    MEMBER,
    apply,
    cells,
    check,
    counts,
    exported,
    header_row,
    row_of,
    rows,
    set_cell,
)
from tests.cadres.rosters import columns as columns_of
from tests.spreadsheets.files import edited
from tests.world import World

NUMBER = number_of("1980-02", "2", 31)


@pytest.fixture(autouse=True)
def _english(_on_the_day: None) -> Any:
    with translation.override("en"):
        yield


@pytest.fixture
def team(world: World) -> list[TeamMember]:
    """Three members in 东山村, elected in 2021."""
    return teams.usual(world, "dongshan")


@pytest.fixture
def city(world: World, team: Any) -> Any:
    return world.users["city_manager"]


def members(*told: dict[str, Any]) -> bytes:
    return rows(*told, of=MEMBER)


def test_it_leaves_with_two_rows_of_header_and_comes_back_as_no_change(city: Any) -> None:
    content = exported(Sheet, city)
    page = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    groups = [cell.value for cell in page[header_row(page) - 1] if cell.value]
    assert [name for name in groups if name in ("基本情况", "任职情况", "其他")] == [
        "基本情况",
        "任职情况",
        "其他",
    ]
    batch = check(Sheet, content, city)
    assert (batch.errors, batch.warnings, counts(batch)) == ([], [], (0, 0, 3))


def test_members_go_in_with_persons_team_and_history_and_out_again(world: World, city: Any) -> None:
    second = {
        "姓名": "样十二",
        "出生年月": "1990.07",
        "党组织职务": None,
        "村委会职务": "委员",
        "政治面貌": "群众",
        "入党时间": None,
        "是否退役军人": "√",
    }
    batch = apply(Sheet, members({"身份证号": NUMBER}, second), city)
    team = VillageTeam.objects.get(village=world.units["nanping"])
    one, other = TeamMember.objects.filter(team=team).order_by("pk")
    assert one.has_dual_role
    assert (one.education, one.political_status, one.since) == ("3", "01", "2021-03")
    assert (other.committee_position, other.is_veteran) == ("member", True)
    person = Person.objects.get(pk=one.person_id)
    assert (person.identity_number, person.division) == (NUMBER, world.units["nanping"])
    assert person.education == "3"
    noted = CadreChange.objects.filter(batch=batch.pk)
    assert sorted(noted.values_list("about", flat=True)) == [
        *("person", "person", "teammember", "teammember", "villageteam")
    ]
    assert counts(check(Sheet, exported(Sheet, city), city)) == (0, 0, 5)
    actions.undo(Sheet, batch.pk, city)
    assert TeamMember.objects.count() == 3
    assert not Person.objects.filter(pk=person.pk).exists()
    assert not VillageTeam.objects.filter(pk=team.pk).exists()


def test_identity_numbers_stand_nowhere_in_clear(city: Any) -> None:
    batch = check(Sheet, members({"身份证号": NUMBER}), city)
    kept = json.dumps(list(BatchRow.objects.filter(batch=batch).values("before", "after")))
    assert NUMBER not in kept
    wrong = NUMBER[:-1] + ("1" if NUMBER[-1] != "1" else "2")
    batch = check(Sheet, members({"身份证号": wrong}), city)
    (error,) = batch.errors
    assert wrong not in json.dumps(error)
    assert error["value"] == "＊＊"


@pytest.mark.parametrize(
    ("written", "words"),
    [("410522198002310000", "lost"), (410522198002310000, "digits"), ("41052219800231", "18")],
)
def test_a_bad_identity_number_is_told_what_is_wrong(city: Any, written: Any, words: str) -> None:
    (error,) = check(Sheet, members({"身份证号": written}), city).errors
    assert words in error["message"]


def test_what_follows_from_the_positions_is_only_compared(world: World, city: Any) -> None:
    told = {"是否“一肩挑”": "否", "是否交叉任职": "是", "任职年限": 9}
    batch = check(Sheet, members(told), city)
    assert batch.errors == []
    assert len(batch.warnings) == 2
    assert cells(batch.warnings) == {"L4", "N4"}


def test_both_positions_in_one_cell_are_taken_once_confirmed(world: World, city: Any) -> None:
    batch = check(Sheet, members({"党组织职务": "书记兼主任", "村委会职务": None}), city)
    assert (batch.errors, len(batch.warnings)) == ([], 1)
    actions.apply(Sheet, batch.pk, city, confirmed=True)
    assert TeamMember.objects.get(team__village=world.units["nanping"]).has_dual_role


def test_a_team_has_one_secretary(world: World, city: Any) -> None:
    batch = check(Sheet, members({}, {"姓名": "样十二", "村委会职务": None}), city)
    assert {error["cell"] for error in batch.errors} == {"I4", "I5"}


def test_a_seat_passes_from_one_member_to_another(
    world: World, city: Any, team: list[TeamMember]
) -> None:
    secretary, deputy = team[0], team[1]

    def change(page: Any) -> None:
        set_cell(page, secretary.person.name, "党组织职务", "副书记")
        set_cell(page, deputy.person.name, "党组织职务", "书记")

    batch = apply(Sheet, edited(exported(Sheet, city), change), city)
    assert batch.changed == 2
    deputy.refresh_from_db()
    assert (deputy.party_position, deputy.left) == ("secretary", "")
    actions.undo(Sheet, batch.pk, city)
    secretary.refresh_from_db()
    assert secretary.party_position == "secretary"


def test_who_is_in_the_team_and_not_in_the_file_stays_and_is_named(
    world: World, city: Any, team: list[TeamMember]
) -> None:
    row = {"村名": "东山村", "党组织职务": "委员", "村委会职务": None}
    batch = check(Sheet, members(row), city)
    assert batch.errors == []
    named = " ".join(warning["message"] for warning in batch.warnings)
    assert all(member.person.name in named for member in team)


def test_a_member_without_any_position_is_an_error(city: Any) -> None:
    batch = check(Sheet, members({"党组织职务": None, "村委会职务": None}), city)
    assert len(batch.errors) == 1


@pytest.mark.parametrize(
    ("says", "told"),
    [
        ({"任现职时间": "2030.01"}, {"K4": "yet to come"}),
        ({"任现职时间": "1960.01"}, {"K4": "before being born"}),
        ({"出生年月": "2030.05", "入党时间": None}, {"E4": "yet to come"}),
        ({"政治面貌": "群众"}, {"I4": "party member"}),
        ({"任现职时间": "2021.03"}, {}),
    ],
)
def test_what_is_wrong_with_a_member_is_told_at_its_column(
    city: Any, says: dict[str, Any], told: dict[str, str]
) -> None:
    batch = check(Sheet, members(says), city)
    found = {one["cell"]: one["message"] for one in batch.errors}
    assert found.keys() == told.keys()
    assert all(words in found[cell] for cell, words in told.items())
    if told:
        with marking.marked(Path(batch.file.path), batch.errors, []) as file:
            page = openpyxl.load_workbook(file).worksheets[0]
        assert {cell.coordinate for row in page for cell in row if cell.comment} == told.keys()


def test_another_county_is_refused(world: World, city: Any) -> None:
    user = world.users["huaxian_reviewer"]
    user.role = "manager"
    user.save()
    batch = check(Sheet, members({}, {"出生年月": "不详"}), user)
    told = [(error["cell"], "not yours" in error["message"]) for error in batch.errors]
    assert told == [("B4", True), ("E5", False), ("B5", True)]


def test_a_file_downloaded_here_keeps_what_was_changed_here(
    world: World, city: Any, team: list[TeamMember]
) -> None:
    content = exported(Sheet, city)
    TeamMember.objects.filter(pk=team[0].pk).update(note="此处已改")
    batch = check(Sheet, content, city)
    assert counts(batch) == (0, 0, 3)
    page = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    assert row_of(page, team[0].person.name)


@pytest.fixture
def moved(world: World, team: list[TeamMember]) -> TeamMember:
    """A member in 东山村 whose record another county keeps by now."""
    person = team[0].person
    person.birth, person.studied, person.phone = "1980-05", "测试大学", "13800001234"
    person.party_joined = "2003-04"
    person.division = world.units["shiqiao"]
    person.save()
    return team[0]


def test_of_a_record_kept_elsewhere_a_roster_tells_no_more_than_the_name(
    world: World, moved: TeamMember
) -> None:
    user = world.users["linzhou_manager"]
    page = openpyxl.load_workbook(io.BytesIO(exported(Sheet, user, reveal=True))).worksheets[0]
    place, columns = row_of(page, moved.person.name), columns_of(page)
    told = {label: page.cell(place, columns[label]).value for label in columns}
    assert (told["性别"], told["党组织职务"]) == ("男", "书记")
    assert not any(told[label] for label in ("出生年月", "入党时间", "毕业院校及专业", "联系电话"))
    assert counts(check(Sheet, exported(Sheet, user), user)) == (0, 0, 3)
    city = exported(Sheet, world.users["city_manager"], reveal=True)
    page = openpyxl.load_workbook(io.BytesIO(city)).worksheets[0]
    assert page.cell(row_of(page, moved.person.name), columns["出生年月"]).value


@pytest.mark.parametrize("written", ["1980.05", "1981.06"])
def test_a_roster_writes_no_fact_into_a_record_kept_elsewhere(
    world: World, moved: TeamMember, written: str
) -> None:
    user = world.users["linzhou_manager"]

    def change(page: Any) -> None:
        set_cell(page, moved.person.name, "出生年月", written)

    (error,) = check(Sheet, edited(exported(Sheet, user), change), user).errors
    assert "Another unit" in error["message"]


def test_the_role_of_somebody_kept_elsewhere_is_written_alone(
    world: World, moved: TeamMember
) -> None:
    user = world.users["linzhou_manager"]

    def change(page: Any) -> None:
        set_cell(page, moved.person.name, "备注", "已核对")
        set_cell(page, moved.person.name, "学历", "大学")

    batch = apply(Sheet, edited(exported(Sheet, user), change), user)
    stood = Person.objects.get(pk=moved.person_id)
    moved.refresh_from_db()
    assert (moved.note, moved.education) == ("已核对", "2")
    assert (stood.birth, stood.phone, stood.education, stood.version) == (
        *("1980-05", "13800001234", moved.person.education, 1),
    )
    actions.undo(Sheet, batch.pk, user)
    moved.refresh_from_db()
    assert moved.note == ""


def test_a_row_of_another_number_is_not_silently_the_namesake_in_the_team(
    world: World, city: Any, team: list[TeamMember]
) -> None:
    person = team[1].person
    Person.objects.filter(pk=person.pk).update(birth="1980-02", sex="2")
    person.refresh_from_db()
    person.identity_number = NUMBER
    person.full_clean()
    person.save()
    row = {"姓名": person.name, "村名": "东山村", "党组织职务": "副书记", "村委会职务": None}
    other = number_of("1980-02", "2", 33)
    batch = check(Sheet, members(row | {"身份证号": other}), city)
    (error,) = batch.errors
    assert "another identity number" in error["message"]
    assert check(Sheet, members(row | {"身份证号": NUMBER}), city).errors == []


def test_a_number_put_right_in_a_row_handed_out_is_to_be_confirmed(
    world: World, city: Any, team: list[TeamMember]
) -> None:
    holder, person = team[0].person, team[1].person
    for serial, one in enumerate((holder, person)):
        one.identity_number = number_of(one.birth, one.sex, 41 + 2 * serial)
        one.full_clean()
        one.save()
    content = exported(Sheet, city)

    def said(number: str) -> Any:
        changed = edited(content, lambda page: set_cell(page, person.name, "身份证号", number))
        return check(Sheet, changed, city)

    batch = said(number_of(person.birth, person.sex, 47))
    (warning,) = batch.warnings
    assert (batch.errors, "takes its place" in warning["message"]) == ([], True)
    (error,) = said(holder.identity_number).errors
    assert "somebody of another name" in error["message"]


def test_a_workbook_with_numbers_is_let_go_of_once_it_is_applied(
    world: World, city: Any, django_capture_on_commit_callbacks: Any
) -> None:
    batch = check(Sheet, members({"身份证号": NUMBER}), city)
    path = Path(batch.file.path)
    assert path.exists()
    with django_capture_on_commit_callbacks(execute=True):
        actions.apply(Sheet, batch.pk, city, confirmed=True)
    batch.refresh_from_db()
    assert (path.exists(), bool(batch.file), batch.state) == (False, False, "applied")
    actions.undo(Sheet, batch.pk, city)
    assert TeamMember.objects.count() == 3


@pytest.fixture
def begun(world: World, team: list[TeamMember]) -> list[TeamMember]:
    """石桥村 is elected anew in 2026, and 东山村 prepares its election."""
    teams.usual(world, "shiqiao", 2021)
    teams.usual(world, "shiqiao", 2026)
    return teams.usual(world, "dongshan", 2026, state="not_begun", elected_on=None)


def names_in(content: bytes) -> set[Any]:
    page = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    place, head = columns_of(page)["姓名"], header_row(page)
    return {page.cell(row, place).value for row in range(head + 1, page.max_row + 1)} - {None}


def names_of(year: int, village: Any) -> set[str]:
    rows = TeamMember.objects.filter(team__term__year=year, team__village=village)
    return set(rows.values_list("person__name", flat=True))


def test_a_new_term_leaves_the_roster_of_those_who_serve(
    world: World, city: Any, begun: Any
) -> None:
    dongshan, shiqiao = world.units["dongshan"], world.units["shiqiao"]
    teams.term(2031)
    serving = names_of(2021, dongshan) | names_of(2026, shiqiao)
    content = exported(Sheet, city)
    assert names_in(content) == serving
    assert counts(check(Sheet, content, city)) == (0, 0, 6)
    chosen = exported(Sheet, city, period="2026")
    assert names_in(chosen) == names_of(2026, dongshan) | names_of(2026, shiqiao)
    assert counts(check(Sheet, chosen, city)) == (0, 0, 6)
    with pytest.raises(Refused, match="2027"):
        exported(Sheet, city, period="2027")


@pytest.mark.parametrize(("period", "year"), [("", 2021), ("2026", 2026)])
def test_a_row_joins_the_serving_team_or_the_begun_one_that_is_chosen(
    world: World, city: Any, begun: Any, period: str, year: int
) -> None:
    row = {"村名": "东山村", "党组织职务": "委员", "村委会职务": None}
    apply(Sheet, members(row), city, period=period)
    added = TeamMember.objects.get(person__name="样十一")
    assert (added.team.village, added.team.term.year) == (world.units["dongshan"], year)


def test_a_roster_begins_no_election(world: World, city: Any, team: Any) -> None:
    teams.usual(world, "shiqiao", 2026)
    row = members({"村名": "东山村", "党组织职务": "委员", "村委会职务": None})
    (error,) = check(Sheet, row, city, period="2026").errors
    assert "has not begun" in error["message"]
    apply(Sheet, row, city)
    assert not VillageTeam.objects.filter(village=world.units["dongshan"], term__year=2026).exists()


def test_a_file_of_one_term_is_not_taken_for_another(city: Any, begun: Any) -> None:
    with pytest.raises(Refused, match="another term"):
        check(Sheet, exported(Sheet, city), city, period="2026")


def test_an_election_finished_after_the_preview_wants_another_look(
    world: World, city: Any, begun: Any
) -> None:
    row = {"村名": "东山村", "党组织职务": "委员", "村委会职务": None}
    batch = check(Sheet, members(row), city)
    VillageTeam.objects.filter(village=world.units["dongshan"]).update(
        state="finished", elected_on="2026-03-20"
    )
    with pytest.raises(Stale):
        actions.apply(Sheet, batch.pk, city, confirmed=True)


def test_a_file_from_before_an_election_asks_before_it_brings_the_old_members_back(
    world: World, city: Any, team: list[TeamMember]
) -> None:
    content = exported(Sheet, city)
    elected = teams.team(world, "dongshan", 2026)
    teams.member(world, elected, committee="member", person=team[2].person)
    batch = check(Sheet, content, city)
    asked = [warning["message"] for warning in batch.warnings if "2026年换届" in warning["message"]]
    assert (batch.errors, batch.new, len(asked)) == ([], 2, 2)


@pytest.mark.parametrize("term", ["", "2021"])
def test_a_standard_is_told_as_last_assessed_in_the_term(
    world: World, city: Any, team: list[TeamMember], term: str
) -> None:
    lost, met, before = team
    for one, year, numbers in [
        *((lost, 2025, "12345678"), (lost, 2026, "123")),
        *((met, 2022, "123"), (met, 2024, "12345678"), (before, 2020, "12345678")),
    ]:
        StandardAssessment.objects.create(
            person=one.person, division=one.team.village, standard="member", year=year, met=numbers
        )
    page = openpyxl.load_workbook(io.BytesIO(exported(Sheet, city, period=term))).worksheets[0]
    place = columns_of(page)["是否四有四带/四好四强"]
    told = [page.cell(row_of(page, one.person.name), place).value for one in team]
    assert told == ["否", "是", "否"]
