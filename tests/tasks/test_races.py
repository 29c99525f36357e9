"""Real connections that meet in the middle of a write. SQLite has one writer and hides all this.

Every promise stands beside its control: the same meeting with the lock taken away, where the
loss then happens. So a test that passes here passes because of the lock.
"""

from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, OperationalError

from tasks import actions
from tasks.actions import writing
from tasks.models import Entry, EntryChange, EntrySummary, Ledger, Period, Review
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
from tests.tasks.verbs import accept, author, moment, return_, save, submit, submitted
from tests.world import World

pytestmark = REAL_CONNECTIONS
ME = "dongshan_reporter"
# What a line may be after the township's edit to 2 met the village's submission of 1.
DRAFT_OR_SUBMITTED = [("draft", Decimal(2)), ("submitted", Decimal(1))]


@pytest.fixture(params=["locked", "unlocked"])
def lock(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Once with row locks as written, once as a control without any."""
    if request.param == "unlocked":
        unlock(monkeypatch)
    return bool(request.param == "locked")


# Two people save the version that both have on their screens.


def test_of_two_who_save_one_version_one_wins_and_the_other_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch, lock: bool
) -> None:
    shown = income(world)
    meet_after_reading(monkeypatch)
    outcomes = at_once(
        lambda: save(world, ME, shown, value=1),
        lambda: save(world, "hejian_reporter", shown, value=2),
    )
    if not lock:
        # Both have read version 1; only the history's constraint stops the second.
        assert verdicts(outcomes) == {"done": 1, "IntegrityError": 1}
        return
    assert verdicts(outcomes) == {"done": 1, "conflict": 1}
    won = next(i for i, outcome in enumerate(outcomes) if outcome.done)
    assert income(world).value == won + 1
    assert outcomes[1 - won].refused[0].entry.value == won + 1
    assert EntryChange.objects.count() == 1
    assert summarised() == recounted()


def test_control_without_lock_and_history_an_edit_is_lost(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = income(world)
    unlock(monkeypatch)
    forget_history(monkeypatch)
    meet_after_reading(monkeypatch)
    outcomes = at_once(
        lambda: save(world, ME, shown, narrative="村里写的"),
        lambda: save(world, "hejian_reporter", shown, problems="乡镇写的"),
    )
    assert verdicts(outcomes) == {"done": 2}
    stored = income(world)
    assert (stored.narrative, stored.problems) in [("村里写的", ""), ("", "乡镇写的")]
    assert stored.version == 2


def test_of_120_edits_each_is_applied_or_refused_and_none_is_lost(world: World) -> None:
    units = ["dongshan", "xishan", "nanping"]
    writers = ["hejian_reporter", "hejian_reviewer"] * 2

    def write(who: str, number: int) -> list[tuple[str, int]]:
        answers = []
        for step in range(30):
            value = number * 100 + step + 1
            outcome = save(world, who, income(world, units[step % 3]), value=value)
            answers.append((next(iter(verdicts([outcome]))), value))
        return answers

    deeds = [lambda w=who, n=n: write(w, n) for n, who in enumerate(writers)]
    answers = [answer for one in at_once(*deeds) for answer in one]
    said = Counter(verdict for verdict, _value in answers)
    assert len(answers) == 120 == said["done"] + said["conflict"]
    applied = {value for verdict, value in answers if verdict == "done"}
    written = [float(change.after["value"]) for change in EntryChange.objects.all()]
    assert sorted(written) == sorted(applied)
    entries = [income(world, unit) for unit in units]
    assert sum(entry.version - 1 for entry in entries) == len(applied)
    for entry in entries:
        # The line stands as its last history says, and no step of it was skipped.
        history = list(entry.changes.order_by("version"))
        assert [change.version for change in history] == list(range(2, entry.version + 1))
        befores = [change.before["value"] for change in history]
        afters = [change.after["value"] for change in history]
        assert befores == [None, *afters[:-1]]
        assert str(entry.value) == afters[-1]
    assert summarised() == recounted()


# An edit, a submission and the verdicts meet on one line.


def test_an_edit_that_meets_a_submission_is_one_before_the_other(
    world: World, monkeypatch: pytest.MonkeyPatch, lock: bool
) -> None:
    save(world, ME, income(world), value=1)
    shown = income(world)
    meet_after_reading(monkeypatch)
    outcomes = at_once(
        lambda: save(world, "hejian_reporter", shown, value=2), lambda: submit(world, ME, shown)
    )
    if not lock:
        assert verdicts(outcomes) == {"done": 1, "IntegrityError": 1}
        return
    assert verdicts(outcomes) == {"done": 1, "conflict": 1}
    stored = income(world)
    assert (stored.state, stored.value) in DRAFT_OR_SUBMITTED
    assert summarised() == recounted()


def test_control_without_lock_and_history_a_submitted_line_is_changed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(world, ME, income(world), value=1)
    shown = income(world)
    unlock(monkeypatch)
    forget_history(monkeypatch)
    meet_after_reading(monkeypatch)
    outcomes = at_once(
        lambda: save(world, "hejian_reporter", shown, value=2), lambda: submit(world, ME, shown)
    )
    # Both were told that it worked; one of them was told wrong.
    assert verdicts(outcomes) == {"done": 2}
    stored = income(world)
    assert (stored.state, stored.value) in DRAFT_OR_SUBMITTED


def test_a_resubmission_that_meets_a_verdict_does_not_slip_under_it(
    world: World, monkeypatch: pytest.MonkeyPatch, lock: bool
) -> None:
    shown = submitted(world)
    meet_after_reading(monkeypatch)
    outcomes = at_once(
        lambda: save(world, ME, shown, value=99), lambda: accept(world, "hejian_reviewer", shown)
    )
    # The line is frozen before and after, so here the edit loses even without a lock.
    assert verdicts(outcomes[1:]) == {"done": 1}
    assert verdicts(outcomes[:1]) <= Counter(["frozen", "conflict"])
    assert (income(world).value, income(world).waiting_at) == (Decimal(60), "county")


def test_of_accept_and_return_one_stands(
    world: World, monkeypatch: pytest.MonkeyPatch, lock: bool
) -> None:
    accept(world, "hejian_reviewer", submitted(world))
    shown = income(world)
    meet_after_reading(monkeypatch)
    outcomes = at_once(
        lambda: accept(world, "linzhou_reviewer", shown),
        lambda: return_(world, "linzhou_manager", shown),
    )
    if not lock:
        assert verdicts(outcomes) == {"done": 1, "IntegrityError": 1}
        return
    assert verdicts(outcomes) == {"done": 1, "conflict": 1}
    state = "accepted" if outcomes[0].done else "returned"
    assert income(world).state == state
    assert Review.objects.get(version=shown.version).verdict == state
    assert summarised() == recounted()


def test_control_without_lock_and_nets_a_line_is_both_accepted_and_returned(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    accept(world, "hejian_reviewer", submitted(world))
    shown = income(world)
    unlock(monkeypatch)
    forget_history(monkeypatch)
    monkeypatch.setattr(Review.objects, "bulk_create", lambda *args, **kwargs: [])
    meet_after_reading(monkeypatch)
    outcomes = at_once(
        lambda: accept(world, "linzhou_reviewer", shown),
        lambda: return_(world, "linzhou_manager", shown),
    )
    assert verdicts(outcomes) == {"done": 2}


# A double click, a retried request.


def test_one_line_submitted_four_times_at_once_is_submitted_once(
    world: World, monkeypatch: pytest.MonkeyPatch, lock: bool
) -> None:
    save(world, ME, income(world), value=1)
    shown = income(world)
    meet_after_reading(monkeypatch, expected=4)
    outcomes = at_once(*[lambda: submit(world, ME, shown)] * 4)
    if not lock:
        assert verdicts(outcomes) == {"done": 1, "IntegrityError": 3}
        return
    assert verdicts(outcomes) == {"done": 1, "unchanged": 3}
    assert income(world).version == shown.version + 1
    assert EntryChange.objects.filter(verb="submit").count() == 1
    assert summarised() == recounted()


@pytest.mark.parametrize("verb", [accept, return_])
def test_one_verdict_given_four_times_at_once_is_given_once(
    world: World, monkeypatch: pytest.MonkeyPatch, lock: bool, verb: Callable[..., Any]
) -> None:
    shown = submitted(world)
    meet_after_reading(monkeypatch, expected=4)
    outcomes = at_once(*[lambda: verb(world, "hejian_reviewer", shown)] * 4)
    if not lock:
        assert verdicts(outcomes) == {"done": 1, "IntegrityError": 3}
        return
    assert verdicts(outcomes) == {"done": 1, "unchanged": 3}
    assert Review.objects.count() == 1
    assert summarised() == recounted()


def test_a_ledger_issued_twice_at_once_is_issued_once(
    draft_world: World, monkeypatch: pytest.MonkeyPatch, lock: bool
) -> None:
    monkeypatch.setattr(Ledger, "costs", Meeting(2).after(Ledger.costs))
    by = draft_world.users["city_manager"]

    def issue() -> object:
        try:
            return Ledger.objects.get(pk=draft_world.ledger.pk).issue(by, moment(1, 5))
        except ValidationError as error:
            return error.code

    answers = at_once(issue, issue)
    if not lock:
        assert [type(answer) for answer in answers if answer != 112] == [IntegrityError]
        return
    assert sorted(map(str, answers)) == ["112", "issued"]
    assert Entry.objects.count() == 112
    assert summarised() == recounted()


# Two writers whose lines are counted in one row.


def test_two_writers_in_one_township_leave_its_sum_right(
    world: World, monkeypatch: pytest.MonkeyPatch, lock: bool
) -> None:
    first, second = income(world), income(world, "xishan")
    # Both have counted before either writes its count.
    write = Meeting(2).before(EntrySummary.objects.bulk_create)
    monkeypatch.setattr(EntrySummary.objects, "bulk_create", write)
    outcomes = at_once(
        lambda: save(world, ME, first, value=1),
        lambda: save(world, "xishan_reporter", second, value=2),
    )
    assert verdicts(outcomes) == {"done": 2}
    total = EntrySummary.objects.within(world.units["hejian"]).total()
    if not lock:
        # Each counted its own line and not the other's.
        assert total.draft == 1
        assert summarised() != recounted()
        return
    assert total.draft == 2
    assert summarised() == recounted()


def test_a_rebuild_that_meets_a_writer_loses_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    submitted(world)
    second = income(world, "xishan")
    write = Meeting(2).before(EntrySummary.objects.bulk_create)
    monkeypatch.setattr(EntrySummary.objects, "bulk_create", write)
    outcomes = at_once(
        lambda: EntrySummary.objects.rebuild(world.ledger),
        lambda: save(world, "xishan_reporter", second, value=2),
    )
    assert not [outcome for outcome in outcomes if isinstance(outcome, DatabaseError)]
    assert summarised() == recounted()


def test_the_quarters_of_a_year_are_made_once_by_two_at_once(world: World) -> None:
    made = at_once(*[lambda: Period.objects.for_year(2031)] * 4)
    assert [[period.quarter for period in one] for one in made] == [[1, 2, 3, 4]] * 4
    assert Period.objects.filter(year=2031).count() == 4


# Many lines, named in opposite orders.


def save_all(world: World, who: str, value: int, *, backwards: bool) -> actions.Outcome:
    lines = Entry.objects.fillable_by(world.users["hejian_reporter"])
    lines = lines.filter(period=world.periods[3]).order_by("-pk" if backwards else "pk")
    edits = [actions.Edit(e.pk, e.version, {"narrative": f"{who} {value}"}) for e in lines]
    assert len(edits) == 8
    return actions.save(edits, author(world, who))


def test_opposite_orders_do_not_deadlock(world: World) -> None:
    def write(who: str, *, backwards: bool) -> list[actions.Outcome]:
        return [save_all(world, who, n, backwards=backwards) for n in range(25)]

    both = at_once(
        lambda: write("hejian_reporter", backwards=False),
        lambda: write("hejian_reviewer", backwards=True),
    )
    outcomes = [outcome for one in both for outcome in one]
    assert verdicts(outcomes)["done"] == EntryChange.objects.count()
    assert sum(verdicts(outcomes).values()) == 2 * 25 * 8
    assert summarised() == recounted()


def test_control_locked_in_opposite_orders_one_is_thrown_out(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, meeting, turn = writing._locked, Meeting(2), iter([False, True])

    def one_by_one(ids: list[int], allowed: Any) -> list[Entry]:
        first, *others = sorted(ids, reverse=next(turn))
        rows = real([first], allowed)
        meeting.attend()
        return rows + [row for pk in others for row in real([pk], allowed)]

    monkeypatch.setattr(writing, "_locked", one_by_one)
    outcomes = at_once(
        lambda: save_all(world, "hejian_reporter", 1, backwards=False),
        lambda: save_all(world, "hejian_reviewer", 2, backwards=True),
    )
    (thrown_out,) = [error for error in outcomes if isinstance(error, DatabaseError)]
    assert isinstance(thrown_out, OperationalError)
    assert "deadlock" in str(thrown_out)
