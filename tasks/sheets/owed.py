"""The lines that a user may fill, held so that a file of many thousands can be compared."""

import datetime
from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from accounts.models import User
from spreadsheets.fields import normal
from tasks.models import Entry, Period, Rulebook, Task
from tasks.models.content import CONTENT, as_kept, may_change
from villages.models import Division
from villages.sheets import DivisionFinder

plain_title = lru_cache(normal)  # the same few titles come again in every village
NOTHING_SAID = (None, *("" for _name in CONTENT[1:]))


class Line(NamedTuple):
    """An entry as it stands, with what its row needs to be compared and named."""

    pk: int
    version: int
    state: str
    township_id: int
    extended_to: datetime.date | None
    reopened_parts: str
    content: tuple[Any, ...]
    division: Division
    task: Task
    period: Period

    @property
    def before(self) -> dict[str, Any]:
        return dict(zip(CONTENT, self.content, strict=True))

    def may_change(self, part: str) -> bool:
        return may_change(self.state, self.reopened_parts, part)


class Owed:
    """Every line of some quarters that a user may fill, found by unit, task and quarter."""

    def __init__(self, user: User, periods: Sequence[Period]) -> None:
        self.periods = {period.pk: period for period in periods}
        entries = Entry.objects.fillable_by(user).owed().filter(period__in=self.periods)
        self.rows = {row[:3]: _compact(row[3:]) for row in entries.values_list(*COLUMNS)}
        pks = {task for _division, task, _period in self.rows}
        self.tasks = Task.objects.select_related("ledger").in_bulk(pks)
        self.by_title: dict[str, list[Task]] = defaultdict(list)
        for task in self.tasks.values():
            self.by_title[plain_title(task.title)].append(task)
        self.finder = DivisionFinder(self._units(user))
        self.rules = Rulebook.of(
            {(task, row[3], period) for (_unit, task, period), row in self.rows.items()}
        )

    def _units(self, user: User) -> list[Division]:
        """The user's own division, all below it, and units that moved but still owe here."""
        own = user.division
        near = Division.objects.within(own).in_bulk() if own else {}
        elsewhere = {division for division, _task, _period in self.rows} - set(near)
        units = near | Division.objects.in_bulk(elsewhere)
        for unit in units.values():
            if above := units.get(unit.parent_id or 0):
                unit.parent = above
        return list(units.values())

    def line(self, division: Division, task: Task, period: Period) -> Line | None:
        row = self.rows.get((division.pk, task.pk, period.pk))
        return Line(*row, division, task, period) if row else None  # type: ignore[call-arg]


STANDING = ("pk", "version", "state", "township_id", "extended_to", "reopened_parts")
COLUMNS = ("division_id", "task_id", "period_id", *STANDING, *CONTENT)


def _compact(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Blank lines, most of a quarter, share one content."""
    standing, (value, *texts) = row[: len(STANDING)], row[len(STANDING) :]
    if value is None and not any(texts):
        return *standing, NOTHING_SAID
    return *standing, (None if value is None else as_kept(value), *texts)
