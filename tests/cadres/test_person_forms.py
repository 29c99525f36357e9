"""Adding persons and putting records right, on the page and by the verbs beneath."""

import random
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import translation

from cadres.actions import persons
from cadres.models import CadreChange, Person, Tag, identity
from cadres.models.words import Rank
from cadres.phones import plain_phone
from cadres.team_forms import MonthTyped
from tests.cadres.people import NUMBERS, PHONES, number_of, numbered
from tests.tasks.pages import english, fields, shown, told
from tests.world import UNITS, World
from villages.pinyin import search_key

SignIn = Callable[[str], Client]
WHO = "first_dongshan"


@pytest.fixture
def client(world: World, signed_in: SignIn) -> Client:
    numbered(world.persons[WHO])
    return english(signed_in("linzhou_manager"))


def edit(world: World) -> str:
    return reverse("cadres:person_edit", args=[world.persons[WHO].pk])


def save(client: Client, address: str, **typed: Any) -> Any:
    return client.post(address, fields(client.get(address)) | typed)


def stored(world: World) -> Person:
    return Person.objects.get(pk=world.persons[WHO].pk)


def errors(answer: Any) -> dict[str, list[str]]:
    return {name: list(map(str, told)) for name, told in answer.context["form"].errors.items()}


def test_a_change_is_written_with_its_history(world: World, client: Client) -> None:
    answer = save(client, edit(world), position="副局长", education="1")
    assert answer["Location"] == reverse("cadres:person", args=[world.persons[WHO].pk])
    person = stored(world)
    assert (person.position, person.education, person.version) == ("副局长", "1", 2)
    change = CadreChange.objects.of(person).get()
    assert change.before == {"position": "", "education": "2"}
    assert change.after == {"position": "副局长", "education": "1"}
    assert change.by == world.users["linzhou_manager"]


def test_a_record_that_stays_as_it_is_is_not_said_to_be_put_right(
    world: World, client: Client
) -> None:
    for position, said in (("", "Nothing was changed."), ("副局长", "The record is put right.")):
        assert told(client, save(client, edit(world), position=position)) == [said]
    assert stored(world).version == 2


def test_the_form_of_a_merged_record_leads_to_that_of_the_one_that_stayed(
    world: World, client: Client
) -> None:
    merged = world.persons["free"]
    Person.objects.filter(pk=merged.pk).update(merged_into=world.persons[WHO])
    address = reverse("cadres:person_edit", args=[merged.pk])
    assert client.get(address)["Location"] == edit(world)
    assert client.post(address).status_code == 403


def test_the_numbers_are_in_no_form_and_stay_where_nothing_is_typed(
    world: World, client: Client
) -> None:
    form = shown(client.get(edit(world)))
    assert PHONES[WHO] not in form
    assert NUMBERS[WHO] not in form
    assert "199****1010" in form
    save(client, edit(world), position="副局长")
    save(client, edit(world), phone="199****1010")
    person = stored(world)
    assert (person.phone, person.identity_number) == (PHONES[WHO], NUMBERS[WHO])


def test_another_mask_is_no_number(world: World, client: Client) -> None:
    assert "phone" in errors(save(client, edit(world), phone="139****0000"))
    assert stored(world).phone == PHONES[WHO]


def test_a_number_is_removed_where_that_is_said(world: World, client: Client) -> None:
    save(client, edit(world), drop_phone="on", drop_identity_number="on")
    person = stored(world)
    assert (person.phone, person.identity_number, person.identity_digest) == ("", "", None)


@pytest.mark.parametrize(
    "typed", ["199-0000 1234", "＋86 199 0000 1234", "１９９００００１２３４", "+8619900001234"]
)
def test_a_telephone_is_taken_in_any_writing(world: World, client: Client, typed: str) -> None:
    assert save(client, edit(world), phone=typed).status_code == 302
    assert stored(world).phone == "19900001234"


def test_a_telephone_of_a_desk_keeps_its_area_code() -> None:
    assert plain_phone("0372-6212345") == "03726212345"
    assert plain_phone("8612345") == "8612345"


def test_a_wrong_number_is_refused_and_not_shown_again(world: World, client: Client) -> None:
    wrong = NUMBERS[WHO][:-1] + ("1" if NUMBERS[WHO][-1] != "1" else "2")
    answer = save(client, edit(world), identity_number=wrong, phone="1990000")
    assert answer.status_code == 422
    assert "identity_number" in errors(answer)
    assert wrong not in shown(answer)
    assert 'value="1990000"' not in shown(answer)


def test_both_numbers_are_told_to_be_wrong_at_once(world: World, client: Client) -> None:
    answer = save(client, edit(world), phone="12", identity_number="34", birth="2030-13")
    told = errors(answer)
    assert set(told) == {"phone", "identity_number", "birth"}
    assert told["birth"] == ["Write a month of the years 1900 to 2099, for instance 1978.05."]
    assert errors(save(client, edit(world), birth="2030-12"))["birth"] == [
        "This month is yet to come."
    ]


def test_a_name_is_as_long_as_its_field_whatever_its_readings(world: World, client: Client) -> None:
    assert set(errors(save(client, edit(world), name="行" * 41))) == {"name"}
    assert save(client, edit(world), name="行" * 40).status_code == 302
    assert stored(world).name == "行" * 40


@pytest.mark.parametrize(
    ("number", "field"),
    [(number_of("1984-06", "1", 3), "birth"), (number_of("1984-05", "2", 3), "sex")],
)
def test_a_number_that_tells_another_birth_or_sex_is_refused(
    world: World, client: Client, number: str, field: str
) -> None:
    answer = save(client, edit(world), identity_number=number)
    assert answer.status_code == 422
    assert field in errors(answer)


def test_a_number_that_somebody_has_is_refused_without_saying_who(
    world: World, client: Client
) -> None:
    other = numbered(world.persons["first_shiqiao"])
    changed = save(client, edit(world), identity_number=other.identity_number, birth=other.birth)
    assert changed.status_code == 422
    assert "示三桥" not in shown(changed)


@pytest.mark.parametrize(
    "typed", ["1984.5", "198405", "1984年5月", "1984-05", "1984.05", "１９８４．０５", "19８4-05"]
)
def test_a_month_is_taken_in_the_writings_of_forms(
    world: World, client: Client, typed: str
) -> None:
    assert save(client, edit(world), birth=typed, position="x").status_code == 302
    assert stored(world).birth == "1984-05"
    assert MonthTyped().clean(typed) == "1984-05"


@pytest.mark.parametrize("month", ["19８4-05", "१९८४-05", "1984-13", "1784-05"])
def test_a_month_is_stored_in_plain_digits_alone(world: World, month: str) -> None:
    with pytest.raises(ValidationError) as refused:
        persons.change(world.persons[WHO].pk, 1, {"party_joined": month}, None)
    assert list(refused.value.message_dict) == ["party_joined"]
    plain = persons.change(world.persons[WHO].pk, 1, {"party_joined": "2006-07"}, None)
    assert plain.party_joined == "2006-07"


def test_a_number_tells_a_day_on_which_somebody_can_be_born() -> None:
    assert identity.checked(number_of("1980-02", "1", 12, day="29"))
    for month, day in [("1980-02", "31"), ("1980-13", "07"), ("2099-05", "07"), ("9999-01", "31")]:
        with pytest.raises(ValidationError, match="校验不通过"):
            identity.checked(number_of(month, "1", 12, day=day))


def test_of_two_who_save_one_version_the_second_meets_both_values(
    world: World, client: Client
) -> None:
    open_form = fields(client.get(edit(world)))
    save(client, edit(world), position="副局长")
    answer = client.post(edit(world), open_form | {"position": "科长", "ethnicity": "回族"})
    assert answer.status_code == 409
    text = shown(answer)
    assert "Now stored: 副局长" in text
    assert 'value="科长"' in text
    assert 'value="回族"' in text
    assert stored(world).position == "副局长"
    again = client.post(edit(world), fields(answer))
    assert again.status_code == 302
    assert (stored(world).position, stored(world).ethnicity) == ("科长", "回族")


def test_a_form_sent_twice_has_one_effect(world: World, client: Client) -> None:
    sent = fields(client.get(edit(world))) | {"position": "副局长"}
    assert [client.post(edit(world), sent).status_code for _ in range(2)] == [302, 302]
    assert stored(world).version == 2


def test_nothing_changed_is_nothing_written(world: World, client: Client) -> None:
    save(client, edit(world))
    assert stored(world).version == 1
    assert not CadreChange.objects.exists()


def test_strengths_stand_in_the_history_by_their_names(world: World) -> None:
    tags = [Tag.objects.get_or_create(name=name)[0] for name in ("党建", "产业发展")]
    person = world.persons[WHO]
    persons.change(person.pk, 1, {"strengths": tags}, None)
    assert set(person.strengths.all()) == set(tags)
    assert "产业发展" in CadreChange.objects.of(person).get().after["strengths"]


def test_the_verb_refuses_a_stale_version_and_a_closed_record(world: World) -> None:
    person = world.persons[WHO]
    with pytest.raises(persons.Stale) as stale:
        persons.change(person.pk, 7, {"position": "x"}, None)
    assert stale.value.stored == person
    Person.objects.filter(pk=person.pk).update(merged_into=world.persons["free"])
    with pytest.raises(ValidationError) as closed:
        persons.change(person.pk, 1, {"position": "x"}, None)
    assert closed.value.code == "closed"


NEW = {"name": "示 新 人", "sex": "2", "birth": "1991.3"}


def add(client: Client, unit: str = "hejian", **typed: str) -> Any:
    return save(client, reverse("cadres:person_add", args=[UNITS[unit]]), **NEW | typed)


def test_of_two_who_enter_one_number_at_once_the_second_is_told_so(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(persons, "_check", Person.prepare)  # the other one is not seen yet
    one, other = (
        Person(
            name=name, sex="1", division=world.units["linzhou"], identity_number=NUMBERS["other"]
        )
        for name in ("测甲", "测乙")
    )
    persons.add(one, None)
    english_words = translation.override("en")
    with english_words, pytest.raises(ValidationError, match="number already") as refused:
        persons.add(other, None)
    assert refused.value.code == "conflict"


WORDS = ("", "科员", "副科长", "四级主任科员", "科长", "一级调研员", "水利局干部")


@pytest.mark.parametrize("seed", range(3))
def test_whatever_is_told_from_words_follows_them_until_somebody_chooses(
    world: World, seed: int
) -> None:
    chance, person = random.Random(seed), world.persons["free"]
    chosen: Rank | None = None
    for _ in range(12):
        person = Person.objects.get(pk=person.pk)
        says = {name: getattr(person, name) for name in ("name", "rank", "position", "rank_level")}
        if chance.random() < 0.4:  # the level alone, or nothing of it
            chosen = says["rank_level"] = chance.choice([None, *Rank])
            told = Rank.from_words(person.rank, person.position)
            chosen = None if chosen == told else chosen
        else:
            word = chance.choice(["rank", "position", "name"])
            says[word] = chance.choice(["示八", "示八闲"] if word == "name" else WORDS)
        person = persons.change(person.pk, person.version, says, None)
        told = Rank.from_words(person.rank, person.position)
        assert (person.rank_level, person.pinyin) == (chosen or told, search_key(person.name))


def test_somebody_is_added_at_a_unit(world: World, client: Client) -> None:
    answer = add(client, phone="199 0000 7777")
    person = Person.objects.get(name="示新人")
    assert answer["Location"] == reverse("cadres:person", args=[person.pk])
    assert (person.division, person.birth, person.phone) == (
        world.units["hejian"], "1991-03", "19900007777",
    )  # fmt: skip
    assert CadreChange.objects.of(person).get().verb == "added"


def test_whom_the_registers_know_is_shown_first(world: World, client: Client) -> None:
    known = {"name": "示一山", "sex": "1", "birth": "1985-05"}
    answer = add(client, **known)
    assert answer.status_code == 422
    assert reverse("cadres:person", args=[world.persons[WHO].pk]) in shown(answer)
    assert add(client, **known, is_new="1").status_code == 302
    assert Person.objects.filter(name="示一山").count() == 2


def test_a_number_that_is_kept_elsewhere_is_not_added_whatever_is_confirmed(
    world: World, client: Client
) -> None:
    numbered(world.persons["first_shiqiao"])
    number = NUMBERS["first_shiqiao"]
    answer = add(client, sex="1", birth="1979-02", identity_number=number, is_new="1")
    assert answer.status_code == 422
    assert "another unit" in shown(answer)
    assert not Person.objects.filter(name="示新人").exists()


def test_who_only_reads_neither_adds_nor_changes(world: World, signed_in: SignIn) -> None:
    reader = signed_in("linzhou_viewer")
    assert reader.get(edit(world)).status_code == 403
    address = reverse("cadres:person_add", args=[UNITS["hejian"]])
    assert reader.post(address, NEW).status_code == 403


def test_months_yet_to_come_are_refused_and_an_early_joining_is_doubted(
    world: World, client: Client
) -> None:
    for name in ("birth", "party_joined"):
        assert list(errors(save(client, edit(world), **{name: "2030.01"}))) == [name]
    Person.objects.filter(pk=world.persons[WHO].pk).update(birth="1990-05", identity_number="")
    assert save(client, edit(world), party_joined="2005.07").status_code == 302
    page = client.get(reverse("cadres:person", args=[world.persons[WHO].pk]))
    assert "Joined the party at 15" in shown(page)
    assert save(client, edit(world), party_joined="2010.07").status_code == 302
    assert not client.get(page.request["PATH_INFO"]).context["doubts"]
