"""The reporting grid in a real browser: keys, blocks, conflicts, a lost connection."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, Route, expect

from tasks import actions
from tasks.models import Entry, EntryChange, Period, ReturnReason
from tests.tasks.verbs import author, save, seen, submit, submitted
from tests.world import UNITS, World

Visit = Callable[..., Page]
GRID = f"/grid/{UNITS['hejian']}/2026Q3/"
VILLAGES = ("dongshan", "xishan", "nanping")


@pytest.fixture
def page(visit: Visit, live_world: World) -> Page:
    """The grid of 合涧镇, whose villages reported their income in the second quarter."""
    Period.objects.filter(quarter=2).update(locks="2026-12-31")
    for unit, value in zip(VILLAGES, (41, 52, 63), strict=True):
        save(live_world, "hejian_reporter", live_world.entry(unit, "income", 2), value=value)
        submit(live_world, "hejian_reporter", live_world.entry(unit, "income", 2))
    return visit("hejian_reporter", GRID)


def cell(page: Page, unit: str = "东山村", column: int = 0) -> Locator:
    """A village's income, or the task beside it."""
    return page.locator("tbody tr", has_text=unit).locator("td").nth(column)


def shown(page: Page, unit: str = "东山村") -> str:
    return cell(page, unit).locator("b").inner_text()


def saved(page: Page) -> None:
    expect(page.locator("[data-sending]")).to_have_attribute("data-unsent", "0")


def values(world: World) -> list[Decimal | None]:
    return [world.entry(unit, "income").value for unit in VILLAGES]


def test_enter_goes_down_and_everything_is_saved_as_one_goes(page: Page, live_world: World) -> None:
    cell(page).click()
    page.keyboard.type("12.5\n13\n14\n")
    saved(page)
    assert values(live_world) == [Decimal("12.5"), 13, 14]
    expect(page.locator("table >> nth=1").locator("tfoot b").first).to_have_text("39.5")
    # Past the last village it goes on at the top of the next task.
    expect(cell(page, "东山村", 1)).to_be_focused()


def test_tab_goes_right_shift_turns_round_and_escape_puts_back(
    page: Page, live_world: World
) -> None:
    cell(page).click()
    page.keyboard.type("5")
    page.keyboard.press("Tab")
    page.keyboard.type("y")
    page.keyboard.press("Shift+Tab")
    expect(cell(page)).to_be_focused()
    saved(page)
    page.keyboard.type("99")
    page.keyboard.press("Escape")
    assert shown(page, "东山村") == "5"
    page.keyboard.press("F2")
    page.keyboard.type("0")
    page.keyboard.press("Enter")
    saved(page)
    assert live_world.entry("dongshan", "income").value == 50
    assert live_world.entry("dongshan", "meeting").value == 1


def test_after_escape_tab_leaves_the_table(page: Page, live_world: World) -> None:
    cell(page).click()
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('table td') === null")


def test_one_key_confirms_what_stood_last_quarter(page: Page, live_world: World) -> None:
    cell(page).click()
    page.keyboard.press("=")
    expect(cell(page, "西山村")).to_be_focused()
    saved(page)
    entry = live_world.entry("dongshan", "income")
    assert entry.value == 41
    assert entry.carried_from == live_world.periods[2]
    expect(cell(page).locator("i")).to_have_text("○=")


def test_a_range_is_confirmed_where_it_is_still_empty(page: Page, live_world: World) -> None:
    cell(page, "西山村").click()
    page.keyboard.type("7\n")
    page.keyboard.press("Control+Home")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("=")
    saved(page)
    assert values(live_world) == [41, 7, 63]
    confirmed = EntryChange.objects.filter(verb="confirm")
    assert confirmed.count() == 2


def test_a_column_is_chosen_by_its_head(page: Page, live_world: World) -> None:
    page.locator("thead th[data-measure=number] >> nth=1").click()
    page.locator("[data-do=confirm]").first.click()
    saved(page)
    assert values(live_world) == [41, 52, 63]


PASTE = """([text]) => {
  const data = new DataTransfer();
  data.setData("text/plain", text);
  const event = new ClipboardEvent("paste", {clipboardData: data, bubbles: true});
  document.activeElement.dispatchEvent(event);
}"""


def test_a_block_from_excel_fills_right_and_down_in_one_request(
    page: Page, live_world: World
) -> None:
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if "cells" in request.url else None)
    cell(page).click()
    page.evaluate(PASTE, ["12.5\t是\r\n零报告\t×\r\n八十\t√\r\n9\t否\r\n"])
    expect(page.locator("[data-refusals] li")).to_have_count(1)
    assert len(sent) == 1
    assert values(live_world) == [Decimal("12.5"), None, None]
    assert live_world.entry("xishan", "income").nothing == "nil"
    assert [live_world.entry(unit, "meeting").value for unit in VILLAGES] == [1, 0, 1]
    assert shown(page, "南平村") == "八十"
    page.locator("[data-refusals] button").last.click()
    assert shown(page, "南平村") == ""


def test_delete_empties_what_is_chosen(page: Page, live_world: World) -> None:
    cell(page).click()
    page.keyboard.type("5\n6\n")
    saved(page)
    page.keyboard.press("Control+Home")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Delete")
    saved(page)
    assert values(live_world) == [None, None, None]
    assert live_world.entry("dongshan", "income").state == "blank"


@pytest.mark.parametrize(("button", "value"), [(0, 22), (1, 11)])
def test_a_conflict_shows_both_values_and_either_may_stay(
    page: Page, live_world: World, button: int, value: int
) -> None:
    save(live_world, "dongshan_reporter", live_world.entry("dongshan", "income"), value=11)
    cell(page).click()
    page.keyboard.type("22\n")
    line = page.locator("[data-refusals] li")
    expect(line).to_contain_text("22")
    expect(line).to_contain_text("11")
    assert shown(page, "东山村") == "22"
    line.locator("button").nth(button).click()
    expect(line).to_have_count(0)
    saved(page)
    assert shown(page, "东山村") == str(value)
    assert live_world.entry("dongshan", "income").value == value


def test_what_is_typed_without_a_connection_is_sent_when_it_is_back(
    page: Page, live_world: World
) -> None:
    page.context.set_offline(True)
    cell(page).click()
    page.keyboard.type("5\n6\n")
    expect(page.locator("[data-trouble]")).to_be_visible()
    expect(cell(page)).to_have_attribute("data-sync", "waiting")
    assert not Entry.objects.filter(period=live_world.periods[3], state="draft").exists()
    page.context.set_offline(False)
    saved(page)
    expect(page.locator("[data-trouble]")).to_be_hidden()
    assert values(live_world) == [5, 6, None]


def test_a_page_loaded_again_still_sends_what_was_typed(page: Page, live_world: World) -> None:
    page.route("**/cells/", lambda route: route.abort())
    cell(page).click()
    page.keyboard.type("5\n")
    expect(cell(page)).to_have_attribute("data-sync", "waiting")
    page.keyboard.type("6\n")
    page.unroute("**/cells/")
    page.reload()
    saved(page)
    assert values(live_world) == [5, 6, None]
    assert shown(page, "东山村") == "5"
    assert page.evaluate("Object.keys(localStorage).filter((n) => n.includes('unsent'))") == []


def fail_at(text: str, status: int) -> Callable[[Route], None]:
    """The answer to every request that holds the text."""

    def answer(route: Route) -> None:
        if text in (route.request.post_data or ""):
            route.fulfill(status=status, body="{}")
        else:
            route.continue_()

    return answer


@pytest.mark.parametrize("status", [400, 500])
def test_what_the_server_cannot_take_is_put_aside_and_all_else_goes_on(
    page: Page, live_world: World, status: int
) -> None:
    page.route("**/cells/", fail_at("八十", status))
    cell(page).click()
    page.evaluate(PASTE, ["12\t是\r\n八十\t否\r\n14\t是\r\n"])
    line = page.locator("[data-refusals] li")
    expect(line).to_contain_text("西山村", timeout=30_000)
    saved(page)
    assert values(live_world) == [12, None, 14]
    assert [live_world.entry(unit, "meeting").value for unit in VILLAGES] == [1, 0, 1]
    assert shown(page, "西山村") == "八十"
    expect(cell(page, "西山村")).to_have_attribute("data-sync", "refused")
    page.unroute("**/cells/")
    cell(page, "西山村").click()
    page.keyboard.type("80\n")
    expect(line).to_have_count(0)
    saved(page)
    assert values(live_world) == [12, 80, 14]


def test_what_was_put_aside_blocks_no_page_loaded_later_and_can_be_dropped(
    page: Page, live_world: World
) -> None:
    page.route("**/cells/", fail_at("80 yuan", 400))
    cell(page).click()
    page.keyboard.type("80 yuan\n")
    line = page.locator("[data-refusals] li")
    expect(line).to_have_count(1)
    page.reload()
    expect(line).to_have_count(1)
    assert shown(page) == "80 yuan"
    cell(page, "西山村").click()
    page.keyboard.type("6\n")
    saved(page)
    assert values(live_world) == [None, 6, None]
    line.locator("button").last.click()
    expect(cell(page).locator("b")).to_have_text("")
    expect(line).to_have_count(0)
    assert page.evaluate("Object.keys(localStorage).filter((n) => n.includes('unsent'))") == []


def test_half_an_emoji_is_refused_in_words(page: Page, live_world: World) -> None:
    cell(page).click()
    page.evaluate(PASTE.replace("text);", "text.replace('?', '\\ud83d'));"), ["?\r\n6\r\n"])
    expect(page.locator("[data-refusals] li")).to_have_count(1)
    saved(page)
    assert values(live_world) == [None, 6, None]


def test_an_answer_that_was_lost_has_one_effect(page: Page, live_world: World) -> None:
    def lose_the_answer(route: object) -> None:
        route.fetch()  # type: ignore[attr-defined]
        route.abort()  # type: ignore[attr-defined]

    page.route("**/cells/", lose_the_answer, times=1)
    cell(page).click()
    page.keyboard.type("5\n")
    expect(page.locator("[data-trouble]")).to_be_visible()
    saved(page)
    assert live_world.entry("dongshan", "income").changes.count() == 1


def test_signed_out_what_was_typed_stays_and_is_sent_after_signing_in(
    page: Page, live_world: World
) -> None:
    cookies = page.context.cookies()
    page.context.clear_cookies(name="sessionid")
    cell(page).click()
    page.keyboard.type("5\n")
    expect(page.locator("[data-trouble] a")).to_be_visible()
    assert live_world.entry("dongshan", "income").state == "blank"
    page.context.add_cookies(cookies)  # type: ignore[arg-type]
    page.reload()
    saved(page)
    assert live_world.entry("dongshan", "income").value == 5


def test_texts_open_in_place_and_a_line_is_submitted_there(page: Page, live_world: World) -> None:
    cell(page).click()
    page.keyboard.type("5")
    page.keyboard.press("Shift+Enter")
    saved(page)  # the tests' database in memory knows no reading beside a writing
    cell(page).click()
    page.keyboard.press("Space")
    page.locator("[data-drawer] textarea[name=narrative]").fill("新建大棚三座")
    page.locator("[data-drawer] [data-do=submit]").click()
    expect(cell(page).locator("i")).to_have_text("↑¶")
    stored = live_world.entry("dongshan", "income")
    assert (stored.state, stored.narrative) == ("submitted", "新建大棚三座")
    page.locator("[data-drawer] [data-do=take_back]").click()
    expect(cell(page).locator("i")).to_have_text("○¶")
    page.keyboard.press("Escape")
    expect(page.locator("[data-drawer]")).to_be_hidden()
    expect(cell(page)).to_be_focused()


def test_all_that_is_filled_is_submitted_by_one_button(page: Page, live_world: World) -> None:
    cell(page).click()
    page.keyboard.type("5\n6\n")
    saved(page)
    page.locator("[data-do=submit_all]").click()
    expect(cell(page, "西山村").locator("i")).to_have_text("↑")
    saved(page)
    reported = Entry.objects.filter(period=live_world.periods[3], state="submitted")
    assert reported.count() == 2
    expect(cell(page)).to_have_attribute("aria-readonly", "true")


def test_of_a_returned_line_only_what_was_marked_opens(visit: Visit, live_world: World) -> None:
    entry = submitted(live_world)
    mark = actions.Mark(entry.pk, "problems", ReturnReason.objects.get(code="other"), "写明原因")
    actions.return_(seen(entry), author(live_world, "hejian_reviewer"), "", [mark])
    page = visit("hejian_reporter", GRID)
    page.locator("[data-next-fix]").click()
    drawer = page.locator("[data-drawer]")
    expect(drawer).to_contain_text("写明原因")
    expect(drawer.locator("textarea[name=narrative]")).to_have_count(0)
    drawer.locator("textarea[name=problems]").fill("缺少资金")
    drawer.locator("[data-do=submit]").click()
    expect(cell(page).locator("i")).to_contain_text("↑")
    assert live_world.entry("dongshan", "income").problems == "缺少资金"


def test_what_is_typed_over_a_draft_and_refused_is_not_submitted(
    page: Page, live_world: World
) -> None:
    cell(page).click()
    page.keyboard.type("10\n11\n")
    saved(page)
    cell(page).click()
    page.keyboard.type("12o\n")
    expect(cell(page)).to_have_attribute("data-sync", "refused")
    # What is not stored is not in the total.
    expect(page.locator("table >> nth=1").locator("tfoot b").first).to_have_text("21")
    page.locator("[data-do=submit_all]").click()
    expect(cell(page, "西山村").locator("i")).to_have_text("↑")
    expect(page.locator("[data-told]")).to_contain_text("1")
    expect(page.locator("[data-refusals] li")).to_have_count(1)
    assert shown(page) == "12o"
    cell(page).click()
    page.locator("[data-do=submit]").first.click()
    page.locator("[data-do=submit_row]").click()
    cell(page).click()
    page.keyboard.press("Space")
    page.locator("[data-drawer] textarea[name=narrative]").fill("新建大棚")
    page.locator("[data-drawer] [data-do=submit]").click()
    saved(page)
    expect(page.locator("[data-refusals] li")).to_have_count(1)
    assert shown(page) == "12o"
    stored = live_world.entry("dongshan", "income")
    assert stored.state == "draft"
    assert stored.value == 10


def test_text_typed_while_the_drawer_is_fetched_again_stays(page: Page, live_world: World) -> None:
    cell(page).click()
    page.keyboard.press("Space")
    narrative = page.locator("[data-drawer] textarea[name=narrative]")
    expect(narrative).to_be_visible()
    fetched: list[Route] = []
    page.route("**/cells/*/", lambda route: fetched.append(route))  # noqa: PLW0108  (its events want a function)
    page.locator("[data-drawer] [data-do=confirm]").click()
    narrative.click()
    page.keyboard.type("abcdef")
    page.keyboard.press("ArrowLeft")
    expect(cell(page).locator("i")).to_contain_text("¶")
    page.keyboard.type("X")
    with page.expect_response("**/cells/*/"):
        fetched[0].continue_()
    expect(page.locator("[data-drawer] .chip.draft")).to_be_visible()
    expect(narrative).to_be_focused()
    expect(narrative).to_have_value("abcdeXf")
    page.keyboard.type("Y")
    page.keyboard.press("Escape")
    saved(page)
    stored = live_world.entry("dongshan", "income")
    assert stored.value == 41
    assert stored.narrative == "abcdeXYf"


def test_a_block_that_overruns_the_table_is_told(page: Page, live_world: World) -> None:
    cell(page, "南平村").click()
    page.evaluate(PASTE, ["1\r\n2\r\n3\r\n"])
    saved(page)
    assert values(live_world) == [None, None, 1]
    expect(page.locator("[data-told]")).to_contain_text("2")


def test_what_was_refused_does_not_cover_the_cell_in_hand(visit: Visit, live_world: World) -> None:
    page = visit("hejian_reporter", GRID, viewport={"width": 1024, "height": 420})
    cell(page).click()
    page.evaluate(PASTE, ["x\r\ny\r\nz\r\n"])
    expect(page.locator("[data-refusals] li")).to_have_count(3)
    cell(page, "南平村").click()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowDown")
    below = page.locator(".grid-notes").evaluate("notes => notes.getBoundingClientRect().top")
    assert cell(page, "南平村").evaluate("td => td.getBoundingClientRect().bottom") <= below


def test_columns_do_not_move_while_somebody_types(page: Page, live_world: World) -> None:
    width = "td => td.getBoundingClientRect().width"
    before = cell(page).evaluate(width)
    cell(page).click()
    page.keyboard.type("1234567.25\n")
    saved(page)
    assert cell(page).evaluate(width) == before


def test_on_paper_nothing_sticks_and_nothing_covers_a_row(page: Page, live_world: World) -> None:
    page.emulate_media(media="print")
    stuck = "els => els.filter((el) => getComputedStyle(el).position === 'sticky').length"
    shown_on_paper = page.locator(".grid-page :visible")
    assert shown_on_paper.count() > 20
    assert shown_on_paper.evaluate_all(stuck) == 0


def test_what_cannot_be_done_is_told_to_those_who_look(page: Page, live_world: World) -> None:
    cell(page, column=1).click()
    page.keyboard.press("=")
    expect(page.locator("[data-told]")).to_be_visible()
    expect(page.locator("[data-told]")).not_to_be_empty()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_the_grid_passes_axe_and_fits(
    visit: Visit, live_world: World, theme: str, width: int
) -> None:
    submitted(live_world)
    page = visit(
        "hejian_reporter", GRID, color_scheme=theme, viewport={"width": width, "height": 900}
    )
    cell(page, "西山村").click()
    page.keyboard.type("x\n")
    expect(page.locator("[data-refusals] li")).to_have_count(1)
    assert [v["id"] for v in Axe().run(page).response["violations"]] == []
    page.keyboard.press("Space")
    expect(page.locator("[data-drawer] textarea").first).to_be_visible()
    assert [v["id"] for v in Axe().run(page).response["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
