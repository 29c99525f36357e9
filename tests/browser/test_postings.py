"""Exchanging two first secretaries, ending one early and extending another, in a real browser.

Afterwards calendar, village file and roster say the same as the postings that are stored.
"""

import datetime
from collections.abc import Callable

from playwright.sync_api import Page, expect

from cadres.models import CadreChange, Person, Posting
from tests.world import UNITS, World

Visit = Callable[..., Page]
LINZHOU, HEJIAN = UNITS["linzhou"], UNITS["hejian"]
EXCHANGED = datetime.date(2026, 10, 8)
EARLY = datetime.date(2026, 11, 15)
LATER = datetime.date(2028, 3, 31)


def open_from_roster(page: Page, name: str) -> None:
    page.goto(f"/cadres/{LINZHOU}/postings/?kind=first_secretary")
    page.fill(".filters [name=q]", name)
    page.click(".filters button")
    expect(page.locator(".roster tbody tr")).to_have_count(1)
    page.click(f".roster tbody a:has-text('{name}')")


def two_change_places(page: Page, world: World) -> None:
    open_from_roster(page, "示一山")
    page.click(".head .actions a.button")
    page.fill("#who", "xishan")
    page.click(".filters button")
    page.click(".found a")
    # Another day than the one shown is shown first.
    page.fill("#preview [name=on]", EXCHANGED.isoformat())
    page.fill("#preview [name=reason]", "因村定人，调整派驻")
    page.click("#preview button[value=exchange]")
    rows = page.locator("#preview tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("2026.10.08")
    assert not Posting.objects.filter(end_reason="swapped").exists()  # only shown so far
    page.click("#preview button[value=exchange]")
    expect(page.locator("h1")).to_contain_text("示一山")
    expect(page.locator(".chain")).to_contain_text("示二山")


def one_ends_early(page: Page) -> None:
    open_from_roster_on(page, "示二山")
    page.click("#end summary")
    page.fill("[name=end-end]", EARLY.isoformat())
    page.select_option("[name=end-end_reason]", "transferred")
    page.fill("[name=end-hand_over]", "项目资料与民情台账已移交")
    page.click("#end button[value=end]")
    expect(page.locator(".facts")).to_contain_text("项目资料与民情台账已移交")


def another_is_extended(page: Page) -> None:
    open_from_roster_on(page, "示一山")
    page.click("#extend summary")
    page.fill("[name=extend-planned_end]", LATER.isoformat())
    page.fill("[name=extend-reason]", "工作需要，延长派驻")
    page.click("#extend button[value=extend]")
    expect(page.locator(".timeline")).to_contain_text("工作需要，延长派驻")


def open_from_roster_on(page: Page, name: str) -> None:
    """The posting that begins with the exchange."""
    page.goto(f"/cadres/{LINZHOU}/postings/?kind=first_secretary&on={EXCHANGED}&q={name}")
    expect(page.locator(".roster tbody tr")).to_have_count(1)
    page.click(f".roster tbody a:has-text('{name}')")


def the_calendar_agrees(page: Page) -> None:
    page.goto(f"/cadres/{HEJIAN}/calendar/?kind=first_secretary")
    for village, states in (
        # Held throughout October, in which they change places; to its early end; then nobody.
        ("东山村", ["held", "held", "ending", "vacant"]),
        # Today still held by whose term is over, until the exchange.
        ("西山村", ["over", "over", "held", "held"]),
    ):
        row = page.locator(f".months tbody tr:has(th:has-text('{village}'))")
        for month, state in zip((9, 10, 11, 12), states, strict=True):
            seat = row.locator("td .seat").nth(month - 1)
            expect(seat).to_have_class(f"seat {state}")
    page.click("nav.counts a[href*='ending90']")
    expect(page.locator("#lists table")).to_contain_text("示二山")


def the_village_files_agree(page: Page) -> None:
    page.goto(f"/villages/{UNITS['dongshan']}/2026Q3/")
    section = page.locator("section#postings")
    expect(section).to_contain_text("示一山")
    expect(section).to_contain_text("2025.01—2026.10")
    expect(section).to_contain_text("示二山")
    expect(section).to_contain_text("2026.10—2026.11")
    page.goto(f"/villages/{UNITS['xishan']}/2026Q3/")
    expect(page.locator("section#postings tbody tr").first).to_contain_text("示一山")
    expect(page.locator("section#postings tbody tr").first).to_contain_text("2028.03.31")


def the_person_files_agree(page: Page, first: Person, second: Person) -> None:
    for person, told in (
        (first, ["2026.10", "西山村委会", "2028.03", "2025.01—2026.10", "东山村民委员会"]),
        (second, ["2026.10—2026.11", "东山村民委员会", "2024.07—2026.10", "西山村委会"]),
    ):
        page.goto(f"/cadres/people/{person.pk}/")
        section = page.locator("section#postings")
        for words in told:
            expect(section).to_contain_text(words)


def test_exchange_end_and_extension_agree_everywhere(visit: Visit, live_world: World) -> None:
    page = visit("linzhou_manager", f"/cadres/{LINZHOU}/postings/")
    two_change_places(page, live_world)
    one_ends_early(page)
    another_is_extended(page)

    first, second = (Person.objects.get(name=name) for name in ("示一山", "示二山"))
    now = Posting.objects.in_seat("first_secretary").filter(start=EXCHANGED)
    moved = {posting.person_id: posting for posting in now}
    assert moved[first.pk].division == live_world.units["xishan"]
    assert moved[first.pk].planned_end == LATER
    assert moved[second.pk].division == live_world.units["dongshan"]
    assert (moved[second.pk].end, moved[second.pk].end_reason) == (EARLY, "transferred")
    assert moved[first.pk].predecessor == live_world.postings["xishan"]
    assert moved[second.pk].predecessor == live_world.postings["dongshan"]
    changes = CadreChange.objects.filter(about="posting", by=live_world.users["linzhou_manager"])
    assert changes.filter(verb="added").count() == 2
    assert changes.filter(verb="changed").count() == 4

    the_calendar_agrees(page)
    the_person_files_agree(page, first, second)
    the_village_files_agree(page)


def test_a_vacancy_is_filled_from_the_calendar_without_a_script(
    visit: Visit, live_world: World
) -> None:
    live_world.postings["dongshan"].end = datetime.date(2026, 9, 1)
    live_world.postings["dongshan"].end_reason = "retired"
    live_world.postings["dongshan"].save()
    page = visit("linzhou_manager", java_script_enabled=False)
    page.goto(f"/cadres/{HEJIAN}/calendar/")
    page.click(".months td a[href*=appoint]")
    page.fill("[name=person_text]", "sbx")
    page.click("#find-person button")
    page.check("#find-person input[type=radio]")
    page.fill("[name=note]", "接任")
    page.click("button[value=appoint]")
    expect(page.locator(".chain")).to_contain_text("示一山")
    made = Posting.objects.get(person__name="示八闲")
    assert (made.division, made.note) == (live_world.units["dongshan"], "接任")
