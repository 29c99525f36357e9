"""Writes many lines of a workbook at once, by the rules and with the history of `actions`.

Saving a page locks a few entries and looks at each. A workbook of thousands was looked at when
it was checked: here it is only seen that every line still stands as it did then, and all rows,
their history and the summaries are written in a few statements, so that the lock is short.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from rawsql.tables import Table
from tasks.actions import Author, NothingWritten, Outcome, Refusal, check_editable, differences
from tasks.models import Entry, EntryChange, EntryQuerySet, EntrySummary, Period, Task
from tasks.models.entry import share_tasks

LOCKED_AT_ONCE = 10_000
WRITTEN = ("id", *Entry.CONTENT, "state", "version", "updated_at")
KEPT = ("entry", "version", "at", "by", "origin", "verb", "before", "after", "batch")


class Line(NamedTuple):
    """New content for an entry. Both contents include the `state`, before and after."""

    pk: int
    version: int
    before: Mapping[str, Any]
    after: Mapping[str, Any]


@dataclass(frozen=True)
class Prepared:
    """What write() puts into the tables, made ready before its transaction."""

    lines: dict[int, Line]
    entries: Sequence[tuple[Any, ...]]
    history: Sequence[tuple[Any, ...]]


_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def prepare(lines: Iterable[Line], author: Author, verb: EntryChange.Verb) -> Prepared:
    by_pk = {line.pk: line for line in lines}
    entries, history = [], []
    batch = author.batch.hex if author.batch else None  # as both databases read it
    for line in by_pk.values():
        after, version = line.after, line.version + 1
        content = [after[name] for name in Entry.CONTENT]
        entries.append((line.pk, *content, after["state"], version, author.at))
        old, new = map(_json, differences(line.before, after))
        by = author.user.pk
        history.append(
            (line.pk, version, author.at, by, str(author.origin), str(verb), old, new, batch)
        )
    return Prepared(by_pk, entries, history)


def write(prepared: Prepared, author: Author) -> None:
    """Write all lines, in the caller's transaction.

    Raises NothingWritten where a line moved on or may no longer be filled, and ValidationError
    where its quarter or its ledger was closed meanwhile.
    """
    allowed = Entry.objects.fillable_by(author.user)
    standing = _locked(sorted(prepared.lines), allowed)
    refused = {
        pk: error
        for pk, stands in standing.items()
        if (error := _error(prepared.lines[pk], stands)) is not None
    }
    keys = {(stands.task_id, stands.township_id, stands.period_id) for stands in standing.values()}
    _check_open(keys, author)
    missing = [pk for pk in prepared.lines if pk not in standing]
    if refused or missing:
        raise NothingWritten(_outcome(refused, missing))
    with Table.of(Entry, WRITTEN).staged() as entries:
        entries.insert(prepared.entries)
    Table.of(EntryChange, KEPT).insert(prepared.history)
    EntrySummary.objects.refresh(keys)


class _Standing(NamedTuple):
    pk: int
    version: int
    state: str
    task_id: int
    township_id: int
    period_id: int


def _locked(pks: list[int], allowed: EntryQuerySet) -> dict[int, _Standing]:
    standing: dict[int, _Standing] = {}
    for start in range(0, len(pks), LOCKED_AT_ONCE):
        some = allowed.filter(pk__in=pks[start : start + LOCKED_AT_ONCE]).order_by("pk")
        rows = some.select_for_update(of=("self",)).values_list(*_Standing._fields)
        standing |= {row[0]: _Standing(*row) for row in rows}
    return standing


def _error(line: Line, stands: _Standing) -> ValidationError | None:
    if (stands.version, stands.state) == (line.version, line.before["state"]):
        return None
    message = _("Somebody changed this line meanwhile; please compare and save again.")
    return ValidationError(message, "conflict")


def _check_open(keys: set[tuple[int, int, int]], author: Author) -> None:
    """The ledger may have been closed since the check, or the quarter locked."""
    pairs = {(task, period) for task, _township, period in keys}
    tasks = Task.objects.select_related("ledger").in_bulk({task for task, _period in pairs})
    periods = Period.objects.in_bulk({period for _task, period in pairs})
    for task, period in pairs:
        check_editable(tasks[task], periods[period], Entry.State.DRAFT, author.on)


def _outcome(refused: Mapping[int, ValidationError], missing: list[int]) -> Outcome:
    entries = share_tasks(list(Entry.objects.filter(pk__in=refused).order_by("pk")))
    refusals = [Refusal(entry, refused[entry.pk]) for entry in entries]
    return Outcome(refused=refusals, missing=sorted(missing))
