"""Every file is either read or refused in words, without an exception and without remains."""

import dataclasses
import tempfile
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.chartsheet import Chartsheet

from spreadsheets import reader
from spreadsheets.errors import Refused
from spreadsheets.limits import Limits
from tests.spreadsheets import files

ONE = '<row r="1"><c r="A1"><v>1</v></c></row>'
HTML = b"<html><table><tr><td>1</td></tr></table></html>"
DOCTYPE = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]>'


@pytest.fixture
def temp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for temporary files that must be empty again after each reading."""
    folder = tmp_path / "temp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def read(tmp_path: Path, content: bytes, **limits: int) -> list[reader.RawSheet]:
    path = tmp_path / "upload"
    path.write_bytes(content)
    return reader.read(path, dataclasses.replace(Limits.current(), **limits))


def cells(tmp_path: Path, content: bytes, **limits: int) -> list[tuple[int, list[Any]]]:
    sheets = read(tmp_path, content, **limits)
    assert len(sheets) == 1
    return sheets[0].rows


def cell(tmp_path: Path, xml: str, **options: Any) -> Any:
    """What a single cell in row 1 reads as."""
    rows = cells(tmp_path, files.raw(f'<row r="1">{xml}</row>', **options))
    return rows[0][1][0] if rows else None


REFUSED = {
    "empty": (b"", "empty"),
    "blank": (b"  \r\n \t", "empty"),
    "old xls": (files.ole(), "old .xls"),
    "encrypted": (files.ole("EncryptedPackage"), "password"),
    "encrypted members": (files.encrypted_flag(), "password"),
    "pdf": (b"%PDF-1.7\n1 0 obj\n", "no Excel workbook"),
    "png": (b"\x89PNG\r\n\x1a\n" + bytes(100), "no Excel workbook"),
    "rtf": (b"{\\rtf1 text}", "no Excel workbook"),
    "binary": (bytes(range(256)) * 10, "no Excel workbook"),
    "html": (HTML, "web page"),
    "html after a mark": (b"\xef\xbb\xbf \n" + HTML, "web page"),
    "docx": (files.container({"word/document.xml": b"<w/>"}), "no Excel workbook"),
    "ods": (files.container({"mimetype": b"x", "content.xml": b"<o/>"}), "no Excel workbook"),
    "empty zip": (files.container({}), "no Excel workbook"),
    "truncated": (files.raw(ONE)[:-60], "damaged"),
    "half": (files.raw(ONE)[:200], "damaged"),
    "only the mark": (b"PK\x03\x04", "damaged"),
    "broken inside": (files.broken_deflate(), "damaged"),
    "double member": (files.with_double_member(), "damaged"),
    "climbing name": (files.with_part("../../etc/passwd", b"x"), "damaged"),
    "many members": (
        files.container(files.parts(ONE) | {f"xl/media/{n}.png": b"x" for n in range(500)}),
        "damaged",
    ),
    "bomb": (files.bomb(50), "larger than"),
    "larger bomb": (files.bomb(70), "larger than"),
    "lying bomb": (files.lying_bomb(30), "damaged"),
    "bzip2": (files.container(files.parts(ONE), zipfile.ZIP_BZIP2), "damaged"),
    "macros": (files.with_part("xl/vbaProject.bin", b"x"), "macros"),
    "embedded object": (files.with_part("xl/embeddings/o.bin", b"x"), "embedded"),
    "entity": (files.with_part("xl/more.xml", DOCTYPE + b"<x>&a;</x>"), "damaged"),
    "entity in UTF-16": (
        files.with_part("xl/more.xml", DOCTYPE.decode().encode("utf-16")),
        "damaged",
    ),
    "entity across pieces": (
        files.with_part("xl/more.xml", b" " * ((1 << 18) - 4) + DOCTYPE),
        "damaged",
    ),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_file_that_is_no_honest_workbook_is_refused_in_words(
    kind: str, tmp_path: Path, temp: Path
) -> None:
    content, words = REFUSED[kind]
    with pytest.raises(Refused) as refused:
        read(tmp_path, content)
    assert words in refused.value.message
    assert not list(temp.iterdir())


UNREADABLE = {
    "no xml": files.with_part("xl/worksheets/sheet1.xml", b"no xml"),
    "no relations": files.container({k: v for k, v in files.parts(ONE).items() if "rels" not in k}),
    "cells out of order": files.raw('<row><c r="B1"><v>1</v></c><c r="A1"><v>2</v></c></row>'),
    "one cell twice": files.raw('<row r="1"><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c></row>'),
    "one row twice": files.raw(ONE + ONE),
    "no such text": files.raw('<row r="1"><c r="A1" t="s"><v>7</v></c></row>'),
    "no such column": files.raw('<row r="1"><c r="ABCD1"><v>7</v></c></row>'),
    "no csv in any encoding": b"a,b\n\xff\xff\xff\xff,c\n",
}


@pytest.mark.parametrize("kind", UNREADABLE)
def test_a_file_that_breaks_the_parser_is_refused_in_words(
    kind: str, tmp_path: Path, temp: Path
) -> None:
    with pytest.raises(Refused, match="could not be read"):
        read(tmp_path, UNREADABLE[kind])
    assert not list(temp.iterdir())


def test_a_file_above_the_size_is_refused_and_one_below_is_read(tmp_path: Path) -> None:
    content = files.raw(ONE)
    with pytest.raises(Refused, match="larger than"):
        read(tmp_path, content, file_bytes=len(content) - 1)
    assert read(tmp_path, content, file_bytes=len(content))


@pytest.mark.parametrize(
    "broken",
    [
        "import os; os.kill(os.getpid(), 9)",
        "import time; time.sleep(60)",
        "x = bytearray(1 << 40)",
        'print(\'{"sheet": "S", "hidden": false}\')',
        "print('no json'); raise SystemExit(1)",
    ],
    ids=["killed", "hanging", "out of memory", "cut short", "failing"],
)
def test_a_child_that_dies_is_an_answer(
    broken: str, tmp_path: Path, temp: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = tmp_path / "child.py"
    child.write_text(broken)
    monkeypatch.setattr(reader, "CHILD", child)
    with pytest.raises(Refused, match="could not be read"):
        read(tmp_path, files.raw(ONE), wall_seconds=1)
    assert not list(temp.iterdir())


def test_the_child_is_held_to_its_memory(tmp_path: Path) -> None:
    content = files.raw(ONE, strings=[f"{n:05}" * 200 for n in range(40_000)])
    with pytest.raises(Refused, match="could not be read"):
        read(tmp_path, content, memory_bytes=48 << 20)
    assert read(tmp_path, files.raw(ONE), memory_bytes=48 << 20)
    assert read(tmp_path, content)


def test_a_lone_cell_at_the_far_corner_is_refused_naming_its_row(tmp_path: Path) -> None:
    far = '<row r="1048576"><c r="XFD1048576"{}</c></row>'
    with pytest.raises(Refused, match="1048576"):
        read(tmp_path, files.raw(ONE + far.format("><v>1</v>")))
    assert cells(tmp_path, files.raw(ONE + far.format(' s="1">'))) == [(1, [1])]


def test_a_cell_beyond_the_columns_is_refused_and_the_last_column_is_read(tmp_path: Path) -> None:
    assert len(cells(tmp_path, files.raw('<row r="1"><c r="GR1"><v>1</v></c></row>'))[0][1]) == 200
    with pytest.raises(Refused, match="200"):
        read(tmp_path, files.raw('<row r="1"><c r="GS1"><v>1</v></c></row>'))


def test_rows_beyond_the_limit_are_refused_however_they_are_numbered(tmp_path: Path) -> None:
    unnumbered = "<row><c><v>1</v></c></row>" * 11
    with pytest.raises(Refused, match="Row 11"):
        read(tmp_path, files.raw(unnumbered), rows=10)
    assert len(cells(tmp_path, files.raw(unnumbered), rows=11)) == 11


def test_a_sea_of_styled_empty_rows_does_not_hide_the_rows_that_hold_something(
    tmp_path: Path,
) -> None:
    blank = "".join(f'<row r="{n}" s="1" ht="15"/>' for n in range(2, 300_000))
    assert cells(tmp_path, files.raw(ONE + blank)) == [(1, [1])]


def test_a_text_repeated_without_end_is_refused_in_words(tmp_path: Path) -> None:
    row = "".join('<c t="s"><v>0</v></c>' for _ in range(100))
    content = files.raw(f"<row>{row}</row>" * 20, strings=["长" * 30_000])
    with pytest.raises(Refused, match="too much text"):
        read(tmp_path, content)


def test_the_stated_dimension_is_not_believed(tmp_path: Path) -> None:
    rows = "".join(f'<row r="{n}"><c r="A{n}"><v>{n}</v></c></row>' for n in range(1, 100))
    for stated in ("A1:A5", "A1:XFD1048576"):
        sheet = (
            f'<worksheet xmlns="{files.MAIN}"><dimension ref="{stated}"/>'
            f"<sheetData>{rows}</sheetData></worksheet>"
        )
        assert len(cells(tmp_path, files.raw("", sheet=sheet))) == 99


def test_a_strict_workbook_reads_as_any_other(tmp_path: Path) -> None:
    xml = '<row r="1"><c r="A1" t="d"><v>2026-03-31T00:00:00</v></c><c r="B1"><v>2</v></c></row>'
    assert cells(tmp_path, files.raw(xml, strict=True)) == [(1, ["2026-03-31", 2])]


def test_elements_with_a_prefix_are_read(tmp_path: Path) -> None:
    sheet = (
        f'<x:worksheet xmlns:x="{files.MAIN}"><x:sheetData><x:row r="3"><x:c r="B3"><x:v>5</x:v>'
        "</x:c></x:row></x:sheetData></x:worksheet>"
    )
    assert cells(tmp_path, files.raw("", sheet=sheet)) == [(3, [None, 5])]


def test_hidden_sheets_are_marked_and_chart_sheets_left_out(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    first = book.active
    assert first is not None
    first.sheet_state = "hidden"
    first.append([1])
    book.create_sheet("seen").append([2])
    chart: Chartsheet = book.create_chartsheet("chart")
    assert chart.title == "chart"
    book.create_sheet("very").sheet_state = "veryHidden"
    sheets = read(tmp_path, files.saved(book))
    assert [(s.name, s.hidden) for s in sheets] == [
        ("Sheet", True),
        ("seen", False),
        ("very", True),
    ]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("7", 7),
        ("7.0", 7),
        ("12.5", Decimal("12.5")),
        ("0.30000000000000004", Decimal("0.3")),
        ("4.1058110120100000E11", 410581101201),
        ("-3", -3),
        ("1E-7", Decimal("1E-7")),
        ("410581101201", 410581101201),
    ],
)
def test_a_number_reads_as_excel_shows_it(written: str, value: Any, tmp_path: Path) -> None:
    found = cell(tmp_path, f'<c r="A1"><v>{written}</v></c>')
    assert found == value
    assert not isinstance(found, float)


@pytest.mark.parametrize("written", ["NaN", "INF", "1E400", "1_000", "abc", "--1"])
def test_what_is_no_number_reads_as_an_error_cell(written: str, tmp_path: Path) -> None:
    found = cell(tmp_path, f'<c r="A1"><v>{written}</v></c>')
    assert found == reader.Odd("error", written)


def test_error_cells_and_formulas_never_computed_are_told_apart_from_empty_ones(
    tmp_path: Path,
) -> None:
    assert cell(tmp_path, '<c r="A1" t="e"><v>#N/A</v></c>') == reader.Odd("error", "#N/A")
    assert cell(tmp_path, '<c r="A1"><f>B1+1</f></c>') == reader.Odd("formula", "=B1+1")
    assert cell(tmp_path, '<c r="A1"><f>B1+1</f><v></v></c>') == reader.Odd("formula", "=B1+1")
    assert cell(tmp_path, '<c r="A1"><f>B1+1</f><v>3</v></c>') == 3
    assert cell(tmp_path, '<c r="A1" t="str"><f>""</f><v></v></c>') is None
    assert cell(tmp_path, '<c r="A1"/>') is None


def test_texts_are_read_whole_with_what_excel_escaped(tmp_path: Path) -> None:
    rich = "<is><r><t>东</t></r><r><t xml:space='preserve'>山 </t></r><rPh><t>dong</t></rPh></is>"
    assert cell(tmp_path, f'<c r="A1" t="inlineStr">{rich}</c>') == "东山 "
    shared = '<c r="A1" t="s"><v>0</v></c>'
    assert cell(tmp_path, shared, strings=["a_x000D_b _x005F_x0041_"]) == "a\rb _x0041_"
    assert cell(tmp_path, '<c r="A1" t="b"><v>1</v></c>') is True


@pytest.mark.parametrize(
    ("number_format", "is_date"),
    [
        ("yyyy-mm-dd", True),
        ('yyyy"年"m"月"d"日"', True),
        ("[$-804]yyyy/m/d;@", True),
        ("0.00E+00", False),
        ('0.00"days"', False),
        ("[Red]0.00", False),
        ("#,##0_);[Red]", False),
        ("General", False),
    ],
)
def test_a_date_is_told_by_its_format(number_format: str, is_date: bool, tmp_path: Path) -> None:
    code = number_format.replace('"', "&quot;")
    styles = (
        f'<numFmts><numFmt numFmtId="170" formatCode="{code}"/></numFmts>'
        '<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>'
        '<cellXfs><xf numFmtId="0"/><xf numFmtId="170"/></cellXfs>'
    )
    found = cell(tmp_path, '<c r="A1" s="1"><v>46112</v></c>', styles=styles)
    assert found == ("2026-03-31" if is_date else 46112)


@pytest.mark.parametrize(
    ("serial", "shown"),
    [("46112.75", "2026-03-31"), ("1", "1900-01-01"), ("59", "1900-02-28"), ("0.5", "12:00:00")],
)
def test_dates_count_like_excel(serial: str, shown: str, tmp_path: Path) -> None:
    styles = '<cellXfs><xf numFmtId="0"/><xf numFmtId="57"/></cellXfs>'
    assert cell(tmp_path, f'<c r="A1" s="1"><v>{serial}</v></c>', styles=styles) == shown


@pytest.mark.parametrize("serial", ["-1", "99999999", "1E300"])
def test_a_date_beyond_the_calendar_is_an_error_cell(serial: str, tmp_path: Path) -> None:
    styles = '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs>'
    found = cell(tmp_path, f'<c r="A1" s="1"><v>{serial}</v></c>', styles=styles)
    assert found == reader.Odd("error", serial)


TABLE = "区划代码,名称\r\n410500000000,安阳市\r\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_csv_is_read_in_the_usual_encodings(encoding: str, separator: str, tmp_path: Path) -> None:
    content = TABLE.replace(",", separator).encode(encoding)
    assert cells(tmp_path, content) == [
        (1, ["区划代码", "名称"]),
        (2, ["410500000000", "安阳市"]),
    ]


def test_csv_rows_carry_the_line_on_which_they_begin(tmp_path: Path) -> None:
    content = b'a,b\r\n"two\r\nlines",1\r\n\r\n#N/A,2\r\n'
    assert cells(tmp_path, content) == [
        (1, ["a", "b"]),
        (2, ["two\r\nlines", "1"]),
        (5, [reader.Odd("error", "#N/A"), "2"]),
    ]
