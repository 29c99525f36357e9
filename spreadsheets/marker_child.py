"""Colours cells of a workbook and adds notes to them, in a process of its own, under limits.

Run by `marking.py`: `python -I marker_child.py FILE SECONDS MEMORY`, with the marks as JSON on
standard input ([[sheet, cell, message, kind], …]) and the new workbook on standard output.
A CSV comes back as a workbook.
"""

import csv
import io
import json
import resource
import sys
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill

COLOURS = {"error": "00F8C9C4", "warning": "00FBE7B2"}
AUTHOR = "台账系统"
WIDE, LINE = 320, 22
CHARACTERS_IN_LINE = 22


def main(path: str, seconds: int, memory: int) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    # Opened here: by its name, which has no ending, openpyxl would refuse it.
    with Path(path).open("rb") as file:
        book = openpyxl.load_workbook(file) if zipfile.is_zipfile(path) else from_csv(path)
    notes: dict[tuple[str, str], dict[str, str]] = {}
    for sheet, address, message, kind in json.load(sys.stdin):
        page = book[sheet] if sheet in book.sheetnames else book.worksheets[0]
        cell = shown_at(page, address)
        kinds = notes.setdefault((page.title, cell.coordinate), {})
        kinds.setdefault(message, kind)
        mark(cell, kinds)
    book.save(sys.stdout.buffer)


def shown_at(page: Any, address: str) -> Any:
    """The cell itself, or the first one of those that it is merged with."""
    for merged in page.merged_cells.ranges:
        if address in merged:
            return page.cell(merged.min_row, merged.min_col)
    return page[address]


def mark(cell: Any, kinds: dict[str, str]) -> None:
    """With all messages in one note; a cell that is wrong and doubtful is wrong."""
    messages = list(kinds)
    kind = "error" if "error" in kinds.values() else "warning"
    cell.fill = PatternFill("solid", fgColor=COLOURS[kind])
    text = "\n".join(messages)
    lines = sum(1 + len(message) // CHARACTERS_IN_LINE for message in messages)
    cell.comment = Comment(text, AUTHOR, width=WIDE, height=LINE * (lines + 1))


def from_csv(path: str) -> openpyxl.Workbook:
    raw = Path(path).read_bytes()
    text = ""
    for encoding in ("utf-8-sig", "gb18030", "utf-16"):
        try:
            text = raw.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    book = openpyxl.Workbook()
    header = text[: text.find("\n")]
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=max(",\t;", key=header.count))
    last = 0
    for row in rows:
        # As the reader counts: the line on which a row begins, where cells hold line breaks too.
        number, last = last + 1, rows.line_num
        for column, value in enumerate(row, 1):
            text = ILLEGAL_CHARACTERS_RE.sub(" ", value)
            cell = book.worksheets[0].cell(number, column, text)
            cell.data_type = "s"
    return book


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
