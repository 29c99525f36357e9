"""Every page passes axe, in the light and the dark theme, and fits a phone."""

import datetime
from collections.abc import Callable

import pytest
from axe_playwright_python.base import AxeResults
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from cadres.actions import contacts
from cadres.models import TeamMember
from tasks import actions
from tasks.actions import deadlines, lights
from tasks.actions.exempting import ask
from tasks.models import EntryChange, Task
from tests.cadres.teams import usual
from tests.cadres.test_contacts import point, talk, visit
from tests.dashboard.bulletins import draft, issued
from tests.tasks.verbs import return_
from tests.world import World

Visit = Callable[..., Page]
# A theme is a matter of colours alone: what else there is to find, the first one has shown.
BY_COLOURS = {"resultTypes": ["violations"], "runOnly": ["color-contrast", "link-in-text-block"]}
WIDTHS = (390, 1024, 1440)
PAGES = [
    ("city_manager", "/overview/410500000000/2026Q3/"),
    ("city_manager", "/overview/410581000000/2026Q3/"),
    ("city_manager", "/overview/410581101000/2026Q3/"),
    ("city_manager", "/map/410500000000/2026Q3/"),
    ("city_manager", "/map/410581101000/2026Q3/?measure=reported"),
    ("city_manager", "/matrix/410500000000/2026Q3/"),
    ("city_manager", "/matrix/410581101000/2026Q3/?sort=worst"),
    ("city_manager", "/ranking/410500000000/2026Q3/"),
    ("city_manager", "/present/410500000000/2026Q3/"),
    ("city_manager", "/styleguide/"),
    ("city_manager", "/villages/410581101201/2026Q3/"),
    ("city_manager", "/trend/410500000000/2026Q3/"),
    ("hejian_reporter", "/trend/410581101000/2026Q3/?measure=red"),
    ("city_manager", "/lights/410581000000/2026Q3/"),
    ("city_manager", "/lights/410581101000/2026Q3/?task=1"),
    ("city_manager", "/search/?q=hjz"),
    ("city_manager", "/ledgers/"),
    ("city_manager", "/entries/410500000000/2026Q3/"),
    ("city_manager", "/sheets/divisions/"),
    ("city_manager", "/accounts/password/"),
    ("linzhou_reviewer", "/review/410581000000/2026Q3/"),
    ("linzhou_reviewer", "/review/410581000000/2026Q3/units/"),
    ("linzhou_reviewer", "/returns/410581000000/2026Q3/"),
    ("linzhou_reviewer", "/lead/410581000000/2026Q3/"),
    ("linzhou_reviewer", "/my-work/"),
    ("linzhou_reviewer", "/chase/410581000000/2026Q3/"),
    ("linzhou_reviewer", "/quarters/"),
    ("city_manager", "/quarters/2026Q3/"),
    ("city_viewer", "/my-work/"),
    ("hejian_reporter", "/my-work/"),
    ("hejian_reporter", "/grid/410581101000/2026Q3/"),
    ("hejian_reporter", "/report/410581101000/2026Q3/"),
    ("hejian_reporter", "/sheets/"),
    ("hejian_reporter", "/sheets/entries/?division=410581101000&period=2026Q3"),
    ("hejian_reporter", "/sheets/history/"),
    ("hejian_reviewer", "/exemptions/"),
    ("city_manager", "/bulletins/"),
    ("city_manager", "/bulletins/new/"),
    ("city_manager", "/bulletins/template/"),
    ("city_manager", "/cadres/410500000000/"),
    ("city_manager", "/cadres/410500000000/teams/"),
    ("city_manager", "/cadres/410581101000/teams/?fault=no_director"),
    ("city_manager", "/cadres/410500000000/teams/?term=serving"),
    ("city_manager", "/cadres/410581101000/teams/?state=not_elected"),
    ("city_manager", "/cadres/410500000000/before-after/"),
    ("city_manager", "/cadres/410500000000/contact-points/"),
    ("city_manager", "/cadres/410500000000/contact-points/?show=without"),
    ("city_manager", "/cadres/410581000000/contact-points/new/"),
    ("city_manager", "/cadres/410581000000/policy-talks/"),
    ("city_manager", "/cadres/410581000000/policy-talks/?show=without"),
    ("city_manager", "/cadres/410581000000/policy-talks/new/"),
    ("city_manager", "/duties/410500000000/2026Q3/"),
    ("city_manager", "/duties/410581101201/2026Q3/"),
    ("city_manager", "/cadres/410500000000/postings/?state=all"),
    ("city_manager", "/cadres/410500000000/calendar/"),
    ("city_manager", "/cadres/410581101000/calendar/?kind=first_secretary"),
    ("city_manager", "/cadres/410581101000/appoint/?kind=work_team"),
    ("city_manager", "/no-such-page/"),
]


@pytest.fixture
def busy_world(live_world: World) -> World:
    """Some lines saved, submitted and waiting, so that pages have something on them."""
    author = actions.Author(live_world.users["hejian_reporter"], EntryChange.Origin.PAGE)
    entries = [live_world.entry(unit, "income") for unit in ("dongshan", "xishan", "nanping")]
    edits = [actions.Edit(e.pk, e.version, {"value": 70 + i}) for i, e in enumerate(entries)]
    saved = actions.save(edits, author).done
    actions.submit([actions.Seen(entry.pk, entry.version) for entry in saved], author)
    # One came back, another is asked to be exempt, and a unit has more time.
    return_(live_world, "linzhou_reviewer", live_world.entry("nanping", "income"))
    ask(live_world.entry("dongshan", "meeting").pk, 1, "整村搬迁", author)
    city = actions.Author(live_world.users["city_manager"], EntryChange.Origin.PAGE)
    until = live_world.periods[3].due + datetime.timedelta(days=9)
    deadlines.extend(live_world.units["linqi"], live_world.periods[3], until, "防汛抢险", city)
    about = live_world.units["hejian"], live_world.periods[3], None
    lights.override(*about, "red", until, "约谈后未整改", city)
    Task.objects.filter(pk=live_world.tasks["income"].pk).update(duty="first_secretary")
    live_world.tasks["income"].lead_reviewers.add(live_world.users["linzhou_reviewer"])
    for year in (2018, 2021):
        usual(live_world, "dongshan", year)
    return live_world


def pages_of_a_team() -> list[tuple[str, str]]:
    member = TeamMember.objects.latest("pk")
    team = f"/cadres/teams/{member.team_id}/"
    pages = (team, f"{team}members/new/", f"{team}standards/2022/")
    return [("city_manager", path) for path in (*pages, f"/cadres/team-members/{member.pk}/")]


def _contacts(world: World) -> list[str]:
    """A contact point, a visit and a talk, each on its page."""
    held = contacts.set_point(point(world), None)
    seen = contacts.note_visit(visit(held, problems_raised=1, problems="排水"), None)
    told = contacts.note_talk(talk(world), None)
    pages = f"contact-points/{held.pk}/", f"contact-visits/{seen.pk}/", f"policy-talks/{told.pk}/"
    sender = world.organizations["agriculture"].pk
    return [*(f"/cadres/{page}" for page in pages), f"/duties/organizations/{sender}/2026Q3/"]


def test_every_page_passes_axe(visit: Visit, busy_world: World) -> None:
    pages: dict[str, Page] = {}
    entry = busy_world.entry("dongshan", "income")
    faults = []
    ledger = f"/ledgers/{busy_world.ledger.pk}/"
    more = [("hejian_reporter", f"/entries/{entry.pk}/"), ("city_manager", ledger)]
    more += [("city_manager", f"{ledger}amend/"), ("city_manager", f"{ledger}lights/")]
    posting = f"/cadres/postings/{busy_world.postings['dongshan'].pk}/"
    other = busy_world.postings["xishan"].pk
    more += [("city_manager", posting), ("city_manager", f"{posting}exchange/?other={other}")]
    sent, written = issued(busy_world), draft(busy_world)
    bulletins = [f"{sent.pk}/", f"{written.pk}/edit/", f"{sent.pk}/compare/{written.pk}/"]
    more += [("city_manager", f"/bulletins/{path}") for path in bulletins]
    more += pages_of_a_team()
    more += [("city_manager", path) for path in _contacts(busy_world)]
    for username, path in [*PAGES, *more]:
        if username not in pages:
            pages[username] = visit(username)
        pages[username].goto(path)
        pages[username].emulate_media(color_scheme="light")
        faults += [f"{path}, light: {fault}" for fault in _faults(Axe().run(pages[username]))]
        pages[username].emulate_media(color_scheme="dark")
        loaded = Axe(axe_script="0")
        found = _faults(loaded.run(pages[username], options=BY_COLOURS))
        faults += [f"{path}, dark: {fault}" for fault in found]
    assert not faults, "\n".join(faults)


def _faults(found: AxeResults) -> list[str]:
    return [f"{v['id']} {v['nodes'][0]['html'][:120]}" for v in found.response["violations"]]


def test_axe_notices_a_colour_that_is_too_pale_in_the_dark(visit: Visit, live_world: World) -> None:
    page = visit("city_manager", "/my-work/", color_scheme="dark")
    page.evaluate("document.querySelectorAll('main *').forEach(one => one.style.color = '#222')")
    assert any("color-contrast" in fault for fault in _faults(Axe().run(page, options=BY_COLOURS)))


def test_no_page_is_wider_than_its_screen(visit: Visit, busy_world: World) -> None:
    pages: dict[str, Page] = {}
    for username, path in [*PAGES, *pages_of_a_team()]:
        if username not in pages:
            pages[username] = visit(username)
        page = pages[username]
        page.goto(path)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_no_page_asks_another_host_or_breaks_the_policy(visit: Visit, busy_world: World) -> None:
    page = visit("city_manager")
    said: list[str] = []
    asked: set[str] = set()
    page.on("console", lambda message: said.append(message.text))
    page.on("request", lambda request: asked.add(request.url.split("/")[2]))
    for _username, path in PAGES[:9]:
        page.goto(path)
    assert not said
    assert len(asked) == 1
