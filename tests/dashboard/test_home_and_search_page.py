from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tasks.models import Period
from tests.tasks.pages import at, english, shown
from tests.world import UNITS, World

SignIn = Callable[[str], Client]


@pytest.mark.parametrize(("who", "unit"), [("city_viewer", "city"), ("linzhou_viewer", "linzhou")])
def test_home_is_the_own_division_in_the_open_quarter(
    signed_in: SignIn, who: str, unit: str
) -> None:
    assert signed_in(who).get("/")["Location"] == at("dashboard:overview", unit)


@pytest.mark.parametrize(
    "who", ["dongshan_reporter", "hejian_reporter", "linzhou_reviewer", "city_manager"]
)
def test_whoever_reports_or_reviews_is_led_to_their_work(signed_in: SignIn, who: str) -> None:
    assert signed_in(who).get("/")["Location"] == "/my-work/"


@pytest.mark.parametrize(
    ("who", "unit"),
    [("city_manager", "city"), ("hejian_reporter", "hejian"), ("dongshan_reporter", "dongshan")],
)
def test_the_overview_of_today_stays_in_the_menu(signed_in: SignIn, who: str, unit: str) -> None:
    client = english(signed_in(who))
    menu = client.get("/my-work/").context["menu"]
    assert [link.label for link in menu][:2] == ["My work", "Overview"]
    assert client.get(menu[1].url)["Location"] == at("dashboard:overview", unit)


def test_a_village_is_led_on_to_its_own_page(signed_in: SignIn) -> None:
    page = signed_in("dongshan_reporter").get("/overview/", follow=True)
    assert page.redirect_chain[-1][0] == at("dashboard:village", "dongshan")


def test_the_administrator_without_a_division_sees_the_city(world: World) -> None:
    client = Client()
    client.force_login(User.objects.create_superuser("root", name="root"))
    assert client.get("/")["Location"] == at("dashboard:overview", "city")
    for name in ("overview", "village"):
        assert client.get(at(f"dashboard:{name}", "city"), follow=True).status_code == 200


def test_an_empty_house_says_what_comes_first(db: None) -> None:
    client = english(Client())
    client.force_login(User.objects.create_superuser("root", name="root"))
    page = client.get("/")
    assert page.status_code == 200
    assert "1. Import the divisions" in shown(page)
    for address in ("/ledgers/", "/search/?q=x", "/sheets/", "/sheets/entries/", "/admin/"):
        assert client.get(address).status_code == 200, address


def test_divisions_without_a_ledger_say_what_comes_next(draft_world: World) -> None:
    Period.objects.all().delete()
    client = english(Client())
    client.force_login(draft_world.users["city_manager"])
    assert "2. Make a ledger" in shown(client.get("/"))


def search(client: Client, text: str) -> list[str]:
    return [division.code for division in client.get("/search/", {"q": text}).context["found"]]


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("hjz", ["hejian"]),
        ("HJZ", ["hejian"]),
        ("hj z", ["hejian"]),
        ("合涧", ["hejian"]),
        ("东山", ["dongshan", "dongshan_linqi"]),
        (UNITS["feidi"], ["feidi"]),
        ("410581101", ["hejian", "dongshan", "xishan", "nanping"]),
        ("nosuch", []),
        ("  ", []),
        ("", []),
        ("%", []),
        ("a\0b", []),
    ],
)
def test_a_unit_is_found_by_name_pinyin_or_code(
    signed_in: SignIn, text: str, units: list[str]
) -> None:
    found = search(signed_in("city_viewer"), text)
    assert set(found) == {UNITS[unit] for unit in units}


def test_a_search_ends_at_the_own_division(signed_in: SignIn) -> None:
    assert search(signed_in("linqi_reporter"), "东山") == [UNITS["dongshan_linqi"]]
    assert search(signed_in("dongshan_reporter"), "hjz") == []


def test_what_is_found_leads_to_its_page(signed_in: SignIn) -> None:
    page = signed_in("city_viewer").get("/search/", {"q": "hjz"})
    assert at("dashboard:overview", "hejian") in shown(page)


def test_the_city_itself_is_found_though_nothing_manages_it(signed_in: SignIn) -> None:
    page = signed_in("city_viewer").get("/search/", {"q": "安阳"})
    assert page.status_code == 200
    assert UNITS["city"] in shown(page)


def test_markup_in_a_search_is_text(signed_in: SignIn) -> None:
    text = shown(signed_in("city_viewer").get("/search/", {"q": "<script>alert(1)</script>"}))
    assert "<script>alert" not in text


def test_too_many_hits_are_cut_and_said_so(
    signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.views.SEARCH_SHOWN", 3)
    page = signed_in("city_viewer").get("/search/", {"q": "4105"})
    assert len(page.context["found"]) == 3
    assert page.context["more"]


def test_the_way_up_opens_only_what_is_the_own(world: World, signed_in: SignIn) -> None:
    text = shown(signed_in("hejian_reporter").get(at("dashboard:village", "dongshan")))
    assert f'href="{at("dashboard:overview", "hejian")}"' in text
    assert UNITS["linzhou"] not in text
    assert "林州市" in text


def test_overview_and_village_lead_to_each_other(signed_in: SignIn) -> None:
    client = signed_in("city_viewer")
    overview, village = at("dashboard:overview", "dongshan"), at("dashboard:village", "dongshan")
    assert client.get(overview)["Location"] == village
    hejian = at("dashboard:village", "hejian")
    assert client.get(hejian)["Location"] == at("dashboard:overview", "hejian")


def test_pages_are_read_not_sent(signed_in: SignIn) -> None:
    client = signed_in("city_viewer")
    for address in ("/", "/search/", "/ledgers/", reverse("tasks:review_now"), "/report/"):
        assert client.post(address).status_code == 405
