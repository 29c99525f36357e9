"""An import of divisions that was applied goes back to what stood before, or not at all."""

from collections.abc import Iterator

import pytest
from django.utils import translation

from spreadsheets import actions
from spreadsheets.errors import Refused, Stale
from spreadsheets.models import Batch
from tests.villages.test_sheets import apply
from tests.world import World
from villages.models import Division, VillageProfile
from villages.sheets import DivisionSheet

TOWN: list[object] = ["410581103000", "新合镇", "乡", "410581000000"]
VILLAGE: list[object] = ["410581103201", "新村村民委员会", "村", "410581103000"]
MOVED: list[object] = ["410581101201", "东岗村民委员会", "村", "410581103000"]


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def applied(world: World) -> Batch:
    """A new township with a new village, and 东山村 renamed and moved there."""
    return apply(world, "linzhou_manager", TOWN, VILLAGE, MOVED)


def undo(world: World, batch: Batch) -> Batch:
    return actions.undo(DivisionSheet, batch.pk, world.users["linzhou_manager"])


def everything() -> list[tuple[object, ...]]:
    fields = ("code", "name", "level", "kind", "parent", "path", "pinyin", "valid_from")
    return list(Division.objects.order_by("pk").values_list(*fields))


def test_undoing_brings_back_names_places_and_paths(world: World) -> None:
    before = everything()
    batch = apply(world, "linzhou_manager", TOWN, VILLAGE, MOVED)
    assert Division.objects.filter(code="410581101201", parent__code="410581103000").exists()
    assert undo(world, batch).state == Batch.State.UNDONE
    assert everything() == before


def test_a_unit_that_was_changed_since_stays_and_is_named(applied: Batch, world: World) -> None:
    Division.objects.filter(code="410581101201").update(name="后改村")
    after = everything()
    with pytest.raises(Stale) as stale:
        undo(world, applied)
    assert "东岗村民委员会" in stale.value.reasons[0]
    assert "后改村" in stale.value.reasons[0]
    assert everything() == after


def test_a_new_unit_that_something_refers_to_stays_and_is_named(
    applied: Batch, world: World
) -> None:
    VillageProfile.objects.create(division=Division.objects.get(code="410581103201"))
    after = everything()
    with pytest.raises(Stale, match="新村村民委员会") as stale:
        undo(world, applied)
    assert len(stale.value.reasons) == 1
    assert everything() == after


def test_a_new_township_below_which_something_was_hung_stays(applied: Batch, world: World) -> None:
    apply(world, "linzhou_manager", ["410581103202", "后村村民委员会", "村", "410581103000"])
    with pytest.raises(Stale, match="新合镇"):
        undo(world, applied)
    assert Division.objects.filter(code="410581103000").exists()


def test_a_unit_does_not_go_back_below_one_that_is_no_township_any_more(world: World) -> None:
    away: list[object] = ["410581101203", "南平村民委员会", "村", "410581102000"]
    batch = apply(world, "linzhou_manager", away)
    Division.objects.filter(code="410581101000").update(level="county")
    with pytest.raises(Stale, match=r"南平村民委员会.*one level above"):
        undo(world, batch)


def test_who_has_moved_away_undoes_nothing(applied: Batch, world: World) -> None:
    user = world.users["linzhou_manager"]
    user.division = world.units["huaxian"]
    user.save()
    with pytest.raises(Refused, match="outside your division"):
        undo(world, applied)
    assert Division.objects.filter(code="410581103000").exists()


def test_a_preview_speaks_in_the_words_of_the_columns(applied: Batch, world: World) -> None:
    row = applied.rows.get(key="410581103000")
    shown = DivisionSheet(world.users["linzhou_manager"]).display(row.after)
    assert (shown["名称"], shown["级别"], shown["上级代码"]) == ("新合镇", "乡", "410581000000")
