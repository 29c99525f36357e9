"""Visits to contact points as a table: out, in again, with every doubt at its cell."""

import datetime
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from cadres.actions import contacts
from cadres.models import CadreChange, ContactPoint, ContactVisit
from cadres.sheets import ContactPointSheet, ContactVisitSheet
from spreadsheets import actions
from spreadsheets.errors import Refused, Stale
from spreadsheets.models import Batch
from tests.cadres import rosters
from tests.cadres.rosters import counts, exported
from tests.cadres.test_contacts import point, visit
from tests.spreadsheets import files
from tests.world import World
from villages.sheets import VillageProfileSheet

HEADER = [
    *("领导姓名", "联系村/支部", "乡镇", "走访日期"),
    *("帮扶方式", "反映问题数", "其中已解决", "反映问题", "解决情况"),
]
MANAGER = "linzhou_manager"
WHO = (MANAGER, "huaxian_reviewer")


@pytest.fixture(autouse=True)
def _in_english(_on_the_day: None) -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def held(world: World) -> ContactPoint:
    return contacts.set_point(point(world), None)


def line(**says: Any) -> list[Any]:
    usual: dict[str, Any] = {"领导姓名": "示五县", "联系村/支部": "东山村", "乡镇": "合涧镇"}
    usual |= {"走访日期": "2026.9.18", "帮扶方式": "协调资金，宣讲政策", "反映问题数": 2}
    return [(usual | says).get(label) for label in HEADER]


def check(world: World, *lines: list[Any], who: str = MANAGER) -> Batch:
    return rosters.check(ContactVisitSheet, files.workbook(HEADER, *lines), world.users[who])


def test_visits_go_in_with_their_history_come_back_as_no_change_and_are_taken_back(
    world: World, held: ContactPoint
) -> None:
    user = world.users[MANAGER]
    contacts.note_visit(visit(held), None)
    batch = check(world, line(), line(走访日期="2026-09-01", 帮扶方式="其他", 其中已解决=0))
    assert (batch.errors, counts(batch)) == ([], (1, 1, 0))
    actions.apply(ContactVisitSheet, batch.pk, user)
    made = ContactVisit.objects.get(on=datetime.date(2026, 9, 18))
    assert (made.forms, made.problems_raised, made.problems_solved) == ("policy,funds", 2, 0)
    told = CadreChange.objects.of(made).get()
    assert (told.person, told.division, told.batch) == (held.leader, held.village, batch.pk)
    content = exported(ContactVisitSheet, user)
    assert counts(rosters.check(ContactVisitSheet, content, user)) == (0, 0, 2)
    actions.undo(ContactVisitSheet, batch.pk, user)
    assert ContactVisit.objects.get().forms == "policy,funds"


@pytest.mark.parametrize(
    ("says", "cell", "words"),
    [
        ({"领导姓名": "示无人"}, "A2", "no contact point"),
        ({"走访日期": "2026-02-01"}, "D2", "no contact point"),
        ({"走访日期": "1850-09-18"}, "D2", "no contact point"),
        ({"走访日期": "2026-12-31"}, "D2", "yet to come"),
        ({"走访日期": ""}, "D2", "fill it in"),
        ({"领导姓名": None}, "A2", "fill it in"),
        ({"联系村/支部": None, "乡镇": None}, "B2", "fill it in"),
        ({"帮扶方式": "聊天"}, "E2", "讲解政策"),
        ({"帮扶方式": ""}, "E2", "blank"),
        ({"其中已解决": 3}, "F2", "No more can be solved"),
        ({"反映问题数": 99_999_999_999}, "F2", "At most 999"),
        ({"反映问题数": 1000}, "F2", "At most 999"),
        ({"反映问题": "电话19900000001"}, "H2", "number"),
    ],
)
def test_what_is_wrong_is_told_at_its_cell(
    world: World, held: ContactPoint, says: dict[str, Any], cell: str, words: str
) -> None:
    error, *_others = check(world, line(**says)).errors
    assert error["cell"] == cell
    assert words in error["message"]


def test_the_order_of_the_ways_of_help_is_no_change(world: World, held: ContactPoint) -> None:
    noted = contacts.note_visit(visit(held, forms="funds,policy,funds"), None)
    assert noted.forms == "policy,funds"
    # As one that was stored before there was an order.
    ContactVisit.objects.update(forms="funds,policy")
    user = world.users[MANAGER]
    content = exported(ContactVisitSheet, user)
    assert counts(rosters.check(ContactVisitSheet, content, user)) == (0, 0, 1)
    day = f"{noted.on:%Y-%m-%d}"
    for forms, changed in (("协调资金、讲解政策", 0), ("协调资金", 1)):
        row = line(走访日期=day, 帮扶方式=forms, 反映问题数=noted.problems_raised)
        assert check(world, row).changed == changed


def test_the_head_of_the_form_names_who_fills_it(world: World) -> None:
    for sheet in (ContactVisitSheet, ContactPointSheet, VillageProfileSheet):
        assert sheet(world.users[MANAGER]).heading().unit_line == "填报单位：林州市"


def test_nobody_notes_visits_in_another_county(world: World, held: ContactPoint) -> None:
    (error,) = check(world, line(**{"联系村/支部": "石桥村", "乡镇": "白道口镇"})).errors
    assert (error["cell"], "not yours" in error["message"]) == ("B2", True)
    contacts.note_visit(visit(held), None)
    listed = [len(list(ContactVisitSheet(world.users[who]).instances())) for who in WHO]
    assert listed == [1, 0]


def test_a_contact_point_that_ended_before_the_visit_is_stale(
    world: World, held: ContactPoint
) -> None:
    batch = check(world, line())
    contacts.end_point(held, datetime.date(2026, 9, 10), None, "调整")
    with pytest.raises((Stale, Refused)):
        actions.apply(ContactVisitSheet, batch.pk, world.users[MANAGER])
    assert not ContactVisit.objects.exists()


def test_checking_many_visits_asks_no_more_than_checking_one(
    world: World, held: ContactPoint
) -> None:
    asked = []
    for days in ((18,), (18, 19, 20, 21)):
        with CaptureQueriesContext(connection) as queries:
            batch = check(world, *(line(走访日期=f"2026-09-{day}") for day in days))
        assert (batch.errors, batch.new) == ([], len(days))
        asked.append(len(queries))
    assert asked[0] == asked[1]


def with_cells(world: World, **says: Any) -> Batch:
    """The sheet as it was taken out, with some cells of its one visit changed."""
    user = world.users[MANAGER]
    content = files.with_first_row(exported(ContactVisitSheet, user), says)
    return rosters.check(ContactVisitSheet, content, user)


def test_cells_to_read_that_were_changed_are_named_as_not_taken_over(
    world: World, held: ContactPoint
) -> None:
    contacts.note_visit(visit(held), None)
    batch = with_cells(world, 联系点现状="已结束", 乡镇="五龙镇")
    assert (batch.errors, batch.changed) == ([], 0)
    assert {text.partition(" (")[0] for text in batch.unread} == {"联系点现状", "乡镇"}
    assert with_cells(world, 联系点现状="联系中", 乡镇="合涧镇").unread == []


@pytest.mark.parametrize(
    ("says", "words"),
    [
        ({"区划代码": "410526101201"}, "not yours"),
        ({"区划代码": "410581999999"}, "no unit with the code"),
        ({"版本": "1"}, "hidden mark"),
    ],
)
def test_what_nobody_sees_is_told_where_the_row_begins(
    world: World, held: ContactPoint, says: dict[str, Any], words: str
) -> None:
    contacts.note_visit(visit(held), None)
    (error,) = with_cells(world, **says).errors
    assert error["cell"][0] == "A"
    assert words in error["message"]


def test_a_name_that_does_not_fit_the_hidden_code_is_told_at_the_name(
    world: World, held: ContactPoint
) -> None:
    contacts.note_visit(visit(held), None)
    (error,) = with_cells(world, **{"联系村/支部": "西山村"}).errors
    assert (error["cell"][0], "does not fit" in error["message"]) == ("B", True)
