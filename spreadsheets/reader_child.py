"""Parses one file in a process of its own, under limits, and prints it as lines of JSON.

Run by `reader.py`, never imported by the server: `python -I reader_child.py FILE KIND LIMITS`.
It knows neither Django nor the database, so a file that breaks the parser breaks nothing else.

Lines: {"sheet": name, "hidden": bool} opens a sheet; [row, [cell, …]] is a row that holds
anything. A cell is null, a text, a number, true or false, or one of {"date": "2026-01-31"},
{"error": "#N/A"}, {"formula": "=A1"} (a formula whose value the file does not hold).
The last line is {"end": rows}; without it the reading was cut short.
"""

import csv
import datetime
import io
import json
import resource
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def limit(limits: dict[str, int]) -> None:
    memory, cpu = limits["memory_bytes"], limits["cpu_seconds"]
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def plain(value: Any) -> Any:
    if isinstance(value, datetime.datetime):
        return {"date": value.date().isoformat()}
    if isinstance(value, datetime.date):
        return {"date": value.isoformat()}
    if isinstance(value, (datetime.time, datetime.timedelta)):
        return str(value)
    if isinstance(value, str) and value.startswith("#") and value in ERRORS:
        return {"error": value}
    return value


ERRORS = {"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#SPILL!"}


def read_workbook(path: str) -> Iterator[Any]:
    import openpyxl

    values = openpyxl.load_workbook(path, read_only=True, data_only=True)
    formulas = openpyxl.load_workbook(path, read_only=True) if has_formulas(path) else None
    for sheet in values.worksheets:
        # The size that a file states of itself is often wrong; read to the real end instead.
        sheet.reset_dimensions()
        yield {"sheet": sheet.title, "hidden": sheet.sheet_state != "visible"}
        rows = enumerate(sheet.iter_rows(values_only=True), 1)
        if formulas is None:
            yield from ((number, [plain(v) for v in row]) for number, row in rows)
            continue
        other = formulas[sheet.title]
        other.reset_dimensions()
        for (number, row), texts in zip(rows, other.iter_rows(values_only=True), strict=True):
            yield number, [with_formula(*pair) for pair in zip(row, texts, strict=True)]


def has_formulas(path: str) -> bool:
    import zipfile

    with zipfile.ZipFile(path) as container:
        sheets = [n for n in container.namelist() if n.startswith("xl/worksheets/")]
        return any(b"<f" in container.read(name) for name in sheets)


def with_formula(value: Any, text: Any) -> Any:
    if value is None and isinstance(text, str) and text.startswith("="):
        return {"formula": text}
    return plain(value)


def read_csv(path: str) -> Iterator[Any]:
    raw = Path(path).read_bytes()
    marked = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb": "utf-8-sig"}
    for encoding in (marked.get(raw[:2], "utf-8-sig"), "gb18030"):
        try:
            text = raw.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise ValueError("encoding")
    yield {"sheet": "CSV", "hidden": False}
    reader = csv.reader(io.StringIO(text, newline=""))
    for row in reader:
        yield reader.line_num, [value or None for value in row]


def main(path: str, kind: str, limits: dict[str, int]) -> None:
    limit(limits)
    count = 0
    for line in read_csv(path) if kind == "csv" else read_workbook(path):
        if isinstance(line, dict):
            print(json.dumps(line))  # noqa: T201
            continue
        number, cells = line
        while cells and cells[-1] in (None, ""):
            cells.pop()
        if not cells:
            continue
        count += 1
        if count > limits["rows"] or len(cells) > limits["columns"]:
            print(json.dumps({"too_large": [number, len(cells)]}))  # noqa: T201
            return
        print(json.dumps([number, cells], allow_nan=False))  # noqa: T201
    print(json.dumps({"end": count}))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], json.loads(sys.argv[3]))
