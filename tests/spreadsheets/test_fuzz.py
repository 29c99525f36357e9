"""Bent files are read or refused, and never anything else; honest ones come back as written."""

import contextlib
import datetime
import re
import tempfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, cast
from xml.parsers.expat import ExpatError

from hypothesis import given, settings
from hypothesis import strategies as st

from spreadsheets import reader
from spreadsheets.errors import Refused
from spreadsheets.reader_book import Beyond, Texts, Workbook
from spreadsheets.reader_csv import read_csv
from spreadsheets.reader_rows import Output, Worksheet
from tests.spreadsheets import files

FEW = settings(max_examples=15, deadline=None, derandomize=True, database=None)
MANY = settings(max_examples=150, deadline=None, derandomize=True, database=None)
LIMITS = {"rows": 100, "columns": 20, "unpacked_bytes": 1 << 20}
# What the child ends with; its parent refuses the file for each of them.
ENDS = (Beyond, ValueError, LookupError, OverflowError, ExpatError)

HONEST = files.workbook(
    ["区划代码", "名称", 3], ["410500000000", "安阳市", 2.5], [None, "是", True]
)
TABLE = '区划代码,名称\r\n410500000000,"安阳\n市"\r\n,#N/A\r\n'
XML = (
    *("<", "</row>", "<row>", '<row r="3">', "<c/>", "<v>9</v>", "<!--", "-->", "]]>", "&#10;"),
    *("<![CDATA[", "</sheetData>", "<sheetData>", '"', " ", "\0", "é", "&", "<?x?>", "<!-- -->"),
)


@st.composite
def bent(draw: st.DrawFn, content: bytes, pieces: tuple[str, ...] = XML) -> bytes:
    """The content with bytes flipped, pieces put in, or its end cut off."""
    for _change in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(content)))
        how = draw(st.sampled_from(["flip", "cut", "splice", "drop"]))
        if how == "flip":
            content = content[:at] + bytes([draw(st.integers(0, 255))]) + content[at + 1 :]
        elif how == "cut":
            content = content[:at]
        elif how == "splice":
            content = content[:at] + draw(st.sampled_from(pieces)).encode() + content[at:]
        else:
            content = content[:at] + content[at + draw(st.integers(1, 40)) :]
    return content


def is_read_or_refused(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "upload")
        path.write_bytes(content)
        with contextlib.suppress(Refused), reader.read(path) as book:
            for sheet in book.sheets:
                assert len(list(sheet.rows())) == sheet.count


@FEW
@given(bent(HONEST))
def test_a_bent_container_is_read_or_refused(content: bytes) -> None:
    is_read_or_refused(content)


@FEW
@given(bent(files.parts(files.ONE)["xl/worksheets/sheet1.xml"]))
def test_a_workbook_with_a_bent_sheet_is_read_or_refused(sheet: bytes) -> None:
    is_read_or_refused(files.with_part("xl/worksheets/sheet1.xml", sheet))


@FEW
@given(bent(TABLE.encode("gb18030"), ('"', "\r", ",,", "\0", "\ufeff")))
def test_a_bent_csv_is_read_or_refused(content: bytes) -> None:
    is_read_or_refused(content)


@MANY
@given(bent(TABLE.encode(), ('"', "\r", ",,", "\0", "\ufeff")))
def test_the_parser_of_csv_ends_in_no_other_way(content: bytes) -> None:
    with contextlib.suppress(*ENDS):
        read_csv(content, Output(lambda _lines: None, LIMITS))


class Book:
    """What the cells of a sheet refer to, without a container."""

    epoch = datetime.datetime(1899, 12, 30)  # noqa: DTZ001
    dates = (False, True)
    texts = ('"文"', None, '{"error":"#N/A"}')


def pieces_of(content: bytes, size: int) -> Iterator[bytes]:
    return (content[at : at + size] for at in range(0, len(content), size))


def parsed(content: bytes, size: int, *, only_expat: bool) -> Any:
    """The lines that a sheet is printed as, fed in pieces of a size; None where it is refused."""
    lines: list[bytes] = []
    sheet = Worksheet(cast(Workbook, Book()), Output(lines.append, LIMITS), "S")
    sheet.only_expat = only_expat
    try:
        sheet.read(pieces_of(content, size))
        return b"".join(lines), sheet.summary()
    except ENDS:
        return None


# Cells by their attributes and content: as Excel writes them, in other valid ways, and wrong.
USUAL = (
    *(("", "<v>1</v>"), ("", "<v>-7.50</v>"), (' s="1"', "<v>46112.5</v>"), (' s="1"', "")),
    *((' t="s"', "<v>0</v>"), (' s="1" t="s"', "<v>2</v>"), (' t="s" s="0"', "<v>1</v>")),
    *((' t="str"', "<v>a_x000D_b</v>"), (' t="str"', "<f>A1</f><v></v>"), (' t="b"', "<v>1</v>")),
    *((' t="e"', "<v>#N/A</v>"), ("", "<f>A1</f><v>2</v>"), (' t="n" ', ""), ("", "<v>1E400</v>")),
    *((' t="inlineStr"', "<is><t>文 字</t></is>"), (' t="str"', "<f>A1</f><v>12</v>")),
    *(
        (' t="inlineStr"', '<is><t xml:space="preserve"> a\n</t></is>'),
        (' t="d"', "<v>2026-01-31</v>"),
    ),
    *(("", '<f t="shared" si="0"/><v>3</v>'), ("", "<v>1234567890123456</v>"), ("", "<v>007</v>")),
)
UNUSUAL = (
    *(("", "<v/>"), ("", "<v></v>"), ("", "<f>A1</f>"), ("", '<f t="shared" si="0"/>')),
    *((" t='s'", "<v>0</v>"), (' s="a/b" t="b"', "<v>0</v>"), (' x:y="1"', "<v>1</v>")),
    *((' s="1"  t="s"', "<v>0</v>"), (' t="str"', "<v>a&lt;b>c&#10;</v>"), (' t="x"', "<v>a</v>")),
    *((' t="str"', "<v>a\rb\r\n</v>"), ("", "<f/><v></v>"), ("", "<!-- <v>8</v> --><v>1</v>")),
    *((' t="inlineStr"', "<is><r><t>a</t></r><rPh><t>b</t></rPh></is>"), ("", "<is><t>a</t></is>")),
    *((' t="inlineStr"', "<is><t/></is>"), (' t="inlineStr"', "<v>1</v>"), (' t="s"', "")),
    *((' t="str"', "<v><![CDATA[</c></row>]]></v>"), (' t="inlineStr"', "<f>A1</f>"), ("", "<f/>")),
)
WRONG = (
    *(("", "<v>]]></v>"), ("", "<v>\1</v>"), (' t="s" t="s"', "<v>0</v>"), (' t="s"', "<v>9</v>")),
    *((' t="s"', "<v>-1</v>"), ("", "<f a a/><v>1</v>"), (' r="A1"', "<v>1</v>"), ("", "<c/>")),
    *((' s="x"', "<v>1</v>"), (" s", "<v>1</v>"), ("", "<v>1"), (' s="<"', "<v>1</v>")),
)


@st.composite
def sheets(draw: st.DrawFn) -> bytes:
    """Sheets with cells that are written in the usual way for the most part."""
    rows = []
    for row in range(1, draw(st.integers(1, 6)) + 1):
        of = draw(st.sampled_from([USUAL, USUAL, USUAL, USUAL + UNUSUAL, USUAL + UNUSUAL]))
        of = draw(st.sampled_from([of] * 19 + [WRONG]))
        body = "".join(_cell(draw, of, row, column) for column in range(draw(st.integers(0, 4))))
        before = draw(st.sampled_from([""] * 9 + ["\n", "<!-- </row> -->", "<extLst/>"]))
        name = draw(st.sampled_from(["", f' r="{row}"']))
        rest = draw(st.sampled_from(["", ' hidden="1"', ' ht="9" hidden="0"', " ht='9'"]))
        closed = draw(st.booleans()) or body or before
        rows.append(f"<row{name}{rest}>{before}{body}</row>" if closed else f"<row{name}{rest}/>")
    xml = draw(st.sampled_from(["", '<?xml version="1.0" encoding="UTF-8"?>\r\n']))
    whole = f"{xml}<worksheet><sheetData>{''.join(rows)}</sheetData><x>1</x></worksheet>"
    if draw(st.booleans()):
        whole = re.sub(r"<(/?)(worksheet|sheetData|row|[cvft]|is)(?=[ />])", r"<\1x:\2", whole)
    return whole.encode()


def _cell(draw: st.DrawFn, of: tuple[tuple[str, str], ...], row: int, column: int) -> str:
    attributes, content = draw(st.sampled_from(of))
    name = draw(st.sampled_from(["", f' r="{"ABCD"[column]}{row}"']))
    opening = f"<c{name}{attributes}"
    return f"{opening}>{content}</c>" if content else f"{opening}/>"


@settings(MANY, max_examples=300)
@given(sheets(), st.integers(1, 400))
def test_patterns_read_exactly_what_expat_reads(content: bytes, size: int) -> None:
    assert parsed(content, size, only_expat=False) == parsed(content, 10_000, only_expat=True)


@MANY
@given(st.data(), st.integers(1, 400))
def test_patterns_refuse_exactly_what_expat_refuses(data: st.DataObject, size: int) -> None:
    content = data.draw(bent(data.draw(sheets())))
    assert parsed(content, size, only_expat=False) == parsed(content, 10_000, only_expat=True)


def test_expat_sees_no_row_that_is_written_in_the_usual_way() -> None:
    cells = "".join(f"<c{attributes}>{content}</c>" for attributes, content in USUAL)
    rows = f"<row>{cells}</row>" * 9 + '<row r="20" s="1"/>'
    content = f"<worksheet><sheetData>{rows}</sheetData></worksheet>".encode()
    sheet = Worksheet(
        cast(Workbook, Book()), Output(lambda _lines: None, LIMITS | {"columns": 99}), "S"
    )
    sheet.read(pieces_of(content, 10_000))
    assert sheet.elements == 9 * (len(USUAL) + 1) + 1
    assert sheet.fed == len("<worksheet><sheetData></sheetData></worksheet>")


def texts(content: bytes, size: int, *, only_expat: bool) -> Any:
    shared = Texts()
    shared.only_expat = only_expat
    try:
        shared.read(pieces_of(content, size))
    except ENDS:
        return None
    return shared.texts


SHARED = (
    b'<sst count="6"><si><t>a</t></si><si><t xml:space="preserve"> \xe6\x96\x87</t></si><si/>'
    b"<si><t/></si><si><r><t>b</t></r><r><t>c</t></r><rPh><t>d</t></rPh></si>"
    b"<si><t>#N/A</t></si><si><t>&amp;_x000D_</t></si><si><t></t></si></sst>"
)


@MANY
@given(
    bent(SHARED, ("<si>", "</si>", "<t>", "</t>", "<!--", "-->", "<si/>", "&lt;")),
    st.integers(1, 99),
)
def test_shared_texts_are_read_alike_by_patterns_and_by_expat(content: bytes, size: int) -> None:
    assert texts(content, size, only_expat=False) == texts(content, 10_000, only_expat=True)
    assert texts(SHARED, size, only_expat=False) == texts(SHARED, 10_000, only_expat=True)


TEXT = st.text(
    st.characters(
        codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="_=#\ufffe\uffff"
    ),
    min_size=1,
    max_size=12,
)
CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**14), 10**14),
    st.decimals(-9999, 9999, places=2),
    st.dates(datetime.date(1901, 1, 1), datetime.date(2999, 1, 1)),
    TEXT,
)


@settings(FEW, max_examples=25)
@given(st.lists(st.lists(CELLS, min_size=1, max_size=6), min_size=1, max_size=60))
def test_a_table_is_read_back_as_it_was_written(table: list[list[Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "upload")
        path.write_bytes(files.workbook(*table))
        with reader.read(path) as book:
            found = dict(book.sheets[0].rows())
    for number, row in enumerate(table, 1):
        wanted = [v.isoformat() if isinstance(v, datetime.date) else v for v in row]
        while wanted and wanted[-1] is None:
            wanted.pop()
        read = found.get(number, [])
        assert read == wanted
        assert not any(isinstance(value, float) for value in read)
        assert [type(v) for v in read if isinstance(v, bool)] == [bool] * sum(
            isinstance(v, bool) for v in wanted
        )
        assert all(isinstance(v, int | Decimal | str | None) for v in read)
