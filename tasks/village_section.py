"""What a village owes and has reported, in its file: tasks, the year, files, and changes."""

from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.models import User
from tasks.models import Entry, EntryChange, EntryQuerySet, Evidence, Period, Task
from tasks.models.ledger import REPORTING
from tasks.models.light import Explanation, explain
from villages.models import Division
from villages.village_file import register

FILES_SHOWN = 40
CHANGES_SHOWN = 8
Explained = tuple[Entry, Explanation]


@register(
    "tasks",
    _lazy("Tasks of the quarter"),
    order=30,
    template="tasks/partials/file_tasks.html",
    permission="tasks.view_entry",
)
def tasks_of_quarter(village: Division, period: Period, user: User) -> dict[str, Any]:
    entries = _explained(_lines(village, user).filter(period=period).with_previous())
    reported = sum(entry.state in ("submitted", "accepted") for entry, _why in entries)
    note = _("%(reported)s of %(all)s reported") % {"reported": reported, "all": len(entries)}
    has_duties = any(entry.task.duty for entry, _why in entries)
    return {"entries": entries, "note": note if entries else "", "has_duties": has_duties}


@dataclass(frozen=True)
class TaskOfYear:
    """A task with its line of each quarter; None in a quarter for which nothing was asked."""

    task: Task
    quarters: list[Explained | None]


@register(
    "year",
    _lazy("The year so far"),
    order=40,
    template="tasks/partials/file_year.html",
    permission="tasks.view_entry",
)
def year(village: Division, period: Period, user: User) -> dict[str, Any]:
    lines = _explained(_lines(village, user).filter(period__year=period.year))
    rows = []
    for task, of_task in groupby(lines, key=lambda pair: pair[0].task):
        by_quarter = {entry.period.quarter: (entry, why) for entry, why in of_task}
        rows.append(TaskOfYear(task, [by_quarter.get(quarter) for quarter in range(1, 5)]))
    quarters = [Period(year=period.year, quarter=quarter) for quarter in range(1, 5)]
    return {"rows": rows, "quarters": quarters, "note": period.year}


def _of_village(village: Division, user: User) -> EntryQuerySet:
    """Its lines that the user sees. What belongs to lines is found by these: by those of all
    units that the user sees it would take as long as these are many."""
    return Entry.objects.visible_to(user).filter(division=village)


def _lines(village: Division, user: User) -> EntryQuerySet:
    ordered = _of_village(village, user).owed()
    ordered = ordered.order_by("task__ledger", "task__number", "period__quarter")
    return ordered.select_related("task__ledger", "period")


def _explained(lines: EntryQuerySet) -> list[Explained]:
    today = timezone.localdate()
    return [(entry, explain(entry, today)) for entry in lines]


@register(
    "files",
    _lazy("Files"),
    order=80,
    template="tasks/partials/file_files.html",
    permission="tasks.view_entry",
)
def files(village: Division, period: Period, user: User) -> dict[str, Any]:
    kept = Evidence.objects.standing().filter(entry__in=_of_village(village, user))
    newest = kept.select_related("entry__task", "entry__period", "added_by")
    found = list(newest.order_by("-added_at", "pk")[: FILES_SHOWN + 1])
    return {
        "files": found[:FILES_SHOWN],
        "more": len(found) > FILES_SHOWN,
        "most": FILES_SHOWN,
        "may_add": user.level in REPORTING and user.has_perm("tasks.change_entry"),
    }


@register(
    "changes",
    _lazy("Latest changes"),
    order=90,
    template="tasks/partials/file_changes.html",
    permission="tasks.view_entry",
)
def changes(village: Division, period: Period, user: User) -> dict[str, Any]:
    lines = _of_village(village, user).filter(period=period)
    made = EntryChange.objects.filter(entry__in=lines)
    return {"changes": made.select_related("entry__task", "by")[:CHANGES_SHOWN]}
