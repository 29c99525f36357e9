"""One entry on its way through saving, submitting and review."""

import datetime
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

from tasks.models import Entry, EntryChange, Period, Review, Task

SAVE, SUBMIT, ACCEPT, RETURN, *_others = EntryChange.Verb.values
ACCEPTED, RETURNED = Review.Verdict.values
PAGE = EntryChange.Origin.PAGE.value


class ChangeRow(NamedTuple):
    """A row of EntryChange."""

    entry: int
    version: int
    at: datetime.datetime
    by: int
    origin: str
    verb: str
    before: str
    after: str


class ReviewRow(NamedTuple):
    """A row of Review."""

    entry: int
    version: int
    level: str
    reviewer: int
    verdict: str
    comment: str
    at: datetime.datetime


class MarkRow(NamedTuple):
    """A marked cell, by the entry and the version that its review was shown."""

    entry: int
    version: int
    part: str
    reason: str
    note: str


@dataclass(frozen=True)
class Desk:
    """A level that a line passes, and the account that reviews there."""

    level: str
    reviewer_id: int


@dataclass
class Line:
    """An entry with the history and the reviews of what happened to it.

    The steps write what the verbs of `tasks.actions` write. They are repeated here in memory,
    because 300,000 steps, each with its lock and its recount, would take many minutes.
    """

    entry: Entry
    task: Task
    period: Period
    desks: Sequence[Desk]
    changes: list[ChangeRow] = field(default_factory=list)
    reviews: list[ReviewRow] = field(default_factory=list)
    marks: list[MarkRow] = field(default_factory=list)
    passed: int = 0
    is_unusual: bool = False

    def save(self, by: int, at: datetime.datetime, content: dict[str, Any]) -> None:
        entry, old, state = self.entry, self.entry.content, self.entry.state
        for name, value in content.items():
            setattr(entry, name, value)
        new = entry.content
        changed = [name for name in new if new[name] != old[name]]
        if entry.state == Entry.State.BLANK:
            entry.state = Entry.State.DRAFT.value
        before = json.dumps({name: old[name] for name in changed} | {"state": state})
        after = json.dumps({name: new[name] for name in changed} | {"state": entry.state})
        self._step(SAVE, by, at, before, after)

    def submit(self, by: int, at: datetime.datetime) -> None:
        entry, before = self.entry, _state_alone(self.entry.state)
        self.passed = 0
        entry.state, entry.waiting_at = Entry.State.SUBMITTED.value, self.desks[0].level
        entry.submitted_at, entry.submitted_by_id = at, by
        entry.is_unusual = self.is_unusual
        if entry.first_submitted_at is None:
            entry.first_submitted_at = at
            entry.is_late = at.date() > self.period.due
        self._step(SUBMIT, by, at, before, _state_alone(entry.state))

    def accept(self, at: datetime.datetime) -> None:
        """Accept at the desk where the line waits, and pass it on or close it."""
        entry, desk, before = self.entry, self._desk, _state_alone(self.entry.state)
        self._review(desk, at, ACCEPTED, "")
        self.passed += 1
        if self.passed < len(self.desks):
            entry.waiting_at = self._desk.level
        else:
            entry.state, entry.waiting_at = Entry.State.ACCEPTED.value, ""
        entry.decided_at = at
        self._step(ACCEPT, desk.reviewer_id, at, before, _state_alone(entry.state))

    def return_(
        self, at: datetime.datetime, comment: str, part: str = "", reason: str = ""
    ) -> None:
        """With a reason from the dictionary, a mark: on the part named, or on the whole line."""
        entry, desk, before = self.entry, self._desk, _state_alone(self.entry.state)
        if reason:
            self.marks.append(MarkRow(entry.pk, entry.version, part, reason, comment))
        entry.reopened_parts = part
        self._review(desk, at, RETURNED, comment)
        entry.state, entry.waiting_at, entry.decided_at = Entry.State.RETURNED.value, "", at
        after = json.dumps({"state": entry.state, "comment": comment})
        self._step(RETURN, desk.reviewer_id, at, before, after)

    @property
    def _desk(self) -> Desk:
        return self.desks[self.passed]

    def _review(self, desk: Desk, at: datetime.datetime, verdict: str, comment: str) -> None:
        seen = self.entry.pk, self.entry.version
        row = ReviewRow(*seen, desk.level, desk.reviewer_id, verdict, comment, at)
        self.reviews.append(row)

    def _step(self, verb: str, by: int, at: datetime.datetime, before: str, after: str) -> None:
        entry = self.entry
        entry.version += 1
        entry.updated_at = at
        row = ChangeRow(entry.pk, entry.version, at, by, PAGE, verb, before, after)
        self.changes.append(row)


@cache
def _state_alone(state: str) -> str:
    """The history of a step that changes nothing but the state: two steps in three."""
    return json.dumps({"state": state})
