"""How the office's forms look on screen and on paper, for every page of a workbook."""

from typing import Any

from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter

from spreadsheets.fields import as_written
from spreadsheets.rows import LOOKS_ESCAPED

# A cell or sheet has far more attributes at runtime than its published types say.
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
TITLE_HEIGHT = 40
A4 = 9
PAGE_NUMBER = "第 &P 页　共 &N 页"


def put(
    page: Page, row: int, index: int, text: str, font: Font, alignment: Alignment = PLAIN
) -> Any:
    """Write a cell whose text stays text, whatever it begins with."""
    cell = page.cell(row, index)
    if written := LOOKS_ESCAPED.sub("_x005F_", as_written(text)):
        cell.value = written
        cell.data_type = "s"
    cell.font, cell.alignment = font, alignment
    return cell


def put_header(page: Page, row: int, index: int, label: str) -> Any:
    cell = put(page, row, index, label, HEADER, CENTRED)
    cell.border, cell.fill = GRID, FILL_HEADER
    return cell


def style(
    page: Page, font: Font, alignment: Alignment, number_format: str = "General", **more: Any
) -> int:
    """The number of a style in the workbook, made known to it without writing a cell."""
    cell: Any = Cell(page, 1, 1)
    cell.font, cell.alignment, cell.number_format = font, alignment, number_format
    for name, value in more.items():
        setattr(cell, name, value)
    return int(cell.style_id)


def merge(page: Page, first: tuple[int, int], last: tuple[int, int]) -> None:
    """Merge from one row and column to another; a single cell stays as it is.

    Not merge_cells(), which makes every cell in between: a signature line may be anywhere.
    """
    if first != last:
        start, end = (f"{get_column_letter(index)}{row}" for row, index in (first, last))
        page.merged_cells.add(f"{start}:{end}")


def print_like_a_form(page: Page) -> None:
    """Landscape A4, as wide as the paper, the page's number at the foot."""
    page.page_setup.orientation, page.page_setup.paperSize = "landscape", A4
    page.page_setup.fitToWidth, page.page_setup.fitToHeight = 1, 0
    page.sheet_properties.pageSetUpPr.fitToPage = True
    page.print_options.horizontalCentered = True
    page.page_margins.left = page.page_margins.right = 0.4
    page.page_margins.top, page.page_margins.bottom = 0.6, 0.7
    page.oddFooter.center.text = PAGE_NUMBER
