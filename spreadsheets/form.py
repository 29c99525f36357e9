"""Finds the table in a sheet laid out by an office: title rows, header, rows, signature lines."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.utils.translation import gettext as _
from openpyxl.utils import get_column_letter

from spreadsheets.errors import CellError, Refused
from spreadsheets.fields import CONTROLS, Column, half_width, normal
from spreadsheets.reader import Odd, RawSheet

META_SHEET = "_ledger"
HEADER_WITHIN = 20
MOST_OF_META = 100
SHOWN = 60
TOTALS = ("合计", "小计", "总计")
NO_DATA = (*TOTALS, "填表人", "审核人", "单位负责人", "注:", "注：", "备注:", "备注：")


@dataclass(frozen=True)
class Record:
    """One data row: its cells by column label, each with the address that Excel shows."""

    sheet: str
    row: int
    cells: Mapping[str, Any]
    letters: Mapping[str, str]

    def error(self, label: str | None, message: str) -> CellError:
        letter = self.letters.get(label or "", "A")
        value = None if label is None else self.cells.get(label)
        return CellError(self.sheet, f"{letter}{self.row}", shown(value), str(message))


def shown(value: Any) -> str:
    """A cell as an error quotes it: short, and without what no database or page can hold."""
    return "" if value is None else CONTROLS.sub(" ", str(value)[:SHOWN])


@dataclass(frozen=True)
class Form:
    """A sheet understood: what it was made from, its title lines, and its data rows."""

    sheet: str
    meta: Mapping[str, str]
    heading: Sequence[str]
    records: Sequence[Record]
    errors: Sequence[CellError]


def understand(sheets: Sequence[RawSheet], columns: Sequence[Column]) -> Form:
    """The first visible sheet that holds the header; raises Refused where none does."""
    visible = [sheet for sheet in sheets if not sheet.hidden and sheet.count]
    if not visible:
        raise Refused(_("The workbook holds no rows."))
    best, position = _only_table(visible, columns)
    header_row, header = best.head[position]
    labels, errors = _match(best.name, header_row, header, columns)
    return Form(
        sheet=best.name,
        meta=meta_of(sheets),
        heading=[
            half_width(v) for _row, cells in best.head[:position] for v in cells if v is not None
        ],
        records=list(_records(best, position, labels)),
        errors=errors,
    )


def _only_table(sheets: Sequence[RawSheet], columns: Sequence[Column]) -> tuple[RawSheet, int]:
    """The sheet that holds the table, and the position of its header.

    Where two sheets hold one, it cannot be known which is meant, and none is left out silently.
    """
    required = [column.label for column in columns if column.required]
    least = min(3, len(required))
    headers = [(sheet, *_find_header(sheet, columns)) for sheet in sheets]
    tables = [(sheet, position) for sheet, position, matches in headers if matches >= least]
    if not tables:
        raise Refused(
            _("No header row with the expected columns was found: %(columns)s.")
            % {"columns": "、".join(required)}
        )
    filled = [(sheet, position) for sheet, position in tables if sheet.count > position + 1]
    if len(filled) > 1:
        raise Refused(
            _("Several sheets hold such a table: %(sheets)s. Leave only one of them in the file.")
            % {"sheets": "、".join(shown(sheet.name) for sheet, _position in filled)}
        )
    return (filled or tables)[0]


def _find_header(sheet: RawSheet, columns: Sequence[Column]) -> tuple[int, int]:
    """Position of the row that names most columns, and how many it names."""
    known = {name for column in columns for name in column.known_as}
    best = (0, 0)
    for position, (_row, cells) in enumerate(sheet.head[:HEADER_WITHIN]):
        matches = len({normal(v) for v in cells if v is not None} & known)
        if matches > best[1]:
            best = (position, matches)
    return best


def _match(
    sheet: str, row: int, header: Sequence[Any], columns: Sequence[Column]
) -> tuple[dict[str, int], list[CellError]]:
    labels: dict[str, int] = {}
    errors: list[CellError] = []
    for column in columns:
        places = [i for i, v in enumerate(header) if v is not None and normal(v) in column.known_as]
        if len(places) > 1:
            where = "、".join(f"{get_column_letter(i + 1)}{row}" for i in places)
            errors.append(
                CellError(
                    sheet,
                    f"{get_column_letter(places[1] + 1)}{row}",
                    shown(header[places[1]]),
                    _("The column “%(label)s” is there more than once (%(where)s); keep one.")
                    % {"label": column.label, "where": where},
                )
            )
        elif places:
            labels[column.label] = places[0]
        elif column.required:
            errors.append(
                CellError(
                    sheet,
                    f"A{row}",
                    "",
                    _("The column “%(label)s” is missing; take a fresh template.")
                    % {"label": column.label},
                )
            )
    return labels, errors


def _records(sheet: RawSheet, position: int, labels: Mapping[str, int]) -> Iterator[Record]:
    letters = {label: get_column_letter(index + 1) for label, index in labels.items()}
    for row, values in islice(sheet.rows(), position + 1, None):
        cells = {label: values[i] if i < len(values) else None for label, i in labels.items()}
        first = next((v for v in values if v not in (None, "")), None)
        if first is None or str(first).strip().startswith(NO_DATA):
            continue
        if any(v not in (None, "") for v in cells.values()):
            yield Record(sheet.name, row, cells, letters)


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
    if value.kind == "digits":
        return _(
            "More than 15 digits were typed as a number, so Excel has lost the last ones. Format "
            "the cell as text and type it again."
        )
    return _("This cell shows an error. Correct it, or clear the cell.")
