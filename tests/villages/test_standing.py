"""The tree as it stood on a day is the tree as it is, with what happened since undone."""

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.villages.tree_walk import START, TreeWalk
from tests.world import World
from villages import actions
from villages.models import Division, DivisionChange
from villages.standing import Tree

JUNE, JULY = datetime.date(2026, 6, 30), datetime.date(2026, 7, 1)


def fresh(world: World, unit: str) -> Division:
    return Division.objects.select_related("parent").get(pk=world.units[unit].pk)


@pytest.mark.parametrize("seed", range(12))
def test_every_day_of_a_random_walk_is_found_again(world: World, seed: int) -> None:
    walk = TreeWalk(world, seed)
    walk.walk(12)
    for day, snapshot, _last in walk.history:
        units = Tree.on(day).units
        assert {pk: unit.parent_id for pk, unit in units.items()} == snapshot.parents
        assert {pk: unit.name for pk, unit in units.items()} == snapshot.names
    today = Tree.today().units
    assert {pk: unit.parent_id for pk, unit in today.items()} == walk.model.parents


def test_a_village_that_moved_and_was_renamed_stands_where_it_stood(world: World) -> None:
    village = fresh(world, "dongshan")
    village.parent, village.name = world.units["linqi"], "东岭村民委员会"
    village.place(JULY)
    before, after = Tree.on(JUNE), Tree.on(JULY)
    assert before.units[village.pk].parent_id == before.parent_of(village)
    assert before.parent_of(village) == world.units["hejian"].pk
    assert before.name_of(village) == "东山村民委员会"
    assert (after.parent_of(village), after.name_of(village)) == (
        world.units["linqi"].pk,
        "东岭村民委员会",
    )
    assert after == Tree(JULY)


def test_two_changes_of_one_unit_are_undone_one_after_the_other(world: World) -> None:
    for day, name in ((START, "一村"), (JUNE, "二村"), (JUNE, "三村")):
        village = fresh(world, "dongshan")
        village.name = name
        village.place(day)
    names = [Tree.on(day).name_of(village) for day in (datetime.date(2020, 1, 1), START, JUNE)]
    assert names == ["东山村民委员会", "一村", "三村"]


def test_a_merged_unit_is_there_until_the_day_before(world: World) -> None:
    actions.merge([world.units["dongshan"]], world.units["xishan"], JULY)
    assert world.units["dongshan"].pk in Tree.on(JUNE).units
    assert world.units["dongshan"].pk not in Tree.on(JULY).units
    assert world.units["xishan"].pk in Tree.on(JULY).units


def test_a_day_after_the_last_change_costs_one_query_and_another_two(world: World) -> None:
    with CaptureQueriesContext(connection) as asked:
        assert Tree.on(JULY) == Tree(JULY)
    assert len(asked) == 1
    village = fresh(world, "dongshan")
    village.parent = world.units["linqi"]
    village.place(JULY)
    with CaptureQueriesContext(connection) as asked:
        assert Tree.on(JUNE).units[village.pk].parent_id == world.units["hejian"].pk
    assert len(asked) == 2


def test_a_change_that_does_not_say_what_was_before_undoes_nothing(world: World) -> None:
    dongshan = world.units["dongshan"]
    for kind in ("rename", "transfer"):
        DivisionChange.objects.create(kind=kind, on=JULY, source=dongshan, target=dongshan)
    assert Tree.on(JUNE) == Tree(JUNE)
