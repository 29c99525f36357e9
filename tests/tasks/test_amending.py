"""Who owes what changes after the issue by amendments alone: dated, reasoned, counted."""

from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from tasks import actions
from tasks.models import Amendment, Entry, EntryChange, EntrySummary, Ledger
from tests.tasks.amending import (
    MANAGER,
    NEW_TASK,
    REASON,
    add_task,
    add_unit,
    ledger,
    restore,
    states,
    task,
    withdraw,
    withdraw_unit,
)
from tests.tasks.recount import recounted, summarised
from tests.tasks.verbs import (
    accept,
    accepted,
    author,
    code_of,
    moment,
    refusal,
    save,
    submit,
    submitted,
)
from tests.tasks.verbs import return_ as send_back
from tests.world import World

pytestmark = pytest.mark.usefixtures("in_english")
WITHDRAWN = Entry.State.WITHDRAWN
VILLAGES, TOWNSHIPS = 8, 4


def said(error: pytest.ExceptionInfo[ValidationError]) -> str:
    """The code of a refusal, wherever it stands in the form."""
    if hasattr(error.value, "error_dict"):
        return ",".join(str(e.code) for errors in error.value.error_dict.values() for e in errors)
    return code_of(error.value)


def test_a_task_more_is_owed_from_its_quarter_on(world: World) -> None:
    done = add_task(world, quarter=3)
    new = done.task
    assert new is not None
    assert (new.number, new.ledger) == (6, world.ledger)
    owed = Entry.objects.filter(task=new)
    assert set(owed.values_list("period__quarter", flat=True)) == {3, 4}
    assert owed.count() == done.entries == VILLAGES * 2
    assert states(task=new) == ["blank"] * 16
    assert done.after == {"asked": 16}
    assert (done.reason, done.by, done.from_quarter) == (REASON, world.users[MANAGER], 3)
    assert summarised() == recounted()


def test_a_task_more_is_filled_and_counted_like_any_other(world: World) -> None:
    new = add_task(world).task
    entry = Entry.objects.get(task=new, division=world.units["dongshan"], period__quarter=3)
    assert save(world, "dongshan_reporter", entry, value=3).done
    entry.refresh_from_db()
    assert submit(world, "dongshan_reporter", entry).done
    assert EntrySummary.objects.filter(task=new).total().submitted == 1


def test_a_task_more_counts_only_the_quarters_it_is_due_in(world: World) -> None:
    assert add_task(world, quarters="24").entries == VILLAGES
    with pytest.raises(ValidationError) as error:
        add_task(world, title="春季工作", quarters="12")
    assert said(error) == "nothing"


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"title": "村级集体经济增收"}, "__all__"),
        ({"title": ""}, "title"),
        ({"target": Decimal(-1)}, "__all__"),
        ({"quarters": "42"}, "quarters"),
    ],
)
def test_a_task_more_keeps_the_rules_of_tasks(
    world: World, fields: dict[str, Any], named: str
) -> None:
    before = EntrySummary.objects.total()
    with pytest.raises(ValidationError) as error:
        add_task(world, **fields)
    assert set(error.value.message_dict) == {named}
    assert not Amendment.objects.exists()
    assert EntrySummary.objects.total() == before


def test_a_withdrawn_task_is_owed_no_more_and_its_history_stays(world: World) -> None:
    submitted(world)
    save(world, "xishan_reporter", world.entry("xishan", "income"), value=5)
    done = withdraw(world, "income", quarter=3)
    assert done.entries == VILLAGES * 2
    assert states(task=world.tasks["income"], period__quarter__gte=3) == [WITHDRAWN] * 16
    assert states(task=world.tasks["income"], period__quarter__lt=3) == ["blank"] * 16
    entry = world.entry("dongshan", "income")
    assert (entry.value, entry.waiting_at, entry.version) == (Decimal(60), "", 4)
    last = entry.changes.latest("version")
    assert (last.verb, last.by) == (EntryChange.Verb.WITHDRAW, world.users[MANAGER])
    assert last.before == {"state": "submitted"}
    assert last.after == {"state": "withdrawn", "comment": REASON}
    assert summarised() == recounted()


def test_what_nobody_owes_any_more_counts_nothing(world: World) -> None:
    withdraw(world, "income", quarter=3)
    gone = EntrySummary.objects.filter(task=world.tasks["income"], period__quarter__gte=3)
    assert gone.exists()
    assert gone.total().owed == 0
    assert EntrySummary.objects.total().owed == 112 - 16


def test_an_accepted_line_stays_when_its_task_is_withdrawn(world: World) -> None:
    accepted(world)
    done = withdraw(world, "income", quarter=3)
    assert (done.entries, done.after) == (15, {"withdrawn": 15, "kept": 1})
    assert world.entry("dongshan", "income").state == Entry.State.ACCEPTED
    assert summarised() == recounted()


def test_a_withdrawn_line_is_neither_filled_nor_reviewed(world: World) -> None:
    entry = submitted(world)
    withdraw(world, "income")
    entry = world.entry("dongshan", "income")
    assert refusal(save(world, "dongshan_reporter", entry, value=61)) == "frozen"
    assert refusal(submit(world, "dongshan_reporter", entry)) == "frozen"
    assert refusal(accept(world, "hejian_reviewer", entry)) == "not_waiting"
    assert refusal(send_back(world, "hejian_reviewer", entry)) == "not_waiting"
    assert not Entry.objects.waiting_for(world.users["hejian_reviewer"]).exists()


def test_a_task_asked_for_again_brings_back_what_was_written(world: World) -> None:
    submitted(world)
    withdraw(world, "income")
    done = restore(world, "income")
    assert (done.entries, done.kind, done.says) == (16, "add_task", "Task asked for again")
    entry = world.entry("dongshan", "income")
    assert (entry.state, entry.value) == (Entry.State.DRAFT, Decimal(60))
    assert entry.changes.latest("version").verb == EntryChange.Verb.RESTORE
    assert world.entry("xishan", "income").state == Entry.State.BLANK
    assert submit(world, "dongshan_reporter", entry).done
    assert summarised() == recounted()


def test_a_task_is_withdrawn_and_asked_for_again_by_quarter(world: World) -> None:
    withdraw(world, "income", quarter=3)
    assert restore(world, "income", quarter=4).entries == VILLAGES
    assert states(task=world.tasks["income"], period__quarter=3) == [WITHDRAWN] * 8
    assert states(task=world.tasks["income"], period__quarter=4) == ["blank"] * 8


def test_twice_the_same_changes_nothing_and_is_refused(world: World) -> None:
    for act in (withdraw, restore):
        act(world, "income")
        with pytest.raises(ValidationError) as error:
            act(world, "income")
        assert said(error) == "nothing"
    assert Amendment.objects.count() == 2


def test_a_street_or_community_is_added_with_all_tasks_of_its_level(world: World) -> None:
    done = add_unit(world, "community", quarter=3)
    # Two tasks in two quarters, one in the fourth alone.
    assert done.entries == 5
    added = Entry.objects.filter(division=world.units["community"])
    assert set(added.values_list("township", flat=True)) == {world.units["guiyuan"].pk}
    assert world.units["community"] in ledger(world).extra_units.all()
    assert done.says == "Unit added"
    assert summarised() == recounted()


def test_a_unit_added_later_owes_no_task_that_is_withdrawn(world: World) -> None:
    withdraw(world, "income")
    assert add_unit(world, "community").entries == 3
    # Asked for again, the task is asked of the new unit too.
    assert restore(world, "income").entries == 16 + 2
    assert summarised() == recounted()


def test_a_task_added_later_asks_those_who_owe_then(world: World) -> None:
    withdraw_unit(world, "dongshan")
    add_unit(world, "community", quarter=4)
    new = add_task(world, quarter=3).task
    quarters = Entry.objects.filter(task=new).order_by()
    assert quarters.filter(period__quarter=3).count() == VILLAGES - 1
    assert quarters.filter(period__quarter=4).count() == VILLAGES
    assert not quarters.filter(division=world.units["dongshan"]).exists()


def test_a_withdrawn_unit_owes_nothing_and_others_go_on(world: World) -> None:
    submitted(world)
    done = withdraw_unit(world, "dongshan")
    assert done.entries == 5
    assert states(division=world.units["dongshan"], period__quarter__gte=3) == [WITHDRAWN] * 5
    assert WITHDRAWN not in states(division=world.units["xishan"])
    assert add_unit(world, "dongshan").says == "Unit asked again"
    assert world.entry("dongshan", "income").state == Entry.State.DRAFT
    # It owes by its kind, so it is no further unit.
    assert not ledger(world).extra_units.exists()
    assert summarised() == recounted()


@pytest.mark.parametrize("unit", ["dongshan", "hejian"])
def test_a_unit_that_owes_already_is_not_added(world: World, unit: str) -> None:
    with pytest.raises(ValidationError) as error:
        add_unit(world, unit)
    assert said(error) == "nothing"


@pytest.mark.parametrize("unit", ["city", "linzhou"])
def test_cities_and_counties_report_nothing(world: World, unit: str) -> None:
    with pytest.raises(ValidationError) as error:
        add_unit(world, unit)
    assert said(error) == "unit"


def test_a_task_is_changed_in_words_and_target_for_the_whole_year(world: World) -> None:
    submitted(world)
    row = EntrySummary.objects.filter(task=world.tasks["income"], submitted=1)
    assert row.get().far_behind == 0
    fields = {"title": "集体经济增收", "target": Decimal(120), "evidence_wanted": True}
    who = author(world, MANAGER)
    done = actions.change_task(task(world, "income"), fields, REASON, who)
    changed = task(world, "income")
    assert (changed.title, changed.target) == ("集体经济增收", Decimal(120))
    assert done.before == {
        "title": "村级集体经济增收",
        "target": "100",
        "evidence_wanted": False,
    }
    assert done.after == {"title": "集体经济增收", "target": "120", "evidence_wanted": True}
    assert ("target", "100", "120") in done.differences
    assert ("evidence wanted", "No", "Yes") in done.differences
    # 60 of 120 where 90 are expected: the light of what was reported turned.
    assert row.get().far_behind == 1
    assert world.entry("dongshan", "income").state == Entry.State.SUBMITTED


def test_what_decides_who_owes_what_is_not_changed(world: World) -> None:
    who = author(world, MANAGER)
    fields = {"title": "新名", "measure": "text", "quarters": "1", "reporting_level": "township"}
    actions.change_task(task(world, "income"), fields, REASON, who)
    after = task(world, "income")
    assert after.title == "新名"
    assert (after.measure, after.quarters, after.reporting_level) == ("number", "1234", "village")


def test_a_change_of_nothing_is_refused(world: World) -> None:
    same = {"title": world.tasks["income"].title}
    with pytest.raises(ValidationError) as error:
        actions.change_task(task(world, "income"), same, REASON, author(world, MANAGER))
    assert said(error) == "same"


@pytest.mark.parametrize("reason", ["", "  "])
def test_an_amendment_says_why(world: World, reason: str) -> None:
    who = author(world, MANAGER)
    with pytest.raises(ValidationError) as error:
        actions.withdraw_task(task(world, "income"), 3, reason, who)
    assert error.value.message_dict == {"reason": ["Say why the ledger is amended."]}
    with pytest.raises(ValidationError):
        actions.withdraw_task(task(world, "income"), 3, "长" * 201, who)
    assert WITHDRAWN not in states()


@pytest.mark.parametrize(("quarter", "code"), [(1, "locked"), (2, "locked"), (5, "quarter")])
def test_a_locked_quarter_stays_as_it_is(world: World, quarter: int, code: str) -> None:
    for act in (
        lambda: withdraw(world, "income", quarter),
        lambda: add_task(world, quarter),
        lambda: add_unit(world, "community", quarter),
    ):
        with pytest.raises(ValidationError) as error:
            act()
        assert said(error) == code
    assert Entry.objects.count() == 112


def test_a_quarter_is_amended_until_its_lock(world: World) -> None:
    assert withdraw(world, "income", 2, moment(9, 30)).entries == 24


@pytest.mark.parametrize(
    "who", ["city_viewer", "city_auditor", "linzhou_manager", "hejian_reviewer"]
)
def test_only_managers_of_the_issuing_unit_amend(world: World, who: str) -> None:
    by = author(world, who)
    for act in (
        lambda: actions.add_task(ledger(world), NEW_TASK, 3, REASON, by),
        lambda: actions.withdraw_task(task(world, "income"), 3, REASON, by),
        lambda: actions.restore_task(task(world, "income"), 3, REASON, by),
        lambda: actions.change_task(task(world, "income"), {"title": "x"}, REASON, by),
        lambda: actions.add_unit(ledger(world), world.units["community"], 3, REASON, by),
        lambda: actions.withdraw_unit(ledger(world), world.units["dongshan"], 3, REASON, by),
    ):
        with pytest.raises(PermissionDenied):
            act()
    assert not Amendment.objects.exists()


@pytest.mark.parametrize(("state", "code"), [("draft", "draft"), ("closed", "closed")])
def test_only_a_running_ledger_is_amended(world: World, state: str, code: str) -> None:
    Ledger.objects.filter(pk=world.ledger.pk).update(state=state)
    for act in (
        lambda: withdraw(world, "income"),
        lambda: actions.change_task(
            task(world, "income"), {"title": "x"}, REASON, author(world, MANAGER)
        ),
    ):
        with pytest.raises(ValidationError) as error:
            act()
        assert said(error) == code


def test_the_effect_is_told_before_and_is_what_comes(world: World) -> None:
    accepted(world)
    who = author(world, MANAGER)
    planned = actions.plan(
        ledger(world), Amendment.Kind.WITHDRAW_TASK, 3, REASON, who, task=task(world, "income")
    )
    effect = actions.effect_of(planned, who)
    assert effect == actions.Effect(withdrawn=15, kept=1)
    assert not Amendment.objects.exists()
    assert withdraw(world, "income").entries == effect.withdrawn


def test_values_of_withdrawn_lines_are_nobodys_neighbours(world: World) -> None:
    """What is usual among the neighbours is told by lines that are owed."""
    from tasks.models import Rule, Rulebook

    Rule.objects.create(task=world.tasks["income"], kind="outlier", bound=5)
    entry = world.entry("dongshan", "income")
    Entry.objects.filter(task=entry.task, period=entry.period).update(value=1)
    key = (entry.task_id, entry.township_id, entry.period_id)
    assert len(Rulebook.of([key]).neighbours[key]) == 3
    withdraw_unit(world, "nanping")
    assert len(Rulebook.of([key]).neighbours[key]) == 2
