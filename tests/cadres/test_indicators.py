"""The indicators of two terms against counting by hand, over teams thrown with dice."""

import datetime
import random
import re
from fractions import Fraction

import pytest
from django.conf import settings

from cadres.indicators import Comparison, Figure, compare
from cadres.models import Person, StandardAssessment, TeamMember, Term, TermIndicator, VillageTeam
from cadres.templatetags.shares import share
from tests.cadres.teams import member, person, team, term
from tests.world import LINES, UNITS, World

VILLAGES = ("dongshan", "xishan", "nanping", "dongshan_linqi", "beiping", "shiqiao", "feilai")
PARENT = {code: parent for code, _, _, parent in LINES}
NAME = {code: name for name, code in UNITS.items()}


def every_indicator() -> list[TermIndicator]:
    """One for each condition of the list and both populations, besides the mean ages."""
    TermIndicator.objects.all().delete()
    for population in TermIndicator.Population.values:
        for counted in ("", *TermIndicator.Counted.values):
            TermIndicator.objects.create(
                name=f"{population} {counted}",
                english="x",
                direction="rises",
                measure="share" if counted else "mean_age",
                population=population,
                counted=counted,
                parameter=40 if counted == "age_at_most" else None,
            )
    return list(TermIndicator.objects.all())


def throw(world: World, dice: random.Random) -> None:
    """Two terms of teams: finished or not, members of all sorts, some of whom left."""
    for year in (2021, 2026):
        for unit in VILLAGES:
            finished = dice.random() < 0.8
            day = datetime.date(year, dice.randint(1, 9), dice.randint(1, 28))
            state = {} if finished else {"state": "under_way"}
            made = team(world, unit, year, elected_on=day if finished else None, **state)
            for number in range(dice.randint(0, 8)):
                _throw_member(world, made, number, dice)


def _throw_member(world: World, made: VillageTeam, number: int, dice: random.Random) -> None:
    left = dice.random() < 0.15
    party = "secretary" if number == 0 else dice.choice(["", "deputy", "member"])
    committee = "director" if number == dice.randint(0, 1) else dice.choice(["", "member"])
    unit = next(name for name, row in world.units.items() if row.pk == made.village_id)
    known = Person.objects.filter(division=made.village, memberships__isnull=False)
    known = known.exclude(memberships__team=made)
    again = known.first() if dice.random() < 0.3 else None
    who = again or person(
        world,
        unit,
        sex=dice.choice("12"),
        birth=dice.choice(["", f"{dice.randint(1950, 2000)}-{dice.randint(1, 12):02}"]),
    )
    if committee == "director" and made.members.filter(committee_position="director").exists():
        committee = "deputy"
    member(
        world,
        made,
        party,
        committee,
        person=who,
        supervision_position=dice.choice(["", "member"])
        or ("" if party or committee else "member"),
        education=dice.choice(["", "1", "2", "3", "4", "6", "7", "8"]),
        political_status=dice.choice(["", "01", "02", "03"]),
        left="2026-09" if left else "",
        left_reason="other" if left else "",
        **{
            f"is_{flag}": dice.random() < 0.4
            for flag in ("new", "entrepreneur", "veteran", "returnee", "graduate")
        },
    )
    for year in range(2019, 2031):
        for standard in ("secretary", "member"):
            if dice.random() < 0.4:
                StandardAssessment.objects.get_or_create(
                    person=who, standard=standard, year=year,
                    defaults={"division": made.village,
                              "met": dice.choice(["12345678", "1234", ""])},
                )  # fmt: skip


def thrown() -> list[TeamMember]:
    """All rows, with what is counted of them."""
    rows = TeamMember.objects.select_related("team__term", "team__village", "person")
    return list(rows.prefetch_related("person__assessments"))


def recount(rows: list[TeamMember], unit: str, year: int, indicator: TermIndicator) -> Figure:
    """The same figure in plain Python, from the rows alone."""
    part = whole = 0
    for row in rows:
        village = row.team.village.code
        line = [village]
        while PARENT[line[-1]]:
            line.append(PARENT[line[-1]])
        elected = row.team.elected_on
        if UNITS[unit] not in line or row.team.term.year != year or elected is None or row.left:
            continue
        if not (row.party_position or row.committee_position):
            continue
        if indicator.population == "secretaries" and row.party_position != "secretary":
            continue
        age = None
        if row.person.birth:
            born_year, born_month = map(int, row.person.birth.split("-"))
            age = elected.year - born_year - (1 if elected.month < born_month else 0)
        if indicator.measure == "mean_age":
            part, whole = part + (age or 0), whole + (age is not None)
            continue
        whole += 1
        part += _counts(row, indicator, age)
    return Figure(part, whole)


def _met(row: TeamMember, standard: str) -> bool:
    """Whether all of a standard was met the last time that the member was assessed by it."""
    year, last = row.team.term.year, ""
    for made in sorted(row.person.assessments.all(), key=lambda made: made.year):
        # The second term goes on, and so does the first in a village that has not elected anew.
        if made.standard == standard and year <= made.year:
            last = made.met if made.year < 2026 or not row.team.is_followed() else last
    return last == "12345678"


def _counts(row: TeamMember, indicator: TermIndicator, age: int | None) -> bool:
    if indicator.counted in ("secretary_standard", "member_standard"):
        return _met(row, indicator.counted.removesuffix("_standard"))
    return {
        "college": row.education in ("1", "2", "3"),
        "senior_high": row.education in ("1", "2", "3", "4", "6"),
        "age_at_most": age is not None and age <= 40,
        "women": row.person.sex == "2",
        "dual_role": (row.party_position, row.committee_position) == ("secretary", "director"),
        "cross_appointed": bool(row.party_position) and bool(row.committee_position),
        "entrepreneur": row.is_entrepreneur,
        "returnee": row.is_returnee,
        "entrepreneur_or_returnee": row.is_entrepreneur or row.is_returnee,
        "veteran": row.is_veteran,
        "graduate": row.is_graduate,
        "party_member": row.political_status == "01",
        "newly_elected": row.is_new,
    }[indicator.counted]


BELOW: dict[str, set[str]] = {
    "city": {"linzhou", "huaxian"},
    "linzhou": {"hejian", "linqi"},
    "hejian": {"dongshan", "xishan", "nanping"},
    "dongshan": set(),
}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_indicator_equals_counting_by_hand(world: World, seed: int) -> None:
    throw(world, random.Random(seed))
    indicators, user, members = every_indicator(), world.users["city_manager"], thrown()
    for unit, below in BELOW.items():
        whole, rows = compare(world.units[unit], user, (term(2021), term(2026)), indicators)
        assert {NAME[row.unit.code] for row in rows} <= below
        assert rows or unit == "dongshan"
        for row in [whole, *rows]:
            name = NAME[row.unit.code]
            for told in row.comparisons:
                by_hand = [recount(members, name, year, told.indicator) for year in (2021, 2026)]
                assert [told.before, told.after] == by_hand, (name, told.indicator)


def test_a_unit_is_the_sum_of_those_below(world: World) -> None:
    throw(world, random.Random(4))
    terms, user = (term(2021), term(2026)), world.users["city_manager"]
    whole, rows = compare(world.units["city"], user, terms, every_indicator())
    for place, told in enumerate(whole.comparisons):
        assert told.before == sum((row.comparisons[place].before for row in rows), Figure(0, 0))


@pytest.mark.parametrize(
    ("direction", "before", "after", "mark"),
    [
        ("rises", (1, 3), (2, 3), "✓"),
        ("rises", (2, 3), (1, 3), "✗"),
        ("falls", (150, 3), (147, 3), "✓"),
        ("falls", (147, 3), (150, 3), "✗"),
        ("rises", (1, 3), (2, 6), "＝"),
        ("rises", (0, 0), (2, 6), "–"),
        # What rounds to the same number has moved nevertheless.
        ("rises", (333_333, 1_000_000), (1, 3), "✓"),
    ],
)
def test_a_direction_is_reached_by_the_exact_values(
    direction: str, before: tuple[int, int], after: tuple[int, int], mark: str
) -> None:
    indicator = TermIndicator(direction=direction, measure="share", counted="women")
    assert Comparison(indicator, Figure(*before), Figure(*after)).outcome.mark == mark


def test_a_mean_age_has_one_decimal() -> None:
    assert str(Figure(4995, 100).mean) == "50.0"
    assert str(Figure(91, 2).mean) == "45.5"
    assert Fraction(91, 2) == Fraction(Figure(91, 2).mean)


@pytest.mark.parametrize(
    ("part", "whole", "says"),
    [
        *((2, 3, "66.7"), (1, 3, "33.3"), (1, 2000, "0.1"), (1, 16, "6.3")),
        *((9999, 10000, "99.9"), (1, 10000, "0.1"), (0, 7, "0.0"), (7, 7, "100.0"), (0, 0, "–")),
    ],
)
def test_a_share_is_rounded_and_is_whole_only_where_nothing_is_missing(
    part: int, whole: int, says: str
) -> None:
    assert share(part, whole) == says


@pytest.mark.once
def test_no_page_of_the_registers_rounds_a_share_as_the_ledger_does() -> None:
    pages = list((settings.BASE_DIR / "templates" / "cadres").rglob("*.html"))
    assert pages
    for each in pages:
        assert not re.search(r"\|percent:|\"partials/rate\.html", each.read_text()), each


def test_both_terms_and_all_units_are_one_query(
    world: World, django_assert_num_queries: object
) -> None:
    throw(world, random.Random(5))
    indicators, terms = every_indicator(), (term(2021), term(2026))
    city, user = world.units["city"], world.users["city_manager"]
    assert Term.objects.count() == 2
    with django_assert_num_queries(2):  # type: ignore[operator]  # and the names of units
        compare(city, user, terms, indicators)
