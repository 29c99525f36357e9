"""Finds the header of a table in a sheet laid out by an office: one row or two, merged or not."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _
from openpyxl.utils import get_column_letter

from spreadsheets.errors import CellError, Refused, shown
from spreadsheets.fields import Column, normal
from spreadsheets.reader import Merge, RawSheet

HEADER_WITHIN = 20
LONGEST_LABEL = 200


@dataclass(frozen=True)
class HeaderCell:
    """One column of the table: where it stands, what it is called, and the cell above that."""

    index: int
    row: int
    label: str
    group: str = ""

    @property
    def letter(self) -> str:
        return get_column_letter(self.index + 1)

    @property
    def address(self) -> str:
        return f"{self.letter}{self.row}"

    @cached_property
    def names(self) -> set[str]:
        return {normal(self.label), normal(self.group + self.label)}


@dataclass
class Header:
    """The header of a sheet: `places` of known columns by label, and the cells left over."""

    sheet: RawSheet
    position: int
    depth: int
    cells: list[HeaderCell]
    places: dict[str, HeaderCell] = field(default_factory=dict)
    others: list[HeaderCell] = field(default_factory=list)
    errors: list[CellError] = field(default_factory=list)

    @property
    def first_row(self) -> int:
        return self.sheet.head[self.position][0]

    @property
    def last_row(self) -> int:
        return self.sheet.head[self.position + self.depth - 1][0]

    def error(self, cell: HeaderCell | None, message: str) -> CellError:
        address = cell.address if cell else f"A{self.first_row}"
        return CellError(self.sheet.name, address, shown(cell.label if cell else ""), message)


def find(sheets: Sequence[RawSheet], columns: Sequence[Column]) -> Header:
    """The only table of a workbook; raises Refused where there is none, or more than one.

    Where two sheets hold one, it cannot be known which is meant, and none is left out silently.
    """
    required = [column.label for column in columns if column.required]
    least = min(3, len(required))
    headers = [_best(sheet, columns) for sheet in sheets]
    tables = [header for header in headers if header and _score(header.cells, columns) >= least]
    if not tables:
        raise Refused(
            _("No header row with the expected columns was found: %(columns)s.")
            % {"columns": "、".join(required)}
        )
    filled = [table for table in tables if table.sheet.count > table.position + table.depth]
    if len(filled) > 1:
        names = "、".join(shown(table.sheet.name) for table in filled)
        raise Refused(
            _("Several sheets hold such a table: %(sheets)s. Leave only one of them in the file.")
            % {"sheets": names}
        )
    header = (filled or tables)[0]
    _match(header, columns)
    return header


def _best(sheet: RawSheet, columns: Sequence[Column]) -> Header | None:
    """The row or two rows of a sheet that name most columns; of equals the first."""
    found = [
        Header(sheet, position, depth, list(_cells(sheet, position, depth)))
        for position in range(min(HEADER_WITHIN, len(sheet.head)))
        for depth in _depths(sheet, position)
    ]
    return max(
        found, key=lambda header: (_score(header.cells, columns), -header.depth), default=None
    )


def _depths(sheet: RawSheet, position: int) -> list[int]:
    """How many rows the header may have there. Merged cells say it; without any, both are tried."""
    row, cells = sheet.head[position]
    below = sheet.head[position + 1][0] if position + 1 < len(sheet.head) else 0
    is_title = sum(value is not None for value in cells) < 2
    if is_title or below != row + 1:
        return [1]
    starting = [merge for merge in sheet.merges if merge.first_row == row]
    if any(merge.last_row == row + 1 for merge in starting):
        return [2]
    return [1, 2]


def _score(cells: Sequence[HeaderCell], columns: Sequence[Column]) -> int:
    found: set[str] = set().union(*(cell.names for cell in cells))
    return sum(not found.isdisjoint(column.known_as) for column in columns)


def _cells(sheet: RawSheet, position: int, depth: int) -> Iterator[HeaderCell]:
    row, top = sheet.head[position]
    if depth == 1:
        for index, value in enumerate(top):
            if value is not None:
                yield HeaderCell(index, row, _text(value))
        return
    bottom = sheet.head[position + 1][1]
    groups = _spread(row, top, len(bottom), sheet.merges)
    for index in range(max(len(top), len(bottom))):
        above = groups[index] if index < len(groups) else ""
        below = bottom[index] if index < len(bottom) else None
        if below is not None:
            yield HeaderCell(index, row + 1, _text(below), above)
        elif index < len(top) and top[index] is not None:
            yield HeaderCell(index, row, _text(top[index]))


def _text(value: Any) -> str:
    """A label; of a cell that is none, no more than could be one."""
    return str(value)[:LONGEST_LABEL].strip()


def _spread(row: int, top: Sequence[Any], width: int, merges: Sequence[Merge]) -> list[str]:
    """The upper header row with every merged cell written into all the columns it covers.

    A file without merged cells (a CSV) says the same by leaving the cells to the right blank.
    """
    texts = ["" if value is None else _text(value) for value in top]
    texts += [""] * (width - len(texts))
    across = [merge for merge in merges if merge.first_row == merge.last_row == row]
    for merge in across:
        for index in range(merge.first_column, min(merge.last_column + 1, len(texts))):
            texts[index] = texts[merge.first_column]
    if not merges:
        for index in range(1, len(texts)):
            texts[index] = texts[index] or texts[index - 1]
    return texts


def _match(header: Header, columns: Sequence[Column]) -> None:
    """Give every column its cell; what is missing or there twice becomes an error."""
    taken: set[int] = set()
    for column in columns:
        cells = [cell for cell in header.cells if not cell.names.isdisjoint(column.known_as)]
        if len(cells) > 1:
            where = "、".join(cell.address for cell in cells)
            message = _("The column “%(label)s” is there more than once (%(where)s); keep one.")
            values = {"label": column.label, "where": where}
            header.errors.append(header.error(cells[1], message % values))
        elif cells:
            header.places[column.label] = cells[0]
        elif column.required:
            message = _("The column “%(label)s” is missing; take a fresh template.")
            header.errors.append(header.error(None, message % {"label": column.label}))
        taken |= {cell.index for cell in cells}
    header.others = [cell for cell in header.cells if cell.index not in taken and cell.label]
