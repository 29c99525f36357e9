"""Finding the crosswalk of a page: what changed since the ledger was issued, and for whom."""

import datetime
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Count, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from dashboard.crosswalk import Crosswalk, CrosswalkLine, MovedVillage, Reading
from tasks.models import Entry, EntrySummary, Ledger, Period
from villages.models import Division, DivisionChange, Level, Viewer
from villages.standing import Tree, merged_into

Kind = DivisionChange.ChangeKind


def find_crosswalk(
    ledger: Ledger, period: Period, division: Division, viewer: Viewer, reading: Reading
) -> Crosswalk:
    """What figures of a division shift in a reading; one query where nothing changed.

    As reported there is nothing to shift; the crosswalk then says only whether other readings
    are offered. A village's own page has one reading.
    """
    if ledger.issued_at is None or division.level == Level.VILLAGE:
        return Crosswalk(division)
    since = DivisionChange.objects.since(ledger.issued_at).order_by("-on", "-pk")
    # All of them, not only those around here: what came here may have gone a long way.
    changes = list(since.select_related("source__parent", "target__parent", "old_parent"))
    is_offered = any(_concerns(change, division) for change in changes)
    if not is_offered or reading == Reading.REPORTED:
        return Crosswalk(division, is_offered=is_offered)
    day = timezone.localdate(ledger.issued_at)
    return _Finder(ledger, day, period, division, viewer, reading, changes).crosswalk()


def _concerns(change: DivisionChange, division: Division) -> bool:
    units = change.source, change.target, change.old_parent
    return any(division.manages(unit) for unit in units if unit)


@dataclass
class _Finder:
    """Works a crosswalk out of the changes since issue, the newest first."""

    ledger: Ledger
    issued_on: datetime.date
    period: Period
    division: Division
    viewer: Viewer
    reading: Reading
    changes: list[DivisionChange]

    def crosswalk(self) -> Crosswalk:
        touched = self._townships
        here = {pk for pk in touched if self._counts_here(pk)}
        hang_here = {pk for pk, unit in touched.items() if self.division.manages(unit)}
        around = [change for change in self.changes if _concerns(change, self.division)]
        lines = _Lines(around, self._sees, self._entries_of)
        return Crosswalk(
            division=self.division,
            reading=self.reading,
            is_offered=True,
            county_of=self._county_of,
            names=self._names,
            merged=self._merged,
            moved_villages=self._moved_villages,
            enters=frozenset(here - hang_here),
            outside=frozenset(touched.keys() - here),
            lines=tuple(lines.shown()),
            elsewhere=lines.hidden,
        )

    def _sees(self, unit: Division) -> bool:
        own = self.viewer.division
        return self.viewer.sees_everything or bool(own and own.manages(unit))

    @cached_property
    def _units(self) -> dict[int, Division]:
        """Every unit that the changes name, and those above it."""
        units = {}
        for change in self.changes:
            for unit in (change.source, change.target, change.old_parent):
                if unit:
                    units[unit.pk] = unit
            for unit in (change.source.parent, change.target.parent):
                if unit:
                    units.setdefault(unit.pk, unit)
        return units

    @cached_property
    def _tree(self) -> Tree:
        """The tree of this reading, as far as it is not as kept."""
        if self.reading == Reading.NOW:
            return Tree.today()
        after = [change for change in self.changes if change.on > self.issued_on]
        return Tree.undoing(after, self.issued_on)

    @cached_property
    def _merged(self) -> dict[int, int]:
        if self.reading == Reading.THEN:
            return {}
        return merged_into(self.changes, timezone.localdate())

    @cached_property
    def _names(self) -> dict[int, str]:
        seen = {pk for pk, unit in self._units.items() if self._sees(unit)}
        return {pk: name for pk, name in self._tree.old_names.items() if pk in seen}

    @cached_property
    def _county_of(self) -> dict[int, int]:
        """Townships that a county above this reading had at issue and another has today."""
        return {
            pk: county
            for pk, county in self._tree.old_parents.items()
            if self._units[pk].level == Level.TOWNSHIP and self._sees(self._units[pk])
        }

    def _township_of(self, village: Division) -> int:
        """Where all lines of a village count in this reading."""
        last = self._units[self._merged.get(village.pk, village.pk)]
        township = self._tree.parent_of(last) or 0
        return self._merged.get(township, township)

    @cached_property
    def _groups(self) -> list[tuple[int, int, int, int]]:
        """Village or merged unit, township at issue, quarter, and how many lines they owe."""
        moving = (Kind.TRANSFER, Kind.MERGE)
        sources = {
            change.source_id
            for change in self.changes
            if change.source.level == Level.VILLAGE and change.kind in moving
        }
        owed = Entry.objects.filter(
            task__ledger=self.ledger, division__in=sources | set(self._merged)
        )
        keys = "division_id", "township_id", "period_id"
        return list(owed.owed().order_by().values_list(*keys).annotate(Count("pk")))

    @cached_property
    def _moved_villages(self) -> tuple[MovedVillage, ...]:
        moves = set()
        for village_id, township_id, _period, _count in self._groups:
            village = self._units[village_id]
            if village.level == Level.VILLAGE:
                moves.add(MovedVillage(village_id, township_id, self._township_of(village)))
        real = [move for move in moves if self._applies(move)]
        return tuple(sorted(real, key=lambda move: (move.village_id, move.from_id)))

    def _applies(self, move: MovedVillage) -> bool:
        """What one sees neither where it was nor where it is, is left as it is."""
        known = [move.village_id, move.from_id, self._merged.get(move.village_id, 0)]
        units = [unit for pk in known if (unit := self._all_units.get(pk))]
        return move.from_id != move.to_id and any(map(self._sees, units))

    @cached_property
    def _all_units(self) -> dict[int, Division]:
        """With the townships that lines were reported by, should no change name them."""
        missing = {group[1] for group in self._groups} - self._units.keys()
        return self._units | (Division.objects.in_bulk(missing) if missing else {})

    @cached_property
    def _townships(self) -> dict[int, Division]:
        """Townships that the changes touch, and those that moved lines come from and go to."""
        moved = {pk for move in self._moved_villages for pk in (move.from_id, move.to_id)}
        return {
            pk: unit
            for pk, unit in self._all_units.items()
            if unit.level == Level.TOWNSHIP or pk in moved
        }

    def _counts_here(self, township_id: int) -> bool:
        township = self._all_units[self._merged.get(township_id, township_id)]
        if self.division.level == Level.CITY:
            return True
        if self.division.level == Level.TOWNSHIP:
            return township.pk == self.division.pk
        county = self._tree.parent_of(township)
        hidden = not self._sees(township)
        return county == self.division.pk and not hidden

    @cached_property
    def _entries(self) -> Counter[int]:
        """How many lines of the quarter a unit's change moves: its own, or its township's all."""
        counted: Counter[int] = Counter()
        for division_id, _township, period_id, count in self._groups:
            if period_id == self.period.pk:
                counted[division_id] += count
        return counted

    def _entries_of(self, change: DivisionChange) -> int:
        if change.kind in (Kind.RENAME, Kind.SPLIT):
            return 0
        if change.kind == Kind.TRANSFER and change.source.level != Level.VILLAGE:
            return self._of_townships.get(change.source_id, 0)
        return self._entries[change.source_id]

    @cached_property
    def _of_townships(self) -> dict[int, int]:
        moved = {
            change.source_id
            for change in self.changes
            if change.kind == Kind.TRANSFER and change.source.level == Level.TOWNSHIP
        }
        owed = EntrySummary.objects.filter(
            task__ledger=self.ledger, period=self.period, township__in=moved
        )
        return dict(owed.order_by().values_list("township_id").annotate(Sum("owed")))


class _Lines:
    """The changes in words, for somebody who does not see every unit they name."""

    def __init__(
        self,
        changes: list[DivisionChange],
        sees: Callable[[Division], bool],
        entries_of: Callable[[DivisionChange], int],
    ) -> None:
        self._changes, self._sees, self._entries_of = changes, sees, entries_of
        self.hidden = len({c.source_id for c in self._changes if not sees(c.source)})

    def shown(self) -> Iterator[CrosswalkLine]:
        """The newest first: what a change led to is what the next one replaced."""
        parents: dict[int, Division | None] = {}
        names: dict[int, str] = {}
        for change in self._changes:
            unit = change.source
            before, after = unit.name, change.target.name
            if change.kind == Kind.TRANSFER:
                above = parents.get(unit.pk, unit.parent)
                before, after = self._name(change.old_parent), self._name(above)
                parents[unit.pk] = change.old_parent
            elif change.kind == Kind.RENAME:
                before, after = change.old_value, names.get(unit.pk, unit.name)
                names[unit.pk] = change.old_value
            else:
                before, after = self._name(unit), self._name(change.target)
            if self._sees(unit):
                yield self._line(change, before, after)

    def _line(self, change: DivisionChange, before: str, after: str) -> CrosswalkLine:
        return CrosswalkLine(
            on=change.on,
            kind=change.get_kind_display(),
            unit=change.source.name,
            before=before,
            after=after,
            entries=self._entries_of(change),
            stays=change.kind == Kind.SPLIT,
        )

    def _name(self, unit: Division | None) -> str:
        return unit.name if unit and self._sees(unit) else _("a unit managed elsewhere")
