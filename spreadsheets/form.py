"""A sheet laid out by an office, understood: title lines, header, data rows, signature lines."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from spreadsheets import header as headers
from spreadsheets.errors import CellError, Refused, shown
from spreadsheets.fields import Column, half_width
from spreadsheets.header import Header, HeaderCell
from spreadsheets.reader import Merge, Odd, RawSheet

META_SHEET = "_ledger"
GUIDE_SHEET = "填写说明"
MOST_OF_META = 100
TOTALS = ("合计", "小计", "总计", "共计")
# In half-width characters without spaces, as a row's first word is compared.
NO_DATA = ("填表人", "审核人", "单位负责人", "填报人", "注:", "备注:", "说明:")
DITTO = {"同上", "〃", "″", "同前"}
MONEY = re.compile(r"单位[:：](万元|元)")


@dataclass(frozen=True)
class Record:
    """One data row: its cells by column label, each with the address that Excel shows.

    `values` are all its cells by their place; `above` what a 同上 in a column stands for,
    where something stands above it.
    """

    sheet: str
    row: int
    cells: Mapping[str, Any]
    letters: Mapping[str, str]
    values: Sequence[Any] = ()
    above: Mapping[str, Any] = field(default_factory=dict)

    def error(self, label: str | None, message: str) -> CellError:
        value = None if label is None else self.cells.get(label)
        return CellError(self.sheet, self.address(label), shown(value), str(message))

    def address(self, label: str | None) -> str:
        return f"{self.letters.get(label or '', 'A')}{self.row}"

    def at(self, cell: HeaderCell) -> Any:
        """The value under a header cell that is no declared column."""
        return self.values[cell.index] if cell.index < len(self.values) else None

    def error_at(self, cell: HeaderCell, message: str) -> CellError:
        address = f"{cell.letter}{self.row}"
        return CellError(self.sheet, address, shown(self.at(cell)), str(message))


@dataclass
class Form:
    """What a workbook says: what it was made from, its title lines, its header and its rows.

    While the records are read, `totals` collects the rows that add up others, and
    `unread` the header cells of columns that hold something and are not understood.
    """

    header: Header
    meta: Mapping[str, str]
    heading: Sequence[str]
    totals: list[Record] = field(default_factory=list)
    unread: list[HeaderCell] = field(default_factory=list)
    taken: set[int] = field(default_factory=set)

    @property
    def sheet(self) -> str:
        return self.header.sheet.name

    @property
    def errors(self) -> list[CellError]:
        return self.header.errors

    @property
    def others(self) -> list[HeaderCell]:
        return self.header.others

    @property
    def money(self) -> str:
        """元 or 万元, as the unit line says; empty where it says nothing."""
        match = MONEY.search("".join(self.heading))
        return match[1] if match else ""

    def take(self, cell: HeaderCell) -> None:
        """Note that a sheet understands a column that it did not declare."""
        self.taken.add(cell.index)

    def records(self) -> Iterator[Record]:
        letters = {label: cell.letter for label, cell in self.header.places.items()}
        places = {label: cell.index for label, cell in self.header.places.items()}
        left = {cell.index: cell for cell in self.others if cell.index not in self.taken}
        last: Mapping[str, Any] = {}
        for row, values in _filled_down(self.header, places):
            first = next((v for v in values if v not in (None, "")), None)
            word = half_width(first)  # 合 计 is often written with a space
            if not word or word.startswith(NO_DATA):
                continue
            width = len(values)
            cells = {label: values[i] if i < width else None for label, i in places.items()}
            above = _above(cells, last)
            record = Record(self.sheet, row, cells, letters, values, above)
            if word.startswith(TOTALS):
                self.totals.append(record)
            elif any(v not in (None, "") for v in cells.values()):
                self._note_unread(left, values)
                yield record
                last = {**cells, **above} if above else cells

    def _note_unread(self, left: dict[int, HeaderCell], values: Sequence[Any]) -> None:
        for index in [i for i in left if i < len(values) and values[i] not in (None, "")]:
            self.unread.append(left.pop(index))


def understand(sheets: Sequence[RawSheet], columns: Sequence[Column]) -> Form:
    """The one visible sheet that holds the header; raises Refused where none does."""
    visible = [
        sheet for sheet in sheets if not sheet.hidden and sheet.count and sheet.name != GUIDE_SHEET
    ]
    if not visible:
        raise Refused(_("The workbook holds no rows."))
    header = headers.find(visible, columns)
    lines = header.sheet.head[: header.position]
    heading = [half_width(v) for _row, cells in lines for v in cells if v is not None]
    return Form(header, meta_of(sheets), heading)


def _above(cells: Mapping[str, Any], last: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the cells that say 同上 stand for: the cell of the row before, where it holds any."""
    return {
        label: last[label]
        for label, value in cells.items()
        if isinstance(value, str) and value.strip() in DITTO and last.get(label) not in (None, "")
    }


def _filled_down(header: Header, places: Mapping[str, int]) -> Iterator[tuple[int, Sequence[Any]]]:
    """The rows below the header, a cell merged over several rows standing in each of them."""
    merged = _MergedDown(header, set(places.values()))
    for row, values in header.sheet.rows():
        if row > header.last_row:
            yield row, merged.fill(row, values) if merged.starts else values


class _MergedDown:
    """The cells of some columns that are merged over several rows, followed down the sheet."""

    def __init__(self, header: Header, columns: set[int]) -> None:
        self.starts: dict[int, list[Merge]] = {}
        self.running: dict[int, tuple[int, Any]] = {}
        for merge in header.sheet.merges:
            is_down = merge.last_row > merge.first_row > header.last_row
            if is_down and merge.first_column in columns:
                self.starts.setdefault(merge.first_row, []).append(merge)

    def fill(self, row: int, values: list[Any]) -> list[Any]:
        self.running = {c: (last, v) for c, (last, v) in self.running.items() if row <= last}
        for column, (_last, value) in self.running.items():
            values += [None] * (column + 1 - len(values))
            if values[column] is None:
                values[column] = value
        for merge in self.starts.get(row, ()):
            value = values[merge.first_column] if merge.first_column < len(values) else None
            self.running[merge.first_column] = (merge.last_row, value)
        return values


def meta_of(sheets: Sequence[RawSheet]) -> dict[str, str]:
    """What a downloaded sheet says of itself in its hidden sheet; nothing for any other file."""
    for sheet in sheets:
        if sheet.name == META_SHEET and sheet.head:
            try:
                meta = json.loads(str(sheet.head[0][1][0]))
            except (ValueError, IndexError):
                return {}
            if isinstance(meta, dict):
                words = {str(key): str(value) for key, value in meta.items()}
                return {k: v for k, v in words.items() if len(v) < MOST_OF_META and v.isprintable()}
    return {}


def why_odd(value: Odd) -> str:
    """Why a cell holds no value that may be read, and what to do."""
    if value.kind == "formula":
        return _("This formula was never computed. Open the file in Excel, save, and upload.")
    if value.kind == "long":
        return _("This cell holds more text than Excel allows; shorten it.")
    if value.kind == "digits":
        return _(
            "More than 15 digits were typed as a number, so Excel has lost the last ones. "
            "Format the cell as text and type it again."
        )
    return _("This cell shows an error. Correct it, or clear the cell.")
