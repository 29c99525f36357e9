"""The working calendar as a workbook, brought in by the city."""

import datetime
import io
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client

from spreadsheets import actions, writer
from spreadsheets.models import Batch
from tasks.models import SpecialDay
from tasks.sheets import SpecialDaySheet
from tests.spreadsheets import files
from tests.tasks.pages import english, shown
from tests.world import World

pytestmark = pytest.mark.usefixtures("in_english")
HEADER = ["日期", "是否上班", "名称"]
HOLIDAY = ["2026-10-01", "否", "国庆节"]
MAKE_UP = ["2026年10月10日", "是", "国庆节调休"]


def check(world: World, *rows: list[Any], who: str = "city_manager") -> Batch:
    content = files.workbook(["2026年节假日安排"], HEADER, *rows)
    return actions.check(SpecialDaySheet, io.BytesIO(content), "日历.xlsx", world.users[who])


def apply(world: World, batch: Batch) -> Batch:
    return actions.apply(SpecialDaySheet, batch.pk, world.users["city_manager"])


def stored() -> list[tuple[Any, ...]]:
    return list(SpecialDay.objects.values_list("on", "is_workday", "name"))


def test_the_notice_of_the_year_is_brought_in(world: World) -> None:
    batch = apply(world, check(world, HOLIDAY, MAKE_UP))
    assert batch.new == 2
    assert stored() == [
        (datetime.date(2026, 10, 1), False, "国庆节"),
        (datetime.date(2026, 10, 10), True, "国庆节调休"),
    ]
    assert SpecialDay.objects.workdays_between(datetime.date(2026, 9, 30), stored()[1][0]) == 7


def test_a_day_that_is_there_is_changed_and_not_doubled(world: World) -> None:
    apply(world, check(world, HOLIDAY))
    batch = apply(world, check(world, ["2026-10-01", "是", "改"], MAKE_UP))
    assert (batch.new, batch.changed) == (1, 1)
    assert stored()[0] == (datetime.date(2026, 10, 1), True, "改")


def test_an_export_comes_back_as_no_change(world: World) -> None:
    apply(world, check(world, HOLIDAY, MAKE_UP))
    file = io.BytesIO()
    writer.write(SpecialDaySheet(world.users["city_manager"]), file)
    user = world.users["city_manager"]
    batch = actions.check(SpecialDaySheet, io.BytesIO(file.getvalue()), "日历.xlsx", user)
    assert (batch.state, batch.new, batch.changed, batch.unchanged) == ("checked", 0, 0, 2)


def test_every_fault_is_named_at_its_cell(world: World) -> None:
    batch = check(
        world,
        ["2026-02-30", "否", "春节"],
        ["10月1日", "也许", "国庆节"],
        ["2026-10-02", "否", None],
        ["2026-10-03", "否", "长" * 31],
        HOLIDAY,
        HOLIDAY,
    )
    assert batch.state == Batch.State.WRONG
    found = {error["cell"] for error in batch.errors}
    assert found == {"A3", "A4", "B4", "C5", "C6", "A8"}
    assert not SpecialDay.objects.exists()


@pytest.mark.parametrize("who", ["linzhou_manager", "city_viewer", "hejian_reporter"])
def test_only_the_city_brings_the_calendar_in(world: World, who: str) -> None:
    with pytest.raises(PermissionDenied):
        check(world, HOLIDAY, who=who)


def test_an_import_is_taken_back(world: World) -> None:
    batch = apply(world, check(world, HOLIDAY, MAKE_UP))
    actions.undo(SpecialDaySheet, batch.pk, world.users["city_manager"])
    assert not SpecialDay.objects.exists()


def test_the_page_of_imports_offers_it(world: World) -> None:
    def page(who: str, address: str) -> str:
        client = english(Client())
        client.force_login(world.users[who])
        return shown(client.get(address))

    assert "/sheets/special_days/" in page("city_manager", "/sheets/")
    assert 'type="file"' in page("city_manager", "/sheets/special_days/")
    # Everybody may take it out.
    assert "/sheets/special_days/" in page("linzhou_manager", "/sheets/")
    assert 'type="file"' not in page("linzhou_manager", "/sheets/special_days/")
