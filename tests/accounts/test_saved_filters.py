"""Filters that an account keeps for a list: its own, by name, without numbers of persons."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import SavedFilter
from accounts.numbers import has_numbers
from accounts.saved_filters import MOST
from tests.tasks.pages import english, told
from tests.world import World

SignIn = Callable[[str], Client]
LIST = "/entries/410581000000/2026Q3/"


def keep(
    client: Client, name: str = "红灯", back: str = f"{LIST}?light=1&page=2", **more: Any
) -> Any:
    return client.post(reverse("accounts:keep_filter"), {"name": name, "back": back, **more})


def test_what_is_chosen_is_kept_for_the_list_and_the_way_leads_back(signed_in: SignIn) -> None:
    answer = keep(signed_in("linzhou_viewer"))
    assert answer["Location"] == f"{LIST}?light=1&page=2"
    kept = SavedFilter.objects.get()
    assert (kept.user.username, kept.page, kept.query) == (
        "linzhou_viewer", "tasks:entries", "light=1",
    )  # fmt: skip


def test_the_same_name_is_replaced_and_a_form_sent_twice_kept_once(signed_in: SignIn) -> None:
    client = signed_in("linzhou_viewer")
    keep(client, key="k")
    keep(client, key="k")
    keep(client, back=f"{LIST}?light=3")
    assert SavedFilter.objects.get().query == "light=3"


def test_nobody_meets_or_removes_the_filters_of_another(world: World, signed_in: SignIn) -> None:
    keep(signed_in("linzhou_viewer"))
    kept = SavedFilter.objects.get()
    other, address = signed_in("city_manager"), reverse("accounts:drop_filter", args=[kept.pk])
    assert not SavedFilter.objects.visible_to(world.users["city_manager"]).exists()
    assert other.post(address, {"back": LIST}).status_code == 404
    assert SavedFilter.objects.exists()
    signed_in("linzhou_viewer").post(address, {"back": LIST})
    assert not SavedFilter.objects.exists()


@pytest.mark.parametrize(
    "query",
    ["q=13912345678", "q=139-1234 5678", "q=41052219900307123X", "q=１３９１２３４５６７８",
     "13912345678=x"],
)  # fmt: skip
def test_numbers_of_persons_are_neither_kept_nor_repeated(signed_in: SignIn, query: str) -> None:
    client = english(signed_in("linzhou_viewer"))
    answer = keep(client, back=f"{LIST}?light=1&{query}")
    assert answer["Location"] == LIST
    assert "numbers of persons" in told(client, answer)[0]
    assert not SavedFilter.objects.exists()
    keep(client, name="13912345678")
    assert not SavedFilter.objects.exists()


def test_codes_of_units_and_days_are_no_numbers_of_persons() -> None:
    assert not has_numbers("unit=410581101201&from=2026-01-01&until=2026-12-31")
    assert has_numbers("0372 6212345")


@pytest.mark.parametrize(
    "back", ["https://example.com/?light=1", "//example.com/?a=1", "/nowhere/?a=1"]
)
def test_the_way_leads_to_no_other_host_and_to_no_unknown_list(
    signed_in: SignIn, back: str
) -> None:
    answer = keep(signed_in("linzhou_viewer"), back=back)
    assert "example.com" not in answer["Location"]
    assert not SavedFilter.objects.exists()


def test_nothing_chosen_is_not_kept_and_a_list_has_only_so_many(signed_in: SignIn) -> None:
    client = english(signed_in("linzhou_viewer"))
    assert "Choose something" in told(client, keep(client, back=f"{LIST}?light=&page=3"))[0]
    for number in range(MOST + 1):
        answer = keep(client, name=f"n{number}")
    assert SavedFilter.objects.count() == MOST
    assert str(MOST) in told(client, answer)[-1]
