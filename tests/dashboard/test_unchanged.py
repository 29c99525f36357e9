"""A page says 304 while nothing changed, and every way of writing changes its stamp."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.test import Client

from dashboard.stamp import stamp
from tasks.actions import deadlines
from tasks.models import EntrySummary, Ledger, Period, RankingExclusion
from tests.tasks.pages import at, english
from tests.tasks.verbs import accept, author, moment, return_, save, submitted
from tests.world import NOW, World

SignIn = Callable[[str], Client]
PAGES = ["overview", "map", "matrix", "ranking", "present"]


def again(client: Client, address: str, etag: str) -> Any:
    return client.get(address, headers={"if-none-match": etag})


@pytest.mark.parametrize("page", PAGES)
def test_a_page_that_still_holds_is_not_sent_again(
    world: World, signed_in: SignIn, page: str
) -> None:
    client, address = signed_in("city_viewer"), at(f"dashboard:{page}", "city")
    client.get(address)  # with it comes the cookie that forms are sent with
    first = client.get(address)
    answer = again(client, address, first["ETag"])
    assert answer.status_code == 304
    assert not answer.content
    assert answer["Cache-Control"] == first["Cache-Control"]


@pytest.mark.parametrize("page", PAGES)
def test_an_accepted_line_shows_at_once(world: World, signed_in: SignIn, page: str) -> None:
    entry = submitted(world)
    accept(world, "hejian_reviewer", entry)
    client, address = signed_in("city_viewer"), at(f"dashboard:{page}", "city")
    client.get(address)
    first = client.get(address)
    accept(world, "linzhou_reviewer", world.entry("dongshan", "income"))
    answer = again(client, address, first["ETag"])
    assert answer.status_code == 200
    assert answer.context["board"].total.counts.accepted == 1
    assert answer.content != first.content


def _verbs(world: World) -> dict[str, Callable[[], object]]:
    """Whatever may change a figure, in an order in which each can be done."""
    city = author(world, "city_manager")
    hejian, third = world.units["hejian"], world.periods[3]
    entry = lambda: world.entry("dongshan", "income")  # noqa: E731

    def unlock(**days: Any) -> None:
        Period.objects.filter(pk=third.pk).update(**days)

    return {
        "save": lambda: save(world, "dongshan_reporter", entry(), value=50),
        "submit": lambda: submitted(world, "xishan", who="xishan_reporter"),
        "accept": lambda: accept(world, "hejian_reviewer", world.entry("xishan", "income")),
        "return": lambda: return_(world, "linzhou_reviewer", world.entry("xishan", "income")),
        "extend": lambda: deadlines.extend(hejian, third, datetime.date(2026, 11, 1), "防汛", city),
        "dates": lambda: unlock(due=third.due + datetime.timedelta(days=1)),
        "threshold": lambda: Ledger.objects.update(red_share=50),
        "exclusion": lambda: RankingExclusion.objects.create(
            division=hejian, period=third, reason="x", by=city.user, at=NOW
        ),
        "compared again": lambda: RankingExclusion.objects.get().end(city.user, NOW),
        "recount": lambda: EntrySummary.objects.rebuild(world.ledger),
    }


def test_whatever_changes_a_figure_changes_the_stamp(world: World) -> None:
    for name, verb in _verbs(world).items():
        stamps = []
        for _ in range(2):
            ledger, third = Ledger.objects.get(), Period.objects.get(year=2026, quarter=3)
            places = (world.units[unit] for unit in ("city", "linzhou", "hejian"))
            stamps.append([stamp(place, ledger, [third]).text for place in places])
            if len(stamps) == 1:
                verb()
        assert all(a != b for a, b in zip(*stamps, strict=True)), name


def test_work_elsewhere_leaves_a_stamp_alone(world: World) -> None:
    """A county's page holds while another county works."""
    huaxian, third = world.units["huaxian"], [world.periods[3]]
    before = stamp(huaxian, world.ledger, third).text
    submitted(world)
    assert stamp(huaxian, world.ledger, third).text == before
    save(world, "baidaokou_reporter", world.entry("shiqiao", "income"), value=1)
    assert stamp(huaxian, world.ledger, third).text != before


def test_the_next_day_a_page_is_made_anew(world: World, signed_in: SignIn) -> None:
    client, address = signed_in("city_viewer"), at("dashboard:overview", "city")
    client.get(address)
    etag = client.get(address)["ETag"]
    with time_machine.travel(moment(10, 3), tick=False):
        client.force_login(world.users["city_viewer"])
        assert again(client, address, etag).status_code == 200


def test_another_account_or_language_has_a_page_of_its_own(world: World, signed_in: SignIn) -> None:
    address = at("dashboard:overview", "linzhou")
    etags = set()
    for client in (signed_in("linzhou_viewer"), signed_in("city_viewer")):
        client.get(address)
        etags.add(client.get(address)["ETag"])
        etags.add(english(client).get(address)["ETag"])
    assert len(etags) == 4


def test_a_message_is_shown_and_not_swallowed_by_a_304(world: World, signed_in: SignIn) -> None:
    client, address = signed_in("linzhou_reviewer"), at("dashboard:ranking", "linzhou")
    client.get(address)
    etag = client.get(address)["ETag"]
    client.post(address, {"end": "987", "key": "k"})
    answer = again(client, address, etag)
    assert answer.status_code == 200
    assert not answer.has_header("ETag")


def test_a_page_by_kind_of_village_is_made_anew_each_time(world: World, signed_in: SignIn) -> None:
    """Profiles change without any line changing."""
    page = signed_in("city_viewer").get(at("dashboard:overview", "city") + "?kind=weak")
    assert not page.has_header("ETag")


def test_no_page_stays_in_the_browser_after_signing_out(world: World, signed_in: SignIn) -> None:
    page = signed_in("city_viewer").get(at("dashboard:overview", "city"))
    assert "no-store" in page["Cache-Control"]
