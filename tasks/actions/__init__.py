"""The verbs of the ledger. Page, admin, Excel and command use these and nothing else."""

from tasks.actions import exempting
from tasks.actions.amending import (
    Effect,
    add_task,
    add_unit,
    change_task,
    effect_of,
    plan,
    restore_task,
    withdraw_task,
    withdraw_unit,
)
from tasks.actions.evidencing import attach, detach
from tasks.actions.filling import Edit, confirm, save, submit, take_back
from tasks.actions.making import close, copy_ledger
from tasks.actions.opinions import give_opinion
from tasks.actions.reviewing import Mark, accept, return_, undo
from tasks.actions.writing import (
    Author,
    NothingWritten,
    Outcome,
    Refusal,
    Seen,
    check_editable,
    check_ledger_runs,
    check_version,
    differences,
    today,
)

__all__ = [
    "Author",
    "Edit",
    "Effect",
    "Mark",
    "NothingWritten",
    "Outcome",
    "Refusal",
    "Seen",
    "accept",
    "add_task",
    "add_unit",
    "attach",
    "change_task",
    "check_editable",
    "check_ledger_runs",
    "check_version",
    "close",
    "confirm",
    "copy_ledger",
    "detach",
    "differences",
    "effect_of",
    "exempting",
    "give_opinion",
    "plan",
    "restore_task",
    "return_",
    "save",
    "submit",
    "take_back",
    "today",
    "undo",
    "withdraw_task",
    "withdraw_unit",
]
