import sys
from collections.abc import Callable

import pytest
from django.test import Client

from tasks.models import Entry
from tests.tasks.pages import at, english, shown
from tests.tasks.verbs import accept, return_, save, submitted
from tests.world import UNITS, World

SignIn = Callable[[str], Client]
LINZHOU = f"/entries/{UNITS['linzhou']}/2026Q3/"


@pytest.fixture
def client(signed_in: SignIn) -> Client:
    return english(signed_in("linzhou_viewer"))


def found(client: Client, address: str = LINZHOU, **query: str | int) -> set[tuple[str, str]]:
    """Which lines a choice lists, as (unit, task)."""
    units = {code: unit for unit, code in UNITS.items()}
    page = client.get(address, query)
    assert page.status_code == 200
    entries = page.context["page"].paginator.object_list
    return {(units[entry.division.code], str(entry.task.number)) for entry in entries}


def test_all_lines_of_the_unit_and_quarter_are_listed(world: World, client: Client) -> None:
    villages = {"dongshan", "xishan", "nanping", "dongshan_linqi", "beiping", "chengbian"}
    wanted = {(unit, number) for unit in villages for number in "12"}
    wanted |= {(unit, number) for unit in ("hejian", "linqi") for number in "45"}
    assert found(client) == wanted


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("dsc", {"dongshan", "dongshan_linqi"}),
        ("东山", {"dongshan", "dongshan_linqi"}),
        ("hjz", {"hejian", "dongshan", "xishan", "nanping"}),
        ("合涧", {"hejian", "dongshan", "xishan", "nanping"}),
        (UNITS["hejian"], {"hejian"}),
        (UNITS["dongshan"], {"dongshan"}),
        ("shiqiao", set()),
        ("石桥", set()),
        (UNITS["shiqiao"], set()),
        ("nosuch", set()),
        ("%", set()),
    ],
)
def test_a_unit_is_found_by_name_pinyin_or_code(client: Client, text: str, units: set[str]) -> None:
    assert {unit for unit, _task in found(client, unit=text)} == units


def test_category_and_task_narrow_the_list(world: World, client: Client) -> None:
    assert {task for _unit, task in found(client, category="people")} == {"4", "5"}
    assert {task for _unit, task in found(client, task=world.tasks["meeting"].pk)} == {"2"}
    assert found(client, category="people", unit="hjz") == {("hejian", "4"), ("hejian", "5")}


def test_every_state_lists_its_own_lines(world: World, client: Client) -> None:
    submitted(world)
    submitted(world, "xishan", who="xishan_reporter")
    return_(world, "hejian_reviewer", world.entry("xishan", "income"))
    save(world, "hejian_reporter", world.entry("hejian", "study"), narrative="集中学习")
    late = submitted(world, "nanping", who="hejian_reporter")
    Entry.objects.filter(pk=late.pk).update(is_late=True)
    accept(world, "linzhou_reviewer", world.entry("nanping", "income"))
    every = found(client)
    assert found(client, state="submitted") == {("dongshan", "1")}
    assert found(client, state="returned") == {("xishan", "1")}
    assert found(client, state="draft") == {("hejian", "5")}
    assert found(client, state="accepted") == {("nanping", "1")}
    assert found(client, state="late") == {("nanping", "1")}
    assert found(client, state="reported") == {("dongshan", "1"), ("nanping", "1")}
    assert found(client, state="unreported") == every - found(client, state="reported")
    assert found(client, state="blank") == found(client, state="unreported") - {
        ("xishan", "1"),
        ("hejian", "5"),
    }


def test_lights_list_what_shows_them(world: World, client: Client) -> None:
    submitted(world)
    lights = ["red", "yellow", "grey", "green", "blue"]
    by_light = {light: found(client, light=light) for light in lights}
    # 60 of 100 where 75 are expected: 15 points behind. The others are due in three days.
    assert by_light["yellow"] == found(client)
    assert not any(by_light[light] for light in lights if light != "yellow")
    late = LINZHOU.replace("Q3", "Q2")
    assert found(client, late, light="red") == found(client, late)


@pytest.mark.parametrize(
    "query",
    [
        {"state": "nonsense"},
        {"light": "purple"},
        {"category": "x"},
        {"task": "999999"},
        {"task": "9" * 40},
        {"task": "x"},
        {"unit": "a\0b"},
        {"page": "x"},
        {"page": "999"},
        {"nosuch": "1"},
    ],
)
def test_an_unknown_choice_is_answered_kindly(client: Client, query: dict[str, str]) -> None:
    page = client.get(LINZHOU, query)
    assert page.status_code == 200
    assert page.context["page"].paginator.count == 16


def test_a_task_of_another_ledger_is_no_choice(world: World, client: Client) -> None:
    assert "为群众办实事" in shown(client.get(LINZHOU))
    page = client.get(LINZHOU.replace("2026Q3", "2026Q1"), {"task": world.tasks["deeds"].pk})
    assert page.context["page"].paginator.count == 0


def test_the_next_page_keeps_the_choices(
    world: World, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules["tasks.views.entries"], "PAGE_SIZE", 3)
    page = shown(client.get(LINZHOU, {"category": "material", "page": "1"}))
    assert "?category=material&amp;page=2" in page
    assert found(client, category="material") == found(client, category="material", page=2)


def test_an_entry_tells_its_light_its_reviews_and_its_history(
    world: World, signed_in: SignIn
) -> None:
    entry = submitted(world)
    return_(world, "hejian_reviewer", entry, comment="请核对")
    client = english(signed_in("dongshan_reporter"))
    page = client.get(f"/entries/{entry.pk}/")
    text = shown(page)
    assert "Not reported yet; 3 days to the due date" in text
    assert "It turns Red on" in text
    assert "请核对" in text
    assert "hejian reviewer" in text
    told = [event.what for event in page.context["page"].events]
    assert told == ["returned", "submitted", "saved"]


def test_a_reported_entry_tells_what_it_was_measured_against(world: World, client: Client) -> None:
    text = shown(client.get(f"/entries/{submitted(world).pk}/"))
    assert "60 of 100, 60.0 %; expected by now 75 %." in text


@pytest.mark.parametrize("pk", ["0", "999999", "9" * 30])
def test_an_entry_that_is_not_there_is_not_found(client: Client, pk: str) -> None:
    assert client.get(f"/entries/{pk}/").status_code == 404


def test_an_entry_of_another_unit_is_not_found(world: World, signed_in: SignIn) -> None:
    entry = world.entry("xishan", "income")
    assert signed_in("dongshan_reporter").get(f"/entries/{entry.pk}/").status_code == 404
    assert signed_in("hejian_reporter").get(f"/entries/{entry.pk}/").status_code == 200


def test_a_pages_title_is_in_both_languages(signed_in: SignIn) -> None:
    address = at("tasks:entries", "hejian")
    client = signed_in("hejian_reporter")
    assert "合涧镇 2026年3季度 · 农村基层党建" in shown(client.get(address))
    assert "<title>Entries 合涧镇 2026 Q3 · " in shown(english(client).get(address))
