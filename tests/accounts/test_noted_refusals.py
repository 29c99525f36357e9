"""Who tries to write what they may not is found in the access log."""

import datetime

import pytest
import time_machine
from django.test import Client

from accounts.models import AccessLog
from tests.world import NOW, UNITS, World

ADDRESS = f"/review/{UNITS['hejian']}/2026Q3/"


def client(world: World, who: str = "dongshan_reporter", *, forged: bool = False) -> Client:
    made = Client(enforce_csrf_checks=forged)
    made.force_login(world.users[who])
    return made


def noted() -> list[tuple[str, str, str]]:
    rows = AccessLog.objects.order_by("pk")
    return list(rows.values_list("user__username", "action", "subject"))


@pytest.mark.parametrize("forged", [True, False])
def test_a_write_that_is_refused_is_noted(world: World, forged: bool) -> None:
    assert client(world, forged=forged).post(ADDRESS, {"do": "accept"}).status_code == 403
    assert noted() == [("dongshan_reporter", "refused", ADDRESS)]


def test_once_a_minute_for_an_address(world: World) -> None:
    browser = client(world)
    for _press in range(3):
        browser.post(ADDRESS)
    assert len(noted()) == 1
    with time_machine.travel(NOW + datetime.timedelta(seconds=90), tick=False):
        browser = client(world)
        browser.post(ADDRESS)
    assert len(noted()) == 2


def test_what_is_only_looked_for_or_taken_is_not(world: World) -> None:
    assert client(world).get(ADDRESS).status_code == 403
    assert client(world, "hejian_reviewer").post(ADDRESS).status_code == 422
    assert Client(enforce_csrf_checks=True).post("/accounts/sign-in/").status_code == 403
    assert noted() == []
