"""Rules of tasks: each broken and kept; the same on the page's verbs and in the workbook."""

import io
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from django.core.exceptions import ValidationError

from tasks.models import Entry, Evidence, Rule, Rulebook, Task
from tests.refusals import refused_by
from tests.tasks.forms import (
    ANSWER,
    DONGSHAN,
    INCOME,
    apply,
    check,
    exported,
    filled,
    messages,
    put,
)
from tests.tasks.forms import place as cell_of
from tests.tasks.verbs import accept, refusal, save, submit
from tests.world import NOW, World

pytestmark = pytest.mark.usefixtures("in_english")
WHO = "dongshan_reporter"


def rule(world: World, kind: str, bound: Any = None, *, blocks: bool = False) -> Rule:
    made = Rule(task=world.tasks["income"], kind=kind, bound=bound, blocks=blocks)
    made.full_clean()
    made.save()
    return made


def reported(world: World, value: Any, quarter: int, unit: str = "dongshan") -> None:
    entry = Entry.objects.filter(pk=world.entry(unit, "income", quarter).pk)
    entry.update(value=value, state="accepted", first_submitted_at=NOW, is_late=False)


def found(world: World, value: Any, unit: str = "dongshan") -> list[str]:
    """What the rules say to a value of the third quarter."""
    entry = world.entry(unit, "income")
    book = Rulebook.of([(entry.task_id, entry.township_id, entry.period_id)])
    return [finding.message for finding in book.findings(entry, Decimal(str(value)))]


@pytest.mark.parametrize(
    ("kind", "bound", "kept", "broken", "says"),
    [
        ("at_least", 10, 10, "9.99", "9.99 is less than 10, the least that can be."),
        ("at_most", 100, 100, "100.01", "100.01 is more than 100, the most that can be."),
        ("never_falls", None, 40, "39.99", "39.99 is less than the 40 of the quarter before."),
        ("change", 50, 60, 61, "Changes by more than 50 % from 40 to 61."),
        ("change", 50, 20, 19, "Changes by more than 50 % from 40 to 19."),
        ("unchanged", 3, 41, 40, "40 for 3 quarters in a row."),
    ],
)
def test_each_kind_is_kept_up_to_its_bound_and_broken_beyond(
    world: World, kind: str, bound: Any, kept: Any, broken: Any, says: str
) -> None:
    rule(world, kind, bound)
    for quarter in (1, 2):
        reported(world, 40, quarter)
    assert found(world, kept) == []
    assert found(world, broken) == [says]


@pytest.mark.parametrize(("kept", "broken"), [(50, 51), (2, "1.99")])
def test_an_outlier_stands_out_among_its_neighbours(world: World, kept: Any, broken: Any) -> None:
    rule(world, "outlier", 5)
    town = world.units["hejian"]
    for number in range(5):
        # More villages of the township, each with 10.
        unit = world.units["feilai"].__class__(
            code=f"41058110129{number}", name=f"新{number}村委会", level="village", kind="village",
            parent=town,
        )  # fmt: skip
        unit.place()
        Entry.objects.create(
            task=world.tasks["income"], period=world.periods[3], division=unit, township=town,
            value=10, state="draft",
        )  # fmt: skip
    assert found(world, kept) == []
    assert found(world, broken) == [f"{broken}, where 10 is usual among the neighbours."]


def test_few_neighbours_say_nothing(world: World) -> None:
    rule(world, "outlier", 5)
    for unit in ("xishan", "nanping"):
        Entry.objects.filter(pk=world.entry(unit, "income").pk).update(value=1, state="draft")
    assert found(world, 1000) == []


def test_without_a_quarter_before_there_is_nothing_to_compare_with(world: World) -> None:
    for kind, bound in (("never_falls", None), ("change", 50), ("unchanged", 3)):
        rule(world, kind, bound)
    assert found(world, 0) == []
    # Nor is a draft of the quarter before anything that was reported.
    Entry.objects.filter(pk=world.entry("dongshan", "income", 2).pk).update(value=90, state="draft")
    assert found(world, 1) == []


def test_the_quarter_before_is_the_last_that_was_reported(world: World) -> None:
    rule(world, "never_falls")
    reported(world, 30, 1)
    assert found(world, 29) == ["29 is less than the 30 of the quarter before."]
    reported(world, 50, 2)
    assert found(world, 49) == ["49 is less than the 50 of the quarter before."]


def test_what_blocks_is_refused_when_it_is_saved(world: World) -> None:
    rule(world, "never_falls", blocks=True)
    reported(world, 40, 2)
    outcome = save(world, WHO, world.entry("dongshan", "income"), value=39)
    (refused,) = outcome.refused
    assert refused.error.message_dict == {
        "value": ["39 is less than the 40 of the quarter before."]
    }
    assert world.entry("dongshan", "income").value is None
    # Texts are kept all the same, and so is a value that keeps the rule.
    assert save(world, WHO, world.entry("dongshan", "income"), narrative="进展").done
    assert save(world, WHO, world.entry("dongshan", "income"), value=40).done


def test_what_blocks_is_refused_when_it_is_submitted(world: World) -> None:
    """The rule may be younger than the draft."""
    assert save(world, WHO, world.entry("dongshan", "income"), value=101).done
    rule(world, "at_most", 100, blocks=True)
    assert refusal(submit(world, WHO, world.entry("dongshan", "income"))) == "value"
    assert world.entry("dongshan", "income").state == Entry.State.DRAFT


def test_what_is_unusual_is_saved_and_explained_before_it_is_submitted(world: World) -> None:
    rule(world, "change", 50)
    reported(world, 40, 2)
    assert save(world, WHO, world.entry("dongshan", "income"), value=90).done
    (refused,) = submit(world, WHO, world.entry("dongshan", "income")).refused
    assert refused.error.message_dict == {
        "explanation": ["Changes by more than 50 % from 40 to 90. Please explain it."]
    }
    assert save(world, WHO, world.entry("dongshan", "income"), explanation="新建大棚投产").done
    assert submit(world, WHO, world.entry("dongshan", "income")).done
    entry = world.entry("dongshan", "income")
    assert (entry.state, entry.is_unusual) == (Entry.State.SUBMITTED, True)


def test_what_is_usual_is_marked_as_nothing(world: World) -> None:
    rule(world, "change", 50)
    reported(world, 40, 2)
    assert save(world, WHO, world.entry("dongshan", "income"), value=50).done
    assert submit(world, WHO, world.entry("dongshan", "income")).done
    assert not world.entry("dongshan", "income").is_unusual


def test_no_value_breaks_no_rule(world: World) -> None:
    rule(world, "at_least", 10, blocks=True)
    reported(world, 40, 2)
    assert save(world, WHO, world.entry("dongshan", "income"), nothing="nil").done
    assert submit(world, WHO, world.entry("dongshan", "income")).done


def test_evidence_is_asked_for_where_it_is_wanted(world: World) -> None:
    Task.objects.filter(pk=world.tasks["income"].pk).update(evidence_wanted=True)
    assert save(world, WHO, world.entry("dongshan", "income"), value=60).done
    entry = world.entry("dongshan", "income")
    assert refusal(submit(world, WHO, entry)) == "evidence"
    file = Evidence.objects.create(
        entry=entry, file="x.pdf", name="照片.pdf", kind="pdf", content_type="application/pdf",
        size=3, digest="d", added_by=world.users[WHO], added_at=NOW,
    )  # fmt: skip
    Evidence.objects.filter(pk=file.pk).update(removed_at=NOW)
    assert refusal(submit(world, WHO, entry)) == "evidence"
    Evidence.objects.filter(pk=file.pk).update(removed_at=None)
    assert submit(world, WHO, entry).done


def test_a_rule_does_not_reach_what_is_submitted_already(world: World) -> None:
    assert save(world, WHO, world.entry("dongshan", "income"), value=60).done
    assert submit(world, WHO, world.entry("dongshan", "income")).done
    rule(world, "at_most", 10, blocks=True)
    assert accept(world, "hejian_reviewer", world.entry("dongshan", "income")).done


# In the workbook


def told_at(world: World, value: Any) -> tuple[Any, str]:
    """The checked batch of a sheet in which 东山 says this value, and the place of the cell."""
    content = filled(exported(world), put(DONGSHAN, INCOME, value))
    book = openpyxl.load_workbook(io.BytesIO(content))
    return check(world, content), cell_of(book.worksheets[0], DONGSHAN, INCOME, ANSWER).coordinate


def test_what_blocks_is_an_error_at_its_cell_of_the_workbook(world: World) -> None:
    rule(world, "never_falls", blocks=True)
    reported(world, 40, 2)
    batch, cell = told_at(world, 39)
    assert batch.state == "wrong"
    assert messages(batch) == {cell: "39 is less than the 40 of the quarter before."}


def test_what_is_unusual_is_a_warning_at_its_cell_of_the_workbook(world: World) -> None:
    rule(world, "change", 50)
    reported(world, 40, 2)
    batch, cell = told_at(world, 90)
    assert batch.state == "checked"
    assert messages(batch) == {}
    (warning,) = batch.warnings
    assert warning["cell"] == cell
    assert warning["message"].startswith("Changes by more than 50 % from 40 to 90.")
    apply(world, batch, confirmed=True)
    # Saved as a draft; before it is handed in, it is explained all the same.
    assert refusal(submit(world, WHO, world.entry("dongshan", "income"))) == "explanation"


def test_what_keeps_the_rules_passes_the_workbook_in_silence(world: World) -> None:
    rule(world, "change", 50)
    rule(world, "never_falls", blocks=True)
    reported(world, 40, 2)
    batch, _cell = told_at(world, 50)
    assert (batch.state, batch.errors, batch.warnings) == ("checked", [], [])


# What a rule must say of itself


@pytest.mark.parametrize(("kind", "bound"), [("never_falls", 3), ("change", -1)])
def test_a_rule_has_the_number_it_needs(world: World, kind: str, bound: Any) -> None:
    wrong = Rule(task=world.tasks["income"], kind=kind, bound=bound)
    refused_by("rule_has_the_bound_it_needs", wrong)


def test_a_rule_without_its_number_is_refused(world: World) -> None:
    with pytest.raises(ValidationError) as error:
        Rule(task=world.tasks["income"], kind="at_most").full_clean()
    assert error.value.message_dict == {"bound": ["Give the number n of the rule."]}


def test_a_task_has_a_rule_once(world: World) -> None:
    rule(world, "change", 50)
    refused_by("rule_once_for_a_task", Rule(task=world.tasks["income"], kind="change", bound=9))


@pytest.mark.parametrize("task", ["meeting", "deeds"])
def test_rules_are_about_numbers(world: World, task: str) -> None:
    with pytest.raises(ValidationError):
        Rule(task=world.tasks[task], kind="at_most", bound=5).full_clean()
