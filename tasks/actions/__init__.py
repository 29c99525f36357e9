"""The verbs of the ledger. Page, admin, Excel and command use these and nothing else."""

from tasks.actions.filling import Edit, confirm, save, submit, take_back
from tasks.actions.once import once
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
    "Mark",
    "NothingWritten",
    "Outcome",
    "Refusal",
    "Seen",
    "accept",
    "check_editable",
    "check_ledger_runs",
    "check_version",
    "confirm",
    "differences",
    "give_opinion",
    "once",
    "return_",
    "save",
    "submit",
    "take_back",
    "today",
    "undo",
]
