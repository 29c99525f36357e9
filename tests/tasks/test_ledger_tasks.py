from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from tasks.models import Ledger, Task
from tests.refusals import refused_by
from tests.tasks.verbs import moment
from tests.world import World


def another(world: World, **values: object) -> Task:
    fields = {
        "ledger": world.ledger,
        "number": 9,
        "category": "people",
        "title": "新任务",
        "reporting_level": "village",
    }
    return Task(**fields | values)


@pytest.mark.parametrize("quarters", ["1", "24", "1234", "34"])
def test_quarters_are_written_in_order(draft_world: World, quarters: str) -> None:
    another(draft_world, quarters=quarters).full_clean()


@pytest.mark.parametrize("quarters", ["", "5", "42", "11", "1 2", "1,2", "12345"])
def test_other_quarters_are_refused(draft_world: World, quarters: str) -> None:
    with pytest.raises(ValidationError) as said:
        another(draft_world, quarters=quarters).full_clean()
    assert "quarters" in said.value.message_dict


@pytest.mark.parametrize(
    ("field", "value"),
    [("reporting_level", "township"), ("quarters", "24"), ("measure", "text")],
)
def test_what_is_asked_of_whom_is_free_until_the_issue_and_frozen_after(
    draft_world: World, field: str, value: str
) -> None:
    task = Task.objects.get(pk=draft_world.tasks["income"].pk)
    setattr(task, field, value)
    task.full_clean()
    draft_world.ledger.issue(draft_world.users["city_manager"], moment(1, 5))
    issued = Task.objects.get(pk=task.pk)
    setattr(issued, field, value)
    with pytest.raises(ValidationError):
        issued.full_clean()


def test_words_and_target_may_change_after_the_issue(world: World) -> None:
    task = Task.objects.get(pk=world.tasks["income"].pk)
    task.title, task.requirement, task.target = "增收", "年底前", Decimal(120)
    task.full_clean()


def test_an_issued_ledger_takes_no_further_task(world: World) -> None:
    with pytest.raises(ValidationError):
        another(world).full_clean()


def test_a_draft_takes_further_tasks(draft_world: World) -> None:
    another(draft_world).full_clean()


def test_a_task_does_not_leave_an_issued_ledger_nor_join_it(world: World) -> None:
    draft = Ledger.objects.create(division=world.units["city"], year=2027, title="明年")
    leaver = Task.objects.get(pk=world.tasks["income"].pk)
    leaver.ledger = draft
    with pytest.raises(ValidationError):
        leaver.full_clean()
    joiner = another(world, ledger=draft)
    joiner.save()
    joiner.ledger = world.ledger
    with pytest.raises(ValidationError):
        joiner.full_clean()


def test_a_number_and_a_title_stand_once_in_a_ledger(draft_world: World) -> None:
    refused_by("task_number_once_in_a_ledger", another(draft_world, number=1))
    title = draft_world.tasks["income"].title
    refused_by("task_title_once_in_a_ledger", another(draft_world, title=title))


@pytest.mark.parametrize("target", [0, -1])
def test_a_target_is_more_than_nothing(draft_world: World, target: int) -> None:
    refused_by("task_target_is_positive", another(draft_world, target=Decimal(target)))


def test_no_target_is_no_error(draft_world: World) -> None:
    another(draft_world).full_clean()
    another(draft_world).save()
