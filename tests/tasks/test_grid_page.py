"""The reporting grid as a township opens it, and the line that a cell opens."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tasks import actions
from tasks.actions import deadlines
from tasks.grid import Cell, Grid
from tasks.models import Entry, Period, ReturnReason
from tests.dashboard.growth import grow
from tests.tasks.pages import at, english, shown
from tests.tasks.verbs import accepted, author, return_, save, seen, submit, submitted
from tests.world import UNITS, World

SignIn = Callable[[str], Client]
GRID = f"/grid/{UNITS['hejian']}/2026Q3/"


@pytest.fixture
def client(signed_in: SignIn) -> Client:
    return english(signed_in("hejian_reporter"))


def grid_of(client: Client, address: str = GRID) -> Grid:
    page = client.get(address)
    assert page.status_code == 200
    found: Grid = page.context["grid"]
    return found


def cell(client: Client, entry: Entry) -> Cell:
    cells = [c for s in grid_of(client).sheets for row in s.rows for c in row.cells]
    return next(c for c in cells if c and c.pk == entry.pk)


def test_villages_stand_below_each_other_and_tasks_side_by_side(client: Client) -> None:
    own, villages = grid_of(client).sheets
    assert [row.division.code for row in own.rows] == [UNITS["hejian"]]
    assert [column.task.number for column in own.columns] == [4, 5]
    names = ("dongshan", "xishan", "nanping")
    assert [row.division.code for row in villages.rows] == [UNITS[name] for name in names]
    assert [column.task.number for column in villages.columns] == [1, 2]
    assert all(c for row in villages.rows for c in row.cells)


def test_a_cell_shows_its_value_its_state_and_what_stood_last(world: World, client: Client) -> None:
    Period.objects.filter(quarter=2).update(locks="2026-12-31")
    save(world, "hejian_reporter", world.entry("dongshan", "income", 2), value=41)
    submit(world, "hejian_reporter", world.entry("dongshan", "income", 2))
    entry = world.entry("dongshan", "income")
    blank = cell(client, entry)
    assert (blank.shown, blank.last, blank.look, blank.mark) == ("", "41", "blank", "")
    save(world, "hejian_reporter", entry, value=60, narrative="新建大棚")
    draft = cell(client, entry)
    assert (draft.shown, draft.look, draft.mark) == ("60", "draft", "○¶")
    assert draft.label == "Draft saved; with text"


@pytest.mark.parametrize(
    ("task", "content", "words"),
    [
        ("meeting", {"value": 1}, "Yes"),
        ("meeting", {"value": 0}, "No"),
        ("income", {"value": 0}, "0"),
        ("income", {"nothing": "nil"}, "Nil report"),
        ("income", {"nothing": "not_applicable"}, "Not applicable"),
    ],
)
def test_an_answer_stands_in_words(
    world: World, client: Client, task: str, content: dict[str, Any], words: str
) -> None:
    save(world, "hejian_reporter", world.entry("dongshan", task), **content)
    assert cell(client, world.entry("dongshan", task)).shown == words


def test_a_text_stands_clipped(world: World, client: Client) -> None:
    save(world, "hejian_reporter", world.entry("hejian", "study"), narrative="集中\n学习" * 9)
    found = cell(client, world.entry("hejian", "study"))
    assert found.shown.endswith("…")
    assert len(found.shown) < 20
    assert "words" in found.look


def test_submitted_and_accepted_cells_are_shut(world: World, client: Client) -> None:
    entry = submitted(world)
    assert (cell(client, entry).look, cell(client, entry).mark) == ("submitted shut", "↑")


def test_an_accepted_cell_has_its_mark(world: World, client: Client) -> None:
    assert (cell(client, accepted(world)).mark) == "✓"


def test_a_returned_cell_says_why(world: World, client: Client) -> None:
    return_(world, "hejian_reviewer", submitted(world), comment="数字与台账不符")
    found = cell(client, world.entry("dongshan", "income"))
    assert (found.look, found.label) == ("returned", "Returned: 数字与台账不符")
    assert "1 line to put right" in shown(client.get(GRID))


def test_a_returned_cell_opens_only_where_it_was_marked(world: World, client: Client) -> None:
    entry = submitted(world)
    mark = actions.Mark(entry.pk, "problems", ReturnReason.objects.get(code="other"), "写明原因")
    actions.return_(seen(entry), author(world, "hejian_reviewer"), "", [mark])
    assert cell(client, entry).look == "returned shut"


def test_a_confirmed_value_carries_its_source_and_age(world: World, client: Client) -> None:
    Period.objects.filter(quarter=1).update(locks="2026-12-31")
    save(world, "hejian_reporter", world.entry("dongshan", "income", 1), value=41)
    submit(world, "hejian_reporter", world.entry("dongshan", "income", 1))
    actions.confirm(seen(world.entry("dongshan", "income")), author(world, "hejian_reporter"))
    found = cell(client, world.entry("dongshan", "income"))
    assert found.mark == "○="
    assert found.label == "Draft saved; unchanged since 2026 Q1 (2 quarters)"


def test_totals_sum_numbers_and_count_what_is_filled(world: World, client: Client) -> None:
    save(world, "hejian_reporter", world.entry("dongshan", "income"), value="12.5")
    save(world, "hejian_reporter", world.entry("xishan", "income"), value=30)
    save(world, "hejian_reporter", world.entry("nanping", "income"), nothing="nil")
    save(world, "hejian_reporter", world.entry("nanping", "meeting"), value=1)
    income, meeting = grid_of(client).sheets[1].columns
    assert (income.total, income.filled, income.owed) == ("42.5", 3, 3)
    assert (meeting.total, meeting.filled, meeting.owed) == ("", 1, 3)


def test_a_line_that_is_no_longer_owed_is_an_empty_place(world: World, client: Client) -> None:
    entry = world.entry("dongshan", "income")
    Entry.objects.filter(pk=entry.pk).update(state="withdrawn")
    assert grid_of(client).sheets[1].rows[0].cells[0] is None
    assert f"c{entry.pk}" not in shown(client.get(GRID))


@pytest.mark.parametrize("quarter", [1, 4])
def test_a_quarter_that_is_not_open_is_shut(client: Client, quarter: int) -> None:
    found = grid_of(client, at("tasks:grid", "hejian", quarter))
    cells = [c for s in found.sheets for row in s.rows for c in row.cells if c]
    assert cells
    assert all("shut" in c.look for c in cells)


def test_an_extension_opens_the_lines_it_is_for(world: World, client: Client) -> None:
    entry = world.entry("dongshan", "income", 1)
    Entry.objects.filter(pk=entry.pk).update(extended_to="2026-10-10")
    found = grid_of(client, at("tasks:grid", "hejian", 1))
    open_cells = [
        c.pk for s in found.sheets for row in s.rows for c in row.cells if c and c.look == "blank"
    ]
    assert open_cells == [entry.pk]


def test_a_village_is_led_to_its_own_page(signed_in: SignIn) -> None:
    page = signed_in("dongshan_reporter").get(at("tasks:grid", "dongshan"))
    assert page["Location"] == at("tasks:report", "dongshan")
    assert signed_in("dongshan_reporter").get(GRID).status_code == 404


@pytest.mark.parametrize("who", ["linzhou_reviewer", "city_manager", "city_viewer"])
def test_levels_above_have_no_grid(signed_in: SignIn, who: str) -> None:
    assert signed_in(who).get(GRID).status_code == 403


def test_reporting_leads_a_township_to_its_grid(signed_in: SignIn) -> None:
    assert signed_in("hejian_reporter").get("/report/")["Location"] == GRID


def test_without_scripts_every_village_is_a_link_and_all_is_submitted_by_a_button(
    world: World, client: Client
) -> None:
    save(world, "hejian_reporter", world.entry("dongshan", "income"), value=5)
    page = shown(client.get(GRID))
    assert f'href="{at("tasks:report", "dongshan")}"' in page
    assert 'value="submit_all"' in page
    assert "Submit 1 filled line" in page


def test_the_grid_costs_as_many_queries_for_three_times_the_villages(
    world: World, client: Client
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(GRID)
        return len(captured)

    grow(world, 1, 5)  # lines in every state
    queries()
    before = queries()
    grow(world, 11, 15)
    assert queries() == before <= 12


def drawer(client: Client, entry: Entry) -> Any:
    return client.get(f"/cells/{entry.pk}/")


def test_a_cell_opens_its_texts_and_what_may_be_done(world: World, client: Client) -> None:
    entry = world.entry("dongshan", "income")
    save(world, "hejian_reporter", entry, value=5, narrative="新建大棚<三座>")
    page = shown(drawer(client, entry))
    assert "新建大棚&lt;三座&gt;</textarea>" in page
    assert 'data-do="submit"' in page
    assert f'href="/entries/{entry.pk}/"' in page
    assert 'data-do="take_back"' not in page


def test_a_submitted_cell_may_be_taken_back_until_somebody_has_looked(
    world: World, client: Client
) -> None:
    entry = world.entry("dongshan", "income")
    save(world, "hejian_reporter", entry, value=5)
    submit(world, "hejian_reporter", world.entry("dongshan", "income"))
    page = shown(drawer(client, entry))
    assert 'data-do="take_back"' in page
    assert "<textarea" not in page
    world.users["linzhou_reviewer"].looks.create(entry=entry, version=3)
    assert 'data-do="take_back"' not in shown(drawer(client, entry))


def test_a_returned_cell_shows_each_mark_and_opens_the_marked_text_alone(
    world: World, client: Client
) -> None:
    entry = submitted(world)
    mark = actions.Mark(entry.pk, "problems", ReturnReason.objects.get(code="other"), "写明原因")
    actions.return_(seen(entry), author(world, "hejian_reviewer"), "", [mark])
    page = shown(drawer(client, entry))
    assert "<b>Problems</b> · Other · 写明原因" in page
    assert 'name="problems"' in page
    assert 'name="narrative"' not in page


def test_cells_of_others_are_not_found(world: World, signed_in: SignIn) -> None:
    entry = world.entry("dongshan", "income")
    assert drawer(signed_in("xishan_reporter"), entry).status_code == 404
    assert drawer(signed_in("linqi_reporter"), entry).status_code == 404
    assert drawer(signed_in("linzhou_reviewer"), entry).status_code == 403


def test_the_due_date_moves_where_the_whole_township_is_extended(
    world: World, client: Client
) -> None:
    until, by = datetime.date(2026, 10, 20), author(world, "city_manager")
    deadlines.extend(world.units["dongshan"], world.periods[3], until, "搬迁", by)
    assert client.get(GRID).context["window"].due == world.periods[3].due
    deadlines.extend(world.units["hejian"], world.periods[3], until, "搬迁", by)
    assert client.get(GRID).context["window"].due == until


def test_a_locked_quarter_offers_no_work(world: World, client: Client) -> None:
    save(world, "hejian_reporter", world.entry("dongshan", "income"), value=60)
    assert grid_of(client).to_submit == 1
    assert 'data-do="confirm"' in shown(client.get(GRID))
    Period.objects.filter(quarter=3).update(
        opens="2026-09-01", due="2026-09-20", locks="2026-10-01"
    )
    page = client.get(GRID)
    assert page.context["grid"].to_submit == 0
    assert not any(f'data-do="{do}"' in shown(page) for do in ("confirm", "submit", "take_back"))
