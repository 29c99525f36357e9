"""What waits unit by unit: all townships for the city, villages for a township."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tasks.models import Entry, EntrySummary
from tests.dashboard.growth import grow
from tests.tasks.pages import at, english, shown
from tests.tasks.reviews import answered, meeting, unusual
from tests.tasks.verbs import accept, moment, save, submit, submitted
from tests.world import World

SignIn = Callable[[str], Client]


def rows(client: Client, unit: str) -> dict[str, tuple[int, int, int, int, int | None]]:
    groups = client.get(at("tasks:review_units", unit)).context["groups"]
    return {
        row.division.short_name: (
            row.counts["waiting"], row.counts["answers"], row.counts["exceptions"],
            row.counts["late"], row.days,
        )
        for group in groups for row in group.rows
    }  # fmt: skip


def test_a_township_sees_its_villages_with_what_waits_in_each(
    world: World, signed_in: SignIn
) -> None:
    unusual(meeting(world))
    answered(world)
    Entry.objects.filter(pk=world.entry("dongshan", "income").pk).update(
        submitted_at=moment(9, 28), decided_at=moment(9, 27)
    )
    client = english(signed_in("hejian_reviewer"))
    assert rows(client, "hejian") == {
        "合涧镇": (0, 0, 0, 0, None),
        "东山村": (2, 1, 1, 0, 4),
        "西山村": (0, 0, 0, 0, None),
        "南平村": (0, 0, 0, 0, None),
    }
    page = shown(client.get(at("tasks:review_units", "hejian")))
    assert at("tasks:review", "dongshan") in page
    assert at("tasks:review", "hejian") in page
    assert at("tasks:review_units", "hejian") in shown(client.get(at("tasks:review", "hejian")))


def test_a_county_counts_what_reached_it_since_the_level_below_let_it_pass(
    world: World, signed_in: SignIn
) -> None:
    entry = submitted(world)
    accept(world, "hejian_reviewer", entry, at=moment(10, 1))
    meeting(world)
    Entry.objects.filter(pk=entry.pk).update(submitted_at=moment(9, 22))
    county = rows(signed_in("linzhou_reviewer"), "linzhou")
    assert county["合涧镇"] == (1, 0, 0, 0, 1)
    assert county["临淇镇"] == (0, 0, 0, 0, None)


def test_the_city_sees_all_townships_that_owe_county_by_county(
    world: World, signed_in: SignIn
) -> None:
    late = moment(10, 8)
    save(world, "hejian_reporter", world.entry("hejian", "reserve"), value=1, at=late)
    submit(world, "hejian_reporter", world.entry("hejian", "reserve"), at=late)
    accept(world, "linzhou_reviewer", world.entry("hejian", "reserve"))
    client = signed_in("city_manager")
    groups = client.get(at("tasks:review_units", "city")).context["groups"]
    owing = EntrySummary.objects.filter(period=world.periods[3]).values("township").distinct()
    assert sum(len(group.rows) for group in groups) == owing.count() == 5
    assert {group.above.short_name for group in groups} == {"林州市", "滑县"}
    assert rows(client, "city")["合涧镇"][:4] == (1, 0, 1, 1)
    assert [group.figures for group in groups if group.above.short_name == "林州市"] == [
        [1, 0, 1, 1]
    ]


@pytest.mark.parametrize(
    ("who", "unit", "status"),
    [
        ("hejian_reviewer", "hejian", 200),
        ("hejian_reviewer", "dongshan", 200),
        ("hejian_reviewer", "linqi", 404),
        ("linzhou_viewer", "linzhou", 403),
        ("hejian_reporter", "hejian", 403),
    ],
)
def test_only_reviewers_see_what_waits_below_them(
    signed_in: SignIn, who: str, unit: str, status: int
) -> None:
    assert signed_in(who).get(at("tasks:review_units", unit)).status_code == status


@pytest.mark.parametrize("unit", ["city", "linzhou", "hejian"])
def test_the_list_costs_as_many_queries_for_more_units(
    world: World, signed_in: SignIn, unit: str
) -> None:
    client = signed_in("city_manager")
    client.get("/ledgers/")

    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(at("tasks:review_units", unit)).status_code == 200
        return len(captured)

    grow(world, 1, 2)
    before = cost()
    grow(world, 11, 6)
    assert cost() == before <= 8


def test_the_levels_above_see_at_which_desk_the_rest_still_lies(
    world: World, signed_in: SignIn
) -> None:
    accept(world, "hejian_reviewer", submitted(world))
    submitted(world, "xishan", "income", "xishan_reporter")

    def below(who: str, unit: str) -> dict[str, list[int]]:
        page = signed_in(who).get(at("tasks:review_units", unit))
        return {
            row.division.short_name: counts
            for group in page.context["groups"]
            for row, counts in group.lines
        }

    assert below("city_manager", "city")["合涧镇"] == [1, 1]
    assert below("linzhou_reviewer", "linzhou")["合涧镇"] == [1]
    assert below("hejian_reviewer", "hejian")["西山村"] == []
    page = shown(english(signed_in("city_manager")).get(at("tasks:review_units", "city")))
    assert "Still at the County" in page
