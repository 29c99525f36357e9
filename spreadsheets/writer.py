"""Writes a sheet as a workbook laid out like the office's own form."""

import json
import re
from collections.abc import Iterable
from copy import copy
from decimal import Decimal
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.dimensions import RowDimension

from spreadsheets.fields import Column, as_written
from spreadsheets.form import META_SHEET
from spreadsheets.sheet import Heading, Sheet

# A write-only sheet has far more attributes at runtime than its published types say.
Page = Any

TITLE = Font(name="宋体", size=20, bold=True)
HEADER = Font(name="宋体", size=12, bold=True)
BODY = Font(name="宋体", size=11)
GIVEN = Font(name="宋体", size=11, color="00444444")
LINE = Side(style="thin", color="00808080")
GRID = Border(left=LINE, right=LINE, top=LINE, bottom=LINE)
FILL_HEADER = PatternFill("solid", fgColor="00EFECE4")
FILL_GIVEN = PatternFill("solid", fgColor="00F7F5F0")
CENTRED = Alignment(horizontal="center", vertical="center", wrap_text=True)
WRAPPED = Alignment(vertical="center", wrap_text=True)
PLAIN = Alignment(vertical="center")
NARROW = 12
TITLE_ROW, UNIT_ROW, HEADER_ROW = 1, 2, 3
HEIGHTS = {TITLE_ROW: 40, UNIT_ROW: 22, HEADER_ROW: 36}
ROW_HEIGHT, LINE_HEIGHT, TALLEST_ROW = 24, 15, 400
A4 = 9
# Excel reads _x0041_ as A; written as _x005F_x0041_ it stays what it is.
LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")


def write(sheet: Sheet, file: Any) -> int:
    """Write the sheet for its user and target to an open binary file; return the data rows."""
    heading, instances = sheet.heading(), sheet.instances()
    book = Workbook(write_only=True)
    try:
        count = _fill(book, sheet, heading, instances)
        book.save(file)
    except BaseException:
        _drop(book)
        raise
    sheet.note_export()
    return count


def _fill(book: Workbook, sheet: Sheet, heading: Heading, instances: Iterable[Any]) -> int:
    page: Page = book.create_sheet(str(sheet.title)[:31])
    _set_up(page, sheet.columns)
    _write_heading(page, sheet, heading.title, heading.unit_line)
    styles = [_Style(page, column) for column in sheet.columns]
    count = 0
    for count, instance in enumerate(instances, 1):
        values = sheet.row(instance)
        page.row_dimensions[HEADER_ROW + count] = _Height(page, sheet.columns, values)
        page.append([style.cell(value) for style, value in zip(styles, values, strict=True)])
    if heading.footer:
        _span(page, HEADER_ROW + count + 2, sheet.columns)
        page.append([])
        page.append([_cell(page, heading.footer, BODY)])
    meta = book.create_sheet(META_SHEET)
    meta.sheet_state = "veryHidden"
    meta.append([json.dumps(sheet.meta(), ensure_ascii=False)])
    return count


def _drop(book: Workbook) -> None:
    """Remove the files that openpyxl keeps for the sheets of a workbook that is not saved."""
    for page in book.worksheets:
        closing: Page = page
        if not closing.closed:
            closing.close()
            closing._writer.cleanup()


def _set_up(page: Page, columns: list[Column]) -> None:
    """What must be said before the first row: widths, frozen panes, how it prints."""
    for index, column in enumerate(columns, 1):
        dimension = page.column_dimensions[get_column_letter(index)]
        dimension.width, dimension.hidden = column.width, column.hidden
    for row, height in HEIGHTS.items():
        page.row_dimensions[row].height = height
    page.freeze_panes = f"A{HEADER_ROW + 1}"
    page.print_title_rows = f"{HEADER_ROW}:{HEADER_ROW}"
    page.page_setup.orientation, page.page_setup.paperSize = "landscape", A4
    page.page_setup.fitToWidth, page.page_setup.fitToHeight = 1, 0
    page.sheet_properties.pageSetUpPr.fitToPage = True
    page.print_options.horizontalCentered = True
    page.page_margins.left = page.page_margins.right = 0.4
    page.oddFooter.center.text = "第 &P 页　共 &N 页"


def _write_heading(page: Page, sheet: Sheet, title: str, unit_line: str) -> None:
    _span(page, TITLE_ROW, sheet.columns)
    _span(page, UNIT_ROW, sheet.columns)
    page.append([_cell(page, title, TITLE, CENTRED)])
    page.append([_cell(page, unit_line, BODY, PLAIN)])
    header = []
    for column in sheet.columns:
        cell = _cell(page, column.label, HEADER, CENTRED)
        cell.border, cell.fill = GRID, FILL_HEADER
        if column.meaning:
            cell.comment = Comment(str(column.meaning), str(sheet.title), height=90, width=260)
        header.append(cell)
    page.append(header)


def _span(page: Page, row: int, columns: list[Column]) -> None:
    shown = len([column for column in columns if not column.hidden])
    page.merged_cells.add(f"A{row}:{get_column_letter(shown)}{row}")


class _Height(RowDimension):
    """As tall as the longest text needs. Not “custom”, so that Excel grows it when one types."""

    customHeight = False  # noqa: N815 - openpyxl's name

    def __init__(self, page: Page, columns: list[Column], values: list[Any]) -> None:
        texts = ((value, column.width) for value, column in zip(values, columns, strict=True))
        lines = max(_lines(text, width) for text, width in texts)
        height = min(max(ROW_HEIGHT, lines * LINE_HEIGHT + 6), TALLEST_ROW)
        super().__init__(page, ht=height)


def _lines(text: Any, width: int) -> int:
    """How many lines a text takes in a column, counting a Chinese character as two."""
    if not isinstance(text, str) or (len(text) * 2 <= width and "\n" not in text):
        return 1
    return sum(
        -(-sum(1 if char.isascii() else 2 for char in line) // (width - 1)) or 1
        for line in text.splitlines()
    )


class _Style:
    """How the cells of a column look, made once: styling each anew takes most of an export."""

    def __init__(self, page: Page, column: Column) -> None:
        self.page = page
        alignment = CENTRED if column.width <= NARROW else WRAPPED
        self.usual: Any = _cell(page, None, GIVEN if column.given else BODY, alignment)
        self.usual.border = GRID
        if column.given:
            self.usual.fill = FILL_GIVEN
        self.usual_style = self.usual._style
        self.decimal_style = self._formatted("0.00")
        self.day_style = self._formatted("yyyy-mm-dd")

    def _formatted(self, number_format: str) -> Any:
        self.usual._style = copy(self.usual_style)
        self.usual.number_format = number_format
        return self.usual._style

    def cell(self, value: Any) -> Any:
        cell: Any = WriteOnlyCell(self.page, _as_text(value))
        cell._style = self.usual_style
        if isinstance(value, str):
            cell.data_type = "s"
        elif isinstance(value, Decimal) and value % 1:
            cell._style = self.decimal_style
        elif cell.data_type == "d":
            cell._style = self.day_style
        return cell


def _as_text(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    text = as_written(value)
    return LOOKS_ESCAPED.sub("_x005F_", text) if "_x" in text else text


def _cell(page: Page, value: Any, font: Font, alignment: Alignment | None = None) -> Any:
    """A cell whose text stays text, whatever it begins with: no formula comes from data."""
    cell = WriteOnlyCell(page, _as_text(value))
    if isinstance(value, str):
        cell.data_type = "s"
    cell.font = font
    if alignment:
        cell.alignment = alignment
    return cell
