"""Headers as offices lay them out, and the rows below: on small grids, without a file."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spreadsheets import form, header
from spreadsheets.errors import Refused
from spreadsheets.fields import Column
from spreadsheets.form import Form
from spreadsheets.reader import Merge, Odd, RawSheet

COLUMNS = [
    Column("村", required=True, aliases=("村名",)),
    Column("任务", required=True),
    Column("一季度", aliases=("进展一季度",)),
    Column("数量", required=True),
]
LABELS = ("村", "任务", "数量")


def sheet(
    *rows: Sequence[Any], merges: Sequence[Merge] = (), name: str = "表", hidden: bool = False
) -> RawSheet:
    """A sheet as it is read: blank rows are not there, and the others know their numbers."""
    head = [(number, list(row)) for number, row in enumerate(rows, 1) if any(row)]
    return RawSheet(name, hidden, head, len(head), list(merges))


def understood(*sheets: RawSheet) -> Form:
    return form.understand(sheets, COLUMNS)


def places(found: header.Header) -> dict[str, str]:
    return {label: cell.address for label, cell in found.places.items()}


def rows(read: Form) -> list[dict[str, Any]]:
    return [dict(record.cells) for record in read.records()]


ROW = ["东山", "修路", "好", 5]


# Where the header is


def test_a_header_stands_below_titles_in_any_order_with_what_it_does_not_know() -> None:
    found = header.find(
        [sheet(["台账"], ["单位：万元", None, "填报时间"], ["数量", "备注", "村名", "任务"], ROW)],
        COLUMNS,
    )
    assert places(found) == {"数量": "A3", "村": "C3", "任务": "D3"}
    assert [cell.label for cell in found.others] == ["备注"]
    assert found.errors == []


def test_a_header_of_two_rows_is_known_by_its_merged_cells() -> None:
    merges = [Merge(2, 0, 3, 0), Merge(2, 1, 3, 1), Merge(2, 2, 2, 3), Merge(2, 4, 3, 4)]
    page = sheet(
        ["台账"],
        ["村", "任务", "进展", None, "数量"],
        [None, None, "一季度", "二季度"],
        ["东山", "修路", "好", "更好", 5],
        merges=merges,
    )
    read = understood(page)
    assert places(read.header) == {"村": "A2", "任务": "B2", "一季度": "C3", "数量": "E2"}
    assert [(cell.group, cell.label) for cell in read.others] == [("进展", "二季度")]
    assert rows(read) == [{"村": "东山", "任务": "修路", "一季度": "好", "数量": 5}]
    assert (read.header.first_row, read.header.last_row) == (2, 3)


def test_a_header_of_two_rows_without_merged_cells_is_known_too() -> None:
    """As a CSV says it, where the cells right of a group are blank."""
    page = sheet(
        ["村", "任务", "进展", None, "数量"],
        [None, None, "一季度", "二季度"],
        ["东山", "修路", "好", "更好", 5],
    )
    read = understood(page)
    assert places(read.header) == {"村": "A1", "任务": "B1", "一季度": "C2", "数量": "E1"}
    assert rows(read)[0]["一季度"] == "好"


def test_a_header_of_one_row_does_not_swallow_the_row_below_it() -> None:
    read = understood(sheet(LABELS, ["东山", "修路", 5], ["西山", "修桥", 6]))
    assert [row["村"] for row in rows(read)] == ["东山", "西山"]


def test_a_group_is_not_told_apart_from_its_column_by_the_group_alone() -> None:
    merges = [Merge(1, 2, 1, 3)]
    page = sheet(
        ["村", "任务", "进展", None, "数量"],
        [None, None, "一 季 度", "一季度（补）"],
        merges=merges,
    )
    found = header.find([page], COLUMNS)
    assert places(found)["一季度"] == "C2"
    assert [cell.label for cell in found.others] == ["一季度（补）"]


def test_a_label_that_is_there_twice_names_both_cells() -> None:
    read = understood(sheet(["村", "村名", "任务", "数量"], ROW))
    (error,) = read.errors
    assert (error.cell, "A1、B1" in error.message) == ("B1", True)


def test_a_required_label_that_is_missing_is_named() -> None:
    columns = [*COLUMNS, Column("单位", required=True)]
    (error,) = header.find([sheet(LABELS, ROW)], columns).errors
    assert (error.cell, "单位" in error.message) == ("A1", True)


def test_where_no_row_names_the_columns_the_file_is_refused() -> None:
    for page in (sheet(["村", "数量"], ROW), sheet(["甲", "乙", "丙"]), sheet([None, 5])):
        with pytest.raises(Refused, match="村、任务、数量"):
            header.find([page], COLUMNS)


def test_a_header_too_far_down_is_not_looked_for() -> None:
    deep = [["标题"]] * 19
    assert header.find([sheet(*deep, LABELS, ROW)], COLUMNS).first_row == 20
    with pytest.raises(Refused):
        header.find([sheet(*deep, ["标题"], LABELS, ROW)], COLUMNS)


def test_of_several_tables_only_one_may_hold_rows() -> None:
    first, blank = sheet(LABELS, ROW, name="一"), sheet(LABELS, name="二")
    assert header.find([blank, first], COLUMNS).sheet is first
    with pytest.raises(Refused, match="一、三"):
        header.find([first, blank, sheet(LABELS, ROW, name="三")], COLUMNS)


def test_hidden_sheets_and_the_guide_are_no_tables() -> None:
    hidden = sheet(LABELS, ROW, name="旧", hidden=True)
    guide = sheet(LABELS, ROW, name=form.GUIDE_SHEET)
    assert understood(hidden, guide, sheet(LABELS, ROW)).sheet == "表"
    with pytest.raises(Refused, match="holds no rows"):
        understood(hidden, guide)


# What the rows say


def test_a_cell_merged_downwards_stands_in_each_of_its_rows() -> None:
    page = sheet(
        LABELS,
        ["东山", "修路", 1],
        [None, "修桥", 2],
        [None, "修渠", 3],
        ["西山", "修路", 4],
        merges=[Merge(2, 0, 4, 0)],
    )
    assert [row["村"] for row in rows(understood(page))] == ["东山", "东山", "东山", "西山"]
    assert [row["村"] for row in rows(understood(page))][1] == "东山", "asked for again"


def test_a_cell_merged_across_columns_stands_only_where_it_begins() -> None:
    page = sheet(LABELS, ["东山", "修路", 1], ["西山", None, 2], merges=[Merge(3, 0, 3, 1)])
    assert rows(understood(page))[1]["任务"] is None


def test_sums_and_signatures_are_no_rows() -> None:
    read = understood(
        sheet(
            LABELS,
            ["东山", "修路", 1],
            ["小计", None, 1],
            [None, None, None],
            ["合  计", None, 1],
            ["合计", None, 1],
            ["注：数据截至九月"],
            ["填 表 人：张三", "审核人：李四"],
            ["说明：甲"],
        )
    )
    assert [row["村"] for row in rows(read)] == ["东山"]
    assert [record.row for record in read.totals] == [3, 5, 6]


def test_a_ditto_means_the_row_above_and_carries_on() -> None:
    read = understood(
        sheet(LABELS, ["同上", "〃", 0], ["东山", "修路", 1], ["同上", " 〃 ", 2], ["同前", "x", 3])
    )
    above = [dict(record.above) for record in read.records()]
    assert above == [
        {},
        {},
        {"村": "东山", "任务": "修路"},
        {"村": "东山"},
    ]


def test_a_column_that_is_not_understood_is_told_where_it_holds_anything() -> None:
    read = understood(sheet([*LABELS, "备注", "空"], ["东山", "修路", 1, None], [1, 2, 3, "x"]))
    assert read.unread == []
    assert len(rows(read)) == 2
    assert [cell.label for cell in read.unread] == ["备注"]


# Anything at all

WORDS = st.sampled_from(
    [*LABELS, "一季度", "进展", "合计", "同上", "填表人", "", " ", "村 名", "同"]
)
CELLS = st.one_of(
    st.none(),
    WORDS,
    st.integers(-5, 5),
    st.booleans(),
    st.text(max_size=3),
    st.builds(Odd, st.sampled_from(["error", "formula", "digits"]), st.text(max_size=3)),
)
GRIDS = st.lists(st.lists(CELLS, max_size=6), max_size=9)
CORNERS = st.tuples(*[st.integers(0, 9)] * 4)


def merge(corners: tuple[int, int, int, int]) -> Merge:
    top, left, down, right = corners
    return Merge(top, left, top + down, left + right)


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(GRIDS, st.lists(CORNERS.map(merge), max_size=5), st.booleans())
def test_any_grid_is_understood_or_refused(
    grid: list[list[Any]], merges: list[Merge], headed: bool
) -> None:
    top = [LABELS] if headed else []
    page = sheet(*top, *grid, merges=merges)
    try:
        read = understood(page)
    except Refused:
        assert not headed or not page.count or not page.head[0][1]
        return
    first = [record.values for record in read.records()]
    for record in read.records():
        assert record.row > read.header.last_row
        assert set(record.above) <= set(record.cells) == set(read.header.places)
        for label in record.cells:
            assert record.error(label, "x").cell == record.address(label)
    assert first == [record.values for record in read.records()], "read twice, read the same"
