"""The main job as people do it: fill by Excel, submit, review, return, drill down."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
from playwright.sync_api import Page, expect

from tasks.models import Entry, EntryChange
from tests.world import PASSWORD, World

Visit = Callable[..., Page]
ANSWER, NARRATIVE = "本季度完成情况", "工作进展情况"


def fill(path: Path, answers: dict[tuple[str, str], Any]) -> None:
    """Write answers into a downloaded sheet, as a clerk does, by village and task."""
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    rows = list(sheet.iter_rows())
    header = next(row for row in rows if any(cell.value == ANSWER for cell in row))
    column = {cell.value: position for position, cell in enumerate(header)}
    for row in rows[header[0].row :]:
        key = (row[column["村"]].value or "", row[column["重点任务"]].value)
        if key in answers:
            row[column[ANSWER]].value = answers[key]
    book.save(path)


def test_somebody_signs_in_through_the_form_and_out_again(visit: Visit, live_world: World) -> None:
    page = visit("", "/ledgers/")
    page.fill("input[name=username]", "hejian_reporter")
    page.fill("input[name=password]", "wrong horse battery")
    page.click("button.primary")
    expect(page.locator("input[name=password]")).to_have_value("")
    page.fill("input[name=password]", PASSWORD)
    page.click("button.primary")
    expect(page).to_have_url(re.compile("/ledgers/$"))
    page.click("form[action*='sign-out'] button")
    page.goto("/ledgers/")
    expect(page.locator("input[name=password]")).to_be_visible()


def test_a_township_fills_by_excel_and_the_county_reviews(
    visit: Visit, live_world: World, tmp_path: Path
) -> None:
    page = visit("hejian_reporter", "/report/410581101000/2026Q3/")
    page.click("text=用 Excel 填报")
    with page.expect_download() as download:
        page.click("main button:has-text('下载')")
    workbook = tmp_path / "sheet.xlsx"
    download.value.save_as(workbook)

    fill(
        workbook,
        {
            ("东山村民委员会", "村级集体经济增收"): "八十",
            ("西山村委会", "村级集体经济增收"): 90,
            ("", "村级后备力量培育"): 21,
        },
    )
    page.set_input_files("input[type=file]", workbook)
    page.click("text=上传并检查")
    expect(page.locator("main")).to_contain_text("八十")
    assert not Entry.objects.exclude(state=Entry.State.BLANK).exists()

    page.click("a:has-text('重新上传')")
    fill(workbook, {("东山村民委员会", "村级集体经济增收"): 80})
    page.set_input_files("input[type=file]", workbook)
    page.click("text=上传并检查")
    expect(page.locator(".counts")).to_contain_text("3")
    page.click("main button.primary")
    expect(page.locator("main")).to_contain_text("已写入")
    page.click("main .note a.button.primary")
    page.click("button[value=submit_all]")
    expect(page.locator(".messages")).to_contain_text("3")

    county = visit("linzhou_reviewer", "/review/410581000000/2026Q3/")
    expect(county.locator("tbody tr")).to_have_count(3)
    county.locator("tbody tr", has_text="西山村").locator("input").check()
    county.click(".review-actions summary")
    county.select_option("select[name=reason]", "other")
    county.fill("textarea[name=comment]", "请核对与账面是否一致")
    county.click("button[value=return]")
    expect(county.locator("tbody tr")).to_have_count(2)
    county.click("input[data-all]")
    county.click("button[value=accept]")
    expect(county.locator("tbody tr")).to_have_count(0)

    again = visit("hejian_reporter", "/report/410581101202/2026Q3/")
    expect(again.locator("main")).to_contain_text("请核对与账面是否一致")
    city = visit("city_manager", "/overview/410500000000/2026Q3/")
    city.click(".map .tile:has-text('合涧镇')")
    city.click("main table a:has-text('西山村')")
    city.click("main table a:has-text('村级集体经济增收')")
    expect(city.locator("main")).to_contain_text("请核对与账面是否一致")
    returned = live_world.entry("xishan", "income")
    verbs = EntryChange.objects.filter(entry=returned).order_by("version")
    assert [change.verb for change in verbs] == ["save", "submit", "return"]


def test_a_village_reports_on_a_phone(visit: Visit, live_world: World) -> None:
    page = visit(
        "dongshan_reporter", "/report/", viewport={"width": 390, "height": 844}, has_touch=True
    )
    entry = live_world.entry("dongshan", "income")
    page.fill(f"[name=e{entry.pk}-value]", "１２.5")
    page.click("button[value=save]")
    expect(page.locator(".messages, .errorlist").first).to_be_visible()
    page.fill(f"[name=e{entry.pk}-value]", "12.5")
    page.click("button[value=submit]")
    expect(page.locator(".messages")).to_contain_text("已提交")
    stored = live_world.entry("dongshan", "income")
    assert (stored.state, str(stored.value), stored.waiting_at) == (
        "submitted",
        "12.50",
        "township",
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_typing_is_kept_when_somebody_else_saved_first(visit: Visit, live_world: World) -> None:
    first = visit("dongshan_reporter", "/report/410581101201/2026Q3/")
    second = visit("hejian_reporter", "/report/410581101201/2026Q3/")
    name = f"[name=e{live_world.entry('dongshan', 'income').pk}-value]"
    first.fill(name, "11")
    first.click("button[value=save]")
    expect(first.locator(".line .chip").first).to_have_class("chip draft")
    second.fill(name, "22")
    second.click("button[value=save]")
    expect(second.locator(".conflict")).to_contain_text("11")
    expect(second.locator(name)).to_have_value("22")
    second.click("button[value=save]")
    expect(second.locator(".messages")).to_be_visible()
    assert live_world.entry("dongshan", "income").value == 22
