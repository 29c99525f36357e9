"""Figures as reported, as the divisions stood, and as they stand: the same lines, other sums."""

import datetime
from collections.abc import Callable

import pytest
from django.test import Client

from tasks.models import Entry, EntrySummary, Review
from tests.dashboard import sql
from tests.dashboard.test_every_figure import said
from tests.tasks.pages import at, english, shown
from tests.world import NOW, UNITS, World
from villages import actions

SignIn = Callable[[str], Client]
PAGES = ["overview", "map", "matrix", "ranking"]
DAY = datetime.date(2026, 7, 1)


def board(client: Client, unit: str, reading: str = "", page: str = "matrix") -> object:
    address = at(f"dashboard:{page}", unit) + (f"?divisions={reading}" if reading else "")
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.context["board"]


@pytest.fixture
def moved(busy: World) -> World:
    """In the year 东山村 went from 合涧镇 to 临淇镇, and 飞地乡 from 滑县 to 林州市."""
    village = busy.units["dongshan"]
    village.parent = busy.units["linqi"]
    village.place(DAY)
    township = busy.units["feidi"]
    township.parent = busy.units["linzhou"]
    township.place(DAY)
    return busy


@pytest.mark.parametrize("reading", ["", "then", "now"])
def test_the_city_counts_the_same_lines_in_every_reading(
    moved: World, signed_in: SignIn, reading: str
) -> None:
    found = board(signed_in("city_viewer"), "city", reading)
    lines = sql.lines(UNITS["city"], 2026, 3)
    assert said(found.total) == sql.told(lines, found.on)  # type: ignore[attr-defined]
    rows = found.rows  # type: ignore[attr-defined]
    assert sum(row.counts.owed for row in rows) == len(lines)
    cells = found.matrix.cells.values()  # type: ignore[attr-defined]
    assert sum(cell.counts.owed for cell in cells) == len(lines)


def owed(client: Client, unit: str, reading: str) -> int:
    return int(board(client, unit, reading).total.counts.owed)  # type: ignore[attr-defined]


def test_a_moved_village_counts_where_it_stands_or_where_it_stood(
    moved: World, signed_in: SignIn
) -> None:
    client = signed_in("city_viewer")
    village = len([e for e in sql.lines(UNITS["city"], 2026, 3) if e["unit"] == UNITS["dongshan"]])
    for unit, sign in (("hejian", -1), ("linqi", 1)):
        assert owed(client, unit, "then") == owed(client, unit, "")
        assert owed(client, unit, "now") == owed(client, unit, "") + sign * village


def test_a_moved_township_counts_in_the_county_of_the_reading(
    moved: World, signed_in: SignIn
) -> None:
    client = signed_in("city_viewer")

    def townships(county: str, reading: str) -> set[str]:
        found = board(client, "city", reading).rows  # type: ignore[attr-defined]
        row = next((row for row in found if row.division.name == county), None)
        return {unit.division.name for unit in row.units} if row else set()

    assert "飞地乡" in townships("滑县", "then")
    assert "飞地乡" in townships("林州市", "now")
    assert "飞地乡" in townships("林州市", "")


def test_a_renamed_unit_bears_the_name_of_the_reading(busy: World, signed_in: SignIn) -> None:
    unit = busy.units["linqi"]
    unit.name = "临淇街道"
    unit.kind = "street"
    unit.place(DAY)
    client = signed_in("city_viewer")
    then = shown(client.get(at("dashboard:map", "city") + "?divisions=then"))
    now = shown(client.get(at("dashboard:map", "city") + "?divisions=now"))
    assert "<b>临淇镇</b>" in then
    assert "<b>临淇街道</b>" in now


def test_a_merged_unit_counts_in_the_one_that_goes_on(busy: World, signed_in: SignIn) -> None:
    actions.merge([busy.units["nanping"]], busy.units["xishan"], DAY)
    client = signed_in("city_viewer")
    rows = board(client, "hejian", "now").rows  # type: ignore[attr-defined]
    found = {row.division.name: row.counts.owed for row in rows}
    assert "南平村民委员会" not in found
    assert found["西山村委会"] == 2 * found["东山村民委员会"]
    assert owed(client, "hejian", "now") == owed(client, "hejian", "")


@pytest.mark.parametrize("page", PAGES)
def test_the_switch_and_the_crosswalk_stand_on_the_page(
    moved: World, signed_in: SignIn, page: str
) -> None:
    client = english(signed_in("city_viewer"))
    plain = shown(client.get(at(f"dashboard:{page}", "city")))
    assert "As they stand today" in plain
    assert "Divisions that changed since issue" not in plain
    now = shown(client.get(at(f"dashboard:{page}", "city") + "?divisions=now"))
    assert "Divisions that changed since issue" in now
    assert f'href="/overview/{UNITS["linzhou"]}/2026Q3/?divisions=now"' in now


def test_where_nothing_changed_there_is_no_switch(busy: World, signed_in: SignIn) -> None:
    text = shown(english(signed_in("city_viewer")).get(at("dashboard:overview", "city")))
    assert "As they stand today" not in text


def test_a_county_does_not_meet_what_went_to_another(moved: World, signed_in: SignIn) -> None:
    page = signed_in("huaxian_reviewer").get(at("dashboard:matrix", "huaxian") + "?divisions=then")
    assert "飞地乡" not in shown(page)


@pytest.mark.parametrize("page", PAGES)
def test_on_other_divisions_no_number_opens_a_list(
    moved: World, signed_in: SignIn, page: str
) -> None:
    """No list counts what such a number counts."""
    text = shown(signed_in("city_viewer").get(at(f"dashboard:{page}", "city") + "?divisions=now"))
    assert 'href="/entries/' not in text


def test_a_line_of_another_township_changes_the_stamp_of_a_reading(
    moved: World, signed_in: SignIn
) -> None:
    """东山村 reports through 合涧镇 and counts in 临淇镇 now."""
    client = signed_in("city_viewer")
    address = at("dashboard:overview", "linqi") + "?divisions=now"
    client.get(address)
    first = client.get(address)
    entry = moved.entry("dongshan", "income")
    Entry.objects.filter(pk=entry.pk).update(state="draft", first_submitted_at=None, waiting_at="")
    EntrySummary.objects.refresh({(entry.task_id, entry.township_id, entry.period_id)})
    again = client.get(address, headers={"if-none-match": first["ETag"]})
    assert again.status_code == 200


def test_what_came_back_twice_counts_where_its_village_counts(
    moved: World, signed_in: SignIn
) -> None:
    entry = moved.entry("dongshan", "income")
    Entry.objects.filter(pk=entry.pk).update(state="returned", waiting_at="")
    for version in (1, 2):
        Review.objects.create(
            entry=entry, version=version, level="county", verdict="returned", at=NOW,
            comment="数据有误",
            reviewer=moved.users["linzhou_reviewer"],
        )  # fmt: skip
    EntrySummary.objects.rebuild(moved.ledger)
    found = board(signed_in("city_viewer"), "city", "now", "overview").concerns  # type: ignore[attr-defined]
    assert [c.row.division.name for c in found if c.again] == ["临淇镇"]


@pytest.mark.parametrize("reading", ["then", "now"])
def test_a_kind_of_village_is_counted_in_every_reading(
    moved: World, signed_in: SignIn, reading: str
) -> None:
    from villages.models import VillageProfile

    VillageProfile.objects.create(division=moved.units["dongshan"], village_type="weak")
    client = signed_in("city_viewer")
    address = at("dashboard:matrix", "linqi") + f"?kind=weak&divisions={reading}"
    total = client.get(address).context["board"].total.counts.owed
    assert bool(total) == (reading == "now")
    city = client.get(at("dashboard:matrix", "city") + f"?kind=weak&divisions={reading}")
    assert city.context["board"].total.counts.owed == 2
