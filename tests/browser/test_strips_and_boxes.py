"""Strips that scroll on a phone, boxes with their labels, and totals on paper."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.cadres import teams
from tests.world import UNITS, World

Visit = Callable[..., Page]
PHONE = {"width": 390, "height": 800}


def test_on_a_phone_the_strips_show_where_one_is(visit: Visit, live_world: World) -> None:
    page = visit("linzhou_manager", f"/cadres/{UNITS['linzhou']}/organizations/", viewport=PHONE)
    for strip in (".tabs", ".menu"):
        expect(page.locator(f"{strip} [aria-current]")).to_be_in_viewport(ratio=1)
        assert page.evaluate("window.scrollY") == 0
    expect(page.locator(".tabs a").first).not_to_be_in_viewport()


def test_the_box_for_all_follows_the_boxes(visit: Visit, live_world: World) -> None:
    elected = teams.usual(live_world, "dongshan")[0].team
    page = visit("linzhou_manager", f"/cadres/teams/{elected.pk}/standards/2025/")
    row = page.locator("table.choices tbody tr").first
    every, boxes = row.locator("[data-all]"), row.locator("input[name^=met_]")
    expect(every).not_to_be_checked()
    every.check()
    expect(boxes.last).to_be_checked()
    page.click("main .actions button.primary")
    page.goto(f"/cadres/teams/{elected.pk}/standards/2025/")
    expect(every).to_be_checked()
    boxes.first.uncheck()
    expect(every).not_to_be_checked()
    boxes.first.check()
    expect(every).to_be_checked()
    page.emulate_media(media="print")
    expect(every).to_be_hidden()


def test_on_paper_a_total_stands_once_after_the_last_row(visit: Visit, live_world: World) -> None:
    teams.usual(live_world, "dongshan")
    page = visit("city_manager", f"/cadres/{UNITS['city']}/teams/")
    total, display = page.locator("tfoot").first, "foot => getComputedStyle(foot).display"
    assert total.evaluate(display) == "table-footer-group"  # which paper repeats
    page.emulate_media(media="print")
    assert total.evaluate(display) == "table-row-group"


def test_a_box_to_be_ticked_stands_on_one_line_with_its_label(
    visit: Visit, live_world: World
) -> None:
    row = teams.usual(live_world, "dongshan")[0]
    page = visit("city_manager", f"/cadres/team-members/{row.pk}/")
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 800})
        box = page.locator("[name=is_veteran]").bounding_box()
        label = page.locator("label[for=id_is_veteran]").bounding_box()
        assert box
        assert label
        assert box["x"] + box["width"] <= label["x"]
        assert label["y"] < box["y"] + box["height"] / 2 < label["y"] + label["height"]
