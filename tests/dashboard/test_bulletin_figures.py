"""The figures of a bulletin: counted right, frozen at their moment, and kept."""

import json
from collections import defaultdict
from fractions import Fraction

import pytest
from django.core.exceptions import ValidationError

from dashboard.bulletin import words
from dashboard.bulletin.document import document_of
from dashboard.bulletin.freezing import freeze
from dashboard.bulletin.frozen import Frozen, Kind, Problem, Tally, UnitFigures
from tasks.models import Entry, EntrySummary, Ledger, Period, Review, Task
from tests.dashboard import years
from tests.dashboard.bulletins import AFTER_DUE, draft, frozen_of, issued, reported
from tests.dashboard.count import REPORTED, belongs, light_of
from tests.tasks.verbs import accept, accepted, return_, save, submit, submitted
from tests.world import NOW, World

ON = AFTER_DUE.date()


@pytest.fixture
def busy(world: World) -> World:
    """Some lines accepted, some waiting, some late, of tasks with other weights."""
    Task.objects.filter(pk=world.tasks["income"].pk).update(weight=3)
    accepted(world)
    submitted(world, "xishan", "income", "xishan_reporter")
    submitted(world, "shiqiao", "income", "baidaokou_reporter")
    reported(world, "baidaokou", "reserve", "baidaokou_reporter", 20)
    late = {"at": AFTER_DUE}
    reported(world, "dongshan_linqi", "meeting", "linqi_reporter", 1, **late)
    return world


def tally(entries: list[Entry]) -> dict[str, object]:
    """A tally counted a second time, line by line."""
    counts: dict[str, int] = defaultdict(int)
    lights: dict[str, int] = dict.fromkeys(("red", "yellow", "grey", "green", "blue"), 0)
    for entry in entries:
        done = entry.state == "accepted"
        counts["owed"] += 1
        counts["accepted"] += done
        counts["reported"] += entry.state in REPORTED
        counts["on_time"] += entry.state in REPORTED and not entry.is_late
        counts["weight_owed"] += entry.task.weight
        counts["weight_accepted"] += done * entry.task.weight
        lights[light_of(entry, ON)] += 1
    return counts | {"lights": lights}


def as_dict(found: Tally) -> dict[str, object]:
    return {**vars(found), "lights": dict(found.lights)}


def lines_of(world: World, unit: str, quarter: int = 3) -> list[Entry]:
    every = Entry.objects.filter(period=world.periods[quarter]).select_related(
        "task__ledger", "period", "division__parent__parent__parent"
    )
    return [entry for entry in every if belongs(entry, world.units[unit])]


@pytest.mark.parametrize(
    ("unit", "below"), [("city", ["linzhou", "huaxian"]), ("linzhou", ["hejian", "linqi"])]
)
def test_figures_equal_an_independent_count(busy: World, unit: str, below: list[str]) -> None:
    frozen = frozen_of(busy, unit)
    assert as_dict(frozen.total) == tally(lines_of(busy, unit))
    found = {figures.key: figures for figures in frozen.units}
    for name in below:
        lines = lines_of(busy, name)
        assert as_dict(found[busy.units[name].pk].tally) == tally(lines)
    assert frozen.before is not None
    assert frozen.before.owed == len(lines_of(busy, unit, 2))
    assert frozen.year_before is None


def test_the_nearest_ledger_above_is_in_force(world: World) -> None:
    assert Ledger.objects.in_force(world.units["dongshan"], 2026) == world.ledger
    assert Ledger.objects.in_force(world.units["dongshan"], 2027) is None
    Ledger.objects.create(division=world.units["hejian"], year=2026, title="x")  # a draft
    nearer = years.issued(world.units["linzhou"], 2026)
    assert Ledger.objects.in_force(world.units["dongshan"], 2026) == nearer
    assert Ledger.objects.in_force(world.units["huaxian"], 2026) == world.ledger


def test_shares_are_exact_and_the_score_goes_by_weight() -> None:
    counted = Tally(owed=3, accepted=1, reported=2, on_time=1, weight_owed=7, weight_accepted=5)
    assert counted.completion == Fraction(1, 3)
    assert counted.punctuality == Fraction(1, 2)
    assert counted.score == Fraction(500, 7)
    nothing = Tally()
    assert (nothing.completion, nothing.punctuality, nothing.score) == (None, None, None)


def test_units_are_ranked_by_completion_and_ties_share(busy: World) -> None:
    ranks = [(unit.name, unit.rank) for unit in frozen_of(busy).units]
    assert ranks == [("林州市", 1), ("滑县", 2)]
    names = {unit.name: unit.rank for unit in frozen_of(busy, "linzhou").units}
    assert names == {"合涧镇": 1, "临淇镇": 2, "桂园街道": 2}


def test_a_unit_that_is_not_compared_has_no_rank_and_says_why(busy: World) -> None:
    apart = {busy.units["linzhou"].pk: "整建制搬迁"}
    first, last = freeze(busy.units["city"], busy.periods[3], AFTER_DUE, apart).units
    assert (first.name, first.rank) == ("滑县", 1)
    assert (last.name, last.rank, last.not_compared) == ("林州市", None, "整建制搬迁")


def test_the_rank_before_is_counted_where_none_was_announced(busy: World) -> None:
    Entry.objects.filter(division=busy.units["shiqiao"], period=busy.periods[2]).update(
        state="accepted", value=1, first_submitted_at=NOW
    )
    EntrySummary.objects.rebuild(busy.ledger)
    assert [unit.rank_before for unit in frozen_of(busy).units] == [2, 1]
    assert [unit.places_won for unit in frozen_of(busy).units] == [1, -1]


def test_where_all_are_level_nobody_is_ranked(world: World) -> None:
    bulletin = draft(world)
    document = document_of(bulletin)
    assert [row[0] for row in document.ranking] == ["—", "—"]
    assert words.NOTE_ON_LEVEL in document.notes
    said = "".join(one.lead for one in document.sections[1].paragraphs)
    assert "完成率排名" not in said
    assert "位次变化" not in said
    accepted(world)
    document = document_of(draft(world))
    assert [row[0] for row in document.ranking] == ["1", "2"]
    assert [row[7] for row in document.ranking] == ["—", "—"]
    assert words.NOTE_ON_LEVEL not in document.notes
    assert "完成率排名" in "".join(one.lead for one in document.sections[1].paragraphs)


def test_the_rank_before_is_as_it_was_announced(busy: World) -> None:
    last = draft(busy)
    kept = frozen_of(busy, quarter=2)
    turned = [{**vars(unit), "tally": vars(unit.tally), "rank": 3} for unit in kept.units]
    last.period, last.figures = busy.periods[2], kept.as_json() | {"units": turned}
    last.save()
    assert {unit.rank_before for unit in frozen_of(busy).units} == {
        None
    }  # a draft is no announcement
    last.issue(last.version, busy.users["city_manager"], AFTER_DUE, None)
    assert {unit.rank_before for unit in frozen_of(busy).units} == {3}


def test_the_first_quarter_is_compared_with_nothing_where_there_was_no_ledger(world: World) -> None:
    frozen = frozen_of(world, quarter=1)
    assert (frozen.before, frozen.year_before) == (None, None)
    assert {unit.rank_before for unit in frozen.units} == {None}


def test_nothing_owed_is_no_bulletin(draft_world: World) -> None:
    period = Period.objects.for_year(2026)[2]
    with pytest.raises(ValidationError, match=r"安阳市.*2026"):
        freeze(draft_world.units["city"], period, AFTER_DUE)


def kinds(frozen: Frozen) -> dict[tuple[str, str], Problem]:
    return {(problem.kind.value, problem.unit): problem for problem in frozen.problems}


def test_silent_and_overdue_units_are_named_once_down_to_the_village(busy: World) -> None:
    found = kinds(frozen_of(busy))
    silent = found["silent", "合涧镇"]
    # 南平 touched nothing, nor did the township itself; 东山 and 西山 reported one of two.
    assert (silent.own, silent.villages, silent.village_count) == (True, ("南平村",), 1)
    assert silent.lines == 4
    overdue = found["overdue", "合涧镇"]
    assert (overdue.villages, overdue.lines, overdue.own) == (("东山村", "西山村"), 2, False)
    assert ("silent", "白道口镇") not in found
    assert found["overdue", "白道口镇"].own


def test_only_the_city_says_in_which_county_a_township_is(busy: World) -> None:
    assert {problem.above for problem in frozen_of(busy).problems} == {"林州市", "滑县"}
    assert {problem.above for problem in frozen_of(busy, "linzhou").problems} == {""}


def test_before_the_due_date_nobody_is_silent_or_overdue(busy: World) -> None:
    assert {kind for kind, _unit in kinds(frozen_of(busy, at=NOW))} == set()


def test_an_extension_keeps_a_unit_from_being_named(busy: World) -> None:
    Entry.objects.filter(division=busy.units["nanping"]).update(extended_to="2026-10-31")
    assert "南平村" not in kinds(frozen_of(busy))["silent", "合涧镇"].villages


def test_what_was_only_started_is_overdue_and_not_silent(world: World) -> None:
    save(world, "xishan_reporter", world.entry("xishan", "income"), value=1)
    found = kinds(frozen_of(world))
    assert found["overdue", "合涧镇"].villages == ("西山村",)
    assert "西山村" not in found["silent", "合涧镇"].villages


def test_far_behind_is_named(world: World) -> None:
    reported(world, "xishan", "income", "xishan_reporter", 5)
    found = kinds(frozen_of(world, at=NOW))
    assert found["far_behind", "合涧镇"].villages == ("西山村",)


def test_a_line_returned_twice_is_named_until_it_is_right(world: World) -> None:
    submitted(world)
    for _time in range(2):
        assert return_(world, "hejian_reviewer", world.entry("dongshan", "income")).done
        assert ("returned", "合涧镇") not in kinds(frozen_of(world, at=NOW)) or _time
        save(world, "dongshan_reporter", world.entry("dongshan", "income"), value=61 + _time)
        assert submit(world, "dongshan_reporter", world.entry("dongshan", "income")).done
    assert kinds(frozen_of(world, at=NOW))["returned", "合涧镇"].villages == ("东山村",)
    assert accept(world, "hejian_reviewer", world.entry("dongshan", "income")).done
    assert accept(world, "linzhou_reviewer", world.entry("dongshan", "income")).done
    assert kinds(frozen_of(world, at=NOW)) == {}


def test_a_return_that_was_taken_back_is_none(world: World) -> None:
    submitted(world)
    assert return_(world, "hejian_reviewer", world.entry("dongshan", "income")).done
    save(world, "dongshan_reporter", world.entry("dongshan", "income"), value=61)
    assert submit(world, "dongshan_reporter", world.entry("dongshan", "income")).done
    assert return_(world, "hejian_reviewer", world.entry("dongshan", "income")).done
    assert ("returned", "合涧镇") in kinds(frozen_of(world, at=NOW))
    first = Review.objects.order_by("pk")[0]
    first.undone_at = NOW
    first.save()
    assert ("returned", "合涧镇") not in kinds(frozen_of(world, at=NOW))


def test_the_slowest_tasks_come_first(busy: World) -> None:
    tasks = frozen_of(busy).tasks
    assert [task.number for task in tasks] == [2, 4, 5, 1]
    assert (tasks[-1].owed, tasks[-1].accepted) == (8, 1)


def test_figures_come_back_as_they_were_kept(busy: World) -> None:
    frozen = frozen_of(busy)
    assert Frozen.from_json(json.loads(json.dumps(frozen.as_json()))) == frozen
    assert {problem.kind for problem in frozen.problems} >= {Kind.SILENT, Kind.OVERDUE}
    assert isinstance(frozen.units[0], UnitFigures)


def test_figures_of_an_unknown_version_are_not_guessed(busy: World) -> None:
    with pytest.raises(ValueError, match="version 99"):
        Frozen.from_json(frozen_of(busy).as_json() | {"version": 99})


def test_figures_stay_when_entries_change_afterwards(busy: World) -> None:
    bulletin = issued(busy)
    before = bulletin.figures
    assert accept(busy, "hejian_reviewer", busy.entry("xishan", "income")).done
    assert accept(busy, "linzhou_reviewer", busy.entry("xishan", "income")).done
    bulletin.refresh_from_db()
    assert bulletin.figures == before
    assert frozen_of(busy).total.accepted == Frozen.from_json(before).total.accepted + 1
