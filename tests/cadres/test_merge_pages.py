"""Double records found, compared, proposed on one page and decided by somebody else on another."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from cadres import duplicates as doubtful
from cadres.actions import merging
from cadres.models import Person, PersonMerge, Posting
from tests.cadres import teams
from tests.tasks.pages import english, shown, told
from tests.world import UNITS, World

SignIn = Callable[[str], Client]


@pytest.fixture
def pair(world: World) -> tuple[Person, Person]:
    known = world.persons["first_dongshan"]
    double = Person.objects.create(
        name="示一山", sex="1", birth="1984-05", position="科长", division=world.units["hejian"]
    )
    return known, double


def propose(client: Client, pair: tuple[Person, Person]) -> Any:
    address = reverse("cadres:compare", args=[one.pk for one in pair])
    return client.post(address, {"reason": "确系同一人", "take-position": "merged"})


def test_doubtful_ones_are_listed_and_stand_side_by_side(
    signed_in: SignIn, pair: tuple[Person, Person]
) -> None:
    client = english(signed_in("linzhou_manager"))
    compare = reverse("cadres:compare", args=[one.pk for one in pair])
    listed = shown(client.get(reverse("cadres:duplicates", args=[UNITS["linzhou"]])))
    assert compare in listed
    text = shown(client.get(compare))
    assert "199****1010" in text
    assert 'name="take-position" value="merged" checked' in text
    assert client.post(compare, {"reason": ""}).status_code == 422


def test_two_that_are_compared_lead_to_their_files_and_back_to_the_list_one_came_from(
    signed_in: SignIn, pair: tuple[Person, Person]
) -> None:
    compare = reverse("cadres:compare", args=[one.pk for one in pair])
    for who, unit in (("linzhou_manager", "linzhou"), ("city_manager", "city")):
        text = shown(signed_in(who).get(compare))
        listed = reverse("cadres:duplicates", args=[UNITS[unit]])
        assert f'class="button quiet" href="{listed}"' in text
        for one in pair:
            assert f'href="{reverse("cadres:person", args=[one.pk])}"' in text
        tab = reverse("cadres:people", args=[pair[0].division.code])
        assert f'href="{tab}" aria-current="page"' in text


def test_another_account_decides_and_it_is_undone(
    world: World, signed_in: SignIn, pair: tuple[Person, Person]
) -> None:
    own, other = english(signed_in("linzhou_manager")), english(signed_in("city_manager"))
    address = propose(own, pair)["Location"]
    assert "somebody else decides" in shown(own.get(address))
    assert "Nobody decides" in told(own, own.post(address, {"do": "merge"}))[0]
    assert other.post(address, {"do": "merge", "comment": "无误"}).status_code == 302
    assert Person.objects.get(pk=pair[1].pk).merged_into == pair[0]
    assert Person.objects.get(pk=pair[0].pk).position == "科长"
    merges = shown(other.get(reverse("cadres:merges", args=[UNITS["city"]])))
    assert "Merged" in merges
    assert "Undo the merging" in shown(other.get(address))
    other.post(f"{address}undo/", {})
    assert Person.objects.get(pk=pair[1].pk).merged_into is None
    assert "Undone" in shown(other.get(address))


def test_two_persons_are_doubtful_no_more(signed_in: SignIn, pair: tuple[Person, Person]) -> None:
    address = propose(signed_in("linzhou_manager"), pair)["Location"]
    other = signed_in("city_manager")
    other.post(address, {"do": "refuse", "comment": "重名"})
    assert PersonMerge.objects.get().verdict == "refused"
    page = other.get(reverse("cadres:duplicates", args=[UNITS["city"]]))
    assert page.context["pairs"] == []


def test_who_only_reads_meets_none_of_it(signed_in: SignIn, pair: tuple[Person, Person]) -> None:
    address = propose(signed_in("linzhou_manager"), pair)["Location"]
    for name in (address, reverse("cadres:duplicates", args=[UNITS["linzhou"]])):
        assert signed_in("linzhou_reviewer").get(name).status_code == 403


def test_pairs_that_are_settled_hide_no_other(world: World, monkeypatch: Any) -> None:
    """However many there are: they are left out before the first so many are taken."""
    monkeypatch.setattr(doubtful, "MOST", 1)
    monkeypatch.setattr(doubtful, "NAMES_AT_ONCE", 1)
    twins = [
        teams.person(world, "dongshan", name=name, birth="1980-05")
        for name in ("测双甲", "测双甲", "测双乙", "测双乙")
    ]
    by = world.users["linzhou_manager"]
    seen = Person.objects.visible_to(by).standing()
    first = doubtful.pairs(seen)[0]
    merge = merging.propose(first.one, first.other, [], "同一人", by)
    merging.refuse(merge.pk, world.users["city_manager"], "两个人")
    (left,) = doubtful.pairs(seen)
    assert {left.one, left.other} == set(twins) - {first.one, first.other}


def test_what_the_person_would_be_at_once_is_said_before_anybody_agrees(
    world: World, signed_in: SignIn, pair: tuple[Person, Person]
) -> None:
    one, other = (teams.team(world, unit) for unit in ("dongshan", "nanping"))
    teams.member(world, one, "secretary", person=pair[0])
    client = english(signed_in("linzhou_manager"))
    compare = reverse("cadres:compare", args=[one.pk for one in pair])
    assert client.get(compare).context["warnings"] == []
    teams.member(world, other, "", "member", person=pair[1])
    group = {"exclusive_group": "another", "kind": world.postings["hejian_head"].kind}
    held = world.postings["xishan"]
    Posting.objects.filter(pk=held.pk).update(person=pair[1], seat="another", **group)
    assert len(client.get(compare).context["warnings"]) == 2
    address = propose(client, pair)["Location"]
    page = shown(english(signed_in("city_manager")).get(address))
    assert "several postings at once" in page
    assert "several village teams at once: 东山村" in page
    Posting.objects.filter(pk=held.pk).update(
        exclusive_group=world.postings["dongshan"].exclusive_group
    )
    assert "cannot be" in shown(english(signed_in("city_manager")).get(address))


def test_a_proposal_is_in_the_work_of_those_who_may_decide(
    world: World, signed_in: SignIn, pair: tuple[Person, Person]
) -> None:
    propose(signed_in("linzhou_manager"), pair)
    User.objects.filter(username="huaxian_reviewer").update(role="manager")
    for who, count in (
        ("city_manager", 1),
        ("linzhou_manager", 0),  # who proposed it
        ("huaxian_reviewer", 0),  # the manager of another county
        ("linzhou_reviewer", 0),
    ):
        page = english(signed_in(who)).get("/my-work/")
        assert page.context["work"].to_do.merges == count
        assert ("Double records to be merged" in shown(page)) == bool(count)
