"""Entering organisations and putting them right: what is written and what is not."""

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
