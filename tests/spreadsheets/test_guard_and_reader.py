"""Every file is either read or refused in words, without an exception and without remains."""

import zipfile
from pathlib import Path

import openpyxl
import pytest
from openpyxl.chartsheet import Chartsheet

from spreadsheets import reader
from spreadsheets.errors import Refused
from tests.spreadsheets import files
from tests.spreadsheets.files import ONE, cells, read

HTML = b"<html><table><tr><td>1</td></tr></table></html>"
EXCEL_2003 = b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">'
DOCTYPE = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]>'


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
    "xml of 2003": (EXCEL_2003, "Excel 2003"),
    "web archive": (b"MIME-Version: 1.0\r\nX-Document-Type: Workbook\r\n", "web page"),
    "docx": (files.container({"word/document.xml": b"<w/>"}), "Word document"),
    "ods": (files.container({"mimetype": b"x", "content.xml": b"<o/>"}), ".ods"),
    "xlsb": (files.container({"xl/workbook.bin": b"x"}), ".xlsb"),
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
    "a row in a row": files.raw('<row r="1"><row r="2"><c r="A2"><v>2</v></c></row></row>'),
    "half a tag": files.raw('<row r="1"><c r="A1"><v>1</v></c'),
    "an attribute twice": files.raw('<row r="1"><c r="A1" s="1" s="2"><v>1</v></c></row>'),
    "a character that XML forbids": files.raw('<row><c t="str"><v>a\1b</v></c></row>'),
    "a text that is not UTF-8": files.with_part(
        "xl/worksheets/sheet1.xml", files.parts(ONE)["xl/worksheets/sheet1.xml"] + b"\xff"
    ),
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
    far = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    with pytest.raises(Refused, match="Row 1048576"):
        read(tmp_path, files.raw(ONE + far))


@pytest.mark.parametrize(
    "blank",
    [
        '<row r="1048576"><c r="XFD1048576" s="1"/></row>',
        "".join(f'<row r="{n}" s="1" ht="15"/>' for n in range(9, 200_000)),
        "".join(f'<row r="{n}"><c r="A{n}" s="1" /></row>' for n in range(9, 100_000)),
    ],
    ids=["one far cell", "rows", "cells"],
)
def test_blank_rows_far_below_are_refused_naming_the_last_row_that_holds_anything(
    blank: str, tmp_path: Path
) -> None:
    seven = '<row r="7"><c r="B7"><v>1</v></c></row>'
    with pytest.raises(Refused, match="Delete the blank rows after row 7 "):
        read(tmp_path, files.raw(ONE + seven + blank))
    # A sheet that holds nothing at all has no rows to be told from blank ones.
    assert cells(tmp_path, files.raw(blank)) == []


def test_blank_rows_that_unpack_to_too_much_are_refused_with_the_same_words(
    tmp_path: Path,
) -> None:
    blank = "".join(f'<row r="{n}" s="1" ht="15" customHeight="1"/>' for n in range(9, 60_000))
    with pytest.raises(Refused, match="Delete the blank rows after row 1:"):
        read(tmp_path, files.raw(ONE + blank), unpacked_bytes=1 << 20)
    full = "".join(f'<row r="{n}"><c r="A{n}"><v>1</v></c></row>' for n in range(1, 60_000))
    with pytest.raises(Refused, match="larger than"):
        read(tmp_path, files.raw(full), unpacked_bytes=1 << 20)


def test_a_cell_beyond_the_columns_is_refused_and_the_last_column_is_read(tmp_path: Path) -> None:
    assert len(cells(tmp_path, files.raw('<row r="1"><c r="GR1"><v>1</v></c></row>'))[0][1]) == 200
    with pytest.raises(Refused, match="200"):
        read(tmp_path, files.raw('<row r="1"><c r="GS1"><v>1</v></c></row>'))


def test_rows_beyond_the_limit_are_refused_however_they_are_numbered(tmp_path: Path) -> None:
    unnumbered = "<row><c><v>1</v></c></row>" * 11
    with pytest.raises(Refused, match="Row 11"):
        read(tmp_path, files.raw(unnumbered), rows=10)
    assert len(cells(tmp_path, files.raw(unnumbered), rows=11)) == 11


def test_blank_rows_within_the_limit_do_not_hide_the_rows_that_hold_something(
    tmp_path: Path,
) -> None:
    blank = "".join(f'<row r="{n}" s="1" ht="15"/>' for n in range(2, 60_000))
    last = '<row r="60000"><c r="A60000"><v>2</v></c></row>'
    assert cells(tmp_path, files.raw(ONE + blank)) == [(1, [1])]
    assert cells(tmp_path, files.raw(ONE + blank + last)) == [(1, [1]), (60_000, [2])]


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
    assert [(sheet.name, sheet.hidden) for sheet, _rows in sheets] == [
        ("Sheet", True),
        ("seen", False),
        ("very", True),
    ]


def test_a_merge_is_reported_and_one_of_the_whole_sheet_is_refused_naming_it(
    tmp_path: Path,
) -> None:
    [(sheet, _rows)] = read(tmp_path, files.around(ONE, merges=["A1:C2", "B5:B5", "D9:D20"]))
    assert sheet.merges == [reader.Merge(1, 0, 2, 2), reader.Merge(9, 3, 20, 3)]
    with pytest.raises(Refused, match="A1:XFD1048576"):
        read(tmp_path, files.around(ONE, merges=["A1:XFD1048576"]))


def test_rows_hidden_in_the_file_are_told_where_they_hold_something(tmp_path: Path) -> None:
    hidden = {2: ' hidden="1"', 3: " hidden='1'", 5: ' hidden="true"', 6: ' hidden="1"'}
    value = "<c><v>1</v></c>"
    rows = "".join(
        f'<row r="{n}"{hidden.get(n, "")}>{"" if n == 6 else value}</row>' for n in range(1, 8)
    )
    [(sheet, found)] = read(tmp_path, files.raw(rows))
    assert [row for row, _cells in found] == [1, 2, 3, 4, 5, 7]
    assert sheet.hidden_rows == [(2, 3), (5, 5)]


MANY = {
    "merged areas": ('<mergeCell ref="A1:B2"/>', 10_000),
    "data validations": ('<dataValidation sqref="A1"/>', 5_000),
    "conditional formats": ('<cfRule type="expression"/>', 10_000),
}


@pytest.mark.parametrize("what", MANY)
def test_what_stands_beside_the_cells_is_bounded(what: str, tmp_path: Path) -> None:
    element, most = MANY[what]
    assert cells(tmp_path, files.around(ONE, after=element * most)) == [(1, [1])]
    with pytest.raises(Refused, match=what):
        read(tmp_path, files.around(ONE, after=element * (most + 1)))


def test_cell_styles_are_bounded(tmp_path: Path) -> None:
    styles = "<cellXfs>" + "<xf/>" * 64_000 + "{}</cellXfs>"
    assert cells(tmp_path, files.raw(ONE, styles=styles.format(""))) == [(1, [1])]
    with pytest.raises(Refused, match="cell styles"):
        read(tmp_path, files.raw(ONE, styles=styles.format("<xf/>")))


@pytest.mark.parametrize(
    "hidden",
    [
        '<!-- <row r="9"><c r="A9"><v>2</v></c></row> -->',
        "<![CDATA[<row><c><v>2</v></c></row>]]>",
        '<x:row r="9" xmlns:x="m"><x:c r="A9"><x:v>2</x:v></x:c></x:row>',
    ],
    ids=["comment", "cdata", "another prefix"],
)
def test_rows_that_one_count_sees_and_another_does_not_are_refused(
    hidden: str, tmp_path: Path
) -> None:
    with pytest.raises(Refused, match="could not be read in full"):
        read(tmp_path, files.raw(ONE + hidden))


def test_a_child_that_skips_a_row_is_found_out(
    tmp_path: Path, temp: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = tmp_path / "child.py"
    child.write_text(
        """print('{"sheet": "S", "hidden": false, "part": "xl/worksheets/sheet1.xml"}')\n"""
        """print('[1,[1]]')\n"""
        """print('{"elements": 2, "merges": [], "hidden_rows": []}\\n{"end": true}')\n"""
    )
    monkeypatch.setattr(reader, "CHILD", child)
    assert cells(tmp_path, files.raw(ONE)) == [(1, [1])]
    two = ONE + '<row r="2"><c r="A2"><v>1</v></c></row>'
    with pytest.raises(Refused, match="could not be read in full"):
        read(tmp_path, files.raw(two))
    assert not list(temp.iterdir())


def test_rows_may_be_read_again_and_side_by_side_and_nothing_is_left(
    tmp_path: Path, temp: Path
) -> None:
    book = openpyxl.Workbook()
    for name in "AB":
        page = book.create_sheet(name)
        for row in range(1, 101):
            page.append([name, row, "长" * 3000])
    path = tmp_path / "upload"
    path.write_bytes(files.saved(book))
    with reader.read(path) as found:
        _empty, one, two = found.sheets
        assert (one.count, len(one.head)) == (100, 40)
        pairs = list(zip(one.rows(), two.rows(), one.rows(), strict=True))
        assert [first[1][1] for first, _second, _third in pairs] == list(range(1, 101))
        assert all(first == third for first, _second, third in pairs)
        assert {second[1][0] for _first, second, _third in pairs} == {"B"}
    assert not list(temp.iterdir())


def test_a_caller_may_raise_the_limits(tmp_path: Path) -> None:
    row = '<row r="70000"><c r="A70000"><v>1</v></c></row>'
    with pytest.raises(Refused, match="Row 70000"):
        read(tmp_path, files.raw(row))
    assert cells(tmp_path, files.raw(row), rows=70_000) == [(70_000, [1])]
