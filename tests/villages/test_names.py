import csv
from pathlib import Path

import pytest

from tests.villages.naming import short_names
from tests.world import World
from villages.models import Division, Kind, Level
from villages.pinyin import LOCAL_READINGS, LONGEST, search_key


@pytest.mark.parametrize(
    ("name", "level", "kind"),
    [
        ("安阳市", Level.CITY, Kind.CITY),
        ("滑县", Level.COUNTY, Kind.COUNTY),
        ("林州市", Level.COUNTY, Kind.COUNTY_CITY),
        ("文峰区", Level.COUNTY, Kind.DISTRICT),
        ("安阳高新技术产业开发区", Level.COUNTY, Kind.ZONE),
        ("城乡一体化示范区", Level.COUNTY, Kind.ZONE),
        ("合涧镇", Level.TOWNSHIP, Kind.TOWN),
        ("飞地乡", Level.TOWNSHIP, Kind.TOWNSHIP),
        ("桂园街道", Level.TOWNSHIP, Kind.STREET),
        ("桂园街道办事处", Level.TOWNSHIP, Kind.STREET),
        ("红旗渠经济技术开发区", Level.TOWNSHIP, Kind.TOWNSHIP_LIKE),
        ("东山村民委员会", Level.VILLAGE, Kind.VILLAGE),
        ("西山村委会", Level.VILLAGE, Kind.VILLAGE),
        ("西山村", Level.VILLAGE, Kind.VILLAGE),
        ("桂园社区居委会", Level.VILLAGE, Kind.COMMUNITY),
        ("北街居民委员会", Level.VILLAGE, Kind.COMMUNITY),
    ],
)
def test_the_official_name_tells_the_kind(name: str, level: str, kind: Kind) -> None:
    assert Kind.from_name(name, level) == kind


@pytest.mark.parametrize(
    ("official", "said"),
    [
        ("合涧村民委员会", "合涧村"),
        ("西山村委会", "西山村"),
        ("王村村委会", "王村"),
        ("后张村村民委员会", "后张村"),
        ("东山村", "东山村"),
        ("桂园社区居委会", "桂园社区居委会"),
        ("合涧镇", "合涧镇"),
        ("村委会", "村委会"),
    ],
)
def test_a_village_is_called_as_people_say_it(official: str, said: str) -> None:
    assert Division(name=official).short_name == said


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("合涧", {"hejian"}),
        ("东山", {"dongshan", "dongshan_linqi"}),
        ("东山村", {"dongshan", "dongshan_linqi"}),
        ("hjz", {"hejian"}),
        ("HJZ", {"hejian"}),
        ("hejian", {"hejian"}),
        ("he jian zhen", {"hejian"}),
        ("  hjz  ", {"hejian"}),
        ("dsc", {"dongshan", "dongshan_linqi"}),
        ("410526", {"huaxian", "baidaokou", "shiqiao"}),
        ("410581101202", {"xishan"}),
        # From the start of a spelling or code, not from its middle.
        ("jianzhen", set()),
        ("101202", set()),
        ("无此村", set()),
        ("%", set()),
        ("_", set()),
    ],
)
def test_search_finds_by_name_code_and_pinyin(world: World, typed: str, found: set[str]) -> None:
    assert short_names(Division.objects.search(typed)) == found


def test_searching_for_nothing_leaves_the_list_as_it_is(world: World) -> None:
    assert Division.objects.search("  ").count() == Division.objects.count()


def test_a_nul_in_the_search_box_is_no_error(world: World) -> None:
    assert short_names(Division.objects.search("hj\0z")) == {"hejian"}


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("浚县", "xun"),
        ("浚县", "jun"),
        ("长垣市", "zhangyuan"),
        ("长垣市", "changyuan"),
        ("合涧镇", "hejian"),
        ("六安镇", "luan"),
        ("单家庄", "shan"),
        ("A区", "aq"),
    ],
)
def test_local_and_common_readings_both_find_a_name(name: str, typed: str) -> None:
    assert f" {typed}" in search_key(name)


def test_a_name_without_letters_has_no_spelling() -> None:
    assert search_key("") == ""


def test_every_real_name_is_found_by_its_local_reading_and_fits_its_column(
    shared_data: Path,
) -> None:
    with (shared_data / "anyang_divisions_2021.csv").open(encoding="utf-8-sig") as file:
        names = {Division(name=row["name"]).short_name for row in csv.DictReader(file)}
    keys = {name: search_key(name) for name in names}
    assert max(map(len, keys.values())) <= LONGEST
    lost = [
        (name, reading)
        for name, key in keys.items()
        for char, reading in LOCAL_READINGS.items()
        if name.startswith(char) and f" {reading}" not in key
    ]
    assert lost == []


def test_a_long_name_of_many_readings_keeps_the_likeliest_of_them() -> None:
    for char, letter, reading in (("行", "x", "xing"), ("朝", "c", "chao")):
        key = search_key(char * 40)
        assert len(key) <= LONGEST
        assert key.startswith(f" {letter * 40} {reading * 40}")
