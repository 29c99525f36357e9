"""The trend of a unit and of those below it."""

import datetime
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dashboard.trend import Course, Measure, Quarter, Sums, Trend, quarters_until
from tasks.models import Entry, EntrySummary, Period
from tasks.place import Place
from tests.dashboard import years
from tests.dashboard.count import belongs, figures
from tests.dashboard.growth import grow
from tests.tasks.pages import at, english, shown
from tests.world import NOW, UNITS, World
from villages.models import Division

SignIn = Callable[[str], Client]
TODAY = NOW.date()
QUERIES = 16


@pytest.fixture
def busy(world: World) -> World:
    years.three_years(world)
    return world


def trend(world: World, unit: str, code: str = "2026Q3", on: datetime.date = TODAY) -> Trend:
    return Trend(Place.or_404(world.users["city_viewer"], UNITS[unit], code), on)


def lines(quarter: Quarter) -> list[Entry]:
    related = Entry.objects.select_related(
        "task__ledger", "period", "division__parent__parent__parent"
    )
    return list(related.filter(period=quarter.period)) if quarter.period else []


def said(sums: Sums | None) -> dict[str, int]:
    if sums is None:
        return {}
    counts = sums.counts
    told = {
        "owed": counts.owed, "reported": counts.reported, "on_time": counts.on_time,
        "accepted": counts.accepted, "red": sums.red,
    }  # fmt: skip
    return {name: count for name, count in told.items() if count}


def wanted(entries: list[Entry]) -> dict[str, int]:
    names = ("owed", "reported", "on_time", "accepted", "red")
    counted = figures(entries, TODAY)
    return {name: counted[name] for name in names if name in counted}


def is_of(entry: Entry, course: Course) -> bool:
    if course.is_own:
        return entry.division_id == course.division.pk
    return belongs(entry, course.division)


@pytest.mark.parametrize("unit", ["city", "linzhou", "huaxian", "hejian", "dongshan"])
def test_every_number_is_what_the_lines_say(busy: World, unit: str) -> None:
    # One line has more time, so that it is not red although its quarter is past.
    later = busy.entry("xishan", "income", 2)
    Entry.objects.filter(pk=later.pk).update(state="draft", extended_to=TODAY, waiting_at="")
    EntrySummary.objects.rebuild(busy.ledger)
    found = trend(busy, unit)
    assert [quarter.code for quarter in found.quarters][:2] == ["2024Q1", "2024Q2"]
    for place, quarter in enumerate(found.quarters):
        entries = lines(quarter)
        for course in [found.whole, *found.units]:
            its_own = [entry for entry in entries if is_of(entry, course)]
            assert said(course.quarters[place]) == wanted(its_own), (quarter.code, course)


def test_units_are_one_level_below_and_a_townships_own_lines_come_first(busy: World) -> None:
    def names(unit: str) -> list[str]:
        return [course.division.code for course in trend(busy, unit).units]

    assert names("city") == [UNITS["huaxian"], UNITS["linzhou"]]
    assert names("linzhou") == [UNITS["guiyuan"], UNITS["hejian"], UNITS["linqi"]]
    assert names("hejian") == [UNITS[unit] for unit in ("hejian", "dongshan", "xishan", "nanping")]
    assert trend(busy, "hejian").units[0].is_own
    assert names("dongshan") == []


def test_the_quarters_are_the_last_twelve_of_the_calendar(world: World) -> None:
    periods = [*Period.objects.for_year(2022), *Period.objects.for_year(2024)]
    periods += Period.objects.for_year(2026)
    quarters = quarters_until(world.periods[2], periods)
    assert [(q.year, q.quarter, bool(q.period)) for q in quarters] == [
        (2024, 1, True), (2024, 2, True), (2024, 3, True), (2024, 4, True),
        (2025, 1, False), (2025, 2, False), (2025, 3, False), (2025, 4, False),
        (2026, 1, True), (2026, 2, True),
    ]  # fmt: skip


def test_a_quarter_without_a_ledger_or_yet_to_open_has_no_figures(world: World) -> None:
    years.issued(world.units["city"], 2024)
    years.at_work()
    Period.objects.for_year(2025)
    found = trend(world, "city", "2026Q4")
    has = {quarter.code: bool(sums) for quarter, sums in
           zip(found.quarters, found.whole.quarters, strict=True)}  # fmt: skip
    assert [name[:4] for name, known in has.items() if not known] == ["2025"] * 4 + ["2026"]
    assert not has["2026Q4"]
    assert trend(world, "city", "2026Q4", datetime.date(2026, 12, 28)).whole.quarters[-1]


def test_ledgers_of_one_year_in_line_are_added_up(world: World) -> None:
    """Each by the thresholds of its own."""
    before = trend(world, "linzhou").whole.quarters[-1]
    years.issued(world.units["linzhou"], 2026, red_share=50)
    after = trend(world, "linzhou").whole.quarters[-1]
    city = trend(world, "city").whole.quarters[-1]
    assert before
    assert after
    assert after.counts.owed > before.counts.owed
    assert said(after) == wanted(
        [e for e in lines(trend(world, "city").quarters[-1]) if belongs(e, world.units["linzhou"])]
    )
    # The city's own figures are of its own ledger.
    assert city
    assert city.counts.owed == Entry.objects.filter(
        task__ledger=world.ledger, period=world.periods[3]
    ).count()  # fmt: skip


def test_an_unreported_line_of_a_past_quarter_is_red_and_one_with_more_time_is_not(
    world: World,
) -> None:
    Entry.objects.filter(division=world.units["dongshan"], period=world.periods[1]).exclude(
        task=world.tasks["income"]
    ).update(state="accepted", first_submitted_at=NOW)
    shares = trend(world, "dongshan").whole.shares(Measure.RED)
    assert [share and share.fraction for share in shares] == ["1/2", "3/3", "0/2"]
    Entry.objects.filter(division=world.units["dongshan"]).update(extended_to=TODAY)
    shares = trend(world, "dongshan").whole.shares(Measure.RED)
    assert [share and share.part for share in shares] == [0, 0, 0]


def test_the_page_shows_measures_with_their_definitions_and_numbers(
    busy: World, signed_in: SignIn
) -> None:
    page = english(signed_in("city_viewer")).get(at("dashboard:trend", "city"))
    text = shown(page)
    whole = page.context["shown"].trend.whole
    for measure in Measure:
        share = whole.last_share(measure)
        assert share.fraction in text
    for sentence in ("Submitted or accepted ÷ owed", "Finally accepted ÷ owed", "red today ÷ owed"):
        assert sentence in text
    assert text.count("<details") == 5
    assert "without figures" in text.lower()


def test_a_measure_is_chosen_in_the_address(busy: World, signed_in: SignIn) -> None:
    client = english(signed_in("city_viewer"))
    page = client.get(at("dashboard:trend", "linzhou"), {"measure": "red"})
    titles = [multiple.chart.title for multiple in page.context["shown"].multiples]
    assert titles[1] == "合涧镇 Share of red lines"
    assert "?measure=on_time#units" in shown(page)
    other = client.get(at("dashboard:trend", "linzhou"), {"measure": "nonsense\0"})
    assert other.context["shown"].measure == Measure.REPORTED


def test_units_lead_to_their_own_trend_and_overview(busy: World, signed_in: SignIn) -> None:
    client = signed_in("linzhou_viewer")
    county = shown(client.get(at("dashboard:trend", "linzhou")))
    assert f'href="{at("dashboard:trend", "hejian")}?measure=reported"' in county
    assert f'href="{at("dashboard:overview", "hejian")}"' in county
    township = shown(client.get(at("dashboard:trend", "hejian")))
    assert f'href="{at("dashboard:trend", "dongshan")}?measure=reported"' in township


def test_small_charts_share_a_scale_and_the_line_of_the_unit_above(
    busy: World, signed_in: SignIn
) -> None:
    shown_page = signed_in("city_viewer").get(at("dashboard:trend", "city")).context["shown"]
    assert len({multiple.chart.top for multiple in shown_page.multiples}) == 1
    whole = shown_page.trend.whole.shares(Measure.REPORTED)
    assert all(multiple.chart.behind == whole for multiple in shown_page.multiples)


def test_villages_come_worst_first_and_by_the_page(
    busy: World, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.trend_page.UNITS_SHOWN", 3)
    client = signed_in("hejian_reporter")

    def listed(**choices: str) -> list[Course]:
        page = client.get(at("dashboard:trend", "hejian"), choices)
        return [multiple.course for multiple in page.context["shown"].multiples]

    for measure in Measure:
        courses = listed(measure=measure) + listed(measure=measure, page="2")
        assert courses[0].is_own
        assert len(courses) == 4
        shares = [course.last_share(measure) for course in courses[1:]]
        known = [share.percent for share in shares if share]
        assert known == sorted(known, reverse=measure == Measure.RED)
        assert all(shares[: len(known)])
    assert listed(page="nonsense")[0].is_own


@pytest.mark.parametrize(("who", "owed"), [("hejian_reporter", None), ("city_viewer", 3)])
def test_the_old_township_of_a_village_reads_its_own_lines_alone(
    world: World, who: str, owed: int | None
) -> None:
    village = Division.objects.select_related("parent").get(pk=world.units["dongshan"].pk)
    village.parent = world.units["baidaokou"]
    village.place(datetime.date(2026, 7, 1))
    years.issued(world.units["city"], 2027)
    on = datetime.date(2027, 4, 2)
    place = Place.or_404(world.users[who], UNITS["dongshan"], "2027Q1")
    *_earlier, third, _fourth, first = Trend(place, on).whole.quarters
    assert (third and third.counts.owed) == 2
    assert (first and first.counts.owed) == owed


def test_one_quarter_is_told_in_a_sentence(world: World, signed_in: SignIn) -> None:
    text = shown(english(signed_in("city_viewer")).get(at("dashboard:trend", "city", 1)))
    assert "So far only 2026 Q1 has figures" in text
    assert 'class="dot' in text
    assert 'class="line' not in text


def test_nothing_is_told_in_a_sentence_and_not_in_empty_frames(
    world: World, signed_in: SignIn
) -> None:
    client = english(signed_in("city_viewer"))
    community = shown(client.get(at("dashboard:trend", "community")))
    assert "this unit owed nothing" in community
    assert 'class="chart"' not in community


def test_without_a_ledger_the_page_says_so(draft_world: World) -> None:
    Period.objects.for_year(2026)
    client = english(Client())
    client.force_login(draft_world.users["city_viewer"])
    page = client.get(at("dashboard:trend", "city"))
    assert "No ledger has been issued for these quarters" in shown(page)


def test_a_unit_of_others_and_a_quarter_that_is_not_there_are_not_found(
    world: World, signed_in: SignIn
) -> None:
    client = signed_in("linzhou_viewer")
    assert client.get(at("dashboard:trend", "linzhou")).status_code == 200
    assert client.get(at("dashboard:trend", "city")).status_code == 404
    assert client.get(at("dashboard:trend", "huaxian")).status_code == 404
    assert client.get(f"/trend/{UNITS['linzhou']}/2019Q1/").status_code == 404


def test_the_page_costs_the_same_queries_for_more_units_and_years(
    world: World, signed_in: SignIn
) -> None:
    pages = [("city_manager", "city"), ("linzhou_reviewer", "linzhou"),
             ("hejian_reporter", "hejian"), ("dongshan_reporter", "dongshan")]  # fmt: skip

    def cost() -> dict[str, int]:
        found = {}
        for who, unit in pages:
            client = signed_in(who)
            client.get("/ledgers/")
            with CaptureQueriesContext(connection) as captured:
                assert client.get(at("dashboard:trend", unit)).status_code == 200
            found[unit] = len(captured)
        return found

    grow(world, 1, 3)
    before = cost()
    years.issued(Division.objects.get(code=UNITS["city"]), 2025)
    grow(world, 11, 9)
    assert cost() == before
    assert max(before.values()) <= QUERIES
