"""What somebody tried with a file, a job or a right, and what became of it."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from accounts.models import AccessLog, User
from accounts.roles import Role
from accounts.sheets import AccountSheet
from spreadsheets import actions, guard, jobs, reader
from spreadsheets.errors import Refused
from spreadsheets.form import why_odd
from spreadsheets.limits import Limits
from spreadsheets.models import Batch
from tasks.sheets import EntrySheet
from tests.spreadsheets import files
from tests.tasks.forms import DONGSHAN, INCOME, exported, filled, put
from tests.world import World
from villages.models import Division
from villages.sheets import DivisionSheet

SignIn = Callable[[str], Client]
DEEPER = {"county": "市", "township": "县", "village": "乡"}


def rows_of(*rows: list[str]) -> bytes:
    """A workbook whose texts hold what openpyxl would not write."""
    lines = [
        f'<row r="{number}">'
        + "".join(
            f'<c r="{chr(65 + place)}{number}" t="inlineStr"><is><t>{text}</t></is></c>'
            for place, text in enumerate(row)
        )
        + "</row>"
        for number, row in enumerate(rows, 1)
    ]
    return files.raw("".join(lines))


def check(sheet: Any, content: bytes, user: User) -> Batch:
    return actions.check(sheet, io.BytesIO(content), "表.xlsx", user)


def entry_batch(world: World) -> Batch:
    content = filled(exported(world), put(DONGSHAN, INCOME, 6))
    return check(EntrySheet, content, world.users["hejian_reporter"])


def test_the_guard_reads_any_run_of_opened_rows_once(tmp_path: Path) -> None:
    path = tmp_path / "rows.xlsx"
    path.write_bytes(files.with_part("xl/worksheets/sheet9.xml", b"<row " * (3 << 20)))
    limits = Limits.current()
    with pytest.raises(Refused, match="larger than"):
        guard.check(path, limits)


def test_a_text_longer_than_excel_allows_is_no_value(tmp_path: Path) -> None:
    path = tmp_path / "long.xlsx"
    path.write_bytes(rows_of(["长" * 32_767, "长" * 80_000]))
    with reader.read(path) as book:
        ((_row, (kept, refused)),) = book.sheets[0].rows()
    assert kept == "长" * 32_767
    assert "shorten it" in why_odd(refused)


def test_rows_of_megabytes_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "wide.xlsx"
    text = "".join(chr(0x4E00 + place * place % 20_011) for place in range(60_000))
    path.write_bytes(rows_of([text] * 9))
    with pytest.raises(Refused, match="too much text"):
        reader.read(path)


@pytest.mark.parametrize("odd", ["_xD800_", "_x0000_"])
def test_control_characters_in_a_key_hide_no_attempt_from_the_log(
    world: World, signed_in: SignIn, odd: str
) -> None:
    client = signed_in("linzhou_manager")
    rows = [["乡镇", "村", "区划代码", "总户数"], [f"合涧镇{odd}", "石桥村", "410526101201", "5"]]
    upload = {"file": SimpleUploadedFile("a.xlsx", rows_of(*rows))}
    preview = client.post("/sheets/village_profiles/", upload)["Location"]
    assert client.get(preview).status_code == 200
    assert "石桥村" in str(AccessLog.objects.get(action="refused").detail)
    rows = [["用户名", "姓名", "所属单位", "角色"], [f"ab{odd}", "测一", "410581101000", "填报员"]]
    upload = {"file": SimpleUploadedFile("a.xlsx", rows_of(*rows))}
    preview = client.post("/sheets/accounts/", upload)["Location"]
    assert client.get(preview).status_code == 200
    assert {batch.state for batch in Batch.objects.all()} == {"wrong"}


def test_a_manager_does_not_take_the_own_county_out_of_the_tree(world: World) -> None:
    own = world.units["linzhou"]
    rows = [["区划代码", "名称", "级别", "上级代码"]]
    for unit in Division.objects.within(own).order_by("path").select_related("parent"):
        above = "" if unit == own or unit.parent is None else unit.parent.code
        rows.append([unit.code, unit.name, DEEPER[unit.level], above])
    with pytest.raises(Refused, match="outside your division"):
        check(DivisionSheet, files.workbook(*rows), world.users["linzhou_manager"])


def test_nobody_lets_others_into_the_administration_who_may_not_enter(world: World) -> None:
    manager = world.users["linzhou_manager"]
    rows = [
        ["用户名", "姓名", "所属单位", "角色", "能否登录后台"],
        ["hejian_reporter", "测一", "410581101000", "填报员", "是"],
    ]
    assert not check(AccountSheet, files.workbook(*rows), manager).errors
    User.objects.filter(pk=manager.pk).update(is_staff=False)
    batch = check(AccountSheet, files.workbook(*rows), User.objects.get(pk=manager.pk))
    assert [error["cell"] for error in batch.errors] == ["E2"]


def test_an_old_preview_is_gone_for_whoever_moved_or_lost_the_right(
    world: World, signed_in: SignIn
) -> None:
    manager = world.users["linzhou_manager"]
    rows = [["用户名", "姓名", "所属单位"], ["hejian_reporter", "测一", "410581101000"]]
    page = check(AccountSheet, files.workbook(*rows), manager).get_absolute_url()
    assert signed_in("linzhou_manager").get(page).status_code == 200
    User.objects.filter(pk=manager.pk).update(role=Role.VIEWER)
    assert signed_in("linzhou_manager").get(page).status_code == 404
    User.objects.filter(pk=manager.pk).update(role=Role.MANAGER, division=world.units["baidaokou"])
    assert signed_in("linzhou_manager").get(page).status_code == 404


def test_of_two_runs_over_one_import_the_later_keeps_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = filled(exported(world), put(DONGSHAN, INCOME, 6))
    reporter = world.users["hejian_reporter"]
    batch = actions.receive(EntrySheet, io.BytesIO(content), "表.xlsx", reporter)
    usual, begun = EntrySheet.check, list[bool]()

    def check_while_another_begins(self: Any, records: Any) -> Iterator[Any]:
        for row in usual(self, records):
            if not begun:
                begun.append(True)
                jobs.look_through.func(str(batch.pk), "en")
            yield row

    monkeypatch.setattr(EntrySheet, "check", check_while_another_begins)
    jobs.look_through.func(str(batch.pk), "en")
    batch = Batch.objects.get(pk=batch.pk)
    assert (batch.state, batch.writes, batch.rows.count()) == ("checked", 1, 8)
    actions.apply(EntrySheet, batch.pk, reporter)
    assert world.entry("dongshan", "income").value == 6


def test_an_import_whose_rows_are_gone_is_not_called_applied(world: World) -> None:
    batch = entry_batch(world)
    batch.rows.all().delete()
    with pytest.raises(Refused, match="Something else happened"):
        actions.apply(EntrySheet, batch.pk, world.users["hejian_reporter"])
    assert Batch.objects.get(pk=batch.pk).state == "checked"


def test_one_that_waits_is_not_silent_while_another_is_worked_on(world: World) -> None:
    batch = entry_batch(world)
    long_ago = timezone.now() - 2 * Batch.SILENCE
    Batch.objects.filter(pk=batch.pk).update(state="waiting", active_at=long_ago)
    waiting = Batch.objects.get(pk=batch.pk)
    assert waiting.is_silent(timezone.now())
    other = entry_batch(world)
    Batch.objects.filter(pk=other.pk).update(state="checking", active_at=timezone.now())
    assert not waiting.is_silent(timezone.now())
