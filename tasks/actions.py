"""The verbs of an entry: save, submit, accept, return. Page, admin, Excel and command use these.

Each verb locks the rows it names in order of their key, looks at them as they are then, writes
rows, history and summary in one transaction, and says what it could not do and why. A row that
moved on since the caller saw it is a conflict, never overwritten.
"""

import datetime
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from accounts.models import User
from tasks.models import (
    Entry,
    EntryChange,
    EntryQuerySet,
    EntrySummary,
    Ledger,
    Period,
    Review,
    Task,
)
from tasks.models.entry import share_tasks
from villages.models import Level

WRITE_BATCH = 2_000
LEVELS = list(Level)
VERB_OF = {
    Review.Verdict.ACCEPTED: EntryChange.Verb.ACCEPT,
    Review.Verdict.RETURNED: EntryChange.Verb.RETURN,
}


@dataclass(frozen=True)
class Edit:
    """New content for an entry, made from the version that the author saw."""

    entry_id: int
    version: int
    content: Mapping[str, Any]


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


def save(edits: Iterable[Edit], author: Author, *, whole: bool = False) -> Outcome:
    """Write new content as drafts. With `whole`, any refusal rolls everything back."""
    by_id = {edit.entry_id: edit for edit in edits}

    def change(entry: Entry) -> bool:
        edit, before = by_id[entry.pk], entry.content
        for name in Entry.CONTENT:
            given = edit.content.get(name, getattr(entry, name))
            column: Any = Entry._meta.get_field(name)
            setattr(entry, name, column.to_python(given))
        if entry.content == before:
            return False
        if entry.nothing != Entry.Nothing.EXEMPT:
            entry.nothing_reason, entry.nothing_granted_by = "", None
        check_version(entry, edit.version)
        check_editable(entry.task, entry.period, entry.state, author.on)
        entry.clean()
        if entry.state != Entry.State.RETURNED:
            entry.state = Entry.State.DRAFT if entry.holds_anything else Entry.State.BLANK
        return True

    fillable = Entry.objects.fillable_by(author.user)
    return _write(by_id, fillable, change, author, EntryChange.Verb.SAVE, whole=whole)


def submit(seen: Sequence[Seen], author: Author) -> Outcome:
    """Hand entries to the level above their author; they are frozen for the author then."""
    versions = {item.entry_id: item.version for item in seen}
    waiting_at = author.user.level.above if author.user.level else None

    def change(entry: Entry) -> bool:
        if entry.state == Entry.State.SUBMITTED and entry.submitted_by_id == author.user.pk:
            return False
        check_version(entry, versions[entry.pk])
        check_editable(entry.task, entry.period, entry.state, author.on)
        if not entry.answers_the_task:
            raise ValidationError(
                _("Nothing is filled in yet. Give a value, or choose “nil report”."), "empty"
            )
        entry.clean()
        entry.state, entry.waiting_at = Entry.State.SUBMITTED, waiting_at or Level.CITY
        entry.submitted_at, entry.submitted_by = author.at, author.user
        if entry.first_submitted_at is None:
            entry.first_submitted_at = author.at
            entry.is_late = author.on > entry.period.due
        return True

    fillable = Entry.objects.fillable_by(author.user)
    return _write(versions, fillable, change, author, EntryChange.Verb.SUBMIT)


def accept(seen: Sequence[Seen], author: Author) -> Outcome:
    """Accept what was shown: for good at the task's final level, else for the level above."""

    def change(entry: Entry) -> bool:
        level = Level(entry.waiting_at)
        final = LEVELS.index(level) <= LEVELS.index(Level(entry.task.final_level))
        if final:
            entry.state, entry.waiting_at = Entry.State.ACCEPTED, ""
        else:
            entry.waiting_at = level.above or Level.CITY
        entry.decided_at = author.at
        return True

    return _review(seen, author, change, Review.Verdict.ACCEPTED, "")


def return_(seen: Sequence[Seen], author: Author, comment: str) -> Outcome:
    """Give entries back to those who fill them, with the reason."""
    comment = comment.strip()
    if not comment:
        raise ValidationError(_("Say why it is returned."), "comment")
    Review._meta.get_field("comment").run_validators(comment)

    def change(entry: Entry) -> bool:
        entry.period.check_open(author.on)
        entry.state, entry.waiting_at = Entry.State.RETURNED, ""
        entry.decided_at = author.at
        return True

    return _review(seen, author, change, Review.Verdict.RETURNED, comment)


def _review(
    seen: Sequence[Seen],
    author: Author,
    decide: Callable[[Entry], bool],
    verdict: Review.Verdict,
    comment: str,
) -> Outcome:
    if not author.user.has_perm("tasks.review_entry") or author.user.level is None:
        raise PermissionDenied
    versions = {item.entry_id: item.version for item in seen}
    level = author.user.level
    shown: dict[int, int] = {}

    def change(entry: Entry) -> bool:
        if _stands(entry, versions[entry.pk], verdict, author.user):
            return False
        check_version(entry, versions[entry.pk])
        check_ledger_runs(entry.task.ledger)
        if entry.state != Entry.State.SUBMITTED or entry.waiting_at != level:
            raise ValidationError(_("This line is not waiting for your review."), "not_waiting")
        if entry.submitted_by_id == author.user.pk:
            raise ValidationError(_("Nobody reviews their own submission."), "own")
        shown[entry.pk] = entry.version
        return decide(entry)

    verb = VERB_OF[verdict]
    with transaction.atomic():
        visible = Entry.objects.visible_to(author.user)
        outcome = _write(versions, visible, change, author, verb, comment=comment)
        Review.objects.bulk_create(
            Review(
                entry=entry,
                version=shown[entry.pk],
                level=level,
                reviewer=author.user,
                verdict=verdict,
                comment=comment,
                at=author.at,
            )
            for entry in outcome.done
        )
    return outcome


def _stands(entry: Entry, version: int, verdict: Review.Verdict, reviewer: User) -> bool:
    """Whether this very verdict stands already: the button was pressed twice."""
    given = entry.reviews.filter(version=version, verdict=verdict, reviewer=reviewer)
    return entry.version == version + 1 and given.exists()


def check_version(entry: Entry, version: int) -> None:
    if entry.version != version:
        raise ValidationError(
            _("Somebody changed this line meanwhile; please compare and save again."), "conflict"
        )


def check_ledger_runs(ledger: Ledger) -> None:
    if ledger.state != Ledger.State.ISSUED:
        raise ValidationError(_("The ledger of this year is closed."), "closed")


def check_editable(task: Task, period: Period, state: str, on: datetime.date) -> None:
    """Whether a line of that task, quarter and state may be filled on a day."""
    check_ledger_runs(task.ledger)
    if state not in Entry.EDITABLE:
        raise ValidationError(
            _("“%(state)s”: this line can be changed only after it has been returned."),
            "frozen",
            {"state": Entry.State(state).label},
        )
    period.check_open(on)


def _write(
    ids: Iterable[int],
    allowed: EntryQuerySet,
    change: Callable[[Entry], bool],
    author: Author,
    verb: EntryChange.Verb,
    *,
    whole: bool = False,
    comment: str = "",
) -> Outcome:
    """Lock the entries, change each in memory, store them with their history and summary.

    Entries outside `allowed` are `missing`, as if they did not exist.
    """
    wanted = set(ids)
    outcome = Outcome()
    history: list[EntryChange] = []
    with transaction.atomic():
        for entry in _locked(sorted(wanted), allowed):
            wanted.discard(entry.pk)
            stored, before, state = copy(entry), entry.content, entry.state
            try:
                changed = change(entry)
            except ValidationError as error:
                outcome.refused.append(Refusal(stored, error))
                continue
            if not changed:
                outcome.unchanged.append(entry)
                continue
            entry.version += 1
            entry.updated_at = author.at
            history.append(_history(entry, before, state, author, verb, comment))
            outcome.done.append(entry)
        outcome.missing = sorted(wanted)
        if whole and (outcome.refused or outcome.missing):
            raise NothingWritten(outcome)
        _store(outcome.done, history)
    return outcome


def _locked(ids: list[int], allowed: EntryQuerySet) -> list[Entry]:
    rows: list[Entry] = []
    for start in range(0, len(ids), WRITE_BATCH):
        batch = allowed.filter(pk__in=ids[start : start + WRITE_BATCH]).order_by("pk")
        rows += batch.select_for_update(of=("self",))
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
    comment: str,
) -> EntryChange:
    old, new = differences(before | {"state": state}, entry.content | {"state": entry.state})
    if comment:
        new["comment"] = comment
    return EntryChange(
        entry=entry,
        version=entry.version,
        at=author.at,
        by=author.user,
        origin=author.origin,
        verb=verb,
        before=old,
        after=new,
        batch=author.batch,
    )


WRITTEN = [
    *Entry.CONTENT,
    "nothing_reason",
    "nothing_granted_by",
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
    EntrySummary.objects.refresh({(e.task_id, e.township_id, e.period_id) for e in entries})


def today() -> datetime.date:
    """The day in Asia/Shanghai, where quarters turn."""
    return timezone.localdate()
