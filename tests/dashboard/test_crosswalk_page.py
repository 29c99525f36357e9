"""The switch between the readings, the table of what changed, and units that have ended."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.http import QueryDict
from django.template.loader import render_to_string
from django.test import Client
from django.utils import translation

from dashboard.changes import find_crosswalk
from dashboard.choice import Choice
from dashboard.crosswalk import Reading
from tasks.place import Place
from tests.tasks.pages import at, english, shown
from tests.world import NOW, World
from villages import actions
from villages.models import Division

JULY = datetime.date(2026, 7, 1)
SignIn = Callable[[str], Client]


@pytest.fixture
def changed(world: World) -> World:
    """东山村 merged into 西山村, 桂园街道 gone to 滑县, 南平村 split."""
    actions.merge([world.units["dongshan"]], world.units["xishan"], JULY)
    actions.split(world.units["nanping"], [world.units["xishan"]], JULY, goes_on=True)
    street = Division.objects.select_related("parent").get(pk=world.units["guiyuan"].pk)
    street.parent = world.units["huaxian"]
    street.place(JULY)
    return world


def shown_to(world: World, who: str, reading: Reading, query: str = "", **more: Any) -> str:
    """Both partials, for the county of 林州市."""
    viewer, division = world.users[who], world.units["linzhou"]
    with translation.override("en"):
        found = find_crosswalk(world.ledger, world.periods[3], division, viewer, reading)
        inputs = {
            "crosswalk": found,
            "place": Place.or_404(viewer, division.code, "2026Q3"),
            "choice": Choice.of(QueryDict(query)),
            "current": "matrix",
            "issued_at": world.ledger.issued_at,
            "today": NOW.date(),
        }
        return "".join(
            render_to_string(f"dashboard/partials/{name}.html", inputs)
            for name in ("standing_switch", "crosswalk")
        )


def test_where_nothing_changed_there_is_nothing_to_switch(world: World) -> None:
    for reading in Reading:
        assert shown_to(world, "city_viewer", reading).strip() == ""


def test_the_switch_keeps_what_else_the_address_says(changed: World) -> None:
    page = shown_to(changed, "city_viewer", Reading.NOW, "task=3&divisions=now")
    address = at("dashboard:matrix", "linzhou")
    assert f'href="{address}?task=3"' in page
    assert f'href="{address}?task=3&amp;divisions=then"' in page
    assert page.count('aria-current="true"') == 1
    assert f'href="{address}?task=3&amp;divisions=now" aria-current="true"' in page


def test_as_reported_the_switch_stands_alone(changed: World) -> None:
    page = shown_to(changed, "city_viewer", Reading.REPORTED)
    assert "As they stood at issue" in page
    assert "<table>" not in page


def test_the_table_says_what_changed_and_what_it_moves(changed: World) -> None:
    page = " ".join(shown_to(changed, "city_viewer", Reading.NOW).split())
    for said in ("东山村民委员会", "西山村委会", "Merged", "桂园街道", "滑县", "July 1, 2026"):
        assert said in page
    assert "they stay with the unit that was split" in page
    assert "managed elsewhere" not in page


def test_a_county_reads_how_many_units_left_and_not_which(changed: World) -> None:
    page = shown_to(changed, "linzhou_viewer", Reading.THEN)
    assert "1 unit that belonged here then is now managed elsewhere" in page
    assert "桂园街道" not in page
    assert "滑县" not in page


def test_a_unit_that_has_ended_is_found_with_its_end_and_its_page_stays(
    changed: World, signed_in: SignIn
) -> None:
    client = english(signed_in("hejian_reporter"))
    page = shown(client.get("/search/", {"q": "山村"}))
    assert page.count("(until July 1, 2026)") == 1
    page = shown(client.get(at("dashboard:village", "dongshan")))
    assert "(until July 1, 2026)" in page
    assert "村级集体经济增收" in page


def test_a_unit_that_ends_later_is_not_marked_before(world: World, signed_in: SignIn) -> None:
    Division.objects.filter(pk=world.units["dongshan"].pk).update(valid_to="2026-12-31")
    assert "until" not in shown(
        english(signed_in("hejian_reporter")).get("/search/", {"q": "山村"})
    )
