"""Who is sent elsewhere is seen there, and where they were in the history alone."""

import datetime
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from accounts.models import SavedFilter
from cadres.actions import postings
from cadres.models import Person, Posting
from cadres.sheets import FirstSecretarySheet, PersonSheet
from tests.cadres.appointing import DAY, again, new
from tests.cadres.rosters import exported
from tests.tasks.pages import shown
from tests.world import UNITS, World

SignIn = Callable[[str], Client]
NAME, NOW_SAID, NEW_UNIT = "示一山", "测试畜牧科科长", "飞来"
YESTERDAY = DAY - datetime.timedelta(days=1)
OF_UNIT = ("registers", "people", "duplicates", "merges", "postings", "calendar", "teams")


@pytest.fixture
def sent(world: World, _on_the_day: None) -> Posting:
    """示一山 of 东山 in 林州市 is first secretary of 飞来 in 滑县 from today on."""
    who = world.persons["first_dongshan"]
    Person.objects.filter(pk=who.pk).update(position=NOW_SAID)
    postings.end(world.postings["dongshan"], YESTERDAY, "rotated", None)
    return postings.appoint(new(world, "first_dongshan", "feilai"), None)


def test_the_old_county_meets_nothing_of_today(
    world: World, signed_in: SignIn, sent: Posting
) -> None:
    client = signed_in("linzhou_manager")
    SavedFilter.objects.create(
        user=world.users["linzhou_manager"], page="cadres:people", name="科长", query=f"q={NAME}"
    )
    for code in (UNITS["linzhou"], UNITS["dongshan"]):
        for name in OF_UNIT:
            answer = client.get(reverse(f"cadres:{name}", args=[code]), {"q": NAME})
            page = shown(answer).replace(f'value="{NAME}"', "").replace(f"“{NAME}”", "")
            assert NOW_SAID not in page, name
            assert NEW_UNIT not in page, name
            if name in ("people", "duplicates"):
                assert f"/people/{sent.person_id}/" not in page
    for verb in ("person", "person_edit", "reveal"):
        address = reverse(f"cadres:{verb}", args=[sent.person_id])
        assert client.get(address).status_code in (403, 404)
    assert client.get(reverse("cadres:posting", args=[sent.pk])).status_code == 404


def test_the_history_of_the_old_village_still_names_who_was_there(
    world: World, signed_in: SignIn, sent: Posting
) -> None:
    client = signed_in("linzhou_manager")
    old = world.postings["dongshan"]
    for address in (
        reverse("cadres:posting", args=[old.pk]),
        reverse("dashboard:village", args=[UNITS["dongshan"], world.periods[3]]),
    ):
        page = shown(client.get(address, follow=True))
        assert NAME in page
        assert f"/people/{sent.person_id}/" not in page
        assert NOW_SAID not in page
        assert NEW_UNIT not in page


@pytest.mark.parametrize("sheet", [PersonSheet, FirstSecretarySheet])
def test_exports_hold_who_serves_here_now(world: World, sent: Posting, sheet: Any) -> None:
    def told(user: str) -> str:
        book = load_workbook(io.BytesIO(exported(sheet, world.users[user])))
        return str([[cell.value for cell in row] for page in book for row in page.iter_rows()])

    assert NAME not in told("linzhou_manager")
    assert NAME in told("city_manager")


def test_the_new_county_sees_the_record_and_what_was_before(
    world: World, signed_in: SignIn, sent: Posting
) -> None:
    client = signed_in("huaxian_reviewer")
    listed = client.get(reverse("cadres:people", args=[UNITS["huaxian"]]), {"q": NAME})
    assert f"/people/{sent.person_id}/" in shown(listed)
    page = shown(client.get(reverse("cadres:person", args=[sent.person_id])))
    assert NOW_SAID in page
    assert "东山" not in page  # held in another county, whose names are its own


@pytest.mark.usefixtures("_on_the_day")
def test_whom_another_unit_took_meanwhile_is_appointed_by_nobody_else(world: World) -> None:
    chosen = new(world, "free", "nanping")
    Person.objects.filter(pk=chosen.person_id).update(division=world.units["huaxian"])
    with pytest.raises(ValidationError) as refused:
        postings.appoint(chosen, world.users["linzhou_manager"])
    assert refused.value.message_dict["person"]
    again(postings.appoint(chosen, world.users["city_manager"]))
