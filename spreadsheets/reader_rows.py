"""The sheets of a workbook as the child process reads them: a line of JSON for every row."""

from __future__ import annotations

import re

from spreadsheets.reader_book import MOST, ON, Beyond, Workbook, as_text, day, encoded, number
from spreadsheets.reader_parts import ATTRIBUTES, SPACES, TEXT, Container, Spliced, attributes_of

TYPE_CHECKING = False  # typing itself takes longer to import than all else here
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Read = Callable[[str], str | None]
    Kind = tuple[str, Read]

# A whole number that is JSON as it stands. “+” keeps the pattern from trying it shorter.
WHOLE = "0|[1-9][0-9]{0,14}+"
FORMULA = '(?: t="[a-zA-Z]+"|)(?: ref="[A-Z0-9:]+"|)(?: ca="1"|)(?: si="[0-9]+"|)'
REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})(?::([A-Z]{1,3})([0-9]{1,7}))?")
MOST_REMEMBERED = 20_000
WRITTEN_AT_ONCE = 1 << 18


# Excel holds 32,767 characters in a cell, which as JSON may be twice as many. Beyond that the
# file was made by something else, to cost the parent its memory.
LONGEST_CELL = 70_000
LONGEST_ROW = 250_000
TOO_LONG = '{"long":"…"}'


class Output:
    """The lines for the parent, and the limits on what stands in them."""

    def __init__(self, write: Callable[[bytes], object], limits: dict[str, int]) -> None:
        self.write, self.limits = write, limits
        self.waiting: list[str] = []
        self.count = self.characters = self.bytes = 0

    def line(self, line: dict[str, Any]) -> None:
        self.waiting.append(encoded(line))
        self.flush()

    def row(self, number: int, cells: list[str]) -> None:
        """One row that holds something; its last cell is not empty."""
        self.count += 1
        rows = self.limits["rows"]
        if number > rows or self.count > rows or len(cells) > self.limits["columns"]:
            raise Beyond({"too_large": number})
        if sum(map(len, cells)) > LONGEST_CELL:
            cells = [cell if len(cell) <= LONGEST_CELL else TOO_LONG for cell in cells]
            if sum(map(len, cells)) > LONGEST_ROW:
                raise Beyond({"too_much": number})
        text = f"[{number},[{','.join(cells)}]]"
        self.waiting.append(text)
        self.characters += len(text)
        if self.characters > WRITTEN_AT_ONCE:
            self.flush()
            if self.bytes > self.limits["unpacked_bytes"]:
                raise Beyond({"too_much": number})

    def flush(self) -> None:
        # Half a character pair, which UTF-8 cannot hold, becomes \udc00, as JSON writes it.
        lines = "".join(line + "\n" for line in self.waiting).encode("utf-8", "backslashreplace")
        self.bytes += len(lines)
        self.write(lines)
        self.waiting.clear()
        self.characters = 0


def read_workbook(container: Container, output: Output) -> None:
    book = Workbook(container)
    for name, hidden, member in book.sheets:
        output.count = 0
        output.line({"sheet": name, "hidden": hidden, "part": member})
        sheet = Worksheet(book, output, name)
        sheet.read(container.chunks(member))
        output.line(sheet.summary())


class Remembered(dict[str, "Any"]):
    """What a function makes of a text, kept for the next time; bounded, whatever the file says."""

    def __init__(self, make: Callable[[str], Any]) -> None:
        super().__init__()
        self.make = make

    def __missing__(self, key: str) -> Any:
        if len(self) >= MOST_REMEMBERED:
            self.clear()
        made = self[key] = self.make(key)
        return made


class Irregular(Exception):
    """A row that patterns do not read; expat will."""


class Worksheet(Spliced):
    """Collects the rows of one worksheet; cells and rows without a value leave no trace."""

    LIST, CHILD, LIST_DEPTH = "sheetData", "row", 2

    def __init__(self, book: Workbook, output: Output, name: str) -> None:
        super().__init__()
        self.book, self.output, self.name = book, output, name
        self.elements = self.row = self.last_row = self.width = 0
        self.blank_beyond = False
        self.hidden_rows: list[list[int]] = []
        self.merges: list[list[int]] = []
        self.counts = dict.fromkeys(MOST, 0)
        self.columns = Remembered(column_of)
        self.row_kinds = Remembered(self._row_kind)
        self.cell_kinds = Remembered(self._cell_kind)
        self.numbers = Remembered(lambda text: encoded(number(text)))
        self.days = Remembered(lambda text: encoded(day(text, book.epoch)))
        # Of the row and the cell that expat is in.
        self.cells: list[str] | None = None
        self.hidden = self.reading = False
        self.column = -1
        self.cell: dict[str, str] | None = None
        self.content: dict[str, list[str]] = {}
        self.collecting: list[str] | None = None

    def summary(self) -> dict[str, Any]:
        if self.blank_beyond and self.last_row:
            raise Beyond({"blank_after": self.last_row, "sheet": self.name})
        return {
            "elements": self.elements,
            "merges": self.merges,
            "hidden_rows": self.hidden_rows,
        }

    def flush(self) -> None:
        self.output.flush()

    def _next_row(self, number: str | None) -> None:
        row = int(number) if number else self.row + 1
        if row <= self.row:
            raise ValueError("rows out of order")
        self.row = row
        self.elements += 1

    def _close_row(self, cells: list[str], hidden: bool) -> None:
        if cells:
            self.last_row = self.row
            self.output.row(self.row, cells)
            if hidden and self.hidden_rows and self.hidden_rows[-1][1] == self.row - 1:
                self.hidden_rows[-1][1] = self.row
            elif hidden:
                self.hidden_rows.append([self.row, self.row])
        elif self.row > self.output.limits["rows"]:
            self.blank_beyond = True

    def _kind(self, kind: str, style: str) -> Kind:
        """What of a cell is its value, and how that is read."""
        if kind == "inlineStr":
            return "inline", as_text
        if kind == "str":
            return "text", as_text
        if kind in CONSTANT:
            return "value", CONSTANT[kind]
        if kind == "s":
            return "shared", self._shared
        dates = self.book.dates
        if int(style) < len(dates) and dates[int(style)]:
            return "value", self.days.__getitem__
        return "number", self.numbers.__getitem__

    def _shared(self, text: str) -> str | None:
        if not text.isdecimal():
            raise ValueError("no number of a text")
        return self.book.texts[int(text)]

    # Regular rows, by patterns

    def patterns(self, prefix: str) -> None:
        row = f'<{prefix}row(?: r="([0-9]{{1,9}}+)"|)({ATTRIBUTES})(/?)>'
        opening = f'<{prefix}c(?: r="([A-Z]{{1,3}}+)[0-9]{{1,7}}+"|)({ATTRIBUTES})'
        formula = f"(?:(<{prefix}f{FORMULA}(?:/>|>{TEXT}</{prefix}f>))|)"
        value = f"<{prefix}v>(?:({WHOLE})</{prefix}v>|({TEXT})</{prefix}v>)"
        inline = f"<{prefix}is><{prefix}t{SPACES}>({TEXT})</{prefix}t></{prefix}is>"
        cell = f"{opening}(?:/>|>{formula}(?:{value}|{inline}|)</{prefix}c>)|(.)"
        self.row_tag = re.compile(row)
        self.find_cells = re.compile(cell, re.DOTALL).findall

    def regular(self, text: str) -> int:
        at = 0
        while (tag := self.row_tag.match(text, at)) and tag[3]:
            if self.row_kinds[tag[2]] is None:
                break
            self._next_row(tag[1])
            self._close_row([], False)
            at = tag.end()
        return at

    def regular_child(self, text: str, at: int) -> bool:
        tag = self.row_tag.match(text, at)
        hidden = self.row_kinds[tag[2]] if tag and not tag[3] else None
        if tag is None or hidden is None:
            return False
        found = self.find_cells(text, tag.end())
        try:
            cells = self._regular_cells(found)
        except Irregular:
            return False
        self._next_row(tag[1])
        self.elements += len(found)
        self._close_row(cells, hidden)
        return True

    def _row_kind(self, text: str) -> bool | None:
        """Whether a row is hidden; None where its attributes are not regular."""
        attributes = attributes_of(text)
        if attributes is None or "r" in attributes:
            return None
        return attributes.get("hidden") in ON

    def _cell_kind(self, text: str) -> Kind:
        attributes = attributes_of(text)
        if attributes is None or "r" in attributes:
            raise Irregular
        return self._kind(attributes.get("t", "n"), attributes.get("s", "0"))

    def _regular_cells(self, found: list[tuple[str, ...]]) -> list[str]:
        """The cells as JSON; raises Irregular where one of them is for expat to read."""
        columns, kinds, texts = self.columns, self.cell_kinds, self.book.texts
        cells, last, filled = ["null"] * self.width, -1, 0
        for letters, attributes, formula, digits, value, inline, other in found:
            column = columns[letters] if letters else last + 1
            if other or column <= last:
                raise Irregular
            last = column
            holder, read = kinds[attributes]
            if digits and holder == "shared":
                text = texts[int(digits)]
            elif digits and holder == "number":
                text = digits
            elif digits or value or inline or formula:
                own = digits or value
                usual = inline and holder == "inline"
                text = read(inline) if usual else _regular_value(holder, read, own, inline)
            else:
                continue
            if text is not None:
                if column >= self.width:
                    cells.extend(["null"] * (column + 1 - self.width))
                    self.width = column + 1
                cells[column] = text
                filled = column + 1
        return cells[:filled]

    # Any other row, and what stands beside the rows, by expat

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if not self.in_list:
            self._beside(name, attributes)
        elif name == "row":
            self._open_row(attributes)
        elif name == "c":
            self._open_cell(attributes)
        elif name == "rPh":
            self.reading = True
        elif self.cell is not None and name in self.content:
            self.collecting = self.content[name]
            if name == "f":
                self.collecting.append("=")

    def _open_row(self, attributes: dict[str, str]) -> None:
        if self.cells is not None:
            raise ValueError("a row in a row")
        self._next_row(attributes.get("r"))
        self.cells, self.column = [], -1
        self.hidden = attributes.get("hidden") in ON

    def _open_cell(self, attributes: dict[str, str]) -> None:
        if self.cells is None or self.cell is not None:
            raise ValueError("a cell outside a row, or in a cell")
        self.elements += 1
        reference = attributes.get("r")
        column = self.columns[reference.rstrip("0123456789")] if reference else self.column + 1
        if column <= self.column:
            raise ValueError("cells out of order")
        self.column = column
        self.cell, self.content = attributes, {"v": [], "f": [], "t": []}

    def text(self, text: str) -> None:
        if self.collecting is not None and not self.reading:
            self.collecting.append(text)

    def end(self, name: str) -> None:
        if not self.in_list:
            return
        if name in self.content:
            self.collecting = None
        elif name == "rPh":
            self.reading = False
        elif name == "c" and self.cell is not None and self.cells is not None:
            self._close_cell(self.cell, self.cells)
        elif name == "row" and self.cells is not None:
            self._close_row(self.cells, self.hidden)
            self.cells = None

    def _close_cell(self, cell: dict[str, str], cells: list[str]) -> None:
        holder, read = self._kind(cell.get("t", "n"), cell.get("s", "0"))
        value, formula, inline = ("".join(self.content[part]) for part in "vft")
        self.cell, self.collecting, self.content = None, None, {}
        if holder == "inline":
            text = as_text(inline)
        elif value or holder == "text":
            text = read(value)
        else:
            text = encoded({"formula": formula}) if formula else None
        if text is not None:
            cells.extend(["null"] * (self.column - len(cells)))
            cells.append(text)

    def _beside(self, name: str, attributes: dict[str, str]) -> None:
        if name not in self.counts:
            return
        self.counts[name] += 1
        if self.counts[name] > MOST[name]:
            raise Beyond({"too_many": [name, MOST[name]]})
        if name == "mergeCell":
            self._merge(attributes["ref"])

    def _merge(self, reference: str) -> None:
        match = REFERENCE.fullmatch(reference)
        if match is None:
            raise ValueError("no such area")
        columns = sorted(column_of(letters) for letters in (match[1], match[3] or match[1]))
        rows = sorted(int(number) for number in (match[2], match[4] or match[2]))
        limits = self.output.limits
        if rows[1] > limits["rows"] or columns[1] >= limits["columns"]:
            raise Beyond({"merge": reference, "sheet": self.name})
        if rows[0] < rows[1] or columns[0] < columns[1]:
            self.merges.append([rows[0], columns[0], rows[1], columns[1]])


CONSTANT: dict[str, Read] = {
    "b": lambda text: "true" if text == "1" else "false",
    "e": lambda text: encoded({"error": text}),
    "d": lambda text: encoded(text[:10]),
}


def _regular_value(holder: str, read: Read, value: str, inline: str) -> str | None:
    """What a cell says that is neither a plain whole number nor a shared text."""
    own, foreign = (inline, value) if holder == "inline" else (value, inline)
    if foreign or not (own or holder in ("text", "inline")):
        raise Irregular  # a formula without a value among them
    return read(own)


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
