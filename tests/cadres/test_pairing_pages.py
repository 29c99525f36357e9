"""The pages of matching: trying out without storing, deciding, proposing, applying."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from cadres.actions import pairing, proposing
from cadres.models import CadreChange, PairingMark, PairingRound, Posting
from cadres.pairing import solving
from cadres.pairing_page import filled_from_above, rows
from cadres.sheets.pairing import remark_on
from tests.cadres.pairing_rounds import START, begun, candidate, filled, person, place, proposed
from tests.tasks.pages import english
from tests.world import UNITS, World
from villages.models import Division

SignIn = Callable[[str], Client]
CRITERIA = {
    "weight_strengths": 4,
    "weight_functions": 2,
    "weight_wishes": 2,
    "weight_nearness": 1,
    "weight_weak": 3,
    "home_avoidance": "township",
    "least_fit": 0,
}


def at(name: str, of: PairingRound, *more: int) -> str:
    return reverse(f"cadres:{name}", args=[of.pk, *more])


def at_unit(unit: str) -> str:
    return reverse("cadres:pairing_rounds", args=[UNITS[unit]])


def post(client: Client, address: str, of: PairingRound, **data: Any) -> Any:
    of.refresh_from_db()
    return client.post(address, {"version": of.version, **data})


@pytest.fixture
def manager(signed_in: SignIn) -> Client:
    return signed_in("linzhou_manager")


def test_a_round_goes_from_its_beginning_to_its_postings_in_the_browser(
    world: World, manager: Client
) -> None:
    of = filled(world)
    PairingRound.objects.exclude(pk=of.pk).delete()
    listed = manager.get(reverse("cadres:pairing_rounds", args=[UNITS["linzhou"]]))
    assert of.title in listed.content.decode()
    assert post(manager, at("pairing_propose", of), of).status_code == 302
    page = manager.get(at("pairing_round", of)).content.decode()
    assert "示甲产" in page
    assert "产业发展" in page
    assert post(manager, at("pairing_apply", of), of, key="k1").status_code == 302
    of.refresh_from_db()
    assert of.state == "applied"
    assert Posting.objects.filter(start=START).count() == 2
    assert manager.get(at("pairing_round", of)).status_code == 200


def test_a_new_round_is_begun_once_however_often_it_is_sent(world: World, manager: Client) -> None:
    address = reverse("cadres:pairing_rounds", args=[UNITS["linzhou"]])
    kind = begun(world).kind
    sent = {"title": "轮换", "kind": kind.pk, "start": "2026-11-01", "key": "k2"}
    for _time in range(2):
        assert manager.post(address, sent).status_code == 302
    assert PairingRound.objects.filter(title="轮换").count() == 1
    assert manager.post(address, {**sent, "title": "", "key": "k3"}).status_code == 422


def test_trying_a_pair_stores_nothing(world: World, manager: Client) -> None:
    of = filled(world)
    proposing.put_forward(of, world.users["linzhou_manager"])
    before = proposed(of), CadreChange.objects.count()
    address = at("pairing_place", of, place(of, world, "nanping").pk)
    sent = {"candidate": candidate(of, "示乙法").pk, "verdict": "pin", "do": "try"}
    answer = post(manager, address, of, **sent)
    assert answer.status_code == 200
    trial = answer.context["trial"]
    assert {(c.place.division.short_name, c.before, c.after) for c in trial.changes} == {
        ("南平村", "示甲产", "示乙法"),
        ("北平村", "示乙法", "示甲产"),
    }
    assert trial.after.total < trial.before.total
    of.refresh_from_db()
    assert of.is_current
    assert (proposed(of), CadreChange.objects.count()) == before
    assert not PairingMark.objects.exists()


def test_trying_other_criteria_stores_nothing(world: World, manager: Client) -> None:
    of = filled(world)
    proposing.put_forward(of, world.users["linzhou_manager"])
    before = proposed(of), CadreChange.objects.count()
    sent = {**CRITERIA, "least_fit": 90, "do": "try"}
    trial = post(manager, at("pairing_round", of), of, **sent).context["trial"]
    assert (trial.before.filled, trial.after.filled) == (2, 0)
    assert {change.after for change in trial.changes} == {""}
    # What stands is scored by the criteria that are tried.
    sent = {**CRITERIA, "weight_nearness": 9, "do": "try"}
    trial = post(manager, at("pairing_round", of), of, **sent).context["trial"]
    assert trial.before.total != sum(row.score for row in of.places.all())
    assert (trial.after.total, trial.changes) == (trial.before.total, [])
    of.refresh_from_db()
    assert (of.is_current, of.least_fit) == (True, 0)
    assert (proposed(of), CadreChange.objects.count()) == before


def test_criteria_that_are_stored_make_the_proposal_one_of_before(
    world: World, manager: Client
) -> None:
    of = filled(world)
    proposing.put_forward(of, world.users["linzhou_manager"])
    sent = {**CRITERIA, "weight_weak": 0, "do": "save"}
    assert post(manager, at("pairing_round", of), of, **sent).status_code == 302
    of.refresh_from_db()
    assert (of.weight_weak, of.is_current) == (0, False)
    assert post(manager, at("pairing_apply", of), of).status_code == 302
    assert not Posting.objects.filter(start=START).exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"weight_weak": 11},
        {"weight_weak": "x"},
        {"least_fit": 101},
        dict.fromkeys([name for name in CRITERIA if name.startswith("weight")], 0),
        {"home_avoidance": "street"},
    ],
)
@pytest.mark.parametrize("do", ["try", "save"])
def test_criteria_that_cannot_be_are_refused(
    world: World, manager: Client, wrong: dict[str, Any], do: str
) -> None:
    of = filled(world)
    answer = post(manager, at("pairing_round", of), of, **{**CRITERIA, **wrong}, do=do)
    assert answer.status_code == 422
    of.refresh_from_db()
    assert of.weight_weak == 3


def test_an_old_version_is_refused_and_what_stands_is_shown(world: World, manager: Client) -> None:
    of = filled(world)
    old = of.version
    pairing.change(of, {"least_fit": 10}, world.users["city_manager"])
    answer = manager.post(at("pairing_round", of), {**CRITERIA, "version": old, "do": "save"})
    assert answer.status_code == 422
    assert PairingRound.objects.get(pk=of.pk).least_fit == 10


@pytest.mark.parametrize("page", ["pairing_villages", "pairing_candidates"])
def test_what_was_sent_of_an_old_version_can_be_sent_again(
    world: World, manager: Client, page: str
) -> None:
    of = filled(world)
    old = of.version
    pairing.change(of, {"least_fit": 10}, world.users["city_manager"])
    ticked = {
        "pairing_villages": {"place": of.places.all()[0].pk},
        "pairing_candidates": {"candidate": of.candidates.all()[0].pk},
    }[page]
    sent = {**ticked, "do": "drop"}
    refused = manager.post(at(page, of), {**sent, "version": old})
    assert refused.status_code == 422
    assert refused.context["round"].version == old + 1
    again = manager.post(at(page, of), {**sent, "version": refused.context["round"].version})
    assert again.status_code == 302


def test_a_pair_is_pinned_and_taken_back_on_the_page_of_the_village(
    world: World, manager: Client
) -> None:
    of = filled(world)
    village, who = place(of, world, "nanping"), candidate(of, "示乙法")
    address = at("pairing_place", of, village.pk)
    sent = {"candidate": who.pk, "verdict": "pin", "reason": "熟悉村情"}
    assert post(manager, address, of, **sent).status_code == 302
    mark = PairingMark.objects.get()
    assert (mark.by, mark.reason) == (world.users["linzhou_manager"], "熟悉村情")
    assert "熟悉村情" in manager.get(address).content.decode()
    assert post(manager, address, of, **sent).status_code == 422
    assert post(manager, at("pairing_take_back", of, mark.pk), of).status_code == 302
    assert not PairingMark.objects.exists()


def test_whoever_is_pinned_is_told_from_whoever_is_still_proposed(
    world: World, manager: Client
) -> None:
    of, by = filled(world), world.users["linzhou_manager"]
    proposing.put_forward(of, by)

    def decide(name: str, verdict: str) -> None:
        where, whom = place(of, world, "nanping"), candidate(of, name)
        pairing.decide(PairingMark(place=where, candidate=whom, verdict=verdict, reason="村情"), by)

    def told() -> tuple[list[str], str]:
        of.refresh_from_db()
        page = manager.get(at("pairing_round", of)).content.decode()
        (row,) = [row for row in rows(of) if row.place.division.short_name == "南平村"]
        return re.findall(r"(示..)(?:<br>.*?</span>)? <span class=.chip", page), remark_on(row)

    assert told() == ([], "")
    decide("示甲产", "forbid")
    decide("示乙法", "pin")
    pinned, remark = told()
    assert pinned == ["示乙法"]
    assert remark.splitlines()[0] == "已固定：示乙法"
    proposing.put_forward(of, by)
    pinned, remark = told()
    assert pinned == ["示乙法"]
    assert remark.splitlines()[0] == "已固定"


def test_people_are_listed_by_name_and_never_by_score(world: World, manager: Client) -> None:
    of = filled(world)
    proposing.put_forward(of, world.users["linzhou_manager"])
    page = manager.get(at("pairing_place", of, place(of, world, "beiping").pk))
    assert [one.candidate.person.name for one in page.context["options"]] == ["示甲产", "示乙法"]
    scores = [one.score for one in page.context["options"]]
    assert scores[0] < scores[1]


def test_vacant_villages_alone_are_offered_and_taken_in(world: World, manager: Client) -> None:
    of = begun(world)
    page = manager.get(at("pairing_villages", of))
    names = {village.short_name for village, _needs, _weak in page.context["vacant"]}
    # 东山村 and 西山村 of 合涧镇 have a first secretary; the community is no village.
    assert names == {"南平村", "东山村", "北平村", "城边村"}
    add = [world.units["nanping"].pk, world.units["dongshan"].pk, world.units["shiqiao"].pk]
    assert post(manager, at("pairing_villages", of), of, add=add, do="add").status_code == 302
    assert [row.division for row in of.places.all()] == [world.units["nanping"]]
    taken = [row.pk for row in of.places.all()]
    assert post(manager, at("pairing_villages", of), of, place=taken, do="drop").status_code == 302
    assert not of.places.exists()
    found = f"{at('pairing_villages', of)}?q=npc"
    assert post(manager, found, of, do="add_all").status_code == 302
    assert [row.division for row in of.places.all()] == [world.units["nanping"]]


def test_people_of_the_own_unit_who_are_free_alone_are_offered(
    world: World, manager: Client
) -> None:
    person(world, "示戊远", "huaxian_trade", division=world.units["huaxian"])
    of = begun(world)
    page = manager.get(at("pairing_candidates", of))
    assert [one.name for one in page.context["page"]] == ["示八闲", "示四退"]
    add = [one.pk for one in world.persons.values()]
    assert post(manager, at("pairing_candidates", of), of, add=add, do="add").status_code == 302
    assert {row.person.name for row in of.candidates.all()} == {"示八闲", "示四退"}


def test_wishes_are_counties_of_the_round(world: World, signed_in: SignIn) -> None:
    of = begun(world, "city")
    pairing.add_candidates(of, [world.persons["free"]], world.users["city_manager"])
    who = candidate(of, "示八闲")
    city, address = signed_in("city_manager"), at("pairing_wishes", of, who.pk)
    counties = {name: world.units[name].pk for name in ("linzhou", "huaxian", "hejian")}
    sent = {"prefers": [counties["linzhou"]], "avoids": [counties["huaxian"]]}
    assert post(city, address, of, **sent).status_code == 302
    assert list(who.avoids.all()) == [world.units["huaxian"]]
    assert post(city, address, of, prefers=[counties["hejian"]]).status_code == 422
    both = {"prefers": [counties["linzhou"]], "avoids": [counties["linzhou"]]}
    assert post(city, address, of, **both).status_code == 422


def test_a_county_sees_neither_the_citys_rounds_nor_another_countys(
    world: World, signed_in: SignIn
) -> None:
    citys, linzhous = begun(world, "city", title="全市轮换"), begun(world)
    huaxian = signed_in("linzhou_manager")
    assert huaxian.get(at("pairing_round", citys)).status_code == 404
    assert huaxian.get(at("pairing_round", linzhous)).status_code == 200
    page = signed_in("city_manager").get(reverse("cadres:pairing_rounds", args=[UNITS["city"]]))
    assert {of.title for of in page.context["rounds"]} == {citys.title, linzhous.title}


@pytest.mark.parametrize("who", ["linzhou_reviewer", "linzhou_viewer", "hejian_reporter"])
def test_who_keeps_no_registers_has_no_rounds(world: World, signed_in: SignIn, who: str) -> None:
    of = filled(world)
    client = signed_in(who)
    assert client.get(at("pairing_round", of)).status_code == 403
    assert post(client, at("pairing_propose", of), of).status_code == 403


def test_a_candidate_who_left_the_unit_is_not_named_any_more(world: World, manager: Client) -> None:
    of = filled(world)
    proposing.put_forward(of, world.users["linzhou_manager"])
    who = candidate(of, "示甲产").person
    who.division = world.units["huaxian"]
    who.save()
    for page in (at("pairing_round", of), at("pairing_candidates", of), at("pairing_villages", of)):
        assert "示甲产" not in manager.get(page).content.decode()


def test_a_solver_that_fails_is_told_and_nothing_is_stored(
    world: World, manager: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = filled(world)
    monkeypatch.setattr(solving, "MEMORY", 1 << 20)
    assert post(manager, at("pairing_propose", of), of).status_code == 302
    of.refresh_from_db()
    assert not of.is_proposed
    answer = post(manager, at("pairing_round", of), of, **CRITERIA, do="try")
    assert answer.status_code == 422


def test_a_round_that_is_given_up_is_gone_and_noted(world: World, manager: Client) -> None:
    of = filled(world)
    pk = of.pk
    assert post(manager, at("pairing_discard", of), of).status_code == 302
    assert not PairingRound.objects.filter(pk=pk).exists()
    assert CadreChange.objects.filter(about="pairinground", row=pk, verb="removed").exists()


def test_a_page_costs_the_same_for_three_times_the_rows(world: World, manager: Client) -> None:
    of = filled(world)
    by = world.users["linzhou_manager"]

    def costs() -> list[int]:
        proposing.put_forward(PairingRound.objects.get(pk=of.pk), by)
        counts = []
        village = place(of, world, "nanping")
        for address in (
            at("pairing_round", of),
            at("pairing_villages", of),
            at("pairing_candidates", of),
            at("pairing_place", of, village.pk),
        ):
            with CaptureQueriesContext(connection) as captured:
                assert manager.get(address).status_code == 200
            counts.append(len(captured))
        return counts

    manager.get("/ledgers/")
    before = costs()
    of.refresh_from_db()
    more = [person(world, f"示己{n}", "culture", "产业发展") for n in "一二三四五六"]
    pairing.add_candidates(of, more, by)
    of.refresh_from_db()
    pairing.add_places(of, [world.units["chengbian"]], by)
    assert costs() == before


def test_every_number_of_a_form_is_written_without_separators(
    world: World, manager: Client
) -> None:
    of = filled(world)
    PairingRound.objects.filter(pk=of.pk).update(version=12345)
    page = manager.get(at("pairing_round", of)).content.decode()
    assert set(re.findall(r'name="version" value="([^"]*)"', page)) == {"12345"}


def test_a_decision_on_a_pair_wants_a_reason(world: World, manager: Client) -> None:
    of = filled(world)
    address = at("pairing_place", of, place(of, world, "nanping").pk)
    sent = {"candidate": candidate(of, "示乙法").pk, "verdict": "forbid"}
    for reason in ("", "  "):
        answer = post(manager, address, of, **sent, reason=reason, do="decide")
        assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["reason"])
    assert not PairingMark.objects.exists()
    assert post(manager, address, of, **sent, reason="本村亲属", do="decide").status_code == 302
    assert "本村亲属" in manager.get(address).content.decode()


def test_namesakes_are_told_apart_where_one_is_chosen(world: World, manager: Client) -> None:
    of = filled(world)
    same = person(world, "示甲产", "culture", birth="1988-03")
    pairing.add_candidates(of, [same], world.users["linzhou_manager"])
    page = english(manager).get(at("pairing_place", of, place(of, world, "nanping").pk))
    labels = [label for _value, label in page.context["form"].fields["candidate"].choices]
    assert f"示甲产 · born in 1988 · {same.organization}" in labels
    assert len(set(labels)) == len(labels) == 4


def test_a_county_reads_what_a_round_of_the_city_filled_in_it_and_nothing_else(
    world: World, manager: Client, signed_in: SignIn
) -> None:
    by = world.users["city_manager"]
    of = begun(world, "city", title="全市派需对接")
    units = [world.units[unit] for unit in ("nanping", "feilai")]
    pairing.add_places(of, units, by)
    of.refresh_from_db()
    pairing.add_candidates(
        of, [person(world, name, "agriculture") for name in ("示丙", "示丁")], by
    )
    of.refresh_from_db()
    address = reverse("cadres:pairing_rounds", args=[UNITS["linzhou"]])
    proposing.put_forward(of, by)
    of.refresh_from_db()
    assert "全市派需对接" not in manager.get(address).content.decode()
    proposing.apply(of, by)
    page = manager.get(address).content.decode()
    went = proposed(of)
    assert "全市派需对接" in page
    assert went["南平村"] in page
    assert "飞来" not in page
    assert next(name for village, name in went.items() if village != "南平村") not in page
    assert manager.get(at("pairing_round", of)).status_code == 404
    with CaptureQueriesContext(connection) as captured:
        (here,) = filled_from_above(world.units["linzhou"]).places
        assert here.proposed is not None
        names = here.proposed.person.division.name, here.round.division.short_name
    assert (len(captured), names) == (1, ("林州市", "安阳市"))
    assert (
        not signed_in("city_manager")
        .get(reverse("cadres:pairing_rounds", args=[UNITS["city"]]))
        .context["above"]
        .places
    )


def test_what_another_county_filled_before_it_gave_the_village_away_is_not_from_above(
    world: World, signed_in: SignIn
) -> None:
    of, by = filled(world), world.users["linzhou_manager"]
    proposing.put_forward(of, by)
    of.refresh_from_db()
    proposing.apply(of, by)
    village, town = world.units["nanping"], world.units["baidaokou"]
    moved = {"parent": town, "path": f"{town.path}{village.pk}/"}
    Division.objects.filter(pk=village.pk).update(**moved)
    User.objects.filter(username="huaxian_reviewer").update(role="manager")
    client, address = signed_in("huaxian_reviewer"), at_unit("huaxian")
    assert client.get(address).context["above"].places == []
    # The control: the same village of a round that a unit above runs.
    PairingRound.objects.filter(pk=of.pk).update(division=world.units["city"])
    assert of.title in client.get(address).content.decode()


def test_a_list_of_the_last_villages_filled_says_how_many_there_are(
    world: World, manager: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    of, by = filled(world), world.users["linzhou_manager"]
    proposing.put_forward(of, by)
    of.refresh_from_db()
    proposing.apply(of, by)
    PairingRound.objects.filter(pk=of.pk).update(division=world.units["city"])
    address = at_unit("linzhou")
    assert "Listed: the last" not in english(manager).get(address).content.decode()
    monkeypatch.setattr("cadres.pairing_page.MOST_FROM_ABOVE", 1)
    page = english(manager).get(address).content.decode()
    assert "above <small>2</small>" in page
    assert "Listed: the last 1." in page


def test_a_shortage_is_said_in_numbers(world: World, manager: Client) -> None:
    of = filled(world, ("nanping", "beiping", "dongshan_linqi"))
    proposing.put_forward(of, world.users["linzhou_manager"])
    page = english(manager).get(at("pairing_round", of)).content.decode()
    assert "There are 2 candidates for 3 villages" in page
    assert "3 villages, this one among them, depend on the same 2 people; 1 of the villages" in page
