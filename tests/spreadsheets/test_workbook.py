"""The exported workbook is the office's form, in Excel as in LibreOffice."""

import io
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from spreadsheets import actions, writer
from spreadsheets.sheet import Target
from tasks.sheets import EntrySheet
from tests.tasks import verbs
from tests.world import World

HEADINGS = [
    *("乡（镇、街道）", "村", "序号", "工作类别", "重点任务", "工作内容及目标要求", "计量单位"),
    *(
        "上季度完成情况",
        "本季度完成情况",
        "工作进展情况",
        "存在问题",
        "下步措施",
        "情况说明",
        "填报状态",
    ),
    *("区划代码", "版本"),
]


@pytest.fixture
def exported(world: World) -> bytes:
    """合涧镇's form with some answers in it."""
    income = world.entry("dongshan", "income")
    verbs.save(world, "hejian_reporter", income, value=12.5, narrative="=1+1\r\n第二行\n第三行")
    verbs.save(world, "hejian_reporter", world.entry("dongshan", "meeting"), value=1)
    verbs.save(world, "hejian_reporter", world.entry("xishan", "income"), nothing="nil")
    verbs.save(world, "hejian_reporter", world.entry("hejian", "reserve"), value=7)
    verbs.submit(world, "hejian_reporter", world.entry("hejian", "reserve"))
    file = io.BytesIO()
    writer.write(EntrySheet(world.users["hejian_reporter"], Target(period="2026Q3")), file)
    return file.getvalue()


@pytest.fixture
def book(exported: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(exported))


def test_title_unit_line_header_and_signatures_stand_where_the_form_has_them(
    book: openpyxl.Workbook,
) -> None:
    page: Any = book.worksheets[0]
    assert page["A1"].value == "合涧镇2026年第三季度农村基层党建重点工作任务台账"
    assert page["A2"].value.startswith("填报单位：合涧镇")
    assert [cell.value for cell in page[3]] == HEADINGS
    assert page["A13"].value.startswith("填表人：")
    assert {str(merged) for merged in page.merged_cells.ranges} == {"A1:N1", "A2:N2", "A13:N13"}
    assert page["A1"].font.size > page["A3"].font.size > page["A4"].font.size
    assert page["A4"].border.left.style == "thin"


def test_it_scrolls_and_prints_with_its_header(book: openpyxl.Workbook) -> None:
    page: Any = book.worksheets[0]
    assert page.freeze_panes == "D4"
    assert page.print_title_rows == "$3:$3"
    assert (page.page_setup.orientation, page.page_setup.fitToHeight) == ("landscape", 0)


def test_a_row_is_as_tall_as_its_text(book: openpyxl.Workbook) -> None:
    page: Any = book.worksheets[0]
    heights = {row: page.row_dimensions[row].height for row in (6, 7)}
    assert heights[6] > heights[7]


def test_keys_are_hidden_and_headers_explain_themselves(book: openpyxl.Workbook) -> None:
    page: Any = book.worksheets[0]
    assert [page.column_dimensions[c].hidden for c in "NOP"] == [False, True, True]
    assert "是 or 否" in page["I3"].comment.text
    assert "Example: 12.5" in page["I3"].comment.text
    assert "Filled by the system" in page["D3"].comment.text
    assert book["_ledger"].sheet_state == "veryHidden"


def test_answers_are_offered_for_every_line_and_what_the_system_fills_is_not(
    book: openpyxl.Workbook,
) -> None:
    page: Any = book.worksheets[0]
    (offered,) = page.data_validations.dataValidation
    assert (str(offered.sqref), offered.formula1) == ("I4:I11", '"是,否,零报告,不适用"')


def test_an_export_costs_the_same_queries_for_a_village_and_for_a_city(
    world: World, django_assert_num_queries: Any
) -> None:
    for user, division, rows in (
        ("hejian_reporter", "410581101201", 2),
        ("city_manager", "410500000000", 24),
    ):
        sheet = EntrySheet(world.users[user], Target(division, "2026Q3"))
        with django_assert_num_queries(5):  # division, quarter, lines, units, tasks
            assert len([sheet.row(line) for line in sheet.instances()]) == rows


def test_values_keep_their_kinds_and_no_cell_is_a_formula(book: openpyxl.Workbook) -> None:
    page: Any = book.worksheets[0]
    assert [page[f"I{row}"].value for row in (4, 6, 7, 8)] == [7, 12.5, "是", "零报告"]
    assert page["J6"].value == "=1+1\n第二行\n第三行"
    assert page["C6"].number_format == "General"
    assert page["N4"].value == "待审核"
    assert not [cell for row in page.iter_rows() for cell in row if cell.data_type == "f"]


def test_an_export_that_fails_leaves_no_file_behind(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    sheet = EntrySheet(world.users["hejian_reporter"], Target(period="2026Q3"))
    first, *_others = sheet.instances()

    def failing() -> Iterable[Any]:
        yield first
        raise ConnectionError

    monkeypatch.setattr(sheet, "instances", failing)
    with pytest.raises(ConnectionError):
        writer.write(sheet, io.BytesIO())
    assert not [path for path in tmp_path.iterdir() if path.is_file()]


@pytest.mark.skipif(not shutil.which("soffice"), reason="no LibreOffice here")
def test_saved_by_libreoffice_it_comes_back_as_no_change(
    exported: bytes, world: World, tmp_path: Path
) -> None:
    (tmp_path / "form.xlsx").write_bytes(exported)
    (tmp_path / "out").mkdir()
    command: list[str | Path] = [
        *("soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless"),
        *("--convert-to", "xlsx", "--outdir", tmp_path / "out", tmp_path / "form.xlsx"),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    with (tmp_path / "out" / "form.xlsx").open("rb") as file:
        batch = actions.check(EntrySheet, file, "form.xlsx", world.users["hejian_reporter"])
    assert (batch.errors, batch.new, batch.changed, batch.unchanged) == ([], 0, 0, 8)
    assert batch.target["division"] == "410581101000"
