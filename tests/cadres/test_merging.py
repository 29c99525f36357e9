"""Two records of one person made one: proposed, decided by somebody else, and taken back."""

import datetime
import random
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.forms.models import model_to_dict
from django.utils import translation

from cadres.actions import merging, persons, postings, teams
from cadres.actions.merging import CHOICES
from cadres.models import (
    CadreChange,
    ContactPoint,
    PairingCandidate,
    PairingRound,
    Person,
    PersonMerge,
    PolicyTalk,
    Posting,
    Tag,
    TeamMember,
)
from tests.cadres.appointing import new, someone
from tests.cadres.people import NUMBERS, PHONES, number_of, numbered, unnumbered
from tests.cadres.teams import member, team
from tests.tasks.verbs import code_of
from tests.world import World

BY, OTHER = "linzhou_manager", "city_manager"


@pytest.fixture
def twins(world: World) -> tuple[Person, Person]:
    """One person twice: 示一山 who serves at 东山, and a record with a past and numbers."""
    second = Person(
        name="示一山", sex="1", birth="1984-05", position="科长", division=world.units["linzhou"],
        phone="19900002222", education="3",
    )  # fmt: skip
    persons.add(second, None, [Tag.objects.get_or_create(name="测试")[0]])
    past = Posting(
        person=second, kind=world.postings["dongshan"].kind, division=world.units["nanping"],
        organization=world.organizations["linzhou_water"], start=datetime.date(2021, 1, 1),
        end=datetime.date(2022, 12, 31), end_reason="term", seat_number=1,
    )  # fmt: skip
    past.take_from_kind()
    past.save()
    return unnumbered(world.persons["first_dongshan"]), second


def proposed(world: World, twins: tuple[Person, Person], *chosen: str) -> PersonMerge:
    kept, merged = twins
    return merging.propose(kept, merged, chosen, "同一人", world.users[BY])


def picture() -> dict[str, list[Any]]:
    """Everything that a merging may touch, but versions and history."""
    rows = [model_to_dict(person) for person in Person.objects.order_by("pk")]
    for row in rows:
        row["strengths"] = sorted(tag.pk for tag in row["strengths"])
        person = Person.objects.get(pk=row["id"])
        row |= {"merged_into": person.merged_into_id, "digest": person.identity_digest}
        row |= {"pinyin": person.pinyin}
    return {"persons": rows, "postings": [model_to_dict(p) for p in Posting.objects.order_by("pk")]}


def test_what_refers_to_one_record_refers_to_the_other(
    world: World, twins: tuple[Person, Person]
) -> None:
    kept, merged = twins
    merge = proposed(world, twins, "position", "phone", "strengths")
    merging.carry_out(merge.pk, world.users[OTHER], "核实无误")
    kept.refresh_from_db()
    merged.refresh_from_db()
    assert Posting.objects.filter(person=kept).count() == 2
    assert not Posting.objects.filter(person=merged).exists()
    assert (kept.position, kept.phone, kept.education) == ("科长", "19900002222", "2")
    assert [tag.name for tag in kept.strengths.all()] == ["测试"]
    assert merged.merged_into == kept
    assert kept.division == world.units["dongshan"]
    told = CadreChange.objects.of(kept).get()
    assert told.by == world.users[OTHER]
    assert "19900002222" not in str(list(CadreChange.objects.values()))
    assert "19900002222" not in str(list(PersonMerge.objects.values()))


def test_what_moves_is_told_where_it_belongs_and_not_where_the_person_serves(
    world: World, twins: tuple[Person, Person]
) -> None:
    _kept, merged = twins
    linzhou, xishan = world.units["linzhou"], world.units["xishan"]
    day = datetime.date(2026, 9, 1)
    point = ContactPoint.objects.create(leader=merged, village=xishan, since=day)
    talk = PolicyTalk.objects.create(
        speaker=merged, village=xishan, on=day, topic="一号文件", audience=9
    )
    in_team = member(world, team(world, "xishan"), "member", person=merged)
    kind = world.postings["dongshan"].kind
    in_round = PairingRound.objects.create(division=linzhou, title="首轮", kind=kind, start=day)
    candidate = PairingCandidate.objects.create(round=in_round, person=merged)
    merge = proposed(world, twins)
    merging.carry_out(merge.pk, world.users[OTHER])
    rows: list[Any] = [point, talk, in_team, candidate]
    told = [CadreChange.objects.of(row).first() for row in rows]
    assert [change and change.division for change in told] == [xishan, xishan, xishan, linzhou]


def test_every_register_that_refers_to_a_person_has_a_unit() -> None:
    for relation in Person._meta.related_objects:
        model: Any = relation.related_model
        if model in merging.LEFT_ALONE or model is Person:
            continue
        firsts = {way.split(".")[0] for way in merging.WAYS_TO_UNIT}
        assert firsts & {field.name for field in model._meta.fields}, model


def test_a_number_that_only_one_record_has_is_taken_over(
    world: World, twins: tuple[Person, Person]
) -> None:
    kept, merged = twins
    persons.change(merged.pk, 1, {"identity_number": NUMBERS["first_dongshan"]}, None)
    merged.refresh_from_db()
    chosen = merging.empty_here(kept, merged)
    assert {"phone", "identity_number", "position", "strengths"} <= set(chosen)
    assert "education" not in chosen
    merging.carry_out(proposed(world, (kept, merged), *chosen).pk, world.users[OTHER])
    kept.refresh_from_db()
    merged.refresh_from_db()
    assert kept.identity_number == NUMBERS["first_dongshan"]
    assert kept.identity_digest
    assert merged.identity_digest is None


def test_nobody_decides_on_their_own_proposal(world: World, twins: tuple[Person, Person]) -> None:
    merge = proposed(world, twins)
    for verb in (merging.carry_out, merging.refuse):
        with pytest.raises(ValidationError) as refused:
            verb(merge.pk, world.users[BY], "")
        assert code_of(refused.value) == "own"
    assert PersonMerge.objects.waiting().exists()


def test_one_pair_is_proposed_once_whichever_stays(
    world: World, twins: tuple[Person, Person]
) -> None:
    proposed(world, twins)
    with pytest.raises(ValidationError) as refused:
        proposed(world, twins[::-1])
    assert code_of(refused.value) == "stands"


def test_a_verdict_stands(world: World, twins: tuple[Person, Person]) -> None:
    merge = proposed(world, twins)
    merging.refuse(merge.pk, world.users[OTHER], "重名")
    with pytest.raises(ValidationError) as refused:
        merging.carry_out(merge.pk, world.users[OTHER], "")
    assert code_of(refused.value) == "stands"


def test_postings_that_would_overlap_are_named(world: World, twins: tuple[Person, Person]) -> None:
    _kept, merged = twins
    Posting.objects.filter(person=merged).update(end=datetime.date(2025, 3, 1))
    with pytest.raises(ValidationError, match=r"2025\.01") as refused:
        proposed(world, twins)
    assert code_of(refused.value) == "overlap"


def test_an_overlap_that_came_later_is_refused_when_it_is_decided(
    world: World, twins: tuple[Person, Person]
) -> None:
    merge = proposed(world, twins)
    Posting.objects.filter(person=twins[1]).update(end=datetime.date(2025, 3, 1))
    before = picture()
    with pytest.raises(ValidationError):
        merging.carry_out(merge.pk, world.users[OTHER], "")
    assert picture() == before


def test_two_numbers_are_two_persons(world: World, twins: tuple[Person, Person]) -> None:
    kept, merged = twins
    numbered(kept)
    persons.change(merged.pk, 1, {"identity_number": NUMBERS["other"]}, None)
    merged.refresh_from_db()
    with pytest.raises(ValidationError) as refused:
        merging.propose(kept, merged, [], "同一人", world.users[BY])
    assert code_of(refused.value) == "merged"


@pytest.mark.parametrize("seed", range(12))
def test_taking_back_puts_everything_as_it_stood(
    world: World, twins: tuple[Person, Person], seed: int
) -> None:
    """Whatever values were chosen, whichever record stays, whoever has the numbers."""
    lot = random.Random(seed)
    kept, merged = twins if lot.random() < 0.5 else twins[::-1]
    holder = lot.choice([kept, merged])
    numbers = {"identity_number": NUMBERS["first_dongshan"], "phone": PHONES["free"]}
    persons.change(holder.pk, Person.objects.get(pk=holder.pk).version, numbers, None)
    for person in (kept, merged):
        person.refresh_from_db()
    chosen = [name for name in CHOICES if lot.random() < 0.5]
    before = picture()
    merge = merging.propose(kept, merged, chosen, "同一人", world.users[BY])
    merging.carry_out(merge.pk, world.users[OTHER])
    assert picture() != before
    merging.undo(merge.pk, world.users[OTHER])
    assert picture() == before
    merge.refresh_from_db()
    assert merge.undone_by == world.users[OTHER]
    with pytest.raises(ValidationError):
        merging.undo(merge.pk, world.users[OTHER])


def test_what_was_touched_since_is_named_and_nothing_is_taken_back(
    world: World, twins: tuple[Person, Person]
) -> None:
    kept, _merged = twins
    merge = proposed(world, twins)
    merging.carry_out(merge.pk, world.users[OTHER])
    past = Posting.objects.get(division=world.units["nanping"])
    Posting.objects.filter(pk=past.pk).update(note="x")
    with pytest.raises(ValidationError, match="南平村"):
        merging.undo(merge.pk, world.users[OTHER])
    Posting.objects.filter(pk=past.pk).update(note="")
    kept.refresh_from_db()
    persons.change(kept.pk, kept.version, {"position": "x"}, None)
    with pytest.raises(ValidationError, match="示一山"):
        merging.undo(merge.pk, world.users[OTHER])


def test_what_came_later_stays_with_the_record_that_stayed(
    world: World, twins: tuple[Person, Person]
) -> None:
    kept, merged = twins
    merge = proposed(world, twins)
    merging.carry_out(merge.pk, world.users[OTHER])
    kept.refresh_from_db()
    later = new(world, "first_dongshan", "linzhou", "county_leader")
    later.person = kept
    later = postings.appoint(later, None)
    Person.objects.filter(pk=kept.pk).update(division=world.units["dongshan"])
    merging.undo(merge.pk, world.users[OTHER])
    later.refresh_from_db()
    assert later.person == kept
    assert Posting.objects.filter(person=merged).count() == 1


def test_taken_apart_each_record_is_kept_where_the_person_serves_by_then(
    world: World, twins: tuple[Person, Person]
) -> None:
    merged, kept = twins
    merge = merging.propose(kept, merged, [], "同一人", world.users[BY])
    merging.carry_out(merge.pk, world.users[OTHER])
    joined = TeamMember(
        team=team(world, "xishan"), person=kept, committee_position="member", since="2021-03"
    )
    teams.add_member(joined, None)
    merging.undo(merge.pk, world.users[OTHER])
    kept.refresh_from_db()
    merged.refresh_from_db()
    assert [kept.division, merged.division] == [world.units["xishan"], world.units["dongshan"]]


def test_a_closed_record_gets_no_posting(world: World, twins: tuple[Person, Person]) -> None:
    merge = proposed(world, twins)
    merging.carry_out(merge.pk, world.users[OTHER])
    late = new(world, "first_dongshan", "xishan", "work_team")
    late.person = twins[1]
    with pytest.raises(ValidationError) as refused:
        postings.appoint(late, None)
    assert code_of(refused.value) == "person"


@pytest.mark.parametrize("chosen", [(), ("identity_number",)])
@pytest.mark.parametrize("holder", ["kept", "merged"])
def test_a_closed_record_locks_no_number_away(
    world: World, twins: tuple[Person, Person], holder: str, chosen: tuple[str, ...]
) -> None:
    kept, merged = twins
    before = Person.objects.get(pk=(kept if holder == "kept" else merged).pk)
    before.identity_number = number_of("1984-05", "1", 61)
    before.full_clean()
    before.save()
    merge = proposed(world, twins, *chosen)
    merging.carry_out(merge.pk, world.users[OTHER])
    digests = [Person.objects.get(pk=one.pk).identity_digest for one in twins]
    assert digests == [before.identity_digest, None]
    merging.undo(merge.pk, world.users[OTHER])
    assert Person.objects.get(pk=before.pk).identity_digest == before.identity_digest


@pytest.mark.parametrize("keeps", ["with the number", "the other"])
def test_birth_and_sex_come_from_the_record_with_the_number(world: World, keeps: str) -> None:
    own = someone(world, "号一人", birth="1981-02", identity_number=number_of("1981-02", "1", 55))
    other = someone(world, "号一人", birth="1980-01", sex="2")
    pair = (own, other) if keeps == "with the number" else (other, own)
    if keeps == "the other":
        assert {"birth", "sex", "identity_number"} <= set(merging.empty_here(*pair))
    before = picture()
    chosen = ["birth", "sex"] if keeps == "with the number" else []
    merge = proposed(world, pair, *chosen)
    merging.carry_out(merge.pk, world.users[OTHER])
    kept = Person.objects.get(pk=pair[0].pk)
    assert (kept.birth, kept.sex) == ("1981-02", "1")
    kept.full_clean()
    merging.undo(merge.pk, world.users[OTHER])
    assert picture() == before


def test_a_record_that_its_number_would_contradict_is_put_right_first(world: World) -> None:
    number = number_of("1981-02", "1", 55)
    holder = someone(world, "号一人", birth="", identity_number=number)
    other = someone(world, "号一人", birth="1980-01")
    with translation.override("en"), pytest.raises(ValidationError) as refused:
        proposed(world, (other, holder))
    assert code_of(refused.value) == "number"
    assert refused.value.messages == [
        "The identity number tells another month of birth. Put that right in the two records first."
    ]
    persons.change(other.pk, other.version, {"birth": "1981-02"}, None)
    other.refresh_from_db()
    merge = proposed(world, (other, holder))
    persons.change(other.pk, other.version, {"birth": "1980-01"}, None)
    with pytest.raises(ValidationError) as refused:
        merging.carry_out(merge.pk, world.users[OTHER])
    assert code_of(refused.value) == "number"
    assert not Person.objects.exclude(merged_into=None).exists()
