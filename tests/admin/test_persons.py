"""Persons in the administration: masked, and written by the verbs of the pages."""

import pytest
from django.test import Client
from django.utils import timezone

from cadres.models import CadreChange, Organization, Person, Tag, VillageNeed
from tests.admin.pages import browser, page, send, shown
from tests.cadres.people import NUMBERS, PHONES, numbered
from tests.world import World


@pytest.fixture
def person(world: World) -> Person:
    return numbered(world.persons["first_dongshan"])


def opened(world: World, who: str, person: Person) -> tuple[Client, str]:
    return browser(world, who), page("cadres_person", "change", person.pk)


@pytest.mark.parametrize("who", ["city_manager", "city_auditor"])
def test_numbers_are_masked_for_who_changes_and_who_reads(
    world: World, person: Person, who: str
) -> None:
    client, address = opened(world, who, person)
    for text in (shown(client.get(address)), shown(client.get(page("cadres_person")))):
        assert PHONES["first_dongshan"] not in text
        assert NUMBERS["first_dongshan"] not in text
    assert "199****1010" in shown(client.get(address))


def test_a_change_goes_through_the_verb_and_leaves_the_numbers(
    world: World, person: Person
) -> None:
    client, address = opened(world, "city_manager", person)
    assert send(client, address, position="科长").status_code == 302
    stored = Person.objects.get(pk=person.pk)
    assert (stored.position, stored.phone) == ("科长", PHONES["first_dongshan"])
    assert stored.rank_level == 3
    assert CadreChange.objects.of(person).get().after == {
        "position": "科长",
        "rank_level": stored.rank_level,
    }


def test_who_was_slower_is_told_and_writes_nothing(world: World, person: Person) -> None:
    client, address = opened(world, "city_manager", person)
    answer = send(client, address, position="科长", seen="7")
    assert answer.status_code == 302
    assert Person.objects.get(pk=person.pk).position == ""


def test_somebody_is_added_with_history(world: World) -> None:
    client = browser(world, "city_manager")
    division = str(world.units["hejian"].pk)
    answer = send(
        client, page("cadres_person", "add"), name="示新人", sex="1", division=division,
        phone="199 0000 7777",
    )  # fmt: skip
    assert answer.status_code == 302
    added = Person.objects.get(name="示新人")
    assert added.phone == "19900007777"
    assert CadreChange.objects.of(added).get().verb == "added"


def test_an_organisation_is_changed_by_who_keeps_it_with_history(world: World) -> None:
    water, city = world.organizations["linzhou_water"], world.organizations["agriculture"]
    client = browser(world, "linzhou_manager")
    send(client, page("cadres_organization", "change", water.pk), capacity="3")
    assert Organization.objects.get(pk=water.pk).capacity == 3
    assert CadreChange.objects.of(water).get().after == {"capacity": 3}
    address = page("cadres_organization", "change", city.pk)
    assert client.post(address, {"name": "x"}).status_code == 403


def test_the_fields_of_work_of_an_organisation_are_told_by_name(world: World) -> None:
    water = world.organizations["linzhou_water"]
    stood, wanted = (Tag.objects.get_or_create(name=name)[0] for name in ("原有领域", "新增领域"))
    water.functions.add(stood)
    client = browser(world, "linzhou_manager")
    address = page("cadres_organization", "change", water.pk)
    send(client, address, functions=[str(wanted.pk)], strengths=[str(wanted.pk)])
    assert list(water.functions.all()) == list(water.strengths.all()) == [wanted]
    change = CadreChange.objects.of(water).get()
    assert change.before == {"functions": "原有领域", "strengths": ""}
    assert change.after == {"functions": "新增领域", "strengths": "新增领域"}
    assert change.by == world.users["linzhou_manager"]
    send(client, address, functions=[str(wanted.pk)], strengths=[str(wanted.pk)])
    assert CadreChange.objects.of(water).count() == 1


def test_what_a_village_needs_is_kept_with_history(world: World) -> None:
    client, village = browser(world, "linzhou_manager"), world.units["dongshan"]
    one, other = (Tag.objects.get_or_create(name=name)[0] for name in ("领域甲", "领域乙"))
    made = {"division": str(village.pk), "tag": str(one.pk)}
    assert send(client, page("cadres_villageneed", "add"), **made).status_code == 302
    need = VillageNeed.objects.get(division=village, tag=one)
    send(client, page("cadres_villageneed", "change", need.pk), tag=str(other.pk))
    client.post(page("cadres_villageneed", "delete", need.pk), {"post": "yes"})
    second = VillageNeed.objects.create(division=village, tag=one)
    chosen = {"action": "delete_selected", "_selected_action": [second.pk], "post": "yes"}
    client.post(page("cadres_villageneed"), chosen)
    assert not VillageNeed.objects.filter(division=village).exists()
    told = CadreChange.objects.filter(about="villageneed", division=village).order_by("pk")
    assert [change.verb for change in told] == ["added", "changed", "removed", "removed"]
    assert {change.by for change in told} == {world.users["linzhou_manager"]}
    assert told[2].before["tag"] == other.pk


def test_a_posting_is_read_and_its_person_not_linked(world: World) -> None:
    address = page("cadres_posting", "change", world.postings["dongshan"].pk)
    text = shown(browser(world, "city_manager").get(address))
    assert "示一山" in text
    assert f"/admin/cadres/person/{world.persons['first_dongshan'].pk}/" not in text


def test_changes_are_filtered_by_the_register_in_words(world: World) -> None:
    CadreChange.note(world.persons["free"], world.units["linzhou"], None, timezone.now())
    CadreChange.note(world.postings["dongshan"], world.units["dongshan"], None, timezone.now())
    client = browser(world, "city_manager")
    text = shown(client.get(page("cadres_cadrechange")))
    assert '?about=posting">posting</a>' in " ".join(text.split())
    assert '?about=person">person</a>' in " ".join(text.split())
    listed = client.get(page("cadres_cadrechange"), {"about": "posting"}).context["cl"]
    assert [change.about for change in listed.result_list] == ["posting"]
    client.cookies.clear()
    client.force_login(world.users["city_manager"])
    assert '?about=posting">任职</a>' in " ".join(
        shown(client.get(page("cadres_cadrechange"))).split()
    )


def test_a_seat_is_called_by_a_kind_and_not_by_a_code(world: World) -> None:
    text = shown(browser(world, "city_manager").get(page("cadres_postingkind")))
    assert '<td class="field-held">First secretary</td>' in text
    assert '<td class="field-held">first_secretary</td>' not in text
    assert "party_work_officer" not in text


def test_boxes_are_not_explained_as_a_list(world: World) -> None:
    text = shown(browser(world, "city_manager").get(page("cadres_person", "add")))
    assert "Strengths:" in text
    assert "Hold down" not in text


def test_nobody_is_added_twice_without_a_word(world: World) -> None:
    known, division = world.persons["free"], world.units["dongshan"].pk
    client = browser(world, "city_manager")
    facts = {"name": known.name, "sex": known.sex, "birth": known.birth.replace("-", ".")}
    send(client, page("cadres_person", "add"), **facts, division=division)
    assert Person.objects.filter(name=known.name).count() == 1
