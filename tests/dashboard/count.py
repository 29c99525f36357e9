"""The figures of the overview counted a second time, line by line, from the entries alone."""

import datetime
from collections import Counter
from collections.abc import Iterable

from tasks.models import Entry, Ledger
from tests.tasks.recount import standing
from villages.models import Division

REPORTED = ("submitted", "accepted")


def light_of(entry: Entry, on: datetime.date) -> str:
    """The rule of the lights in plain Python: DOMAIN, red to blue."""
    due = max(day for day in (entry.period.due, entry.extended_to) if day)
    ledger, days = entry.task.ledger, (due - on).days
    if entry.state in REPORTED:
        colour = {"far_behind": "red", "behind": "yellow", "early": "blue", "": "green"}
        return colour[standing(entry)]
    if days < 0:
        return "red"
    if days <= ledger.yellow_days or entry.state == "returned":
        return "yellow"
    return "grey" if entry.state == "blank" else "green"


def unit_light(lights: Counter[str], ledger: Ledger) -> str:
    owed, red, yellow = lights.total(), lights["red"], lights["red"] + lights["yellow"]
    if red and red / owed >= ledger.red_share / 100:
        return "red"
    if yellow and yellow / owed >= ledger.yellow_share / 100:
        return "yellow"
    if lights["grey"] == owed:
        return "grey"
    return "blue" if lights["blue"] / owed >= 0.5 else "green"


def belongs(entry: Entry, division: Division) -> bool:
    """By walking up the managing units, not by path."""
    unit: Division | None = entry.division
    while unit:
        if unit.pk == division.pk:
            return True
        unit = unit.parent
    return False


def figures(entries: Iterable[Entry], on: datetime.date) -> dict[str, int]:
    """What the overview says of some lines: counts by state, on time, and by light."""
    count: Counter[str] = Counter()
    for entry in entries:
        count["owed"] += 1
        count["reported"] += entry.state in REPORTED
        count["on_time"] += entry.state in REPORTED and not entry.is_late
        for state in ("accepted", "submitted", "returned"):
            count[state] += entry.state == state
        count[light_of(entry, on)] += 1
    return dict(+count)
