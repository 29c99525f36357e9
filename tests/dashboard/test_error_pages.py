from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import translation

from tests.tasks.pages import english, shown
from tests.world import UNITS, World

SignIn = Callable[[str], Client]


def test_an_address_that_is_not_there_is_told_in_the_frame(signed_in: SignIn) -> None:
    page = english(signed_in("city_viewer")).get("/nowhere/")
    assert page.status_code == 404
    assert "There is no such page here" in shown(page)
    assert 'class="menu"' in shown(page)


def test_a_stranger_is_told_too_and_shown_no_menu(db: None) -> None:
    page = english(Client()).get("/nowhere/")
    assert page.status_code == 404
    assert "There is no such page here" in shown(page)
    assert 'class="menu"' not in shown(page)


def test_what_an_account_may_not_do_is_told(world: World, signed_in: SignIn) -> None:
    page = english(signed_in("city_viewer")).get("/review/")
    assert page.status_code == 403
    assert "Your account may not do this" in shown(page)


def test_a_fault_of_ours_says_nothing_of_its_cause(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object) -> None:
        raise RuntimeError("secret words")

    monkeypatch.setattr("dashboard.board.Figures", fail)
    client = english(Client(raise_request_exception=False))
    client.force_login(world.users["city_viewer"])
    page = client.get(f"/overview/{UNITS['city']}/2026Q3/")
    assert page.status_code == 500
    assert "The fault is ours" in shown(page)
    assert '<html lang="en">' in shown(page)
    assert "secret words" not in shown(page)


@pytest.mark.parametrize(
    ("address", "who", "title"),
    [
        ("/accounts/sign-in/", "", "Sign in"),
        ("/nowhere/", "", "Not found"),
        ("/ledgers/", "city_viewer", "Task ledger"),
        ("/search/", "city_viewer", "Find a unit"),
        ("/sheets/", "city_viewer", "Import and export"),
        ("/sheets/entries/", "city_viewer", "Quarterly report"),
        ("/sheets/divisions/", "city_viewer", "Divisions"),
        ("/accounts/password/", "city_viewer", "Change the password"),
        (f"/overview/{UNITS['linzhou']}/2026Q3/", "city_viewer", "Overview 林州市 2026 Q3"),
        (f"/villages/{UNITS['xishan']}/2026Q3/", "city_viewer", "西山村 2026 Q3"),
        (
            f"/report/{UNITS['hejian']}/2026Q3/",
            "hejian_reporter",
            "Quarterly reporting 合涧镇 2026 Q3",
        ),
        (f"/review/{UNITS['city']}/2026Q3/", "city_manager", "Review 安阳市 2026 Q3"),
        ("/admin/", "city_manager", "Administration"),
    ],
)
def test_a_page_has_a_title_in_both_languages(
    world: World, address: str, who: str, title: str
) -> None:
    client = english(Client())
    if who:
        client.force_login(world.users[who])
    assert f"<title>{title}" in " ".join(shown(client.get(address)).split())
    client.cookies.pop("django_language")
    with translation.override("zh-hans"):
        chinese = " ".join(shown(client.get(address)).split())
    heading = chinese.partition("<title>")[2].partition("</title>")[0]
    assert "农村" in heading
    assert not heading.isascii()
    assert title.split(maxsplit=1)[0] not in heading or not title.isascii()
