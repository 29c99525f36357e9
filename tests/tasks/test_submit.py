import datetime

import pytest

from tasks.models import EntryChange, Ledger
from tests.tasks.verbs import (
    accepted,
    everything,
    moment,
    place,
    refusal,
    return_,
    save,
    submit,
    submitted,
)
from tests.world import NOW, World

ME = "dongshan_reporter"


def draft(world: World, who: str = ME) -> None:
    assert save(world, who, world.entry("dongshan", "income"), value=60).done


def test_what_a_village_submits_waits_at_its_township(world: World) -> None:
    draft(world)
    assert submit(world, ME, world.entry("dongshan", "income")).done
    entry = world.entry("dongshan", "income")
    assert place(entry) == ("submitted", "township")
    assert (entry.submitted_by, entry.submitted_at) == (world.users[ME], NOW)
    assert (entry.first_submitted_at, entry.is_late, entry.version) == (NOW, False, 3)


@pytest.mark.parametrize(("unit", "task"), [("dongshan", "income"), ("hejian", "reserve")])
def test_what_a_township_submits_waits_at_its_county(world: World, unit: str, task: str) -> None:
    entry = submitted(world, unit, task, who="hejian_reporter")
    assert place(entry) == ("submitted", "county")


def test_a_line_may_be_submitted_without_a_draft_only_if_it_answers(world: World) -> None:
    before = everything()
    assert refusal(submit(world, ME, world.entry("dongshan", "income"))) == "empty"
    assert everything() == before


@pytest.mark.parametrize("reason", ["nil", "not_applicable"])
def test_a_nil_report_is_a_report(world: World, reason: str) -> None:
    save(world, ME, world.entry("dongshan", "income"), nothing=reason)
    assert submit(world, ME, world.entry("dongshan", "income")).done


def test_a_text_task_is_answered_in_words(world: World) -> None:
    save(world, "hejian_reporter", world.entry("hejian", "study"), problems="缺师资")
    assert refusal(submit(world, "hejian_reporter", world.entry("hejian", "study"))) == "empty"
    save(world, "hejian_reporter", world.entry("hejian", "study"), narrative="办班两期")
    assert submit(world, "hejian_reporter", world.entry("hejian", "study")).done


def test_submitting_twice_has_one_effect(world: World) -> None:
    draft(world)
    shown = world.entry("dongshan", "income")
    assert submit(world, ME, shown).done
    before = everything()
    again = submit(world, ME, shown, at=moment(10, 3))
    assert [entry.pk for entry in again.unchanged] == [shown.pk]
    assert (again.done, again.refused) == ([], [])
    assert everything() == before


def test_the_same_line_twice_in_one_request_has_one_effect(world: World) -> None:
    draft(world)
    shown = world.entry("dongshan", "income")
    assert len(submit(world, ME, shown, shown).done) == 1
    assert world.entry("dongshan", "income").version == shown.version + 1


def test_submitting_what_somebody_else_changed_meanwhile_is_a_conflict(world: World) -> None:
    draft(world)
    shown = world.entry("dongshan", "income")
    save(world, "hejian_reporter", shown, value=61)
    before = everything()
    assert refusal(submit(world, ME, shown)) == "conflict"
    assert everything() == before


def test_what_the_township_submitted_is_frozen_for_the_village(world: World) -> None:
    entry = submitted(world, who="hejian_reporter")
    before = everything()
    assert refusal(submit(world, ME, entry)) == "frozen"
    assert everything() == before


def test_an_accepted_line_is_not_submitted_again(world: World) -> None:
    entry = accepted(world)
    before = everything()
    assert refusal(submit(world, ME, entry)) == "frozen"
    assert everything() == before


@pytest.mark.parametrize(
    ("at", "code"), [(moment(9, 20), "early"), (moment(1, 1, 0, 1, year=2027), "locked")]
)
def test_a_quarter_outside_its_window_takes_no_submission(
    world: World, at: datetime.datetime, code: str
) -> None:
    draft(world)
    before = everything()
    outcome = submit(world, ME, world.entry("dongshan", "income"), at=at)
    assert refusal(outcome) == code
    assert everything() == before


def test_a_closed_ledger_takes_no_submission(world: World) -> None:
    draft(world)
    Ledger.objects.filter(pk=world.ledger.pk).update(state=Ledger.State.CLOSED)
    assert refusal(submit(world, ME, world.entry("dongshan", "income"))) == "closed"


@pytest.mark.parametrize("who", ["xishan_reporter", "linqi_reporter", "linzhou_manager"])
def test_nobody_submits_for_a_unit_that_is_not_theirs_to_fill(world: World, who: str) -> None:
    draft(world)
    entry = world.entry("dongshan", "income")
    before = everything()
    assert submit(world, who, entry).missing == [entry.pk]
    assert everything() == before


@pytest.mark.parametrize(("day", "late"), [(5, False), (6, True)])
def test_what_is_submitted_after_the_due_date_is_late(world: World, day: int, late: bool) -> None:
    draft(world)
    submit(world, ME, world.entry("dongshan", "income"), at=moment(10, day))
    assert world.entry("dongshan", "income").is_late is late


@pytest.mark.parametrize(("first", "late"), [(moment(10, 5), False), (moment(10, 6), True)])
def test_a_return_does_not_change_whether_the_first_report_was_late(
    world: World, first: datetime.datetime, late: bool
) -> None:
    draft(world)
    submit(world, ME, world.entry("dongshan", "income"), at=first)
    return_(world, "hejian_reviewer", world.entry("dongshan", "income"), at=moment(10, 7))
    save(world, ME, world.entry("dongshan", "income"), moment(10, 8), value=61)
    submit(world, ME, world.entry("dongshan", "income"), at=moment(10, 8))
    entry = world.entry("dongshan", "income")
    assert place(entry) == ("submitted", "township")
    assert (entry.is_late, entry.first_submitted_at) == (late, first)
    assert entry.submitted_at == moment(10, 8)


def test_history_of_a_submission_names_the_states(world: World) -> None:
    submitted(world)
    last = EntryChange.objects.order_by("version").last()
    assert last is not None
    assert (last.verb, last.version, last.by) == ("submit", 3, world.users[ME])
    assert (last.before, last.after) == ({"state": "draft"}, {"state": "submitted"})
