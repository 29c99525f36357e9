"""The lines that a user may fill, held so that a file of many thousands can be compared."""

from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from accounts.models import User
from spreadsheets.fields import normal
from tasks.models import Entry, Period, Task
from tasks.models.content import CONTENT, as_kept
from villages.models import Division
from villages.sheets import DivisionFinder

plain_title = lru_cache(normal)  # the same few titles come again in every village
NOTHING_SAID = (None, "", "", "", "")


class Line(NamedTuple):
    """An entry as it stands, with what its row needs to be compared and named."""

    pk: int
    version: int
    state: str
    content: tuple[Any, ...]
    division: Division
    task: Task
    period: Period

    @property
    def before(self) -> dict[str, Any]:
        return dict(zip(CONTENT, self.content, strict=True))


class Owed:
    """Every line of some quarters that a user may fill, found by unit, task and quarter."""

    def __init__(self, user: User, periods: Sequence[Period]) -> None:
        self.periods = {period.pk: period for period in periods}
        entries = Entry.objects.fillable_by(user).filter(period__in=self.periods)
        self.rows = {row[:3]: _compact(row[3:]) for row in entries.values_list(*COLUMNS)}
        pks = {task for _division, task, _period in self.rows}
        self.tasks = Task.objects.select_related("ledger").in_bulk(pks)
        self.by_title: dict[str, list[Task]] = defaultdict(list)
        for task in self.tasks.values():
            self.by_title[plain_title(task.title)].append(task)
        self.finder = DivisionFinder(self._units(user))

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
        return row and Line(*row, division, task, period)


COLUMNS = ("division_id", "task_id", "period_id", "pk", "version", "state", *CONTENT)


def _compact(row: tuple[Any, ...]) -> tuple[int, int, str, tuple[Any, ...]]:
    """Blank lines, most of a quarter, share one content."""
    pk, version, state, value, *texts = row
    if value is None and not any(texts):
        return pk, version, state, NOTHING_SAID
    return pk, version, state, (None if value is None else as_kept(value), *texts)
