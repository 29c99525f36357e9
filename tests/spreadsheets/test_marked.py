"""The workbook comes back with its wrong cells marked, and goes in again once corrected."""

import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.test import Client

from spreadsheets import marking
from spreadsheets.models import Batch
from tests.spreadsheets.files import cells, edited
from tests.spreadsheets.uploads import at, bring, marked, with_wrong_cells
from tests.tasks.forms import (
    DONGSHAN,
    INCOME,
    NARRATIVE,
    exported,
    filled,
    put,
)
from tests.tasks.pages import told
from tests.world import World

RED, YELLOW = "00F8C9C4", "00FBE7B2"


def notes_of(page: Any) -> dict[str, str]:
    return {c.coordinate: c.comment.text for row in page for c in row if c.comment}


@pytest.fixture
def wrong(world: World, client: Client) -> Batch:
    return bring(client, with_wrong_cells(exported(world)))


def test_a_marked_workbook_is_the_own_one_with_its_wrong_cells_coloured_and_noted(
    client: Client, wrong: Batch
) -> None:
    with wrong.file.open("rb") as file:
        own = openpyxl.load_workbook(file)
    book = marked(client, wrong)
    assert book.sheetnames == own.sheetnames
    page, before = book.worksheets[0], own.worksheets[0]
    assert [[c.value for c in row] for row in page] == [[c.value for c in row] for row in before]
    assert page.merged_cells.ranges == before.merged_cells.ranges
    notes = notes_of(page)
    for address in notes_of(before):  # those of the header are still there
        assert notes.pop(address) == before[address].comment.text
    assert set(notes) == {"I6", "J6", "A6"}
    assert "Write a number" in notes["I6"]
    colours = {address: page[address].fill.fgColor.rgb for address in notes}
    assert colours == {"I6": RED, "J6": RED, "A6": YELLOW}
    assert page["I8"].fill.fgColor.rgb != RED


def test_a_marked_workbook_goes_in_again_once_it_is_corrected(
    world: World, client: Client, wrong: Batch
) -> None:
    file = io.BytesIO()
    marked(client, wrong).save(file)
    still = bring(client, file.getvalue())
    assert [error["cell"] for error in still.errors] == ["I6", "J6"]
    changes = put(DONGSHAN, INCOME, 4), put(DONGSHAN, INCOME, "好", NARRATIVE)
    batch = bring(client, filled(file.getvalue(), *changes))
    assert (batch.state, batch.new) == ("checked", 2)
    client.post(at(batch, "apply/"), {"confirmed": "on"})
    assert [world.entry(u, "income").value for u in ("dongshan", "xishan")] == [4, 5]


def test_a_wrong_cell_that_is_merged_is_marked_where_it_begins(
    world: World, client: Client
) -> None:
    def merge(page: Any) -> None:
        page["I6"], page["I7"] = "很多", None
        page.merge_cells("I6:I7")

    batch = bring(client, edited(exported(world), merge))
    assert [error["cell"] for error in batch.errors] == ["I6", "I7"]
    page = marked(client, batch).worksheets[0]
    assert page["I6"].fill.fgColor.rgb == RED
    assert "I6:I7" in {str(area) for area in page.merged_cells.ranges}


def test_a_cell_that_is_wrong_and_doubtful_is_coloured_as_wrong_and_tells_both(
    client: Client, wrong: Batch
) -> None:
    wrong.warnings = [dict(wrong.errors[0]) | {"message": "doubtful"}]
    wrong.save()
    page = marked(client, wrong).worksheets[0]
    assert page["I6"].fill.fgColor.rgb == RED
    assert page["I6"].comment.text == f"{wrong.errors[0]['message']}\ndoubtful"


CSV = (
    "合涧镇2026年第三季度\n"
    "乡镇,村,重点任务,完成情况,进展情况\n"
    '合涧镇,东山村,村级集体经济增收,5,"一\n二"\n'
    "合涧镇,西山村,村级集体经济增收,{},{}\n"
)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_a_csv_comes_back_as_a_workbook_marked_where_its_cells_are(
    world: World, client: Client, encoding: str, tmp_path: Path
) -> None:
    batch = bring(client, CSV.format("很多", "=1+1").encode(encoding), "表.csv")
    assert [error["cell"] for error in batch.errors] == ["D5"]
    book = marked(client, batch)
    page = book.worksheets[0]
    assert (page["D5"].value, page["D5"].fill.fgColor.rgb) == ("很多", RED)
    assert (page["E3"].value, page["E5"].value, page["E5"].data_type) == ("一\n二", "=1+1", "s")
    page["D5"] = 7
    file = io.BytesIO()
    book.save(file)
    assert len(cells(tmp_path, file.getvalue())) == 4
    again = bring(client, file.getvalue())
    assert (again.state, again.new) == ("checked", 2)


def test_a_csv_with_control_characters_comes_back_without_them(client: Client) -> None:
    batch = bring(client, CSV.format(6, "a\x01b").encode(), "表.csv")
    assert [error["cell"] for error in batch.errors] == ["E5"]
    assert marked(client, batch).worksheets[0]["E5"].value == "a b"


def test_a_workbook_too_large_or_gone_is_told_in_words(
    client: Client, wrong: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(marking, "LARGEST", 100)
    assert "too large to be marked" in told(client, client.get(at(wrong, "marked/")))[0]
    monkeypatch.setattr(marking, "LARGEST", 10**9)
    monkeypatch.setattr(marking, "MEMORY", 1 << 20)
    assert "could not be marked" in told(client, client.get(at(wrong, "marked/")))[0]
    Path(wrong.file.path).unlink()
    assert "not kept any more" in told(client, client.get(at(wrong, "marked/")))[0]


def test_what_is_right_or_discarded_has_nothing_to_mark(
    world: World, client: Client, wrong: Batch
) -> None:
    right = bring(client, exported(world))
    assert client.get(at(right, "marked/")).status_code == 404
    client.post(at(wrong, "discard/"))
    assert client.get(at(wrong, "marked/")).status_code == 404
    assert client.get(at(wrong)).status_code == 200
    assert client.get(at(wrong), {"show": "wrong"}).status_code == 200
