"""The page of a quarter: what everybody reads, and the forms of those who may move dates."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tasks.actions import deadlines
from tasks.models import Extension, Period, PeriodChange
from tests.tasks.pages import english, fields, shown, told
from tests.tasks.verbs import author
from tests.world import UNITS, World

SignIn = Callable[[str], Client]
QUARTER = "/quarters/2026Q3/"
WHY = "因汛期延后"


@pytest.fixture
def city(signed_in: SignIn) -> Client:
    return english(signed_in("city_manager"))


def send(client: Client, do: str, **typed: str) -> Any:
    sent = fields(client.get(QUARTER)) | {"do": do}
    return client.post(QUARTER, sent | {f"{do}-{name}": text for name, text in typed.items()})


def grant(world: World, unit: str, until: str = "2026-10-20") -> Extension:
    day = datetime.date.fromisoformat(until)
    by = author(world, "city_manager")
    return deadlines.extend(world.units[unit], world.periods[3], day, f"{unit}: {WHY}", by)


def test_the_list_leads_to_every_quarter(world: World, city: Client) -> None:
    grant(world, "dongshan")
    page = city.get("/quarters/")
    assert [(p.quarter, locked, n) for p, locked, n in page.context["rows"]] == [
        (4, False, 0),
        (3, False, 1),
        (2, True, 0),
        (1, True, 0),
    ]
    assert QUARTER in shown(page)


def test_there_is_no_page_of_a_quarter_that_is_not(city: Client) -> None:
    assert city.get("/quarters/2019Q3/").status_code == 404


@pytest.mark.parametrize(
    ("who", "forms"),
    [
        ("city_manager", {"extend", "lock", "move"}),
        ("linzhou_reviewer", {"extend"}),
        ("hejian_reviewer", set()),
        ("dongshan_reporter", set()),
        ("city_viewer", set()),
    ],
)
def test_everybody_reads_the_dates_and_sees_the_forms_they_may_use(
    world: World, signed_in: SignIn, who: str, forms: set[str]
) -> None:
    page = shown(english(signed_in(who)).get(QUARTER))
    assert "Oct. 5, 2026" in page
    assert {do for do in ("extend", "lock", "unlock", "move") if f'value="{do}"' in page} == forms


@pytest.mark.parametrize(
    ("who", "reads"),
    [
        ("dongshan_reporter", {"dongshan", "hejian", "linzhou"}),
        ("hejian_reporter", {"dongshan", "hejian", "linzhou"}),
        ("linqi_reporter", {"linzhou"}),
        ("huaxian_reviewer", {"baidaokou"}),
        ("city_viewer", {"dongshan", "hejian", "linzhou", "baidaokou"}),
    ],
)
def test_one_reads_the_extensions_that_concern_one(
    world: World, signed_in: SignIn, who: str, reads: set[str]
) -> None:
    units = ("dongshan", "hejian", "linzhou", "baidaokou")
    for unit in units:
        grant(world, unit)
    page = shown(signed_in(who).get(QUARTER))
    assert {unit for unit in units if f"{unit}: {WHY}" in page} == reads


@pytest.mark.parametrize("unit", [UNITS["xishan"], "西山村委会", "xsc", "西山"])
def test_a_unit_is_given_more_time_by_code_name_or_pinyin(
    world: World, city: Client, unit: str
) -> None:
    answer = send(city, "extend", unit=unit, until="2026-10-20", reason=WHY)
    assert told(city, answer) == ["西山村委会 has time until October 20."]
    assert Extension.objects.get().division == world.units["xishan"]


@pytest.mark.parametrize(
    ("unit", "words"),
    [("东山", "Several units are called so"), ("没有", "No unit of yours"), ("", "required")],
)
def test_a_unit_that_is_not_clear_is_asked_for_again_and_nothing_typed_is_lost(
    world: World, city: Client, unit: str, words: str
) -> None:
    page = send(city, "extend", unit=unit, until="2026-10-20", reason=WHY)
    assert page.status_code == 422
    assert words in shown(page)
    assert fields(page)["extend-reason"] == WHY
    assert fields(page)["extend-until"] == "2026-10-20"
    assert not Extension.objects.exists()


def test_a_county_extends_no_unit_of_another(world: World, signed_in: SignIn) -> None:
    client = english(signed_in("linzhou_reviewer"))
    for unit in (UNITS["shiqiao"], UNITS["feidi"], UNITS["linzhou"], UNITS["city"]):
        page = send(client, "extend", unit=unit, until="2026-10-20", reason=WHY)
        assert page.status_code == 422
        assert "No unit of yours" in shown(page)
    assert not Extension.objects.exists()


def test_a_refused_day_is_told_at_its_field(world: World, city: Client) -> None:
    page = send(city, "extend", unit=UNITS["xishan"], until="2026-10-05", reason=WHY)
    assert page.status_code == 422
    assert page.context["forms"]["extend"].errors["until"]


def test_an_extension_is_ended_by_a_button_and_stays_listed(world: World, city: Client) -> None:
    extension = grant(world, "dongshan")
    sent = fields(city.get(QUARTER)) | {"do": "end", "extension": str(extension.pk)}
    assert city.post(QUARTER, sent).status_code == 302
    assert "ended early" in shown(city.get(QUARTER))
    again = city.post(QUARTER, sent | fields(city.get(QUARTER)))
    assert again.status_code == 422


@pytest.mark.parametrize("pk", ["", "x", "9" * 30, "999999"])
def test_an_extension_that_is_not_there_is_not_found(city: Client, pk: str) -> None:
    assert city.post(QUARTER, {"do": "end", "extension": pk}).status_code == 404


def test_a_foreign_extension_is_not_found_and_one_from_above_not_ended(
    world: World, signed_in: SignIn
) -> None:
    client = signed_in("linzhou_reviewer")
    foreign, above = grant(world, "baidaokou"), grant(world, "linzhou")
    assert client.post(QUARTER, {"do": "end", "extension": foreign.pk}).status_code == 404
    assert client.post(QUARTER, {"do": "end", "extension": above.pk}).status_code == 403
    assert Extension.objects.filter(ended_at=None).count() == 2


def test_lock_and_unlock_leave_their_trace(world: World, city: Client) -> None:
    assert send(city, "lock", reason=WHY).status_code == 302
    page = shown(city.get(QUARTER))
    assert WHY in page
    assert 'value="unlock"' in page
    assert 'value="lock"' not in page
    assert send(city, "unlock", reason="补报").status_code == 302
    assert [change.verb for change in PeriodChange.objects.order_by("pk")] == ["lock", "unlock"]


def test_dates_are_moved_and_the_log_says_from_what_to_what(world: World, city: Client) -> None:
    assert send(city, "move", due="2026-10-15", reason=WHY).status_code == 302
    assert Period.objects.get(quarter=3).due == datetime.date(2026, 10, 15)
    change = PeriodChange.objects.get()
    assert (change.before, change.after) == ({"due": "2026-10-05"}, {"due": "2026-10-15"})


def test_dates_out_of_order_come_back_with_what_was_typed(world: World, city: Client) -> None:
    page = send(city, "move", due="2027-01-15", reason=WHY)
    assert page.status_code == 422
    assert "opens first" in shown(page)
    assert fields(page)["move-due"] == "2027-01-15"
    assert Period.objects.get(quarter=3).due == datetime.date(2026, 10, 5)


def test_a_form_sent_twice_is_one_extension(world: World, city: Client) -> None:
    sent = fields(city.get(QUARTER)) | {"do": "extend", "extend-unit": UNITS["xishan"]}
    sent |= {"extend-until": "2026-10-20", "extend-reason": WHY}
    assert [city.post(QUARTER, sent).status_code for _ in range(2)] == [302, 302]
    assert Extension.objects.count() == 1


@pytest.mark.parametrize("do", ["", "burn"])
def test_an_act_that_is_not_known_does_nothing(city: Client, do: str) -> None:
    assert city.post(QUARTER, {"do": do}).status_code == 422


def test_only_reviewers_of_city_and_county_send_anything(signed_in: SignIn) -> None:
    for who in ("hejian_reviewer", "dongshan_reporter", "city_viewer", "city_auditor"):
        assert signed_in(who).post(QUARTER, {"do": "lock"}).status_code == 403
    county = signed_in("linzhou_manager").post(QUARTER, {"do": "lock", "lock-reason": WHY})
    assert county.status_code == 403
    assert not PeriodChange.objects.exists()


def test_dates_moved_in_the_admin_are_recorded_too(world: World, city: Client) -> None:
    period = world.periods[3]
    address = reverse("admin:tasks_period_change", args=[period.pk])
    dates = {"opens": period.opens, "due": "2026-10-12", "locks": period.locks}
    assert city.post(address, dates).status_code == 302
    change = PeriodChange.objects.get()
    assert (change.verb, change.by) == ("move", world.users["city_manager"])
    assert change.after == {"due": "2026-10-12"}
    assert city.post(address, dates).status_code == 302
    assert PeriodChange.objects.count() == 1
