"""The pages of figures as an official uses them: by mouse, by keyboard, on the projector."""

import datetime
import re
from collections.abc import Callable
from decimal import Decimal

from playwright.sync_api import Page, expect

from tasks.models import Entry, EntrySummary
from tests.tasks.verbs import submitted
from tests.world import NOW, World

Visit = Callable[..., Page]


def red_hejian(world: World) -> Entry:
    """All is accepted but one line of 东山村, which is overdue."""
    past = NOW.date() - datetime.timedelta(days=10)
    type(world.periods[3]).objects.filter(quarter=3).update(opens=past, due=past)
    Entry.objects.update(state="accepted", first_submitted_at=NOW, value=Decimal(100))
    missing = world.entry("dongshan", "income")
    Entry.objects.filter(pk=missing.pk).update(state="blank", first_submitted_at=None, value=None)
    EntrySummary.objects.rebuild(world.ledger)
    return missing


def test_the_city_comes_from_a_red_tile_to_the_missing_cell_in_three_clicks(
    visit: Visit, live_world: World
) -> None:
    missing = red_hejian(live_world)
    page = visit("city_manager", "/overview/410500000000/2026Q3/")
    page.click(".map .tile.red")
    page.click(".map .tile.red")
    expect(page.locator("h1")).to_contain_text("东山村")
    page.click("section:has(h2:text('本季度任务')) tr:has(.light.red) a")
    expect(page).to_have_url(re.compile(rf"/entries/{missing.pk}/$"))
    page.go_back()
    page.go_back()
    expect(page.locator("h1")).to_contain_text("合涧镇")


def test_the_matrix_leads_to_the_missing_cell_too(visit: Visit, live_world: World) -> None:
    missing = red_hejian(live_world)
    page = visit("city_manager", "/matrix/410581101000/2026Q3/")
    page.click("tbody .cell.red >> nth=0")
    page.click("tbody a:has-text('村级集体经济增收')")
    expect(page).to_have_url(re.compile(rf"/entries/{missing.pk}/$"))


def test_arrow_keys_go_from_tile_to_tile(visit: Visit, live_world: World) -> None:
    page = visit("city_manager", "/map/410500000000/2026Q3/")
    tiles = page.locator("[data-map] a")
    tiles.first.focus()
    page.keyboard.press("ArrowRight")
    expect(tiles.nth(1)).to_be_focused()
    page.keyboard.press("End")
    expect(tiles.last).to_be_focused()
    page.keyboard.press("Home")
    expect(tiles.first).to_be_focused()
    narrow = visit(
        "city_manager", "/map/410500000000/2026Q3/", viewport={"width": 390, "height": 800}
    )
    narrow.locator("[data-map] a").first.focus()
    narrow.keyboard.press("ArrowDown")
    top = narrow.evaluate("document.activeElement.getBoundingClientRect().top")
    assert top > narrow.locator("[data-map] a").first.bounding_box()["y"]  # type: ignore[index]


def test_the_presentation_turns_by_keys_and_ends_with_escape(
    visit: Visit, live_world: World
) -> None:
    page = visit("city_manager", "/present/410500000000/2026Q3/")
    for county in ("滑县", "林州市"):
        page.keyboard.press("ArrowRight")
        expect(page.locator("h1")).to_contain_text(county)
        page.wait_for_load_state()  # keys are listened to from then on
    page.keyboard.press("ArrowLeft")
    expect(page.locator("h1")).to_contain_text("滑县")
    page.wait_for_load_state()
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile(r"/overview/410526000000/2026Q3/$"))


def test_new_figures_come_by_themselves_and_nothing_is_asked_more_than_once_a_minute(
    visit: Visit, live_world: World
) -> None:
    page = visit("city_manager", "about:blank")
    page.clock.install()
    page.goto("/overview/410500000000/2026Q3/")
    asked: list[int] = []
    page.on(
        "response",
        lambda answer: asked.append(answer.status) if "/overview/" in answer.url else None,
    )
    owed = page.locator(".figure-line a").first
    expect(owed).to_contain_text("0 /")
    page.clock.run_for(59_000)
    assert asked == []
    with page.expect_response(lambda answer: answer.status == 304):
        page.clock.run_for(2_000)
    expect(owed).to_contain_text("0 /")
    submitted(live_world)
    page.clock.run_for(60_000)
    expect(owed).to_contain_text("1 /")
    assert asked == [304, 200]


def test_choices_of_the_matrix_stay_in_the_address(visit: Visit, live_world: World) -> None:
    page = visit("city_manager", "/matrix/410500000000/2026Q3/")
    page.select_option("select[name=category]", "people")
    page.select_option("select[name=sort]", "worst")
    page.click("form.filters button")
    expect(page).to_have_url(re.compile("category=people.*sort=worst"))
    expect(page.locator("table.matrix tbody tr")).to_have_count(2)
    page.click("thead a:has-text('林州市')")
    expect(page).to_have_url(re.compile(r"\?category=people$"))
    page.go_back()
    expect(page.locator("select[name=sort]")).to_have_value("worst")
