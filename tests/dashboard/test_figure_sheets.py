import io
from collections.abc import Callable
from typing import Any

import openpyxl
from django.test import Client

from accounts.models import AccessLog
from tests.world import UNITS, World

SignIn = Callable[[str], Client]


def rows(client: Client, name: str, unit: str, **choices: str) -> list[tuple[Any, ...]]:
    query = {"division": UNITS[unit], "period": "2026Q3", **choices}
    answer: Any = client.get(f"/sheets/{name}/download/", query)
    assert answer.status_code == 200
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    return [row for row in book.worksheets[0].iter_rows(values_only=True) if any(row)]


def table(found: list[tuple[Any, ...]], first: str) -> list[dict[str, Any]]:
    at = next(i for i, row in enumerate(found) if first in row)
    return [dict(zip(found[at], row, strict=True)) for row in found[at + 1 :]]


def test_the_ranking_goes_out_as_its_page_shows_it(busy: World, signed_in: SignIn) -> None:
    client = signed_in("city_viewer")
    board = client.get(f"/ranking/{UNITS['city']}/2026Q3/").context["board"]
    found = rows(client, "ranking", "city")
    assert "安阳市2026年第三季度完成情况排名表" in found[0]
    taken = table(found, "名次")
    assert [row["单位"] for row in taken] == [one.row.division.name for one in board.ranked]
    for row, one in zip(taken, board.ranked, strict=True):
        assert (row["名次"], row["应完成"], row["已完成"]) == (one.rank, one.whole, one.part)
        assert row["完成率(%)"] == one.part * 1000 // one.whole / 10
    assert AccessLog.objects.filter(action="export", user=busy.users["city_viewer"]).exists()


def test_the_matrix_goes_out_with_a_column_for_each_unit(busy: World, signed_in: SignIn) -> None:
    client = signed_in("city_viewer")
    matrix = client.get(f"/matrix/{UNITS['city']}/2026Q3/").context["board"].matrix
    taken = table(rows(client, "matrix", "city"), "重点任务")
    assert len(taken) == len(matrix.lines)
    line = matrix.lines[0]
    cell = line.cells[0][2]
    assert taken[0]["滑县"].startswith(f"{cell.counts.reported}/{cell.counts.owed} ")
    villages = table(rows(client, "matrix", "hejian"), "单位")
    assert {"合涧镇", "东山村", "西山村", "南平村"} == {row["单位"] for row in villages}


def test_choices_of_the_page_hold_for_its_sheet(busy: World, signed_in: SignIn) -> None:
    taken = table(rows(signed_in("city_viewer"), "matrix", "city", category="people"), "重点任务")
    assert {row["类别"] for row in taken} == {"人"}


def test_what_needs_attention_goes_out(busy: World, signed_in: SignIn) -> None:
    client = signed_in("city_viewer")
    board = client.get(f"/overview/{UNITS['city']}/2026Q3/").context["board"]
    taken = table(rows(client, "attention", "city"), "单位")
    assert [row["单位"] for row in taken] == [c.row.division.name for c in board.concerns]


def test_a_foreign_unit_is_refused(busy: World, signed_in: SignIn) -> None:
    client = signed_in("linzhou_viewer")
    for name in ("ranking", "matrix", "attention"):
        query = {"division": UNITS["huaxian"], "period": "2026Q3"}
        assert client.get(f"/sheets/{name}/download/", query).status_code == 302


def test_a_year_without_a_ledger_is_an_empty_table(busy: World, signed_in: SignIn) -> None:
    from tasks.models import Period

    Period.objects.for_year(2027)
    client = signed_in("city_viewer")
    found = rows(client, "ranking", "city", period="2027Q1")
    assert table(found, "名次") == []
