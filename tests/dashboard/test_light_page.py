"""The page of a unit's light: everybody reads why; a level above sets another, and ends that."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tasks.models import Entry, Ledger, LightOverride
from tests.dashboard import years
from tests.tasks.pages import at, english, fields, shown, told
from tests.tasks.test_overrides import WHY, given
from tests.tasks.verbs import return_, submitted
from tests.world import NOW, World
from villages.models import Division

SignIn = Callable[[str], Client]


def page(unit: str, task: str = "", quarter: int = 3) -> str:
    return at("dashboard:light", unit, quarter) + (f"?task={task}" if task else "")


def send(client: Client, where: str, do: str, **typed: str) -> Any:
    return client.post(where, fields(client.get(where)) | {"do": do} | typed)


def wanted(**typed: str) -> dict[str, str]:
    return {"light": "red", "until": "2026-10-09", "reason": WHY} | typed


@pytest.fixture
def county(signed_in: SignIn) -> Client:
    return english(signed_in("linzhou_reviewer"))


@pytest.mark.parametrize("unit", ["city", "linzhou", "hejian", "dongshan"])
def test_a_unit_shows_what_the_overview_shows_of_it(
    world: World, signed_in: SignIn, unit: str
) -> None:
    submitted(world)
    return_(world, "hejian_reviewer", world.entry("dongshan", "income"))
    client = signed_in("city_viewer")
    explained = client.get(page(unit)).context["explanation"]
    assert (
        explained.counts.owed
        == Entry.objects.within(world.units[unit]).filter(period=world.periods[3]).count()
    )
    if unit != "dongshan":
        total = client.get(at("dashboard:overview", unit)).context["board"].total
        assert (explained.light, explained.lights) == (total.light, total.lights)


@pytest.mark.parametrize(("unit", "number"), [("linzhou", ""), ("hejian", "1"), ("dongshan", "1")])
def test_every_number_opens_the_lines_that_it_counts(
    world: World, signed_in: SignIn, unit: str, number: str
) -> None:
    submitted(world)
    Entry.objects.filter(division=world.units["xishan"]).update(extended_to="2026-10-30")
    client, entries = signed_in("city_viewer"), at("tasks:entries", unit)
    answer = client.get(page(unit, number))
    about = f"&task={world.tasks['income'].pk}" if number else ""
    listed = [one for one in answer.context["explanation"].inputs if one.query]
    assert len(listed) == 5
    for one in listed:
        found = client.get(f"{entries}?{one.query}{about}").context["page"].paginator.count
        assert (one.query, found) == (one.query, one.count)
        link = f"{entries}?{one.query}{about}".replace("&", "&amp;")
        assert f'href="{link}"' in shown(answer)


def test_one_task_is_counted_alone_and_its_units_are_named(world: World, county: Client) -> None:
    submitted(world)
    answer = county.get(page("hejian", "1"))
    assert answer.context["explanation"].counts.owed == 3
    text = shown(answer)
    assert (
        "Yellow: 3 days to the due date, 2 villages not reported; turns Red on October 6." in text
    )
    assert "version 1 of the rule" in text


@pytest.mark.parametrize(("who", "owed"), [("hejian_reporter", 0), ("city_viewer", 3)])
def test_the_old_township_of_a_village_reads_its_own_lines_alone(
    world: World, signed_in: SignIn, who: str, owed: int
) -> None:
    village = Division.objects.select_related("parent").get(pk=world.units["dongshan"].pk)
    village.parent = world.units["baidaokou"]
    village.place(datetime.date(2026, 7, 1))
    client = signed_in(who)
    assert client.get(page("dongshan")).context["explanation"].counts.owed == 2
    years.issued(world.units["city"], 2027)
    answer = client.get(page("dongshan").replace("2026Q3", "2027Q1"))
    assert answer.context["explanation"].counts.owed == owed


def test_of_a_unit_that_owes_nothing_it_says_so(world: World, county: Client) -> None:
    assert "Grey: nothing is owed." in shown(county.get(page("community")))


@pytest.mark.parametrize("number", ["99", "x", "²", "9" * 30, "-1"])
def test_a_task_that_is_not_there_is_not_found(county: Client, number: str) -> None:
    assert county.get(page("hejian", number)).status_code == 404


def test_without_a_ledger_nothing_is_owed(world: World, county: Client) -> None:
    Ledger.objects.update(year=2020)
    assert "No ledger has been issued" in shown(county.get(page("hejian")))
    assert county.post(page("hejian"), {"do": "override"}).status_code == 200
    assert not LightOverride.objects.exists()


def test_a_light_is_set_by_hand_marked_and_ended(world: World, county: Client) -> None:
    answer = send(county, page("hejian"), "override", **wanted())
    assert told(county, answer) == ["The light is set by hand until October 9."]
    text = shown(county.get(page("hejian")))
    assert "Set by hand until Oct. 9, 2026" in text
    assert f"Set by hand by linzhou reviewer, until October 9: {WHY}" in text
    assert "By the rule" in text
    assert 'value="override"' not in text
    answer = send(county, page("hejian"), "end")
    assert told(county, answer) == ["The light follows the rule again."]
    text = shown(county.get(page("hejian")))
    assert "ended by linzhou reviewer" in text
    assert 'value="override"' in text


def test_the_light_of_one_task_is_set_apart_from_the_whole(world: World, county: Client) -> None:
    answer = send(county, page("hejian", "1"), "override", **wanted())
    assert answer["Location"] == page("hejian", "1")
    assert LightOverride.objects.get().task == world.tasks["income"]
    assert county.get(page("hejian", "1")).context["standing"]
    assert county.get(page("hejian")).context["standing"] is None


def test_pressing_twice_sets_one_light(world: World, county: Client) -> None:
    sent = fields(county.get(page("hejian"))) | {"do": "override"} | wanted()
    assert [county.post(page("hejian"), sent).status_code for _ in range(2)] == [302, 302]
    assert LightOverride.objects.count() == 1


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"light": ""}, "This field is required."),
        ({"light": "pink"}, "Select a valid choice."),
        ({"until": "2026-10-01"}, "Choose today or a later day."),
        ({"until": "2027-12-01"}, "This is too far away"),
        ({"until": "bald"}, "Enter a valid date."),
        ({"reason": " "}, "This field is required."),
    ],
)
def test_what_is_wrong_is_told_and_what_was_typed_stays(
    world: World, county: Client, typed: dict[str, str], says: str
) -> None:
    answer = send(county, page("hejian"), "override", **wanted(**typed))
    assert answer.status_code == 422
    assert says in shown(answer)
    assert fields(answer)["until"] == wanted(**typed)["until"]
    assert not LightOverride.objects.exists()


def test_where_somebody_was_quicker_it_says_so(world: World, county: Client) -> None:
    sent = fields(county.get(page("hejian"))) | {"do": "override"} | wanted()
    given(world, who="city_manager")
    answer = county.post(page("hejian"), sent)
    assert answer.status_code == 422
    assert answer.context["standing"].by == world.users["city_manager"]
    assert "This light is set by hand already" in shown(answer)


def test_what_the_city_set_the_county_reads_and_does_not_end(world: World, county: Client) -> None:
    made = given(world, who="city_manager")
    assert 'value="end"' not in shown(county.get(page("hejian")))
    answer = county.post(page("hejian"), {"do": "end", "override": made.pk})
    assert answer.status_code == 403


@pytest.mark.parametrize("pk", ["", "x", "9" * 30, "999999"])
def test_one_that_is_not_there_is_not_found(county: Client, pk: str) -> None:
    assert county.post(page("hejian"), {"do": "end", "override": pk}).status_code == 404


def test_one_of_another_unit_is_not_ended_from_here(world: World, county: Client) -> None:
    made = given(world, "linqi")
    answer = county.post(page("hejian"), {"do": "end", "override": made.pk})
    assert answer.status_code == 404
    assert LightOverride.objects.get().ended_at is None


def test_what_has_ended_meanwhile_is_told(world: World, county: Client) -> None:
    made = given(world)
    sent = fields(county.get(page("hejian"))) | {"do": "end"}
    LightOverride.objects.update(ended_at=NOW, ended_by=made.by)
    answer = county.post(page("hejian"), sent)
    assert answer.status_code == 422
    assert "This has ended already." in shown(answer)


@pytest.mark.parametrize("do", ["", "burn"])
def test_an_act_that_is_not_known_does_nothing(county: Client, do: str) -> None:
    assert county.post(page("hejian"), {"do": do}).status_code == 422


@pytest.mark.parametrize(
    ("who", "unit"),
    [
        ("hejian_reviewer", "hejian"),
        ("linzhou_viewer", "hejian"),
        ("city_auditor", "linzhou"),
        ("dongshan_reporter", "dongshan"),
    ],
)
def test_all_others_read_and_are_offered_no_form(
    world: World, signed_in: SignIn, who: str, unit: str
) -> None:
    client = english(signed_in(who))
    text = shown(client.get(page(unit)))
    assert "What would turn it" in text
    assert 'value="override"' not in text
    assert client.post(page(unit), {"do": "override"} | wanted()).status_code == 403
    assert not LightOverride.objects.exists()


@pytest.mark.parametrize("unit", ["huaxian", "baidaokou", "feidi", "city"])
def test_a_unit_that_is_not_ones_own_is_not_found(county: Client, unit: str) -> None:
    assert county.get(page(unit)).status_code == 404
    assert county.post(page(unit), {"do": "override"}).status_code == 404
