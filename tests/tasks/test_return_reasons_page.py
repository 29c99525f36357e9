"""Why lines come back: which task, which reason, of how many handed in."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tasks import actions
from tests.tasks.pages import at, english, shown
from tests.tasks.reviews import TOWNSHIP, answered, mark, meeting, returned_with
from tests.tasks.verbs import author, seen, submitted
from tests.world import World

SignIn = Callable[[str], Client]
PAGE = at("tasks:return_reasons", "hejian")
Row = tuple[int, int, dict[str, int]]


@pytest.fixture
def client(signed_in: SignIn) -> Client:
    return english(signed_in("hejian_reporter"))


def rows(client: Client, address: str = PAGE) -> dict[int, Row]:
    """By number of the task, in the order of the page: returned, handed in, by reason."""
    table = client.get(address).context["table"]
    return {
        row.task.number: (
            row.returned, row.handed_in,
            {reason.code: count for reason, count in row.by_reason if count},
        )
        for row in table.rows
    }  # fmt: skip


def test_lines_are_counted_by_task_and_reason_those_returned_most_first(
    world: World, client: Client
) -> None:
    meeting(world)
    answered(world)
    other = submitted(world, "xishan", "income", "xishan_reporter")
    returned_with(
        world, TOWNSHIP, other, mark(other, "value"), mark(other, "evidence", "no_evidence")
    )
    assert list(rows(client).items()) == [
        (1, (2, 2, {"wrong_figure": 2, "no_evidence": 1})),
        (2, (0, 1, {})),
    ]


def test_a_line_returned_twice_for_one_reason_counts_once(world: World, client: Client) -> None:
    again = answered(world)
    returned_with(world, TOWNSHIP, again, mark(again, "value"), mark(again, "problems"))
    assert rows(client) == {1: (1, 1, {"wrong_figure": 1})}


def test_a_return_that_was_taken_back_does_not_count(world: World, client: Client) -> None:
    entry, act = submitted(world), uuid4()
    by = author(world, TOWNSHIP)
    actions.return_(seen(entry), by, "", [mark(entry)], act=act)
    assert rows(client) == {1: (1, 1, {"wrong_figure": 1})}
    actions.undo(act, by)
    assert rows(client) == {1: (0, 1, {})}
    assert client.get(at("tasks:entries", "hejian"), {"returned": "any"}).context["page"][:] == []


def test_each_number_opens_its_lines(world: World, client: Client) -> None:
    entry = answered(world)
    meeting(world)
    page = shown(client.get(PAGE))
    task = world.tasks["income"].pk
    for reason in ("any", "wrong_figure"):
        link = f"{at('tasks:entries', 'hejian')}?task={task}&amp;returned={reason}"
        assert link in page
        assert list(client.get(link.replace("&amp;", "&")).context["page"]) == [entry]
    none = client.get(at("tasks:entries", "hejian"), {"returned": "no_evidence"})
    assert list(none.context["page"]) == []


def test_the_whole_year_is_counted_on_demand_without_links_to_one_quarter(
    world: World, client: Client
) -> None:
    answered(world)
    fourth = at("tasks:return_reasons", "hejian", 4)
    assert rows(client, fourth) == {}
    assert rows(client, f"{fourth}?span=year") == {1: (1, 1, {"wrong_figure": 1})}
    assert "returned=" not in shown(client.get(f"{fourth}?span=year"))


def test_a_village_sees_its_own_lines_alone(world: World, signed_in: SignIn) -> None:
    answered(world)
    client = signed_in("dongshan_reporter")
    assert rows(client, at("tasks:return_reasons", "dongshan"))[1][:2] == (1, 1)
    assert client.get(PAGE).status_code == 404
    other = signed_in("xishan_reporter")
    assert rows(other, at("tasks:return_reasons", "xishan")) == {}


def test_another_countys_returns_do_not_count(world: World, signed_in: SignIn) -> None:
    answered(world)
    huaxian = signed_in("huaxian_reviewer")
    assert rows(huaxian, at("tasks:return_reasons", "huaxian")) == {}
    city = signed_in("city_viewer")
    assert rows(city, at("tasks:return_reasons", "city"))[1][:2] == (1, 1)


def test_a_village_that_moved_shows_its_new_county_nothing_of_before(
    world: World, signed_in: SignIn
) -> None:
    answered(world)
    dongshan = world.units["dongshan"]
    dongshan.parent = world.units["baidaokou"]
    dongshan.place()
    page = at("tasks:return_reasons", "dongshan")
    assert rows(signed_in("huaxian_reviewer"), page) == {}
    assert rows(signed_in("city_viewer"), page)[1][:2] == (1, 1)


def test_the_page_costs_as_many_queries_for_more_tasks_and_reasons(
    world: World, client: Client
) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(PAGE).status_code == 200
        return len(captured)

    answered(world)
    client.get("/ledgers/")
    before = cost()
    entry = meeting(world)
    returned_with(world, TOWNSHIP, entry, mark(entry, "value", "no_evidence"))
    assert cost() == before <= 10
