"""What is told before a ledger is issued: how much work it makes, and how early it is said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from villages.models import Level

if TYPE_CHECKING:
    from tasks.models.ledger import Ledger
    from tasks.models.period import Period
    from tasks.models.task import Task

# Minutes that one cell takes whoever fills it, by how the task is answered: a number is looked
# up and typed, yes or no is ticked, a text is written. An estimate on the low side: looking for
# what is asked, and being asked again, come on top of it.
MINUTES = {"number": Decimal(1), "yes_no": Decimal("0.5"), "text": Decimal(5)}
MINUTES_OF_AN_HOUR = 60


def in_hours(minutes: Decimal) -> int:
    """Whole hours: an estimate has no decimals."""
    return round(minutes / MINUTES_OF_AN_HOUR)


@dataclass(frozen=True)
class TaskCost:
    """What one task asks: units that owe it, and cells over the year."""

    task: Task
    units: int
    cells: int

    @property
    def minutes(self) -> Decimal:
        return self.cells * MINUTES[self.task.measure]


@dataclass(frozen=True)
class Cost:
    """What a ledger asks of one level: units that owe, tasks, cells and minutes over the year."""

    level: Level
    units: int
    tasks: int
    cells: int
    minutes: Decimal

    @property
    def hours(self) -> int:
        return in_hours(self.minutes)

    @property
    def hours_per_unit(self) -> Decimal:
        return self.minutes / MINUTES_OF_AN_HOUR / self.units if self.units else Decimal(0)


@dataclass(frozen=True)
class Comparison:
    """The work of a ledger beside that of the one it was copied from."""

    earlier: Ledger
    cells: int
    cells_before: int
    minutes: Decimal
    minutes_before: Decimal

    @property
    def hours(self) -> int:
        return in_hours(self.minutes)

    @property
    def hours_before(self) -> int:
        return in_hours(self.minutes_before)

    @property
    def is_more(self) -> bool:
        """More to fill or longer to fill: the rules forbid either to grow."""
        return self.cells > self.cells_before or self.minutes > self.minutes_before

    @property
    def is_same(self) -> bool:
        return (self.cells, self.minutes) == (self.cells_before, self.minutes_before)


@dataclass(frozen=True)
class Notice:
    """How many working days there are to the first due date, of how many that there should be.

    `past` are quarters that would be overdue at once.
    """

    days: int
    least: int
    first: Period | None
    past: Sequence[Period]

    @property
    def is_short(self) -> bool:
        return self.days < self.least
