"""Work: ledgers, tasks and quarters; entries, their reviews and history; summaries."""

from tasks.models.entry import Entry, EntryQuerySet
from tasks.models.history import EntryChange, Review
from tasks.models.ledger import Cost, Ledger, Task
from tasks.models.light import Light
from tasks.models.period import Period
from tasks.models.summary import Counts, EntrySummary

__all__ = [
    "Cost",
    "Counts",
    "Entry",
    "EntryChange",
    "EntryQuerySet",
    "EntrySummary",
    "Ledger",
    "Light",
    "Period",
    "Review",
    "Task",
]
