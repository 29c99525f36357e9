"""My work (工作台): what somebody owes, what came back, what waits for them, what is late below.

Read from the state of the lines on each visit, so that nothing overdue can get lost; few
queries for a city as for a village.
"""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Self

from django.db.models import Count, Min, Prefetch, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import User
from cadres.models import PersonMerge
from tasks.elections import Elections, elections_due
from tasks.late import Late, late_below
from tasks.models import (
    Entry,
    Exemption,
    Extension,
    Ledger,
    Period,
    Reminder,
    ReturnMark,
    Review,
    Task,
)
from tasks.models.exemption import ExemptionQuerySet
from tasks.models.light import DUE
from tasks.models.state import REPORTED, State
from tasks.statements import Parts, numbers
from tasks.terms import Ending, ending_terms
from villages.models import Level

RETURNED_SHOWN = 6
RETURNED_READ = 60  # a line may have come back several times; its last verdict counts
REQUESTS_SHOWN = 5
REMINDERS_SHOWN = 5
REMINDER_DAYS = 14
EXTENSIONS_SHOWN = 8


def has_duties(user: User) -> bool:
    """Whether somebody reports or reviews, so that there is work to list."""
    return user.division is not None and (fills(user) or user.has_perm("tasks.review_entry"))


def fills(user: User) -> bool:
    at_work = user.level in (Level.TOWNSHIP, Level.VILLAGE)
    return at_work and user.has_perm("tasks.change_entry")


def requests_of(user: User) -> ExemptionQuerySet:
    """Exemptions the own unit asked for, undecided or refused, of lines still to report."""
    still = Entry.objects.fillable_by(user).owed().exclude(state__in=REPORTED)
    mine = Exemption.objects.filter(
        entry__in=still.order_by().values("pk"), entry__division=user.division
    )
    return mine.unanswered_or_refused()


@dataclass(frozen=True)
class ToDo:
    """How many lines came back, wait for a review, and ask for an exemption; tasks led, and
    exemptions that the own unit asked for."""

    returned: int = 0
    waiting: int = 0
    exemptions: int = 0
    led: int = 0
    asked: int = 0
    # Proposals of somebody else to make two records of persons one.
    merges: int = 0

    @property
    def total(self) -> int:
        return self.returned + self.waiting + self.exemptions + self.merges

    @classmethod
    def of(cls, user: User) -> Self:
        """One query, each part by its own index; kept with the account for this request."""
        kept = vars(user).get("_to_do")
        if kept is None:
            place = user.division and (user.division.pk, user.division.path, user.division.level)
            key = ("to do", user.pk, user.is_superuser, user.role, place)
            kept = vars(user)["_to_do"] = cls(**numbers(key, lambda: cls.parts(user)))
        return kept

    @staticmethod
    def parts(user: User) -> Parts:
        """What is counted for the account, by the name of the field that tells it."""
        parts: dict[str, QuerySet[Any]] = {"led": Task.objects.filter(lead_reviewers=user)}
        if user.has_perm("tasks.change_entry"):
            parts["returned"] = Entry.objects.fillable_by(user).filter(state=State.RETURNED)
            parts["asked"] = requests_of(user)
        if user.has_perm("tasks.review_entry"):
            parts["waiting"] = Entry.objects.waiting_for(user)
            parts["exemptions"] = Exemption.objects.waiting_for(user)
        if user.has_perm("cadres.decide_personmerge"):
            seen = PersonMerge.objects.visible_to(user).waiting()
            parts["merges"] = seen.exclude(proposed_by=user)
        return {name: (rows, Count("pk")) for name, rows in parts.items()}


@dataclass(frozen=True)
class Duty:
    """What one quarter still asks: of the own unit, or of the villages of a township."""

    period: Period
    is_own: bool
    owed: int
    unreported: int
    draft: int
    returned: int
    untouched: int
    overdue: int
    due: datetime.date
    is_extended: bool
    is_closed: bool
    on: datetime.date

    @property
    def days_left(self) -> int:
        """Days to the earliest due date among its unreported lines; negative after it."""
        return (self.due - self.on).days


@dataclass(frozen=True)
class Waiting:
    """What waits for a review in one quarter."""

    period: Period
    lines: int
    unusual: int
    oldest: datetime.date
    on: datetime.date

    @property
    def days(self) -> int:
        return (self.on - self.oldest).days


@dataclass
class Returned:
    """A line that came back, with the verdict and the cells that it marked."""

    entry: Entry
    review: Review

    @cached_property
    def marks(self) -> list[Any]:
        return list(self.review.marks.all())

    @property
    def comment(self) -> str:
        """What was said beside the marks, whose words stand with them."""
        said = self.review.comment
        return "" if any(mark.note == said for mark in self.marks) or self.cells else said

    @property
    def cells(self) -> int:
        """How many cells are to be put right; 0 where the whole line came back."""
        return len(self.entry.reopened_parts.split(",")) if self.entry.reopened_parts else 0


@dataclass
class Work:
    user: User
    on: datetime.date
    to_do: ToDo = field(default_factory=ToDo)
    duties: list[Duty] = field(default_factory=list)
    missed: list[Duty] = field(default_factory=list)
    returned: list[Returned] = field(default_factory=list)
    requests: list[Exemption] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)
    late: Late = field(default_factory=Late)
    reminders: list[Reminder] = field(default_factory=list)
    extensions: list[Extension] = field(default_factory=list)
    terms: list[Ending] = field(default_factory=list)
    elections: Elections | None = None
    periods: dict[int, Period] = field(default_factory=dict)
    # Of the tasks that the user speaks for: lines under review without the user's opinion.
    opinions: int = 0

    @classmethod
    def of(cls, user: User, on: datetime.date) -> Self:
        work = cls(user, on, ToDo.of(user))
        if work.to_do.led:
            led: Any = Entry.objects.for_second_track(user).filter(state=State.SUBMITTED)
            work.opinions = led.with_opinion_of(user).filter(own_opinion=None).count()
        if not has_duties(user):
            return work
        work.periods = Period.objects.in_bulk()
        rows = work._rows()
        work.waiting = list(work._waiting(rows))
        duties = list(work._duties(rows))
        work.duties = [duty for duty in duties if not duty.is_closed]
        work.missed = [duty for duty in duties if duty.is_closed]
        if work.to_do.returned:
            work.returned = list(work._returned())
        if work.to_do.asked:
            shown = requests_of(user).select_related("entry__task", "entry__period")
            work.requests = list(shown[:REQUESTS_SHOWN])
        if user.level != Level.VILLAGE:
            work.late = late_below(user, on, work.periods)
            if fills(user):
                work.late.missed = []  # a township's villages stand in its own list
        work.reminders = list(work._reminders())
        work.extensions = list(work._extensions())
        work.terms = ending_terms(user, on)
        work.elections = elections_due(user, on)
        return work

    @property
    def current(self) -> Period | None:
        """The quarter that people work on: the last one opened."""
        opened = [period for period in self.periods.values() if period.opens <= self.on]
        return max(opened, key=lambda period: period.code, default=None)

    @property
    def next_period(self) -> Period | None:
        """The quarter that opens next, for when nothing is left to do."""
        coming = [period for period in self.periods.values() if period.opens > self.on]
        return min(coming, key=lambda period: period.code, default=None)

    @property
    def is_done(self) -> bool:
        """Whether nothing is asked of this person today."""
        return not (self.duties or self.missed or self.to_do.total or self.late)

    @property
    def returned_more(self) -> int:
        return self.to_do.returned - len(self.returned)

    def _rows(self) -> list[dict[str, Any]]:
        """Lines that the user fills or reviews, counted by quarter and due date: one query.

        A township fills and reviews the same lines; levels above only review, and of theirs
        only what waits is read, however many lines the city has.
        """
        waits = Q(waiting_at=self.user.level) & ~Q(submitted_by=self.user)
        if not self.user.has_perm("tasks.review_entry"):
            waits = Q(pk=None)
        if fills(self.user):
            lines = Entry.objects.fillable_by(self.user).owed()
        else:
            lines = Entry.objects.waiting_for(self.user)
        open_ = ~Q(state__in=REPORTED)
        own = Q(division=self.user.division)
        since = Coalesce("updated_at", "submitted_at", "first_submitted_at")
        keys = ("period_id", "is_own", "lasts", "task__ledger__state", "extended_to")
        return list(
            lines.filter(period__opens__lte=self.on)
            .annotate(is_own=own, lasts=DUE)
            .order_by()
            .values(*keys)
            .annotate(
                owed=Count("pk"),
                unreported=Count("pk", filter=open_),
                draft=Count("pk", filter=Q(state=State.DRAFT)),
                returned=Count("pk", filter=Q(state=State.RETURNED)),
                untouched=Count("pk", filter=Q(state=State.BLANK, version=1)),
                waiting=Count("pk", filter=waits),
                unusual=Count("pk", filter=waits & (Q(is_unusual=True) | Q(is_late=True))),
                oldest=Min(since, filter=waits),
            )
        )

    def _waiting(self, rows: list[dict[str, Any]]) -> Iterable[Waiting]:
        for period, of_period in self._by_period(rows):
            if lines := sum(row["waiting"] for row in of_period):
                unusual = sum(row["unusual"] for row in of_period)
                oldest = min(row["oldest"] for row in of_period if row["oldest"])
                yield Waiting(period, lines, unusual, timezone.localdate(oldest), self.on)

    def _duties(self, rows: list[dict[str, Any]]) -> Iterable[Duty]:
        for period, of_period in self._by_period(rows):
            for is_own in (True, False):
                mine = [row for row in of_period if row["is_own"] == is_own]
                for is_closed in (False, True):
                    some = [row for row in mine if self._is_closed(period, row) == is_closed]
                    if any(row["unreported"] for row in some):
                        yield self._duty(period, some, is_own=is_own, is_closed=is_closed)

    def _is_closed(self, period: Period, row: dict[str, Any]) -> bool:
        """Whether nothing can be reported any more: missed, which it stays."""
        has_time = row["extended_to"] and row["extended_to"] >= self.on
        is_locked = period.is_locked(self.on) and not has_time
        return is_locked or row["task__ledger__state"] != Ledger.State.ISSUED

    def _duty(
        self, period: Period, rows: list[dict[str, Any]], *, is_own: bool, is_closed: bool
    ) -> Duty:
        unreported = [row for row in rows if row["unreported"]]
        late = [row for row in unreported if row["lasts"] < self.on]
        names = ("owed", "unreported", "draft", "returned", "untouched")
        return Duty(
            period=period,
            is_own=is_own,
            **{name: sum(row[name] for row in rows) for name in names},
            overdue=sum(row["unreported"] for row in late),
            due=min(row["lasts"] for row in unreported),
            is_extended=all(row["lasts"] > period.due for row in unreported),
            is_closed=is_closed,
            on=self.on,
        )

    def _by_period(
        self, rows: list[dict[str, Any]]
    ) -> Iterable[tuple[Period, list[dict[str, Any]]]]:
        for period in sorted(self.periods.values(), key=lambda period: period.code):
            yield period, [row for row in rows if row["period_id"] == period.pk]

    def _returned(self) -> Iterable[Returned]:
        """The lines that came back last, each with the verdict that stands: two queries."""
        back = Entry.objects.fillable_by(self.user).filter(state=State.RETURNED)
        verdicts = (
            Review.objects.filter(
                entry__in=back.order_by().values("pk"),
                verdict=Review.Verdict.RETURNED,
                undone_at=None,
            )
            .select_related("entry__task", "entry__division", "entry__period", "reviewer")
            .prefetch_related(Prefetch("marks", ReturnMark.objects.select_related("reason")))
        )
        shown: dict[int, Returned] = {}
        for review in verdicts.order_by("-at", "-pk")[:RETURNED_READ]:
            shown.setdefault(review.entry_id, Returned(review.entry, review))
        return list(shown.values())[:RETURNED_SHOWN]

    def _reminders(self) -> Iterable[Reminder]:
        since = self.on - datetime.timedelta(days=REMINDER_DAYS)
        mine = Reminder.objects.visible_to(self.user).filter(
            division=self.user.division, on__gt=since, on__lte=self.on
        )
        return mine.select_related("by", "period")[:REMINDERS_SHOWN]

    def _extensions(self) -> Iterable[Extension]:
        running = Extension.objects.visible_to(self.user).running(self.on)
        return running.select_related("division", "period").order_by("until")[:EXTENSIONS_SHOWN]
