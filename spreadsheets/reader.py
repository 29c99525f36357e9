"""Reads a guarded file through a child process; whatever happens to the child is an answer."""

import json
import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from django.utils.translation import gettext as _

from spreadsheets import guard
from spreadsheets.errors import Refused
from spreadsheets.limits import Limits

logger = logging.getLogger(__name__)

CHILD = Path(__file__).with_name("reader_child.py")
HEAD_ROWS = 40
CHUNK = 1 << 18


@dataclass(frozen=True)
class Odd:
    """A cell that holds no value: an error such as #N/A, a formula never computed, lost digits."""

    kind: str
    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Merge:
    """Cells shown as one: rows as Excel numbers them, columns from 0, the last ones included."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int


Row = tuple[int, list[Any]]


@dataclass
class RawSheet:
    """A worksheet as read: rows by their number in Excel, cells as Python values or Odd.

    Only the first rows are in memory; `rows` decodes the others as they are asked for.
    """

    name: str
    hidden: bool
    head: list[Row] = field(default_factory=list)
    count: int = 0
    merges: list[Merge] = field(default_factory=list)
    hidden_rows: list[tuple[int, int]] = field(default_factory=list)
    _file: IO[bytes] | None = field(default=None, repr=False)
    _rest: tuple[int, int] = (0, 0)

    def rows(self) -> Iterator[Row]:
        """All rows that hold anything; may be asked for again, also while another reads."""
        yield from self.head
        if self._file is not None and self.count > len(self.head):
            for line in _lines(self._file, *self._rest):
                yield _row(line)


@dataclass
class Book:
    """All sheets of a file. Closing it, or leaving its context, removes what was kept of it."""

    sheets: list[RawSheet]
    is_text: bool
    _file: IO[bytes] = field(repr=False)

    def __enter__(self) -> "Book":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._file.close()


def read(path: Path, limits: Limits | None = None) -> Book:
    """Every sheet of the file, hidden ones included; raises Refused in words."""
    limits = limits or Limits.current()
    checked = guard.check(path, limits)
    # It has no name, so nothing of it remains, whatever becomes of this process.
    output: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the book
    try:
        _run_child(path, checked, limits, output)
        return Book(_sheets(output, checked, limits), checked.kind == "csv", output)
    except (ValueError, LookupError, TypeError) as error:
        # Lines that no child of ours prints, unless it was cut short within one.
        output.close()
        logger.warning("the lines of a reading are none: %s", type(error).__name__)
        raise Refused(_unreadable()) from None
    except BaseException:
        output.close()
        raise


def _run_child(path: Path, checked: guard.Checked, limits: Limits, output: IO[bytes]) -> None:
    job = {"kind": checked.kind, "limits": asdict(limits), "members": checked.members}
    try:
        done = subprocess.run(  # noqa: S603 - our own script, arguments as a list
            [sys.executable, "-I", "-S", str(CHILD), str(path)],
            input=json.dumps(job).encode(),
            stdout=output,
            # The child says nothing there; but its end is noticed at once, and not at the next
            # of the glances that subprocess takes at a child without a pipe.
            stderr=subprocess.PIPE,
            timeout=limits.wall_seconds,
            check=False,
        )
    except (subprocess.TimeoutExpired, OSError) as error:
        logger.warning("reading an upload failed: %s", type(error).__name__)
        raise Refused(_unreadable()) from None
    if done.returncode != 0:
        logger.warning("reading an upload ended with status %d", done.returncode)
        raise Refused(_unreadable())


def _sheets(output: IO[bytes], checked: guard.Checked, limits: Limits) -> list[RawSheet]:
    """The sheets that the child printed; raises Refused where its last line is not there.

    Rows are counted here, and decoded only at the head of each sheet.
    """
    sheets: list[RawSheet] = []
    output.seek(0)
    at = 0
    part = ""
    for line in output:
        start, at = at, at + len(line)
        if line.startswith(b"["):
            sheet = sheets[-1]
            sheet.count += 1
            if sheet.count <= HEAD_ROWS:
                sheet.head.append(_row(line))
                sheet._rest = (at, at)
            continue
        said = json.loads(line)
        if "sheet" in said and "part" in said:
            part = said["part"]
            sheets.append(RawSheet(said["sheet"], said["hidden"], _file=output))
        elif "elements" in said:
            if said["elements"] != checked.elements.get(part, 0):
                raise Refused(_not_in_full())
            _close(sheets[-1], said, start)
        elif "end" in said:
            return sheets
        else:
            raise Refused(_beyond(said, limits))
    raise Refused(_unreadable())


def _close(sheet: RawSheet, said: dict[str, Any], end: int) -> None:
    sheet.merges = [Merge(*corners) for corners in said["merges"]]
    sheet.hidden_rows = [(first, last) for first, last in said["hidden_rows"]]
    sheet._rest = (sheet._rest[0], end)


def _lines(file: IO[bytes], start: int, end: int) -> Iterator[bytes]:
    """The lines between two places of a file, without moving where others read it."""
    rest = b""
    while start < end:
        chunk = os.pread(file.fileno(), min(CHUNK, end - start), start)
        if not chunk:
            raise Refused(_unreadable())
        start += len(chunk)
        *lines, rest = (rest + chunk).split(b"\n")
        yield from lines


def _odd(cell: dict[str, str]) -> Odd:
    kind, text = next(iter(cell.items()))
    return Odd(kind, text)


_decode = json.JSONDecoder(parse_float=Decimal, object_hook=_odd).raw_decode


def _row(line: bytes) -> Row:
    number, cells = _decode(line.decode())[0]
    return number, cells


def _beyond(said: dict[str, Any], limits: Limits) -> str:
    """In words, where a file goes beyond what can be read."""
    kind, about = next(iter(said.items()))
    if kind == "too_many":
        return _too_many(*about)
    message = {
        "too_large": _(
            "Row %(row)d is beyond what can be read: %(rows)d rows and %(columns)d columns. "
            "Delete what stands outside the table, or split the sheet."
        ),
        "blank_after": _(
            "Delete the blank rows after row %(row)d (sheet “%(sheet)s”): they hold "
            "nothing but formats, and are too many to read. Then save, and upload it again."
        ),
        "merge": _(
            "On the sheet “%(sheet)s” the cells %(area)s are merged into one, which reaches far "
            "beyond the table. Unmerge them, save, and upload it again."
        ),
        "broken_line": _(
            "The text file cannot be read from line %(row)d on: a quotation mark is missing, "
            "or a cell is longer than Excel allows. Correct it, or save it from Excel as .xlsx."
        ),
        "no_text": _(
            "This text file is in none of the usual encodings, or is no text at all. Open it in "
            "Excel, save it as .xlsx, and upload that."
        ),
        "too_much": _("The workbook holds too much text. Split it into smaller ones."),
    }[kind]
    own = {"row": about, "area": about, "sheet": said.get("sheet", "")}
    return message % {**own, "rows": limits.rows, "columns": limits.columns}


def _too_many(what: str, most: int) -> str:
    messages = {
        "mergeCell": _(
            "The workbook holds more than %(most)d merged areas. Unmerge them, or copy only the "
            "rows that matter into a new workbook and upload that."
        ),
        "dataValidation": _(
            "The workbook holds more than %(most)d drop-down lists and other data validations. "
            "Copy only the values into a new workbook and upload that."
        ),
        "xf": _(
            "The workbook holds more than %(most)d cell styles. Copy only the values into a new "
            "workbook and upload that."
        ),
        "cfRule": _(
            "The workbook holds more than %(most)d conditional formats. Clear them, or copy only "
            "the values into a new workbook, and upload that."
        ),
    }
    return messages[what] % {"most": most}


def _not_in_full() -> str:
    return _(
        "The workbook is damaged and could not be read in full, so nothing of it was taken. Open "
        "it in Excel or WPS, save it again as .xlsx, and upload."
    )


def _unreadable() -> str:
    return _(
        "The workbook could not be read. Copy its contents into a new workbook, save it as "
        ".xlsx, and upload that."
    )
