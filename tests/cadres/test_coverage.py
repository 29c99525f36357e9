"""Which seats count as to be filled, and how they stand month by month."""

import datetime
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from cadres.actions import postings
from cadres.calendar_choice import CalendarForm
from cadres.coverage import Coverage
from cadres.coverage_lists import lists_of
from cadres.headlines import headlines
from cadres.models import Posting
from tests.cadres.appointing import DAY, again, new
from tests.tasks.pages import english, shown
from tests.world import UNITS, World
from villages.models import VillageProfile

SignIn = Callable[[str], Client]
ONE = postings.ONE_DAY


def coverage(world: World, unit: str, **choices: Any) -> Coverage:
    return CalendarForm(choices, DAY).coverage(world.units[unit], world.users["city_manager"])


def names(divisions: Any) -> set[str]:
    known = {code: name for name, code in UNITS.items()}
    return {known[division.code] for division in divisions}


def states(world: World, unit: str, **choices: Any) -> list[str]:
    """Of one unit, from its township's calendar."""
    above = {division: name for name, division in world.units.items()}
    parent = world.units[unit].parent
    assert parent is not None
    lines = coverage(world, above[parent], **choices).lines()
    found = [line for line in lines if line.unit == world.units[unit]]
    return [cell.state for line in found for cell in line.cells]


def listed(world: World, unit: str, name: str, **choices: Any) -> list[tuple[str, int | None]]:
    seen = coverage(world, unit, **choices)
    found = {one.name: one.concerns for one in lists_of(seen, 30)}
    return [(one.unit.short_name, one.days) for one in found[name]]


def weak(world: World, unit: str) -> None:
    VillageProfile.objects.create(division=world.units[unit], village_type="weak")


# What counts


def test_weak_villages_count_and_those_that_had_one_within_a_year(world: World) -> None:
    weak(world, "nanping")
    long_ago = {"start": DAY - 900 * ONE, "end": DAY - 370 * ONE, "end_reason": "term"}
    Posting.objects.filter(pk=world.postings["xishan"].pk).update(**long_ago)
    Posting.objects.filter(pk=world.postings["shiqiao"].pk).update(
        end=DAY - 100 * ONE, end_reason="term"
    )
    seen = coverage(world, "city")
    assert names(seen.expected) == {"dongshan", "nanping", "shiqiao"}
    assert names(seen.filled) == {"dongshan"}


def test_every_town_and_township_counts_for_its_heads_and_no_street(world: World) -> None:
    seen = coverage(world, "city", kind="township_head")
    assert names(seen.expected) == {"hejian", "linqi", "baidaokou", "feidi"}
    assert names(seen.filled) == {"hejian"}


def test_a_seconded_secretary_counts_where_one_was(world: World) -> None:
    assert coverage(world, "city", kind="secondment").expected == []


# Month by month


def test_a_term_from_start_to_planned_end(world: World) -> None:
    assert states(world, "dongshan") == ["held"] * 11 + ["ending"]
    # Counted as vacant while it was held within a year; after that it counts no more.
    assert states(world, "dongshan", year=2027) == ["vacant"] * 12
    assert states(world, "dongshan", year=2028) == []
    assert states(world, "dongshan", year=2024) == []


def test_beyond_the_term_until_today_and_then_nobody(world: World) -> None:
    assert states(world, "xishan") == ["held"] * 5 + ["ending"] + ["over"] * 4 + ["vacant"] * 2


def test_a_change_of_holder_is_no_gap_and_a_gap_is_seen(world: World) -> None:
    held = world.postings["dongshan"]
    postings.end(held, datetime.date(2026, 5, 14), "rotated", None)
    postings.appoint(new(world, "free", "dongshan", start=datetime.date(2026, 5, 15)), None)
    assert states(world, "dongshan")[3:6] == ["held"] * 3
    late = Posting.objects.get(person__name="示八闲")
    postings.correct(late, {"start": datetime.date(2026, 7, 20)}, None, "更正")
    assert states(world, "dongshan")[3:8] == ["held", "ending", "vacant", "part", "held"]


@pytest.mark.parametrize("last", [datetime.date(2026, 4, 30), datetime.date(2026, 11, 30)])
def test_a_month_is_without_a_successor_only_if_nobody_follows_the_next_day(
    world: World, last: datetime.date
) -> None:
    around = slice(last.month - 1, last.month + 1)
    held = Posting.objects.filter(pk=world.postings["dongshan"].pk)
    held.update(end=last, end_reason="rotated")
    assert states(world, "dongshan")[around] == ["ending", "vacant"]
    follows = Posting.objects.filter(pk=world.postings["xishan"].pk)
    follows.update(division=world.units["dongshan"], start=last + ONE, planned_end=None)
    assert states(world, "dongshan")[around] == ["held", "held"]
    follows.update(start=last + 2 * ONE)
    assert states(world, "dongshan")[around] == ["ending", "part"]


def test_sums_count_on_the_last_day_and_agree_with_the_units(world: World) -> None:
    weak(world, "nanping")
    *counties, whole = coverage(world, "city").sums()
    by_name = {one.unit.short_name: one.counts for one in counties}
    assert by_name["林州市"][9] == (2, 3)
    assert by_name["滑县"][9] == (1, 1)
    assert whole.counts[9] == (3, 4)
    assert whole.counts[11] == (2, 4)  # by plan: 西山 has nobody then
    towns = {one.unit.short_name: one.counts for one in coverage(world, "linzhou").sums()}
    assert towns["合涧镇"] == by_name["林州市"]


def test_two_years_are_twenty_four_months(world: World) -> None:
    assert len(states(world, "dongshan", months="24")) == 24


# What wants attention


def test_the_lists_name_what_wants_attention(world: World) -> None:
    weak(world, "nanping")
    postings.end(world.postings["shiqiao"], DAY - 10 * ONE, "retired", None)
    posting = new(world, "left_lead", "beiping", "retired_first_secretary")
    postings.appoint(posting, None, "村情特殊")
    assert listed(world, "city", "vacant") == [("南平村", None), ("石桥村", 10)]
    assert listed(world, "city", "weak") == [("南平村", None)]
    assert listed(world, "city", "ending90") == [("东山村", 90)]
    assert listed(world, "city", "ending60") == []
    assert listed(world, "city", "overdue") == [("西山村", 94)]
    assert listed(world, "city", "elsewhere") == [("北平村", None)]
    assert listed(world, "city", "gaps") == []


def test_a_long_gap_is_listed_once_it_is_longer_than_asked(world: World) -> None:
    postings.end(world.postings["shiqiao"], DAY - 31 * ONE, "retired", None)
    assert listed(world, "city", "gaps") == [("石桥村", 31)]
    assert listed(world, "city", "gaps", year=2025) == []
    seen = coverage(world, "city")
    assert not next(one for one in lists_of(seen, 31) if one.name == "gaps").concerns


# Page, sheet and figures


@pytest.mark.parametrize("unit", ["city", "linzhou", "hejian", "dongshan"])
@pytest.mark.parametrize("kind", ["first_secretary", "township_head", "work_team"])
def test_the_calendar_opens_on_every_level(signed_in: SignIn, unit: str, kind: str) -> None:
    page = english(signed_in("city_manager")).get(f"/cadres/{UNITS[unit]}/calendar/?kind={kind}")
    assert page.status_code == 200


@pytest.mark.parametrize(
    "choices", ["kind=nonsense", "year=1", "months=7", "gap=-1", "gap=x", "show=%00", "kind=%00"]
)
def test_choices_that_make_no_sense_are_the_defaults(signed_in: SignIn, choices: str) -> None:
    page = signed_in("city_manager").get(f"/cadres/{UNITS['hejian']}/calendar/?{choices}")
    assert page.status_code == 200
    assert page.context["coverage"].kind.code == "first_secretary"


def test_every_line_opens_the_posting(world: World, signed_in: SignIn) -> None:
    page = shown(signed_in("city_manager").get(f"/cadres/{UNITS['hejian']}/calendar/"))
    for name in ("dongshan", "xishan"):
        assert f"/cadres/postings/{world.postings[name].pk}/" in page


def test_the_sheet_says_what_the_page_says(world: World, signed_in: SignIn) -> None:
    address = f"/sheets/calendar/download/?division={UNITS['linzhou']}&year=2026"
    answer: Any = signed_in("city_manager").get(address)
    assert answer.status_code == 200
    book = load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    rows = [[cell.value for cell in row] for row in book.worksheets[0].iter_rows()]
    row = next(row for row in rows if "西山村" in row)
    assert row[:4] == ["林州市", "合涧镇", "西山村", "示二山"]
    assert row[6:] == ["在任"] * 5 + ["本月到期"] + ["超期"] * 4 + ["空缺"] * 2


def test_the_figures_say_what_the_calendar_says(world: World) -> None:
    weak(world, "nanping")
    told = headlines(world.units["city"], world.users["city_manager"], DAY)
    figures = {one.link.split("?")[-1]: (one.part, one.whole) for one in told}
    assert figures["kind=first_secretary"] == (3, 4)
    assert figures["kind=township_secretary"] == (2, 8)
    assert (0, 1) in figures.values()  # weak villages


def test_whoever_was_taken_back_is_no_gap(world: World) -> None:
    posting = postings.appoint(new(world, "free", "nanping"), None)
    postings.take_back(again(posting), None, "误录")
    assert names(coverage(world, "city").expected) == {"dongshan", "xishan", "shiqiao"}
