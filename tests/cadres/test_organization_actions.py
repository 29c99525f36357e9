"""Entering organisations and putting them right: what is written and what is not."""

import pytest

from cadres.actions import organizations
from cadres.models import CadreChange, Organization
from tests.world import World


def test_of_two_who_change_one_organisation_neither_undoes_the_other(world: World) -> None:
    pk = world.organizations["linzhou_water"].pk
    mine, theirs = Organization.objects.get(pk=pk), Organization.objects.get(pk=pk)
    mine.capacity, theirs.name = 3, "测试林州市水务局"
    organizations.keep(theirs, None, changed=["name"])
    organizations.keep(mine, None, changed=["capacity"])
    stands = Organization.objects.get(pk=pk)
    assert (stands.name, stands.capacity) == ("测试林州市水务局", 3)
    assert " cslzsswj" in stands.pinyin
    told = CadreChange.objects.of(stands)
    assert [sorted(change.after) for change in told] == [["capacity"], ["name"]]


@pytest.mark.parametrize(
    ("typed", "is_found"),
    [
        ("林州市 水利", True),
        (" 林州市　水利局 ", True),
        ("水 利", True),
        ("cs lzs", True),
        ("林州 农业", False),
        ("slj", False),
    ],
)
def test_a_name_is_found_without_the_spaces_that_are_typed_in_it(
    world: World, typed: str, is_found: bool
) -> None:
    sender = world.organizations["linzhou_water"]
    assert (sender in Organization.objects.search(typed)) is is_found


def test_a_name_with_spaces_of_its_own_is_found_as_it_is_written(world: World) -> None:
    sender = world.organizations["linzhou_water"]
    sender.name = "林州 IT 中心"
    organizations.keep(sender, None, changed=["name"])
    assert sender in Organization.objects.search("州 IT 中")
