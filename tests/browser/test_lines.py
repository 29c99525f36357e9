"""One village's page on an old phone: each field is saved as it is left."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tasks.models import Period, Rule
from tests.tasks.verbs import save, submit
from tests.world import UNITS, World

Visit = Callable[..., Page]
REPORT = f"/report/{UNITS['dongshan']}/2026Q3/"


@pytest.fixture
def page(visit: Visit, live_world: World) -> Page:
    Period.objects.filter(quarter=2).update(locks="2026-12-31")
    save(live_world, "dongshan_reporter", live_world.entry("dongshan", "income", 2), value=41)
    submit(live_world, "dongshan_reporter", live_world.entry("dongshan", "income", 2))
    Rule.objects.create(task=live_world.tasks["income"], kind="at_most", bound=90)
    phone = {"width": 390, "height": 844}
    return visit("dongshan_reporter", REPORT, viewport=phone, has_touch=True)


def income(page: Page) -> Locator:
    return page.locator(".line").first


def saved(page: Page) -> None:
    expect(page.locator("[data-lines]")).to_have_attribute("data-unsent", "0")


def test_fields_are_saved_as_they_are_left(page: Page, live_world: World) -> None:
    income(page).locator("input.number").fill("12.50")
    page.keyboard.press("Tab")
    page.locator("[data-measure=yes_no] [data-entry-field=value]").select_option("1")
    expect(income(page)).to_have_attribute("data-sync", "saved")
    expect(page.locator("[data-measure=yes_no]")).to_have_attribute("data-sync", "saved")
    saved(page)
    expect(income(page).locator("input.number")).to_have_value("12.5")
    expect(income(page).locator(".chip")).to_have_class("chip draft")
    assert live_world.entry("dongshan", "meeting").value == 1
    page.locator("button[value=submit]").click()
    expect(page.locator(".messages")).to_be_visible()
    assert live_world.entry("dongshan", "income").state == "submitted"


def test_one_tap_confirms_what_stood_last_quarter(page: Page, live_world: World) -> None:
    income(page).locator("[data-confirm-last]").tap()
    expect(income(page)).to_have_attribute("data-sync", "saved")
    expect(income(page).locator("input.number")).to_have_value("41")
    assert live_world.entry("dongshan", "income").carried_from == live_world.periods[2]


def test_a_rule_asks_for_its_explanation_at_once(page: Page, live_world: World) -> None:
    explanation = income(page).locator("[data-entry-field=explanation]")
    expect(explanation).to_be_hidden()
    income(page).locator("input.number").fill("95")
    expect(explanation).to_be_visible()
    with page.expect_response("**/cells/"):
        explanation.fill("新增分红")
    saved(page)
    assert live_world.entry("dongshan", "income").explanation == "新增分红"


def test_without_a_connection_nothing_typed_is_lost(page: Page, live_world: World) -> None:
    page.context.set_offline(True)
    income(page).locator("input.number").fill("12")
    expect(page.locator("[data-trouble]")).to_be_visible()
    page.context.set_offline(False)
    saved(page)
    assert live_world.entry("dongshan", "income").value == 12
    assert [v["id"] for v in Axe().run(page).response["violations"]] == []


def test_a_refused_field_is_marked_and_told_right_under_it(page: Page, live_world: World) -> None:
    field = income(page).locator("input.number")
    expect(income(page).locator(".sync")).to_be_hidden()
    field.fill("12o")
    page.keyboard.press("Tab")
    expect(field).to_have_attribute("aria-invalid", "true")
    told = income(page).locator(".answer + .refusals li")
    expect(told).to_be_visible()
    expect(told.locator("button")).to_have_count(1)
    field.fill("12")
    page.keyboard.press("Tab")
    expect(told).to_have_count(0)
    saved(page)
    expect(field).not_to_have_attribute("aria-invalid", "true")
    assert live_world.entry("dongshan", "income").value == 12


def test_after_taking_back_the_message_is_in_sight(page: Page, live_world: World) -> None:
    income(page).locator("input.number").fill("12")
    page.locator("button[value=submit]").click()
    page.locator("[name=take_back]").first.click()
    expect(page.locator(".messages")).to_be_in_viewport()
