"""The tree as it stood on a day: the tree as it is, with what happened since undone."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from django.utils import timezone

from villages.models import Division, DivisionChange

Kind = DivisionChange.ChangeKind


@dataclass(frozen=True)
class Unit:
    """A division as it stood: its managing unit and its name."""

    parent_id: int | None
    name: str


@dataclass(frozen=True)
class Tree:
    """The divisions that existed on a day, each with its managing unit and name on that day.

    `old_parents` and `old_names` are where it differs from how the divisions are kept now. What
    they stand on is read when it is first asked for, so that a day after the last change costs
    one query.
    """

    day: datetime.date
    old_parents: Mapping[int, int] = field(default_factory=dict)
    old_names: Mapping[int, str] = field(default_factory=dict)

    @classmethod
    def on(cls, day: datetime.date) -> Tree:
        return cls.undoing(DivisionChange.objects.after(day), day)

    @classmethod
    def today(cls) -> Tree:
        """As the divisions are kept: a change is written when its day is there."""
        return cls(timezone.localdate())

    @classmethod
    def undoing(cls, changes: Iterable[DivisionChange], day: datetime.date) -> Tree:
        """Undo changes, the newest first: of two renames the older one's old name remains."""
        parents: dict[int, int] = {}
        names: dict[int, str] = {}
        for change in changes:
            if change.kind == Kind.TRANSFER and change.old_parent_id:
                parents[change.source_id] = change.old_parent_id
            elif change.kind == Kind.RENAME and change.old_value:
                names[change.source_id] = change.old_value
        return cls(day, parents, names)

    @cached_property
    def units(self) -> Mapping[int, Unit]:
        return {
            pk: Unit(self.old_parents.get(pk, parent_id), self.old_names.get(pk, name))
            for pk, parent_id, name in Division.objects.at(self.day)
            .order_by()
            .values_list("pk", "parent_id", "name")
        }

    def parent_of(self, division: Division) -> int | None:
        """Of a unit at hand, without reading all others."""
        return self.old_parents.get(division.pk, division.parent_id)

    def name_of(self, division: Division) -> str:
        return self.old_names.get(division.pk, division.name)


def merged_into(changes: Iterable[DivisionChange], on: datetime.date) -> dict[int, int]:
    """Of each unit that ended by one of these merges, the unit that goes on, merge after merge."""
    direct = {
        change.source_id: change.target_id
        for change in changes
        if change.kind == Kind.MERGE and change.source.has_ended(on)
    }
    return {source: _last(source, direct) for source in direct}


def _last(unit: int, direct: Mapping[int, int]) -> int:
    passed = {unit}
    while unit in direct and direct[unit] not in passed:
        unit = direct[unit]
        passed.add(unit)
    return unit
