"""How an entry is written: locked, changed in memory, stored with history and summary.

Each verb locks the rows it names in order of their key, looks at them as they are then, writes
rows, history and summary in one transaction, and says what it could not do and why. A row that
moved on since the caller saw it is a conflict, never overwritten.
"""

import datetime
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from copy import copy
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from accounts.models import User
from rawsql.locks import keep_standing
from tasks.models import Entry, EntryChange, EntryQuerySet, EntrySummary, Ledger, Period, Task
from tasks.models.entry_queryset import share_tasks

WRITE_BATCH = 2_000
Keys = set[tuple[int, int, int]]
_to_count: ContextVar[Keys | None] = ContextVar("summaries to count", default=None)
# Whether an entry changed; or what its history should say beside what changed.
Change = bool | dict[str, Any]


@dataclass(frozen=True)
class Seen:
    """An entry and the version that was on the screen when the button was pressed."""

    entry_id: int
    version: int


@dataclass(frozen=True)
class Refusal:
    """Why one entry was not changed; `entry` is it as it stands now."""

    entry: Entry
    error: ValidationError

    @property
    def is_conflict(self) -> bool:
        return getattr(self.error, "code", None) == "conflict"


@dataclass
class Outcome:
    done: list[Entry] = field(default_factory=list)
    unchanged: list[Entry] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    missing: list[int] = field(default_factory=list)
    # By line what its rules ask to have explained before it is submitted.
    asked: dict[int, list[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Author:
    """Who acts, when, and by which way, as the history keeps it."""

    user: User
    origin: EntryChange.Origin
    at: datetime.datetime = field(default_factory=timezone.now)
    batch: UUID | None = None

    @cached_property
    def on(self) -> datetime.date:
        return timezone.localdate(self.at)


class NothingWritten(Exception):
    """A write that was to be whole or not at all met refusals and was rolled back."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome)
        self.outcome = outcome


def check_version(entry: Entry, version: int) -> None:
    if entry.version != version:
        raise ValidationError(
            _("Somebody changed this line meanwhile; please compare and save again."), "conflict"
        )


def check_ledger_runs(ledger: Ledger) -> None:
    if ledger.state != Ledger.State.ISSUED:
        raise ValidationError(_("The ledger of this year is closed."), "closed")


def check_editable(
    task: Task,
    period: Period,
    state: str,
    on: datetime.date,
    extended_to: datetime.date | None = None,
) -> None:
    """Whether a line of that task, quarter and state may be filled on a day."""
    check_ledger_runs(task.ledger)
    if state not in Entry.EDITABLE:
        raise ValidationError(
            _("“%(state)s”: this line can be changed only after it has been returned."),
            "frozen",
            {"state": Entry.State(state).label},
        )
    period.check_open(on, extended_to)


def check_open_to_author(entry: Entry, author: Author) -> None:
    check_editable(entry.task, entry.period, entry.state, author.on, entry.extended_to)


@contextmanager
def together(ids: Iterable[int], allowed: EntryQuerySet) -> Iterator[None]:
    """Several verbs in one transaction, without crossing the ways of others.

    All entries are locked before the first verb and in the order of their key, and summaries
    are counted after the last: whoever writes takes ledgers, entries and summaries in this
    order, so nobody waits in a ring.
    """
    with transaction.atomic():
        keep_ledgers_open()
        for some in _sliced(sorted(set(ids))):
            rows = allowed.filter(pk__in=some).order_by("pk")
            list(rows.select_for_update(of=("self",)).values_list("pk"))
        keys: Keys = set()
        token = _to_count.set(keys)
        try:
            yield
        finally:
            _to_count.reset(token)
        EntrySummary.objects.refresh(keys)


def keep_ledgers_open() -> None:
    """No ledger is closed or amended between the look at its state and the end of the write."""
    keep_standing(Ledger.objects.issued())


def _sliced(ids: list[int]) -> Iterator[list[int]]:
    return (ids[start : start + WRITE_BATCH] for start in range(0, len(ids), WRITE_BATCH))


def write(
    ids: Iterable[int],
    allowed: EntryQuerySet,
    change: Callable[[Entry], Change],
    author: Author,
    verb: EntryChange.Verb,
    *,
    whole: bool = False,
    look_around: Callable[[list[Entry]], None] = lambda entries: None,
) -> Outcome:
    """Lock the entries, change each in memory, store them with their history and summary.

    Entries outside `allowed` are `missing`, as if they did not exist. `look_around` may read
    what `change` needs to know beside the entries, once for all of them.
    """
    wanted = set(ids)
    outcome = Outcome()
    history: list[EntryChange] = []
    with transaction.atomic():
        locked = _locked(sorted(wanted), allowed)
        look_around(locked)
        for entry in locked:
            wanted.discard(entry.pk)
            stored, before, state = copy(entry), entry.content, entry.state
            try:
                changed = change(entry)
            except ValidationError as error:
                outcome.refused.append(Refusal(stored, error))
                continue
            if changed is False:
                outcome.unchanged.append(entry)
                continue
            entry.version += 1
            entry.updated_at = author.at
            more = changed if isinstance(changed, dict) else {}
            history.append(_history(entry, before, state, author, verb, more))
            outcome.done.append(entry)
        outcome.missing = sorted(wanted)
        if whole and (outcome.refused or outcome.missing):
            raise NothingWritten(outcome)
        _store(outcome.done, history)
    return outcome


def _locked(ids: list[int], allowed: EntryQuerySet) -> list[Entry]:
    keep_ledgers_open()
    rows: list[Entry] = []
    for some in _sliced(ids):
        rows += allowed.filter(pk__in=some).order_by("pk").select_for_update(of=("self",))
    return share_tasks(rows)


def differences(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Only what changed, so that a line of history says what happened and no more."""
    changed = [name for name in Entry.CONTENT if after[name] != before[name]]
    kept = [*changed, "state"]
    return {name: before[name] for name in kept}, {name: after[name] for name in kept}


def _history(
    entry: Entry,
    before: dict[str, Any],
    state: str,
    author: Author,
    verb: EntryChange.Verb,
    more: Mapping[str, Any],
) -> EntryChange:
    old, new = differences(before | {"state": state}, entry.content | {"state": entry.state})
    return EntryChange(
        entry=entry,
        version=entry.version,
        at=author.at,
        by=author.user,
        origin=author.origin,
        verb=verb,
        before=old,
        after={**new, **more},
        batch=author.batch,
    )


WRITTEN = [
    *Entry.CONTENT,
    "nothing_reason",
    "nothing_granted_by",
    "carried_from",
    "is_unusual",
    "reopened_parts",
    "state",
    "version",
    "waiting_at",
    "is_late",
    "first_submitted_at",
    "submitted_at",
    "submitted_by",
    "decided_at",
    "updated_at",
]


def _store(entries: list[Entry], history: list[EntryChange]) -> None:
    # An upsert of whole rows that are locked here: many rows in one statement, where
    # bulk_update would send one CASE per row and column.
    Entry.objects.bulk_create(
        entries,
        batch_size=WRITE_BATCH,
        update_conflicts=True,
        unique_fields=["pk"],
        update_fields=WRITTEN,
    )
    EntryChange.objects.bulk_create(history, batch_size=WRITE_BATCH)
    count({(e.task_id, e.township_id, e.period_id) for e in entries})


def count(keys: Keys) -> None:
    """Count the summaries of some tasks, townships and quarters afresh: now, or after all
    verbs that are carried out together."""
    later = _to_count.get()
    if later is None:
        EntrySummary.objects.refresh(keys)
    else:
        later |= keys


def today() -> datetime.date:
    """The day in Asia/Shanghai, where quarters turn."""
    return timezone.localdate()
