"""A city in the middle of its work, for the pages of figures."""

import random
from decimal import Decimal

import pytest

from tasks.models import Entry, EntrySummary
from tests.world import NOW, World, rewrite

STATES = ["blank", "draft", "returned", "submitted", "accepted"]


@pytest.fixture
def busy(world: World) -> World:
    """The small city in the middle of its work: every state, value and lateness."""
    chance = random.Random(5)
    entries = list(Entry.objects.select_related("task", "period"))
    for entry in entries:
        entry.state = chance.choice(STATES)
        measure = entry.task.measure
        if measure == "number":
            entry.value = Decimal(chance.choice([0, 5, 10, 15, 20, 25, 40, 60, 65, 90, 100, 130]))
        elif measure == "yes_no":
            entry.value = Decimal(chance.choice([0, 1]))
        if entry.state in ("submitted", "accepted"):
            entry.first_submitted_at, entry.is_late = NOW, chance.random() < 0.3
        entry.waiting_at = "county" if entry.state == "submitted" else ""
    fields = ["state", "value", "first_submitted_at", "is_late", "waiting_at"]
    rewrite(entries, fields)
    EntrySummary.objects.rebuild(world.ledger)
    return world
