"""A roster means what the verbs mean: whom it tells of, whom it moves, who is bound to what."""

import datetime
from typing import Any

import pytest
from django.utils import translation

from cadres.actions import postings
from cadres.sheets import FirstSecretarySheet as Sheet
from tests.cadres.appointing import DAY, new
from tests.cadres.rosters import FIRST, check, rows
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
