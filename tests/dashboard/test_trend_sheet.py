"""The trend as a workbook that only goes out."""

import io
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from django.test import Client

from dashboard.sheets import TrendSheet
from spreadsheets import writer
from spreadsheets.errors import Refused
from spreadsheets.sheet import Target
from tests.dashboard import years
from tests.tasks.pages import at, english, shown, told
from tests.world import UNITS, World

SignIn = Callable[[str], Client]
HEADER_ROW = 3


def exported(world: World, who: str, unit: str) -> list[dict[str, Any]]:
    file = io.BytesIO()
    writer.write(TrendSheet(world.users[who], Target(UNITS[unit], "2026Q3")), file)
    page: Any = openpyxl.load_workbook(file).worksheets[0]
    labels = [cell.value for cell in page[HEADER_ROW]]
    found = page.iter_rows(min_row=HEADER_ROW + 1, values_only=True)
    table = [dict(zip(labels, row, strict=True)) for row in found]
    return [row for row in table if row["单位"]]


def test_each_unit_has_a_row_for_each_quarter_with_figures(world: World) -> None:
    years.three_years(world)
    rows = exported(world, "linzhou_viewer", "linzhou")
    units = list(dict.fromkeys(row["单位"] for row in rows))
    assert units == ["林州市", "桂园街道", "合涧镇", "临淇镇"]
    quarters = [row["季度"] for row in rows if row["单位"] == "林州市"]
    assert quarters[:3] == ["2024Q2", "2024Q4", "2025Q1"]
    assert quarters[-1] == "2026Q3"
    for row in rows:
        parts = [row[label] for label in ("已报项数", "终审通过项数", "红灯项数", "按时上报项数")]
        assert all(0 <= part <= row["应报项数"] for part in parts)
        assert row["上报率（%）"] == int(row["已报项数"] * 1000 / row["应报项数"]) / 10


def test_the_rows_are_what_the_page_shows(world: World, signed_in: SignIn) -> None:
    years.three_years(world)
    shown_page = signed_in("hejian_reporter").get(at("dashboard:trend", "hejian")).context["shown"]
    rows = exported(world, "hejian_reporter", "hejian")
    assert rows[0]["单位"] == "合涧镇"
    last = [row for row in rows if row["季度"] == "2026Q3"]
    assert [row["单位"] for row in last][1] == "合涧镇（本级）"
    reds = [course.quarters[-1].red for course in shown_page.trend.units]
    assert [row["红灯项数"] for row in last] == [shown_page.trend.whole.quarters[-1].red, *reds]


def test_the_command_line_takes_out_the_same(world: World) -> None:
    about = {"division": UNITS["linzhou"], "period": "2026Q3"}
    out = io.BytesIO()
    assert writer.write(TrendSheet(None, Target(**about)), out) == len(
        exported(world, "linzhou_viewer", "linzhou")
    )


def test_a_rate_of_nothing_is_a_dash(world: World) -> None:
    assert {row["上报及时率（%）"] for row in exported(world, "city_viewer", "city")} == {"—"}


def test_the_page_offers_it_and_it_comes(world: World, signed_in: SignIn) -> None:
    client = signed_in("linzhou_viewer")
    address = f"/sheets/trend/download/?division={UNITS['linzhou']}&amp;period=2026Q3"
    assert address in shown(client.get(at("dashboard:trend", "linzhou")))
    answer: Any = client.get(address.replace("&amp;", "&"))
    assert answer.status_code == 200
    assert b"".join(answer.streaming_content).startswith(b"PK")


@pytest.mark.parametrize("unit", ["city", "huaxian"])
def test_a_unit_of_others_is_refused_in_words(world: World, signed_in: SignIn, unit: str) -> None:
    with pytest.raises(Refused):
        exported(world, "linzhou_viewer", unit)
    client = english(signed_in("linzhou_viewer"))
    answer = client.get(f"/sheets/trend/download/?division={UNITS[unit]}&period=2026Q3")
    assert told(client, answer) == [f"There is no division {UNITS[unit]} here."]


def test_a_quarter_that_is_not_there_is_refused_in_words(world: World) -> None:
    sheet = TrendSheet(world.users["city_viewer"], Target(UNITS["city"], "2019Q1"))
    with pytest.raises(Refused, match="2019Q1"):
        writer.write(sheet, io.BytesIO())


def test_it_does_not_come_back(world: World, signed_in: SignIn) -> None:
    assert not TrendSheet.is_filled_by(world.users["city_manager"])
    assert 'type="file"' not in shown(signed_in("city_manager").get("/sheets/trend/"))
