import datetime
import re
from collections.abc import Callable
from html import unescape

import pytest
import time_machine
from django.test import Client

from tasks.models import Entry, EntrySummary, Review
from tests.tasks.pages import at, english, shown
from tests.tasks.verbs import moment, return_, submit, submitted
from tests.world import NOW, World

SignIn = Callable[[str], Client]


def concerns(page: object) -> dict[str, list[str]]:
    found = page.context["board"].concerns  # type: ignore[attr-defined]
    return {c.row.division.name: [reason.text for reason in c.reasons] for c in found}


def late(client: Client, world: World, unit: str = "city") -> object:
    """The page eleven days after the quarter was due."""
    with time_machine.travel(moment(10, 16), tick=False):
        client.force_login(world.users["city_viewer"])
        return english(client).get(at("dashboard:overview", unit))


def test_what_is_overdue_is_said_with_its_lines_and_days(world: World) -> None:
    Entry.objects.filter(period__quarter=3).update(state="accepted", first_submitted_at=NOW)
    Entry.objects.filter(division=world.units["dongshan"], period__quarter=3).update(state="draft")
    EntrySummary.objects.rebuild(world.ledger)
    page = late(Client(), world)
    assert concerns(page)["合涧镇"] == ["2 lines overdue by 11 days"]


def test_nothing_filled_in_near_the_end_is_said(world: World, signed_in: SignIn) -> None:
    client = english(signed_in("city_viewer"))
    page = client.get(at("dashboard:overview", "city"))
    assert concerns(page)["飞地乡"] == ["nothing filled in yet, of 4 lines"]
    with time_machine.travel(moment(8, 1), tick=False):
        client.force_login(world.users["city_viewer"])
        early = client.get(at("dashboard:overview", "city"))
    assert concerns(early) == {}
    assert "Nothing: no unit is overdue" in shown(early)


def test_a_line_that_came_back_twice_is_said_until_it_is_put_right(
    world: World, signed_in: SignIn
) -> None:
    client = english(signed_in("city_viewer"))

    def said() -> list[str]:
        found = concerns(client.get(at("dashboard:overview", "city"))).get("合涧镇", [])
        return [reason for reason in found if "returned" in reason]

    entry = submitted(world)
    return_(world, "hejian_reviewer", entry)
    assert said() == []
    submit(world, "dongshan_reporter", world.entry("dongshan", "income"))
    assert said() == []
    return_(world, "hejian_reviewer", world.entry("dongshan", "income"))
    assert said() == ["1 line returned twice or more"]
    Review.objects.update(undone_at=NOW)
    EntrySummary.objects.rebuild(world.ledger)
    assert said() == []


def test_a_reported_value_far_below_its_target_is_said(world: World, signed_in: SignIn) -> None:
    Entry.objects.filter(period__quarter=3).update(state="accepted", first_submitted_at=NOW)
    Entry.objects.filter(pk=world.entry("dongshan", "income").pk).update(value=5)
    EntrySummary.objects.rebuild(world.ledger)
    page = english(signed_in("city_viewer")).get(at("dashboard:overview", "city"))
    assert concerns(page) == {"合涧镇": ["1 line far behind"]}


def test_the_heaviest_stand_first_and_the_rest_is_one_press_away(
    busy: World, signed_in: SignIn
) -> None:
    client = english(signed_in("city_viewer"))
    board = client.get(at("dashboard:overview", "city", 2)).context["board"]
    weights = [concern.weight for concern in board.concerns]
    assert weights == sorted(weights, reverse=True)
    township = client.get(at("dashboard:overview", "hejian", 2) + "?attention=all")
    assert township.context["board"].concerns_more == 0


@pytest.mark.parametrize("unit", ["city", "linzhou", "hejian"])
def test_each_reason_opens_the_lines_that_it_counts(busy: World, unit: str) -> None:
    client = Client()
    with time_machine.travel(moment(10, 16), tick=False):
        client.force_login(busy.users["city_viewer"])
        text = shown(english(client).get(at("dashboard:overview", unit) + "?attention=all"))
        reasons = text.split('class="card attention"')[1].split("</section>")[0]
        links = re.findall(r'<li><a href="(/entries/[^"]+)">(\d+)[^<]*</a>', reasons)
        assert links
        for address, number in links:
            page = client.get(unescape(address))
            assert page.context["page"].paginator.count == int(number), address


def test_an_extension_takes_a_unit_off_the_list_until_its_day(world: World) -> None:
    lines = Entry.objects.within(world.units["huaxian"]).filter(period=world.periods[3])
    lines.update(extended_to=datetime.date(2026, 10, 20))
    EntrySummary.objects.filter(township__in=lines.values("township")).note_change()
    found = concerns(late(Client(), world))
    assert "合涧镇" in found
    assert not any("overdue" in reason for reason in found.get("白道口镇", []))
