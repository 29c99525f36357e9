"""Counts of entries per task, township and quarter, kept true by the transaction that writes.

Pages that sum a county or the city read these few thousand rows instead of 238,400 entries.
"""

from __future__ import annotations

import datetime
import operator
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

from django.db import models, transaction
from django.db.models import Count, F, Q, Sum
from django.utils.translation import gettext_lazy as _

from tasks.models.entry import Entry
from tasks.models.ledger import Ledger
from tasks.models.light import BEHIND, DONE_EARLY, FAR_BEHIND, Light, light_inputs
from tasks.models.period import Period
from tasks.models.state import REPORTED
from tasks.models.task import Task
from tasks.models.thresholds import Limits
from villages.models import Division, Viewer

if TYPE_CHECKING:
    from tasks.models.entry_queryset import EntryQuerySet

_reported = Q(state__in=REPORTED)
COUNTED: dict[str, Q] = {
    "owed": ~Q(state=Entry.State.WITHDRAWN),
    "blank": Q(state=Entry.State.BLANK),
    "draft": Q(state=Entry.State.DRAFT),
    "returned": Q(state=Entry.State.RETURNED),
    "submitted": Q(state=Entry.State.SUBMITTED),
    "accepted": Q(state=Entry.State.ACCEPTED),
    "on_time": _reported & Q(is_late=False),
    "far_behind": _reported & FAR_BEHIND,
    "behind": _reported & BEHIND & ~FAR_BEHIND,
    "early": _reported & DONE_EARLY & ~BEHIND,
}

KEY = ("task_id", "township_id", "period_id")
LOCKED = ("pk", "revision", *KEY)
EACH_COUNT = operator.attrgetter(*COUNTED)


def counting() -> dict[str, Count]:
    """The aggregates of COUNTED, for a queryset with light_inputs()."""
    return {name: Count("pk", filter=which) for name, which in COUNTED.items()}


@dataclass(frozen=True)
class Counts:
    """Entries of some unit in one quarter, counted by state and by light of what is reported.

    The fields stand in the order of COUNTED.
    """

    owed: int = 0
    blank: int = 0
    draft: int = 0
    returned: int = 0
    submitted: int = 0
    accepted: int = 0
    on_time: int = 0
    far_behind: int = 0
    behind: int = 0
    early: int = 0

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Counts:
        return cls(*[row[name] or 0 for name in COUNTED])

    @classmethod
    def sum(cls, counts: Iterable[Counts]) -> Counts:
        columns = list(zip(*map(EACH_COUNT, counts), strict=True))
        return cls(*map(sum, columns)) if columns else cls()

    def __add__(self, other: Counts) -> Counts:
        return Counts(*map(operator.add, EACH_COUNT(self), EACH_COUNT(other)))

    @property
    def reported(self) -> int:
        return self.submitted + self.accepted

    @property
    def unreported(self) -> int:
        return self.owed - self.reported

    def lights(
        self,
        period: Period,
        ledger: Limits,
        on: datetime.date,
        extended: Mapping[datetime.date, Counts] = MappingProxyType({}),
    ) -> dict[Light, int]:
        """How many lines show which light on a day; the sums equal `with_light` line by line.

        `extended` counts, among these lines, the unreported ones that have time until a later
        day; see extended_counts().
        """
        lights = {
            Light.RED: self.far_behind,
            Light.YELLOW: self.behind,
            Light.GREY: 0,
            Light.GREEN: self.reported - self.far_behind - self.behind - self.early,
            Light.BLUE: self.early,
        }
        open_lines = Counter(self._open_lights(period.due, ledger, on))
        for due, counts in extended.items():
            open_lines.subtract(counts._open_lights(period.due, ledger, on))
            open_lines.update(counts._open_lights(due, ledger, on))
        return {light: count + open_lines[light] for light, count in lights.items()}

    def _open_lights(
        self, due: datetime.date, ledger: Limits, on: datetime.date
    ) -> dict[Light, int]:
        """The lights of the unreported lines, by the calendar alone."""
        days = (due - on).days
        if days < 0:
            return {Light.RED: self.unreported}
        if days <= ledger.yellow_days:
            return {Light.YELLOW: self.unreported}
        return {Light.GREY: self.blank, Light.GREEN: self.draft, Light.YELLOW: self.returned}

    def light(self, lights: Mapping[Light, int], ledger: Limits) -> Light:
        """The light of the unit as a whole from those of its lines, by the ledger's shares."""
        red, worrying = lights[Light.RED], lights[Light.RED] + lights[Light.YELLOW]
        if red and red * 100 >= self.owed * ledger.red_share:
            return Light.RED
        if worrying and worrying * 100 >= self.owed * ledger.yellow_share:
            return Light.YELLOW
        if not self.owed or lights[Light.GREY] * 2 > self.owed:
            return Light.GREY
        return Light.BLUE if lights[Light.BLUE] * 2 >= self.owed else Light.GREEN


def extended_counts(
    entries: EntryQuerySet, period: Period, on: datetime.date, *group: str
) -> dict[Any, dict[datetime.date, Counts]]:
    """Unreported lines with a running extension, by the fields named and their own due date.

    One query over the few lines that were extended; the summaries know the quarter's date only.
    """
    later = entries.unreported().filter(
        period=period, extended_to__gte=on, extended_to__gt=period.due
    )
    states = {name: COUNTED[name] for name in ("blank", "draft", "returned")}
    counts = {name: Count("pk", filter=which) for name, which in states.items()}
    found: dict[Any, dict[datetime.date, Counts]] = defaultdict(dict)
    rows = later.order_by().values(*group, "extended_to").annotate(owed=Count("pk"), **counts)
    for row in rows:
        key = row[group[0]] if len(group) == 1 else tuple(row[name] for name in group)
        numbers = (row[name] for name in ("owed", "blank", "draft", "returned"))
        found[key][row["extended_to"]] = Counts(*numbers)
    return found


def counts_of(entries: EntryQuerySet) -> Counts:
    """Some few lines counted one by one: those of a village, those of one task in one quarter."""
    return Counts.of(entries.annotate(**light_inputs()).order_by().aggregate(**counting()))


class EntrySummaryQuerySet(models.QuerySet["EntrySummary"]):
    def visible_to(self, viewer: Viewer) -> Self:
        if viewer.sees_everything:
            return self.all()
        return self.within(viewer.division) if viewer.division else self.none()

    def within(self, division: Division) -> Self:
        return self.filter(township__path__startswith=division.path)

    def counts_by(self, *group: str) -> list[tuple[Any, Counts]]:
        """Counts summed per value of the fields named; one row per group, in no order."""
        rows = self.order_by().values(*group).annotate(**{name: Sum(name) for name in COUNTED})
        return [
            (row[group[0]] if len(group) == 1 else tuple(row[g] for g in group), Counts.of(row))
            for row in rows
        ]

    def total(self) -> Counts:
        return Counts.of(self.order_by().aggregate(**{name: Sum(name) for name in COUNTED}))

    def refresh(self, keys: Collection[tuple[int, int, int]]) -> None:
        """Recount the rows of these tasks, townships and quarters, after a change is written.

        The rows are locked first: of two writers the second waits here, and its recount then
        sees what the first has committed. A sum kept by adding up could not mend itself.
        """
        if not keys:
            return
        tasks, townships, periods = (set(column) for column in zip(*keys, strict=True))
        touched = {"task__in": tasks, "township__in": townships, "period__in": periods}
        locked = self.filter(**touched).select_for_update().order_by("pk")
        self._store(Entry.objects.filter(**touched), list(locked.values_list(*LOCKED)))

    @transaction.atomic
    def rebuild(self, ledger: Ledger) -> int:
        """Count a whole ledger afresh; return how many rows there are.

        Locked like refresh() and not deleted, so that no writer's count is lost meanwhile.
        """
        rows = self.filter(task__ledger=ledger)
        locked = rows.select_for_update(of=("self",)).order_by("pk").values_list(*LOCKED)
        return self._store(Entry.objects.filter(task__ledger=ledger), list(locked))

    def note_change(self) -> None:
        """Say that what these rows stand for changed in a way that no count shows: a due date."""
        locked = list(self.select_for_update(of=("self",)).order_by("pk").values_list("pk"))
        EntrySummary.objects.filter(pk__in=[pk for (pk,) in locked]).update(
            revision=F("revision") + 1
        )

    def _store(self, entries: EntryQuerySet, locked: Sequence[tuple[int, ...]]) -> int:
        """Write the counts; a row of which nothing is left stays at 0, where it can be locked."""
        revisions = {tuple(key): revision for _pk, revision, *key in locked}
        rows = entries.alias(**light_inputs()).order_by(*KEY).values(*KEY)
        counted = [EntrySummary(**row) for row in rows.annotate(**counting())]
        for row in counted:
            row.revision = revisions.get((row.task_id, row.township_id, row.period_id), 0) + 1
        EntrySummary.objects.bulk_create(
            counted,
            update_conflicts=True,
            unique_fields=["township", "period", "task"],
            update_fields=[*COUNTED, "revision"],
        )
        found = {(row.task_id, row.township_id, row.period_id) for row in counted}
        vanished = [pk for pk, _revision, *key in locked if tuple(key) not in found]
        if vanished:
            EntrySummary.objects.filter(pk__in=vanished).update(
                **dict.fromkeys(COUNTED, 0), revision=F("revision") + 1
            )
        return len(counted)


class EntrySummary(models.Model):
    """The counts of one task in one township-level unit and quarter."""

    task = models.ForeignKey(Task, models.CASCADE, verbose_name=_("task"), related_name="+")
    township = models.ForeignKey(
        Division, models.PROTECT, verbose_name=_("township"), related_name="+", db_index=False
    )
    period = models.ForeignKey(
        Period, models.PROTECT, verbose_name=_("quarter"), related_name="+", db_index=False
    )
    # One more with every recount: the sum over some rows tells whether anything there changed.
    revision = models.PositiveBigIntegerField(_("revision"), default=1)
    owed = models.PositiveIntegerField(_("owed"))
    blank = models.PositiveIntegerField(_("not reported"))
    draft = models.PositiveIntegerField(_("drafts"))
    returned = models.PositiveIntegerField(_("returned lines"))
    submitted = models.PositiveIntegerField(_("awaiting review"))
    accepted = models.PositiveIntegerField(_("accepted lines"))
    on_time = models.PositiveIntegerField(_("reported on time"))
    far_behind = models.PositiveIntegerField(_("far behind"))
    behind = models.PositiveIntegerField(_("behind"))
    early = models.PositiveIntegerField(_("done early"))

    objects = EntrySummaryQuerySet.as_manager()

    class Meta:
        verbose_name = _("summary of entries")
        verbose_name_plural = _("summaries of entries")
        indexes = [
            models.Index(fields=["period", "township", "revision"], name="entry_summary_revision")
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["township", "period", "task"],
                name="entry_summary_one_per_township_period_and_task",
                violation_error_message=_("This summary exists already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.township_id} {self.period_id} {self.task_id}"
