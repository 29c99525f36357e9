"""Parses one file in a process of its own, under limits, and prints it as lines of JSON.

Run by `reader.py`, never imported by the server: `python -I -S reader_child.py FILE`, with the
job as JSON on its standard input: {"kind": "xlsx" or "csv", "limits": {…}, "members": {…}}.
It knows neither Django nor the database, so a file that breaks the parser breaks nothing else.

Lines: {"sheet": name, "hidden": bool, "part": name} opens a sheet; [row, [cell, …]] is a row
that holds anything; {"elements": rows and cells seen, "merges": [[row, column, row, column], …],
"hidden_rows": [[row, row], …]} closes the sheet. A cell is null, a text, a number, true or
false, or one of {"error": "#N/A"}, {"formula": "=A1"} (a formula whose value the file does not
hold) and {"digits": "4.1E17"} (a whole number that has lost its last digits). Dates are texts.
Any other line ends a file beyond the limits and tells which. The last line of a file that was
read to its end is {"end": true}.
"""

from __future__ import annotations

import json
import os
import resource
import sys

TYPE_CHECKING = False  # typing itself takes longer to import than all else here
if TYPE_CHECKING:
    from typing import Any

    from spreadsheets.reader_rows import Output


def limit(limits: dict[str, int]) -> None:
    memory, cpu = limits["memory_bytes"], limits["cpu_seconds"]
    output = 8 * limits["unpacked_bytes"]
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu))
    resource.setrlimit(resource.RLIMIT_FSIZE, (output, output))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main(path: str, job: dict[str, Any]) -> None:
    limit(job["limits"])
    # An isolated interpreter looks for modules nowhere but in its own library.
    sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))  # noqa: PTH100, PTH120 - pathlib takes long to import
    from spreadsheets.reader_book import Beyond
    from spreadsheets.reader_rows import Output

    output = Output(sys.stdout.buffer.write, job["limits"])
    try:
        read(path, job, output)
        output.line({"end": True})
    except Beyond as beyond:
        output.waiting.clear()
        output.line(beyond.line)
    except Exception:
        # What is wrong with the file, a parser cannot say in words that help; and a trace
        # of its own words would bring parts of the file to a log.
        sys.exit(1)


def read(path: str, job: dict[str, Any], output: Output) -> None:
    file = os.open(path, os.O_RDONLY)
    if job["kind"] == "csv":
        from spreadsheets.reader_csv import read_csv

        read_csv(os.pread(file, os.fstat(file).st_size, 0), output)
    else:
        from spreadsheets.reader_parts import Container
        from spreadsheets.reader_rows import read_workbook

        read_workbook(Container(file, job["members"]), output)


if __name__ == "__main__":
    main(sys.argv[1], json.load(sys.stdin))
