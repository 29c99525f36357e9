"""Writes a sheet as a workbook laid out like the office's own form."""

import json
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from spreadsheets.fields import Column
from spreadsheets.form import META_SHEET
from spreadsheets.sheet import Sheet

TITLE = Font(name="宋体", size=20, bold=True)
HEADER = Font(name="宋体", size=11, bold=True)
BODY = Font(name="宋体", size=10)
GIVEN = Font(name="宋体", size=10, color="00555555")
LINE = Side(style="thin", color="00999999")
GRID = Border(left=LINE, right=LINE, top=LINE, bottom=LINE)
FILL_HEADER = PatternFill("solid", fgColor="00EFECE4")
FILL_GIVEN = PatternFill("solid", fgColor="00F7F5F0")
CENTRED = Alignment(horizontal="center", vertical="center", wrap_text=True)
WRAPPED = Alignment(vertical="center", wrap_text=True)
FIRST_ROW_OF_TABLE = 3


def write(sheet: Sheet, file: Any) -> int:
    """Write the sheet for its user and target to an open binary file; return the data rows."""
    book = Workbook(write_only=True)
    page = book.create_sheet(str(sheet.title)[:31])
    columns = sheet.columns
    _set_up(page, columns)
    for row in _heading(page, sheet, columns):
        page.append(row)
    count = 0
    for count, values in enumerate(_rows(sheet), 1):  # noqa: B007
        page.append([_body_cell(page, *pair) for pair in zip(columns, values, strict=True)])
    page.append([])
    page.append([_cell(page, sheet.heading().footer, BODY)])
    _span(page, FIRST_ROW_OF_TABLE + count + 2, columns)
    meta = book.create_sheet(META_SHEET)
    meta.sheet_state = "veryHidden"
    meta.append([json.dumps(sheet.meta(), ensure_ascii=False)])
    book.save(file)
    sheet.note_export()
    return count


def _rows(sheet: Sheet) -> Iterable[list[Any]]:
    return (sheet.row(instance) for instance in sheet.instances())


def _set_up(page: WriteOnlyWorksheet, columns: list[Column]) -> None:
    """What must be said before the first row: widths, frozen panes, how it prints."""
    for index, column in enumerate(columns, 1):
        dimension = page.column_dimensions[get_column_letter(index)]
        dimension.width, dimension.hidden = column.width, column.hidden
    page.freeze_panes = f"A{FIRST_ROW_OF_TABLE + 1}"
    page.print_title_rows = f"{FIRST_ROW_OF_TABLE}:{FIRST_ROW_OF_TABLE}"
    page.page_setup.orientation, page.page_setup.paperSize = "landscape", 9
    page.page_setup.fitToWidth, page.page_setup.fitToHeight = 1, 0
    page.sheet_properties.pageSetUpPr.fitToPage = True
    page.row_dimensions[1].height, page.row_dimensions[FIRST_ROW_OF_TABLE].height = 34, 30


def _heading(
    page: WriteOnlyWorksheet, sheet: Sheet, columns: list[Column]
) -> Iterator[list[Any]]:
    heading = sheet.heading()
    yield [_cell(page, heading.title, TITLE, CENTRED)]
    yield [_cell(page, heading.unit_line, BODY)]
    _span(page, 1, columns)
    _span(page, 2, columns)
    header = []
    for column in columns:
        cell = _cell(page, column.label, HEADER, CENTRED)
        cell.border, cell.fill = GRID, FILL_HEADER
        if column.meaning:
            cell.comment = Comment(str(column.meaning), str(sheet.title), height=90, width=260)
        header.append(cell)
    yield header


def _span(page: WriteOnlyWorksheet, row: int, columns: list[Column]) -> None:
    shown = len([column for column in columns if not column.hidden])
    page.merged_cells.add(f"A{row}:{get_column_letter(shown)}{row}")


def _body_cell(page: WriteOnlyWorksheet, column: Column, value: Any) -> Any:
    cell = _cell(page, value, GIVEN if column.given else BODY, WRAPPED)
    cell.border = GRID
    if column.given:
        cell.fill = FILL_GIVEN
    if isinstance(value, Decimal):
        cell.number_format = "0.##" if value % 1 else "0"
    return cell


def _cell(page: Any, value: Any, font: Font, alignment: Alignment | None = None) -> Any:
    """A cell whose text stays text, whatever it begins with: no formula comes from data."""
    cell = WriteOnlyCell(page, value)
    if isinstance(value, str):
        cell.data_type = "s"
    cell.font = font
    if alignment:
        cell.alignment = alignment
    return cell
