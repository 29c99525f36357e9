"""Whatever happens in whatever order: sums, history and states agree with one another.

Each walk takes a few hundred random steps by random people, allowed or not.
"""

import random
from collections.abc import Callable
from uuid import UUID

import pytest
from django.core.exceptions import PermissionDenied

from tasks import actions
from tasks.models import Entry, EntryChange, ReturnReason, Review
from tasks.models.content import CONTENT
from tests.tasks.recount import recounted, summarised
from tests.tasks.verbs import author, moment, save, submit
from tests.world import World

STEPS = 300
PEOPLE = [
    *("dongshan_reporter", "xishan_reporter", "hejian_reporter", "hejian_reviewer"),
    *("hejian_reporter", "hejian_reviewer", "linzhou_reviewer", "linzhou_reviewer"),
    *("linzhou_manager", "city_manager", "city_viewer", "linqi_reporter"),
]
Step = Callable[["Walk"], object]


class Walk:
    """One walk: who acts, on which lines, as they were shown to them."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.dice = world, random.Random(seed)
        self.minute, self.acts = 0, list[tuple[UUID, str]]()

    def author(self, who: str = "") -> actions.Author:
        self.minute += 1
        at = moment(10, 2, 9 + self.minute // 60, self.minute % 60)
        return author(self.world, who or self.dice.choice(PEOPLE), at)

    def some(self) -> list[Entry]:
        hejian = self.world.units["hejian"]
        entries = list(Entry.objects.within(hejian).filter(period__quarter=3).order_by("pk"))
        return self.dice.sample(entries, self.dice.randint(2, 6))

    def seen(self) -> list[actions.Seen]:
        """Mostly what stands; sometimes an older version."""
        return [actions.Seen(e.pk, e.version - (self.dice.random() < 0.1)) for e in self.some()]

    def act(self) -> tuple[actions.Author, UUID]:
        who, act = self.dice.choice(PEOPLE), UUID(int=self.dice.getrandbits(128))
        self.acts.append((act, who))
        return self.author(who), act

    def save(self) -> object:
        choices: list[dict[str, object]] = [
            {"value": self.dice.randint(0, 99)},
            {"nothing": "nil"},
            {"value": None},
        ]
        choices += [{"narrative": f"第{self.minute}次"}, {"problems": "无车"}, {"value": 1}]
        edits = [
            actions.Edit(seen.entry_id, seen.version, self.dice.choice(choices))
            for seen in self.seen()
        ]
        return actions.save(edits, self.author())

    def return_(self) -> object:
        seen, reason = self.seen(), ReturnReason.objects.get(code="wrong_figure")
        parts = ["", "value", "narrative", "problems"]
        marks = [actions.Mark(s.entry_id, self.dice.choice(parts), reason) for s in seen]
        by, act = self.act()
        return actions.return_(seen, by, "请核对", marks, act)

    def accept(self) -> object:
        by, act = self.act()
        return actions.accept(self.seen(), by, act)

    def undo(self) -> object:
        if not self.acts:
            return None
        act, who = self.dice.choice(self.acts[-6:])
        return actions.undo(act, self.author(who))

    def submit(self) -> object:
        return actions.submit(self.seen(), self.author())

    def take_back(self) -> object:
        return actions.take_back(self.seen(), self.author())

    def confirm(self) -> object:
        return actions.confirm(self.seen(), self.author())


HABITS: list[tuple[Step, int]] = [
    *((Walk.save, 6), (Walk.submit, 6), (Walk.accept, 3), (Walk.return_, 2)),
    *((Walk.take_back, 1), (Walk.undo, 4), (Walk.confirm, 3)),
]


def walk(world: World, seed: int) -> Walk:
    going = Walk(world, seed)
    for unit in ("dongshan", "xishan"):
        entry = world.entry(unit, "income", 2)
        save(world, "hejian_reporter", entry, moment(7, 1), value=40)
        submit(world, "hejian_reporter", world.entry(unit, "income", 2), at=moment(7, 1))
    steps, weights = zip(*HABITS, strict=True)
    for step in going.dice.choices(steps, weights, k=STEPS):
        try:
            step(going)
        except PermissionDenied:
            continue
    return going


@pytest.mark.parametrize("seed", range(4))
def test_sums_history_and_states_agree_after_any_walk(world: World, seed: int) -> None:
    walk(world, seed)
    verbs = set(EntryChange.objects.values_list("verb", flat=True))
    assert verbs >= {"save", "submit", "accept", "return", "take_back", "confirm"}
    assert summarised() == recounted()
    for entry in Entry.objects.filter(version__gt=1):
        history = list(EntryChange.objects.filter(entry=entry).order_by("version"))
        assert [change.version for change in history] == list(range(2, entry.version + 1))
        assert replayed(history) == entry.content | {"state": entry.state}


@pytest.mark.parametrize("seed", range(4))
def test_every_step_began_where_it_could(world: World, seed: int) -> None:
    """The states before and after each step, read from the history alone."""
    allowed = {
        "save": {"blank", "draft", "returned"},
        "confirm": {"blank", "draft", "returned"},
        "submit": {"blank", "draft", "returned"},
        "accept": {"submitted"},
        "return": {"submitted"},
        "take_back": {"submitted"},
        "undo": {"submitted", "accepted", "returned"},
    }
    walk(world, seed + 10)
    for change in EntryChange.objects.all():
        assert change.before["state"] in allowed[change.verb], change.verb
    for review in Review.objects.select_related("entry"):
        steps = EntryChange.objects.filter(entry=review.entry, version__lte=review.version)
        submitter = steps.filter(verb="submit").latest("version").by_id
        assert review.reviewer_id != submitter


def replayed(history: list[EntryChange]) -> dict[str, object]:
    """The content that the history tells, from a blank line on; each step fits the one before."""
    content: dict[str, object] = dict.fromkeys(CONTENT, "") | {"value": None, "state": "blank"}
    for change in history:
        for name, before in change.before.items():
            assert content[name] == before, (change.verb, name)
            content[name] = change.after[name]
    return content
