"""The history of a unit and quarter as a workbook that only goes out."""

import io
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import AccessLog, User
from spreadsheets import actions as sheets
from spreadsheets import writer
from spreadsheets.errors import Refused
from spreadsheets.models import Batch
from spreadsheets.sheet import Target
from tasks import actions
from tasks.actions.exempting import ask, decide
from tasks.models import EntryChange, ReturnReason
from tasks.sheets import HistorySheet
from tasks.sheets.history import ORIGINS, VERBS
from tests.tasks import evidence_files as files
from tests.tasks.pages import english, shown, told
from tests.tasks.verbs import accept, author, save, seen, submit, submitted
from tests.world import NOW, UNITS, World

SignIn = Callable[[str], Client]
Q3 = "2026Q3"
HEADER_ROW = 3


def rows(content: bytes) -> list[dict[str, Any]]:
    """The rows of the sheet by their column labels."""
    page: Any = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    labels = [cell.value for cell in page[HEADER_ROW]]
    found = page.iter_rows(min_row=HEADER_ROW + 1, values_only=True)
    table = [dict(zip(labels, row, strict=True)) for row in found]
    return [row for row in table if row["版本"]]


def exported(
    world: World, who: str = "linzhou_viewer", unit: str = "linzhou", choices: Any = None
) -> list[dict[str, Any]]:
    sheet = HistorySheet(world.users[who], Target(UNITS[unit], Q3))
    if choices:
        sheet.narrow(choices)
    file = io.BytesIO()
    writer.write(sheet, file)
    return rows(file.getvalue())


def test_every_change_is_a_row_from_first_to_last(world: World) -> None:
    entry = submitted(world)
    mark = actions.Mark(entry.pk, "value", ReturnReason.objects.get(code="wrong_figure"), "差三万")
    actions.return_(seen(entry), author(world, "hejian_reviewer"), "请核对", [mark])
    found = exported(world)
    assert [row["操作"] for row in found] == ["保存", "提交", "退回"]
    assert [row["版本"] for row in found] == [2, 3, 4]
    first, _second, last = found
    assert (first["乡（镇、街道）"], first["村"]) == ("合涧镇", "东山村民委员会")
    assert (first["序号"], first["重点任务"], first["季度"]) == (1, "村级集体经济增收", Q3)
    assert (first["操作人"], first["操作人所在单位"]) == ("dongshan reporter", "东山村民委员会")
    assert (first["时间"], first["方式"]) == ("2026-10-02 09:00:00", "网页")
    assert first["修改前"] == "本季度完成情况：—；状态：未报"
    assert first["修改后"] == "本季度完成情况：60；状态：草稿"
    assert (last["修改后"], last["意见"]) == (
        "状态：已退回", "请核对；本季度完成情况 数据有误 差三万",
    )  # fmt: skip


def test_files_and_exemptions_are_told_in_words(world: World) -> None:
    entry, who = world.entry("dongshan", "income"), author(world, "dongshan_reporter")
    outcome = actions.attach(entry.pk, entry.version, files.upload(files.pdf(), "凭证.pdf"), who)
    exemption = ask(entry.pk, outcome.done[0].version, "整村搬迁", who)
    decide(exemption.pk, exemption.entry.version, True, "同意", author(world, "hejian_reviewer"))
    attached, exempted = exported(world)
    assert (attached["操作"], attached["修改后"]) == (
        "上传佐证材料", "佐证材料：凭证.pdf；状态：未报",
    )  # fmt: skip
    assert (exempted["操作"], exempted["意见"]) == ("批准免报", "整村搬迁；同意")
    assert exempted["修改后"] == "本季度完成情况：免报；状态：已通过"


def test_every_verb_and_way_has_a_word() -> None:
    assert set(VERBS) == set(EntryChange.Verb)
    assert set(ORIGINS) == set(EntryChange.Origin)


def test_only_the_own_scope_the_unit_and_the_quarter_go_out(world: World) -> None:
    submitted(world)
    submitted(world, "shiqiao", "income", "baidaokou_reporter")
    assert {row["村"] for row in exported(world)} == {"东山村民委员会"}
    assert exported(world, unit="linqi") == []
    assert {row["村"] for row in exported(world, "city_viewer", "city")} == {
        "东山村民委员会", "石桥村民委员会",
    }  # fmt: skip
    for unit in ("huaxian", "shiqiao", "city"):
        with pytest.raises(Refused):
            exported(world, unit=unit)
    with pytest.raises(Refused):
        writer.write(HistorySheet(world.users["city_viewer"], Target("", "")), io.BytesIO())


def test_one_line_or_the_lines_of_a_list_go_out_alone(world: World) -> None:
    income = submitted(world)
    save(world, "dongshan_reporter", world.entry("dongshan", "meeting"), value=1)
    assert len(exported(world)) == 3
    assert len(exported(world, choices={"entry": str(income.pk)})) == 2
    assert [row["序号"] for row in exported(world, choices={"category": "governance"})] == [2]
    foreign = submitted(world, "shiqiao", "income", "baidaokou_reporter")
    assert exported(world, choices={"entry": str(foreign.pk)}) == []
    assert len(exported(world, choices={"entry": "x", "state": "draft"})) == 1


def test_what_people_typed_is_text_and_no_formula(world: World) -> None:
    entry = world.entry("dongshan", "income")
    save(world, "dongshan_reporter", entry, value=1, narrative="=1+1")
    User.objects.filter(username="dongshan_reporter").update(name="=HYPERLINK(1)")
    file = io.BytesIO()
    writer.write(HistorySheet(world.users["city_viewer"], Target(UNITS["city"], Q3)), file)
    page: Any = openpyxl.load_workbook(file).worksheets[0]
    kinds = {cell.data_type for row in page.iter_rows() for cell in row}
    assert "f" not in kinds
    assert any(row["操作人"] == "=HYPERLINK(1)" for row in rows(file.getvalue()))


def test_a_long_history_is_streamed_in_a_handful_of_queries(world: World) -> None:
    entry, by = submitted(world), world.users["dongshan_reporter"]
    sheet = HistorySheet(world.users["city_viewer"], Target(UNITS["city"], Q3))

    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            writer.write(sheet, io.BytesIO())
        return len(captured)

    before = cost()
    EntryChange.objects.bulk_create(
        EntryChange(
            entry=entry, version=version, at=NOW, by=by, origin="page", verb="save",
            before={"value": None}, after={"value": "1.00"},
        )
        for version in range(100, 1_500)
    )  # fmt: skip
    accept(world, "hejian_reviewer", entry)
    assert cost() <= before + 2


# The pages


def test_the_download_is_offered_and_noted(world: World, signed_in: SignIn) -> None:
    entry = submitted(world)
    client = english(signed_in("linzhou_viewer"))
    for address in (f"/entries/{entry.pk}/", f"/entries/{UNITS['linzhou']}/{Q3}/", "/sheets/"):
        assert "/sheets/history/" in shown(client.get(address))
    query = {"division": UNITS["dongshan"], "period": Q3, "entry": str(entry.pk)}
    answer: Any = client.get("/sheets/history/download/", query)
    assert len(rows(b"".join(answer.streaming_content))) == 2
    note = AccessLog.objects.get(action="export")
    assert (note.user, note.subject) == (world.users["linzhou_viewer"], "history")


def test_a_foreign_unit_is_told_on_the_page(world: World, signed_in: SignIn) -> None:
    client = english(signed_in("linzhou_viewer"))
    query = {"division": UNITS["shiqiao"], "period": Q3}
    answer = client.get("/sheets/history/download/", query)
    assert told(client, answer) == [f"There is no division {UNITS['shiqiao']} here."]


def test_the_page_offers_nothing_to_bring_back(world: World, signed_in: SignIn) -> None:
    for who in ("dongshan_reporter", "city_manager"):
        page = shown(english(signed_in(who)).get("/sheets/history/"))
        assert "Download" in page
        assert "Upload and check" not in page
        assert "Empty form" not in page
        assert "What may be written where" not in page


def test_nobody_brings_a_history_back(world: World, signed_in: SignIn) -> None:
    root = User.objects.create_superuser("root", name="root")
    client = Client()
    client.force_login(root)
    book = SimpleUploadedFile("history.xlsx", b"x")
    for browser in (client, signed_in("dongshan_reporter")):
        book.seek(0)
        assert browser.post("/sheets/history/", {"file": book}).status_code == 403
    for user in (root, None):
        with pytest.raises(PermissionDenied):
            sheets.check(HistorySheet, io.BytesIO(b"x"), "x.xlsx", user)
    assert not Batch.objects.exists()


def test_the_command_line_takes_it_out(world: World, tmp_path: Any) -> None:
    submitted(world)
    out = tmp_path / "history.xlsx"
    about = {"division": UNITS["hejian"], "period": Q3}
    call_command("sheet", "export", "history", **about, out=out, stdout=io.StringIO())
    assert len(rows(out.read_bytes())) == 2
    with pytest.raises(CommandError):
        call_command("sheet", "export", "history", division="x", period=Q3, out=out)


def test_the_line_itself_is_untouched(world: World) -> None:
    entry = submitted(world)
    exported(world)
    assert submit(world, "dongshan_reporter", entry).unchanged == [entry]
