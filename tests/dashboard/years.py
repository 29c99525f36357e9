"""Years before 2026 in the small city: ledgers of their own, with lines in every state."""

import datetime
import random
from decimal import Decimal

from tasks.models import Entry, EntrySummary, Ledger, Task
from tests.world import NOW, TASKS, World, rewrite
from villages.models import Division

STATES = ["blank", "draft", "returned", "submitted", "accepted"]


def issued(division: Division, year: int, quarters: str = "1234", **of_ledger: int) -> Ledger:
    """A ledger of that year like that of 2026, asking in these quarters."""
    ledger = Ledger.objects.create(
        division=division, year=year, title=f"{year} {division}", **of_ledger
    )
    for values in TASKS.values():
        Task.objects.create(ledger=ledger, **values | {"quarters": quarters})
    at = datetime.datetime(year, 1, 5, 10, tzinfo=NOW.tzinfo)
    ledger.issue(None, at, reason="补录", ordered_by="市委组织部")
    return ledger


def at_work(seed: int = 5) -> None:
    """Every line there is in some state, with some value, some of them late."""
    chance = random.Random(seed)
    entries = list(Entry.objects.select_related("task").order_by("pk"))
    for entry in entries:
        entry.state = chance.choice(STATES)
        if entry.task.measure == "number":
            entry.value = Decimal(chance.choice([0, 5, 15, 25, 60, 90, 130]))
        entry.first_submitted_at = NOW
        entry.is_late = entry.state in ("submitted", "accepted") and chance.random() < 0.3
        entry.waiting_at = "county" if entry.state == "submitted" else ""
    fields = ["state", "value", "first_submitted_at", "is_late", "waiting_at"]
    rewrite(entries, fields)
    for ledger in Ledger.objects.issued():
        EntrySummary.objects.rebuild(ledger)


def three_years(world: World) -> None:
    """2024 asks in two of its quarters only, 2025 in all, and so does most of 2026."""
    city = world.units["city"]
    issued(city, 2024, "24")
    issued(city, 2025, yellow_days=30)
    at_work()
