import datetime
import random
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from tasks import actions
from tasks.models import Counts, Entry, EntrySummary, Light, Task
from tests.tasks.recount import COLUMNS, recounted, summarised
from tests.tasks.verbs import accept, author, lights, moment, save, submitted
from tests.world import World

# At the edge of behind and far behind of a target of 100 or 20, and around it.
VALUES = [Decimal(n) for n in ("0", "15", "16", "18.01", "20", "55", "55.01", "65", "100", "101")]
FILLERS = ["hejian_reporter", "linqi_reporter", "baidaokou_reporter", "dongshan_reporter"]
REVIEWERS = ["hejian_reviewer", "linzhou_reviewer", "huaxian_reviewer", "city_manager"]
DAYS = [
    datetime.date(2026, 9, 15),
    datetime.date(2026, 9, 19),
    datetime.date(2026, 9, 20),
    datetime.date(2026, 10, 5),
    datetime.date(2026, 10, 6),
]


class Dice:
    """Lets the cast do whatever comes to mind, right or wrong, always the same for one seed."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.random = world, random.Random(seed)
        self.done: Counter[str] = Counter()

    def roll(self, times: int) -> None:
        for _ in range(times):
            verb = self.random.choice(["save", "save", "submit", "submit", "accept", "return_"])
            who = self.random.choice(FILLERS if verb in ("save", "submit") else REVIEWERS)
            outcome = self.act(verb, who, self.some_lines())
            self.done[verb] += len(outcome.done)

    def some_lines(self) -> list[Entry]:
        lines = Entry.objects.filter(period=self.world.periods[3]).select_related("task")
        chosen = list(lines.order_by("pk"))
        return self.random.sample(chosen, k=self.random.randint(1, len(chosen)))

    def act(self, verb: str, who: str, lines: list[Entry]) -> actions.Outcome:
        by = author(self.world, who, moment(10, self.random.randint(2, 8)))
        shown = [actions.Seen(e.pk, e.version - (self.random.random() < 0.1)) for e in lines]
        if verb == "save":
            return actions.save(
                [actions.Edit(s.entry_id, s.version, self.content()) for s in shown], by
            )
        if verb == "return_":
            return actions.return_(shown, by, "请核实")
        return {"submit": actions.submit, "accept": actions.accept}[verb](shown, by)

    def content(self) -> dict[str, Any]:
        if self.random.random() < 0.2:
            return {"value": None, "nothing": self.random.choice(["nil", "not_applicable", ""])}
        value = self.random.choice([None, Decimal(0), Decimal(1), Decimal(1), *VALUES])
        return {"value": value, "nothing": "", "narrative": self.random.choice(["", "做了"])}


@pytest.mark.parametrize("seed", range(6))
def test_whatever_people_do_the_summary_is_what_a_recount_says(world: World, seed: int) -> None:
    dice = Dice(world, seed)
    for _ in range(8):
        dice.roll(12)
        assert summarised() == recounted()
    assert all(dice.done[verb] for verb in ("save", "submit", "accept", "return_"))


@pytest.mark.parametrize("on", DAYS)
@pytest.mark.parametrize("seed", range(3))
def test_the_lights_of_a_sum_are_the_lights_of_its_lines(
    world: World, seed: int, on: datetime.date
) -> None:
    Dice(world, seed).roll(40)
    period = world.periods[3]
    for unit in ("hejian", "linzhou", "huaxian", "city"):
        division = world.units[unit]
        lines = Entry.objects.within(division).filter(period=period)
        shown = Counter(lights(lines, on).values())
        counts = EntrySummary.objects.within(division).filter(period=period).total()
        summed = counts.lights(period, world.ledger, on)
        assert {light: n for light, n in summed.items() if n} == dict(shown)
        assert sum(summed.values()) == counts.owed == counts.reported + counts.unreported


def test_rolling_the_dice_meets_all_lights(world: World) -> None:
    Dice(world, 1).roll(100)
    met: set[str] = set()
    for on in DAYS:
        met |= set(lights(Entry.objects.all(), on).values())
    assert met == set(Light)


@pytest.mark.parametrize("seed", range(2))
def test_a_rebuild_counts_what_every_write_has_kept(world: World, seed: int) -> None:
    Dice(world, seed).roll(40)
    kept = summarised()
    assert EntrySummary.objects.rebuild(world.ledger) == len(kept)
    assert summarised() == kept


def test_a_rebuild_and_a_refresh_mend_a_wrong_row(world: World) -> None:
    entry = submitted(world)
    right = summarised()
    EntrySummary.objects.filter(township=world.units["hejian"]).update(submitted=7, blank=0)
    assert summarised() != right
    EntrySummary.objects.refresh({(entry.task_id, entry.township_id, entry.period_id)})
    key = (entry.task_id, entry.township_id, entry.period_id)
    assert summarised()[key] == right[key]
    EntrySummary.objects.rebuild(world.ledger)
    assert summarised() == right


def test_a_rebuild_follows_new_thresholds_and_targets(world: World) -> None:
    submitted(world)  # 60 of 100 where 75 are expected: behind by 15
    before = EntrySummary.objects.total()
    assert (before.behind, before.far_behind) == (1, 0)
    world.ledger.red_behind = 15
    world.ledger.save()
    EntrySummary.objects.rebuild(world.ledger)
    assert summarised() == recounted()
    assert EntrySummary.objects.total().far_behind == 1
    Task.objects.filter(pk=world.tasks["income"].pk).update(target=60)
    EntrySummary.objects.rebuild(world.ledger)
    assert summarised() == recounted()
    assert EntrySummary.objects.total().early == 1


def test_a_refresh_without_entries_does_nothing(world: World) -> None:
    before = summarised()
    EntrySummary.objects.refresh(set())
    assert summarised() == before


def test_counts_by_unit_add_up_to_the_total(world: World) -> None:
    Dice(world, 4).roll(30)
    rows = EntrySummary.objects.all()
    by_township = dict(rows.counts_by("township_id"))
    by_both = dict(rows.counts_by("period__quarter", "task__category"))
    assert sum(by_township.values(), Counts()) == rows.total()
    assert sum(by_both.values(), Counts()) == rows.total()
    hejian = world.units["hejian"]
    assert by_township[hejian.pk] == EntrySummary.objects.within(hejian).total()
    assert (3, "material") in by_both


def test_the_total_of_nothing_is_nothing(world: World) -> None:
    assert EntrySummary.objects.none().total() == Counts()
    assert set(COLUMNS) == set(Counts.__dataclass_fields__)


def light(world: World, on: str, **counts: int) -> Light:
    day = datetime.date.fromisoformat(on)
    lights = Counts(**counts).lights(world.periods[3], world.ledger, day)
    return Counts(**counts).light(lights, world.ledger)


@pytest.mark.parametrize(
    ("on", "counts", "expected"),
    [
        # From 10 % red lines a unit is red, from 10 % red and yellow ones it is yellow.
        ("2026-10-06", {"owed": 10, "accepted": 9, "blank": 1}, Light.RED),
        ("2026-10-06", {"owed": 11, "accepted": 10, "blank": 1}, Light.GREEN),
        ("2026-10-05", {"owed": 10, "accepted": 9, "blank": 1}, Light.YELLOW),
        ("2026-10-05", {"owed": 11, "accepted": 10, "blank": 1}, Light.GREEN),
        ("2026-09-15", {"owed": 10, "accepted": 10, "far_behind": 1}, Light.RED),
        ("2026-09-15", {"owed": 10, "accepted": 10, "behind": 1}, Light.YELLOW),
        ("2026-09-15", {"owed": 4, "blank": 4}, Light.GREY),
        ("2026-09-15", {}, Light.GREY),
        # Grey while most of it is not started.
        ("2026-09-15", {"owed": 4, "blank": 3, "draft": 1}, Light.GREY),
        ("2026-09-15", {"owed": 4, "blank": 2, "draft": 2}, Light.GREEN),
        ("2026-09-15", {"owed": 4, "accepted": 4, "early": 2}, Light.BLUE),
        ("2026-09-15", {"owed": 4, "accepted": 4, "early": 1}, Light.GREEN),
    ],
)
def test_the_light_of_a_unit_follows_the_shares_of_the_ledger(
    world: World, on: str, counts: dict[str, int], expected: Light
) -> None:
    assert light(world, on, **counts) == expected


def test_a_summary_stands_for_every_step_of_one_line(world: World) -> None:
    key = (world.tasks["income"].pk, world.units["hejian"].pk, world.periods[3].pk)

    def row() -> dict[str, int]:
        return {name: n for name, n in summarised()[key].items() if n}

    assert row() == {"owed": 3, "blank": 3}
    save(world, "dongshan_reporter", world.entry("dongshan", "income"), value=50)
    assert row() == {"owed": 3, "blank": 2, "draft": 1}
    entry = submitted(world)
    assert row() == {"owed": 3, "blank": 2, "submitted": 1, "on_time": 1, "behind": 1}
    accept(world, "hejian_reviewer", entry)
    accept(world, "linzhou_reviewer", world.entry("dongshan", "income"))
    assert row() == {"owed": 3, "blank": 2, "accepted": 1, "on_time": 1, "behind": 1}
