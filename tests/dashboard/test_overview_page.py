import datetime
import re
from collections import Counter
from collections.abc import Callable
from html import unescape

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from dashboard.figures import Row
from tasks.models import Entry, EntrySummary, Ledger, Period
from tests.dashboard import years
from tests.dashboard.count import belongs, figures, light_of, unit_light
from tests.tasks.pages import at, english, shown
from tests.tasks.verbs import moment, submitted
from tests.world import NOW, UNITS, World
from villages.models import Division

SignIn = Callable[[str], Client]


def lines(quarter: int) -> list[Entry]:
    related = Entry.objects.select_related(
        "task__ledger", "period", "division__parent__parent__parent"
    )
    return list(related.filter(period__quarter=quarter, period__year=2026))


def said(row: Row) -> dict[str, int]:
    counts = row.counts
    told = {
        "owed": counts.owed,
        "reported": counts.reported,
        "on_time": counts.on_time,
        "accepted": counts.accepted,
        "submitted": counts.submitted,
        "returned": counts.returned,
    } | {str(light): count for light, count in row.lights.items()}
    return {name: count for name, count in told.items() if count}


def levels_above_village(world: World) -> list[str]:
    return [unit for unit, division in world.units.items() if division.level != "village"]


@pytest.mark.parametrize("quarter", [1, 2, 3, 4])
@pytest.mark.parametrize("day", [datetime.date(2026, 10, 2), datetime.date(2026, 12, 28)])
def test_every_number_is_what_the_lines_say(busy: World, quarter: int, day: datetime.date) -> None:
    noon = moment(day.month, day.day, 12)
    everything = lines(quarter)
    with time_machine.travel(noon, tick=False):
        client = Client()
        client.force_login(busy.users["city_viewer"])
        for unit in levels_above_village(busy):
            page = client.get(at("dashboard:overview", unit, quarter))
            division = busy.units[unit]
            mine = [entry for entry in everything if belongs(entry, division)]
            assert said(page.context["board"].total) == figures(mine, day), unit
            shown_units = {row.division.pk: row for row in page.context["board"].rows}
            assert_units(busy, division, shown_units, mine, day)


def assert_units(
    world: World, above: Division, rows: dict[int, Row], lines: list[Entry], day: datetime.date
) -> None:
    """Each row below counts its own lines, and its light is that of its shares."""
    for division in world.units.values():
        if division.parent_id != above.pk:
            continue
        mine = [entry for entry in lines if belongs(entry, division)]
        if not mine:
            continue
        row = rows.pop(division.pk)
        assert said(row) == figures(mine, day)
        lights = Counter(light_of(entry, day) for entry in mine)
        assert row.light == unit_light(lights, world.ledger)
        assert sum(count for _light, count in row.lit) == row.counts.owed
    assert all(row.before.owed and not row.counts.owed for row in rows.values())


def test_a_townships_own_lines_stand_apart(busy: World, signed_in: SignIn) -> None:
    page = signed_in("hejian_reporter").get(at("dashboard:overview", "hejian"))
    mine = [entry for entry in lines(3) if entry.division_id == busy.units["hejian"].pk]
    assert said(page.context["board"].own) == figures(mine, NOW.date())
    assert page.context["board"].own.division == busy.units["hejian"]


def test_a_number_opens_the_lines_that_it_counts(busy: World, signed_in: SignIn) -> None:
    """Every link of the overview to a list of lines leads to as many lines as the number says."""
    client = english(signed_in("city_viewer"))
    for unit in ("city", "linzhou", "hejian"):
        text = shown(client.get(at("dashboard:overview", unit)))
        links = _numbered_links(text)
        assert len(links) > 10
        for address, number in links:
            page = client.get(address)
            assert page.context["page"].paginator.count == number, address


def _numbered_links(text: str) -> list[tuple[str, int]]:
    """Address and last number of each link to lines; of 3 / 8 what the address means."""
    found = []
    for href, body in re.findall(
        r'<a[^>]*?href="(/entries/[^"]+)"[^>]*>(.*?)</a>', text, re.DOTALL
    ):
        numbers = re.findall(r"\d+", re.sub(r"<[^>]+>", " ", body))
        if numbers:
            part_is_meant = "state=" in href and len(numbers) == 2
            found.append((unescape(href), int(numbers[0 if part_is_meant else -1])))
    return found


def test_the_quarter_before_is_compared(busy: World, signed_in: SignIn) -> None:
    page = signed_in("city_viewer").get(at("dashboard:overview", "city", 3))
    before = page.context["board"].total.before
    assert before.owed == len(lines(2))
    assert before.reported == sum(e.state in ("submitted", "accepted") for e in lines(2))
    first = signed_in("city_viewer").get(at("dashboard:overview", "city", 1))
    assert first.context["board"].previous is None
    assert first.context["board"].total.before.owed == 0


def test_the_map_shows_every_township_that_owes(busy: World, signed_in: SignIn) -> None:
    page = signed_in("city_viewer").get(at("dashboard:overview", "city"))
    tiles = {unit.division.code for row in page.context["board"].rows for unit in row.units}
    owing = {"hejian", "linqi", "guiyuan", "baidaokou", "feidi"}
    assert tiles == {UNITS[unit] for unit in owing}
    assert shown(page).count('class="tile') == len(tiles)
    county = signed_in("city_viewer").get(at("dashboard:overview", "linzhou"))
    assert shown(county).count('class="tile') == 3


def test_a_village_transferred_during_the_year_stays_in_every_sum(
    busy: World, signed_in: SignIn
) -> None:
    """Lines count where they were issued, on the pages of township and county alike."""
    client = signed_in("city_viewer")

    def totals() -> list[dict[str, int]]:
        pages = [client.get(at("dashboard:overview", u)) for u in ("hejian", "linzhou", "linqi")]
        return [said(page.context["board"].total) for page in pages]

    before = totals()
    village = busy.units["dongshan"]
    village.parent = busy.units["linqi"]
    village.place()
    assert totals() == before


def test_a_report_shows_at_once(world: World, signed_in: SignIn) -> None:
    client = signed_in("city_viewer")

    def reported() -> int:
        page = client.get(at("dashboard:overview", "city"))
        return int(page.context["board"].total.counts.reported)

    assert reported() == 0
    submitted(world)
    assert reported() == 1


def test_a_year_without_a_ledger_says_so(world: World, signed_in: SignIn) -> None:
    Ledger.objects.create(division=world.units["city"], year=2027, title="草稿")
    Period.objects.for_year(2027)
    page = english(signed_in("city_viewer")).get(at("dashboard:overview", "city", 1, 2027))
    assert page.status_code == 200
    assert "No ledger has been issued for this year" in shown(page)


def test_a_county_sees_the_ledger_of_its_city(world: World, signed_in: SignIn) -> None:
    page = signed_in("linzhou_viewer").get(at("dashboard:overview", "linzhou"))
    assert page.context["place"].ledger == world.ledger


@pytest.mark.parametrize("address", ["2026Q5", "2099Q1", "1999Q1"])
def test_a_quarter_that_is_not_there_is_not_found(signed_in: SignIn, address: str) -> None:
    client = signed_in("city_viewer")
    assert client.get(f"/overview/{UNITS['city']}/{address}/").status_code == 404


def test_thresholds_of_the_ledger_turn_the_lights(busy: World, signed_in: SignIn) -> None:
    client = signed_in("city_viewer")
    Ledger.objects.update(red_behind=90, yellow_behind=80, yellow_days=0)
    busy.ledger.refresh_from_db()
    EntrySummary.objects.rebuild(busy.ledger)
    page = client.get(at("dashboard:overview", "city"))
    assert said(page.context["board"].total) == figures(lines(3), NOW.date())


def test_rates_are_rounded_down_so_that_100_means_all(world: World, signed_in: SignIn) -> None:
    last = world.entry("xishan", "income")
    Entry.objects.filter(period__quarter=3).exclude(pk=last.pk).update(
        state="accepted", first_submitted_at=timezone.now()
    )
    EntrySummary.objects.rebuild(world.ledger)
    text = shown(signed_in("city_viewer").get(at("dashboard:overview", "city")))
    owed = Entry.objects.filter(period__quarter=3).count()
    assert f"{owed - 1} / {owed}" in text
    assert "100.0<small>%" not in text.split("figure")[1]


def test_the_same_quarter_of_the_year_before_is_compared(world: World, signed_in: SignIn) -> None:
    """Each year has a ledger of its own, whose lines are those of its quarters."""
    years.three_years(world)
    page = english(signed_in("city_viewer")).get(at("dashboard:overview", "city", 3))
    total = page.context["board"].total
    ago = Entry.objects.filter(period__year=2025, period__quarter=3)
    assert total.year_ago.owed == ago.count()
    assert total.year_ago.reported == ago.reported().count()
    assert total.before.owed == len(lines(2))
    assert "points on 2025 Q3" in shown(page)


def test_the_first_quarter_is_compared_with_the_last_of_the_year_before(
    world: World, signed_in: SignIn
) -> None:
    years.three_years(world)
    board = signed_in("city_viewer").get(at("dashboard:overview", "city", 1)).context["board"]
    ago = Entry.objects.filter(period__year=2025, period__quarter=4)
    assert board.total.before.accepted == ago.filter(state="accepted").count()
