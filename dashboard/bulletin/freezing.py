"""Takes the figures of a bulletin as they stand at one moment."""

import datetime
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from dashboard.bulletin.frozen import Frozen, Tally, TaskFigures, UnitFigures
from dashboard.bulletin.problems import problems_of
from dashboard.figures import Figures, Row
from dashboard.ranking import competition_ranks
from tasks.models import (
    Bulletin,
    Counts,
    EntrySummary,
    Ledger,
    Light,
    Period,
    RankingExclusion,
    Task,
)
from villages.models import Division

Weights = dict[int, tuple[int, int]]


def freeze(
    division: Division,
    period: Period,
    at: datetime.datetime,
    not_compared: Mapping[int, str] | None = None,
) -> Frozen:
    """The figures of a city or county and a quarter, as of now, which `at` is the name of.

    `not_compared` gives the units, by the key of their division, that stand in the ranking
    without a rank, each with the reason; by default those that the page of the ranking leaves
    out. Raises ValidationError where no ledger asks anything.
    """
    on = timezone.localdate(at)
    with _one_moment():
        ledger = Ledger.objects.in_force(division, period.year)
        now = _Gathered(division, period, ledger, on) if ledger else None
        if ledger is None or now is None or not now.total.owed:
            message = _("%(unit)s owes nothing in %(period)s; there are no figures to freeze.")
            raise ValidationError(message, "nothing", {"unit": division, "period": period})
        apart = _set_apart(division, period) if not_compared is None else not_compared
        before = _last_quarter(period)
        return Frozen(
            at=at,
            unit=division.name,
            level=division.level,
            year=period.year,
            quarter=period.quarter,
            total=now.total,
            before=_total(division, before, on),
            year_before=_total(division, _found(period.year - 1, period.quarter), on),
            units=_ranked(now.units, apart, _ranks_before(division, before, on, apart)),
            tasks=now.tasks(),
            problems=problems_of(division, period, ledger, on),
        )


@contextmanager
def _one_moment() -> Iterator[None]:
    """All that is read inside stands as of one moment, also while others write.

    On SQLite a transaction is that already; PostgreSQL is asked for it before the first query.
    """
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost and connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield


class _Gathered:
    """One quarter of a division: its total, and each unit below with the weight of its tasks."""

    def __init__(
        self, division: Division, period: Period, ledger: Ledger, on: datetime.date
    ) -> None:
        figures = Figures(division, period, None, ledger)
        rows = figures.rows(on)
        self._tasks = {task.pk: task for task in Task.objects.filter(ledger=ledger)}
        summaries = EntrySummary.objects.within(division).filter(task__ledger=ledger, period=period)
        self._by_task: dict[int, Counts] = defaultdict(Counts)
        weights: Weights = {}
        for (task_id, township), counts in summaries.counts_by("task_id", "township_id"):
            self._by_task[task_id] += counts
            weight = self._tasks[task_id].weight
            owed, accepted = weights.get(township, (0, 0))
            weights[township] = (owed + weight * counts.owed, accepted + weight * counts.accepted)
        self.units = [_unit(row, weights) for row in rows]
        self.total = _tally(figures.total(rows, on), [*weights.values()])

    def tasks(self) -> tuple[TaskFigures, ...]:
        """Those with the lowest completion first."""
        found = [
            TaskFigures(task.number, task.title, counts.owed, counts.accepted)
            for pk, counts in self._by_task.items()
            if counts.owed and (task := self._tasks[pk])
        ]
        return tuple(sorted(found, key=lambda task: (task.completion, task.number)))


def _unit(row: Row, weights: Weights) -> UnitFigures:
    townships = [unit.division.pk for unit in row.units] or [row.division.pk]
    own = [weights[pk] for pk in {*townships, row.division.pk} if pk in weights]
    return UnitFigures(row.division.pk, row.division.name, _tally(row, own))


def _tally(row: Row, weights: list[tuple[int, int]]) -> Tally:
    counts = row.counts
    return Tally(
        owed=counts.owed,
        accepted=counts.accepted,
        reported=counts.reported,
        on_time=counts.on_time,
        weight_owed=sum(owed for owed, _accepted in weights),
        weight_accepted=sum(accepted for _owed, accepted in weights),
        lights={str(light): row.lights.get(light, 0) for light in Light},
    )


def _ranked(
    units: list[UnitFigures], apart: Mapping[int, str], before: Mapping[int, int]
) -> tuple[UnitFigures, ...]:
    """By completion, then in the order of their codes; those that are not compared last.

    Where all have the same completion, for instance none yet, nobody is before anybody.
    """
    compared = [unit for unit in units if unit.key not in apart and unit.tally.owed]
    shares = [unit.tally.completion or Fraction(0) for unit in compared]
    ranks = (
        competition_ranks(shares)
        if len({*shares}) > 1 or len(shares) == 1
        else [None] * len(shares)
    )
    ranked = [
        replace(unit, rank=rank, rank_before=before.get(unit.key))
        for unit, rank in zip(compared, ranks, strict=True)
    ]
    others = [replace(u, not_compared=apart[u.key]) for u in units if u.key in apart]
    return (*sorted(ranked, key=lambda unit: unit.rank or 0), *others)


def _ranks_before(
    division: Division, before: Period | None, on: datetime.date, apart: Mapping[int, str]
) -> dict[int, int]:
    """As they were announced, where a bulletin of the quarter before was issued; else counted."""
    if before is None:
        return {}
    if announced := Bulletin.objects.last_issued(division, before):
        units = Frozen.from_json(announced.figures).units
    else:
        gathered = _of(division, before, on)
        units = _ranked(gathered.units, apart, {}) if gathered else ()
    return {unit.key: unit.rank for unit in units if unit.rank is not None}


def _total(division: Division, period: Period | None, on: datetime.date) -> Tally | None:
    gathered = _of(division, period, on) if period else None
    return gathered.total if gathered and gathered.total.owed else None


def _of(division: Division, period: Period, on: datetime.date) -> _Gathered | None:
    ledger = Ledger.objects.in_force(division, period.year)
    return _Gathered(division, period, ledger, on) if ledger else None


def _set_apart(division: Division, period: Period) -> dict[int, str]:
    units = Division.objects.filter(parent=division).values_list("pk", flat=True)
    return RankingExclusion.objects.reasons(period, units)


def _last_quarter(period: Period) -> Period | None:
    if period.quarter > 1:
        return _found(period.year, period.quarter - 1)
    return _found(period.year - 1, 4)


def _found(year: int, quarter: int) -> Period | None:
    return Period.objects.filter(year=year, quarter=quarter).first()
