"""Writes many lines of a workbook at once, by the rules and with the history of `actions`.

Saving a page locks a few entries and looks at each. A workbook of thousands was looked at when
it was checked: here it is only seen that every line still stands as it did then, and all rows,
their history and the summaries are written in a few statements, so that the lock is short.
"""

import datetime
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from rawsql.tables import Staged, Table
from tasks.actions import Author, NothingWritten, Outcome, Refusal, check_editable, differences
from tasks.actions.writing import keep_ledgers_open
from tasks.models import Entry, EntryChange, EntryQuerySet, EntrySummary, Period, Task
from tasks.models.entry_queryset import share_tasks

AT_ONCE = 10_890  # three statements of SQLite
LOCKED_AT_ONCE = 30_000
# A row of a workbook says its value anew, so it is confirmed no longer.
WRITTEN = ("id", *Entry.CONTENT, "carried_from", "state", "version", "updated_at")
KEPT = ("entry", "version", "at", "by", "origin", "verb", "before", "after", "batch")


class Line(NamedTuple):
    """New content for an entry. Both contents include the `state`, before and after."""

    pk: int
    version: int
    before: Mapping[str, Any]
    after: Mapping[str, Any]


@dataclass(frozen=True)
class Prepared:
    """Rows put ready beside the tables, and what each line must stand at for them to fit."""

    expected: Mapping[int, tuple[int, str]]
    entries: Staged
    history: Staged


_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@contextmanager
def prepared(lines: Iterable[Line], author: Author, verb: EntryChange.Verb) -> Iterator[Prepared]:
    """Put the rows ready in temporary tables, for write() within."""
    expected: dict[int, tuple[int, str]] = {}
    left = iter(lines)
    with Table.of(Entry, WRITTEN).staged() as entries, Table.of(EntryChange, KEPT).staged() as kept:
        while some := list(islice(left, AT_ONCE)):
            expected |= {line.pk: (line.version, line.before["state"]) for line in some}
            entries.insert([_entry_row(line, author) for line in some])
            kept.insert([_history_row(line, author, verb) for line in some])
        yield Prepared(expected, entries, kept)


def _entry_row(line: Line, author: Author) -> tuple[Any, ...]:
    after = line.after
    content = [after[name] for name in Entry.CONTENT]
    return (line.pk, *content, None, after["state"], line.version + 1, author.at)


def _history_row(line: Line, author: Author, verb: EntryChange.Verb) -> tuple[Any, ...]:
    old, new = map(_json, differences(line.before, line.after))
    batch = author.batch.hex if author.batch else None  # as both databases read it
    about = (author.user.pk, str(author.origin), str(verb))
    return (line.pk, line.version + 1, author.at, *about, old, new, batch)


def write(prepared: Prepared, author: Author) -> None:
    """Write all lines, in the caller's transaction.

    Raises NothingWritten where a line moved on or may no longer be filled, and ValidationError
    where its quarter or its ledger was closed meanwhile.
    """
    expected = prepared.expected
    keep_ledgers_open()
    refused: dict[int, ValidationError] = {}
    keys: set[tuple[int, int, int]] = set()
    open_as: set[tuple[int, int, datetime.date | None]] = set()
    found = 0
    for stands in _locked(sorted(expected), Entry.objects.fillable_by(author.user)):
        found += 1
        keys.add((stands.task_id, stands.township_id, stands.period_id))
        open_as.add((stands.task_id, stands.period_id, stands.extended_to))
        if (stands.version, stands.state) != expected[stands.pk]:
            message = _("Somebody changed this line meanwhile; please compare and save again.")
            refused[stands.pk] = ValidationError(message, "conflict")
    _check_open(open_as, author)
    if refused or found < len(expected):
        raise NothingWritten(_outcome(refused, set(expected), author))
    prepared.entries.update()
    prepared.history.add()
    EntrySummary.objects.refresh(keys)


class _Standing(NamedTuple):
    pk: int
    version: int
    state: str
    task_id: int
    township_id: int
    period_id: int
    extended_to: datetime.date | None


def _locked(pks: list[int], allowed: EntryQuerySet) -> Iterator[_Standing]:
    for start in range(0, len(pks), LOCKED_AT_ONCE):
        some = allowed.filter(pk__in=pks[start : start + LOCKED_AT_ONCE]).order_by("pk")
        rows = some.select_for_update(of=("self",)).values_list(*_Standing._fields)
        yield from map(_Standing._make, rows)


def _check_open(standing: set[tuple[int, int, datetime.date | None]], author: Author) -> None:
    """The ledger may have been closed since the check, or the quarter locked."""
    tasks = Task.objects.select_related("ledger").in_bulk({task for task, *_others in standing})
    periods = Period.objects.in_bulk({period for _task, period, _until in standing})
    for task, period, until in standing:
        check_editable(tasks[task], periods[period], Entry.State.DRAFT, author.on, until)


def _outcome(refused: Mapping[int, ValidationError], pks: set[int], author: Author) -> Outcome:
    allowed = Entry.objects.fillable_by(author.user)
    entries = share_tasks(list(allowed.filter(pk__in=refused).order_by("pk")))
    refusals = [Refusal(entry, refused[entry.pk]) for entry in entries]
    found = set(allowed.filter(pk__in=pks).values_list("pk", flat=True))
    return Outcome(refused=refusals, missing=sorted(pks - found))
