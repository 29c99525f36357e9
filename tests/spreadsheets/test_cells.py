"""What a cell holds is read as Excel shows it, or as something that holds no value."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from spreadsheets import form, reader
from spreadsheets.errors import Refused
from spreadsheets.fields import TextWidget
from tests.spreadsheets.files import cell, cells


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


@pytest.mark.parametrize(
    "written", ["1234567890123456", "410581199001010018", "4.10581199001010E17", "-1E15"]
)
def test_a_whole_number_of_more_than_15_digits_has_lost_some(written: str, tmp_path: Path) -> None:
    found = cell(tmp_path, f'<c r="A1"><v>{written}</v></c>')
    assert found == reader.Odd("digits", written)
    assert "type it again" in form.why_odd(found)
    assert cell(tmp_path, '<c r="A1"><v>123456789012345</v></c>') == 123456789012345
    assert cell(tmp_path, f'<c r="A1" t="str"><v>{written}</v></c>') == written


@pytest.mark.parametrize("written", ["a_xD800_b", "a_x0000_b", "a_xFFFF_b"])
def test_what_no_database_can_hold_is_left_to_the_fields_to_refuse(
    written: str, tmp_path: Path
) -> None:
    found = cell(tmp_path, f'<c r="A1" t="str"><v>{written}</v></c>')
    assert len(found) == 3
    with pytest.raises(ValidationError, match="control characters"):
        TextWidget().clean(found)


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


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "be"])
@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_csv_is_read_in_the_usual_encodings(encoding: str, separator: str, tmp_path: Path) -> None:
    text = TABLE.replace(",", separator)
    content = ("\ufeff" + text).encode("utf-16-be") if encoding == "be" else text.encode(encoding)
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


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"a,b\n\xff\xff\xff\xff,c\n", "none of the usual encodings"),
        (b"\xff\xfea\0,\0\0", "none of the usual encodings"),
        (b"a,b\n1\0,2\n", "no Excel workbook"),
        (b'a,b\n1,"2\n3,4\n', "line 2 on"),
        (b"a,b\n" + b"x" * 200_000, "line 2 on"),
        (b"a,b\n" + b"," * 1_000_000 + b"1\n", "Row 2"),
    ],
    ids=["bytes", "half a character", "nul", "open quote", "long cell", "long line"],
)
def test_a_csv_that_cannot_be_read_in_full_is_refused_in_words(
    content: bytes, words: str, tmp_path: Path, temp: Path
) -> None:
    with pytest.raises(Refused) as refused:
        cells(tmp_path, content)
    assert words in refused.value.message
    assert not list(temp.iterdir())
