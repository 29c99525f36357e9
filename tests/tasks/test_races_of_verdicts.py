"""Keys, taking back and undoing, on connections of their own; see test_races.py."""

from typing import Any
from uuid import UUID

import pytest

from accounts.once import once
from tasks import actions
from tasks.actions import writing
from tasks.models import Entry, EntryChange
from tests.tasks.meetings import (
    REAL_CONNECTIONS,
    Meeting,
    at_once,
    forget_history,
    income,
    meet_after_reading,
    unlock,
    verdicts,
)
from tests.tasks.recount import recounted, summarised
from tests.tasks.verbs import accept, author, seen, submitted
from tests.world import World

pytestmark = REAL_CONNECTIONS
ACT = UUID(int=7)


def test_four_requests_with_one_key_have_one_effect(world: World) -> None:
    done: list[int] = []
    answers = at_once(*[lambda: ask(world, "k", done) for _ in range(4)])
    assert done == [1]
    assert answers == [{"done": 1}] * 4


def test_control_without_a_key_all_four_have_an_effect(world: World) -> None:
    done: list[int] = []
    meeting = Meeting(4)
    answers = at_once(*[lambda: ask(world, "", done, meeting) for _ in range(4)])
    assert len(done) == len(answers) == 4


def ask(world: World, key: str, done: list[int], meeting: Meeting | None = None) -> Any:
    def act() -> dict[str, int]:
        if meeting is not None:
            meeting.attend()
        done.append(1)
        return {"done": len(done)}

    return once(world.users["hejian_reporter"], key, b"", act)


def test_of_taking_back_and_accepting_one_stands(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = submitted(world)
    meet_after_reading(monkeypatch)
    outcomes = at_once(lambda: take_back(world, shown), lambda: accept_first(world, shown))
    assert verdicts(outcomes) == {"done": 1, "conflict": 1}
    assert steps(shown) == ["save", "submit", "take_back" if outcomes[0].done else "accept"]
    assert summarised() == recounted()


def test_control_without_lock_and_history_both_stand(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = submitted(world)
    unlock(monkeypatch)
    forget_history(monkeypatch)
    monkeypatch.setattr(writing, "_store", Meeting(2).before(writing._store))
    outcomes = at_once(lambda: take_back(world, shown), lambda: accept_first(world, shown))
    assert verdicts(outcomes) == {"done": 2}


def test_an_undo_that_meets_the_next_level_is_one_before_the_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    actions.accept(seen(submitted(world)), author(world, "hejian_reviewer"), ACT)
    shown = income(world)
    meet_after_reading(monkeypatch)
    outcomes = at_once(
        lambda: actions.undo(ACT, author(world, "hejian_reviewer")),
        lambda: accept(world, "linzhou_reviewer", shown),
    )
    assert verdicts(outcomes) == {"done": 1, "conflict": 1}
    stands = income(world)
    undone = ("submitted", "township")
    assert (stands.state, stands.waiting_at) in (undone, ("accepted", ""))
    assert steps(shown)[-1] == ("undo" if stands.state == "submitted" else "accept")


def test_four_undos_of_one_act_have_one_effect(world: World) -> None:
    actions.accept(seen(submitted(world)), author(world, "hejian_reviewer"), ACT)
    outcomes = at_once(
        *[lambda: actions.undo(ACT, author(world, "hejian_reviewer")) for _ in range(4)]
    )
    assert verdicts(outcomes) == {"done": 1}
    assert steps(income(world)) == ["save", "submit", "accept", "undo"]


def take_back(world: World, shown: Entry) -> actions.Outcome:
    return actions.take_back(seen(shown), author(world, "dongshan_reporter"))


def accept_first(world: World, shown: Entry) -> actions.Outcome:
    return accept(world, "hejian_reviewer", shown)


def steps(entry: Entry) -> list[str]:
    changes = EntryChange.objects.filter(entry=entry).order_by("version")
    return list(changes.values_list("verb", flat=True))
