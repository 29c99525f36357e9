"""A reviewer marks the cells of a line where it stands, by script, on a phone and on a desk."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tasks.models import ReturnMark
from tests.tasks.verbs import submitted
from tests.world import World

Visit = Callable[..., Page]


@pytest.mark.parametrize("width", [390, 1440])
def test_cells_are_marked_without_losing_what_was_chosen(
    visit: Visit, live_world: World, width: int
) -> None:
    line = submitted(live_world)
    other = submitted(live_world, "xishan", "income", "xishan_reporter")
    page = visit(
        "hejian_reviewer",
        "/review/410581101000/2026Q3/",
        viewport={"width": width, "height": 844},
    )
    page.check(f"#e{other.pk} input[name=entry]")
    page.click(f"#e{line.pk} button[value='cells:{line.pk}']")
    expect(page.locator(f"#e{line.pk} select").first).to_be_focused()
    expect(page.locator("[data-chosen]")).to_have_text("1")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert Axe().run(page).response["violations"] == []
    page.select_option(f"[name=m{line.pk}-value_reason]", "other")
    page.fill(f"[name=m{line.pk}-value_note]", "请核实单位")
    page.click(f"button[value='return:{line.pk}']")
    expect(page.locator(".acts")).to_contain_text("1")
    mark = ReturnMark.objects.select_related("review").get()
    assert (mark.review.entry_id, mark.part, mark.note) == (line.pk, "value", "请核实单位")
    page.click(".acts button")
    expect(page.locator(f"#e{line.pk}")).to_be_visible()


def test_the_box_of_one_list_chooses_that_list_alone(visit: Visit, live_world: World) -> None:
    odd = submitted(live_world)
    type(odd).objects.filter(pk=odd.pk).update(is_unusual=True)
    submitted(live_world, "xishan", "income", "xishan_reporter")
    page = visit("hejian_reviewer", "/review/410581101000/2026Q3/")
    page.check("#rest input[data-all]")
    expect(page.locator("[data-chosen]")).to_have_text("1")
    expect(page.locator("#exceptions input[name=entry]")).not_to_be_checked()


def test_closing_the_cells_of_a_line_loses_nothing_that_was_typed(
    visit: Visit, live_world: World
) -> None:
    line = submitted(live_world)
    page = visit("hejian_reviewer", "/review/410581101000/2026Q3/")
    button, note = f"button[value='cells:{line.pk}']", f"[name=m{line.pk}-value_note]"
    page.click(button)
    page.fill(note, "请核实单位")
    page.click(button)
    expect(page.locator(note)).to_be_hidden()
    page.click(button)
    expect(page.locator(note)).to_have_value("请核实单位")
    page.click(f"button[value='return:{line.pk}']")
    expect(page.locator(f"[name=m{line.pk}-value_reason]")).to_be_focused()
    expect(page.locator(".note.warning a")).to_have_attribute("href", f"#e{line.pk}")
