"""Parses one file in a process of its own, under limits, and prints it as lines of JSON.

Run by `reader.py`, never imported by the server: `python -I reader_child.py FILE KIND LIMITS`.
It knows neither Django nor the database, so a file that breaks the parser breaks nothing else.

Lines: {"sheet": name, "hidden": bool} opens a sheet; [row, [cell, …]] is a row that holds
anything. A cell is null, a text, a number, true or false, or one of {"date": "2026-01-31"},
{"error": "#N/A"}, {"formula": "=A1"} (a formula whose value the file does not hold).
{"too_large": [row, column]} and {"too_much": row} end a file beyond the limits.
The last line is {"end": rows}; without it the reading was cut short.

A worksheet is read as a stream of XML events: five times faster than openpyxl, in one pass
for values and formulas, and nothing is ever sized by where a cell says it stands.
"""

import codecs
import csv
import datetime
import io
import json
import posixpath
import re
import resource
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.parsers import expat

CHUNK = 1 << 16
ERRORS = {"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#SPILL!"}
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
# Excel stores 15 digits; what a double holds beyond them (0.30000000000000004) was never typed.
DIGITS = ".15g"
WHOLE_BELOW = 1e15
# Characters that XML cannot hold stand in a workbook as _x000D_; _x005F_ is the _ itself.
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
# Built-in date and time formats; 27 to 36 and 50 to 58 are those of Chinese Excel and WPS.
DATE_FORMATS = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
NO_DATE_LETTERS = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)


class Beyond(Exception):
    """The file goes beyond a limit; `line` is how that is told."""

    def __init__(self, line: dict[str, Any]) -> None:
        super().__init__(line)
        self.line = line


def limit(limits: dict[str, int]) -> None:
    memory, cpu = limits["memory_bytes"], limits["cpu_seconds"]
    output = 8 * limits["unpacked_bytes"]
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu))
    resource.setrlimit(resource.RLIMIT_FSIZE, (output, output))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


# Workbooks


def read_workbook(path: str) -> Iterator[Any]:
    with zipfile.ZipFile(path) as container:
        book = Workbook(container)
        for name, hidden, member in book.sheets:
            yield {"sheet": name, "hidden": hidden}
            rows = Rows(book)
            for _ in events(container, member, rows.start, rows.end, rows.text.append):
                yield from rows.done
                rows.done.clear()


def events(
    container: zipfile.ZipFile,
    member: str,
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> Iterator[None]:
    """Call back for every element of a part; yields now and then, so that rows can flow."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = _no_doctype
    with container.open(member) as stream:
        while chunk := stream.read(CHUNK):
            parser.Parse(chunk)
            yield
        parser.Parse(b"", True)
        yield


def _no_doctype(*_: Any) -> None:
    raise ValueError("document type")


def local(name: str) -> str:
    """An element or attribute without its namespace prefix."""
    return name[name.find(":") + 1 :]


class Workbook:
    """What the cells of all sheets refer to: shared texts, formats, and the sheets' parts."""

    def __init__(self, container: zipfile.ZipFile) -> None:
        self.container = container
        self.epoch = datetime.datetime(1899, 12, 30)  # noqa: DTZ001 - a day has no time zone
        self.links: dict[str, tuple[str, str]] = {}
        self.sheets: list[tuple[str, bool, str]] = []
        self.texts: list[str] = []
        self.dates: list[bool] = []
        self._formats: dict[str, str] = {}
        self._in_cell_formats = False
        self._read("xl/_rels/workbook.xml.rels", self._link)
        self._read("xl/workbook.xml", self._sheet)
        self._read(self._part("/styles"), self._style)
        shared = Texts(self.texts)
        if part := self._part("/sharedStrings"):
            for _ in events(container, part, shared.start, shared.end, shared.text.append):
                pass

    def _read(self, part: str, start: Callable[[str, dict[str, str]], None]) -> None:
        if part:
            for _ in events(self.container, part, start):
                pass

    def _part(self, kind: str) -> str:
        return next((part for found, part in self.links.values() if found.endswith(kind)), "")

    def _link(self, name: str, attributes: dict[str, str]) -> None:
        if local(name) == "Relationship":
            part = posixpath.normpath(posixpath.join("/xl", attributes["Target"])).lstrip("/")
            self.links[attributes["Id"]] = (attributes["Type"], part)

    def _sheet(self, name: str, attributes: dict[str, str]) -> None:
        if local(name) == "workbookPr" and attributes.get("date1904", "0") in ("1", "true"):
            self.epoch = datetime.datetime(1904, 1, 1)  # noqa: DTZ001
        if local(name) == "sheet":
            own = {local(key): value for key, value in attributes.items()}
            kind, part = self.links[own["id"]]
            if kind.endswith("/worksheet"):
                self.sheets.append((own["name"], own.get("state", "visible") != "visible", part))

    def _style(self, name: str, attributes: dict[str, str]) -> None:
        name = local(name)
        if name == "numFmt":
            self._formats[attributes["numFmtId"]] = attributes["formatCode"]
        elif name in ("cellXfs", "cellStyleXfs", "cellStyles", "dxfs"):
            self._in_cell_formats = name == "cellXfs"
        elif name == "xf" and self._in_cell_formats:
            number = attributes.get("numFmtId", "0")
            self.dates.append(
                is_date_format(self._formats[number])
                if number in self._formats
                else int(number) in DATE_FORMATS
            )


def is_date_format(code: str) -> bool:
    first = NO_DATE_LETTERS.sub("", code).split(";")[0].lower()
    return first != "general" and any(letter in first for letter in "ymdhs")


class Texts:
    """Collects the shared texts; the parts of a rich text are one, its readings are none."""

    def __init__(self, texts: list[str]) -> None:
        self.texts = texts
        self.text: list[str] = []
        self.parts: list[str] = []
        self.reading = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        name = local(name)
        if name == "t":
            self.text.clear()
        elif name == "si":
            self.parts = []
        elif name == "rPh":
            self.reading = True

    def end(self, name: str) -> None:
        name = local(name)
        if name == "t" and not self.reading:
            self.parts.append("".join(self.text))
        elif name == "si":
            self.texts.append(unescaped("".join(self.parts)))
        elif name == "rPh":
            self.reading = False


def unescaped(text: str) -> str:
    return ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text


class Rows:
    """Collects the rows of one worksheet; cells and rows without a value leave no trace."""

    def __init__(self, book: Workbook) -> None:
        self.book = book
        self.done: list[tuple[int, list[Any]]] = []
        self.text: list[str] = []
        self.letters: dict[str, int] = {}
        self.row = self.column = 0
        self.cells: dict[int, Any] = {}
        self.kind, self.style = "n", "0"
        self.value, self.formula = "", ""
        self.parts: list[str] = []
        self.reading = False
        clear = self.text.clear
        self.starts = {"c": self._open_cell, "row": self._open_row, "rPh": self._open_reading}
        self.starts |= dict.fromkeys(("v", "f", "t"), lambda _attributes: clear())
        self.ends = {
            "v": self._close_value,
            "f": self._close_formula,
            "t": self._close_text,
            "c": self._close_cell,
            "row": self._close_row,
            "rPh": self._close_reading,
        }

    def start(self, name: str, attributes: dict[str, str]) -> None:
        # These two are called for every element, so they spare what they can.
        if ":" in name:
            name = local(name)
        if handle := self.starts.get(name):
            handle(attributes)

    def end(self, name: str) -> None:
        if ":" in name:
            name = local(name)
        if handle := self.ends.get(name):
            handle()

    def _open_row(self, attributes: dict[str, str]) -> None:
        number = attributes.get("r")
        row = int(number) if number else self.row + 1
        if row <= self.row:
            raise ValueError("rows out of order")
        self.row, self.column, self.cells = row, -1, {}

    def _open_cell(self, attributes: dict[str, str]) -> None:
        self.kind, self.style = attributes.get("t", "n"), attributes.get("s", "0")
        self.column = self._column(attributes.get("r"))
        self.value, self.formula, self.parts = "", "", []

    def _open_reading(self, _attributes: dict[str, str]) -> None:
        self.reading = True

    def _close_reading(self) -> None:
        self.reading = False

    def _close_value(self) -> None:
        self.value = "".join(self.text)

    def _close_formula(self) -> None:
        self.formula = "=" + "".join(self.text)

    def _close_text(self) -> None:
        if not self.reading:
            self.parts.append("".join(self.text))

    def _close_cell(self) -> None:
        value = self._cell()
        if value is not None and value != "":
            # An error pasted as a value is a text, and as little an answer.
            is_error = isinstance(value, str) and value in ERRORS
            self.cells[self.column] = {"error": value} if is_error else value

    def _close_row(self) -> None:
        if self.cells:
            cells = [None] * (max(self.cells) + 1)
            for column, value in self.cells.items():
                cells[column] = value
            self.done.append((self.row, cells))

    def _column(self, reference: str | None) -> int:
        if not reference:
            return self.column + 1
        letters = reference.rstrip("0123456789")
        column = self.letters.get(letters)
        if column is None:
            column = self.letters[letters] = column_of(letters)
        if column <= self.column:
            raise ValueError("cells out of order")
        return column

    def _cell(self) -> Any:
        if self.kind == "inlineStr":
            return unescaped("".join(self.parts))
        if self.kind == "str":
            return unescaped(self.value)
        if not self.value:
            return {"formula": self.formula} if self.formula else None
        if self.kind == "s":
            return self.book.texts[int(self.value)]
        return self._typed()

    def _typed(self) -> Any:
        if self.kind == "b":
            return self.value == "1"
        if self.kind in ("e", "d"):
            return {"error": self.value} if self.kind == "e" else {"date": self.value[:10]}
        style = int(self.style)
        is_date = style < len(self.book.dates) and self.book.dates[style]
        return day(self.value, self.book.epoch) if is_date else number(self.value)


def column_of(letters: str) -> int:
    """0 for A, 26 for AA."""
    index = 0
    if not 1 <= len(letters) <= 3:
        raise ValueError("column")
    for letter in letters:
        if not "A" <= letter <= "Z":
            raise ValueError("column")
        index = index * 26 + ord(letter) - 64
    return index - 1


def number(text: str) -> Any:
    """A number as Excel shows it; what is none, or beyond all numbers, is an error cell."""
    if text.isdecimal() and text.isascii() and len(text) < 4000:
        return int(text)
    text = text.strip()
    value = float(text) if NUMBER.fullmatch(text) else float("nan")
    if value - value != 0:
        return {"error": text[:40]}
    if value == int(value) and abs(value) < WHOLE_BELOW:
        return int(value)
    return float(format(value, DIGITS))


def day(text: str, epoch: datetime.datetime) -> Any:
    """A date from its serial number; before day 1 it is a time of day."""
    serial = number(text)
    if isinstance(serial, dict):
        return serial
    try:
        if 0 <= serial < 1:
            return str((epoch + datetime.timedelta(days=serial)).time().replace(microsecond=0))
        # Excel believes that 1900 was a leap year: its first 60 days are one too early.
        missing = 1 if epoch.year < 1900 and serial < 60 else 0
        moment = epoch + datetime.timedelta(days=serial + missing)
    except OverflowError:
        return {"error": text[:40]}
    return {"date": moment.date().isoformat()} if serial >= 0 else {"error": text[:40]}


# CSV


def read_csv(path: str) -> Iterator[Any]:
    text = decoded(Path(path).read_bytes())
    yield {"sheet": "CSV", "hidden": False}
    header = text[: text.find("\n")]
    # Excel's “Unicode text” is separated by tabs, its CSV in some countries by semicolons.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",\t;", key=header.count))
    last = 0
    for row in reader:
        cells = [{"error": value} if value in ERRORS else value or None for value in row]
        yield last + 1, cells
        last = reader.line_num


def decoded(raw: bytes) -> str:
    marks = ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
    marked = next((encoding for mark, encoding in marks if raw.startswith(mark)), "utf-8-sig")
    try:
        return raw.decode(marked)
    except UnicodeDecodeError:
        return raw.decode("gb18030")


def main(path: str, kind: str, limits: dict[str, int]) -> None:
    limit(limits)
    rows = read_csv(path) if kind == "csv" else read_workbook(path)
    try:
        for text in lines(rows, limits):
            sys.stdout.write(text + "\n")
    except Beyond as beyond:
        sys.stdout.write(json.dumps(beyond.line) + "\n")


def lines(rows: Iterator[Any], limits: dict[str, int]) -> Iterator[str]:
    """The lines to print; raises Beyond where they would be too many or too long."""
    encode = json.JSONEncoder(allow_nan=False, separators=(",", ":")).encode
    count = size = 0
    for line in rows:
        if isinstance(line, dict):
            yield encode(line)
            continue
        number, cells = line
        while cells and cells[-1] is None:
            cells.pop()
        if not cells:
            continue
        count += 1
        if number > limits["rows"] or count > limits["rows"] or len(cells) > limits["columns"]:
            raise Beyond({"too_large": [number, len(cells)]})
        text = encode(line)
        size += len(text)
        if size > limits["unpacked_bytes"]:
            raise Beyond({"too_much": number})
        yield text
    yield encode({"end": count})


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], json.loads(sys.argv[3]))
