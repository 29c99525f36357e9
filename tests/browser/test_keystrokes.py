"""What it costs a clerk to fill a township's quarter: 33 villages by 8 numbers, key by key."""

import datetime
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from tasks.models import Entry, EntrySummary, Task
from tests import world as worlds
from tests.world import NOW, UNITS, World
from villages.actions import DivisionLine, put_divisions

Visit = Callable[..., Page]
VILLAGES, NUMBERS, MOST_KEYS = 33, 8, 700


@pytest.fixture
def live_world(live_server: LiveServer, _on_the_day: None) -> World:
    """合涧镇 with 33 villages that owe 8 numbers and reported them in the second quarter."""
    world = worlds.build(issued=False)
    put_divisions(
        [
            DivisionLine(f"4105811013{n:02d}", f"新{n}村民委员会", "village", UNITS["hejian"])
            for n in range(VILLAGES - 3)
        ]
    )
    world.ledger.tasks.exclude(number=1).delete()
    Task.objects.bulk_create(
        Task(
            ledger=world.ledger, number=n, category="people", title=f"第{n}项", unit="个",
            reporting_level="village", measure="number",
        )
        for n in range(2, NUMBERS + 1)
    )  # fmt: skip
    world.ledger.issue(None, timezone.localtime(datetime.datetime(2026, 1, 5, tzinfo=NOW.tzinfo)))
    before = list(Entry.objects.filter(township=world.units["hejian"], period__quarter=2))
    for entry in before:
        entry.value = Decimal(10 + entry.pk * 37 % 90)
        entry.state, entry.first_submitted_at = Entry.State.ACCEPTED, NOW
    worlds.rewrite(before, ["value", "state", "first_submitted_at"])
    EntrySummary.objects.rebuild(world.ledger)
    return world


def answer_of(row: int, column: int) -> str:
    """What the clerk types, as often with a fraction as not; empty where nothing has changed."""
    if (row * 2 + column) % 5 < 3:
        return ""
    return f"{12 + row}.{column + 1}" if column % 2 else f"{100 + row * 3}"


def test_a_quarter_of_33_villages_takes_less_than_700_keys(visit: Visit, live_world: World) -> None:
    page = visit("hejian_reporter", f"/grid/{UNITS['hejian']}/2026Q3/")
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(VILLAGES)
    places = [(row, column) for column in range(NUMBERS) for row in range(VILLAGES)]
    typed = [answer_of(row, column) for row, column in places]
    confirmed = sum(not answer for answer in typed)
    assert 0.59 < confirmed / len(typed) < 0.61

    rows.first.locator("td").first.click()
    keys = 1
    for answer in typed:
        page.keyboard.type(f"{answer}\n" if answer else "=")
        keys += len(answer) + 1 if answer else 1
    page.locator("[data-do=submit_all]").click()
    keys += 1
    expect(page.locator("tbody td.submitted")).to_have_count(len(typed))
    assert keys < MOST_KEYS, keys

    township = live_world.units["hejian"]
    lines = Entry.objects.filter(township=township, period__quarter=3, state="submitted")
    assert lines.count() == VILLAGES * NUMBERS
    assert lines.filter(carried_from__quarter=2).count() == confirmed
    written = lines.filter(carried_from=None).values_list("value", flat=True)
    assert sorted(value or Decimal(0) for value in written) == sorted(
        Decimal(answer) for answer in typed if answer
    )
