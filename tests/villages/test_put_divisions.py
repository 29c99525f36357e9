import dataclasses

from tests.world import LINES, UNITS, World
from villages.actions import DivisionLine, put_divisions
from villages.models import Division


def line_of(world: World, name: str) -> DivisionLine:
    return DivisionLine.of(Division.objects.select_related("parent").get(code=UNITS[name]))


def paths() -> dict[str, str]:
    return dict(Division.objects.values_list("code", "path"))


def test_a_list_in_any_order_makes_the_tree(world: World) -> None:
    expected = {code: parent for code, _, _, parent in LINES}
    stored = Division.objects.values_list("code", "parent__code")
    assert {code: parent or "" for code, parent in stored} == expected


def test_units_below_may_stand_before_their_parents_in_the_list(world: World) -> None:
    put_divisions(
        [
            DivisionLine("410581103201", "新庄村民委员会", "village", "410581103000"),
            DivisionLine("410581103000", "新镇", "township", UNITS["linzhou"]),
        ]
    )
    village = Division.objects.select_related("parent").get(code="410581103201")
    assert village.parent is not None
    assert village.path == f"{village.parent.path}{village.pk}/"
    assert (village.kind, village.parent.kind) == ("village", "town")


def test_putting_the_same_list_again_changes_nothing(world: World) -> None:
    before = list(Division.objects.values())
    put_divisions([DivisionLine(*line) for line in LINES])
    assert list(Division.objects.values()) == before


def test_a_known_code_is_updated_and_the_others_stay(world: World) -> None:
    renamed = dataclasses.replace(line_of(world, "dongshan"), name="东岭村民委员会")
    put_divisions([renamed])
    dongshan = Division.objects.get(code=UNITS["dongshan"])
    assert dongshan.pk == world.units["dongshan"].pk
    assert (dongshan.name, dongshan.path) == ("东岭村民委员会", world.units["dongshan"].path)
    assert " dlc" in dongshan.pinyin
    assert Division.objects.count() == len(LINES)


def test_a_township_that_moves_takes_its_villages_along(world: World) -> None:
    before = paths()
    put_divisions([dataclasses.replace(line_of(world, "hejian"), parent_code=UNITS["huaxian"])])
    after = paths()
    huaxian = world.units["huaxian"]
    moved = {UNITS[name] for name in ("hejian", "dongshan", "xishan", "nanping")}
    assert {code for code in after if after[code] != before[code]} == moved
    assert all(after[code].startswith(huaxian.path) for code in moved)
    assert after[UNITS["dongshan"]].startswith(after[UNITS["hejian"]])


def test_a_line_may_name_a_kind_that_the_name_does_not_tell(world: World) -> None:
    put_divisions([dataclasses.replace(line_of(world, "guiyuan"), kind="township_like")])
    assert Division.objects.get(code=UNITS["guiyuan"]).kind == "township_like"
