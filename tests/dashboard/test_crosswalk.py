"""Figures on the divisions as they stood at issue and as they stand today: the same lines."""

import datetime
import random
from collections import Counter, defaultdict

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from accounts.models import User
from dashboard.changes import find_crosswalk
from dashboard.crosswalk import Crosswalk, Key, Reading
from tasks.models import Counts, Entry, EntryQuerySet, EntrySummary
from tests.villages.tree_walk import TreeWalk
from tests.world import NOW, World
from villages import actions
from villages.models import Division, Level

JULY = datetime.date(2026, 7, 1)
BOTH = (Reading.THEN, Reading.NOW)


def look(
    world: World, unit: str | Division, reading: Reading, who: str = "city_viewer"
) -> Crosswalk:
    pk = world.units[unit].pk if isinstance(unit, str) else unit.pk
    viewer = User.objects.select_related("division").get(pk=world.users[who].pk)
    division = Division.objects.get(pk=pk)
    return find_crosswalk(world.ledger, world.periods[3], division, viewer, reading)


def counts(crosswalk: Crosswalk) -> dict[Key, Counts]:
    """By township, quarter and task, without what is owed nowhere."""
    found = crosswalk.counts(
        EntrySummary.objects.all(), Entry.objects.all(), "period_id", "task_id"
    )
    return {key: own for key, own in found.items() if own != Counts()}


def owed(world: World, unit: str, reading: Reading, who: str = "city_viewer") -> dict[str, int]:
    """Lines of the third quarter by the township's present name."""
    names = dict(Division.objects.values_list("pk", "name"))
    found = look(world, unit, reading, who).counts(
        EntrySummary.objects.filter(period=world.periods[3]),
        Entry.objects.filter(period=world.periods[3]),
    )
    return {names[key[0]]: own.owed for key, own in found.items() if own.owed}


def owed_of_units(crosswalk: Crosswalk, entries: EntryQuerySet) -> dict[int, int]:
    """Lines by the village or township as which they count."""
    read = crosswalk.read_lines(entries).owed().values_list("division_id", flat=True)
    return dict(Counter(crosswalk.unit_of(division) for division in read))


def move(world: World, unit: str, parent: str, on: datetime.date = JULY) -> None:
    division = Division.objects.select_related("parent").get(pk=world.units[unit].pk)
    division.parent = world.units[parent]
    division.place(on)


def busy(world: World, seed: int) -> None:
    """Lines in every state."""
    dice = random.Random(seed)
    for entry in Entry.objects.order_by("pk"):
        state = dice.choice(["blank", "draft", "returned", "accepted", "withdrawn"])
        values = {"state": state, "is_late": dice.random() < 0.3}
        if state == "accepted":
            values["first_submitted_at"] = NOW
        Entry.objects.filter(pk=entry.pk).update(**values)
    EntrySummary.objects.rebuild(world.ledger)


class Expected:
    """Every line placed by hand, from what the walk kept in its dictionaries."""

    def __init__(self, walk: TreeWalk, world: World, reading: Reading) -> None:
        assert world.ledger.issued_at
        day = timezone.localdate(world.ledger.issued_at)
        if reading == Reading.THEN:
            self.parents, self.merged = walk.at(day)[1], {}
        else:
            self.parents, self.merged = walk.last_parents, walk.model.merged
        self.lines = list(Entry.objects.owed().select_related("division"))

    def followed(self, pk: int) -> int:
        while pk in self.merged:
            pk = self.merged[pk]
        return pk

    def place(self, line: Entry) -> tuple[int, int, int]:
        unit = self.followed(line.division_id)
        township = unit
        if line.division.level == Level.VILLAGE:
            township = self.followed(self.parents[unit] or 0)
        return unit, township, self.parents[township] or 0

    def owed(self, county: int | None = None) -> dict[Key, int]:
        found: dict[Key, int] = defaultdict(int)
        for line in self.lines:
            _unit, township, above = self.place(line)
            if county in (None, above):
                found[township, line.period_id, line.task_id] += 1
        return dict(found)

    def units(self, township: int) -> dict[int, int]:
        found: dict[int, int] = defaultdict(int)
        for line in self.lines:
            unit, above, _county = self.place(line)
            if above == township:
                found[unit] += 1
        return dict(found)


@pytest.mark.parametrize("reading", BOTH)
@pytest.mark.parametrize("seed", range(10))
def test_whatever_changes_every_line_counts_once_and_where_it_belongs(
    world: World, seed: int, reading: Reading
) -> None:
    busy(world, seed)
    walk = TreeWalk(world, seed)
    walk.walk(10)
    expected = Expected(walk, world, reading)
    city = counts(look(world, "city", reading))
    assert {key: own.owed for key, own in city.items() if own.owed} == expected.owed()
    assert sum(city.values(), Counts()) == EntrySummary.objects.all().total()
    of_counties: dict[Key, Counts] = {}
    for county in Division.objects.filter(level=Level.COUNTY):
        found = counts(look(world, county, reading))
        assert {k: own.owed for k, own in found.items() if own.owed} == expected.owed(county.pk)
        of_counties |= found
    assert of_counties == city
    for township in Division.objects.filter(level=Level.TOWNSHIP):
        crosswalk = look(world, township, reading)
        units = owed_of_units(crosswalk, Entry.objects.all())
        assert units == expected.units(township.pk)


@pytest.mark.parametrize("who", ["linzhou_viewer", "huaxian_reviewer"])
@pytest.mark.parametrize("reading", BOTH)
@pytest.mark.parametrize("seed", range(6))
def test_a_county_meets_no_unit_that_it_does_not_see_today(
    world: World, seed: int, reading: Reading, who: str
) -> None:
    TreeWalk(world, seed).walk(10)
    own = world.users[who].division
    assert own
    own = Division.objects.get(pk=own.pk)
    seen = set(Division.objects.within(own).values_list("pk", flat=True))
    hidden = {d.name for d in Division.objects.exclude(pk__in=seen)} - {
        d.name for d in Division.objects.filter(pk__in=seen)
    }
    crosswalk = look(world, own, reading, who)
    assert {key[0] for key in counts(crosswalk)} <= seen
    assert crosswalk.names.keys() <= seen
    assert crosswalk.county_of.keys() <= seen
    said = {text for line in crosswalk.lines for text in (line.unit, line.before, line.after)}
    assert not said & hidden


def test_where_nothing_changed_nothing_is_offered_and_one_query_asked(world: World) -> None:
    viewer = world.users["city_viewer"]
    with CaptureQueriesContext(connection) as asked:
        found = find_crosswalk(
            world.ledger, world.periods[3], world.units["city"], viewer, Reading.NOW
        )
    assert len(asked) == 1
    assert (found.is_offered, found.is_empty, found.lines) == (False, True, ())


def test_a_transferred_village_counts_where_it_is_today_or_was_at_issue(world: World) -> None:
    reported = owed(world, "linzhou", Reading.REPORTED)
    move(world, "dongshan", "linqi")
    assert owed(world, "linzhou", Reading.REPORTED) == reported
    assert owed(world, "linzhou", Reading.THEN) == reported
    now = owed(world, "linzhou", Reading.NOW)
    assert now == reported | {"合涧镇": reported["合涧镇"] - 2, "临淇镇": reported["临淇镇"] + 2}
    (line,) = look(world, "linzhou", Reading.NOW).lines
    assert (line.unit, line.before, line.after, line.entries) == (
        "东山村民委员会",
        "合涧镇",
        "临淇镇",
        2,
    )


def test_a_transferred_township_counts_under_its_county_of_then(world: World) -> None:
    before = owed(world, "linzhou", Reading.REPORTED)
    move(world, "hejian", "huaxian")
    assert "合涧镇" not in owed(world, "linzhou", Reading.REPORTED)
    assert owed(world, "linzhou", Reading.THEN) == before
    assert "合涧镇" not in owed(world, "huaxian", Reading.THEN)
    assert "合涧镇" in owed(world, "huaxian", Reading.NOW)
    crosswalk = look(world, "city", Reading.THEN)
    assert crosswalk.county_of == {world.units["hejian"].pk: world.units["linzhou"].pk}
    assert crosswalk.lines[0].entries == before["合涧镇"]


def test_its_old_county_learns_that_a_unit_left_and_no_more(world: World) -> None:
    move(world, "hejian", "huaxian")
    for reading in BOTH:
        crosswalk = look(world, "linzhou", reading, "linzhou_viewer")
        assert (crosswalk.lines, crosswalk.elsewhere) == ((), 1)
        assert "合涧镇" not in owed(world, "linzhou", reading, "linzhou_viewer")
    with translation.override("en"):
        (line,) = look(world, "huaxian", Reading.THEN, "huaxian_reviewer").lines
    assert (line.unit, line.before, line.after) == ("合涧镇", "a unit managed elsewhere", "滑县")


def test_the_lines_of_a_merged_village_count_as_those_of_the_one_that_goes_on(
    world: World,
) -> None:
    actions.merge([world.units["dongshan"]], world.units["xishan"], datetime.date(2026, 5, 1))
    actions.merge([world.units["xishan"]], world.units["beiping"], JULY)
    third = Entry.objects.filter(period=world.periods[3])
    beiping = world.units["beiping"].pk
    assert owed_of_units(look(world, "linqi", Reading.NOW), third)[beiping] == 6
    assert owed_of_units(look(world, "linqi", Reading.THEN), third)[beiping] == 2
    assert owed_of_units(look(world, "hejian", Reading.NOW), third).keys() == {
        world.units["nanping"].pk,
        world.units["hejian"].pk,
    }


def test_the_lines_of_a_split_village_stay_and_the_crosswalk_says_so(world: World) -> None:
    before = owed(world, "hejian", Reading.REPORTED)
    actions.split(world.units["dongshan"], [world.units["xishan"]], JULY)
    assert owed(world, "hejian", Reading.NOW) == before
    (line,) = look(world, "hejian", Reading.NOW).lines
    assert (line.stays, line.entries) == (True, 0)


def test_a_renamed_unit_bears_the_name_of_then(world: World) -> None:
    hejian = Division.objects.select_related("parent").get(pk=world.units["hejian"].pk)
    hejian.name = "合涧街道"
    hejian.place(JULY)
    assert look(world, "city", Reading.THEN).name_of(hejian) == "合涧镇"
    assert look(world, "city", Reading.NOW).name_of(hejian) == "合涧街道"
    assert look(world, "huaxian", Reading.THEN).is_offered is False


def test_a_village_page_has_one_reading(world: World) -> None:
    move(world, "dongshan", "linqi")
    assert not look(world, "dongshan", Reading.NOW).is_offered


def test_an_address_that_asks_for_something_else_reads_as_reported() -> None:
    assert [Reading.named(text) for text in ("then", "now", "", "x")] == [
        Reading.THEN,
        Reading.NOW,
        Reading.REPORTED,
        Reading.REPORTED,
    ]


def test_a_reading_costs_few_queries_however_many_units_changed(world: World) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            counts(look(world, "city", Reading.NOW))
        return len(captured)

    move(world, "dongshan", "linqi")
    move(world, "feidi", "linzhou")
    once = asked()
    for unit in ("xishan", "nanping", "chengbian", "shiqiao"):
        move(world, unit, "linqi")
    assert asked() == once <= 9
