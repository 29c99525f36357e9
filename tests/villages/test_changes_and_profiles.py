import datetime

import pytest
from django.core.exceptions import ValidationError

from tests.refusals import refused_by
from tests.world import World
from villages.models import DivisionChange, VillageProfile


def change(world: World, kind: str, source: str, target: str) -> DivisionChange:
    return DivisionChange(
        kind=kind,
        on=datetime.date(2022, 10, 31),
        source=world.units[source],
        target=world.units[target],
    )


@pytest.mark.parametrize("kind", ["merge", "split"])
def test_a_merge_or_split_names_two_units(world: World, kind: str) -> None:
    refused_by(
        "division_change_merge_and_split_name_two_units",
        change(world, kind, "dongshan", "dongshan"),
    )
    change(world, kind, "dongshan", "xishan").save()


@pytest.mark.parametrize("kind", ["rename", "transfer"])
def test_a_rename_or_transfer_names_one(world: World, kind: str) -> None:
    change(world, kind, "dongshan", "dongshan").save()
    assert DivisionChange.objects.get().kind == kind


def test_a_change_is_seen_from_either_side_and_by_nobody_else(world: World) -> None:
    change(world, "merge", "dongshan", "xishan").save()
    seers = {
        name
        for name, user in world.users.items()
        if DivisionChange.objects.visible_to(user).exists()
    }
    assert {"dongshan_reporter", "xishan_reporter", "hejian_reporter"} <= seers
    assert not seers & {"linqi_reporter", "huaxian_reviewer", "baidaokou_reporter"}


def test_a_profile_is_seen_within_the_own_division_only(world: World) -> None:
    VillageProfile.objects.create(division=world.units["feilai"])
    assert VillageProfile.objects.visible_to(world.users["huaxian_reviewer"]).exists()
    assert not VillageProfile.objects.visible_to(world.users["linzhou_manager"]).exists()


def test_only_a_village_has_a_profile(world: World) -> None:
    VillageProfile(division=world.units["dongshan"]).full_clean()
    with pytest.raises(ValidationError) as said:
        VillageProfile(division=world.units["hejian"]).full_clean()
    assert "division" in said.value.message_dict


def test_there_are_no_more_party_members_than_residents(world: World) -> None:
    profile = VillageProfile(division=world.units["dongshan"], residents=30, party_members=31)
    refused_by("village_profile_party_members_among_residents", profile)
    profile.party_members = 30
    profile.save()
    profile.residents = None
    profile.save()
