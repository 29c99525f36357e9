"""A table saved as text, as the child process reads it."""

from __future__ import annotations

import codecs
import csv
import io

from spreadsheets.reader_book import ERRORS, Beyond, encoded

TYPE_CHECKING = False  # typing itself takes longer to import than all else here
if TYPE_CHECKING:
    from spreadsheets.reader_rows import Output

MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_csv(raw: bytes, output: Output) -> None:
    text = decoded(raw)
    output.line({"sheet": "CSV", "hidden": False, "part": ""})
    header = text.partition("\n")[0]
    # Excel's “Unicode text” is separated by tabs, its CSV in some countries by semicolons.
    # Strict, so that a quotation mark without its end does not swallow the rows that follow.
    lines = io.StringIO(text, newline="")
    rows = csv.reader(lines, delimiter=max(",\t;", key=header.count), strict=True)
    last = 0
    try:
        for row in rows:
            cells = [encoded({"error": v} if v in ERRORS else v) if v else "null" for v in row]
            while cells and cells[-1] == "null":
                cells.pop()
            if cells:
                output.row(last + 1, cells)
            last = rows.line_num
    except csv.Error:
        raise Beyond({"broken_line": last + 1}) from None
    output.line({"elements": 0, "merges": [], "hidden_rows": []})


def decoded(raw: bytes) -> str:
    """UTF-16 where it is marked, else UTF-8, else GB18030, of which GBK and GB2312 are parts."""
    for encoding in ("utf-16",) if raw.startswith(MARKS) else ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Beyond({"no_text": True})
