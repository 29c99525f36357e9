"""Contact points and talks on their pages: set, ended, visited, told; and what comes back."""

import datetime
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from cadres.actions import contacts
from cadres.contact_register import of_person
from cadres.models import (
    CadreChange,
    ContactPoint,
    ContactVisit,
    Person,
    PolicyTalk,
    Posting,
    PostingKind,
)
from cadres.models.contact import HelpForm
from tests.cadres.test_contacts import point, talk, visit
from tests.tasks.pages import english, fields, send, shown, told
from tests.world import UNITS, World

SignIn = Callable[[str], Client]
DAY = datetime.date(2026, 10, 2)


@pytest.fixture
def held(world: World) -> ContactPoint:
    return contacts.set_point(point(world), world.users["linzhou_manager"])


def page_of(unit: str, name: str = "contact_points", query: str = "") -> str:
    return reverse(f"cadres:{name}", args=[UNITS[unit]]) + query


def of(row: ContactPoint | ContactVisit | PolicyTalk) -> str:
    names = {ContactPoint: "contact_point", ContactVisit: "contact_visit"}
    return reverse(f"cadres:{names.get(type(row), 'policy_talk')}", args=[row.pk])


def another_leader(world: World, unit: str = "linzhou") -> Person:
    person = Person(name="示九县", sex="1", division=world.units[unit], position="县委常委")
    person.full_clean()
    person.save()
    kind = PostingKind.objects.get(code="county_leader")
    new = Posting(person=person, kind=kind, division=world.units[unit], start="2025-01-01")
    new.full_clean()
    new.save()
    return person


def test_leaders_with_and_without_a_contact_point_are_counted_and_listed(
    world: World, held: ContactPoint, signed_in: SignIn
) -> None:
    another_leader(world)
    client = english(signed_in("linzhou_manager"))
    listed = client.get(page_of("linzhou"))
    assert (listed.context["covered"], listed.context["whole"]) == (1, 2)
    assert [row.leader.name for row in listed.context["page"]] == ["示五县"]
    without = client.get(page_of("linzhou", query="?show=without"))
    assert [row.person.name for row in without.context["page"]] == ["示九县"]


def test_the_head_of_the_registers_says_how_many_have_one(
    world: World, held: ContactPoint, signed_in: SignIn
) -> None:
    another_leader(world)
    headlines = signed_in("city_manager").get(page_of("city", "registers")).context["headlines"]
    found = next(h for h in headlines if h.link == page_of("city"))
    assert (found.part, found.whole, found.missing) == (1, 2, page_of("city") + "?show=without")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?q=swx", 1),
        ("?q=示五", 1),
        ("?q=dsc", 1),
        ("?q=东山", 1),
        ("?q=nobody", 0),
        ("?show=ended", 0),
        ("?county=x", 1),
    ],
)
def test_contact_points_are_found_by_leader_and_by_village(
    held: ContactPoint, signed_in: SignIn, query: str, found: int
) -> None:
    listed = signed_in("city_manager").get(page_of("city", query=query))
    assert len(listed.context["page"]) == found


def test_the_list_of_the_city_is_narrowed_to_a_county(
    world: World, held: ContactPoint, signed_in: SignIn
) -> None:
    client = signed_in("city_manager")
    for unit, found in (("linzhou", 1), ("huaxian", 0)):
        query = f"?county={world.units[unit].pk}"
        assert len(client.get(page_of("city", query=query)).context["page"]) == found


def test_a_contact_point_is_set_once_though_the_form_is_sent_twice(
    world: World, signed_in: SignIn
) -> None:
    client = english(signed_in("linzhou_manager"))
    address = page_of("linzhou", "contact_point_new")
    sent = fields(client.get(address)) | {
        "leader": str(world.persons["leader_linzhou"].pk),
        "village": str(world.units["dongshan"].pk),
    }
    assert told(client, client.post(address, sent)) == ["The contact point is set."]
    assert client.post(address, sent).status_code == 302
    assert ContactPoint.objects.get().since == DAY


def test_a_form_that_is_refused_keeps_what_was_typed(
    world: World, held: ContactPoint, signed_in: SignIn
) -> None:
    client = english(signed_in("linzhou_manager"))
    typed = {
        "leader": str(held.leader_id),
        "village": str(held.village_id),
        "note": "包村联户",
    }
    answer = send(client, page_of("linzhou", "contact_point_new"), typed)
    assert answer.status_code == 422
    assert "示五县" in str(answer.context["form"].errors["village"])
    assert fields(answer)["note"] == "包村联户"


def test_only_leaders_and_villages_of_the_county_are_offered(
    world: World, signed_in: SignIn
) -> None:
    stranger = another_leader(world, "huaxian")
    client = english(signed_in("linzhou_manager"))
    address = page_of("linzhou", "contact_point_new")
    assert stranger.name not in shown(client.get(address))
    leader = str(world.persons["leader_linzhou"].pk)
    for typed in (
        {"leader": str(stranger.pk), "village": str(world.units["dongshan"].pk)},
        {"leader": leader, "village": str(world.units["shiqiao"].pk)},
    ):
        assert send(client, address, typed).status_code == 422
    assert not ContactPoint.objects.exists()


def test_a_visit_is_noted_and_later_more_of_it_is_solved(
    held: ContactPoint, signed_in: SignIn
) -> None:
    client = english(signed_in("linzhou_manager"))
    typed = {"do": "visit", "on": "2026-09-30", "problems_raised": "2", "problems": "排水不畅"}
    refused = send(client, of(held), typed)
    assert refused.status_code == 422
    assert fields(refused)["problems"] == "排水不畅"
    beyond = typed | {"problems_raised": "99999999999"}
    beyond = send(client, of(held), beyond, forms=HelpForm.FUNDS)
    assert (beyond.status_code, "At most 999" in shown(beyond)) == (422, True)
    answer = send(client, of(held), typed, forms=HelpForm.FUNDS)
    assert told(client, answer) == ["The visit is noted."]
    noted = ContactVisit.objects.get()
    assert (noted.forms, noted.problems_open) == ("funds", 2)
    send(client, of(noted), {"problems_solved": "2"}, forms="policy")
    noted.refresh_from_db()
    assert (noted.forms, noted.problems_open, noted.version) == ("policy", 0, 2)


def test_who_saves_a_visit_that_changed_meanwhile_sees_both(
    held: ContactPoint, signed_in: SignIn
) -> None:
    noted = contacts.note_visit(visit(held, problems_raised=2), None)
    client = english(signed_in("linzhou_manager"))
    sent = fields(client.get(of(noted))) | {"forms": "policy", "results": "我的话"}
    noted.problems_solved = 2
    contacts.change_visit(noted, None)
    answer = client.post(of(noted), sent)
    assert answer.status_code == 409
    assert fields(answer)["results"] == "我的话"
    assert "2/2" in shown(answer)
    # Having seen both, the second attempt holds.
    again = client.post(of(noted), fields(answer) | {"forms": "policy"})
    assert again.status_code == 302
    assert ContactVisit.objects.get().results == "我的话"


def test_a_visit_is_taken_back_with_a_reason(held: ContactPoint, signed_in: SignIn) -> None:
    noted = contacts.note_visit(visit(held), None)
    client = english(signed_in("linzhou_manager"))
    sent = fields(client.get(of(noted))) | {"do": "remove", "reason": ""}
    assert client.post(of(held), sent).status_code == 422
    assert client.post(of(held), sent | {"reason": "重复"}).status_code == 302
    assert client.post(of(held), sent | {"reason": "重复"}).status_code == 302
    assert not ContactVisit.objects.exists()


def test_a_visit_that_somebody_else_took_back_first_is_said_to_be_gone(
    held: ContactPoint, signed_in: SignIn
) -> None:
    noted = contacts.note_visit(visit(held), None)
    client = english(signed_in("linzhou_manager"))
    sent = fields(client.get(of(noted))) | {"do": "remove", "reason": "重复"}
    assert sent["visit"] == str(noted.pk)
    contacts.remove_visit(noted, None, "记错了")
    answer = client.post(of(held), sent)
    assert answer.status_code == 409
    assert "This visit is not there any more." in shown(answer)
    assert answer.context["remove"] is None
    assert CadreChange.objects.get(about="contactvisit", verb="removed").reason == "记错了"
    User.objects.filter(username="huaxian_reviewer").update(role="manager")
    assert signed_in("huaxian_reviewer").post(of(held), sent).status_code == 404


def test_a_contact_point_ends_on_a_day_with_a_reason(held: ContactPoint, signed_in: SignIn) -> None:
    client = english(signed_in("linzhou_manager"))
    typed = {"do": "end", "until": "2026-10-01", "reason": "工作调整"}
    assert send(client, of(held), typed, version="9").status_code == 409
    assert told(client, send(client, of(held), typed)) == ["The contact point has ended."]
    held.refresh_from_db()
    assert held.until == datetime.date(2026, 10, 1)
    assert len(client.get(page_of("linzhou", query="?show=ended")).context["page"]) == 1


def test_a_village_sees_its_own_leader_and_visits_and_changes_nothing(
    world: World, held: ContactPoint, signed_in: SignIn
) -> None:
    contacts.note_visit(visit(held, problems="路灯"), None)
    client = signed_in("dongshan_reporter")
    assert "路灯" in shown(client.get(of(held)))
    assert client.post(of(held), {"do": "visit"}).status_code == 403
    file = shown(client.get(f"/villages/{UNITS['dongshan']}/2026Q3/"))
    assert "示五县" in file
    assert "路灯" in file
    assert signed_in("xishan_reporter").get(of(held)).status_code == 404


def test_a_township_notes_visits_but_does_not_end_contact_points(
    world: World, held: ContactPoint, signed_in: SignIn
) -> None:
    world.users["hejian_reviewer"].role = "manager"
    world.users["hejian_reviewer"].save()
    client = english(signed_in("hejian_reviewer"))
    page = client.get(of(held))
    assert page.context["visit"]
    assert page.context["end"] is None
    assert client.post(of(held), {"do": "end"}).status_code == 422


def test_talks_are_noted_and_the_villages_without_one_are_listed(
    world: World, signed_in: SignIn
) -> None:
    client = english(signed_in("linzhou_manager"))
    typed = {
        "speaker": str(world.persons["leader_linzhou"].pk),
        "village": str(world.units["dongshan"].pk),
        "on": "2026-09-30",
        "topic": "乡村振兴形势与政策",
        "audience": "0",
    }
    address = page_of("linzhou", "policy_talk_new")
    refused = send(client, address, typed)
    assert refused.status_code == 422
    assert fields(refused)["topic"] == "乡村振兴形势与政策"
    assert "At most 30000" in shown(send(client, address, typed | {"audience": "30001"}))
    assert send(client, address, typed | {"audience": "46"}).status_code == 302
    listed = client.get(page_of("linzhou", "policy_talks"))
    assert [row.audience for row in listed.context["page"]] == [46]
    assert listed.context["covered"] == 1
    without = client.get(page_of("linzhou", "policy_talks", "?show=without"))
    assert world.units["dongshan"] not in without.context["page"].object_list
    assert without.context["page"].paginator.count == listed.context["whole"] - 1
    for query in ("?year=2026", "?year=99999999999", "?q=swx", "?county=1", "?q=%00"):
        assert client.get(page_of("linzhou", "policy_talks", query)).status_code == 200


def test_a_talk_is_put_right_and_a_stale_page_says_so(world: World, signed_in: SignIn) -> None:
    given = contacts.note_talk(talk(world), None)
    client = english(signed_in("linzhou_manager"))
    village = {"village": str(given.village_id)}  # chosen already, which `fields` does not read
    sent = fields(client.get(of(given))) | village | {"audience": "80"}
    given.topic = "新题"
    contacts.change_talk(given, None)
    assert client.post(of(given), sent).status_code == 409
    assert send(client, of(given), village | {"audience": "80"}).status_code == 302
    assert PolicyTalk.objects.get().audience == 80


def test_a_talk_is_taken_back_with_a_reason(world: World, signed_in: SignIn) -> None:
    given = contacts.note_talk(talk(world), None)
    client = english(signed_in("linzhou_manager"))
    sent = fields(client.get(of(given))) | {"do": "remove", "reason": ""}
    refused = client.post(of(given), sent)
    assert refused.status_code == 422
    assert fields(refused)["topic"] == given.topic
    assert PolicyTalk.objects.exists()
    sent["reason"] = "重复"
    for _twice in range(2):
        answer = client.post(of(given), sent)
        assert answer["Location"] == page_of("dongshan", "policy_talks")
    assert not PolicyTalk.objects.exists()
    removed = CadreChange.objects.get(about="policytalk", row=given.pk, verb="removed")
    assert (removed.reason, removed.by) == ("重复", world.users["linzhou_manager"])


def test_a_talk_that_changed_meanwhile_or_is_elsewhere_is_not_taken_back(
    world: World, signed_in: SignIn
) -> None:
    given = contacts.note_talk(talk(world), None)
    client = english(signed_in("linzhou_manager"))
    sent = fields(client.get(of(given))) | {"do": "remove", "reason": "重复"}
    given.topic = "新题"
    contacts.change_talk(given, None)
    assert client.post(of(given), sent).status_code == 409
    world.users["huaxian_reviewer"].role = "manager"
    world.users["huaxian_reviewer"].save()
    assert signed_in("huaxian_reviewer").post(of(given), sent).status_code == 404
    assert signed_in("linzhou_viewer").post(of(given), sent).status_code == 403
    assert PolicyTalk.objects.get().topic == "新题"


def test_the_file_of_a_leader_tells_the_contact_points(world: World, held: ContactPoint) -> None:
    told_of = of_person(held.leader, world.users["linzhou_manager"], DAY)
    assert told_of
    assert told_of["points"] == [held]
    assert of_person(held.leader, world.users["huaxian_reviewer"], DAY) is None


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("contact_points", ""),
        ("contact_points", "?show=without"),
        ("policy_talks", ""),
        ("policy_talks", "?show=without"),
    ],
)
def test_a_list_costs_as_many_queries_for_more_rows(
    world: World, held: ContactPoint, signed_in: SignIn, name: str, query: str
) -> None:
    contacts.note_talk(talk(world), None)
    another_leader(world)
    client = signed_in("city_manager")

    def asked() -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked_for:
            assert client.get(page_of("city", name, query)).status_code == 200
        return len(asked_for)

    asked()
    before = asked()
    for unit in ("xishan", "nanping", "beiping"):
        contacts.set_point(point(world, unit), None)
        contacts.note_talk(talk(world, unit), None)
        another_leader(world)
    assert asked() == before


def test_the_village_is_searched_on_the_server_and_nothing_typed_is_lost(
    world: World, held: ContactPoint, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cadres.searched.FOUND", 1)
    client = english(signed_in("linzhou_manager"))
    address = page_of("linzhou", "contact_point_new")
    assert "东山村" not in shown(client.get(address))
    typed = {"do": "find", "village_text": "nanping", "note": "包村联户"}
    page = client.post(address, fields(client.get(address)) | typed)
    assert (page.status_code, page.context["form"].errors) == (200, {})
    assert fields(page)["note"] == "包村联户"
    assert f'name="village" value="{world.units["nanping"].pk}"' in shown(page)
    refused = client.post(address, fields(page) | {"leader": str(held.leader_id)})
    assert "Find the village and choose it." in shown(refused)


def test_while_one_searches_a_talk_stays_of_the_version_that_was_shown(
    world: World, signed_in: SignIn
) -> None:
    told_once = contacts.note_talk(talk(world), None)
    client, address = english(signed_in("linzhou_manager")), of(told_once)
    page = client.get(address)
    assert f'value="{told_once.village_id}" checked' in shown(page)
    sent = fields(page) | {"village": str(told_once.village_id)}
    other = PolicyTalk.objects.get(pk=told_once.pk)
    other.audience = 90
    contacts.change_talk(other, None)
    found = client.post(address, sent | {"do": "find", "village_text": "nanping"})
    assert fields(found)["version"] == "1"
    assert f'value="{told_once.village_id}" checked' in shown(found)
    again = fields(found) | {"village": str(told_once.village_id)}
    assert client.post(address, again).status_code == 409


def test_an_end_that_was_overtaken_says_what_was_changed_and_can_be_sent_again(
    world: World, held: ContactPoint, signed_in: SignIn
) -> None:
    client = english(signed_in("linzhou_manager"))
    end = {"do": "end", "reason": "调整", "until": "2026-10-05"}
    sent = {"version": str(held.version), **end}
    contacts.end_point(held, datetime.date(2026, 12, 31), None, "先定")
    page = client.post(of(held), sent)
    assert page.status_code == 409
    assert "<ins>2026-12-31</ins>" in shown(page)
    again = {"version": page.context["end"]["version"].value(), **end, "key": "again"}
    assert client.post(of(held), again).status_code == 302


@pytest.mark.parametrize("name", ["contact_points", "policy_talks"])
def test_the_filters_of_a_list_can_be_kept(signed_in: SignIn, name: str) -> None:
    client = english(signed_in("linzhou_manager"))
    assert "Keep this filter" not in shown(client.get(page_of("linzhou", name)))
    chosen = page_of("linzhou", name, "?q=swx")
    assert "Keep this filter" in shown(client.get(chosen))
    kept = client.post(reverse("accounts:keep_filter"), {"name": "我的", "back": chosen})
    assert kept.status_code == 302
    saved = client.get(page_of("linzhou", name)).context["saved"].kept
    assert [(one.name, one.query) for one in saved] == [("我的", "q=swx")]
