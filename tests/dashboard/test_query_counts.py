"""A list costs as many queries for three times the rows."""

import datetime

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from dashboard.choice import ALL
from dashboard.counting import Counting
from dashboard.crosswalk import Crosswalk
from spreadsheets.models import Batch
from tasks.models import Entry
from tests.dashboard.growth import grow
from tests.tasks.pages import at
from tests.world import World

PAGES = [
    ("city_viewer", "dashboard:overview", "city"),
    ("linzhou_reviewer", "dashboard:overview", "linzhou"),
    ("hejian_reviewer", "dashboard:overview", "hejian"),
    ("city_viewer", "dashboard:map", "city"),
    ("city_viewer", "dashboard:matrix", "city"),
    ("city_manager", "dashboard:ranking", "city"),
    ("linzhou_reviewer", "dashboard:matrix", "linzhou"),
    ("hejian_reviewer", "dashboard:matrix", "hejian"),
    ("linzhou_reviewer", "dashboard:present", "linzhou"),
    ("dongshan_reporter", "dashboard:village", "dongshan"),
    ("linzhou_reviewer", "dashboard:light", "linzhou"),
    ("city_viewer", "tasks:entries", "city"),
    ("hejian_reporter", "tasks:entries", "hejian"),
    ("hejian_reporter", "tasks:report", "hejian"),
    ("dongshan_reporter", "tasks:report", "dongshan"),
    ("linzhou_reviewer", "tasks:review", "linzhou"),
    ("city_manager", "tasks:review", "city"),
    ("city_manager", "/my-work/", ""),
    ("linzhou_reviewer", "/my-work/", ""),
    ("hejian_reviewer", "/my-work/", ""),
    ("dongshan_reporter", "/my-work/", ""),
    ("city_manager", "tasks:chase", "city"),
    ("linzhou_reviewer", "tasks:chase", "linzhou"),
    ("hejian_reviewer", "tasks:chase", "hejian"),
    ("city_manager", "/chase/410500000000/2026Q3/?level=village", ""),
    ("city_manager", "/quarters/", ""),
    ("city_manager", "/quarters/2026Q3/", ""),
    ("city_viewer", "/ledgers/", ""),
    ("city_manager", "/bulletins/", ""),
    ("city_manager", "ledger", ""),
    ("city_viewer", "/search/?q=4105", ""),
    ("dongshan_reporter", "entry", ""),
    ("dongshan_reporter", "/sheets/", ""),
    ("city_manager", "/sheets/entries/", ""),
    ("dongshan_reporter", "batch", ""),
]
CHANGELISTS = sorted(
    f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
    for model in admin.site._registry
)


def address(world: World, page: str, unit: str) -> str:
    if unit:
        return at(page, unit)
    if page == "ledger":
        return f"/ledgers/{world.ledger.pk}/"
    if page == "entry":
        return f"/entries/{world.entry('dongshan', 'income').pk}/"
    if page == "batch":
        mine = Batch.objects.filter(owner=world.users["dongshan_reporter"])
        return f"/imports/{mine.earliest('created_at', 'pk').pk}/?show=new"
    return page


def queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        page = client.get(address)
        assert page.status_code == 200
    return len(captured)


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    client.get("/ledgers/")  # content types and the like are looked up once for all
    return client


def test_a_page_costs_the_same_for_three_times_the_rows(world: World) -> None:
    grow(world, 1, 3)
    clients = {who: browser(world.users[who]) for who, _page, _unit in PAGES}
    before = {
        (who, page, unit): queries(clients[who], address(world, page, unit))
        for who, page, unit in PAGES
    }
    grow(world, 11, 9)
    after = {
        (who, page, unit): queries(clients[who], address(world, page, unit))
        for who, page, unit in PAGES
    }
    assert after == before


def test_a_list_of_the_admin_costs_the_same_for_three_times_the_rows(world: World) -> None:
    client = browser(User.objects.create_superuser("root", name="root"))
    grow(world, 1, 3)
    before = {name: queries(client, reverse(name)) for name in CHANGELISTS}
    grow(world, 11, 9)
    assert {name: queries(client, reverse(name)) for name in CHANGELISTS} == before


@pytest.mark.parametrize(
    ("who", "unit"),
    [
        ("city_viewer", "city"),
        ("city_manager", "city"),
        ("linzhou_reviewer", "linzhou"),
        ("hejian_reviewer", "hejian"),
    ],
)
@pytest.mark.parametrize("page", ["overview", "map", "matrix"])
def test_a_page_of_figures_costs_few_queries(world: World, who: str, unit: str, page: str) -> None:
    """Most of them only once after a change; then the page is there until the next."""
    client, address = browser(world.users[who]), at(f"dashboard:{page}", unit)
    assert queries(client, address) <= 12
    assert queries(client, address) <= 8


def test_extended_lines_are_read_by_unit_and_task_not_one_by_one(world: World) -> None:
    until = world.periods[3].due + datetime.timedelta(days=9)
    Entry.objects.filter(period=world.periods[3]).update(extended_to=until)
    counting = Counting(
        world.units["city"], world.ledger, world.periods[3], (), ALL, Crosswalk(world.units["city"])
    )
    with CaptureQueriesContext(connection) as captured:
        found = counting.extended(world.periods[3].due)
    assert len(captured) == 1
    assert "division_id" not in captured[0]["sql"].split("GROUP BY")[1]
    assert {unit for unit, _task in found} <= {d.pk for d in world.units.values()}
