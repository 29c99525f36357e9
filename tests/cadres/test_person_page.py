"""The file of a person: masked, in words, and whoever sees a number in clear is noted."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AccessLog
from cadres.actions import persons, postings
from cadres.models import CadreChange, Person
from tests.cadres.appointing import new
from tests.cadres.people import NUMBERS, PHONES, numbered
from tests.tasks.pages import english, shown
from tests.world import UNITS, World

SignIn = Callable[[str], Client]
WHO = "first_dongshan"
REASON = "汛期联络需要"


@pytest.fixture
def browser(world: World, signed_in: SignIn) -> SignIn:
    numbered(world.persons[WHO])
    return lambda who: english(signed_in(who))


def page(world: World, who: str = WHO) -> str:
    return reverse("cadres:person", args=[world.persons[who].pk])


def reveal(world: World, client: Client, field: str = "phone", reason: str = REASON) -> Any:
    address = reverse("cadres:reveal", args=[world.persons[WHO].pk])
    return client.post(address, {"field": field, "reason": reason})


def test_the_file_tells_the_person_in_words_and_months(world: World, browser: SignIn) -> None:
    text = shown(browser("linzhou_viewer").get(page(world)))
    assert "1984.05" in text
    assert "42 years old on" in text
    assert "测试市农业农村局" in text
    assert "2025.01—present" in re.sub(r"\s+", " ", text)


def test_where_there_is_no_posting_who_may_is_led_to_the_appointment(
    world: World, browser: SignIn
) -> None:
    free = world.persons["free"]
    link = reverse("cadres:appoint", args=[UNITS["linzhou"]]) + f"?person={free.pk}"
    client = browser("linzhou_manager")
    assert link in shown(client.get(page(world, "free")))
    assert free.name in shown(client.get(link))
    assert "appoint" not in shown(client.get(page(world)))  # holds a posting already
    assert "appoint" not in shown(browser("linzhou_viewer").get(page(world, "free")))


@pytest.mark.parametrize("who", ["linzhou_viewer", "linzhou_manager", "city_manager"])
def test_numbers_are_masked_for_everybody(world: World, browser: SignIn, who: str) -> None:
    text = shown(browser(who).get(page(world)))
    assert "199****1010" in text
    assert f"999999********{NUMBERS[WHO][-4:]}" in text
    assert PHONES[WHO] not in text
    assert NUMBERS[WHO] not in text


@pytest.mark.parametrize("field", ["phone", "identity_number"])
@pytest.mark.reveals
def test_a_number_is_shown_once_for_a_reason_and_noted(
    world: World, browser: SignIn, field: str
) -> None:
    client = browser("linzhou_manager")
    answer = reveal(world, client, field)
    wanted, other = (PHONES[WHO], NUMBERS[WHO])[:: 1 if field == "phone" else -1]
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    assert wanted in shown(answer)
    assert other not in shown(answer)
    noted = AccessLog.objects.get(action="reveal")
    assert noted.user == world.users["linzhou_manager"]
    assert noted.subject == f"cadres.person {world.persons[WHO].pk}"
    assert noted.detail == {"field": field, "reason": REASON}
    assert wanted not in shown(client.get(page(world)))
    assert wanted not in str(dict(client.session.items()))


@pytest.mark.parametrize("reason", ["", "看看", "12345", "。。。。。。", f"打电话给 {PHONES[WHO]}"])
def test_without_a_reason_in_words_nothing_is_shown(
    world: World, browser: SignIn, reason: str
) -> None:
    answer = reveal(world, browser("linzhou_manager"), reason=reason)
    assert answer.status_code == 422
    assert PHONES[WHO] not in shown(answer)
    assert not AccessLog.objects.exists()


def test_without_the_right_nothing_is_shown_and_the_attempt_is_noted(
    world: World, browser: SignIn
) -> None:
    client = browser("linzhou_reviewer")
    assert "Show a number in clear" not in shown(client.get(page(world)))
    assert reveal(world, client).status_code == 403
    assert AccessLog.objects.get().action == "refused"


def test_nothing_is_revealed_of_somebody_elsewhere(world: World, browser: SignIn) -> None:
    assert reveal(world, browser("linzhou_manager"), "name").status_code == 422
    other = Client()
    other.force_login(world.users["hejian_reviewer"])
    address = reverse("cadres:person", args=[world.persons["first_shiqiao"].pk])
    assert other.get(address).status_code == 404


def test_who_moved_is_seen_by_the_new_unit_and_by_the_old_one_no_more(
    world: World, browser: SignIn
) -> None:
    """The old unit keeps the posting in its history; the file has gone with the person."""
    old, city = browser("dongshan_reporter"), world.users["city_manager"]
    assert old.get(page(world)).status_code == 200
    posting = world.postings["dongshan"]
    postings.end(posting, new(world, WHO, "shiqiao").start, "transferred", city)
    person = Person.objects.get(pk=world.persons[WHO].pk)
    person.division = world.units["shiqiao"]
    person.save()
    assert old.get(page(world)).status_code == 404
    text = shown(browser("huaxian_reviewer").get(page(world)))
    assert "示一山" in text
    assert "东山" not in text
    assert "a unit managed elsewhere" in text


def test_a_past_holder_is_named_and_not_linked_where_the_file_has_gone(
    world: World, browser: SignIn
) -> None:
    organization = world.organizations["agriculture"]
    address = reverse("cadres:organization", args=[organization.pk])
    link = f'href="{page(world)}"'
    assert link in shown(browser("linzhou_viewer").get(address))
    Person.objects.filter(pk=world.persons[WHO].pk).update(division=world.units["shiqiao"])
    text = shown(browser("linzhou_viewer").get(address))
    assert "示一山" in text
    assert link not in text


def test_history_tells_changes_in_words_and_no_number(world: World, browser: SignIn) -> None:
    person = Person.objects.get(pk=world.persons[WHO].pk)
    values = {"phone": "139 0000-1234", "education": "1", "home": world.units["huaxian"]}
    persons.change(person.pk, person.version, values, world.users["linzhou_manager"], "核对")
    text = shown(browser("linzhou_viewer").get(page(world)))
    assert "Postgraduate" in text
    assert "＊＊" in text
    assert "13900001234" not in text
    assert "滑县" not in text
    assert "a unit managed elsewhere" in text
    assert "13900001234" not in str(list(CadreChange.objects.values()))


def test_a_record_that_was_merged_away_leads_to_the_one_it_went_into(
    world: World, browser: SignIn
) -> None:
    gone, kept = world.persons["free"], world.persons[WHO]
    Person.objects.filter(pk=gone.pk).update(merged_into=kept)
    assert browser("city_viewer").get(page(world, "free"))["Location"] == page(world)
