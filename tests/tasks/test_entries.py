from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from tasks.models import Entry, EntryChange, Review
from tasks.models.content import LARGEST, LONGEST_TEXT, as_kept
from tests.refusals import refused_by
from tests.tasks.verbs import code_of
from tests.world import NOW, World

D = Decimal


@pytest.mark.parametrize(
    ("unit", "task", "value"),
    [
        ("dongshan", "income", D("0")),
        ("dongshan", "income", D("12.5")),
        ("dongshan", "income", D("12.50")),
        ("dongshan", "income", LARGEST),
        ("dongshan", "income", None),
        ("dongshan", "meeting", D(1)),
        ("dongshan", "meeting", D(0)),
        ("hejian", "study", None),
    ],
)
def test_a_value_that_fits_its_measure(
    world: World, unit: str, task: str, value: Decimal | None
) -> None:
    entry = world.entry(unit, task)
    entry.value = value
    entry.clean()


@pytest.mark.parametrize(
    ("unit", "task", "value"),
    [
        ("dongshan", "income", D("-0.01")),
        ("dongshan", "income", D("1.005")),
        ("dongshan", "income", LARGEST + D("0.01")),
        ("dongshan", "income", D("1e40")),
        ("dongshan", "income", D("NaN")),
        ("dongshan", "income", D("Infinity")),
        ("dongshan", "meeting", D(2)),
        ("dongshan", "meeting", D("0.5")),
        ("hejian", "study", D(1)),
    ],
)
def test_a_value_that_does_not_fit_names_the_cell(
    world: World, unit: str, task: str, value: Decimal
) -> None:
    entry = world.entry(unit, task)
    entry.value = value
    for check in (entry.clean, entry.full_clean):
        with pytest.raises(ValidationError) as said:
            check()
        assert code_of(said.value) == "value"


def test_a_value_and_a_reason_for_none_exclude_each_other(world: World) -> None:
    entry = world.entry("dongshan", "income")
    entry.nothing = Entry.Nothing.NIL
    entry.clean()
    entry.value = D(1)
    with pytest.raises(ValidationError) as said:
        entry.clean()
    assert code_of(said.value) == "value"


def test_nobody_exempts_themselves(world: World) -> None:
    entry = world.entry("dongshan", "income")
    entry.nothing = Entry.Nothing.EXEMPT
    with pytest.raises(ValidationError) as said:
        entry.clean()
    assert code_of(said.value) == "nothing"
    entry.nothing_reason = "整村搬迁"
    entry.nothing_granted_by = world.users["linzhou_manager"]
    entry.clean()


def test_a_reason_that_does_not_exist_is_refused(world: World) -> None:
    entry = world.entry("dongshan", "income")
    entry.nothing = "lazy"
    with pytest.raises(ValidationError) as said:
        entry.clean()
    assert code_of(said.value) == "nothing"


@pytest.mark.parametrize("field", ["narrative", "problems", "next_steps"])
def test_a_text_may_be_long_but_not_endless(world: World, field: str) -> None:
    entry = world.entry("dongshan", "income")
    setattr(entry, field, "字" * LONGEST_TEXT)
    entry.clean()
    setattr(entry, field, "字" * (LONGEST_TEXT + 1))
    with pytest.raises(ValidationError) as said:
        entry.clean()
    assert code_of(said.value) == field


@pytest.mark.parametrize(
    ("unit", "task", "content", "answers"),
    [
        ("dongshan", "income", {}, False),
        ("dongshan", "income", {"narrative": "做了"}, False),
        ("dongshan", "income", {"value": D(0)}, True),
        ("dongshan", "income", {"nothing": "nil"}, True),
        ("dongshan", "meeting", {"value": D(0)}, True),
        ("hejian", "study", {"narrative": "  \n"}, False),
        ("hejian", "study", {"narrative": "办班两期"}, True),
        ("hejian", "study", {"nothing": "not_applicable"}, True),
    ],
)
def test_a_task_is_answered_by_a_value_words_or_a_reason(
    world: World, unit: str, task: str, content: dict[str, object], answers: bool
) -> None:
    entry = world.entry(unit, task)
    for name, value in content.items():
        setattr(entry, name, value)
    assert entry.answers_the_task is answers


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("12.5", "12.50"),
        ("3", "3.00"),
        ("1E+2", "100.00"),
        ("-0", "0.00"),
        ("0.005", "0.005"),
        ("1e40", "1E+40"),
        ("NaN", "NaN"),
    ],
)
def test_a_value_is_written_as_the_column_gives_it_back(value: str, kept: str) -> None:
    assert as_kept(D(value)) == kept


def test_content_is_the_same_before_and_after_the_database(world: World) -> None:
    entry = world.entry("dongshan", "income")
    entry.value, entry.narrative = D("12.5"), "做了"
    entry.save()
    assert world.entry("dongshan", "income").content == entry.content


def test_a_unit_has_one_entry_for_a_task_and_quarter(world: World) -> None:
    twin = world.entry("dongshan", "income")
    twin.pk = None
    twin._state.adding = True
    refused_by("entry_one_per_division_task_and_period", twin)


@pytest.mark.parametrize(
    ("constraint", "values"),
    [
        ("entry_value_or_reason_for_none", {"value": D(1), "nothing": "nil"}),
        ("entry_exempt_has_reason_and_approver", {"nothing": "exempt"}),
        ("entry_exempt_has_reason_and_approver", {"nothing": "exempt", "nothing_reason": "x"}),
        ("entry_waits_somewhere_only_while_submitted", {"waiting_at": "township"}),
        (
            "entry_waits_somewhere_only_while_submitted",
            {"state": "submitted", "first_submitted_at": NOW},
        ),
        ("entry_reported_has_a_first_time", {"state": "accepted"}),
        ("entry_reported_has_a_first_time", {"state": "submitted", "waiting_at": "county"}),
    ],
)
def test_the_database_refuses_an_entry_that_contradicts_itself(
    world: World, constraint: str, values: dict[str, object]
) -> None:
    entry = world.entry("dongshan", "income")
    for name, value in values.items():
        setattr(entry, name, value)
    refused_by(constraint, entry)


def test_a_consistent_entry_passes_the_same_constraints(world: World) -> None:
    entry = world.entry("dongshan", "income")
    entry.state, entry.waiting_at, entry.first_submitted_at = "submitted", "township", NOW
    entry.nothing, entry.nothing_reason = "exempt", "整村搬迁"
    entry.nothing_granted_by = world.users["linzhou_manager"]
    entry.validate_constraints()
    entry.save()


def review(world: World, **values: object) -> Review:
    fields = {
        "entry": world.entry("dongshan", "income"),
        "version": 2,
        "level": "township",
        "reviewer": world.users["hejian_reviewer"],
        "verdict": "returned",
        "comment": "数据有误",
        "at": NOW,
    }
    return Review(**fields | values)


def test_a_returned_verdict_has_a_reason_and_an_accepted_one_need_not(world: World) -> None:
    refused_by("review_return_has_a_reason", review(world, comment=""))
    review(world, comment="", verdict="accepted").save()


def test_a_version_is_reviewed_once(world: World) -> None:
    review(world).save()
    refused_by("review_once_per_version", review(world, verdict="accepted"))
    review(world, version=3).save()


def test_a_version_is_written_to_history_once(world: World) -> None:
    entry = world.entry("dongshan", "income")
    fields = {"entry": entry, "version": 2, "at": NOW, "origin": "page", "verb": "save"}
    EntryChange.objects.create(**fields)
    refused_by("entry_change_once_per_version", EntryChange(**fields))
