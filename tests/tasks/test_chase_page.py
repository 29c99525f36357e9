"""The page of non-reporters: who, how many, how to reach them, and the button that reminds."""

import sys
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from tasks.chasing import NonReporter
from tasks.models import Entry, Reminder
from tests.tasks.pages import at, english, fields, shown, told
from tests.tasks.verbs import moment, submitted
from tests.world import NOW, UNITS, World

SignIn = Callable[[str], Client]
LINZHOU = at("tasks:chase", "linzhou")
VILLAGES = f"{LINZHOU}?level=village"


@pytest.fixture
def county(signed_in: SignIn) -> Client:
    return english(signed_in("linzhou_reviewer"))


def units(client: Client, address: str) -> dict[str, NonReporter]:
    names = {code: name for name, code in UNITS.items()}
    return {names[unit.division.code]: unit for unit in client.get(address).context["units"]}


def press(client: Client, address: str, *chosen: str, **more: str) -> Any:
    typed = {"unit": [UNITS[unit] for unit in chosen], "do": "remind"} | more
    return client.post(address, fields(client.get(address)) | typed)


def test_a_county_sees_townships_and_villages(county: Client) -> None:
    assert set(units(county, LINZHOU)) == {"hejian", "linqi"}
    assert set(units(county, VILLAGES)) == {
        *("dongshan", "xishan", "nanping", "dongshan_linqi", "beiping", "chengbian"),
    }


def test_each_unit_with_its_numbers_and_days(world: World, signed_in: SignIn) -> None:
    submitted(world)
    with time_machine.travel(moment(10, 17), tick=False):
        county = english(signed_in("linzhou_reviewer"))
        dongshan = units(county, VILLAGES)["dongshan"]
        page = shown(county.get(VILLAGES))
        hejian = units(county, LINZHOU)["hejian"]
    assert (dongshan.unreported, dongshan.owed, dongshan.days_left) == (1, 2, -12)
    assert (hejian.unreported, hejian.owed, hejian.below) == (2, 2, 5)
    assert "overdue by 12 days" in page
    cells = f"{at('tasks:entries', 'dongshan')}?state=unreported&amp;unit={UNITS['dongshan']}"
    assert cells in page


def test_who_has_reported_is_not_listed(world: World, county: Client) -> None:
    Entry.objects.filter(division=world.units["xishan"], period=world.periods[3]).update(
        state="accepted", first_submitted_at=NOW
    )
    assert "xishan" not in units(county, VILLAGES)
    Entry.objects.update(state="withdrawn")
    assert "Every unit here has reported this quarter." in shown(county.get(LINZHOU))


def test_the_page_says_who_is_responsible_and_how_to_reach_them(
    world: World, county: Client
) -> None:
    User.objects.filter(username="hejian_reporter").update(
        office_phone="0372-1234567", email="hejian@anyang.example"
    )
    User.objects.filter(username="hejian_reviewer").update(is_active=False)
    people = units(county, LINZHOU)["hejian"].people
    assert [person.username for person in people] == ["hejian_reporter"]
    page = shown(county.get(LINZHOU))
    assert "tel:0372-1234567" in page
    assert "mailto:hejian@anyang.example" in page
    assert "no account" in shown(county.get(VILLAGES))  # of 北平


def test_units_are_reminded_by_a_button_once_a_day(world: World, county: Client) -> None:
    answer = press(county, VILLAGES, "dongshan", "xishan", words="请抓紧")
    assert answer["Location"] == VILLAGES
    assert told(county, answer) == ["2 units were reminded."]
    assert {r.words for r in Reminder.objects.all()} == {"请抓紧"}
    assert "reminded today" in shown(county.get(VILLAGES))
    again = press(county, VILLAGES, "dongshan", "nanping")
    assert told(county, again) == [
        "1 unit was reminded.",
        "1 unit had been reminded today already.",
    ]
    assert Reminder.objects.count() == 3
    with time_machine.travel(moment(10, 2, 16), tick=False):
        assert units(county, VILLAGES)["dongshan"].is_reminded


def test_tomorrow_the_mark_of_today_is_gone(
    world: World, county: Client, signed_in: SignIn
) -> None:
    press(county, VILLAGES, "dongshan")
    with time_machine.travel(moment(10, 3, 0, 1), tick=False):
        dongshan = units(signed_in("linzhou_reviewer"), VILLAGES)["dongshan"]
    assert (dongshan.is_reminded, dongshan.times) == (False, 1)


def test_all_that_are_listed_are_reminded_at_once(world: World, county: Client) -> None:
    answer = press(county, VILLAGES, do="all")
    assert told(county, answer) == ["6 units were reminded."]
    assert not Reminder.objects.filter(division__level="township").exists()


def test_the_same_form_sent_twice_reminds_once(world: World, county: Client) -> None:
    sent = fields(county.get(LINZHOU)) | {"unit": [UNITS["hejian"]], "do": "remind"}
    answers = [county.post(LINZHOU, sent) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert told(county, answers[1]) == ["1 unit was reminded."] * 2
    assert Reminder.objects.count() == 1


def test_nothing_chosen_is_said_and_words_stay(county: Client) -> None:
    page = press(county, LINZHOU, words="请抓紧")
    assert page.status_code == 422
    assert "Tick something first." in told(county, page)
    assert fields(page)["words"] == "请抓紧"


def test_words_of_endless_length_are_refused_and_kept(world: World, county: Client) -> None:
    page = press(county, LINZHOU, "hejian", words="长" * 201)
    assert page.status_code == 422
    assert fields(page)["words"] == "长" * 201
    assert f'value="{UNITS["hejian"]}" checked' in shown(page)
    assert not Reminder.objects.exists()


def test_a_quarter_that_is_not_open_is_not_chased(world: World, county: Client) -> None:
    page = press(county, at("tasks:chase", "linzhou", 4), "hejian")
    assert page.status_code == 422
    answer = press(county, at("tasks:chase", "linzhou", 2), "hejian")
    assert "nothing can be reported any more" in told(county, answer)[0]
    assert not Reminder.objects.exists()


def test_codes_of_other_counties_are_not_reminded(world: World, county: Client) -> None:
    assert press(county, LINZHOU, "baidaokou", "feidi", "linzhou").status_code == 422
    assert not Reminder.objects.exists()


@pytest.mark.parametrize(
    ("who", "unit", "get", "post"),
    [
        ("linzhou_viewer", "linzhou", 200, 403),
        ("hejian_reporter", "hejian", 200, 403),
        ("hejian_reviewer", "hejian", 200, 422),
        ("dongshan_reporter", "dongshan", 200, 403),
        ("hejian_reviewer", "linqi", 404, 404),
        ("hejian_reviewer", "linzhou", 404, 404),
        ("linzhou_reviewer", "feidi", 404, 404),
    ],
)
def test_who_may_look_and_who_may_remind(
    signed_in: SignIn, who: str, unit: str, get: int, post: int
) -> None:
    client, address = signed_in(who), at("tasks:chase", unit)
    assert client.get(address).status_code == get
    assert client.post(address, {"do": "remind"}).status_code == post


def test_who_may_not_remind_sees_no_boxes(signed_in: SignIn) -> None:
    page = shown(signed_in("linzhou_viewer").get(LINZHOU))
    assert 'name="unit"' not in page
    assert 'value="all"' not in page


def test_a_township_lists_itself_without_a_box(signed_in: SignIn) -> None:
    page = signed_in("hejian_reviewer").get(f"{at('tasks:chase', 'hejian')}?level=township")
    assert [unit.may_remind for unit in page.context["units"]] == [False]
    assert 'name="unit"' not in shown(page)


def test_thousands_of_units_are_paged(world: World, county: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr(sys.modules["tasks.views.chase"], "PAGE_SIZE", 4)
    assert len(units(county, VILLAGES)) == 4
    assert len(units(county, f"{VILLAGES}&page=2")) == 2
    assert "level=village" in shown(county.get(VILLAGES)).split('rel="next"')[1][:80]
