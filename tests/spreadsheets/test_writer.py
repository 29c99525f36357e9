"""The writer on a sheet of its own: values both ways, masks, groups, drop-downs, blank forms."""

import datetime
import io
import weakref
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar
from xml.etree import ElementTree

import openpyxl
import pytest
from django.utils import translation

from spreadsheets import form, masking, reader, rows, writer
from spreadsheets.fields import ChoiceWidget, CodeWidget, Column, DateWidget, GivenColumn
from spreadsheets.guide import guide_rows
from spreadsheets.sheet import Heading, Sheet, all_sheets

Read = Callable[[bytes], list[reader.RawSheet]]
FIRST_ROW = 5
UNITS = tuple(f"合涧镇第{number}村" for number in range(1, 101))
WANG: dict[str, Any] = {
    "name": "王小明",
    "phone": "13812345678",
    "identity": "41052219800101123X",
    "post": "head",
    "born": datetime.date(1980, 1, 31),
    "share": Decimal("93.50"),
    "unit": "合涧镇第1村",
    "note": None,
}


class Roster(Sheet):
    """Cadres of a township, in a form with two header rows."""

    name = "test_roster"
    title = "Roster"
    noted: ClassVar[int] = 0

    number = GivenColumn("序号", lambda one: one.number, key=True, width=6)
    person = Column("姓名", "name", required=True, key=True, sensitive=True, example="王小明")
    phone = Column("手机号", "phone", group="联系方式", sensitive=True, widget=CodeWidget())
    note = Column("备注", "note", group="联系方式", width=20)
    identity = Column("身份证号", "identity", sensitive=True, widget=CodeWidget(), width=20)
    post = Column("职务", "post", widget=ChoiceWidget({"书记": "head", "委员": "member"}))
    born = Column("出生日期", "born", widget=DateWidget(), meaning="As on the identity card.")
    share = Column("得票率", "share")
    unit = Column("村", "unit", options=UNITS)

    def __init__(self, *people: dict[str, Any], footer: str = "填表人：") -> None:
        super().__init__(None)
        self.people, self.footer = people, footer

    def instances(self) -> Iterable[Any]:
        for number, person in enumerate(self.people, 1):
            yield SimpleNamespace(number=number, **person)

    def heading(self) -> Heading:
        return Heading("合涧镇干部花名册", "填报单位：合涧镇", self.footer)

    def note_export(self) -> None:
        Roster.noted += 1


def written(*people: dict[str, Any], footer: str = "填表人：", **options: Any) -> bytes:
    file = io.BytesIO()
    count = writer.write(Roster(*people, footer=footer), file, **options)
    assert count == (0 if options.get("blank") else len(people))
    return file.getvalue()


def opened(content: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content))


def texts(*notes: Any) -> list[dict[str, Any]]:
    return [WANG | {"note": note} for note in notes]


@pytest.fixture
def read(tmp_path: Path) -> Iterator[Read]:
    """Our own reader; what it opened is closed after the test."""
    with ExitStack() as stack:

        def of(content: bytes) -> list[reader.RawSheet]:
            path = tmp_path / "form.xlsx"
            path.write_bytes(content)
            return stack.enter_context(reader.read(path)).sheets

        yield of


@pytest.mark.parametrize(
    ("stored", "wanted"),
    [
        ("=1+1", "=1+1"),
        ("+1", "+1"),
        ("-1", "-1"),
        ("@x", "@x"),
        ("001", "001"),
        ("<b>&amp; \"'", "<b>&amp; \"'"),
        ("]]></t></is></c>", "]]></t></is></c>"),
        ("_x0041_ _x000D_", "_x0041_ _x000D_"),
        ("一\r\n二\x0b三", "一\n二\n三"),
        ("a\x01\x00\ud800\uffffb\t c", "ab\t c"),
        ("  𠮷　", "𠮷"),
        ("a  b", "a  b"),
        ("", None),
        (" \x07", None),
    ],
)
def test_a_text_is_the_same_text_for_openpyxl_and_for_our_reader(
    stored: str, wanted: str | None, read: Read
) -> None:
    content = written(WANG | {"note": stored})
    cell = opened(content).worksheets[0][f"D{FIRST_ROW}"]
    # openpyxl leaves Excel's escapes as they stand; all others undo them.
    assert (cell.value and cell.value.replace("_x005F_", "_")) == wanted
    assert cell.data_type != "f"
    assert dict(read(content)[0].rows())[FIRST_ROW][3] == wanted


def test_values_keep_their_kind_and_get_its_format(read: Read) -> None:
    noon = datetime.datetime(2026, 8, 1, 4, tzinfo=datetime.UTC)
    values = [12, Decimal("12.50"), Decimal("1E+3"), True, datetime.date(1900, 1, 1), noon, 0.5]
    content = written(*texts(*values, float("nan")))
    page = opened(content).worksheets[0]
    cells = [page[f"D{row}"] for row in range(FIRST_ROW, FIRST_ROW + 8)]
    assert [(type(cell.value), cell.number_format) for cell in cells] == [
        (int, "General"),
        (float, "0.00"),
        (int, "General"),
        (bool, "General"),
        (datetime.datetime, "yyyy-mm-dd"),
        (datetime.datetime, "yyyy-mm-dd"),
        (float, "0.00"),
        (type(None), "General"),
    ]
    assert cells[5].value == datetime.datetime(2026, 8, 1, 12)  # noqa: DTZ001 - Excel has no zones
    assert [page[f"{letter}{FIRST_ROW}"].number_format for letter in "EG"] == ["@", "yyyy-mm-dd"]
    kept = dict(read(content)[0].rows())
    assert [kept[FIRST_ROW + number][3] for number in range(4)] == [12, Decimal("12.5"), 1000, True]
    with pytest.raises(TypeError, match="no cell holds a list"):
        written(WANG | {"note": []})


def test_a_text_longer_than_a_cell_is_cut_instead_of_spoiling_the_workbook() -> None:
    page = opened(written(WANG | {"note": "长" * 40_000})).worksheets[0]
    assert page[f"D{FIRST_ROW}"].value == "长" * 32_767
    assert page.row_dimensions[FIRST_ROW].height == rows.TALLEST_ROW


def test_the_same_number_as_text_and_as_number_is_not_confused() -> None:
    page = opened(written(*texts("1", 1, True, Decimal(1), "1"))).worksheets[0]
    cells = [page[f"D{row}"].value for row in range(FIRST_ROW, FIRST_ROW + 5)]
    assert [(type(value), value) for value in cells] == [
        *((str, "1"), (int, 1), (bool, True), (int, 1), (str, "1"))
    ]


def test_many_different_texts_do_not_mix_up_columns_or_rows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rows, "MOST_KEPT", 7)
    monkeypatch.setattr(rows, "ROWS_AT_ONCE", 10)
    people = [
        WANG | {"note": f"注{number % 9}", "unit": f"村{number % 11}"} for number in range(35)
    ]
    page = opened(written(*people)).worksheets[0]
    last = FIRST_ROW + 34
    found = [
        (page[f"A{row}"].value, page[f"D{row}"].value, page[f"I{row}"].value)
        for row in range(FIRST_ROW, last + 1)
    ]
    assert found == [(n + 1, f"注{n % 9}", f"村{n % 11}") for n in range(35)]
    assert page[f"A{last + 2}"].value == "填表人："
    assert f"A{last + 2}:I{last + 2}" in {str(merged) for merged in page.merged_cells.ranges}


def test_rows_flow_through_instead_of_being_gathered() -> None:
    alive: weakref.WeakSet[Any] = weakref.WeakSet()
    most = 0

    class Person:
        def __init__(self, **facts: Any) -> None:
            vars(self).update(facts)

    class Long(Roster):
        def instances(self) -> Iterable[Any]:
            nonlocal most
            for number in range(rows.ROWS_AT_ONCE * 4):
                person = Person(number=number, **WANG)
                alive.add(person)
                most = max(most, len(alive))
                yield person

    assert writer.write(Long(), io.BytesIO()) == rows.ROWS_AT_ONCE * 4
    assert most < 10


# The form


def test_a_group_stands_above_its_columns_and_the_others_over_both_rows() -> None:
    page = opened(written(WANG)).worksheets[0]
    assert [cell.value for cell in page[3]] == [
        *("序号", "姓名", "联系方式", None, "身份证号", "职务", "出生日期", "得票率", "村")
    ]
    assert [cell.value for cell in page[4]][2:4] == ["手机号", "备注"]
    merged = {str(merged) for merged in page.merged_cells.ranges}
    assert {"C3:D3", "A3:A4", "B3:B4", "I3:I4"} <= merged
    assert not {"C3:C4", "D3:D4"} & merged
    assert page.print_title_rows == "$3:$4"
    assert "As on the identity card." in page["G3"].comment.text
    assert page["C4"].comment.text


def test_what_tells_the_row_stays_in_sight_if_it_leaves_room() -> None:
    assert opened(written(WANG)).worksheets[0].freeze_panes == "C5"

    class Wide(Roster):
        person = Column("姓名", "name", key=True, width=60)

    file = io.BytesIO()
    writer.write(Wide(WANG), file)
    assert opened(file.getvalue()).worksheets[0].freeze_panes == "B5"


def test_words_are_offered_in_drop_downs_that_refuse_nothing() -> None:
    book = opened(written(WANG, WANG))
    post, unit = sorted(
        book.worksheets[0].data_validations.dataValidation, key=lambda each: str(each.sqref)
    )
    assert (str(post.sqref), post.formula1) == ("F5:F6", '"书记,委员"')
    assert (str(unit.sqref), unit.formula1) == ("I5:I6", "'_lists'!$A$1:$A$100")
    assert [each.showErrorMessage for each in (post, unit)] == [False, False]
    assert [cell.value for cell in book["_lists"]["A"]] == list(UNITS)
    assert book["_lists"].sheet_state == "hidden"


def test_a_word_with_a_comma_or_quotation_mark_is_offered_whole() -> None:
    class Odd(Roster):
        post = Column("职务", "post", options=("书记, 主任", "x"))
        unit = Column("村", "unit", options=('"东山"村',))

    file = io.BytesIO()
    writer.write(Odd(), file)
    lists = opened(file.getvalue())["_lists"]
    assert [[cell.value for cell in row] for row in lists.rows] == [
        ["书记, 主任", '"东山"村'],
        ["x", None],
    ]


def test_the_form_comes_first_then_the_guide_and_what_is_hidden_last() -> None:
    book = opened(written(WANG))
    states = [(page.title, page.sheet_state) for page in book.worksheets]
    assert states == [
        ("Roster", "visible"),
        ("填写说明", "visible"),
        ("_lists", "hidden"),
        ("_ledger", "veryHidden"),
    ]
    assert book.active.title == "Roster"


def test_codes_carry_no_green_corners() -> None:
    with zipfile.ZipFile(io.BytesIO(written(WANG))) as book:
        part = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    names = [child.tag.rpartition("}")[2] for child in part]
    assert names[-2:] == ["ignoredErrors", "legacyDrawing"]


# Blank forms


def test_a_blank_form_has_no_row_but_offers_its_words_for_500() -> None:
    before = Roster.noted
    book = opened(written(WANG, blank=True))
    page = book.worksheets[0]
    assert page.max_row == 4
    assert page["A1"].value == "合涧镇干部花名册"
    ranges = {str(each.sqref) for each in page.data_validations.dataValidation}
    assert ranges == {"F5:F504", "I5:I504"}
    assert [page.column_dimensions[letter].number_format for letter in "DEG"] == [
        *("General", "@", "yyyy-mm-dd")
    ]
    assert page.oddFooter.left.text == "填表人："
    assert Roster.noted == before, "no data was taken out"
    written(WANG)
    assert Roster.noted == before + 1


def test_below_a_form_without_signatures_words_are_offered_for_rows_to_come() -> None:
    page = opened(written(WANG, footer="")).worksheets[0]
    ranges = {str(each.sqref) for each in page.data_validations.dataValidation}
    assert ranges == {"F5:F504", "I5:I504"}
    assert page.max_row == FIRST_ROW


# Sensitive columns


def test_sensitive_columns_leave_masked_unless_asked_for_in_clear() -> None:
    nobody = WANG | {"name": "", "phone": None}
    page = opened(written(WANG, nobody)).worksheets[0]
    assert [page[f"{letter}{FIRST_ROW}"].value for letter in "BCEI"] == [
        *("王＊＊", "138****5678", "410522********123X", "合涧镇第1村")
    ]
    assert [page[f"{letter}{FIRST_ROW + 1}"].value for letter in "BC"] == [None, None]
    raw = written(WANG)
    clear = opened(written(WANG, reveal=True)).worksheets[0]
    assert [clear[f"{letter}{FIRST_ROW}"].value for letter in "BCE"] == [
        *("王小明", "13812345678", "41052219800101123X")
    ]
    assert "王小明".encode() not in raw


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("13812345678", "138****5678"),
        (" 13812345678 ", "138****5678"),
        ("41052219800101123x", "410522********123x"),
        ("410522800101123", "410522*****1123"),
        ("0372-2123456", "0＊＊"),
        ("欧阳小明", "欧＊＊"),
        ("𠮷田", "𠮷＊＊"),
        ("王", "＊＊"),
        ("", ""),
    ],
)
def test_a_mask_hides_and_is_known_again(text: str, masked: str) -> None:
    assert masking.mask(text) == masked
    column = Roster().person
    assert column.is_masked(masked) is bool(masked)
    assert column.is_masked(masked.replace("＊", "*")) is bool(masked)
    assert not column.is_masked(text)
    assert not Roster().note.is_masked(masked)


def test_a_number_or_an_empty_cell_is_no_mask() -> None:
    assert not any(Roster().phone.is_masked(value) for value in (None, 13812345678, "138**", "**a"))


def test_a_sheet_says_whether_it_holds_anything_sensitive() -> None:
    assert Roster().has_sensitive
    sensitive = {sheet.name for sheet in all_sheets() if sheet(None).has_sensitive}
    assert {"persons", "team_members", "first_secretaries"} <= sensitive
    assert not {"entries", "divisions", "accounts"} & sensitive


# The field guide


def test_the_guide_is_written_in_the_language_of_the_reader() -> None:
    with translation.override("zh-hans"):
        page = opened(written(WANG))["填写说明"]
    lines = list(page.iter_rows(min_row=2, values_only=True))
    assert lines[0] == ("列名", "含义", "可填内容", "示例", "必填")
    assert lines[1][:3] == ("序号", None, "由系统填写，请勿改动。")
    assert lines[2][2].startswith("文字，最多10000字。带*号")
    assert lines[2][3:] == ("王小明", "是")
    assert "书记、委员" in lines[6][2]
    assert len(lines) == 1 + len(Roster().columns)


def test_the_guide_is_not_read_back_as_a_table(read: Read) -> None:
    class OneRow(Roster):
        phone = Column("手机号", "phone")
        note = Column("备注", "note")

    file = io.BytesIO()
    writer.write(OneRow(WANG), file)
    sheets = read(file.getvalue())
    understood = form.understand(sheets, OneRow().columns)
    assert [record.cells["村"] for record in understood.records()] == ["合涧镇第1村"]
    guide = next(sheet for sheet in sheets if sheet.name == form.GUIDE_SHEET)
    assert any("姓名" in cells for _row, cells in guide.rows()), "it would pass for a header"


def test_every_column_that_people_fill_has_an_example_that_it_accepts() -> None:
    for sheet_class in all_sheets():
        sheet = sheet_class(None)
        guide = {row.label: row for row in guide_rows(sheet)}
        for column in sheet.columns:
            if not column.given:
                assert guide[column.label].accepts, column.label
                assert column.clean({column.label: guide[column.label].example}), column.label
