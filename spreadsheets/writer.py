"""Writes a sheet as a workbook laid out like the office's own form.

openpyxl makes the form, which is small; the rows, which are many, are written into it as XML.
Nothing but a few hundred rows is ever held in memory, and nothing is put on disk.
"""

import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from spreadsheets.fields import Column, text_of
from spreadsheets.layout import FORM_PART, Layout, lay_out
from spreadsheets.rows import rows_as_xml
from spreadsheets.sheet import Sheet


def write(sheet: Sheet, file: Any, *, reveal: bool = False, blank: bool = False) -> int:
    """Write the sheet for its user and target to an open binary file; return the data rows.

    Sensitive columns leave masked unless `reveal`. A `blank` form has no data rows, and is
    therefore no export to be kept in mind. What fails in the middle leaves the file unfinished.
    """
    heading, instances = sheet.heading(), sheet.instances()
    layout = lay_out(sheet, heading, blank=blank)
    with (
        zipfile.ZipFile(io.BytesIO(layout.workbook)) as form,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as book,
    ):
        for member in form.infolist():
            if member.filename != FORM_PART:
                book.writestr(member.filename, form.read(member))
        with book.open(FORM_PART, "w") as part:
            count = _fill(
                part, form.read(FORM_PART), layout, _rows(sheet, () if blank else instances, reveal)
            )
    if not blank:
        sheet.note_export()
    return count


def _fill(part: Any, xml: bytes, layout: Layout, rows: Iterable[list[Any]]) -> int:
    before, after = layout.around(xml)
    part.write(before)
    count = 0
    for chunk, count in rows_as_xml(layout.looks, rows, layout.first_row):  # noqa: B007
        part.write(chunk)
    part.write(layout.ending(after, layout.first_row + count - 1))
    return count


def _rows(sheet: Sheet, instances: Iterable[Any], reveal: bool) -> Iterator[list[Any]]:
    rows = map(sheet.row, instances)
    return rows if reveal or not sheet.has_sensitive else _masked(rows, sheet.columns)


def _masked(rows: Iterable[list[Any]], columns: Sequence[Column]) -> Iterator[list[Any]]:
    sensitive = [(index, column) for index, column in enumerate(columns) if column.sensitive]
    for row in rows:
        for index, column in sensitive:
            row[index] = column.mask(text_of(row[index]))
        yield row
