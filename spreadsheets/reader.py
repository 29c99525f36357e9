"""Reads a guarded file through a child process; whatever happens to the child is an answer."""

import json
import logging
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

from django.utils.translation import gettext as _

from spreadsheets import guard
from spreadsheets.errors import Refused
from spreadsheets.limits import Limits

logger = logging.getLogger(__name__)

CHILD = Path(__file__).with_name("reader_child.py")


@dataclass
class RawSheet:
    """A worksheet as read: rows by their number in Excel, cells as Python values or Odd."""

    name: str
    hidden: bool
    rows: list[tuple[int, list[Any]]] = field(default_factory=list)


@dataclass(frozen=True)
class Odd:
    """A cell that holds no value: an error such as #N/A, or a formula never computed."""

    kind: str
    text: str

    def __str__(self) -> str:
        return self.text


def read(path: Path, limits: Limits | None = None) -> list[RawSheet]:
    """Every sheet of the file, hidden ones included; raises Refused in words."""
    limits = limits or Limits.current()
    kind = guard.check(path, limits)
    with tempfile.TemporaryFile("w+", encoding="utf-8") as output:
        command = [sys.executable, "-I", str(CHILD), str(path), kind, json.dumps(asdict(limits))]
        try:
            done = subprocess.run(  # noqa: S603 - our own script, arguments as a list
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.DEVNULL,
                timeout=limits.wall_seconds,
                check=False,
            )
        except (subprocess.TimeoutExpired, OSError) as error:
            logger.warning("reading an upload failed: %s", type(error).__name__)
            raise Refused(_unreadable()) from None
        if done.returncode != 0:
            logger.warning("reading an upload ended with status %d", done.returncode)
            raise Refused(_unreadable())
        output.seek(0)
        return _sheets(output, limits)


def _beyond(line: dict[str, Any], limits: Limits) -> str:
    if "too_much" in line:
        return _("The workbook holds too much text. Split it into smaller ones.")
    return _(
        "Row %(row)d is beyond what can be read: %(rows)d rows and %(columns)d columns. Delete "
        "what stands outside the table, or split the sheet."
    ) % {"row": line["too_large"][0], "rows": limits.rows, "columns": limits.columns}


def _unreadable() -> str:
    return _(
        "The workbook could not be read. Copy its contents into a new workbook, save it as "
        ".xlsx, and upload that."
    )


def _sheets(lines: IO[str], limits: Limits) -> list[RawSheet]:
    """The sheets that the child printed; raises Refused where its last line is not there."""
    sheets: list[RawSheet] = []
    decode = json.JSONDecoder(parse_float=Decimal).decode
    for text in lines:
        line = decode(text)
        if isinstance(line, list):
            sheets[-1].rows.append((line[0], [_cell(value) for value in line[1]]))
        elif "sheet" in line:
            sheets.append(RawSheet(line["sheet"], line["hidden"]))
        elif "end" in line:
            return sheets
        else:
            raise Refused(_beyond(line, limits))
    raise Refused(_unreadable())


def _cell(value: Any) -> Any:
    if isinstance(value, dict):
        kind, text = next(iter(value.items()))
        return text if kind == "date" else Odd(kind, text)
    return value
