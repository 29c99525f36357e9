import datetime

import pytest
from django.core.exceptions import ValidationError

from accounts.models import User
from tests.refusals import refused_by
from tests.villages.naming import short_names
from tests.world import UNITS, World
from villages.models import Division, Level


def fresh(world: World, name: str) -> Division:
    return Division.objects.select_related("parent").get(pk=world.units[name].pk)


def new(world: World, code: str, name: str, level: str, parent: str | None) -> Division:
    above = world.units[parent] if parent else None
    return Division(code=code, name=name, level=level, kind="village", parent=above, path=code)


def test_a_path_names_the_managing_units_from_the_city_down(world: World) -> None:
    dongshan = world.units["dongshan"]
    line = [world.units[name].pk for name in ("city", "linzhou", "hejian")]
    assert dongshan.path == "".join(f"{pk}/" for pk in [*line, dongshan.pk])
    assert dongshan.ancestor_ids == line
    assert fresh(world, "city").ancestor_ids == []


def test_within_is_the_unit_itself_and_everything_it_manages(world: World) -> None:
    found = short_names(Division.objects.within(world.units["hejian"]))
    assert found == {"hejian", "dongshan", "xishan", "nanping"}
    assert short_names(Division.objects.within(world.units["dongshan"])) == {"dongshan"}
    assert Division.objects.within(world.units["city"]).count() == len(UNITS)


def test_a_township_whose_code_begins_like_a_neighbours_belongs_to_its_manager(
    world: World,
) -> None:
    linzhou = short_names(Division.objects.within(world.units["linzhou"]))
    huaxian = short_names(Division.objects.within(world.units["huaxian"]))
    assert not linzhou & {"feidi", "feilai"}
    assert {"feidi", "feilai"} <= huaxian


def test_a_unit_whose_id_begins_with_anothers_id_is_not_within_it(world: World) -> None:
    hejian = world.units["hejian"]
    Division.objects.filter(pk=world.units["beiping"].pk).update(path=f"{hejian.path[:-1]}0/7/")
    assert "beiping" not in short_names(Division.objects.within(hejian))


def test_managing_is_being_above_or_the_same(world: World) -> None:
    units = world.units
    assert units["linzhou"].manages(units["dongshan"])
    assert units["linzhou"].manages(units["linzhou"])
    assert not units["dongshan"].manages(units["linzhou"])
    assert not units["linzhou"].manages(units["feidi"])


def test_a_unit_exists_from_its_first_day_until_the_day_before_its_end(world: World) -> None:
    Division.objects.filter(pk=world.units["nanping"].pk).update(
        valid_from=datetime.date(2020, 1, 1), valid_to=datetime.date(2022, 10, 31)
    )
    days = ["2019-12-31", "2020-01-01", "2022-10-30", "2022-10-31"]
    existed = [
        Division.objects.at(datetime.date.fromisoformat(day)).filter(name="南平村民委员会").exists()
        for day in days
    ]
    assert existed == [False, True, True, False]
    assert Division.objects.at(datetime.date(1990, 1, 1)).count() == len(UNITS) - 1


@pytest.mark.parametrize(
    ("who", "seen"),
    [
        ("dongshan_reporter", {"dongshan"}),
        ("hejian_reporter", {"hejian", "dongshan", "xishan", "nanping"}),
        ("baidaokou_reporter", {"baidaokou", "shiqiao"}),
        ("huaxian_reviewer", {"huaxian", "baidaokou", "feidi", "shiqiao", "feilai"}),
        ("city_viewer", set(UNITS)),
    ],
)
def test_people_see_their_unit_and_what_is_below(world: World, who: str, seen: set[str]) -> None:
    assert short_names(Division.objects.visible_to(world.users[who])) == seen


def test_without_a_unit_only_the_administrator_sees_anything(world: World) -> None:
    nobody = User.objects.create_user("nobody", name="x")
    root = User.objects.create_superuser("root", name="x")
    assert not Division.objects.visible_to(nobody).exists()
    assert Division.objects.visible_to(root).count() == len(UNITS)


def test_placing_a_township_elsewhere_moves_its_villages_along(world: World) -> None:
    hejian = fresh(world, "hejian")
    hejian.parent = fresh(world, "huaxian")
    hejian.place()

    moved = {"hejian", "dongshan", "xishan", "nanping"}
    assert moved <= short_names(Division.objects.within(world.units["huaxian"]))
    assert not moved & short_names(Division.objects.within(world.units["linzhou"]))
    assert fresh(world, "dongshan").path == f"{hejian.path}{world.units['dongshan'].pk}/"
    assert fresh(world, "dongshan_linqi").path == world.units["dongshan_linqi"].path


def test_placing_a_new_unit_gives_it_a_path_and_a_spelling(world: World) -> None:
    village = new(world, "410581101204", "新庄村民委员会", Level.VILLAGE, "hejian")
    village.place()
    village.refresh_from_db()
    assert village.path == f"{world.units['hejian'].path}{village.pk}/"
    assert " xzc" in village.pinyin


def test_a_renamed_unit_is_found_by_its_new_name_and_stays_where_it_is(world: World) -> None:
    hejian = fresh(world, "hejian")
    hejian.name = "新合镇"
    hejian.place()
    assert short_names(Division.objects.search("xhz")) == {"hejian"}
    assert not Division.objects.search("hjz").exists()
    assert fresh(world, "hejian").path == world.units["hejian"].path


def test_the_managing_unit_is_one_level_above(world: World) -> None:
    good = new(world, "410581101204", "新庄村", Level.VILLAGE, "hejian")
    good.clean()
    for parent in ("linzhou", "city", "dongshan"):
        bad = new(world, "410581101204", "新庄村", Level.VILLAGE, parent)
        with pytest.raises(ValidationError) as said:
            bad.clean()
        assert set(said.value.message_dict) == {"parent"}


def test_the_city_has_nobody_above_it(world: World) -> None:
    city = fresh(world, "city")
    city.clean()
    city.parent = world.units["linzhou"]
    with pytest.raises(ValidationError):
        city.clean()


def test_a_unit_cannot_be_managed_from_below_itself(world: World) -> None:
    linzhou = fresh(world, "linzhou")
    linzhou.level, linzhou.parent = Level.VILLAGE, world.units["hejian"]
    with pytest.raises(ValidationError) as said:
        linzhou.clean()
    assert set(said.value.message_dict) == {"parent"}


def test_cleaning_reads_the_kind_from_the_name_and_trims_it(world: World) -> None:
    village = new(world, "410581101204", " 新庄村 ", Level.VILLAGE, "hejian")
    village.kind = ""
    village.clean()
    assert (village.name, village.kind) == ("新庄村", "village")


@pytest.mark.parametrize("code", ["41058110120", "4105811012O4", "41058110120\n"])
def test_a_code_is_twelve_digits(world: World, code: str) -> None:
    with pytest.raises(ValidationError) as said:
        new(world, code, "新庄村", Level.VILLAGE, "hejian").full_clean(exclude=["path"])
    assert "code" in said.value.message_dict


def test_a_code_is_used_once(world: World) -> None:
    twice = new(world, UNITS["dongshan"], "新庄村", Level.VILLAGE, "hejian")
    with pytest.raises(ValidationError) as said:
        twice.full_clean(exclude=["path"])
    message = Division._meta.get_field("code").error_messages["unique"]
    assert said.value.message_dict["code"] == [str(message)]


def test_the_database_refuses_a_short_code(world: World) -> None:
    bad = new(world, "4105", "新庄村", Level.VILLAGE, "hejian")
    refused_by("division_code_has_12_characters", bad)


@pytest.mark.parametrize(("level", "parent"), [(Level.VILLAGE, None), (Level.CITY, "linzhou")])
def test_the_database_knows_that_only_the_city_has_no_parent(
    world: World, level: str, parent: str | None
) -> None:
    bad = new(world, "410581101204", "新庄村", level, parent)
    refused_by("division_only_the_city_has_no_parent", bad)


def test_the_database_refuses_a_unit_that_ends_before_it_begins(world: World) -> None:
    village = new(world, "410581101204", "新庄村", Level.VILLAGE, "hejian")
    village.valid_from = village.valid_to = datetime.date(2022, 1, 1)
    refused_by("division_ends_after_it_begins", village)
    village.valid_to = datetime.date(2022, 1, 2)
    village.validate_constraints()
    village.save()


def test_levels_know_what_is_above_and_below() -> None:
    assert [level.above for level in Level] == [None, "city", "county", "township"]
    assert [level.below for level in Level] == ["county", "township", "village", None]
