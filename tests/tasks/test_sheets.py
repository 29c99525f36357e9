"""The quarterly report as a workbook: out, filled, checked, and in again."""

import io
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from django.core.exceptions import PermissionDenied

from accounts.models import AccessLog
from accounts.roles import Role
from spreadsheets import checking, writer
from spreadsheets.errors import Refused, Stale
from spreadsheets.models import Batch
from spreadsheets.sheet import Target
from tasks.models import Entry, EntryChange, EntrySummary
from tasks.sheets import EntrySheet
from tests.spreadsheets import files
from tests.tasks import verbs
from tests.tasks.forms import (
    ANSWER,
    DONGSHAN,
    HEADER_ROW,
    INCOME,
    MEETING,
    NARRATIVE,
    PROBLEMS,
    Q3,
    STUDY,
    XISHAN,
    apply,
    check,
    counts,
    exported,
    filled,
    messages,
    place,
    put,
)
from tests.world import World
from villages.models import Division

pytestmark = pytest.mark.usefixtures("in_english")


# Out and in again


def test_an_export_lists_every_line_of_the_unit_and_comes_back_as_no_change(world: World) -> None:
    batch = check(world, exported(world))
    assert counts(batch) == (Batch.State.CHECKED, 0, 0, 8)


def test_an_export_of_filled_lines_comes_back_as_no_change(world: World) -> None:
    income = world.entry("dongshan", "income")
    texts = "第一行\r\n第二行 \x0b三\x01 =1+1 _x0041_ 𠮷"
    verbs.save(world, "hejian_reporter", income, value=Decimal("12.50"), narrative=texts)
    meeting = world.entry("dongshan", "meeting")
    verbs.save(world, "hejian_reporter", meeting, value=Decimal(0), problems="  无  ")
    verbs.save(world, "hejian_reporter", world.entry("xishan", "income"), nothing="nil")
    assert counts(check(world, exported(world))) == (Batch.State.CHECKED, 0, 0, 8)


def test_filled_lines_are_new_and_become_drafts_with_history_and_summary(world: World) -> None:
    content = filled(
        exported(world),
        put(DONGSHAN, INCOME, 12.5),
        put(DONGSHAN, MEETING, "是"),
        put("", STUDY, "举办培训班2期", NARRATIVE),
    )
    batch = check(world, content)
    assert counts(batch) == (Batch.State.CHECKED, 3, 0, 5)
    assert not EntryChange.objects.exists()

    apply(world, batch)

    income = world.entry("dongshan", "income")
    assert (income.value, income.state, income.version) == (Decimal("12.50"), "draft", 2)
    assert world.entry("dongshan", "meeting").value == 1
    assert world.entry("hejian", "study").narrative == "举办培训班2期"
    history = EntryChange.objects.get(entry=income)
    assert (history.origin, history.batch, history.by) == (
        "sheet",
        batch.pk,
        world.users["hejian_reporter"],
    )
    assert history.after == {"value": "12.50", "state": "draft"}
    summary = EntrySummary.objects.get(
        township=world.units["hejian"], period=world.periods[3], task=world.tasks["income"]
    )
    assert (summary.draft, summary.blank, summary.owed) == (1, 2, 3)


def test_an_export_after_the_import_comes_back_as_no_change(world: World) -> None:
    apply(world, check(world, filled(exported(world), put(DONGSHAN, INCOME, 12.5))))
    assert counts(check(world, exported(world))) == (Batch.State.CHECKED, 0, 0, 8)


def test_texts_that_look_like_formulas_stay_texts_both_ways(world: World) -> None:
    wanted = {INCOME: "=1+1", MEETING: "@x"}
    content = filled(
        exported(world),
        *(put(DONGSHAN, task, text, NARRATIVE) for task, text in wanted.items()),
        put(XISHAN, INCOME, "+1", NARRATIVE),
    )
    apply(world, check(world, content))
    assert world.entry("dongshan", "income").narrative == "=1+1"
    page = openpyxl.load_workbook(io.BytesIO(exported(world))).worksheets[0]
    for task, text in wanted.items():
        cell = place(page, DONGSHAN, task, NARRATIVE)
        assert (cell.value, cell.data_type) == (text, "s")
    assert counts(check(world, exported(world))) == (Batch.State.CHECKED, 0, 0, 8)


def test_a_blank_cell_clears_a_stored_draft_and_the_preview_says_so(world: World) -> None:
    verbs.save(world, "hejian_reporter", world.entry("dongshan", "income"), value=Decimal(7))
    batch = check(world, filled(exported(world), put(DONGSHAN, INCOME, None)))
    assert counts(batch) == (Batch.State.CHECKED, 0, 1, 7)
    row = batch.rows.get(outcome="changed")
    sheet = EntrySheet(world.users["hejian_reporter"])
    assert sheet.display(row.before)[ANSWER] == "7"
    assert sheet.display(row.after)[ANSWER] == ""
    apply(world, batch)
    assert world.entry("dongshan", "income").value is None


def test_the_preview_shows_yes_no_and_reasons_in_words(world: World) -> None:
    content = filled(exported(world), put(DONGSHAN, MEETING, "√"), put(DONGSHAN, INCOME, "无"))
    sheet = EntrySheet(world.users["hejian_reporter"])
    rows = check(world, content).rows.filter(outcome="new").order_by("sheet_row")
    assert [sheet.display(row.after)[ANSWER] for row in rows] == ["零报告", "是"]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        (" １２．５ ", Decimal("12.50")),
        ("1,234.5", Decimal("1234.50")),
        ("12 ", Decimal(12)),
        (12, Decimal(12)),
        (0.1 + 0.2, Decimal("0.30")),
    ],
)
def test_a_number_is_read_in_any_usual_writing(written: Any, value: Decimal, world: World) -> None:
    apply(world, check(world, filled(exported(world), put(DONGSHAN, INCOME, written))))
    assert world.entry("dongshan", "income").value == value


@pytest.mark.parametrize(
    ("task", "written", "words"),
    [
        (INCOME, "约12", "Write a number"),
        (INCOME, "是", "Write a number"),
        (INCOME, "12万元", "Write a number"),
        (INCOME, "1,23", "Write a number"),
        (INCOME, "2026-03-31", "Write a number"),
        (INCOME, "1e400", "Write a number"),
        (INCOME, -1, "less than 0"),
        (INCOME, 1e15, "15 digits"),
        (INCOME, "9" * 500, "too large"),
        (INCOME, 1.005, "two digits"),
        (INCOME, "#N/A", "shows an error"),
        (INCOME, "免报", "granted"),
        (MEETING, 3, "yes or no"),
        (MEETING, "无", "是 or 否"),
    ],
)
def test_a_value_that_does_not_answer_the_task_is_an_error_at_its_cell(
    task: str, written: Any, words: str, world: World
) -> None:
    batch = check(world, filled(exported(world), put(DONGSHAN, task, written)))
    assert batch.state == Batch.State.WRONG
    (error,) = batch.errors
    assert (error["sheet"], error["cell"][0]) == ("Quarterly report", "I")
    assert words in error["message"]
    assert error["value"]


def test_all_errors_are_told_at_once_each_at_its_cell(world: World) -> None:
    content = filled(
        exported(world),
        put(DONGSHAN, INCOME, "很多"),
        put(DONGSHAN, INCOME, "长" * 10_001, NARRATIVE),
        put(XISHAN, INCOME, -3),
        put(XISHAN, INCOME, "a_x0001_b", PROBLEMS),
        put(XISHAN, MEETING, "也许"),
        put("", STUDY, "没有这样的任务", "重点任务"),
    )
    batch = check(world, content)
    assert {cell: text.split(";")[0][:28] for cell, text in messages(batch).items()} == {
        "E5": "No task of this quarter has ",
        "I6": "Write a number, 是 or 否, or o",
        "J6": "The text has 10001 character",
        "I8": "A value cannot be less than ",
        "K8": "The text holds control chara",
        "I9": "Write a number, 是 or 否, or o",
    }
    with pytest.raises(Refused, match="cannot be applied"):
        apply(world, batch)
    assert not EntryChange.objects.exists()


def test_a_file_that_is_wrong_all_over_says_where_looking_stopped(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = [put(unit, task, "很多") for unit in (DONGSHAN, XISHAN) for task in (INCOME, MEETING)]
    content = filled(exported(world), *wrong)
    monkeypatch.setattr(checking, "MOST_ERRORS", 4)
    assert len(check(world, content).errors) == 4
    monkeypatch.setattr(checking, "MOST_ERRORS", 2)
    batch = check(world, content)
    assert [error["cell"] for error in batch.errors] == ["I6", "I7", "I8", "A8"]
    assert "nothing was looked at" in batch.errors[-1]["message"]
    assert batch.state == Batch.State.WRONG


def test_a_text_of_10000_characters_is_kept_whole(world: World) -> None:
    apply(world, check(world, filled(exported(world), put("", STUDY, "长" * 10_000, NARRATIVE))))
    assert world.entry("hejian", "study").narrative == "长" * 10_000


def test_a_nul_in_a_csv_is_an_error_at_its_cell(world: World) -> None:
    lines = ["合涧镇2026年第三季度," + " " * 5000, "乡镇,村,重点任务,完成情况,进展情况"]
    lines += ["合涧镇,东山村,村级集体经济增收,5,a\0b", "合涧镇,西山村,村级集体经济增收,\0,c"]
    batch = check(world, "\n".join(lines).encode())
    assert {cell: text[:14] for cell, text in messages(batch).items()} == {
        "E3": "The text holds",
        "D4": "Write a number",
    }


def test_a_missing_column_is_named(world: World) -> None:
    def drop(page: Any) -> None:
        page.cell(HEADER_ROW, 9).value = "别的"

    batch = check(world, files.edited(exported(world), drop))
    (error,) = batch.errors
    assert error["cell"] == "A3"
    assert "本季度完成情况" in error["message"]


def test_a_column_that_is_there_twice_is_named(world: World) -> None:
    def double(page: Any) -> None:
        page.cell(HEADER_ROW, 12).value = "完成情况"

    (error,) = check(world, files.edited(exported(world), double)).errors
    assert "I3、L3" in error["message"]


def test_two_rows_for_one_line_are_both_named(world: World) -> None:
    def repeat(page: Any) -> None:
        page.append([cell.value for cell in page[6]])

    (error,) = check(world, files.edited(exported(world), repeat)).errors
    assert "Rows 6 and" in error["message"]


def test_columns_in_another_order_under_other_names_without_codes_are_understood(
    world: World,
) -> None:
    content = files.workbook(
        ["合涧镇 2026 年第 三 季度填报表"],
        ["完成情况", "任务名称", "进展情况", "村名", "乡镇", "备注"],
        [3, "村级集体经济增收", "好", "东山村", "合涧镇", "x"],
        [4, " 村级集体经济增收", None, "合涧镇西山", None, None],
        ["零报告", "村级后备力量培育", None, None, "合 涧 镇", None],
        ["合计", None, None, None, None, None],
        ["填表人：张三"],
    )
    apply(world, check(world, content))
    assert world.entry("dongshan", "income").value == 3
    assert world.entry("xishan", "income").value == 4
    assert world.entry("hejian", "reserve").nothing == "nil"


def test_a_file_without_its_quarter_is_refused_unless_the_page_says_it(world: World) -> None:
    content = files.workbook(
        ["乡镇", "村", "重点任务", "完成情况"], ["合涧镇", "东山村", "村级集体经济增收", 3]
    )
    with pytest.raises(Refused, match="does not say its quarter"):
        check(world, content)
    assert check(world, content, target=Target(period=Q3)).new == 1


def test_two_tables_in_one_file_are_refused_naming_the_sheets(world: World) -> None:
    book = openpyxl.load_workbook(io.BytesIO(exported(world)))
    book.copy_worksheet(book.worksheets[0]).title = "副本"
    with pytest.raises(Refused, match="副本"):
        check(world, files.saved(book))
    book["副本"].sheet_state = "hidden"
    assert check(world, files.saved(book)).unchanged == 8


def test_a_hidden_first_sheet_is_not_what_is_read(world: World) -> None:
    book = openpyxl.load_workbook(io.BytesIO(exported(world)))
    old = book.copy_worksheet(book.worksheets[0])
    old.sheet_state = "hidden"
    put(DONGSHAN, INCOME, 99)(old)
    book.move_sheet(old, -2)
    assert counts(check(world, files.saved(book))) == (Batch.State.CHECKED, 0, 0, 8)


# Not for this user


def test_a_workbook_of_another_township_is_refused_naming_both_and_logged(world: World) -> None:
    content = exported(world, "linqi_reporter")
    with pytest.raises(Refused, match=r"临淇镇.*合涧镇"):
        check(world, content)
    log = AccessLog.objects.get(action="refused")
    assert log.user == world.users["hejian_reporter"]
    assert not Batch.objects.exists()


def test_a_workbook_of_another_quarter_is_refused_naming_both(world: World) -> None:
    content = exported(world, period="2026Q2")
    with pytest.raises(Refused, match=r"2026Q2.*2026Q3"):
        check(world, content, target=Target(period=Q3))
    assert check(world, content, target=Target(period="2026Q2")).new == 0


def test_a_workbook_of_another_page_is_refused_naming_both(world: World) -> None:
    page = Target(division="410581101201", period=Q3)
    with pytest.raises(Refused, match=r"合涧镇.*东山村民委员会"):
        check(world, exported(world), target=page)


@pytest.mark.parametrize(
    ("code", "township", "village"),
    [
        ("410581102201", "临淇镇", "东山村民委员会"),
        ("410581102201", "合涧镇", "东山村民委员会"),
        (None, "临淇镇", "北平村民委员会"),
    ],
    ids=["by code", "by code under an own name", "by name"],
)
def test_a_row_of_a_foreign_unit_is_told_beside_all_else_and_is_logged(
    code: str | None, township: str, village: str, world: World
) -> None:
    def smuggle(page: Any) -> None:
        page["A6"], page["B6"], page["O6"] = township, village, code
        page["I6"], page["I7"] = 99, "许多"

    batch = check(world, files.edited(exported(world), smuggle))
    found = messages(batch)
    assert "not yours" in found["B6"]
    assert "I7" in found
    assert batch.state == Batch.State.WRONG
    assert AccessLog.objects.filter(action="refused").count() == 1


def test_a_code_that_is_nobodys_is_an_error_and_no_accusation(world: World) -> None:
    batch = check(world, files.edited(exported(world), lambda page: _set(page, O6="4.10581E+11")))
    assert "no unit with the code" in messages(batch)["B6"]
    assert not AccessLog.objects.filter(action="refused").exists()


def _set(page: Any, **cells: Any) -> None:
    for address, value in cells.items():
        page[address] = value


def test_a_unit_that_does_not_owe_the_task_is_told_so(world: World) -> None:
    community = Division.objects.get(code="410581001001")
    community.parent = world.units["hejian"]
    community.place()

    def own(page: Any) -> None:
        _set(page, A6="合涧镇", B6="桂园社区居委会", N6="410581001001", O6=None)

    assert "does not owe" in messages(check(world, files.edited(exported(world), own)))["E6"]


def test_a_row_whose_name_and_code_disagree_is_an_error(world: World) -> None:
    batch = check(world, files.edited(exported(world), lambda page: _set(page, B6="西山村委会")))
    assert "does not fit" in messages(batch)["B6"]


def test_a_village_of_the_same_name_elsewhere_is_never_meant(world: World) -> None:
    content = files.workbook(
        ["2026年第三季度"],
        ["乡镇", "村", "重点任务", "完成情况"],
        ["临淇镇", "东山村", "村级集体经济增收", 3],
    )
    assert "not yours" in messages(check(world, content))["B3"]
    assert check(world, content, "linqi_reporter").new == 1


@pytest.mark.parametrize("who", ["linzhou_viewer", "city_auditor"])
def test_who_may_not_report_may_not_import(who: str, world: World) -> None:
    content = exported(world)
    with pytest.raises(PermissionDenied):
        check(world, content, who)


@pytest.mark.parametrize("who", ["linzhou_reviewer", "city_manager"])
def test_levels_that_review_are_told_that_they_do_not_fill(who: str, world: World) -> None:
    with pytest.raises(Refused, match="Villages and townships fill"):
        check(world, exported(world), who)
    assert not AccessLog.objects.filter(action="refused").exists()


def test_a_village_exports_and_imports_its_own_lines_only(world: World) -> None:
    content = exported(world, "dongshan_reporter")
    assert counts(check(world, content, "dongshan_reporter")) == (Batch.State.CHECKED, 0, 0, 2)
    with pytest.raises(Refused, match=r"合涧镇.*东山村民委员会"):
        check(world, exported(world), "dongshan_reporter")


def test_an_export_for_a_division_that_is_not_seen_is_refused(world: World) -> None:
    reporter = world.users["hejian_reporter"]
    for code in ("410581102000", "410500000000", "x"):
        with pytest.raises(Refused, match="no division"):
            writer.write(EntrySheet(reporter, Target(code, Q3)), io.BytesIO())
    assert writer.write(EntrySheet(reporter, Target("410581101201", Q3)), io.BytesIO()) == 2


def test_every_export_is_logged(world: World) -> None:
    exported(world)
    log = AccessLog.objects.get(action="export")
    assert (log.user, log.subject) == (world.users["hejian_reporter"], "entries")


# Frozen and stale rows


def test_a_submitted_row_may_stay_but_not_change(world: World) -> None:
    entry = world.entry("dongshan", "income")
    verbs.save(world, "dongshan_reporter", entry, value=Decimal(5))
    verbs.submit(world, "dongshan_reporter", world.entry("dongshan", "income"))
    content = exported(world)
    assert check(world, content).state == Batch.State.CHECKED
    batch = check(world, filled(content, put(DONGSHAN, INCOME, 6)))
    assert "returned" in messages(batch)["I6"]
    batch = check(world, filled(content, put(DONGSHAN, INCOME, "x", NARRATIVE)))
    assert "returned" in messages(batch)["J6"]


def test_a_row_that_changed_here_to_the_same_is_no_conflict(world: World) -> None:
    content = filled(exported(world), put(DONGSHAN, INCOME, 5))
    verbs.save(world, "dongshan_reporter", world.entry("dongshan", "income"), value=Decimal(5))
    assert counts(check(world, content)) == (Batch.State.CHECKED, 0, 0, 8)


def test_a_quarter_that_is_locked_takes_no_change_but_an_unchanged_file(world: World) -> None:
    content = exported(world, period="2026Q1")
    assert check(world, content).state == Batch.State.CHECKED
    batch = check(world, filled(content, put(DONGSHAN, INCOME, 5)))
    assert "locked" in messages(batch)["I6"]


# Applied once, by its owner, only if nothing changed


@pytest.fixture
def checked(world: World) -> Batch:
    """A batch that sets one value and one narrative."""
    changes = put(DONGSHAN, INCOME, 6), put(XISHAN, INCOME, "好", NARRATIVE)
    return check(world, filled(exported(world), *changes))


def test_applied_twice_has_one_effect(world: World, checked: Batch) -> None:
    first = apply(world, checked)
    again = apply(world, checked)
    assert first.applied_at == again.applied_at
    assert world.entry("dongshan", "income").version == 2
    assert EntryChange.objects.count() == 2


def test_a_batch_of_another_user_does_not_exist(world: World, checked: Batch) -> None:
    for who in ("linqi_reporter", "city_manager", "dongshan_reporter"):
        with pytest.raises(Batch.DoesNotExist):
            apply(world, checked, who)
    assert not EntryChange.objects.exists()


def test_who_became_a_viewer_since_the_preview_may_not_apply(world: World, checked: Batch) -> None:
    world.users["hejian_reporter"].role = Role.VIEWER
    with pytest.raises(PermissionDenied):
        apply(world, checked)
    assert not EntryChange.objects.exists()


def test_who_moved_to_another_unit_since_the_preview_writes_nothing(
    world: World, checked: Batch
) -> None:
    world.users["hejian_reporter"].division = world.units["linqi"]
    with pytest.raises(Stale) as stale:
        apply(world, checked)
    assert "may no longer report" in stale.value.reasons[0]
    assert not EntryChange.objects.exists()


def test_a_row_changed_since_the_preview_stops_all_and_is_named(
    world: World, checked: Batch
) -> None:
    verbs.save(world, "xishan_reporter", world.entry("xishan", "income"), value=Decimal(3))
    with pytest.raises(Stale) as stale:
        apply(world, checked)
    (reason,) = stale.value.reasons
    assert "Row 8, 西山村 · 村级集体经济增收" in reason
    assert "本季度完成情况 3" in reason
    assert world.entry("dongshan", "income").state == Entry.State.BLANK
    checked.refresh_from_db()
    assert (checked.state, checked.reasons) == (Batch.State.STALE, [reason])
    with pytest.raises(Refused, match="cannot be applied"):
        apply(world, checked)


def test_a_row_submitted_since_the_preview_stops_all(world: World, checked: Batch) -> None:
    verbs.save(world, "dongshan_reporter", world.entry("dongshan", "income"), nothing="nil")
    verbs.submit(world, "dongshan_reporter", world.entry("dongshan", "income"))
    with pytest.raises(Stale) as stale:
        apply(world, checked)
    assert "零报告" in stale.value.reasons[0]


def test_a_preview_survives_as_it_was(world: World, checked: Batch) -> None:
    stored = Batch.objects.visible_to(world.users["hejian_reporter"]).get()
    assert counts(stored) == (Batch.State.CHECKED, 2, 0, 6)
    assert stored.target == {"division": "410581101000", "period": Q3}
    labels = list(stored.rows.filter(outcome="new").values_list("sheet_row", "label"))
    assert labels == [(6, "东山村 · 村级集体经济增收"), (8, "西山村 · 村级集体经济增收")]
    with stored.file.open("rb") as file:
        assert file.read(2) == b"PK"
    assert not Batch.objects.visible_to(world.users["city_manager"]).exists()


def test_checking_and_applying_asks_the_database_no_more_for_more_rows(
    world: World, django_assert_max_num_queries: Any
) -> None:
    content = filled(exported(world), put(DONGSHAN, INCOME, 6))
    whole = filled(content, *(put(v, t, 1) for v in (DONGSHAN, XISHAN) for t in (INCOME, MEETING)))
    for some in (content, whole):
        with django_assert_max_num_queries(22):
            batch = check(world, some)
        with django_assert_max_num_queries(22):
            apply(world, batch)
        Entry.objects.update(state="blank", value=None, version=1)
        EntryChange.objects.all().delete()
