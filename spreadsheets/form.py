"""Finds the table in a sheet laid out by an office: title rows, header, rows, signature lines."""

import json
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from openpyxl.utils import get_column_letter

from spreadsheets.errors import CellError, Refused
from spreadsheets.fields import Column
from spreadsheets.reader import Odd, RawSheet

META_SHEET = "_ledger"
HEADER_WITHIN = 20
IGNORED = str.maketrans("", "", " \u3000\t\r\n_-—:：/*＊()（）[]【】、，,。.“”\"'")
NO_DATA = ("合计", "小计", "总计", "填表人", "审核人", "单位负责人", "注:", "注：", "备注:", "备注：")


def normal(label: Any) -> str:
    """A label as it is compared: NFKC, without spaces and punctuation, in lower case."""
    return unicodedata.normalize("NFKC", str(label)).translate(IGNORED).lower()


@dataclass(frozen=True)
class Record:
    """One data row: its cells by column label, each with the address that Excel shows."""

    sheet: str
    row: int
    cells: Mapping[str, Any]
    letters: Mapping[str, str]

    def error(self, label: str | None, message: str) -> CellError:
        letter = self.letters.get(label or "", "A")
        value = "" if label is None else self.cells.get(label)
        shown = "" if value is None else str(value)[:60]
        return CellError(self.sheet, f"{letter}{self.row}", shown, str(message))


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
    visible = [sheet for sheet in sheets if not sheet.hidden and sheet.rows]
    if not visible:
        raise Refused(_("The workbook holds no rows."))
    best = max(visible, key=lambda sheet: _find_header(sheet, columns)[1])
    position, matches = _find_header(best, columns)
    if matches < min(3, len([c for c in columns if c.required])):
        raise Refused(
            _("No header row with the expected columns was found: %(columns)s.")
            % {"columns": "、".join(c.label for c in columns if c.required)}
        )
    header_row, header = best.rows[position]
    labels, errors = _match(best.name, header_row, header, columns)
    return Form(
        sheet=best.name,
        meta=_meta(sheets),
        heading=[str(v) for _row, cells in best.rows[:position] for v in cells if v is not None],
        records=list(_records(best, position, labels)),
        errors=errors,
    )


def _find_header(sheet: RawSheet, columns: Sequence[Column]) -> tuple[int, int]:
    """Position of the row that names most columns, and how many it names."""
    known = {name for column in columns for name in column.known_as}
    best = (0, 0)
    for position, (_row, cells) in enumerate(sheet.rows[:HEADER_WITHIN]):
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
                    str(header[places[1]]),
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
    for row, values in sheet.rows[position + 1 :]:
        cells = {label: values[i] if i < len(values) else None for label, i in labels.items()}
        first = next((v for v in values if v not in (None, "")), None)
        if first is None or str(first).strip().startswith(NO_DATA):
            continue
        if any(v not in (None, "") for v in cells.values()):
            yield Record(sheet.name, row, cells, letters)


def _meta(sheets: Sequence[RawSheet]) -> dict[str, str]:
    """What a downloaded sheet says of itself in its hidden sheet; nothing for any other file."""
    for sheet in sheets:
        if sheet.name == META_SHEET and sheet.rows:
            try:
                meta = json.loads(str(sheet.rows[0][1][0]))
            except (ValueError, IndexError):
                return {}
            if isinstance(meta, dict):
                return {str(key): str(value) for key, value in meta.items()}
    return {}


def is_odd(value: Any) -> str:
    """Why a cell holds no value that may be read; an empty text where it does."""
    if not isinstance(value, Odd):
        return ""
    if value.kind == "formula":
        return _("This formula was never computed. Open the file in Excel, save, and upload.")
    return _("This cell shows an error. Correct it, or clear the cell.")
