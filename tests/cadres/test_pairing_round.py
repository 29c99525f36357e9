"""A round from its beginning to its postings, and what refuses to go on."""

import datetime
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from cadres.actions import pairing, postings, proposing
from cadres.models import CadreChange, PairingMark, PairingRound, Person, Posting
from cadres.models.pairing_round import WEIGHTS
from cadres.pairing.facts import Bar, Question
from cadres.pairing.proposal import Proposal
from cadres.pairing_question import asked
from tests.cadres.pairing_rounds import (
    START,
    begun,
    candidate,
    cap,
    filled,
    person,
    place,
    proposed,
    weak,
)
from tests.world import World
from villages.models import Division

TOO_LATE = {"start": datetime.date(9999, 1, 1)}


def put_forward(of: PairingRound, world: World) -> PairingRound:
    proposing.put_forward(of, world.users["linzhou_manager"])
    of.refresh_from_db()
    return of


def mark(of: PairingRound, world: World, unit: str, name: str, verdict: str) -> PairingMark:
    given = PairingMark(
        place=place(of, world, unit),
        candidate=candidate(of, name),
        verdict=verdict,
        reason="熟悉村情",
    )
    made = pairing.decide(given, world.users["linzhou_manager"])
    of.refresh_from_db()
    return made


def refusal(refused: "pytest.ExceptionInfo[ValidationError]") -> str:
    return str(refused.value.code)


def test_a_proposal_is_kept_with_what_its_scores_are_made_of(world: World) -> None:
    of = put_forward(filled(world), world)
    assert proposed(of) == {"南平村": "示甲产", "北平村": "示乙法"}
    row = place(of, world, "nanping")
    assert sum(p["share"] * p["weight"] for p in row.parts) / 12 == pytest.approx(
        row.score, abs=0.5
    )
    assert row.parts[0]["share"] == 100
    assert of.is_current
    assert not Posting.objects.filter(start=START).exists()


def test_applying_makes_every_posting_with_its_term_and_history(world: World) -> None:
    of = put_forward(filled(world), world)
    by = world.users["linzhou_manager"]
    made = proposing.apply(of, by)
    of.refresh_from_db()
    assert (of.state, of.applied_by) == ("applied", by)
    assert {(p.division.short_name, p.person.name) for p in made} == set(proposed(of).items())
    for posting in Posting.objects.filter(start=START):
        assert posting.planned_end == datetime.date(2028, 10, 31)
        assert posting.organization == posting.person.organization
        assert CadreChange.objects.of(posting).get().reason == of.title
    assert CadreChange.objects.of(of).first().after["state"] == "applied"  # type: ignore[union-attr]


def test_what_is_applied_changes_no_more(world: World) -> None:
    of = put_forward(filled(world), world)
    by = world.users["linzhou_manager"]
    proposing.apply(of, by)
    of.refresh_from_db()
    for act in (
        lambda: proposing.apply(of, by),
        lambda: proposing.put_forward(of, by),
        lambda: pairing.change(of, {"least_fit": 5}, by),
        lambda: pairing.drop_places(of, [row.pk for row in of.places.all()], by),
        lambda: pairing.discard(of, by),
    ):
        with pytest.raises(ValidationError) as refused:
            act()
        assert refusal(refused) == "applied"
    assert Posting.objects.filter(start=START).count() == 2


def test_nothing_is_applied_where_one_posting_is_refused(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = put_forward(filled(world), world)
    appoint = postings.appoint

    def refuses_one(posting: Posting, *rest: object) -> Posting:
        if posting.division == world.units["beiping"]:
            raise ValidationError("因故不能任职")
        return appoint(posting, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(postings, "appoint", refuses_one)
    with pytest.raises(ValidationError, match="因故不能任职") as refused:
        proposing.apply(of, world.users["linzhou_manager"])
    assert "示乙法" in refused.value.messages[0]
    of.refresh_from_db()
    assert of.is_draft
    assert not Posting.objects.filter(start=START).exists()


@pytest.mark.parametrize("what", ["strength", "capacity", "need", "seat", "busy", "home"])
def test_nothing_is_applied_that_was_proposed_from_other_facts(world: World, what: str) -> None:
    of = put_forward(filled(world), world)
    economist = Person.objects.get(name="示甲产")
    if what == "strength":
        economist.strengths.clear()
    elif what == "capacity":
        cap(world.organizations["agriculture"], 5)
    elif what == "need":
        world.units["nanping"].needs.all().delete()
    elif what == "home":
        Person.objects.filter(pk=economist.pk).update(home=world.units["guiyuan"])
    else:
        where = world.units["nanping" if what == "seat" else "chengbian"]
        who = world.persons["free"] if what == "seat" else economist
        given = {"organization": who.organization, "start": START, "kind": of.kind}
        postings.appoint(Posting(person=who, division=where, **given), None)
    with pytest.raises(ValidationError) as refused:
        proposing.apply(of, world.users["linzhou_manager"])
    assert refusal(refused) == "stale"
    of.refresh_from_db()
    assert of.is_draft


def test_a_round_changed_after_its_proposal_is_proposed_again_before_it_is_applied(
    world: World,
) -> None:
    of = put_forward(filled(world), world)
    by = world.users["linzhou_manager"]
    pairing.change(of, {"weight_wishes": 0}, by)
    of.refresh_from_db()
    assert not of.is_current
    with pytest.raises(ValidationError) as refused:
        proposing.apply(of, by)
    assert refusal(refused) == "stale"
    proposing.apply(put_forward(of, world), by)
    assert Posting.objects.filter(start=START).count() == 2


def test_a_round_that_proposes_nothing_cannot_be_applied(world: World) -> None:
    of = put_forward(begun(world), world)
    with pytest.raises(ValidationError) as refused:
        proposing.apply(of, world.users["linzhou_manager"])
    assert refusal(refused) == "nothing"


@pytest.mark.parametrize("what", ["fact", "rule"])
def test_what_changes_while_it_is_solved_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    of = filled(world)
    solved = proposing.solved

    def meanwhile(question: Question) -> Proposal:
        if what == "fact":
            Person.objects.get(name="示甲产").strengths.clear()
        else:
            pairing.change(of, {"least_fit": 10}, world.users["city_manager"])
        return solved(question)

    monkeypatch.setattr(proposing, "solved", meanwhile)
    with pytest.raises(ValidationError) as refused:
        put_forward(of, world)
    assert refusal(refused) == "stale"
    assert proposed(of) == {}


def test_a_round_that_was_given_up_meanwhile_is_told(world: World) -> None:
    of = filled(world)
    other = PairingRound.objects.get(pk=of.pk)
    pairing.discard(of, world.users["linzhou_manager"])
    with pytest.raises(ValidationError) as refused:
        pairing.change(other, {"least_fit": 10}, world.users["linzhou_manager"])
    assert refusal(refused) == "gone"


def test_of_two_who_change_the_same_version_one_is_refused(world: World) -> None:
    of = filled(world)
    other = PairingRound.objects.get(pk=of.pk)
    pairing.change(of, {"least_fit": 10}, world.users["linzhou_manager"])
    with pytest.raises(ValidationError) as refused:
        pairing.change(other, {"least_fit": 20}, world.users["city_manager"])
    assert refusal(refused) == "stale"
    other.refresh_from_db()
    assert other.least_fit == 10


def test_a_pin_stands_and_a_ban_keeps_apart(world: World) -> None:
    of = filled(world)
    mark(of, world, "nanping", "示乙法", "pin")
    assert proposed(put_forward(of, world))["南平村"] == "示乙法"
    pairing.take_back(PairingMark.objects.get(), world.users["linzhou_manager"])
    of.refresh_from_db()
    mark(of, world, "nanping", "示甲产", "forbid")
    assert proposed(put_forward(of, world)) == {"南平村": "示乙法", "北平村": "示甲产"}
    removed = CadreChange.objects.filter(about="pairingmark", verb="removed").get()
    assert removed.before["verdict"] == "pin"


def test_nobody_is_pinned_against_a_rule(world: World) -> None:
    of = filled(world)
    Person.objects.filter(name="示甲产").update(home=world.units["dongshan"])
    with pytest.raises(ValidationError, match="示甲产"):
        mark(of, world, "nanping", "示甲产", "pin")
    assert not PairingMark.objects.exists()


def test_a_village_and_a_person_are_pinned_once(world: World) -> None:
    of = filled(world)
    mark(of, world, "nanping", "示甲产", "pin")
    for unit, name in (("nanping", "示乙法"), ("beiping", "示甲产"), ("nanping", "示甲产")):
        with pytest.raises(ValidationError):
            mark(of, world, unit, name, "pin")
    assert PairingMark.objects.count() == 1


def test_a_pin_that_breaks_a_rule_later_is_told_and_applied_never(world: World) -> None:
    of = filled(world)
    mark(of, world, "nanping", "示甲产", "pin")
    Person.objects.filter(name="示甲产").update(home=world.units["dongshan"])
    put_forward(of, world)
    assert PairingMark.objects.get().broken == Bar.HOME
    with pytest.raises(ValidationError) as refused:
        proposing.apply(of, world.users["linzhou_manager"])
    assert refusal(refused) == "broken"


def test_whoever_an_organisation_has_sent_counts_against_its_capacity(world: World) -> None:
    of = filled(world)
    # 示二山 of the same organisation serves at 西山村 and has not ended.
    cap(world.organizations["linzhou_water"], 1)
    put_forward(of, world)
    assert "示甲产" not in proposed(of).values()
    cap(world.organizations["linzhou_water"], 2)
    assert "示甲产" in proposed(put_forward(of, world)).values()


def test_an_empty_village_says_what_bars_everybody(world: World) -> None:
    of = filled(world, ("nanping", "beiping", "dongshan_linqi"))
    put_forward(of, world)
    empty = place(of, world, "dongshan_linqi")
    assert empty.proposed is None
    assert (empty.why["possible"], empty.why["places"], empty.why["going"]) == (2, 3, 2)


def test_a_kind_for_weak_villages_and_retired_cadres_takes_no_others(world: World) -> None:
    weak(world, "nanping")
    of = filled(world, kind="retired_first_secretary")
    retired = person(world, "示丙退", "linzhou_water", has_left_lead=True)
    pairing.add_candidates(of, [retired], world.users["linzhou_manager"])
    of.refresh_from_db()
    put_forward(of, world)
    assert proposed(of) == {"南平村": "示丙退"}
    assert place(of, world, "beiping").why["bars"] == {"village": 3}
    barred = {one.barred for one in asked(of).question.candidates}
    assert barred == {None, Bar.SERVING}


def test_a_village_that_moved_away_takes_no_part_any_more(world: World) -> None:
    of = put_forward(filled(world), world)
    village = Division.objects.get(pk=world.units["nanping"].pk)
    village.parent = world.units["baidaokou"]
    village.place(datetime.date(2026, 10, 1))
    assert world.units["nanping"].pk not in {row.division_id for row in asked(of).places.values()}
    with pytest.raises(ValidationError) as refused:
        proposing.apply(of, world.users["linzhou_manager"])
    assert refusal(refused) == "stale"


def test_a_round_has_at_most_so_many_villages(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pairing, "MOST_PLACES", 1)
    with pytest.raises(ValidationError):
        filled(world)


def test_a_round_is_for_villages_and_weighs_something(world: World) -> None:
    for says in ({"kind": "secondment"}, {"planned_end": datetime.date(2026, 1, 1)}, TOO_LATE):
        with pytest.raises(ValidationError):
            begun(world, **says)
    nothing: dict[str, Any] = dict.fromkeys(WEIGHTS.values(), 0)
    with pytest.raises(ValidationError):
        begun(world, **nothing)
    with pytest.raises(ValidationError):
        begun(world, weight_weak=11)


def test_a_round_begins_a_year_back_at_most(world: World) -> None:
    with pytest.raises(ValidationError) as refused:
        begun(world, start=datetime.date(2025, 10, 1))
    assert list(refused.value.message_dict) == ["start"]
    assert begun(world, start=datetime.date(2025, 10, 2)).pk


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("start", {"start": datetime.date(2027, 10, 3)}),
        ("planned_end", {"planned_end": datetime.date(2036, 11, 2)}),
        ("planned_end", {"planned_end": datetime.date(2026, 10, 31)}),
    ],
)
def test_a_day_of_a_round_that_is_wrong_is_told_once_at_its_field(
    world: World, name: str, says: dict[str, Any]
) -> None:
    with pytest.raises(ValidationError) as refused:
        begun(world, **says)
    assert {field: len(told) for field, told in refused.value.message_dict.items()} == {name: 1}


def test_a_round_begins_a_year_ahead_and_lasts_ten_years_at_most(world: World) -> None:
    start, last = datetime.date(2027, 10, 2), datetime.date(2037, 10, 2)
    assert begun(world, start=start, planned_end=last).pk


def test_two_rounds_of_a_unit_that_are_prepared_have_two_titles(world: World) -> None:
    first = begun(world)
    with pytest.raises(ValidationError) as refused:
        begun(world, title=f" {first.title} ")
    assert list(refused.value.message_dict) == ["title"]
    assert begun(world, "city", title=first.title).pk
    assert begun(world, title=f"{first.title}（二）").pk
    pairing.discard(first, world.users["linzhou_manager"])
    assert begun(world, title=first.title).pk


def test_a_county_is_wished_for_or_to_be_spared(world: World) -> None:
    of = filled(world)
    linzhou = [world.units["linzhou"]]
    who, by = candidate(of, "示甲产"), world.users["linzhou_manager"]
    with pytest.raises(ValidationError):
        pairing.wish(who, linzhou, linzhou, by)
    pairing.wish(who, [], linzhou, by)
    avoiding = {one.avoids for one in asked(of).question.candidates}
    assert frozenset({linzhou[0].pk}) in avoiding


def test_facts_are_read_in_as_many_queries_for_more_rows(
    world: World, django_assert_num_queries: "pytest.FixtureRequest"
) -> None:
    of = filled(world)
    with django_assert_num_queries(14):  # type: ignore[operator]
        asked(of)
    by = world.users["linzhou_manager"]
    pairing.add_places(of, [world.units["chengbian"], world.units["dongshan_linqi"]], by)
    of.refresh_from_db()
    more = [person(world, f"示丁{n}", "culture", "产业发展") for n in "一二三"]
    pairing.add_candidates(of, more, by)
    with django_assert_num_queries(14):  # type: ignore[operator]
        asked(of)
