"""The figures of a division and quarter in plain SQL, written without the code it checks.

Everything is told from the entries and the tree alone: no summary, no `within`, no light of ours.
"""

import datetime
from collections import Counter
from typing import Any

from django.db import connection

LINES = """
WITH RECURSIVE place(id) AS (
    SELECT id FROM villages_division WHERE code = %s
    UNION ALL
    SELECT d.id FROM villages_division d JOIN place p ON d.parent_id = p.id
)
SELECT e.state, e.is_late, e.value, e.extended_to, t.target, t.is_cumulative, p.quarter, p.due,
       l.yellow_days, l.yellow_behind, l.red_behind, d.code, t.number, s.code, c.code
FROM tasks_entry e
JOIN tasks_task t ON t.id = e.task_id
JOIN tasks_ledger l ON l.id = t.ledger_id
JOIN tasks_period p ON p.id = e.period_id
JOIN villages_division d ON d.id = e.division_id
JOIN villages_division s ON s.id = e.township_id
JOIN villages_division c ON c.id = s.parent_id
WHERE e.division_id IN (SELECT id FROM place) AND p.year = %s AND p.quarter = %s
  AND e.state <> 'withdrawn'
"""


def lines(code: str, year: int, quarter: int) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(LINES, [code, year, quarter])
        names = (
            *("state", "is_late", "value", "extended_to", "target", "is_cumulative", "quarter"),
            *("due", "yellow_days", "yellow_behind", "red_behind"),
            *("unit", "task", "township", "county"),
        )
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def colour(line: dict[str, Any], on: datetime.date) -> str:
    if line["state"] in ("submitted", "accepted"):
        return _of_value(line)
    due = max(_day(day) for day in (line["due"], line["extended_to"]) if day)
    left = (due - on).days
    if left < 0:
        return "red"
    if left <= line["yellow_days"] or line["state"] == "returned":
        return "yellow"
    return "grey" if line["state"] == "blank" else "green"


def _of_value(line: dict[str, Any]) -> str:
    if line["value"] is None or line["target"] is None:
        return "green"
    attained = float(line["value"]) * 100 / float(line["target"])
    expected = line["quarter"] * 25 if line["is_cumulative"] else 100
    if round(expected - attained, 6) >= line["red_behind"]:
        return "red"
    if round(expected - attained, 6) >= line["yellow_behind"]:
        return "yellow"
    is_early = line["is_cumulative"] and line["quarter"] < 4 and round(attained, 6) >= 100
    return "blue" if is_early else "green"


def _day(value: Any) -> datetime.date:
    return value if isinstance(value, datetime.date) else datetime.date.fromisoformat(value)


def told(some: list[dict[str, Any]], on: datetime.date) -> dict[str, int]:
    """Counts by what pages say: owed, reported, on time, by state, and by light."""
    count: Counter[str] = Counter()
    for line in some:
        reported = line["state"] in ("submitted", "accepted")
        count.update(["owed", line["state"], colour(line, on)])
        count.update({"reported": int(reported), "on_time": int(reported and not line["is_late"])})
    return {name: n for name, n in count.items() if n}
