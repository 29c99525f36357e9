"""When the lines on a page may be reported: the quarter's days, moved by their extensions."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from tasks.models import Period
from tasks.models.state import REPORTED


@dataclass(frozen=True)
class Window:
    """What may be done with a quarter's lines on a day."""

    period: Period
    due: datetime.date
    opened: bool
    locked: bool
    on: datetime.date

    @classmethod
    def of(
        cls,
        period: Period,
        on: datetime.date,
        lines: Iterable[tuple[str, datetime.date | None]] = (),
    ) -> Self:
        """`lines` by state and extension; past the lock, those whose extension still runs count.

        The due date told is the earliest of the lines not reported yet: it moves only where
        every one of them has an extension.
        """
        lines = list(lines)
        locked = period.is_locked(on)
        if locked:
            lines = [(state, until) for state, until in lines if until and until >= on]
        days = [until or period.due for state, until in lines if state not in REPORTED]
        return cls(
            period=period,
            due=max(period.due, min(days, default=period.due)),
            opened=period.opens <= on,
            locked=locked and not lines,
            on=on,
        )

    @property
    def days_left(self) -> int:
        return (self.due - self.on).days

    @property
    def is_extended(self) -> bool:
        return self.due > self.period.due

    @property
    def is_open(self) -> bool:
        """Whether anything can be changed at all on this day."""
        return self.opened and not self.locked
