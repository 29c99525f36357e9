"""The roster of first secretaries: out in the official form, and in from it."""

import datetime
import json
from typing import Any

import openpyxl
import pytest
from django.utils import translation

from accounts.models import AccessLog
from cadres.actions import postings, teams
from cadres.models import (
    CadreChange,
    Organization,
    OrganizationBinding,
    Person,
    Posting,
    TeamMember,
)
from cadres.models.words import Rank
from cadres.sheets import FirstSecretarySheet as Sheet
from spreadsheets import actions
from spreadsheets.errors import Refused, Stale
from spreadsheets.models import Batch, BatchRow
from tests.cadres.appointing import bind_all
from tests.cadres.people import PHONES
from tests.cadres.rosters import (
    FIRST,
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
from tests.cadres.teams import team
from tests.spreadsheets.files import edited
from tests.world import World

OFFICIAL = [
    *(
        "序号",
        "县（市、区）",
        "乡（镇、街道）",
        "派驻村",
        "村类型",
        "姓名",
        "性别",
        "民族",
        "出生年月",
    ),
    *("政治面貌", "入党时间", "学历", "学位", "身份", "选派单位", "单位层级", "职务", "职级"),
    *("任职时间", "拟到期时间", "轮换批次", "是否退出领导职务干部", "联系电话", "备注"),
]


@pytest.fixture(autouse=True)
def _english(_on_the_day: None) -> Any:
    with translation.override("en"):
        yield


@pytest.fixture
def city(world: World) -> Any:
    return world.users["city_manager"]


def first(*told: dict[str, Any]) -> bytes:
    return rows(*told, of=FIRST)


def page_of(content: bytes) -> Any:
    import io

    return openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]


def test_it_leaves_in_the_official_form_and_comes_back_as_no_change(
    world: World, city: Any
) -> None:
    content = exported(Sheet, city)
    page = page_of(content)
    shown = [cell.value for cell in page[header_row(page)] if cell.value]
    assert shown[: len(OFFICIAL)] == OFFICIAL
    assert page["A1"].value == "驻村第一书记花名册（截至2026年10月2日）"
    batch = check(Sheet, content, city)
    assert (batch.errors, batch.warnings, counts(batch)) == ([], [], (0, 0, 3))


def test_telephones_leave_masked_and_the_mask_changes_nothing(world: World, city: Any) -> None:
    person = world.persons["first_dongshan"]
    Person.objects.filter(pk=person.pk).update(phone="13812345678")
    content = exported(Sheet, city)
    page = page_of(content)
    row = [cell.value for cell in page[row_of(page, person.name)]]
    assert "138****5678" in row
    assert "13812345678" not in row
    assert counts(check(Sheet, content, city)) == (0, 0, 3)
    clear = page_of(exported(Sheet, city, reveal=True))
    assert "13812345678" in [cell.value for cell in clear[row_of(clear, person.name)]]


def test_a_new_holder_of_a_vacant_village_is_a_person_and_a_posting(
    world: World, city: Any
) -> None:
    batch = apply(Sheet, first({}), city)
    posting = Posting.objects.get(division=world.units["nanping"])
    person = Person.objects.get(pk=posting.person_id)
    assert (person.name, person.ethnicity, person.education) == ("样九", "汉族", "2")
    assert (person.division, person.phone) == (world.units["nanping"], "13800001234")
    assert posting.start == datetime.date(2026, 9, 1)
    assert posting.planned_end == datetime.date(2028, 8, 31)
    assert posting.organization == world.organizations["agriculture"]
    assert posting.seat_number == 1
    noted = CadreChange.objects.filter(batch=batch.pk)
    assert sorted(noted.values_list("about", "verb")) == [
        ("organizationbinding", "added"),
        ("person", "added"),
        ("posting", "added"),
    ]
    assert {change.reason for change in noted} == {"已核对"}
    actions.undo(Sheet, batch.pk, city)
    assert not Person.objects.filter(pk=person.pk).exists()
    assert not Posting.objects.filter(division=world.units["nanping"]).exists()


def test_what_is_put_right_in_the_file_is_changed_and_undone(world: World, city: Any) -> None:
    def change(page: Any) -> None:
        set_cell(page, "示一山", "拟到期时间", "2027年6月")
        set_cell(page, "示一山", "联系电话", "138-1111-2222")
        set_cell(page, "示一山", "学历", "研究生")

    content = edited(exported(Sheet, city), change)
    batch = check(Sheet, content, city)
    assert (batch.errors, counts(batch)) == ([], (0, 1, 2))
    actions.apply(Sheet, batch.pk, city)
    posting = Posting.objects.get(pk=world.postings["dongshan"].pk)
    person = Person.objects.get(pk=posting.person_id)
    assert posting.planned_end == datetime.date(2027, 6, 30)
    assert (person.phone, person.education) == ("13811112222", "1")
    assert (posting.version, person.version) == (2, 2)
    actions.undo(Sheet, batch.pk, city)
    posting.refresh_from_db()
    person = Person.objects.get(pk=person.pk)
    assert posting.planned_end == datetime.date(2026, 12, 31)
    assert (person.phone, person.education) == (PHONES["first_dongshan"], "2")


def test_the_level_of_office_follows_other_words_unless_somebody_chose_it(
    world: World, city: Any
) -> None:
    chosen = world.persons["first_xishan"]
    Person.objects.filter(pk=chosen.pk).update(rank_level=Rank.CLERK)

    def change(page: Any) -> None:
        set_cell(page, "示一山", "职级", "一级调研员")
        set_cell(page, "示二山", "职级", "一级调研员")

    batch = apply(Sheet, edited(exported(Sheet, city), change), city)
    one = world.persons["first_dongshan"]
    stood = one.rank_level
    one.refresh_from_db()
    chosen.refresh_from_db()
    assert (stood, one.rank_level) == (Rank.DEPUTY_SECTION, Rank.DIVISION)
    assert chosen.rank_level == Rank.CLERK
    actions.undo(Sheet, batch.pk, city)
    one.refresh_from_db()
    assert one.rank_level == stood


def test_a_cell_changed_on_both_sides_is_put_to_the_user(world: World, city: Any) -> None:
    content = edited(exported(Sheet, city), lambda p: set_cell(p, "示一山", "职务", "科长"))
    Person.objects.filter(name="示一山").update(position="副科长")
    batch = check(Sheet, content, city)
    assert batch.conflicts == 1
    with pytest.raises(Refused, match="decide"):
        actions.apply(Sheet, batch.pk, city, confirmed=True)


def test_a_new_holder_ends_the_posting_of_the_old_one_once_confirmed(
    world: World, city: Any
) -> None:
    batch = check(Sheet, first({"派驻村": "东山村"}), city)
    assert (batch.errors, counts(batch)) == ([], (1, 0, 0))
    assert "示一山" in batch.warnings[0]["message"]
    with pytest.raises(Refused, match="warnings"):
        actions.apply(Sheet, batch.pk, city)
    actions.apply(Sheet, batch.pk, city, confirmed=True)
    old = Posting.objects.get(pk=world.postings["dongshan"].pk)
    new = Posting.objects.get(division=world.units["dongshan"], end=None)
    assert (old.end, old.end_reason) == (datetime.date(2026, 8, 31), "rotated")
    assert new.predecessor == old
    actions.undo(Sheet, batch.pk, city)
    old.refresh_from_db()
    assert (old.end, old.end_reason) == (None, "")


def swapped() -> bytes:
    one = {"派驻村": "西山村", "姓名": "示一山", "出生年月": "1984.05", "任职时间": "2026.10"}
    other = {"派驻村": "东山村", "姓名": "示二山", "性别": "女", "出生年月": "1990.11",
             "任职时间": "2026.10", "选派单位": "测试林州市水利局"}  # fmt: skip
    return first(one | {"联系电话": None}, other | {"联系电话": None})


def test_two_rows_exchange_two_holders_in_one_import(world: World, city: Any) -> None:
    batch = apply(Sheet, swapped(), city)
    for village, person in (("dongshan", "first_xishan"), ("xishan", "first_dongshan")):
        now = Posting.objects.get(division=world.units[village], end=None)
        assert now.person == world.persons[person]
        assert now.predecessor == world.postings[village]
        ended = Posting.objects.get(pk=world.postings[village].pk)
        assert (ended.end, ended.end_reason) == (datetime.date(2026, 9, 30), "swapped")
        assert Person.objects.get(pk=now.person_id).division == world.units[village]
    actions.undo(Sheet, batch.pk, city)
    assert Posting.objects.count() == len(world.postings)
    for village in ("dongshan", "xishan"):
        holder = Posting.objects.get(division=world.units[village], seat="first_secretary")
        assert (holder, holder.end) == (world.postings[village], None)


def test_who_holds_another_posting_that_no_row_passes_on_is_an_error(
    world: World, city: Any
) -> None:
    row = {"姓名": "示一山", "出生年月": "1984.05", "联系电话": None}
    batch = check(Sheet, first(row), city)
    (error,) = batch.errors
    assert error["cell"] == "C4"
    assert "东山村" in error["message"]


def test_an_import_cannot_be_undone_once_something_touched_its_rows(
    world: World, city: Any
) -> None:
    batch = apply(Sheet, first({}), city)
    posting = Posting.objects.get(division=world.units["nanping"])
    CadreChange.note(posting, posting.division, city, batch.applied_at, {"note": "."})
    with pytest.raises(Stale) as stale:
        actions.undo(Sheet, batch.pk, city)
    assert "样九" in stale.value.reasons[0]
    assert Posting.objects.filter(pk=posting.pk).exists()


def test_what_changed_since_the_preview_is_told_and_nothing_is_written(
    world: World, city: Any
) -> None:
    content = edited(exported(Sheet, city), lambda p: set_cell(p, "示一山", "备注", "先进"))
    batch = check(Sheet, content, city)
    Posting.objects.filter(pk=world.postings["dongshan"].pk).update(note="别的")
    with pytest.raises(Stale) as stale:
        actions.apply(Sheet, batch.pk, city)
    assert "示一山" in stale.value.reasons[0]


BAD = {
    "出生年月": (1978.1, "January"),
    "入党时间": ("不详", "month"),
    "学历": ("专升本", "known here"),
    "政治面貌": ("党团员", "known here"),
    "联系电话": ("1380000", "mobile"),
    "派驻村": ("无此村", "name"),
    "任职时间": (None, "since when"),
    "拟到期时间": ("2025.01", "planned end"),
    "选派单位": ("新设的办公室", "单位层级"),
    "姓名": (None, "name"),
}


@pytest.mark.parametrize("label", BAD)
def test_each_bad_cell_is_named(world: World, city: Any, label: str) -> None:
    value, words = BAD[label]
    batch = check(Sheet, first({label: value}), city)
    (error,) = batch.errors
    place = list(FIRST).index(label)
    assert error["cell"] == f"{'ABCDEFGHIJKLMNOPQ'[place]}4"
    assert words in error["message"]
    assert not Person.objects.filter(name="样九").exists()


def test_no_table_of_an_import_tells_a_telephone(world: World, city: Any) -> None:
    wrong = check(Sheet, first({"联系电话": "13800001234567"}), city)
    assert "1380000" not in json.dumps([wrong.errors, wrong.warnings], ensure_ascii=False)
    batch = check(Sheet, first({}), city)
    kept = json.dumps(list(BatchRow.objects.filter(batch=batch).values("before", "after")))
    assert "13800001234" not in kept
    assert "gAAAA" in kept


def test_a_party_member_is_taken_for_a_full_one_only_once_confirmed(
    world: World, city: Any
) -> None:
    batch = check(Sheet, first({"政治面貌": "党员"}), city)
    assert (batch.errors, cells(batch.warnings)) == ([], {"G4"})


def test_an_organisation_that_is_new_is_added_once_confirmed(world: World, city: Any) -> None:
    batch = check(Sheet, first({"选派单位": "新设的办公室", "单位层级": "县派"}), city)
    assert (batch.errors, len(batch.warnings)) == ([], 1)
    actions.apply(Sheet, batch.pk, city, confirmed=True)
    made = Organization.objects.get(name="新设的办公室")
    assert (made.level, made.division) == ("county", world.units["linzhou"])
    assert Posting.objects.get(division=world.units["nanping"]).organization == made
    actions.undo(Sheet, batch.pk, city)
    assert not Organization.objects.filter(pk=made.pk).exists()


def test_somebody_of_a_known_name_without_a_birth_is_nobody_silently(
    world: World, city: Any
) -> None:
    batch = check(Sheet, first({"姓名": "示八闲", "性别": "女", "出生年月": None}), city)
    (error,) = batch.errors
    assert error["cell"] == "C4"


def test_a_retired_cadre_outside_weak_villages_is_to_be_confirmed(world: World, city: Any) -> None:
    told = {"是否退职干部": "√", "村类型": "其他", "职务": "科员", "职级": "一级科员"}
    batch = check(Sheet, first(told), city)
    assert batch.errors == []
    assert len(batch.warnings) == 2
    actions.apply(Sheet, batch.pk, city, confirmed=True)
    posting = Posting.objects.get(division=world.units["nanping"])
    assert posting.kind.code == "retired_first_secretary"


def test_two_rows_about_one_village_are_both_named(world: World, city: Any) -> None:
    batch = check(Sheet, first({}, {"姓名": "样十二"}), city)
    assert any("4" in error["message"] and error["cell"] == "B5" for error in batch.errors)


def test_another_county_is_told_beside_all_else_and_noted(world: World) -> None:
    user = world.users["linzhou_manager"]
    theirs = {"乡（镇、街道）": "白道口镇", "派驻村": "石桥村"}
    batch = check(Sheet, first(theirs, {"学历": "很高"}), user)
    assert (batch.state, batch.writes) == (Batch.State.WRONG, 0)
    assert [error["cell"] for error in batch.errors] == ["B4", "I5"]
    assert "not yours" in batch.errors[0]["message"]
    # The row is named by its unit, not by the person whom it is about.
    line = AccessLog.objects.get(action="refused", user=user)
    assert "(白道口镇石桥村)" in str(line.detail)
    assert counts(check(Sheet, exported(Sheet, user), user)) == (0, 0, 2)


def test_a_county_takes_in_its_own_villages(world: World) -> None:
    user = world.users["linzhou_manager"]
    apply(Sheet, first({"选派单位": "测试林州市水利局"}), user)
    assert Posting.objects.filter(division=world.units["nanping"]).exists()


def test_who_sends_a_new_one_is_bound_to_the_village_until_the_import_is_undone(
    world: World, city: Any
) -> None:
    bind_all(world)
    before = list(OrganizationBinding.objects.order_by("pk").values("pk", "until"))
    sender = {"派驻村": "东山村", "选派单位": "测试市文化广电局"}
    batch = check(Sheet, first(sender), city)
    actions.apply(Sheet, batch.pk, city, confirmed=True)
    of_dongshan = OrganizationBinding.objects.filter(village=world.units["dongshan"])
    old, new = of_dongshan.order_by("since")
    assert old.until == datetime.date(2026, 8, 31)
    assert (new.organization, new.until) == (world.organizations["culture"], None)
    actions.undo(Sheet, batch.pk, city)
    assert list(OrganizationBinding.objects.order_by("pk").values("pk", "until")) == before


def test_an_import_undone_leaves_everybody_where_they_serve_by_then(
    world: World, city: Any
) -> None:
    person = world.persons["free"]
    known = {"姓名": person.name, "性别": "女", "出生年月": "1988.12"}
    batch = apply(Sheet, first(known | {"选派单位": "测试林州市水利局"}), city)
    person.refresh_from_db()
    assert person.division == world.units["nanping"]
    joined = TeamMember(
        team=team(world, "nanping"), person=person, committee_position="member", since="2021-03"
    )
    teams.add_member(joined, None)
    actions.undo(Sheet, batch.pk, city)
    person.refresh_from_db()
    assert not person.postings.exists()
    assert person.division == world.units["nanping"]


def test_the_roster_of_today_leaves_out_whoever_is_yet_to_come_and_comes_back_unchanged(
    world: World, city: Any
) -> None:
    today, after = datetime.date(2026, 10, 2), datetime.date(2026, 11, 1)
    postings.exchange(world.postings["dongshan"], world.postings["xishan"], after, city)
    assert Posting.objects.filter(start__gt=today).count() == 2
    content = exported(Sheet, city)
    batch = check(Sheet, content, city)
    assert (batch.errors, counts(batch)) == ([], (0, 0, 3))


@pytest.mark.parametrize(
    ("says", "told"),
    [
        ({"出生年月": "2030.01", "入党时间": None}, {"F4": "yet to come"}),
        ({"出生年月": "2030.01"}, {"F4": "yet to come"}),
        ({"入党时间": "2030.01"}, {"H4": "yet to come"}),
        ({"出生年月": "2030.01", "入党时间": "2030.02"}, {"F4": "to come", "H4": "to come"}),
        ({"入党时间": "1985.01"}, {"H4": "before being born"}),
        ({"任职时间": "1985.01"}, {"N4": "before being born"}),
        ({"出生年月": "1850.05"}, {"F4": "1900 to 2099"}),
        ({"出生年月": "1900.05"}, {}),
    ],
)
def test_a_roster_asks_of_a_person_what_the_page_asks(
    world: World, city: Any, says: dict[str, Any], told: dict[str, str]
) -> None:
    found = {one["cell"]: one["message"] for one in check(Sheet, first(says), city).errors}
    assert found.keys() == told.keys()
    assert all(words in found[cell] for cell, words in told.items())


def test_a_birth_that_is_put_into_the_future_is_refused_of_who_is_known(
    world: World, city: Any
) -> None:
    name = world.persons["first_xishan"].name
    content = edited(
        exported(Sheet, city), lambda page: set_cell(page, name, "出生年月", "2030.01")
    )
    row = row_of(page_of(content), name)
    (error,) = check(Sheet, content, city).errors
    assert (error["cell"], error["message"]) == (f"I{row}", "This month is yet to come.")


def test_a_start_before_birth_is_said_at_its_cell(world: World, city: Any) -> None:
    told = {"出生年月": "1985.03", "入党时间": "", "拟到期时间": ""}
    batch = check(Sheet, first(told | {"任职时间": "1980.09"}), city)
    assert [error["value"] for error in batch.errors] == ["1980.09"]
    assert "before being born" in batch.errors[0]["message"]
    assert counts(check(Sheet, first(told | {"任职时间": "2026.09"}), city)) == (1, 0, 0)


@pytest.mark.parametrize(
    ("label", "value", "words"),
    [
        ("任职时间", "2027.05", "serves today"),
        ("拟到期时间", "2088.05", "more than 48 months"),
        ("拟到期时间", "2028.12", ""),
    ],
)
def test_days_that_are_doubtful_are_to_be_confirmed(
    world: World, city: Any, label: str, value: str, words: str
) -> None:
    name = world.persons["first_shiqiao"].name

    def change(page: Any) -> None:
        set_cell(page, name, "拟到期时间", "2028.12")
        set_cell(page, name, label, value)

    content = edited(exported(Sheet, city), change)
    row, letter = row_of(page_of(content), name), {"任职时间": "S", "拟到期时间": "T"}[label]
    batch = check(Sheet, content, city)
    assert (batch.errors, batch.changed) == ([], 1)
    told = {one["cell"]: one["message"] for one in batch.warnings}
    assert told.keys() == ({f"{letter}{row}"} if words else set())
    assert all(words in message for message in told.values())
    batch = check(Sheet, first({"拟到期时间": "2088.05"}), city)
    assert "more than 48 months" in next(one["message"] for one in batch.warnings)
    batch = check(Sheet, first({"任职时间": "2027.11", "拟到期时间": "2028.05"}), city)
    assert any("more than a year ahead" in one["message"] for one in batch.warnings)


def test_another_type_of_the_village_is_named_as_not_taken_over(world: World, city: Any) -> None:
    name = world.persons["first_xishan"].name
    content = edited(
        exported(Sheet, city), lambda page: set_cell(page, name, "村类型", "软弱涣散村")
    )
    batch = check(Sheet, content, city)
    assert (batch.warnings, counts(batch)) == ([], (0, 0, 3))
    assert batch.unread == ["村类型 (E, 1 cell changed)"]
    assert check(Sheet, exported(Sheet, city), city).unread == []


@pytest.mark.parametrize(
    ("says", "cell"),
    [
        ({"县（市、区）": "滑县"}, "A4"),
        ({"县（市、区）": "无此县"}, "A4"),
        ({"县（市、区）": "林州市", "派驻村": "无此村"}, "C4"),
    ],
)
def test_another_county_is_told_at_its_cell_where_the_rest_fits(
    world: World, city: Any, says: dict[str, Any], cell: str
) -> None:
    line = {"县（市、区）": "林州市"} | FIRST
    (error,) = check(Sheet, rows(says, of=line), city).errors
    assert error["cell"] == cell


def test_nothing_is_doubted_about_days_of_which_one_is_wrong(world: World, city: Any) -> None:
    def doubted(start: str) -> set[str]:
        batch = check(Sheet, first({"任职时间": start, "拟到期时间": "2036.08"}), city)
        assert bool(batch.errors) == (start == "1900.01")
        return {one["message"] for one in batch.warnings if "planned end" in one["message"]}

    assert len(doubted("2026.09")) == 1
    assert doubted("1900.01") == set()
