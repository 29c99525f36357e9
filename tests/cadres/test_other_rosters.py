"""The other rosters of postings: each comes back as no change, and takes in its own kind."""

import io
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import translation

from cadres.models import Posting
from cadres.sheets import GraduateSheet, SecondmentSheet, TownshipHeadSheet, WorkTeamSheet
from spreadsheets import actions, writer
from spreadsheets.guide import guide_rows
from tests.cadres.rosters import FIRST, apply, check, counts, exported, rows
from tests.world import World

SHEETS = [GraduateSheet, SecondmentSheet, TownshipHeadSheet, WorkTeamSheet]
TOWN = {name: value for name, value in FIRST.items() if name != "派驻村"}


@pytest.fixture(autouse=True)
def _english(_on_the_day: None) -> Any:
    with translation.override("en"):
        yield


@pytest.fixture
def city(world: World) -> Any:
    return world.users["city_manager"]


def test_seconded_cadres_serve_at_a_township(world: World, city: Any) -> None:
    batch = apply(SecondmentSheet, rows({"挂任职务": "副书记"}, of=TOWN), city)
    posting = Posting.objects.get(kind__code="secondment")
    assert (posting.division, posting.title) == (world.units["hejian"], "副书记")
    assert counts(check(SecondmentSheet, exported(SecondmentSheet, city), city)) == (0, 0, 1)
    actions.undo(SecondmentSheet, batch.pk, city)
    assert not Posting.objects.filter(kind__code="secondment").exists()


def test_graduates_want_their_year(world: World, city: Any) -> None:
    row = {"选派单位": None, "职务": None, "职级": None, "身份": None}
    (error,) = check(GraduateSheet, rows(row, of=FIRST), city).errors
    assert "year of recruitment" in error["message"]
    (error,) = check(GraduateSheet, rows(row | {"招录年份": 20240}, of=FIRST), city).errors
    assert error["message"] == "Give a year from 1990 to 2100."
    apply(GraduateSheet, rows(row | {"招录年份": 2024}, of=FIRST), city)
    assert Posting.objects.get(kind__code="graduate").cohort == 2024
    assert counts(check(GraduateSheet, exported(GraduateSheet, city), city)) == (0, 0, 1)


def test_a_work_team_has_four_seats(world: World, city: Any) -> None:
    told = [{"姓名": f"样二{n}", "出生年月": f"199{n}.01"} for n in "12345"]
    batch = check(WorkTeamSheet, rows(*told, of=FIRST), city)
    assert len({error["cell"] for error in batch.errors}) == 1
    apply(WorkTeamSheet, rows(*told[:4], of=FIRST), city)
    seats = Posting.objects.filter(kind__code="work_team").values_list("seat_number", flat=True)
    assert set(seats) == {1, 2, 3, 4}


def test_the_two_heads_of_a_township_have_a_seat_each(world: World, city: Any) -> None:
    assert counts(check(TownshipHeadSheet, exported(TownshipHeadSheet, city), city)) == (0, 0, 2)
    head = {name: value for name, value in TOWN.items() if name not in ("职务", "选派单位")}
    batch = check(TownshipHeadSheet, rows({"现任职务": "乡镇长"}, of=head), city)
    assert batch.errors == []
    assert "示七镇" in batch.warnings[0]["message"]
    actions.apply(TownshipHeadSheet, batch.pk, city, confirmed=True)
    now = Posting.objects.filter(division=world.units["hejian"], end=None)
    assert set(now.values_list("person__name", flat=True)) == {"示六镇", "样九"}


@pytest.mark.parametrize("sheet", SHEETS)
def test_each_has_a_guide_and_a_blank_form(world: World, city: Any, sheet: Any) -> None:
    assert all(row for row in guide_rows(sheet(city)))
    writer.write(sheet(city), io.BytesIO(), blank=True)


def test_the_command_exports_and_takes_them_in(world: World, city: Any, tmp_path: Any) -> None:
    path = tmp_path / "heads.xlsx"
    call_command("sheet", "export", "township_heads", "--out", path, "--as", "city_manager")
    call_command("sheet", "apply", "township_heads", path, "--as", "city_manager")
