"""The figures of a bulletin as they are kept: of one moment, typed, with a version.

What is read here was written here; a bulletin that was issued long ago is still understood.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import Any

VERSION = 1


class Kind(StrEnum):
    """What can be wrong with a unit, in the order in which it is named."""

    SILENT = "silent"
    OVERDUE = "overdue"
    RETURNED = "returned"
    FAR_BEHIND = "far_behind"


def share(part: int, whole: int) -> Fraction | None:
    """Exact; None where there is nothing to have a share of."""
    return Fraction(part, whole) if whole else None


@dataclass(frozen=True)
class Tally:
    """Lines of some unit, counted; `weight_…` by the weight of their tasks."""

    owed: int = 0
    accepted: int = 0
    reported: int = 0
    on_time: int = 0
    weight_owed: int = 0
    weight_accepted: int = 0
    lights: Mapping[str, int] = field(default_factory=dict)

    @property
    def completion(self) -> Fraction | None:
        return share(self.accepted, self.owed)

    @property
    def punctuality(self) -> Fraction | None:
        return share(self.on_time, self.reported)

    @property
    def score(self) -> Fraction | None:
        return share(100 * self.weight_accepted, self.weight_owed)


@dataclass(frozen=True)
class UnitFigures:
    """One unit of the ranking; without a rank where all are level, or it is not compared."""

    key: int
    name: str
    tally: Tally
    rank: int | None = None
    rank_before: int | None = None
    not_compared: str = ""

    @property
    def places_won(self) -> int | None:
        """How many places it rose since the quarter before; negative where it fell."""
        if self.rank is None or self.rank_before is None:
            return None
        return self.rank_before - self.rank


@dataclass(frozen=True)
class TaskFigures:
    number: int
    title: str
    owed: int
    accepted: int

    @property
    def completion(self) -> Fraction | None:
        return share(self.accepted, self.owed)


@dataclass(frozen=True)
class Problem:
    """One thing wrong in one township: how many lines, and in which villages.

    `above` is its county, where it is not that county's own bulletin. `villages` are the first of
    them by name, `village_count` is all; `own` says that the township's own lines are among them.
    """

    kind: Kind
    key: int
    above: str
    unit: str
    lines: int
    villages: tuple[str, ...] = ()
    village_count: int = 0
    own: bool = False


@dataclass(frozen=True)
class Frozen:
    """Everything that a bulletin says in figures, as of one moment."""

    at: datetime.datetime
    unit: str
    level: str
    year: int
    quarter: int
    total: Tally
    before: Tally | None
    year_before: Tally | None
    units: tuple[UnitFigures, ...]
    # All tasks of the quarter, those with the lowest completion first.
    tasks: tuple[TaskFigures, ...]
    problems: tuple[Problem, ...]

    def as_json(self) -> dict[str, Any]:
        return {"version": VERSION, **asdict(self), "at": self.at.isoformat()}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Frozen:
        """Raises ValueError for figures of a version that is not known."""
        if kept.get("version") != VERSION:
            raise ValueError(f"figures of version {kept.get('version')!r}")
        given = {name: value for name, value in kept.items() if name != "version"}
        return cls(
            **given
            | {
                "at": datetime.datetime.fromisoformat(kept["at"]),
                "total": Tally(**kept["total"]),
                "before": _tally(kept["before"]),
                "year_before": _tally(kept["year_before"]),
                "units": tuple(_unit(unit) for unit in kept["units"]),
                "tasks": tuple(TaskFigures(**task) for task in kept["tasks"]),
                "problems": tuple(_problem(problem) for problem in kept["problems"]),
            }
        )


def _tally(kept: Mapping[str, Any] | None) -> Tally | None:
    return Tally(**kept) if kept else None


def _unit(kept: Mapping[str, Any]) -> UnitFigures:
    return UnitFigures(**{**kept, "tally": Tally(**kept["tally"])})


def _problem(kept: Mapping[str, Any]) -> Problem:
    return Problem(**{**kept, "kind": Kind(kept["kind"]), "villages": tuple(kept["villages"])})
