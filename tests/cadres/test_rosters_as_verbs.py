"""A roster means what the verbs mean: whom it tells of, whom it moves, who is bound to what."""

import datetime
import json
import re
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from cadres.actions import postings
from cadres.models import CadreChange, OrganizationBinding, Person, Posting
from cadres.sheets import FirstSecretarySheet as Sheet
from cadres.sheets import WorkTeamSheet
from spreadsheets import actions
from tests.cadres.appointing import DAY, bind_all, new, someone
from tests.cadres.rosters import FIRST, apply, check, exported, rows, set_cell
from tests.cadres.teams import member, team
from tests.spreadsheets.files import edited
from tests.world import World

ONE = datetime.timedelta(days=1)
FREE = {"姓名": "示八闲", "性别": "女", "出生年月": "1988.12", "联系电话": None}
OF_COUNTY = {"选派单位": "测试林州市水利局"}


@pytest.fixture(autouse=True)
def _english(_on_the_day: None) -> Any:
    with translation.override("en"):
        yield


@pytest.fixture
def city(world: World) -> Any:
    return world.users["city_manager"]


def first(*told: dict[str, Any]) -> bytes:
    return rows(*told, of=FIRST)


def ahead_of_time(world: World, unit: str) -> None:
    """示八闲 of 林州市 is first secretary at a unit from tomorrow on."""
    posting = new(world, "free", unit, start=DAY + ONE)
    posting.take_from_kind()
    posting.seat_number = 1
    posting.save()


@pytest.mark.parametrize("unit", ["shiqiao", "nanping"])
def test_a_posting_in_another_county_is_told_without_its_village(world: World, unit: str) -> None:
    postings.end(world.postings["shiqiao"], DAY, "rotated", None)
    ahead_of_time(world, unit)
    told = FREE | OF_COUNTY | {"派驻村": "东山村"}
    batch = check(Sheet, first(told), world.users["linzhou_manager"])
    said = " ".join(error["message"] for error in batch.errors)
    assert "示八闲 is First secretary" in said
    assert ("石桥" in said, "南平" in said) == (False, unit == "nanping")


def in_row(world: World, city: Any, **says: Any) -> Any:
    """The roster as it was downloaded, with cells of 示一山 put right, applied."""
    content = exported(Sheet, city)
    for label, value in says.items():
        content = edited(content, partial(set_cell, name="示一山", label=label, value=value))
    return apply(Sheet, content, city)


def bound(world: World) -> list[Any]:
    rows = OrganizationBinding.objects.filter(village=world.units["dongshan"]).order_by("since")
    return list(rows.values_list("organization", "since", "until"))


def test_another_sender_or_start_in_the_file_rebinds_the_village(world: World, city: Any) -> None:
    bind_all(world)
    before = bound(world)
    batch = in_row(world, city, 选派单位="测试市文化广电局", 任职时间="2025.03")
    culture = world.organizations["culture"].pk
    assert bound(world) == [(culture, datetime.date(2025, 3, 1), None)]
    actions.undo(Sheet, batch.pk, city)
    assert bound(world) == before


def test_who_came_by_an_import_that_is_undone_is_told_of_no_more(world: World, city: Any) -> None:
    batch = apply(Sheet, first({"备注": "样九的家事"}), city)
    actions.undo(Sheet, batch.pk, city)
    told = CadreChange.objects.filter(batch=batch.pk)
    kept = json.dumps(list(told.values("before", "after")), ensure_ascii=False)
    assert "样九" not in kept
    assert "1985-03" not in kept
    assert sorted(told.values_list("about", "verb")) == [
        (about, verb)
        for about in ("organizationbinding", "person", "posting")
        for verb in ("added", "removed")
    ]


def test_whom_a_row_displaces_goes_back_to_the_own_village(world: World, city: Any) -> None:
    who = world.persons["first_dongshan"]
    member(world, team(world, "xishan"), committee="member", person=who)
    batch = apply(Sheet, first({"派驻村": "东山村"}), city)
    assert Person.objects.get(pk=who.pk).division == world.units["xishan"]
    actions.undo(Sheet, batch.pk, city)
    assert Person.objects.get(pk=who.pk).division == world.units["dongshan"]


def test_the_home_of_a_person_is_to_be_confirmed(world: World, city: Any) -> None:
    Person.objects.filter(pk=world.persons["free"].pk).update(home=world.units["hejian"])
    batch = check(Sheet, first(FREE | OF_COUNTY), city)
    assert batch.errors == []
    assert ["合涧" in told["message"] for told in batch.warnings].count(True) == 1


@pytest.mark.parametrize(("capacity", "full"), [(1, [4, 5]), (2, [5]), (3, [])])
def test_an_organisation_that_sends_too_many_is_to_be_confirmed(
    world: World, city: Any, capacity: int, full: list[int]
) -> None:
    water = world.organizations["linzhou_water"]  # which sends 示二山 to 西山村
    type(water).objects.filter(pk=water.pk).update(capacity=capacity)
    another = {"姓名": "样十二", "派驻村": "北平村", "乡（镇、街道）": "临淇镇"}
    batch = check(Sheet, first(OF_COUNTY, OF_COUNTY | another), city)
    assert batch.errors == []
    said = [told["cell"] for told in batch.warnings if str(capacity) in told["message"]]
    assert said == [f"K{row}" for row in full]


def test_units_and_persons_are_held_before_what_an_import_wrote(world: World, city: Any) -> None:
    batch = apply(Sheet, first({}), city)
    with CaptureQueriesContext(connection) as seen:
        actions.undo(Sheet, batch.pk, city)
    asked = [re.search(r'^SELECT "\w+"\."id".*? FROM "(\w+)"', query["sql"]) for query in seen]
    tables = list(dict.fromkeys(found[1] for found in asked if found))
    wanted = ["villages_division", "cadres_person", "cadres_posting"]
    assert [table for table in tables if table in wanted] == wanted
    assert tables.index("cadres_posting") < tables.index("cadres_organizationbinding")


SEPTEMBER = datetime.date(2026, 9, 1)


def chain() -> set[tuple[Any, ...]]:
    """Who follows whom where."""
    names = ("division__code", "seat_number", "start", "person__name", "predecessor__person__name")
    return set(Posting.objects.values_list(*names))


def in_a_seat(world: World, name: str, village: str, kind: str) -> Posting:
    posting = new(world, "free", village, kind, start=SEPTEMBER)
    posting.person = someone(world, name, birth="1985-03")
    return postings.appoint(posting, None, "已核对")


def by_verbs(world: World) -> set[tuple[Any, ...]]:
    """What the two rosters below say; nothing of it stays."""
    with transaction.atomic():
        both = world.postings["dongshan"], world.postings["xishan"]
        postings.exchange(*both, SEPTEMBER, None)
        in_a_seat(world, "样九", "shiqiao", "first_secretary")
        in_a_seat(world, "样十", "nanping", "work_team")
        made = chain()
        transaction.set_rollback(True)
    return made


def test_holders_follow_one_another_as_after_verbs(world: World, city: Any) -> None:
    end = datetime.date(2026, 5, 31)
    postings.end(world.postings["shiqiao"], end, "rotated", None)
    worked = new(world, "left_lead", "nanping", "work_team", start=datetime.date(2025, 1, 1))
    postings.end(postings.appoint(worked, None), end, "rotated", None)
    stood, wanted = chain(), by_verbs(world)
    assert ("410526101201", 1, SEPTEMBER, "样九", "示三桥") in wanted
    one = {"姓名": "示一山", "派驻村": "西山村", "出生年月": "1984.05"}
    other = {"姓名": "示二山", "派驻村": "东山村", "出生年月": "1990.11", "性别": "女"}
    late = {"乡（镇、街道）": "白道口镇", "派驻村": "石桥村"}
    made = apply(Sheet, first(one, other, late), city)
    team = apply(WorkTeamSheet, first({"姓名": "样十", "联系电话": None}), city)
    assert chain() == wanted
    actions.undo(WorkTeamSheet, team.pk, city)
    actions.undo(Sheet, made.pk, city)
    assert chain() == stood
