"""The list of persons and that of organisations: filtered, scoped, and without numbers."""

from collections.abc import Callable
from typing import Any

import pytest
from django import forms
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django.asserts import assertHTMLEqual

from accounts.models import SavedFilter
from cadres.models import Person, Tag
from cadres.quick_select import QuickSelect
from tests.cadres import teams
from tests.cadres.people import NUMBERS, PHONES, numbered
from tests.tasks.pages import english, shown
from tests.world import PERSONS, UNITS, World

SignIn = Callable[[str], Client]


def people(client: Client, unit: str = "city", **query: str) -> Any:
    return client.get(reverse("cadres:people", args=[UNITS[unit]]), query)


def names(answer: Any) -> set[str]:
    return {person.name for person in answer.context["page"]}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "示一"}, {"示一山"}),
        ({"q": "sys"}, {"示一山"}),
        ({"q": " 示 一　山"}, {"示一山"}),
        ({"q": "示 夏"}, set()),
        ({"role": "kind:first_secretary"}, {"示一山", "示二山", "示三桥"}),
        ({"role": "role:posting", "sex": "2"}, {"示二山", "示六镇"}),
        ({"role": "none"}, {"示四退", "示八闲"}),
        ({"age": "45", "sex": "1"}, {"示一山", "示七镇"}),
        ({"age": "35"}, {"示二山"}),
        ({"age": "60"}, {"示四退"}),
        ({"age": "none"}, set()),
        ({"education": "1"}, set()),
        ({"political": "01", "sex": "2"}, {"示二山", "示六镇", "示八闲"}),
    ],
)
def test_the_list_is_filtered(signed_in: SignIn, query: dict[str, str], found: set[str]) -> None:
    assert names(people(signed_in("city_viewer"), **query)) == found


def test_who_serves_in_a_village_team_is_listed_with_the_position(
    world: World, signed_in: SignIn
) -> None:
    for year in (2018, 2021):
        made = teams.team(world, "dongshan", year)
        teams.member(world, made, "secretary", "director", person=world.persons["free"])
        gone = {"left": "2022-05", "left_reason": "other"}
        teams.member(world, made, "", "member", person=world.persons["left_lead"], **gone)
    client = english(signed_in("city_viewer"))
    answer = people(client, role="role:team")
    holds = ["Party secretary、Village committee director"]
    assert [(one.name, one.holds) for one in answer.context["page"]] == [("示八闲", holds)]
    assert holds[0] in shown(answer)
    before = {one.name: one.holds for one in people(client).context["page"]}
    assert before["示四退"] == []


def test_an_organisation_is_a_filter(world: World, signed_in: SignIn) -> None:
    for text in (world.organizations["linzhou_water"].name[-3:], "cslzsslj", "测试林州市水利局"):
        found = names(people(signed_in("city_viewer"), organization=text))
        assert found == {"示二山", "示四退", "示八闲"}
    assert not names(people(signed_in("city_viewer"), organization="没有的单位"))


def test_a_list_drawn_quickly_offers_what_a_slow_one_does() -> None:
    class Slow(forms.Form):
        one = forms.ChoiceField(choices=[("", "…"), ("1", "<一>"), (2, "二")], required=False)

    class Quick(Slow):
        one = forms.ChoiceField(
            choices=[("", "…"), ("1", "<一>"), (2, "二")], required=False, widget=QuickSelect
        )

    for given in ({}, {"one": "2"}, {"one": "1"}, {"one": '"x'}):
        assertHTMLEqual(str(Quick(given)["one"]), str(Slow(given)["one"]))


def test_a_name_is_no_markup_on_a_list(world: World, signed_in: SignIn) -> None:
    person = world.persons["free"]
    Person.objects.filter(pk=person.pk).update(name="<i>示</i>")
    text = people(signed_in("city_viewer")).content.decode()
    assert "&lt;i&gt;示&lt;/i&gt;" in text
    assert "<i>示</i>" not in text


def test_a_unit_lists_its_own_and_those_below(signed_in: SignIn) -> None:
    client = signed_in("linzhou_viewer")
    assert "示三桥" not in names(people(client, "linzhou"))
    assert names(people(client, "hejian")) == {"示一山", "示二山", "示六镇", "示七镇"}
    assert people(client, "huaxian").status_code == 404


def test_no_number_stands_in_a_list(world: World, signed_in: SignIn) -> None:
    for person in world.persons.values():
        numbered(person)
    text = shown(people(signed_in("city_manager")))
    assert all(name in text for name, *_ in PERSONS.values())
    assert not any(number in text for number in [*NUMBERS.values(), *PHONES.values()])
    assert "****" not in text


def test_no_number_is_even_read_for_a_list(world: World, signed_in: SignIn) -> None:
    with CaptureQueriesContext(connection) as captured:
        people(signed_in("city_manager"))
    assert not any("identity_number" in query["sql"] for query in captured)


def test_a_number_that_is_searched_leaves_the_address(signed_in: SignIn) -> None:
    answer = people(signed_in("city_manager"), q=PHONES["free"])
    assert answer["Location"] == reverse("cadres:people", args=[UNITS["city"]])
    assert "pattern" in shown(people(signed_in("city_manager")))


def test_records_that_are_closed_are_not_listed(world: World, signed_in: SignIn) -> None:
    gone, kept = world.persons["free"], world.persons["left_lead"]
    Person.objects.filter(pk=gone.pk).update(merged_into=kept)
    assert "示八闲" not in names(people(signed_in("city_viewer")))


def test_a_kept_filter_stands_above_the_list(world: World, signed_in: SignIn) -> None:
    client = english(signed_in("city_viewer"))
    text = shown(people(client, sex="2"))
    assert "Keep this filter" in text
    back = f"{reverse('cadres:people', args=[UNITS['city']])}?sex=2"
    client.post(reverse("accounts:keep_filter"), {"name": "女干部", "back": back})
    assert SavedFilter.objects.get().page == "cadres:people"
    text = shown(people(client, "linzhou", sex="2"))
    assert "女干部" in text
    assert "Keep this filter" not in text


def test_a_list_costs_the_same_for_many_rows(world: World, signed_in: SignIn) -> None:
    client = signed_in("city_viewer")
    people(client)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert people(client).status_code == 200
        return len(captured)

    before = queries()
    Person.objects.bulk_create(
        Person(name=f"测{n}", sex="1", division=world.units["xishan"]) for n in range(60)
    )
    assert queries() == before <= 15


def organizations(client: Client, unit: str = "linzhou", **query: str) -> Any:
    return client.get(reverse("cadres:organizations", args=[UNITS[unit]]), query)


def sent(answer: Any) -> dict[str, int]:
    return {one.name: one.sent for one in answer.context["page"]}


def test_organisations_say_how_many_they_have_sent(world: World, signed_in: SignIn) -> None:
    client = signed_in("linzhou_viewer")
    found = sent(organizations(client))
    assert found["测试林州市水利局"] == 1
    assert found["测试市农业农村局"] == 1
    assert "测试滑县商务局" not in found
    assert "测试市文化广电局" in sent(organizations(client, q="csswh"))


def test_organisations_that_can_send_more(world: World, signed_in: SignIn) -> None:
    water = world.organizations["linzhou_water"]
    water.capacity = 1
    water.save()
    client = signed_in("linzhou_viewer")
    assert set(sent(organizations(client, room="no"))) == {"测试林州市水利局"}
    assert "测试林州市水利局" not in sent(organizations(client, room="yes"))
    tag = Tag.objects.create(name="测试水利")
    water.functions.add(tag)
    assert set(sent(organizations(client, functions=str(tag.pk)))) == {"测试林州市水利局"}


def test_an_organisation_names_whom_it_has_sent_here(world: World, signed_in: SignIn) -> None:
    address = reverse("cadres:organization", args=[world.organizations["linzhou_water"].pk])
    assert "示二山" in shown(signed_in("linzhou_viewer").get(address))
    foreign = reverse("cadres:organization", args=[world.organizations["huaxian_trade"].pk])
    assert signed_in("linzhou_viewer").get(foreign).status_code == 404
