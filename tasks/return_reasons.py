"""Why lines come back, task by task: which question is badly put."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count

from tasks.models import Entry, EntrySummary, ReturnMark, ReturnReason, Review, Task
from tasks.models.light import light_inputs
from tasks.models.summary import Counts, counting
from tasks.place import Place
from villages.models import Level


@dataclass(frozen=True)
class TaskRow:
    """One task: how many of the lines handed in came back, and for which reasons."""

    task: Task
    handed_in: int
    returned: int
    # In the order of the reasons of the table.
    by_reason: list[tuple[ReturnReason, int]]

    @property
    def share(self) -> float:
        return self.returned / self.handed_in if self.handed_in else 0.0


@dataclass(frozen=True)
class ReasonTable:
    reasons: list[ReturnReason]
    rows: list[TaskRow]

    @property
    def totals(self) -> list[int]:
        """How many lines came back for each reason."""
        columns = zip(
            *([count for _reason, count in row.by_reason] for row in self.rows), strict=True
        )
        return [sum(column) for column in columns]

    @property
    def returned(self) -> int:
        return sum(row.returned for row in self.rows)

    @property
    def handed_in(self) -> int:
        return sum(row.handed_in for row in self.rows)


def reason_table(place: Place, *, whole_year: bool) -> ReasonTable:
    """Lines counted once for each reason; those with the largest share returned come first."""
    quarters = {"period__year": place.period.year} if whole_year else {"period": place.period}
    handed_in = _handed_in(place, quarters)
    lines = Entry.objects.visible_to(place.user).within(place.division).filter(**quarters)
    given = Review.objects.filter(verdict="returned", undone_at=None, entry__in=lines)
    returned: dict[int, int] = dict(
        given.order_by().values_list("entry__task").annotate(Count("entry", distinct=True))
    )
    counts: dict[int, Counter[int]] = defaultdict(Counter)
    reasons: dict[int, ReturnReason] = {}
    marks = ReturnMark.objects.standing().filter(review__in=given)
    told = marks.order_by().values_list("review__entry__task", "reason")
    for task, reason, lines_of_it in told.annotate(Count("review__entry", distinct=True)):
        counts[task][reason] = lines_of_it
    used = {reason for counter in counts.values() for reason in counter}
    reasons = {reason.pk: reason for reason in ReturnReason.objects.filter(pk__in=used)}
    tasks = Task.objects.filter(pk__in=set(handed_in) | set(returned)).order_by("number")
    rows = [
        TaskRow(
            task,
            handed_in.get(task.pk, 0),
            returned.get(task.pk, 0),
            [(reason, counts[task.pk][pk]) for pk, reason in reasons.items()],
        )
        for task in tasks
    ]
    return ReasonTable(list(reasons.values()), sorted(rows, key=lambda row: -row.share))


def _handed_in(place: Place, quarters: Mapping[str, object]) -> dict[int, int]:
    """How many lines of each task were handed in: those reported now, and those that came back."""
    found: list[tuple[int, Counts]]
    if place.division.level == Level.VILLAGE:
        # The summaries count by township; a village has a few lines.
        own = Entry.objects.visible_to(place.user).within(place.division).filter(**quarters)
        grouped = own.alias(**light_inputs()).order_by().values("task_id").annotate(**counting())
        found = [(row["task_id"], Counts.of(row)) for row in grouped]
    else:
        sums = EntrySummary.objects.within(place.division).filter(**quarters)
        found = sums.counts_by("task_id")
    return {
        task: counts.reported + counts.returned
        for task, counts in found
        if counts.reported + counts.returned
    }
