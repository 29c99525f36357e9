"""A light set by hand is shown, and marked as such, wherever the unit is; no count changes."""

import datetime
from collections.abc import Callable

from django.test import Client

from dashboard.sheets.figures import light_text
from tasks.actions import lights
from tests.tasks.pages import at, english, shown
from tests.tasks.verbs import author
from tests.world import UNITS, World

SignIn = Callable[[str], Client]
UNTIL = datetime.date(2026, 10, 20)


def test_a_unit_shows_the_light_set_by_hand_with_its_mark(busy: World, signed_in: SignIn) -> None:
    client = english(signed_in("city_viewer"))
    before = client.get(at("dashboard:map", "city", 2)).context["board"]
    lights.override(
        busy.units["hejian"], busy.periods[2], None, "blue", UNTIL, "防汛抢险",
        author(busy, "city_manager"),
    )  # fmt: skip
    page = client.get(at("dashboard:map", "city", 2))
    board = page.context["board"]
    row = next(row for row in board.units if row.division.code == UNITS["hejian"])
    assert row.light == "blue"
    assert "★✎" in shown(page)
    assert "Set by hand by city manager, until October 20: 防汛抢险" in shown(page)
    assert row.lights == next(r.lights for r in before.units if r.division.code == UNITS["hejian"])
    assert board.total.lights == before.total.lights


def test_a_task_of_a_unit_shows_its_own(busy: World, signed_in: SignIn) -> None:
    task = busy.tasks["income"]
    lights.override(
        busy.units["linzhou"], busy.periods[2], task, "blue", UNTIL, "已核实",
        author(busy, "city_manager"),
    )  # fmt: skip
    board = signed_in("city_viewer").get(at("dashboard:matrix", "city", 2)).context["board"]
    cell = board.matrix.cells[busy.units["linzhou"].pk, task.pk]
    assert (cell.light, cell.override.reason) == ("blue", "已核实")
    others = [c for key, c in board.matrix.cells.items() if key[1] != task.pk]
    assert not any(other.override for other in others)


def test_a_light_of_all_lines_says_nothing_of_some_of_them(busy: World, signed_in: SignIn) -> None:
    """Somebody judged the unit as a whole: of one task, category or kind the rule speaks."""
    lights.override(
        busy.units["hejian"], busy.periods[2], None, "blue", UNTIL, "防汛抢险",
        author(busy, "city_manager"),
    )  # fmt: skip
    client = signed_in("city_viewer")
    task = busy.tasks["income"].pk
    for choice in (f"task={task}", "category=people", "kind=weak"):
        board = client.get(at("dashboard:map", "city", 2) + f"?{choice}").context["board"]
        assert not any(row.override for row in board.units), choice


def test_the_light_of_one_task_shows_where_that_task_alone_is_counted(
    busy: World, signed_in: SignIn
) -> None:
    task = busy.tasks["income"]
    lights.override(
        busy.units["hejian"], busy.periods[2], task, "blue", UNTIL, "已核实",
        author(busy, "city_manager"),
    )  # fmt: skip
    client = signed_in("city_viewer")
    board = client.get(at("dashboard:map", "city", 2) + f"?task={task.pk}").context["board"]
    row = next(row for row in board.units if row.division.code == UNITS["hejian"])
    assert (row.light, bool(row.override)) == ("blue", True)
    own = client.get(at("dashboard:matrix", "hejian", 2)).context["board"].matrix
    assert own.sum_of_task(task).light == "blue"


def test_the_mark_stands_among_what_needs_attention_and_in_the_sheets(
    busy: World, signed_in: SignIn
) -> None:
    city, client = author(busy, "city_manager"), signed_in("city_viewer")
    for unit in ("linzhou", "hejian"):
        about = (busy.units[unit], busy.periods[2], None)
        lights.override(*about, "green", UNTIL, "已核实", city)
    board = client.get(at("dashboard:ranking", "city", 2)).context["board"]
    row = next(one.row for one in board.ranked if one.row.division.code == UNITS["linzhou"])
    assert light_text(row) == "绿（人工）"
    text = shown(client.get(at("dashboard:overview", "city", 2) + "?attention=all"))
    assert "by-hand" in text.split('class="card attention"')[1].split("</section>")[0]


def test_after_its_last_day_the_rule_shows_again(busy: World, signed_in: SignIn) -> None:
    given = lights.override(
        busy.units["hejian"], busy.periods[2], None, "blue", UNTIL, "防汛抢险",
        author(busy, "city_manager"),
    )  # fmt: skip
    type(given).objects.update(until=datetime.date(2026, 10, 1))
    board = signed_in("city_viewer").get(at("dashboard:map", "city", 2)).context["board"]
    row = next(row for row in board.units if row.division.code == UNITS["hejian"])
    assert row.override is None


def test_the_light_of_a_unit_leads_to_its_explanation(busy: World, signed_in: SignIn) -> None:
    client = signed_in("city_viewer")
    for name in ("overview", "ranking"):
        text = shown(client.get(at(f"dashboard:{name}", "city")))
        assert f'href="{at("dashboard:light", "city")}"' in text or name == "ranking"
    assert f'href="{at("dashboard:light", "linzhou")}"' in text
    one = f"{at('tasks:entries', 'hejian')}?task={busy.tasks['income'].pk}"
    assert f'href="{at("dashboard:light", "hejian")}?task=1"' in shown(client.get(one))
