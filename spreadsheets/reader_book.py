"""What the cells of a workbook refer to, and what a cell means, as the child process reads it.

Texts and numbers are turned into JSON once, as they are read; rows only join them.
"""

from __future__ import annotations

import datetime
import json
import posixpath
import re

from spreadsheets.reader_parts import SPACES, TEXT, Container, Spliced, elements, local, unescaped

TYPE_CHECKING = False  # typing itself takes longer to import than all else here
if TYPE_CHECKING:
    from typing import Any

ERRORS = {"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#SPILL!"}
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
# Excel stores 15 digits; what a double holds beyond them (0.30000000000000004) was never typed,
# and a whole number of more digits has lost the last ones.
DIGITS = ".15g"
WHOLE_BELOW = 10**15
# Built-in date and time formats; 27 to 36 and 50 to 58 are those of Chinese Excel and WPS.
DATE_FORMATS = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
NO_DATE_LETTERS = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
LONGEST_FORMAT = 255
ON = ("1", "true")
# Of what stands in a workbook beside its cells; offices have some hundreds of each at most.
MOST = {"mergeCell": 10_000, "dataValidation": 5_000, "cfRule": 10_000, "xf": 64_000}

quoted = json.encoder.encode_basestring
encoded = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


class Beyond(Exception):
    """The file goes beyond a limit; `line` is how that is told."""

    def __init__(self, line: dict[str, Any]) -> None:
        super().__init__(line)
        self.line = line


class Workbook:
    """What the cells of all sheets refer to: shared texts, formats, and the sheets' parts."""

    def __init__(self, container: Container) -> None:
        self.container = container
        self.epoch = datetime.datetime(1899, 12, 30)  # noqa: DTZ001 - a day has no time zone
        self.links: dict[str, tuple[str, str]] = {}
        self.sheets: list[tuple[str, bool, str]] = []
        self.dates: list[bool] = []
        self._formats: dict[str, bool] = {}
        self._in_cell_formats = False
        self._styles = 0
        elements(container, "xl/_rels/workbook.xml.rels", self._link)
        elements(container, "xl/workbook.xml", self._sheet)
        if part := self._part("/styles"):
            elements(container, part, self._style)
        shared = Texts()
        if part := self._part("/sharedStrings"):
            shared.read(container.chunks(part))
        self.texts = shared.texts

    def _part(self, kind: str) -> str:
        return next((part for found, part in self.links.values() if found.endswith(kind)), "")

    def _link(self, name: str, attributes: dict[str, str]) -> None:
        if local(name) == "Relationship":
            part = posixpath.normpath(posixpath.join("/xl", attributes["Target"])).lstrip("/")
            self.links[attributes["Id"]] = (attributes["Type"], part)

    def _sheet(self, name: str, attributes: dict[str, str]) -> None:
        if local(name) == "workbookPr" and attributes.get("date1904", "0") in ON:
            self.epoch = datetime.datetime(1904, 1, 1)  # noqa: DTZ001
        if local(name) == "sheet":
            own = {local(key): value for key, value in attributes.items()}
            kind, part = self.links[own["id"]]
            if kind.endswith("/worksheet"):
                self.sheets.append((own["name"], own.get("state", "visible") != "visible", part))

    def _style(self, name: str, attributes: dict[str, str]) -> None:
        name = local(name)
        if name == "numFmt":
            self._formats[attributes["numFmtId"]] = is_date_format(attributes["formatCode"])
        elif name in ("cellXfs", "cellStyleXfs", "cellStyles", "dxfs"):
            self._in_cell_formats = name == "cellXfs"
        elif name == "xf":
            self._styles += 1
            if self._styles > MOST["xf"]:
                raise Beyond({"too_many": ["xf", MOST["xf"]]})
            if self._in_cell_formats:
                number = attributes.get("numFmtId", "0")
                known = self._formats.get(number)
                self.dates.append(int(number) in DATE_FORMATS if known is None else known)


def is_date_format(code: str) -> bool:
    first = NO_DATE_LETTERS.sub("", code[:LONGEST_FORMAT]).split(";")[0].lower()
    return first != "general" and any(letter in first for letter in "ymdhs")


class Texts(Spliced):
    """Collects the shared texts; the parts of a rich text are one, its readings are none."""

    LIST, CHILD, LIST_DEPTH = "sst", "si", 1

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str | None] = []
        self.in_text = self.reading = False
        self.parts: list[str] = []

    def patterns(self, prefix: str) -> None:
        text = f"<{prefix}si><{prefix}t{SPACES}>({TEXT})</{prefix}t></{prefix}si>"
        self.plain = re.compile(f"{text}|(.)", re.DOTALL)

    def all_regular(self, text: str) -> bool:
        found = self.plain.findall(text)
        if any(other for _text, other in found):
            return False
        self.texts.extend([as_text(own) for own, _other in found])
        return True

    def regular_child(self, text: str, at: int) -> bool:
        return self.all_regular(f"{text[at:]}</{self.prefix}si>")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "t":
            self.in_text = not self.reading
        elif name == "si":
            self.parts = []
        elif name == "rPh":
            self.reading = True

    def text(self, text: str) -> None:
        if self.in_text:
            self.parts.append(text)

    def end(self, name: str) -> None:
        if name == "t":
            self.in_text = False
        elif name == "si":
            self.texts.append(as_text("".join(self.parts)))
        elif name == "rPh":
            self.reading = False


def as_text(text: str) -> str | None:
    """A text as JSON; an empty one is no value, an error pasted as a value is one no less."""
    if "_x" in text:
        text = unescaped(text)
    if text in ERRORS:
        return encoded({"error": text})
    return quoted(text) if text else None


def number(text: str) -> Any:
    """A number as Excel shows it; what is none, or beyond all numbers, is an error cell."""
    if len(text) <= 15 and text.isascii() and text.isdecimal():
        return int(text)
    text = text.strip()
    value = float(text) if NUMBER.fullmatch(text) else float("nan")
    if value - value != 0:
        return {"error": text[:40]}
    if abs(value) >= WHOLE_BELOW:
        return {"digits": text[:40]}
    return int(value) if value == int(value) else float(format(value, DIGITS))


def day(text: str, epoch: datetime.datetime) -> Any:
    """A date from its serial number; before day 1 it is a time of day."""
    serial = number(text)
    if isinstance(serial, dict):
        return {"error": text.strip()[:40]}
    try:
        if 0 <= serial < 1:
            return str((epoch + datetime.timedelta(days=serial)).time().replace(microsecond=0))
        # Excel believes that 1900 was a leap year: its first 60 days are one too early.
        missing = 1 if epoch.year < 1900 and serial < 60 else 0
        moment = epoch + datetime.timedelta(days=serial + missing)
    except OverflowError:
        return {"error": text[:40]}
    return moment.date().isoformat() if serial >= 0 else {"error": text[:40]}
