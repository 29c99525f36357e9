"""One entry on its way through saving, submitting and review."""

import datetime
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tasks.models import Entry, EntryChange, Review

SAVE, SUBMIT, ACCEPT, RETURN = EntryChange.Verb.values
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
    desks: Sequence[Desk]
    changes: list[ChangeRow] = field(default_factory=list)
    reviews: list[ReviewRow] = field(default_factory=list)
    passed: int = 0

    def save(self, by: int, at: datetime.datetime, content: dict[str, Any]) -> None:
        entry, old, before = self.entry, self.entry.content, self._state
        for name, value in content.items():
            setattr(entry, name, value)
        new = entry.content
        changed = [name for name in new if new[name] != old[name]]
        if entry.state == Entry.State.BLANK:
            entry.state = Entry.State.DRAFT.value
        before = {name: old[name] for name in changed} | before
        self._step(SAVE, by, at, before, {name: new[name] for name in changed})

    def submit(self, by: int, at: datetime.datetime) -> None:
        entry, before = self.entry, self._state
        self.passed = 0
        entry.state, entry.waiting_at = Entry.State.SUBMITTED.value, self.desks[0].level
        entry.submitted_at, entry.submitted_by_id = at, by
        if entry.first_submitted_at is None:
            entry.first_submitted_at = at
            entry.is_late = at.date() > entry.period.due
        self._step(SUBMIT, by, at, before, {})

    def accept(self, at: datetime.datetime) -> None:
        """Accept at the desk where the line waits, and pass it on or close it."""
        entry, desk, before = self.entry, self.desks[self.passed], self._state
        self._review(desk, at, ACCEPTED, "")
        self.passed += 1
        if self.passed < len(self.desks):
            entry.waiting_at = self.desks[self.passed].level
        else:
            entry.state, entry.waiting_at = Entry.State.ACCEPTED.value, ""
        entry.decided_at = at
        self._step(ACCEPT, desk.reviewer_id, at, before, {})

    def return_(self, at: datetime.datetime, comment: str) -> None:
        entry, desk, before = self.entry, self.desks[self.passed], self._state
        self._review(desk, at, RETURNED, comment)
        entry.state, entry.waiting_at, entry.decided_at = Entry.State.RETURNED.value, "", at
        self._step(RETURN, desk.reviewer_id, at, before, {"comment": comment})

    @property
    def _state(self) -> dict[str, Any]:
        return {"state": self.entry.state}

    def _review(self, desk: Desk, at: datetime.datetime, verdict: str, comment: str) -> None:
        seen = self.entry.pk, self.entry.version
        row = ReviewRow(*seen, desk.level, desk.reviewer_id, verdict, comment, at)
        self.reviews.append(row)

    def _step(
        self,
        verb: str,
        by: int,
        at: datetime.datetime,
        before: dict[str, Any],
        after: dict[str, Any],
    ) -> None:
        entry = self.entry
        entry.version += 1
        entry.updated_at = at
        old, new = json.dumps(before), json.dumps(after | self._state)
        row = ChangeRow(entry.pk, entry.version, at, by, PAGE, verb, old, new)
        self.changes.append(row)
