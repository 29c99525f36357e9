"""Both duty lists of a village side by side, and all villages of an organisation."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tasks.models import Entry, Evidence, Period
from tests.tasks.pages import at, english, shown
from tests.tasks.test_duties import add_duties
from tests.world import NOW, UNITS, World

SignIn = Callable[[str], Client]


@pytest.fixture
def issued(draft_world: World) -> World:
    world = draft_world
    world.tasks["projects"], world.tasks["funds"] = add_duties(world.ledger)
    world.ledger.issue(
        world.users["city_manager"], NOW, reason="新增责任清单", ordered_by="示例部长"
    )
    world.periods = {period.quarter: period for period in Period.objects.filter(year=2026)}
    return world


def browser(world: World, who: str) -> Client:
    client = Client()
    client.force_login(world.users[who])
    return english(client)


def test_a_village_sees_both_lists_with_figures_evidence_and_what_supports_what(
    issued: World,
) -> None:
    line = issued.entry("dongshan", "projects")
    Entry.objects.filter(pk=line.pk).update(value=20, state="draft")
    by = issued.users["dongshan_reporter"]
    Evidence.objects.create(
        entry=line, name="协议.pdf", kind="pdf", content_type="application/pdf", size=1,
        digest="1", added_by=by, added_at=NOW,
    )  # fmt: skip
    page = browser(issued, "dongshan_reporter").get(at("dashboard:duties", "dongshan"))
    lists = page.context["lists"]
    (item,), (other,) = lists.of_secretary, lists.of_organization
    assert (item.entry.value, item.evidence, other.evidence) == (20, 1, 0)
    assert lists.secretary.person.name == "示一山"
    assert [one.name for one in lists.organizations] == ["测试市农业农村局"]
    text = shown(page)
    assert "20 / 50" in text
    assert "supports “引进资金项目”" in text


def test_a_village_to_which_nobody_is_sent_has_empty_lists(issued: World) -> None:
    page = browser(issued, "city_viewer").get(at("dashboard:duties", "nanping"))
    assert page.context["lists"].of_secretary == []
    assert "No first secretary" in shown(page)


def test_a_unit_lists_its_villages_with_how_far_they_are(issued: World) -> None:
    told = {"submitted_by": issued.users["hejian_reporter"], "submitted_at": NOW}
    for unit, says in (
        ("dongshan", {"state": "submitted", "waiting_at": "township"}),
        ("xishan", {"state": "accepted"}),
    ):
        line = issued.entry(unit, "projects")
        Entry.objects.filter(pk=line.pk).update(value=1, first_submitted_at=NOW, **says, **told)
    page = browser(issued, "hejian_reviewer").get(at("dashboard:duties", "hejian"))
    shown_rows = [
        (row.village.name, row.of_secretary.reported, row.of_secretary.accepted)
        for row in page.context["rows"]
    ]
    assert shown_rows == [("东山村民委员会", 1, 0), ("西山村委会", 1, 1)]
    now = browser(issued, "hejian_reviewer").get(f"/duties/{UNITS['hejian']}/")
    assert now["Location"] == at("dashboard:duties", "hejian")


def test_an_organisation_follows_its_villages(issued: World) -> None:
    sender = issued.organizations["linzhou_water"]
    address = reverse("dashboard:organization_duties", args=[sender.pk, "2026Q3"])
    page = browser(issued, "linzhou_viewer").get(address)
    assert [lists.village.name for lists in page.context["lists"]] == ["西山村委会"]
    assert browser(issued, "huaxian_reviewer").get(address).status_code == 404
    # Of an organisation of the city everybody sees only the own villages.
    city = reverse(
        "dashboard:organization_duties", args=[issued.organizations["agriculture"].pk, "2026Q3"]
    )
    assert browser(issued, "xishan_reporter").get(city).context["lists"] == []
    assert browser(issued, "dongshan_reporter").get(city).context["lists"] != []


def test_the_village_file_leads_to_its_lists_where_it_has_any(issued: World) -> None:
    text = shown(browser(issued, "dongshan_reporter").get(at("dashboard:village", "dongshan")))
    assert at("dashboard:duties", "dongshan") in text
    other = shown(browser(issued, "city_viewer").get(at("dashboard:village", "nanping")))
    assert at("dashboard:duties", "nanping") not in other


def test_lists_cost_as_many_queries_for_more_villages(issued: World) -> None:
    client = browser(issued, "city_viewer")

    def asked(unit: str) -> int:
        with CaptureQueriesContext(connection) as asked_for:
            assert client.get(at("dashboard:duties", unit)).status_code == 200
        return len(asked_for)

    asked("city")
    assert asked("linzhou") == asked("city")


@pytest.mark.parametrize("name", ["dashboard:overview", "dashboard:matrix", "tasks:entries"])
def test_the_other_pages_count_a_duty_only_where_it_is_owed(issued: World, name: str) -> None:
    page = browser(issued, "city_manager").get(at(name, "city"))
    assert page.status_code == 200


@pytest.mark.parametrize(
    ("name", "who", "unit", "is_owed"),
    [
        ("tasks:grid", "hejian_reporter", "hejian", True),
        ("tasks:report", "dongshan_reporter", "dongshan", True),
        ("tasks:grid", "linqi_reporter", "linqi", False),
    ],
)
def test_duties_are_filled_where_they_are_owed(
    issued: World, name: str, who: str, unit: str, is_owed: bool
) -> None:
    text = shown(browser(issued, who).get(at(name, unit)))
    assert ("引进资金项目" in text) == is_owed


def test_the_duty_lists_are_brought_up_to_date_on_the_page_of_amendments(issued: World) -> None:
    issued.postings["xishan"].end = NOW.date().replace(day=1)
    issued.postings["xishan"].end_reason = "rotated"
    issued.postings["xishan"].save()
    client = browser(issued, "city_manager")
    address = f"/ledgers/{issued.ledger.pk}/amend/?kind=duties"
    sent = {"from_quarter": "4", "reason": "轮换"}
    foreseen = client.post(address, sent | {"do": "preview"})
    assert foreseen.status_code == 200
    assert foreseen.context["form"].effect.withdrawn == 2
    done = client.post(address, sent | {"do": "confirm"})
    assert done.status_code == 302
    lines = Entry.objects.filter(task=issued.tasks["projects"], period__quarter=4)
    assert lines.owed().count() == 2
    assert "Duty lists brought up to date" in shown(client.get(address))
    assert client.post(address, sent | {"do": "preview"}).status_code == 422
