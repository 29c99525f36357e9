"""Who is meant by a line of a sheet: known by agreed keys, or doubtful and then only shown."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cadres.matching_people import Facts, Matcher, Reason
from cadres.models import Person
from cadres.models.secret import digest
from tests.cadres.people import NUMBERS, numbered, unnumbered
from tests.world import World

SHAN = {"name": "示一山", "birth": "1984-05", "sex": "1"}


def match(world: World, who: str = "linzhou_manager", **facts: Any) -> Any:
    return Matcher(world.users[who]).match_all([Facts(**facts)])[0]


def reasons(found: Any) -> list[Reason]:
    return [doubt.reason for doubt in found.doubts]


def test_name_month_of_birth_and_sex_tell_a_person(world: World) -> None:
    found = match(world, **SHAN)
    assert found.person == world.persons["first_dongshan"]
    assert not found.doubts
    assert match(world, **SHAN | {"name": "示　一 山"}).person == found.person


def test_whoever_is_not_known_is_new(world: World) -> None:
    assert match(world, **SHAN | {"name": "示无人"}).is_new
    assert match(world, **SHAN | {"name": ""}).is_new


def test_the_identity_number_comes_before_all_else(world: World) -> None:
    person = numbered(world.persons["first_dongshan"])
    told = {"name": "示一山", "birth": "1999-01", "identity_number": NUMBERS["first_dongshan"]}
    assert match(world, **told).person == person


def test_a_number_of_somebody_of_another_name_is_a_doubt(world: World) -> None:
    person = numbered(world.persons["first_dongshan"])
    found = match(world, **SHAN | {"name": "示别人", "identity_number": NUMBERS["first_dongshan"]})
    assert found.person is None
    assert reasons(found) == [Reason.OTHER_NAME]
    assert found.doubts[0].persons == (person,)


def test_a_number_kept_by_another_unit_is_told_without_saying_whose(world: World) -> None:
    numbered(world.persons["first_shiqiao"])
    told = {"name": "示三桥", "identity_number": NUMBERS["first_shiqiao"]}
    found = match(world, **told)
    assert reasons(found) == [Reason.ELSEWHERE]
    assert found.doubts[0].persons == ()
    assert match(world, "city_manager", **told).person == world.persons["first_shiqiao"]


def test_nobody_of_another_unit_is_found_by_name(world: World) -> None:
    assert match(world, name="示三桥", birth="1979-02", sex="1").is_new


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"birth": ""}, Reason.MISSING_BIRTH),
        ({"sex": ""}, Reason.MISSING_BIRTH),
        ({"birth": "1985-05"}, Reason.OTHER_BIRTH),
        ({"sex": "2"}, Reason.OTHER_BIRTH),
    ],
)
def test_the_same_name_alone_is_a_doubt(world: World, told: Any, reason: Reason) -> None:
    found = match(world, **SHAN | told)
    assert found.person is None
    assert reasons(found) == [reason]
    assert found.doubts[0].persons == (world.persons["first_dongshan"],)


def test_a_record_without_birth_is_a_doubt(world: World) -> None:
    Person.objects.filter(name="示一山").update(birth="")
    assert reasons(match(world, **SHAN)) == [Reason.MISSING_BIRTH]


def test_another_number_is_a_doubt_where_all_else_is_the_same_and_else_another_person(
    world: World,
) -> None:
    numbered(world.persons["first_dongshan"])
    other = NUMBERS["other"]
    assert reasons(match(world, **SHAN, identity_number=other)) == [Reason.OTHER_NUMBER]
    assert match(world, **SHAN | {"birth": "1985-05"}, identity_number=other).is_new


def test_a_number_is_matched_to_a_record_that_has_none(world: World) -> None:
    unnumbered(world.persons["first_dongshan"])
    found = match(world, **SHAN, identity_number=NUMBERS["other"])
    assert found.person == world.persons["first_dongshan"]


def test_several_of_the_same_facts_are_a_doubt(world: World) -> None:
    twin = Person(**SHAN, division=world.units["xishan"])
    twin.full_clean()
    twin.save()
    found = match(world, **SHAN)
    assert reasons(found) == [Reason.SEVERAL]
    assert set(found.doubts[0].persons) == {world.persons["first_dongshan"], twin}


def test_records_that_were_merged_away_are_nobody(world: World) -> None:
    kept, gone = world.persons["first_xishan"], world.persons["first_dongshan"]
    Person.objects.filter(pk=gone.pk).update(merged_into=kept)
    assert match(world, **SHAN).is_new


def test_ten_thousand_lines_cost_a_few_queries_and_read_no_secret(world: World) -> None:
    told = [Facts(**SHAN), *(Facts(f"测{n}号", "1980-01", "1") for n in range(9_999))]
    told += [Facts("测试", identity_number=f"{n:018}") for n in range(900)]
    with CaptureQueriesContext(connection) as captured:
        found = Matcher(world.users["city_manager"]).match_all(told)
    assert len(found) == len(told)
    assert len(captured) <= 14
    assert "phone" not in captured[0]["sql"]
    assert found[0].person


def test_lines_about_one_person_have_one_key() -> None:
    assert Facts("示 一山", "1984-05", "1").key == Facts("示一山", "1984-05", "1").key
    number = NUMBERS["other"]
    assert Facts("a", identity_number=number).key == (digest(number),)
