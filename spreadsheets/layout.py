"""The office form around the rows of a sheet: everything of the workbook but the rows."""

import io
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, takewhile

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.utils import get_column_letter

from spreadsheets import drop_downs, guide_page
from spreadsheets.fields import Column, as_written
from spreadsheets.form import META_SHEET
from spreadsheets.guide import guide_row
from spreadsheets.office import (
    BODY,
    CENTRED,
    FILL_GIVEN,
    GIVEN,
    GRID,
    PAGE_NUMBER,
    PLAIN,
    TITLE,
    TITLE_HEIGHT,
    WRAPPED,
    Page,
    merge,
    print_like_a_form,
    put,
    put_header,
    style,
)
from spreadsheets.rows import Look, escaped, lines_of
from spreadsheets.sheet import Heading, Sheet

TITLE_ROW, UNIT_ROW, HEADER_ROW = 1, 2, 3
UNIT_HEIGHT, GROUP_HEIGHT, HEADER_HEIGHT, FOOTER_HEIGHT = 22, 24, 36, 30
HEADER_LINE = 17
NARROW = 12
WIDEST_FROZEN = 45  # characters: on a small screen something must be left to scroll
ENDLESS = 100_000
BLANK_ROWS = 500
COMMENT_WIDTH, COMMENT_LINE = 280, 18  # pixels, of 9 point text
COMMENT_CHARACTERS = 44
FORM_PART = "xl/worksheets/sheet1.xml"
# Rows that are not known before the last one is written; no form reaches so far.
FOOTER_PLACE, LAST_PLACE = 1_048_575, 1_048_576
FOOTER_MERGE = re.compile(rb'(ref="[A-Z]+)%d(:[A-Z]+)%d"' % (FOOTER_PLACE, FOOTER_PLACE))
LAST_ROW = re.compile(rb'(sqref="[A-Z]+\d+:[A-Z]+)%d"' % LAST_PLACE)
# No green corners on codes and telephone numbers; openpyxl has no word for it. Its place in the
# part is before the notes.
NOTES = b"<legacyDrawing "
AT_REST = (
    b'<ignoredErrors><ignoredError sqref="A1:XFD1048576" numberStoredAsText="1"/></ignoredErrors>'
)
DIMENSION = re.compile(rb"<dimension [^>]*/>")


@dataclass(frozen=True)
class Layout:
    """A workbook without data rows, as bytes, and what is needed to put them in."""

    workbook: bytes
    looks: Sequence[Look]
    first_row: int
    footer: str
    footer_style: int

    @staticmethod
    def around(part: bytes) -> tuple[bytes, bytes]:
        """The XML of the form before and after the place of its rows."""
        before, mark, after = part.partition(b"</sheetData>")
        after = after.replace(NOTES, AT_REST + NOTES, 1)
        # How far the sheet reaches is not known yet; where nothing is said, readers look.
        return DIMENSION.sub(b"", before), mark + after

    def ending(self, after: bytes, last: int) -> bytes:
        """What follows the data rows, of which the last is known now."""
        offered_to = max(last, self.first_row + (0 if self.footer else BLANK_ROWS - 1))
        after = LAST_ROW.sub(rb'\g<1>%d"' % offered_to, after)
        if not self.footer:
            return after
        place = last + 2
        row = (
            f'<row r="{place}" ht="{FOOTER_HEIGHT}" customHeight="1"><c r="A{place}" '
            f's="{self.footer_style}" t="inlineStr"><is><t>{escaped(self.footer)}</t></is></c>'
            "</row>"
        )
        return row.encode() + FOOTER_MERGE.sub(rb'\g<1>%d\g<2>%d"' % (place, place), after)


def lay_out(sheet: Sheet, heading: Heading, *, blank: bool = False) -> Layout:
    """The form of a sheet; a blank one is ruled for as many rows as are typed."""
    book = Workbook()
    page: Page = book.active
    page.title = str(sheet.title)[:31]
    columns, footer = sheet.columns, as_written(heading.footer)
    labels_row = HEADER_ROW + any(column.group for column in columns)
    _set_up(page, columns, labels_row)
    looks = [_look(page, index, column) for index, column in enumerate(columns, 1)]
    _write_heading(page, heading, columns)
    _write_header(page, sheet, labels_row)
    if blank:
        _rule(page, columns)
        _sign_on_paper(page, footer)
        footer = ""
    elif footer:
        merge(page, (FOOTER_PLACE, 1), (FOOTER_PLACE, _shown(columns)))
    footer_style = style(page, BODY, PLAIN)
    guide_page.add(book, sheet)
    drop_downs.add(book, page, columns, labels_row + 1, LAST_PLACE)
    meta: Page = book.create_sheet(META_SHEET)
    meta.sheet_state = "veryHidden"
    put(meta, 1, 1, json.dumps(sheet.meta(), ensure_ascii=False), BODY)
    file = io.BytesIO()
    book.save(file)
    return Layout(file.getvalue(), looks, labels_row + 1, footer, footer_style)


def _set_up(page: Page, columns: Sequence[Column], labels_row: int) -> None:
    """Widths, heights, frozen panes, and how it prints."""
    for index, column in enumerate(columns, 1):
        dimension = page.column_dimensions[get_column_letter(index)]
        dimension.width, dimension.hidden = column.width, column.hidden
    heights = {TITLE_ROW: TITLE_HEIGHT, UNIT_ROW: UNIT_HEIGHT, HEADER_ROW: GROUP_HEIGHT}
    lines = max(lines_of(column.label, column.width) for column in columns)
    tallest = max(HEADER_HEIGHT, lines * HEADER_LINE + 6)
    for row, height in (heights | {labels_row: tallest}).items():
        page.row_dimensions[row].height = height
    page.freeze_panes = f"{get_column_letter(_frozen(columns) + 1)}{labels_row + 1}"
    page.print_title_rows = f"{HEADER_ROW}:{labels_row}"
    print_like_a_form(page)


def _frozen(columns: Sequence[Column]) -> int:
    """How many columns stay in sight: those at the left that tell the row, if they leave room."""
    keys = list(takewhile(lambda column: column.key and not column.hidden, columns))
    while keys and sum(column.width for column in keys) > WIDEST_FROZEN:
        keys.pop()
    return len(keys)


def _shown(columns: Sequence[Column]) -> int:
    return len([column for column in columns if not column.hidden])


def _look(page: Page, index: int, column: Column) -> Look:
    usual = getattr(column.widget, "number_format", "General")
    formats = (usual, "0.00", "yyyy-mm-dd")
    numbers = [_body_style(page, column, number_format) for number_format in formats]
    # What nobody sees makes no row taller.
    width = ENDLESS if column.hidden else column.width
    return Look(get_column_letter(index), width, *numbers)


def _body_style(page: Page, column: Column, number_format: str) -> int:
    alignment = CENTRED if column.width <= NARROW else WRAPPED
    if column.given:
        return style(page, GIVEN, alignment, number_format, border=GRID, fill=FILL_GIVEN)
    return style(page, BODY, alignment, number_format, border=GRID)


def _write_heading(page: Page, heading: Heading, columns: Sequence[Column]) -> None:
    # To the last column, so that the ruling of a blank form does not run through the title.
    for index in range(1, len(columns) + 1):
        put(page, TITLE_ROW, index, heading.title if index == 1 else "", TITLE, CENTRED)
        put(page, UNIT_ROW, index, heading.unit_line if index == 1 else "", BODY)
    for row in (TITLE_ROW, UNIT_ROW):
        merge(page, (row, 1), (row, _shown(columns)))


def _write_header(page: Page, sheet: Sheet, labels_row: int) -> None:
    """The labels, each with a note; above those of a group its name, over one merged cell."""
    for index, column in enumerate(sheet.columns, 1):
        for row in range(HEADER_ROW, labels_row + 1):
            put_header(page, row, index, "")
        cell = put_header(page, labels_row if column.group else HEADER_ROW, index, column.label)
        if not column.hidden and (note := "\n".join(guide_row(column).notes)):
            lines = lines_of(note, COMMENT_CHARACTERS) + 1
            height = lines * COMMENT_LINE
            cell.comment = Comment(note, str(sheet.title), height=height, width=COMMENT_WIDTH)
    index = 1
    for group, members in groupby(sheet.columns, lambda column: column.group):
        last = index + len(list(members)) - 1
        if group:
            put_header(page, HEADER_ROW, index, group)
            merge(page, (HEADER_ROW, index), (HEADER_ROW, last))
        else:
            for alone in range(index, last + 1):
                merge(page, (HEADER_ROW, alone), (labels_row, alone))
        index = last + 1


def _rule(page: Page, columns: Sequence[Column]) -> None:
    """Let every row that is typed look like a row of the form, without writing any."""
    for index, column in enumerate(columns, 1):
        dimension = page.column_dimensions[get_column_letter(index)]
        dimension.number_format = getattr(column.widget, "number_format", "General")
        dimension.font = GIVEN if column.given else BODY
        dimension.alignment = CENTRED if column.width <= NARROW else WRAPPED
        dimension.border = GRID
        if column.given:
            dimension.fill = FILL_GIVEN


def _sign_on_paper(page: Page, footer: str) -> None:
    """The signatures at the foot of the printed page: below rows yet to come they have no row."""
    if footer:
        page.oddFooter.center.text = None
        page.oddFooter.left.text, page.oddFooter.right.text = footer.replace("&", "&&"), PAGE_NUMBER
