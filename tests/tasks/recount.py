"""The summaries counted a second time, in plain Python, from what the entries say."""

from collections import Counter
from fractions import Fraction

from tasks.models import Entry, EntrySummary

COLUMNS = (
    "owed",
    "blank",
    "draft",
    "returned",
    "submitted",
    "accepted",
    "on_time",
    "far_behind",
    "behind",
    "early",
)
Row = tuple[int, int, int]


def standing(entry: Entry) -> str:
    """How a reported value stands to its target: far_behind, behind, early, or nothing."""
    task, ledger, quarter = entry.task, entry.task.ledger, entry.period.quarter
    if entry.value is None or task.target is None:
        return ""
    attained = Fraction(entry.value) / Fraction(task.target) * 100
    expected = {1: 25, 2: 50, 3: 75, 4: 100}[quarter] if task.is_cumulative else 100
    if attained <= expected - ledger.red_behind:
        return "far_behind"
    if attained <= expected - ledger.yellow_behind:
        return "behind"
    return "early" if task.is_cumulative and quarter != 4 and attained >= 100 else ""


def recounted() -> dict[Row, dict[str, int]]:
    counts: dict[Row, Counter[str]] = {}
    for entry in Entry.objects.select_related("task__ledger", "period"):
        count = counts.setdefault((entry.task_id, entry.township_id, entry.period_id), Counter())
        count["owed"] += entry.state != "withdrawn"
        count[entry.state] += 1
        if entry.state in ("submitted", "accepted"):
            count["on_time"] += not entry.is_late
            count[standing(entry)] += 1
    return {row: {name: count[name] for name in COLUMNS} for row, count in counts.items()}


def summarised() -> dict[Row, dict[str, int]]:
    return {
        (row.task_id, row.township_id, row.period_id): {n: getattr(row, n) for n in COLUMNS}
        for row in EntrySummary.objects.all()
    }
