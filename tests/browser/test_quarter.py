"""A whole quarter as its people do it: village, township, county, city, in real browsers.

Every figure at the end is held against SQL that was written for this test alone.
"""

import datetime
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from tasks.models import Entry, EntryChange, EntrySummary, Extension, Period, Rule
from tests import world as worlds
from tests.tasks.recount import recounted, summarised
from tests.world import NOW, UNITS, World
from villages.actions import DivisionLine, put_divisions

Visit = Callable[..., Page]
VILLAGES = 33
HEJIAN, LINZHOU, CITY = UNITS["hejian"], UNITS["linzhou"], UNITS["city"]
ODD = range(5, 10)  # rows of the grid whose income leaps
WHY = "新建光伏项目并网，收入一次性增加"
REASON = "wrong_figure"


@pytest.fixture
def live_world(live_server: LiveServer, _on_the_day: None) -> World:
    """合涧镇 with 33 villages; all reported 60 in the second quarter, leaps want explaining."""
    world = worlds.build(issued=False)
    put_divisions(
        [
            DivisionLine(f"4105811013{n:02d}", f"新{n + 1}村民委员会", "village", HEJIAN)
            for n in range(VILLAGES - 3)
        ]
    )
    Rule.objects.create(task=world.tasks["income"], kind="change", bound=50)
    world.ledger.issue(None, timezone.localtime(datetime.datetime(2026, 1, 5, tzinfo=NOW.tzinfo)))
    world.periods = {period.quarter: period for period in Period.objects.filter(year=2026)}
    before = Entry.objects.filter(period__quarter=2, task=world.tasks["income"])
    before.update(value=60, state="accepted", first_submitted_at=NOW)
    EntrySummary.objects.rebuild(world.ledger)
    return world


def cell(page: Page, row: int, column: int) -> Locator:
    """A cell of the villages' table, which stands below the township's own."""
    return page.locator(".sheet").last.locator("tbody tr").nth(row).locator("td").nth(column)


def all_saved(page: Page) -> None:
    expect(page.locator("[data-sending]")).to_have_attribute("data-unsent", "0")


def paste(page: Page, text: str) -> None:
    page.evaluate(
        """text => {
          const data = new DataTransfer();
          data.setData("text/plain", text);
          const paste = new ClipboardEvent("paste", {clipboardData: data, bubbles: true});
          document.activeElement.dispatchEvent(paste);
        }""",
        text,
    )


def the_village_confirms_and_types(visit: Visit, world: World) -> None:
    page = visit("dongshan_reporter", "/my-work/", viewport={"width": 390, "height": 844})
    page.click("main .work a")
    income, meeting = (world.entry("dongshan", task) for task in ("income", "meeting"))
    page.click(f"#e{income.pk} [data-confirm-last]")
    expect(page.locator(f"#e{income.pk} [data-carried]")).to_contain_text("2026年2季度")
    page.select_option(f"[name=e{meeting.pk}-value]", "1")
    page.locator(f"[name=e{meeting.pk}-value]").blur()
    expect(page.locator(f"#e{meeting.pk} [data-state] .draft")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert world.entry("dongshan", "income").carried_from == world.periods[2]
    assert world.entry("dongshan", "meeting").value == 1


def the_township_fills_33_villages(visit: Visit, world: World) -> Page:
    page = visit("hejian_reporter", f"/grid/{HEJIAN}/2026Q3/")
    expect(page.locator(".sheet").last.locator("tbody tr")).to_have_count(VILLAGES)
    cell(page, 1, 0).click()
    for row in range(1, VILLAGES):
        page.keyboard.type("160\n" if row in ODD else "=")
    all_saved(page)
    # The second task comes as a block from Excel, the first village being done already.
    cell(page, 1, 1).click()
    paste(page, "是\n" * (VILLAGES - 1))
    all_saved(page)
    own = page.locator(".sheet").first.locator("tbody td")
    own.first.click()
    page.keyboard.type("12\n")
    for row in ODD:
        cell(page, row, 0).click()
        page.keyboard.press("Space")
        page.fill("#d-explanation", WHY)
        page.keyboard.press("Escape")
        all_saved(page)
    page.click("[data-do=submit_all]")
    expect(page.locator("td.submitted")).to_have_count(VILLAGES * 2 + 1)
    return page


def the_county_returns_two_of_five(visit: Visit) -> Page:
    page = visit("linzhou_reviewer", f"/review/{LINZHOU}/2026Q3/")
    odd = page.locator("#exceptions tbody tr")
    expect(odd).to_have_count(5)
    expect(odd.first).to_contain_text(WHY)
    for line in [odd.nth(0).get_attribute("id"), odd.nth(1).get_attribute("id")]:
        pk = str(line).removeprefix("e")
        page.click(f"#{line} button[value='cells:{pk}']")
        page.select_option(f"[name=m{pk}-value_reason]", REASON)
        page.click(f"button[value='return:{pk}']")
        expect(page.locator(f"#{line}")).to_have_count(0)
    page.locator("#exceptions input[data-all]").check()
    page.click("button[value=accept]")
    expect(page.locator("#exceptions")).to_have_count(0)
    page.click("button[value=accept_rest]")
    expect(page.locator(".review-lines")).to_have_count(0)
    return page


def the_township_puts_two_right(visit: Visit, world: World) -> None:
    page = visit("hejian_reporter", "/my-work/")
    expect(page.locator("main")).to_contain_text("数据有误")
    page.goto(f"/grid/{HEJIAN}/2026Q3/")
    returned = list(
        Entry.objects.filter(state=Entry.State.RETURNED).values_list("pk", flat=True).order_by("pk")
    )
    assert len(returned) == 2
    for pk in returned:
        page.click("[data-next-fix]")
        page.locator(f"#c{pk}").click()
        page.keyboard.type("70\n")
    all_saved(page)
    for pk in returned:
        page.locator(f"#c{pk}").click()
        page.click("[data-tools] [data-do=submit]")
        expect(page.locator(f"#c{pk}")).to_contain_class("submitted shut")


def the_county_sees_just_those(visit: Visit) -> None:
    page = visit("linzhou_reviewer", f"/review/{LINZHOU}/2026Q3/")
    answers = page.locator("#answers tbody tr")
    expect(answers).to_have_count(2)
    expect(page.locator(".review-lines tbody tr")).to_have_count(2)
    expect(answers.first.locator("del")).to_contain_text("160")
    expect(answers.first.locator("ins")).to_contain_text("70")
    page.locator("#answers input[data-all]").check()
    page.click("button[value=accept]")
    expect(page.locator(".review-lines")).to_have_count(0)


def the_city_accepts_locks_and_extends(visit: Visit, world: World) -> Page:
    page = visit("city_manager", f"/review/{CITY}/2026Q3/")
    expect(page.locator(".review-lines tbody tr")).to_have_count(1)
    page.locator("input[data-all]").first.check()
    page.click("button[value=accept]")
    expect(page.locator(".review-lines")).to_have_count(0)
    page.goto("/quarters/2026Q3/")
    page.fill("form:has(button[value=lock]) [name$=reason]", "三季度汇总")
    page.click("button[value=lock]")
    expect(page.locator(".timeline")).to_contain_text("三季度汇总")
    page.fill("[name=extend-unit]", UNITS["linqi"])
    page.fill("[name=extend-until]", "2026-10-20")
    page.fill("[name=extend-reason]", "防汛抢险")
    page.click("button[value=extend]")
    expect(page.locator("main")).to_contain_text("临淇镇")
    return page


def counted() -> dict[str, int]:
    """Of the third quarter: lines owed, reported, on time and accepted, in plain SQL."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT count(*),
                      sum(CASE WHEN e.state IN ('submitted', 'accepted') THEN 1 ELSE 0 END),
                      sum(CASE WHEN e.state = 'accepted' THEN 1 ELSE 0 END)
               FROM tasks_entry e JOIN tasks_period p ON p.id = e.period_id
               WHERE p.year = 2026 AND p.quarter = 3 AND e.state <> 'withdrawn'"""
        )
        owed, reported, accepted = cursor.fetchone()
    return {"owed": owed, "reported": reported, "accepted": accepted}


def test_a_quarter_from_the_village_to_the_lock(visit: Visit, live_world: World) -> None:
    the_village_confirms_and_types(visit, live_world)
    the_township_fills_33_villages(visit, live_world)
    the_county_returns_two_of_five(visit)
    the_township_puts_two_right(visit, live_world)
    the_county_sees_just_those(visit)
    city = the_city_accepts_locks_and_extends(visit, live_world)

    figures = counted()
    lines = VILLAGES * 2 + 1
    assert (figures["reported"], figures["accepted"]) == (lines, lines)
    city.goto(f"/overview/{CITY}/2026Q3/")
    expect(city.locator(".figure").first).to_contain_text(f"{lines} / {figures['owed']}")
    assert summarised() == recounted()

    verbs = EntryChange.objects.filter(entry__period__quarter=3)
    assert verbs.filter(verb="confirm").count() == VILLAGES - len(ODD)
    assert verbs.filter(verb="return").count() == 2
    assert verbs.filter(verb="submit").count() == lines + 2
    assert verbs.filter(verb="accept").count() == lines + 1  # one line passes the county and city
    incomes = Entry.objects.filter(period__quarter=3, task=live_world.tasks["income"])
    values = list(incomes.filter(state="accepted").values_list("value", flat=True))
    assert sorted(values, key=Decimal) == [60] * 28 + [70] * 2 + [160] * 3  # type: ignore[arg-type]

    (extension,) = Extension.objects.running(timezone.localdate())
    assert extension.division == live_world.units["linqi"]
    assert live_world.entry("dongshan_linqi", "income").extended_to == extension.until
    for who, unit, may in (
        ("linqi_reporter", "linqi", True),
        ("baidaokou_reporter", "baidaokou", False),
    ):
        page = visit(who, f"/report/{UNITS[unit]}/2026Q3/")
        expect(page.locator("section.line").first).to_be_visible()
        answers = page.locator("section.line .answer")
        expect(answers.first).to_be_visible() if may else expect(answers).to_have_count(0)
