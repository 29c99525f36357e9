"""A clerk's afternoon: download, edit in LibreOffice, three mistakes, correct, apply, undo."""

import os
import shutil
import subprocess
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tasks.models import Entry, EntryChange
from tests.tasks import verbs
from tests.world import World

Visit = Callable[..., Page]
ANSWER, TASK, VILLAGE = "本季度完成情况", "重点任务", "村"
DONGSHAN, XISHAN, NANPING = "东山村民委员会", "西山村委会", "南平村民委员会"
INCOME, MEETING = "村级集体经济增收", "四议两公开规范运行"


@pytest.fixture
def libreoffice() -> str:
    found = shutil.which("soffice")
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("CI is set, but there is no LibreOffice for the clerk's test")
        pytest.skip("no LibreOffice on this machine")
    return found


def edit(path: Path, changes: dict[tuple[str, str, str], Any], libreoffice: str) -> None:
    """Change cells by village, task and column, and let LibreOffice save the workbook."""
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    rows = list(sheet.iter_rows())
    header = next(row for row in rows if any(cell.value == ANSWER for cell in row))
    place = {cell.value: position for position, cell in enumerate(header)}
    for row in rows[header[0].row :]:
        for (village, task, column), value in changes.items():
            if (row[place[VILLAGE]].value, row[place[TASK]].value) == (village, task):
                row[place[column]].value = value
    source = path.with_name("typed") / path.name
    source.parent.mkdir(exist_ok=True)
    book.save(source)
    profile = f"-env:UserInstallation=file://{path.parent / 'profile'}"
    command = [libreoffice, profile, "--headless", "--convert-to", "xlsx", "--outdir"]
    subprocess.run([*command, str(path.parent), str(source)], check=True, capture_output=True)


def faults_of(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{v['id']} {v['nodes'][0]['html'][:120]}" for v in found]


def upload(page: Page, path: Path) -> None:
    page.goto("/sheets/entries/?division=410581101000&period=2026Q3")
    page.set_input_files("input[type=file]", path)
    page.click("text=上传并检查")


def test_a_clerk_makes_three_mistakes_corrects_them_applies_and_undoes(
    visit: Visit, live_world: World, tmp_path: Path, libreoffice: str
) -> None:
    page = visit("hejian_reporter", "/sheets/entries/?division=410581101000&period=2026Q3")
    page.on("dialog", lambda dialog: dialog.accept())
    with page.expect_download() as download:
        page.click("main button:has-text('下载')")
    form = tmp_path / "form.xlsx"
    download.value.save_as(form)
    edit(
        form,
        {
            (DONGSHAN, INCOME, ANSWER): "八十",
            (XISHAN, INCOME, ANSWER): -5,
            (NANPING, MEETING, TASK): "没有的任务",
            (DONGSHAN, MEETING, ANSWER): "是",
        },
        libreoffice,
    )
    upload(page, form)
    expect(page.locator(".counts .wrong b")).to_have_text("3")
    assert faults_of(page) == []
    with page.expect_download() as download:
        page.click("text=下载标好错误的原表")
    marked = tmp_path / "marked.xlsx"
    download.value.save_as(marked)
    notes = [
        cell.comment.text
        for row in openpyxl.load_workbook(marked).worksheets[0].iter_rows(min_row=4)
        for cell in row
        if cell.comment
    ]
    assert len(notes) == 3
    assert not EntryChange.objects.exists()

    corrections = {
        (DONGSHAN, INCOME, ANSWER): 80,
        (XISHAN, INCOME, ANSWER): 5,
        (NANPING, "没有的任务", TASK): MEETING,
    }
    edit(marked, corrections, libreoffice)
    upload(page, marked)
    expect(page.locator(".counts .new b")).to_have_text("3")
    assert faults_of(page) == []
    page.click("main button.primary")
    expect(page.locator(".messages")).to_contain_text("已写入")
    written = Entry.objects.filter(state=Entry.State.DRAFT)
    assert list(written.order_by("value").values_list("value", flat=True)) == [1, 5, 80]

    page.click("text=撤销这次导入")
    expect(page.locator(".messages")).to_contain_text("已撤销")
    assert not Entry.objects.exclude(state=Entry.State.BLANK).exists()
    assert EntryChange.objects.filter(verb="undo").count() == 3


def test_what_two_people_changed_is_put_side_by_side(
    visit: Visit, live_world: World, tmp_path: Path
) -> None:
    page = visit("hejian_reporter", "/sheets/entries/?division=410581101000&period=2026Q3")
    with page.expect_download() as download:
        page.click("main button:has-text('下载')")
    form = tmp_path / "form.xlsx"
    download.value.save_as(form)
    entry = live_world.entry("dongshan", "income")
    verbs.save(live_world, "dongshan_reporter", entry, value=Decimal(11))
    book = openpyxl.load_workbook(form)
    book.worksheets[0]["I6"].value = 22
    book.save(form)
    upload(page, form)
    expect(page.locator("table.choices")).to_contain_text("11")
    expect(page.locator("table.choices")).to_contain_text("22")
    assert faults_of(page) == []
    page.check("input[value=mine]")
    page.click("button:has-text('保存选择')")
    page.click("button:has-text('确认导入')")
    expect(page.locator(".messages")).to_contain_text("已写入")
    assert live_world.entry("dongshan", "income").value == 22
