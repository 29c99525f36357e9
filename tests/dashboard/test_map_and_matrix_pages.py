import re
from collections.abc import Callable
from html import unescape

import pytest
from django.test import Client

from tasks.models import Entry, EntrySummary
from tests.tasks.pages import at, english, shown
from tests.world import UNITS, World
from villages.models import VillageProfile

SignIn = Callable[[str], Client]


def tiles(text: str) -> dict[str, tuple[str, str]]:
    """Name of each tile with its style and n/N."""
    found = re.findall(r'<a class="tile ([\w-]+)"[^>]*><b>(.*?)</b><span>(\d+/\d+)', text)
    return {name: (style, share) for style, name, share in found}


def cells(text: str) -> list[tuple[str, str]]:
    """Address and n/N of every cell."""
    found = re.findall(r'<a class="cell [\w-]+" href="([^"]+)"[^>]*>(\d+)/(\d+)', text)
    return [(unescape(href), whole) for href, _part, whole in found]


def test_the_map_of_the_city_groups_townships_by_county(busy: World, signed_in: SignIn) -> None:
    page = signed_in("city_viewer").get(at("dashboard:map", "city"))
    text = shown(page)
    assert set(tiles(text)) == {"合涧镇", "临淇镇", "桂园街道", "白道口镇", "飞地乡"}
    leads = re.findall(r'<h3 class="lead"><a [^>]*>(.*?)<span>(\d+/\d+)', text)
    rows = page.context["board"].rows
    assert [name for name, _share in leads] == ["滑县", "林州市"]
    assert [share for _name, share in leads] == [
        f"{row.counts.reported}/{row.counts.owed}" for row in rows
    ]


def test_a_township_shows_its_villages_as_finer_tiles(busy: World, signed_in: SignIn) -> None:
    text = shown(signed_in("hejian_reporter").get(at("dashboard:map", "hejian")))
    assert set(tiles(text)) == {"东山村", "西山村", "南平村"}
    assert "map finer" in text


def test_a_tile_says_its_light_in_words_and_leads_to_its_unit(
    busy: World, signed_in: SignIn
) -> None:
    page = english(signed_in("city_viewer")).get(at("dashboard:map", "city"))
    board = page.context["board"]
    row = next(row for row in board.units if row.division.code == UNITS["hejian"])
    style, share = tiles(shown(page))["合涧镇"]
    assert style == row.light
    assert share == f"{row.counts.reported}/{row.counts.owed}"
    assert f'href="/overview/{UNITS["hejian"]}/2026Q3/"' in shown(page)


@pytest.mark.parametrize("measure", ["reported", "on_time", "accepted", "completed"])
def test_a_measure_colours_the_tiles_by_its_band(
    busy: World, signed_in: SignIn, measure: str
) -> None:
    page = signed_in("city_viewer").get(at("dashboard:map", "city") + f"?measure={measure}")
    board = page.context["board"]
    shown_tiles = tiles(shown(page))
    for row in board.units:
        band = board.measure.band(row.counts)
        style, share = shown_tiles[row.division.short_name]
        assert style == (f"band-{band.letter.lower()}" if band else "band-none")
        assert share == f"{board.measure.part(row.counts)}/{board.measure.whole(row.counts)}"


def test_a_band_of_all_wants_all(world: World, signed_in: SignIn) -> None:
    """Shares are compared exactly: 99.9 % is not everything."""
    Entry.objects.filter(period__quarter=3).update(
        state="accepted", first_submitted_at="2026-10-01T00:00Z"
    )
    last = world.entry("dongshan", "income")
    Entry.objects.filter(pk=last.pk).update(state="draft")
    EntrySummary.objects.rebuild(world.ledger)
    text = shown(signed_in("city_viewer").get(at("dashboard:map", "city") + "?measure=completed"))
    assert tiles(text)["合涧镇"][0] != "band-a"
    assert tiles(text)["白道口镇"][0] == "band-a"


def test_a_light_leaves_only_its_tiles(busy: World, signed_in: SignIn) -> None:
    page = signed_in("city_viewer").get(at("dashboard:map", "city", 2) + "?light=red")
    red = {row.division.short_name for row in page.context["board"].units if row.light == "red"}
    assert set(tiles(shown(page))) == red
    assert red


def test_where_no_unit_shows_a_light_the_map_says_so(world: World, signed_in: SignIn) -> None:
    page = english(signed_in("city_viewer")).get(at("dashboard:map", "city") + "?light=blue")
    assert tiles(shown(page)) == {}
    assert "No unit shows this light." in shown(page)


@pytest.mark.parametrize("unit", ["city", "linzhou", "hejian"])
def test_each_cell_opens_as_many_lines_as_it_counts(
    busy: World, signed_in: SignIn, unit: str
) -> None:
    client = signed_in("city_viewer")
    found = cells(shown(client.get(at("dashboard:matrix", unit))))
    assert len(found) > 5
    for address, whole in found:
        page = client.get(address)
        assert page.context["page"].paginator.count == int(whole), address


@pytest.mark.parametrize("measure", ["reported", "on_time", "completed"])
def test_a_cell_of_a_measure_opens_the_part_that_it_counts(
    busy: World, signed_in: SignIn, measure: str
) -> None:
    client = signed_in("city_viewer")
    text = shown(client.get(at("dashboard:matrix", "linzhou") + f"?measure={measure}"))
    found = re.findall(r'<a class="cell [\w-]+" href="([^"]+)"[^>]*>(\d+)/', text)
    assert found
    for href, part in found:
        assert client.get(unescape(href)).context["page"].paginator.count == int(part), href


def test_what_narrows_the_figures_is_named_on_every_page(busy: World, signed_in: SignIn) -> None:
    client = english(signed_in("city_viewer"))
    for name in ("overview", "map", "matrix", "ranking"):
        text = shown(client.get(at(f"dashboard:{name}", "city") + "?category=people&kind=weak"))
        said = text.split('<p class="note">')[1].split("</p>")[0]
        assert "People" in said
        assert "Weak party organisation" in said


def test_worst_first_sorts_tasks_and_units_by_their_red(busy: World, signed_in: SignIn) -> None:
    page = signed_in("city_viewer").get(at("dashboard:matrix", "city", 2) + "?sort=worst")
    lines = page.context["board"].matrix.lines
    shares = [line.total.lights["red"] / line.total.counts.owed for line in lines]
    assert shares == sorted(shares, reverse=True)
    units = page.context["board"].matrix.foot
    of_units = [cell.lights["red"] / cell.counts.owed for _task, _unit, cell in units]
    assert of_units == sorted(of_units, reverse=True)


def test_the_matrix_turns_round(busy: World, signed_in: SignIn) -> None:
    client = signed_in("city_viewer")
    turned = client.get(at("dashboard:matrix", "city") + "?by=unit").context["board"].matrix
    plain = client.get(at("dashboard:matrix", "city")).context["board"].matrix
    assert turned.by_unit
    assert not plain.by_unit
    assert len(turned.lines) == len(plain.heads)
    villages = client.get(at("dashboard:matrix", "hejian")).context["board"].matrix
    assert villages.by_unit
    assert villages.lines[0].unit == busy.units["hejian"]


def test_a_category_and_a_task_narrow_all_figures_and_links(busy: World, signed_in: SignIn) -> None:
    client = signed_in("city_viewer")
    page = client.get(at("dashboard:matrix", "city") + "?category=material")
    board = page.context["board"]
    assert {line.task.category for line in board.matrix.lines} == {"material"}
    mine = Entry.objects.filter(task__category="material", period__quarter=3)
    assert board.total.counts.owed == mine.count()
    assert all("category=material" in href for href, _whole in cells(shown(page)))
    one = client.get(at("dashboard:map", "city") + f"?task={busy.tasks['meeting'].pk}")
    only = Entry.objects.filter(task=busy.tasks["meeting"], period__quarter=3)
    assert one.context["board"].total.counts.owed == only.count()


@pytest.mark.parametrize("unit", ["city", "linzhou", "hejian"])
def test_a_kind_of_village_counts_its_lines_alone(
    busy: World, signed_in: SignIn, unit: str
) -> None:
    VillageProfile.objects.create(division=busy.units["dongshan"], village_type="weak")
    VillageProfile.objects.create(division=busy.units["beiping"], is_demonstration=True)
    client = signed_in("city_viewer")
    page = client.get(at("dashboard:matrix", unit) + "?kind=weak")
    mine = Entry.objects.filter(division=busy.units["dongshan"], period__quarter=3)
    assert page.context["board"].total.counts.owed == mine.count()
    for address, whole in cells(shown(page)):
        assert client.get(address).context["page"].paginator.count == int(whole)
    shows = client.get(at("dashboard:matrix", "city") + "?kind=demonstrates")
    beiping = Entry.objects.filter(division=busy.units["beiping"], period__quarter=3)
    assert shows.context["board"].total.counts.owed == beiping.count()


def test_choices_stay_when_one_drills_down_and_changes_the_quarter(
    busy: World, signed_in: SignIn
) -> None:
    text = shown(signed_in("city_viewer").get(at("dashboard:map", "city") + "?category=people"))
    assert f'href="/overview/{UNITS["hejian"]}/2026Q3/?category=people"' in text
    assert f'href="/map/{UNITS["city"]}/2026Q2/?category=people"' in text


@pytest.mark.parametrize(
    "nonsense",
    ["light=purple", "category=x", "task=abc", "task=99999999999999999999", "kind=no", "by=%00"],
)
def test_a_choice_that_is_none_is_left_out(busy: World, signed_in: SignIn, nonsense: str) -> None:
    client = signed_in("city_viewer")
    page = client.get(at("dashboard:matrix", "city") + f"?{nonsense}")
    assert page.status_code == 200
    assert not page.context["board"].choice.narrows


def test_a_task_of_another_year_counts_nothing_and_says_so(busy: World, signed_in: SignIn) -> None:
    page = english(signed_in("city_viewer")).get(at("dashboard:matrix", "city") + "?task=987654")
    assert page.status_code == 200
    assert "Nothing is owed here in this quarter." in shown(page)


def test_pages_of_figures_lead_a_village_to_its_own(world: World, signed_in: SignIn) -> None:
    for name in ("overview", "map", "matrix", "ranking", "present"):
        page = signed_in("dongshan_reporter").get(at(f"dashboard:{name}", "dongshan"))
        assert page["Location"] == at("dashboard:village", "dongshan")
