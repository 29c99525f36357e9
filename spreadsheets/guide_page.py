"""The field guide as a page of the workbook, behind the form."""

from typing import Any

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.utils import get_column_letter

from spreadsheets.form import GUIDE_SHEET
from spreadsheets.guide import GuideRow, guide_rows
from spreadsheets.office import (
    BODY,
    CENTRED,
    GRID,
    TITLE,
    TITLE_HEIGHT,
    WRAPPED,
    Page,
    merge,
    print_like_a_form,
    put,
    put_header,
)
from spreadsheets.rows import ROW_HEIGHT, height_of, lines_of
from spreadsheets.sheet import Sheet

WIDTHS = (22, 44, 48, 28, 11)
TITLE_ROW, HEADER_ROW = 1, 2


def add(book: Workbook, sheet: Sheet) -> None:
    page: Page = book.create_sheet(GUIDE_SHEET)
    print_like_a_form(page)
    for index, width in enumerate(WIDTHS, 1):
        page.column_dimensions[get_column_letter(index)].width = width
    put(page, TITLE_ROW, 1, GUIDE_SHEET, TITLE, CENTRED)
    merge(page, (TITLE_ROW, 1), (TITLE_ROW, len(WIDTHS)))
    page.row_dimensions[TITLE_ROW].height = TITLE_HEIGHT
    labels = (_("Column"), _("Meaning"), _("Accepted entries"), _("Example"), _("Required"))
    for index, label in enumerate(labels, 1):
        put_header(page, HEADER_ROW, index, label)
    page.row_dimensions[HEADER_ROW].height = ROW_HEIGHT
    page.freeze_panes = f"A{HEADER_ROW + 1}"
    page.print_title_rows = f"{HEADER_ROW}:{HEADER_ROW}"
    for number, row in enumerate(guide_rows(sheet), HEADER_ROW + 1):
        _write(page, number, row)


def _write(page: Page, number: int, row: GuideRow) -> None:
    required = _("Yes") if row.required else ""
    texts = (row.label, row.meaning, row.accepts, row.example, required)
    for index, text in enumerate(texts, 1):
        cell: Any = put(page, number, index, text, BODY, WRAPPED)
        cell.border = GRID
        if index in (1, len(texts)):
            cell.alignment = CENTRED
    lines = max(lines_of(text, width) for text, width in zip(texts, WIDTHS, strict=True))
    page.row_dimensions[number].height = height_of(lines)
