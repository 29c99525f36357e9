"""What the page of one entry shows: the line in words, and what its reader may do with it."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.models import User
from tasks import actions
from tasks.actions import evidencing, exempting
from tasks.actions.writing import check_open_to_author
from tasks.evidence_kinds import ACCEPT
from tasks.models import Entry, EntryChange, Exemption, Finding, Review, Rulebook
from tasks.models.light import Explanation, explain
from tasks.models.returning import PART_LABELS
from tasks.timeline import Event, Story


@dataclass
class EntryPage:
    """One entry, read with_previous() and its task, quarter and unit, as a reader meets it."""

    entry: Entry
    reader: User
    on: datetime.date
    accept = ACCEPT
    most_files = evidencing.MOST_FILES

    @property
    def most_mb(self) -> int:
        return int(settings.EVIDENCE_LIMITS["file_bytes"]) // 2**20

    @cached_property
    def story(self) -> Story:
        return Story.of(self.entry)

    @cached_property
    def events(self) -> list[Event]:
        return self.story.events(self.reader)

    @cached_property
    def explanation(self) -> Explanation:
        return explain(self.entry, self.on)

    @cached_property
    def findings(self) -> list[Finding]:
        """What is unusual about the value, by the rules of the task."""
        if self.entry.value is None:
            return []
        key = (self.entry.task_id, self.entry.township_id, self.entry.period_id)
        return list(Rulebook.of([key]).findings(self.entry, self.entry.value))

    @property
    def nothing(self) -> str:
        """Why no value stands here, in words; empty where one does."""
        entry = self.entry
        if entry.nothing == Entry.Nothing.NIL:
            return _("Nil report: nothing happened in this quarter that could be reported.")
        if entry.nothing == Entry.Nothing.NOT_APPLICABLE:
            return _("Not applicable: the task does not concern this unit.")
        if entry.nothing == Entry.Nothing.EXEMPT:
            return _("Exempt: the unit need not report this task in this quarter.")
        if entry.answers_the_task or entry.state == Entry.State.WITHDRAWN:
            return ""
        if self.on > entry.due:
            return _("Missing: nothing was reported by the due date.")
        return _("Nothing is filled in yet.")

    @property
    def confirmed_for(self) -> int:
        return self.entry.carried_quarters

    # What came back

    @property
    def last_return(self) -> Review | None:
        return self.story.last_return

    @property
    def reopened(self) -> list[str]:
        """The cells that may be changed; none named: all."""
        parts = self.entry.reopened_parts.split(",") if self.entry.reopened_parts else []
        return [str(PART_LABELS[part]) for part in parts]

    # What the reader may do here

    @cached_property
    def _author(self) -> actions.Author:
        return actions.Author(self.reader, EntryChange.Origin.PAGE)

    @cached_property
    def is_fillable(self) -> bool:
        return Entry.objects.fillable_by(self.reader).filter(pk=self.entry.pk).exists()

    @cached_property
    def may_fill(self) -> bool:
        return self.is_fillable and self._allows(check_open_to_author)

    @cached_property
    def may_attach(self) -> bool:
        return self.is_fillable and self._allows(evidencing.check_evidence_open)

    @property
    def has_room(self) -> bool:
        return len(self.story.files) < self.most_files

    @property
    def may_ask(self) -> bool:
        return self.may_fill and not self.question and self.entry.may_change("value")

    @cached_property
    def question(self) -> Exemption | None:
        return self.story.open_question

    @property
    def may_withdraw(self) -> bool:
        return bool(self.question and self.question.asked_by_id == self.reader.pk)

    @property
    def may_decide(self) -> bool:
        return bool(self.question and self.question.waits_for(self.reader))

    @cached_property
    def may_lift(self) -> bool:
        def check(entry: Entry, author: actions.Author) -> None:
            exempting.check_liftable(entry, self.story.granted, author)

        return self.reader.has_perm("tasks.review_entry") and self._allows(check)

    @cached_property
    def waits_for_reader(self) -> bool:
        """Whether the line waits for the reader's verdict."""
        if not self.entry.waiting_at:
            return False
        return Entry.objects.waiting_for(self.reader).filter(pk=self.entry.pk).exists()

    def _allows(self, check: Callable[[Entry, actions.Author], None]) -> bool:
        try:
            check(self.entry, self._author)
        except ValidationError:
            return False
        return True
