"""`manage.py sheet`: the same engine from the command line."""

import datetime
import io
import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import time_machine
from django.core.management import CommandError, call_command

from spreadsheets.models import Batch
from tasks.models import EntryChange
from tests.world import NOW, World


def sheet(*args: str) -> str:
    out = io.StringIO()
    call_command("sheet", *args, stdout=out)
    return out.getvalue()


def sheet_json(*args: str) -> tuple[int, dict[str, Any]]:
    """The exit status, and the JSON that stands alone on stdout."""
    out, status = io.StringIO(), 0
    try:
        call_command("sheet", *args, "--json", stdout=out)
    except SystemExit as done:
        status = int(str(done.code))
    return status, json.loads(out.getvalue())


@pytest.fixture
def form(world: World, tmp_path: Path) -> Path:
    """合涧镇's form for the open quarter, exported by the system."""
    path = tmp_path / "form.xlsx"
    options = ("--division", "410581101000", "--period", "2026Q3", "--out", str(path))
    assert sheet("export", "entries", *options) == "rows=8\n"
    return path


def fill(path: Path, **cells: Any) -> None:
    book = openpyxl.load_workbook(path)
    for address, value in cells.items():
        book.worksheets[0][address] = value
    book.save(path)


AS = ("--as", "hejian_reporter")
NOTHING: dict[str, Any] = {"new": 0, "changed": 0, "unchanged": 0}


def test_list_names_the_sheets(db: None) -> None:
    names = [line.split("\t")[0] for line in sheet("list").splitlines()]
    assert {"divisions", "entries", "township_task_ledger", "township_village_values"} <= set(names)


def test_an_exported_form_checks_as_unchanged(form: Path) -> None:
    assert sheet_json("check", "entries", str(form), *AS) == (
        0,
        {"new": 0, "changed": 0, "unchanged": 8, "errors": []},
    )


def test_check_says_what_apply_then_writes_once(form: Path, world: World) -> None:
    fill(form, I6=12.5)
    wanted = {"new": 1, "changed": 0, "unchanged": 7, "errors": []}
    assert sheet_json("check", "entries", str(form), *AS) == (0, wanted)
    assert world.entry("dongshan", "income").value is None
    assert sheet_json("apply", "entries", str(form), *AS) == (0, wanted)
    assert world.entry("dongshan", "income").value == 12.5
    again = {"new": 0, "changed": 0, "unchanged": 8, "errors": []}
    assert sheet_json("apply", "entries", str(form), *AS) == (0, again)
    assert EntryChange.objects.count() == 1


def test_errors_are_told_with_status_1_and_nothing_is_written(form: Path) -> None:
    fill(form, I6="很多", I8=3)
    for verb in ("check", "apply"):
        status, said = sheet_json(verb, "entries", str(form), *AS)
        assert status == 1
        assert {key: said[key] for key in NOTHING} == {"new": 1, "changed": 0, "unchanged": 6}
        (error,) = said["errors"]
        assert (error["sheet"], error["cell"], error["value"]) == (
            "Quarterly report",
            "I6",
            "很多",
        )
        assert "Write a number" in error["message"]
    assert not EntryChange.objects.exists()


def test_without_json_the_counts_and_errors_are_lines(
    form: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sheet("check", "entries", str(form), *AS) == "new=0 changed=0 unchanged=8\n"
    fill(form, I6="很多")
    err = io.StringIO()
    with pytest.raises(SystemExit):
        call_command("sheet", "check", "entries", str(form), *AS, stdout=err, stderr=err)
    assert "Quarterly report I6 很多: Write a number" in err.getvalue()


@pytest.mark.parametrize(
    ("name", "file", "who", "words"),
    [
        ("entries", "none.xlsx", "hejian_reporter", "No such file"),
        ("entries", "", "hejian_reporter", "directory"),
        ("entries", "form.xlsx", "nobody", "no active account"),
        ("entries", "form.xlsx", "linzhou_viewer", "may not import"),
        ("entries", "form.xlsx", "linqi_reporter", "合涧镇"),
        ("nothing", "form.xlsx", "hejian_reporter", "no sheet"),
        ("divisions", "form.xlsx", "city_manager", "“Quarterly report”"),
        ("entries", "list.csv", "hejian_reporter", "No header row"),
    ],
)
def test_whatever_is_wrong_is_one_error_in_words(
    name: str, file: str, who: str, words: str, form: Path
) -> None:
    (form.parent / "list.csv").write_text("a,b\n1,2\n")
    for verb in ("check", "apply"):
        status, said = sheet_json(verb, name, str(form.parent / file), "--as", who)
        assert status == 1
        (error,) = said.pop("errors")
        assert said == NOTHING
        assert words in error["message"]
        assert (error["sheet"], error["cell"], error["value"]) == ("", "", "")


def test_an_account_that_is_locked_out_may_do_nothing(form: Path, world: World) -> None:
    reporter = world.users["hejian_reporter"]
    reporter.is_active = False
    reporter.save()
    assert sheet_json("check", "entries", str(form), *AS)[0] == 1
    assert not Batch.objects.exists()


@pytest.mark.parametrize(
    ("division", "period", "words"),
    [
        ("410599999999", "2026Q3", "no division"),
        ("", "2026Q3", "no division"),
        ("410581101000", "2031Q1", "no quarter"),
        ("410581101000", "第三季度", "no quarter"),
    ],
)
def test_an_export_of_what_is_not_there_is_refused_and_spares_the_file(
    division: str, period: str, words: str, world: World, tmp_path: Path
) -> None:
    path = tmp_path / "out.xlsx"
    path.write_text("mine")
    with pytest.raises(CommandError, match=words):
        sheet("export", "entries", "--division", division, "--period", period, "--out", str(path))
    assert path.read_text() == "mine"


def test_an_export_to_nowhere_or_without_right_is_refused(world: World, tmp_path: Path) -> None:
    options = ("--division", "410581101000", "--period", "2026Q3", "--out")
    with pytest.raises(CommandError, match="No such file"):
        sheet("export", "entries", *options, str(tmp_path / "none" / "out.xlsx"))
    with pytest.raises(CommandError, match="no division"):
        sheet("export", "entries", *options, str(tmp_path / "out.xlsx"), "--as", "linqi_reporter")
    with pytest.raises(CommandError, match="no sheet"):
        sheet("export", "nothing", *options, str(tmp_path / "out.xlsx"))


def test_an_import_is_undone_by_its_owner_alone(form: Path, world: World) -> None:
    fill(form, I6=12.5)
    sheet("apply", "entries", str(form), *AS)
    batch = str(Batch.objects.get().pk)
    with pytest.raises(CommandError, match="no such import"):
        sheet("undo", batch, "--as", "linqi_reporter")
    assert sheet("undo", batch, *AS) == "undone=1\n"
    assert world.entry("dongshan", "income").state == "blank"


def test_warnings_are_told_and_want_a_confirmation(form: Path, world: World) -> None:
    fill(form, J4="同上")
    status, said = sheet_json("apply", "entries", str(form), *AS)
    assert (status, said["warnings"][0]["cell"]) == (1, "J4")
    assert "confirm" in said["errors"][0]["message"]
    status, said = sheet_json("apply", "entries", str(form), *AS, "--confirm", "照原文")
    assert (status, said["errors"]) == (0, [])
    assert Batch.objects.get(state="applied").comment == "照原文"


def test_who_has_the_command_line_may_raise_the_limits(form: Path, settings: Any) -> None:
    settings.SPREADSHEET_LIMITS = {**settings.SPREADSHEET_LIMITS, "rows": 5}
    assert sheet_json("check", "entries", str(form), *AS)[0] == 1
    assert sheet_json("check", "entries", str(form), *AS, "--rows", "500")[0] == 0


@pytest.mark.parametrize(
    ("language", "words"), [("en", "A number in the unit"), ("zh-hans", "示例")]
)
def test_the_guide_explains_every_column_in_both_languages(language: str, words: str) -> None:
    said = sheet("guide", "entries", "--language", language)
    assert words in said
    assert "本季度完成情况" in said


def test_old_uploads_are_let_go_and_what_was_applied_can_still_be_undone(
    form: Path, world: World
) -> None:
    sheet("check", "entries", str(form), *AS)
    fill(form, I6=12.5)
    sheet("apply", "entries", str(form), *AS)
    assert sheet("tidy", "--days", "90") == "files=0\n"
    with time_machine.travel(NOW + datetime.timedelta(days=91), tick=False):
        assert sheet("tidy", "--days", "90") == "files=2\n"
        assert sheet("tidy", "--days", "90") == "files=0\n"
    assert {batch.state for batch in Batch.objects.all()} == {"discarded", "applied"}
    assert not Batch.objects.exclude(file="").exists()
    applied = Batch.objects.get(state="applied")
    assert sheet("undo", str(applied.pk), *AS) == "undone=1\n"
