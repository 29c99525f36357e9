"""What figures shift where divisions changed since a ledger was issued.

A line is reported by the township that its village had at issue, and a township is counted under
the county that it has today. A crosswalk says what is read, added and left out so that the same
lines are summed on the divisions as they stood at issue, or as they stand today. How it is found
is in dashboard/changes.py.
"""

import datetime
import operator
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tasks.models import Counts, EntryQuerySet
from tasks.models.light import light_inputs
from tasks.models.summary import EACH_COUNT, EntrySummaryQuerySet, counting
from villages.models import Division, Level

# Of a count: the unit, and whatever else it is grouped by, such as task or quarter.
Key = tuple[Any, ...]
Moved = tuple[int, int, Key, Counts]


class Reading(StrEnum):
    """On which divisions figures are read; the value is what the address says."""

    REPORTED = ""
    THEN = "then"
    NOW = "now"

    @classmethod
    def named(cls, text: str) -> "Reading":
        """What an address asks for; anything unknown is as reported."""
        return cls(text) if text in set(cls) else cls.REPORTED

    @property
    def label(self) -> str | Promise:
        return LABELS[self]


LABELS = {
    Reading.REPORTED: _("As reported"),
    Reading.THEN: _("As they stood at issue"),
    Reading.NOW: _("As they stand today"),
}


@dataclass(frozen=True)
class MovedVillage:
    """A village whose lines count under another township than the one they were reported by."""

    village_id: int
    from_id: int
    to_id: int


@dataclass(frozen=True)
class CrosswalkLine:
    """A change in words, and how many lines of the quarter it moves."""

    on: datetime.date
    kind: str | Promise
    unit: str
    before: str
    after: str
    entries: int = 0
    stays: bool = False


@dataclass(frozen=True)
class Crosswalk:
    """What is shifted against the figures as reported, seen from one division.

    `enters` are townships that count here but hang elsewhere today, `outside` the reverse;
    `merged` leads from a village or township that ended to the one that goes on. `elsewhere`
    counts the units that belonged here and are managed by others now, whom one does not see.
    """

    division: Division
    reading: Reading = Reading.REPORTED
    is_offered: bool = False
    county_of: Mapping[int, int] = field(default_factory=dict)
    names: Mapping[int, str] = field(default_factory=dict)
    merged: Mapping[int, int] = field(default_factory=dict)
    moved_villages: tuple[MovedVillage, ...] = ()
    enters: frozenset[int] = frozenset()
    outside: frozenset[int] = frozenset()
    lines: tuple[CrosswalkLine, ...] = ()
    elsewhere: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether the figures are those as reported, names included."""
        shifts = self.county_of, self.merged, self.moved_villages, self.enters, self.outside
        return not any(shifts) and not self.names

    @property
    def has_splits(self) -> bool:
        """Whether lines stay with a unit that was split, because no line can be divided."""
        return any(line.stays for line in self.lines)

    @property
    def choices(self) -> list[tuple[Reading, bool]]:
        """What the switch offers, each with whether it is what is shown."""
        return [(reading, reading == self.reading) for reading in Reading]

    @cached_property
    def township_now_of(self) -> dict[int, int]:
        """Of each moved village, where all its lines count."""
        return {moved.village_id: moved.to_id for moved in self.moved_villages}

    def township_of(self, division_id: int, township_id: int) -> int:
        """The township-level unit under which a line counts."""
        goes = self.township_now_of.get(division_id)
        return self.merged.get(township_id, township_id) if goes is None else goes

    def unit_of(self, division_id: int) -> int:
        """The village or township as which a line counts: itself, or what it was merged into."""
        return self.merged.get(division_id, division_id)

    def name_of(self, division: Division) -> str:
        return self.names.get(division.pk, division.name)

    def counts_here(self, township_id: int) -> bool:
        """Of a township that a change touches: whether it counts in the division looked at."""
        return township_id not in self.outside

    def read_lines(self, entries: EntryQuerySet) -> EntryQuerySet:
        """Exactly the lines that count in the division looked at."""
        if self.division.level in (Level.CITY, Level.VILLAGE) or self.is_empty:
            return entries.within(self.division)
        townships = Division.objects.within(self.division).values("pk")
        own = Q(township__in=townships) | Q(township__in=self.enters)
        comes = [v for v, to in self.township_now_of.items() if self.counts_here(to)]
        stays = own & ~Q(township__in=self.outside) & ~Q(division__in=self.township_now_of)
        return entries.filter(stays | Q(division__in=comes))

    def read_summaries(self, summaries: EntrySummaryQuerySet) -> EntrySummaryQuerySet:
        """What shift() starts from: the townships that hang here, and those that count here."""
        within = Q(township__path__startswith=self.division.path)
        return summaries.filter(within | Q(township__in=self.enters))

    def moved_counts(self, entries: EntryQuerySet, *also: str) -> list[Moved]:
        """The lines of the moved villages, for shift(); one query, none where nothing moved."""
        if not self.moved_villages:
            return []
        keys = ("division_id", "township_id", *also)
        rows = entries.filter(division__in=self.township_now_of).owed().alias(**light_inputs())
        return [
            (row["division_id"], row["township_id"], tuple(row[k] for k in also), Counts.of(row))
            for row in rows.order_by().values(*keys).annotate(**counting())
        ]

    def shift(self, counts: Mapping[Key, Counts], moved: Iterable[Moved]) -> dict[Key, Counts]:
        """Counts by township and whatever else, on the divisions of this crosswalk.

        A moved village is taken from the township that reported for it, where that was read,
        and added where it counts; then merged units are summed, and what counts elsewhere goes.
        """
        left, gained = dict(counts), defaultdict[Key, Counts](Counts)
        for village_id, township_id, also, own in moved:
            if (township_id, *also) in left:
                left[township_id, *also] = _less(left[township_id, *also], own)
            gained[self.township_now_of[village_id], *also] += own
        shifted: dict[Key, Counts] = defaultdict(Counts)
        for key, own in (*left.items(), *gained.items()):
            # Where a village went is settled; of what is left the merges are followed.
            unit = self.merged.get(key[0], key[0])
            if self.counts_here(unit):
                shifted[unit, *key[1:]] += own
        return dict(shifted)

    def counts(
        self, summaries: EntrySummaryQuerySet, entries: EntryQuerySet, *also: str
    ) -> dict[Key, Counts]:
        """Counts by township and the fields named; both querysets are of the same lines."""
        found = self.read_summaries(summaries).counts_by("township_id", *also)
        read = {key if also else (key,): own for key, own in found}
        return self.shift(read, self.moved_counts(entries, *also))


def _less(all_lines: Counts, some: Counts) -> Counts:
    return Counts(*map(operator.sub, EACH_COUNT(all_lines), EACH_COUNT(some)))
