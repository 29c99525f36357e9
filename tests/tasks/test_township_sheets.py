"""The two forms that a township fills as a whole: values of its villages, and its own tasks."""

from typing import Any

import pytest

from accounts.models import AccessLog
from spreadsheets import actions
from spreadsheets.errors import Refused
from spreadsheets.models import Batch
from spreadsheets.sheet import Sheet
from tasks.models import Entry, EntryChange
from tasks.sheets import TownshipLedgerSheet, VillageValuesSheet
from tests.spreadsheets import files
from tests.tasks import recount, verbs
from tests.tasks.forms import (
    DONGSHAN,
    INCOME,
    MEETING,
    RESERVE,
    STUDY,
    XISHAN,
    apply,
    check,
    counts,
    exported,
    messages,
    undo,
)
from tests.world import World

pytestmark = pytest.mark.usefixtures("in_english")
READY, WRONG = Batch.State.CHECKED, Batch.State.WRONG
BOTH: tuple[type[Sheet], ...] = (VillageValuesSheet, TownshipLedgerSheet)
TITLE = "合涧镇2026年第三季度村级任务完成情况统计表"


def save(world: World, unit: str, task: str, quarter: int = 3, **content: Any) -> None:
    entry = world.entry(unit, task, quarter)
    at = verbs.moment(10, 2) if quarter == 3 else verbs.moment(7, 1)
    assert verbs.save(world, "hejian_reporter", entry, at, **content).done


def cell_of(page: Any, row: str, column: str) -> Any:
    """The cell where a row and a column meet, each told by how a cell of it begins."""
    cells = [cell for line in page.iter_rows() for cell in line if isinstance(cell.value, str)]
    line = next(cell.row for cell in cells if cell.value == row)
    heading = next(cell.column for cell in cells if cell.value.startswith(column))
    return page.cell(line, heading)


def edited(content: bytes, *cells: tuple[str, str, Any]) -> bytes:
    def change(page: Any) -> None:
        for row, column, value in cells:
            cell_of(page, row, column).value = value

    return files.edited(content, change)


def values(
    *rows: list[Any], unit: str = "", heads: tuple[str, ...] = (INCOME,), title: str = TITLE
) -> bytes:
    return files.workbook([title], [unit], ["序号", "村名", *heads, "存在问题"], *rows)


def ledger(*rows: list[Any], heads: tuple[str, ...] = ("三季度",)) -> bytes:
    title, line = "合涧镇2026年重点工作任务台账", "填报单位：合涧镇　填报时间：2026年10月2日"
    heads = ("重点任务", *heads, "存在问题", "下步措施")
    return files.workbook([title], [line], ["序号", *heads], *rows)


# Out and in again


@pytest.fixture
def lived_in(world: World) -> World:
    """Lines that hold everything which a form shows otherwise than it is stored."""
    save(world, "dongshan", "income", value="12.50", problems="一\r\n二 ")
    save(world, "dongshan", "meeting", value=0, problems="/")
    save(world, "xishan", "income", nothing="nil")
    save(world, "xishan", "meeting", nothing="not_applicable", problems="后一项的问题")
    save(world, "hejian", "reserve", value=3, narrative="一\r\n二\x0b三 ", problems="无")
    save(world, "hejian", "study", narrative="无", next_steps="—")
    save(world, "hejian", "study", 2, nothing="nil", narrative="也有话")
    save(world, "hejian", "reserve", 2, nothing="nil")
    return world


@pytest.mark.parametrize("sheet", BOTH)
def test_what_was_taken_out_comes_back_as_no_change(lived_in: World, sheet: type[Sheet]) -> None:
    batch = check(lived_in, exported(lived_in, sheet=sheet), sheet=sheet)
    assert (batch.state, batch.writes, batch.errors, batch.warnings) == (READY, 0, [], [])
    assert batch.unchanged > 0


@pytest.mark.parametrize("sheet", BOTH)
def test_a_form_taken_before_an_edit_here_undoes_nothing_of_it(
    lived_in: World, sheet: type[Sheet]
) -> None:
    content = exported(lived_in, sheet=sheet)
    save(lived_in, "dongshan", "income", value=99, problems="新")
    save(lived_in, "xishan", "meeting", problems="")
    save(lived_in, "hejian", "study", narrative="新话")
    save(lived_in, "hejian", "reserve", 2, nothing="", narrative="新话")
    batch = check(lived_in, content, sheet=sheet)
    assert (batch.state, batch.writes, batch.conflicts) == (READY, 0, 0)


@pytest.mark.parametrize("sheet", BOTH)
def test_a_line_changed_here_and_in_the_form_is_asked_about(
    lived_in: World, sheet: type[Sheet]
) -> None:
    of_villages = sheet is VillageValuesSheet
    row, column = (DONGSHAN, INCOME) if of_villages else (STUDY, "三季度")
    unit, task = {DONGSHAN: ("dongshan", "income"), STUDY: ("hejian", "study")}[row]
    new: Any = 5 if row == DONGSHAN else "办班"
    content = edited(exported(lived_in, sheet=sheet), (row, column, new))
    here: dict[str, Any] = {"value": 7} if row == DONGSHAN else {"narrative": "讲课"}
    save(lived_in, unit, task, **here)
    batch = check(lived_in, content, sheet=sheet)
    assert (batch.state, batch.conflicts) == (READY, 1)
    found = batch.rows.exclude(conflicts={}).get()
    choices = {found.pk: dict.fromkeys(found.conflicts, "mine")}
    actions.decide(batch.pk, lived_in.users["hejian_reporter"], choices)
    apply(lived_in, batch)
    entry = lived_in.entry(unit, task)
    assert (entry.value == 5) if row == DONGSHAN else (entry.narrative == "办班")


def test_filled_values_are_written_with_history_and_undone(world: World) -> None:
    content = exported(world, sheet=VillageValuesSheet)
    before = list(Entry.objects.order_by("pk").values_list("value", "nothing", "problems", "state"))
    typed = [
        (DONGSHAN, INCOME, 12.5),
        (DONGSHAN, MEETING, "√"),
        (XISHAN, INCOME, "零报告"),
        (XISHAN, "存在问题", "缺钱"),
    ]
    batch = check(world, edited(content, *typed), sheet=VillageValuesSheet)
    assert (batch.state, batch.new, batch.changed) == (READY, 3, 0)
    apply(world, batch)
    assert world.entry("dongshan", "income").content["value"] == "12.50"
    assert world.entry("dongshan", "meeting").value == 1
    xishan = world.entry("xishan", "income")
    assert (xishan.nothing, xishan.problems) == ("nil", "缺钱")
    assert recount.summarised() == recount.recounted()
    again = check(world, exported(world, sheet=VillageValuesSheet), sheet=VillageValuesSheet)
    assert again.writes == 0
    undo(world, batch)
    fields = ("value", "nothing", "problems", "state")
    assert list(Entry.objects.order_by("pk").values_list(*fields)) == before


def test_filled_progress_is_written_and_undone(world: World) -> None:
    typed = [(STUDY, "三季度", "办班"), (RESERVE, "三季度", "摸排"), (RESERVE, "下步措施", "选人")]
    content = edited(exported(world, sheet=TownshipLedgerSheet), *typed)
    batch = check(world, content, sheet=TownshipLedgerSheet)
    assert (batch.state, batch.new, batch.errors) == (READY, 2, [])
    apply(world, batch)
    reserve = world.entry("hejian", "reserve")
    assert (reserve.narrative, reserve.next_steps) == ("摸排", "选人")
    assert world.entry("hejian", "study").narrative == "办班"
    again = check(world, exported(world, sheet=TownshipLedgerSheet), sheet=TownshipLedgerSheet)
    assert again.writes == 0
    undo(world, batch)
    assert not Entry.objects.exclude(state="blank").exists()


# Values of villages


@pytest.mark.parametrize(
    ("unit", "heading", "written", "kept"),
    [
        ("单位：万元", INCOME, 12.5, "12.50"),
        ("单位：元", INCOME, 125_000, "12.50"),
        ("", f"{INCOME}（元）", 125_000, "12.50"),
        ("", f"{INCOME}（千元）", 125, "12.50"),
        ("单位：万元", f"{INCOME}（万元）", "１２．５", "12.50"),
        ("", INCOME, "12.5", "12.50"),
    ],
)
def test_money_is_read_in_the_unit_that_the_form_says(
    world: World, unit: str, heading: str, written: Any, kept: str
) -> None:
    content = values([1, "东山村", written], unit=unit, heads=(heading,))
    batch = check(world, content, sheet=VillageValuesSheet)
    apply(world, batch)
    assert world.entry("dongshan", "income").content["value"] == kept


@pytest.mark.parametrize(
    ("unit", "heading", "words"),
    [
        ("单位：元", f"{INCOME}（万元）", "line above the table says 元"),
        ("", f"{INCOME}（人）", "counted in 万元"),
        ("", "修路里程", f"one of: {INCOME}、{MEETING}"),
    ],
    ids=["two units", "no money", "unknown"],
)
def test_a_heading_that_is_not_clear_is_an_error_that_names_the_way_out(
    world: World, unit: str, heading: str, words: str
) -> None:
    content = values([1, "东山村", 5], unit=unit, heads=(MEETING, heading))
    batch = check(world, content, sheet=VillageValuesSheet)
    assert batch.state == WRONG
    assert words in messages(batch)["D3"]


def test_two_columns_for_one_task_are_both_named(world: World) -> None:
    content = values([1, "东山村", 5, 6], heads=(INCOME, f"{INCOME}（万元）"))
    batch = check(world, content, sheet=VillageValuesSheet)
    assert "C3、D3" in messages(batch)["D3"]


@pytest.mark.parametrize("written", [1e300, "9" * 400, 1e15, "-1e5", "NaN", -5])
@pytest.mark.parametrize("unit", ["单位：元", "单位：万元"])
def test_money_that_cannot_be_is_an_error_at_its_cell(
    world: World, unit: str, written: Any
) -> None:
    batch = check(world, values([1, "东山村", written], unit=unit), sheet=VillageValuesSheet)
    assert (batch.state, list(messages(batch))) == (WRONG, ["C4"])


def test_a_title_that_ends_in_brackets_is_known_by_its_name(world: World) -> None:
    task = world.tasks["meeting"]
    task.title = "四议两公开（试点）"
    task.save()
    batch = check(world, exported(world, sheet=VillageValuesSheet), sheet=VillageValuesSheet)
    assert (batch.errors, batch.warnings) == ([], [])
    content = values([1, "东山村", "是"], heads=("四议两公开（试点）",))
    assert counts(check(world, content, sheet=VillageValuesSheet)) == (READY, 1, 0, 0)


def test_a_cell_of_a_task_that_the_village_does_not_owe_is_an_error(world: World) -> None:
    Entry.objects.filter(pk=world.entry("dongshan", "income").pk).delete()
    rows = [1, "东山村", 5, "是", "缺钱"], [2, "西山村", None, None, None]
    batch = check(world, values(*rows, heads=(INCOME, MEETING)), sheet=VillageValuesSheet)
    assert "does not owe" in messages(batch)["C4"]
    rows[0][2] = None
    batch = check(world, values(*rows, heads=(INCOME, MEETING)), sheet=VillageValuesSheet)
    assert batch.errors == []
    apply(world, batch)
    assert world.entry("dongshan", "meeting").problems == "缺钱"


def test_a_village_that_is_there_twice_or_not_known_is_named(world: World) -> None:
    rows = [1, "东山村", 5], [2, "东山村委会", 6], [3, "石桥村", 7], [4, None, 8]
    batch = check(world, values(*rows), sheet=VillageValuesSheet)
    said = messages(batch)
    assert "Rows 4 and 5" in said["B5"]
    assert "No unit of yours" in said["B6"]
    assert "name of the village is missing" in said["B7"]


def test_a_blank_cell_says_nothing_and_clears_nothing(world: World) -> None:
    save(world, "dongshan", "income", value=5, problems="缺钱")
    for blank in (None, "/", "—", " "):
        content = values([1, "东山村", blank, "是", blank], heads=(INCOME, MEETING))
        assert counts(check(world, content, sheet=VillageValuesSheet)) == (READY, 1, 0, 1)


# A township's own tasks


def test_a_none_is_a_nil_report_for_tasks_in_words_alone(world: World) -> None:
    batch = check(world, ledger([1, RESERVE, "无"], [2, STUDY, "无"]), sheet=TownshipLedgerSheet)
    assert counts(batch) == (READY, 1, 0, 1)
    apply(world, batch)
    assert world.entry("hejian", "study").nothing == "nil"
    assert world.entry("hejian", "reserve").state == "blank"


def test_a_narrative_takes_the_place_of_a_nil_report(world: World) -> None:
    save(world, "hejian", "study", nothing="nil")
    apply(world, check(world, ledger([1, STUDY, "办班"]), sheet=TownshipLedgerSheet))
    study = world.entry("hejian", "study")
    assert (study.nothing, study.narrative) == ("", "办班")


def test_a_quarter_that_is_locked_takes_no_change_at_its_cell(world: World) -> None:
    content = ledger([1, STUDY, "补记", "办班"], heads=("一季度", "三季度"))
    batch = check(world, content, sheet=TownshipLedgerSheet)
    assert "locked" in messages(batch)["C4"]
    content = ledger([1, STUDY, None, "办班"], heads=("一季度", "三季度"))
    assert check(world, content, sheet=TownshipLedgerSheet).new == 1


def test_a_task_that_is_there_twice_or_not_known_is_named(world: World) -> None:
    rows = [1, STUDY, "办班"], [2, STUDY, "讲课"], [3, "修路", "修了"]
    said = messages(check(world, ledger(*rows), sheet=TownshipLedgerSheet))
    assert "Rows 4 and 5" in said["B5"]
    assert "No task of this year" in said["B6"]


# Not for this township, and marks that do not fit


@pytest.mark.parametrize("sheet", BOTH)
def test_another_townships_form_is_refused_and_logged(world: World, sheet: type[Sheet]) -> None:
    theirs = exported(world, "linqi_reporter", sheet=sheet)
    made = ledger([1, STUDY, "办班"]) if sheet is TownshipLedgerSheet else values([1, "东山村", 5])
    for content, who in ((theirs, "hejian_reporter"), (made, "linqi_reporter")):
        with pytest.raises(Refused, match=r"belongs to .*(临淇镇|合涧镇)"):
            check(world, content, who, sheet=sheet)
    assert AccessLog.objects.filter(action="refused").count() == 2
    assert not Batch.objects.exists()


@pytest.mark.parametrize(
    ("sheet", "row", "column"),
    [(VillageValuesSheet, DONGSHAN, INCOME), (TownshipLedgerSheet, STUDY, "三季度")],
)
def test_marks_that_do_not_fit_are_named_and_no_edit_beside_them_is_lost(
    world: World, sheet: type[Sheet], row: str, column: str
) -> None:
    content = exported(world, sheet=sheet)
    mark = str(found(content, row))
    new: Any = 5 if sheet is VillageValuesSheet else "办班"
    spoilt = [
        *("x", mark + "|", mark + "|x", mark.replace("1-", "9-"), mark.replace("1-", "1-0000")),
        "".join("0" if letter in "abcdef" else letter for letter in mark),
    ]
    for damaged in spoilt:
        batch = check(
            world, edited(content, (row, "版本", damaged), (row, column, new)), sheet=sheet
        )
        assert batch.state == WRONG, damaged
        assert {"hidden mark" in text for text in messages(batch).values()} == {True}
    for fine in (mark, None):
        batch = check(world, edited(content, (row, "版本", fine), (row, column, new)), sheet=sheet)
        assert (batch.state, batch.new) == (READY, 1)
    assert not EntryChange.objects.exists()


def found(content: bytes, row: str) -> Any:
    values: list[Any] = []
    files.edited(content, lambda page: values.append(cell_of(page, row, "版本").value))
    return values[0]
