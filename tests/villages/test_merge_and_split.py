"""Units merge and split on a day; what they manage goes along; the last change is taken back."""

import datetime
from collections.abc import Iterator

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from tests.villages.naming import short_names
from tests.world import World
from villages.actions import merge, split, take_back
from villages.models import Division, DivisionChange

JULY = datetime.date(2026, 7, 1)


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def fresh(world: World, unit: str) -> Division:
    return Division.objects.select_related("parent").get(pk=world.units[unit].pk)


def everything() -> list[tuple[object, ...]]:
    fields = ("code", "name", "parent", "path", "valid_from", "valid_to")
    return list(Division.objects.order_by("pk").values_list(*fields))


def test_merged_villages_end_and_the_rows_say_into_what(world: World) -> None:
    units = world.units
    rows = merge([units["dongshan"], units["nanping"]], units["xishan"], JULY, "林政〔2026〕8号")
    assert {(r.kind, r.on, r.source_id, r.target_id, r.note) for r in rows} == {
        ("merge", JULY, units[name].pk, units["xishan"].pk, "林政〔2026〕8号")
        for name in ("dongshan", "nanping")
    }
    assert fresh(world, "dongshan").valid_to == JULY
    assert fresh(world, "xishan").valid_to is None


def test_the_villages_of_a_merged_township_go_to_the_one_that_goes_on(world: World) -> None:
    Division.objects.filter(pk=world.units["nanping"].pk).update(valid_to="2026-01-01")
    merge([world.units["hejian"]], world.units["linqi"], JULY)
    within = short_names(Division.objects.within(fresh(world, "linqi")))
    assert within == {"linqi", "dongshan", "xishan", "dongshan_linqi", "beiping"}
    assert fresh(world, "nanping").parent == world.units["hejian"]
    moved = DivisionChange.objects.filter(kind="transfer", on=JULY)
    assert {(change.source_id, change.old_parent_id) for change in moved} == {
        (world.units[name].pk, world.units["hejian"].pk) for name in ("dongshan", "xishan")
    }


def test_a_split_village_ends_unless_it_goes_on(world: World) -> None:
    split(world.units["dongshan"], [world.units["xishan"], world.units["nanping"]], JULY)
    assert fresh(world, "dongshan").valid_to == JULY
    split(world.units["beiping"], [world.units["dongshan_linqi"]], JULY, goes_on=True)
    assert fresh(world, "beiping").valid_to is None
    assert DivisionChange.objects.filter(kind="split").count() == 3


def test_a_split_township_first_hands_over_its_villages(world: World) -> None:
    with pytest.raises(ValidationError, match="合涧镇 still manages 东山村、西山村、南平村"):
        split(world.units["hejian"], [world.units["linqi"]], JULY)
    assert not DivisionChange.objects.exists()
    for name in ("dongshan", "xishan", "nanping"):
        village = fresh(world, name)
        village.parent = world.units["linqi"]
        village.place(JULY)
    split(world.units["hejian"], [world.units["linqi"]], JULY)
    assert fresh(world, "hejian").valid_to == JULY


@pytest.mark.parametrize(
    ("sources", "target", "said"),
    [
        (["dongshan"], "dongshan", "two different divisions"),
        (["dongshan"], "hejian", "same level"),
        (["city"], "city", "two different"),
        ([], "dongshan", "Name the units"),
        (["dongshan", "xishan"], "beiping", "西山村委会 ends on March 1, 2026 already"),
        (["beiping"], "xishan", "西山村委会 ends on March 1, 2026 already"),
        (["nanping"], "beiping", "南平村民委员会 came only on July 1, 2026"),
        (["beiping"], "feilai", "飞来村民委员会 came only on Aug. 1, 2026"),
    ],
)
def test_what_cannot_be_merged_is_refused_in_words(
    world: World, sources: list[str], target: str, said: str
) -> None:
    units = Division.objects.filter
    units(pk=world.units["xishan"].pk).update(valid_to="2026-03-01")
    units(pk=world.units["nanping"].pk).update(valid_from=JULY)
    units(pk=world.units["feilai"].pk).update(valid_from="2026-08-01")
    before = everything()
    with pytest.raises(ValidationError, match=said):
        merge([world.units[name] for name in sources], world.units[target], JULY)
    assert everything() == before


def test_a_unit_that_came_that_day_may_be_what_goes_on(world: World) -> None:
    Division.objects.filter(pk=world.units["nanping"].pk).update(valid_from=JULY)
    merge([world.units["dongshan"]], world.units["nanping"], JULY)
    assert fresh(world, "dongshan").valid_to == JULY


@pytest.mark.parametrize(
    ("day", "said"), [("2026-10-03", "yet to come"), ("2026-06-30", "already")]
)
def test_a_merge_is_neither_ahead_of_today_nor_before_the_last_change(
    world: World, day: str, said: str
) -> None:
    village = fresh(world, "dongshan")
    village.name = "东岗村民委员会"
    village.place(JULY)
    with pytest.raises(ValidationError, match=said):
        merge([village], world.units["xishan"], datetime.date.fromisoformat(day))
    merge([village], world.units["xishan"], JULY)


def test_a_merge_that_is_taken_back_leaves_nothing_behind(world: World) -> None:
    before = everything()
    (row,) = merge([world.units["hejian"]], world.units["linqi"], JULY)
    take_back(row)
    assert everything() == before
    assert not DivisionChange.objects.exists()


def test_a_rename_a_transfer_and_a_split_are_taken_back_the_last_first(world: World) -> None:
    before = everything()
    village = fresh(world, "dongshan")
    village.name, village.parent = "东岗村民委员会", world.units["linqi"]
    village.place(JULY)
    split(village, [world.units["xishan"], world.units["nanping"]], JULY)
    rows = list(DivisionChange.objects.order_by("-pk"))
    assert len(rows) == 4
    with pytest.raises(ValidationError, match="changed again since"):
        take_back(rows[-1])
    take_back(rows[0])
    assert fresh(world, "dongshan").valid_to == JULY
    for row in rows[1:]:
        take_back(row)
    assert everything() == before


def test_a_merge_is_not_taken_back_when_a_village_that_came_by_it_went_on(world: World) -> None:
    (row,) = merge([world.units["hejian"]], world.units["linqi"], JULY)
    village = fresh(world, "dongshan")
    village.name = "东岗村民委员会"
    village.place()
    before = everything()
    with pytest.raises(ValidationError, match="东岗村民委员会 changed again since"):
        take_back(row)
    assert everything() == before


def test_a_transfer_is_not_taken_back_under_a_unit_that_has_ended(world: World) -> None:
    village = fresh(world, "dongshan")
    village.parent = world.units["linqi"]
    village.place(JULY)
    row = DivisionChange.objects.get()
    (merged,) = merge([world.units["hejian"]], world.units["linqi"], JULY)
    before = everything()
    said = "合涧镇, which would manage 东山村民委员会 again, has ended"
    with pytest.raises(ValidationError, match=said):
        take_back(row)
    assert everything() == before
    take_back(merged)
    take_back(row)
    assert fresh(world, "dongshan").parent == world.units["hejian"]


def test_a_merge_into_what_has_ended_since_is_taken_back_after_its_end(world: World) -> None:
    start = everything()
    (first,) = merge([world.units["hejian"]], world.units["linqi"], JULY)
    (second,) = merge([world.units["linqi"]], world.units["guiyuan"], JULY)
    before = everything()
    with pytest.raises(ValidationError, match="临淇镇 has ended since; take that back first"):
        take_back(first)
    assert everything() == before
    take_back(second)
    take_back(first)
    assert everything() == start


def test_a_merge_is_not_taken_back_when_a_village_that_went_along_moved_on(world: World) -> None:
    (row,) = merge([world.units["hejian"]], world.units["linqi"], JULY)
    village = fresh(world, "dongshan")
    village.parent = world.units["guiyuan"]
    village.place()
    before = everything()
    said = "东山村民委员会 went along and is no longer managed by 临淇镇"
    with pytest.raises(ValidationError, match=said):
        take_back(row)
    assert everything() == before
