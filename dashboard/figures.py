"""The figures of a division in a quarter: its units and tasks, each with counts and a light."""

import datetime
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from django.db.models import Q

from dashboard.choice import ALL, Choice
from dashboard.counting import Counted, Counting, Extended, added
from dashboard.crosswalk import Crosswalk
from dashboard.measures import Band, Measure
from tasks.models import Counts, Ledger, Light, LightOverride, Period
from villages.models import Division, Level


@dataclass(frozen=True)
class Segment:
    """A piece of a bar in SVG: where it starts and how wide it is."""

    light: Light
    start: str
    width: str


@dataclass(frozen=True)
class Row:
    """One unit with its counts now, one quarter before and one year before, and its light."""

    division: Division
    counts: Counts
    before: Counts
    light: Light
    lights: dict[Light, int]
    units: "list[Row]"
    year_ago: Counts = field(default_factory=Counts)
    # Set by hand by a level above: what is shown in the place of the light by the rule.
    override: LightOverride | None = None

    @property
    def lit(self) -> list[tuple[Light, int]]:
        return [(light, count) for light, count in self.lights.items() if count]

    @property
    def segments(self) -> list[Segment]:
        """The lights as pieces of one bar, out of 100."""
        segments, start = [], 0.0
        for light, count in self.lit:
            width = count * 100 / self.counts.owed
            segments.append(Segment(light, f"{start:.2f}", f"{width:.2f}"))
            start += width
        return segments

    @property
    def overdue(self) -> int:
        """Unreported lines whose time is over: the red ones that no value made red."""
        return self.lights[Light.RED] - self.counts.far_behind

    @property
    def is_silent(self) -> bool:
        """Nothing has been filled in yet."""
        return bool(self.counts.owed) and self.counts.blank == self.counts.owed

    @property
    def red_share(self) -> float:
        return self.lights[Light.RED] / self.counts.owed if self.counts.owed else 0.0

    def band(self, measure: Measure) -> Band | None:
        return measure.band(self.counts)


class Figures:
    """Counts of a division and everything below it, down to townships or, there, to villages.

    The counts take one query however many units there are, the divisions another, the cells of
    the matrix a third; and one more where the due date of any line was extended.
    """

    # Whether to look for lights set by hand; who knows that there are none saves the query.
    any_by_hand = True

    def __init__(
        self,
        division: Division,
        period: Period,
        previous: Period | None,
        ledger: Ledger,
        *,
        year_ago: Period | None = None,
        choice: Choice = ALL,
        crosswalk: Crosswalk | None = None,
    ) -> None:
        self.division, self.period, self.ledger = division, period, ledger
        self.previous, self.year_ago = previous, year_ago
        others = tuple(dict.fromkeys(other for other in (previous, year_ago) if other))
        self.crosswalk = crosswalk or Crosswalk(division)
        self.counting = Counting(division, ledger, period, others, choice, self.crosswalk)
        self._kept: dict[datetime.date, Mapping[tuple[int, int], Extended]] = {}
        self._by_hand: dict[datetime.date, Mapping[tuple[int, int | None], LightOverride]] = {}

    def rows(self, on: datetime.date) -> list[Row]:
        """The next level down, each unit with its townships, in the order of their codes."""
        below: dict[int, list[Division]] = defaultdict(list)
        for division in self._divisions():
            below[self._above(division)].append(division)
        return self._rows(below, self.division, on)

    def _above(self, division: Division) -> int:
        """Under which unit a division is shown, in the reading of the figures."""
        if self.division.level == Level.TOWNSHIP or division.pk in self.crosswalk.enters:
            return self.division.pk
        return self.crosswalk.county_of.get(division.pk, division.parent_id or 0)

    def _rows(
        self, below: dict[int, list[Division]], parent: Division, on: datetime.date
    ) -> list[Row]:
        rows = []
        for division in below[parent.pk]:
            division.parent = parent
            division.name = self.crosswalk.name_of(division)
            units = self._rows(below, division, on)
            row = self.row(division, units, on)
            if row.counts.owed or row.before.owed:
                rows.append(row)
        return rows

    def row(self, division: Division, units: list[Row], on: datetime.date) -> Row:
        counts, before, year_ago = (
            self._counted.units.get((division.pk, period.pk), Counts()) if period else Counts()
            for period in (self.period, self.previous, self.year_ago)
        )
        lights = Counter(
            counts.lights(self.period, self.ledger, on, self._extended_of(division, on))
        )
        if units:
            counts = Counts.sum([counts, *(unit.counts for unit in units)])
            before = Counts.sum([before, *(unit.before for unit in units)])
            year_ago = Counts.sum([year_ago, *(unit.year_ago for unit in units)])
            for unit in units:
                lights.update(unit.lights)
        override = self._override_of(division, on)
        light = Light(override.light) if override else counts.light(lights, self.ledger)
        return Row(division, counts, before, light, dict(lights), units, year_ago, override)

    def _override_of(self, division: Division, on: datetime.date) -> LightOverride | None:
        """Of all its lines, or of one task of them; a light of other lines is nobody's word."""
        choice = self.counting.choice
        if choice.category or choice.kind:
            return None
        task = int(choice.task) if choice.task else None
        return self.overrides(on).get((division.pk, task))

    def overrides(self, on: datetime.date) -> Mapping[tuple[int, int | None], LightOverride]:
        """The lights set by hand that stand on that day, by unit and task (None: the whole)."""
        if not self.any_by_hand:
            return {}
        if on not in self._by_hand:
            standing = LightOverride.objects.filter(period=self.period).standing(on)
            self._by_hand[on] = {
                (given.division_id, given.task_id): given for given in standing.select_related("by")
            }
        return self._by_hand[on]

    def own(self, on: datetime.date) -> Row | None:
        """A township's own lines, apart from those of its villages."""
        row = self.row(self.division, [], on)
        return row if row.counts.owed or row.before.owed else None

    def total(self, rows: list[Row], on: datetime.date) -> Row:
        return self.row(self.division, rows, on)

    @cached_property
    def cells(self) -> dict[tuple[int, int], Counts]:
        """The counts of the quarter by column and task."""
        return self._counted.cells or self.counting.cells()

    def lit(
        self, counts: Counts, on: datetime.date, extended: Iterable[Extended] = ()
    ) -> tuple[Light, dict[Light, int]]:
        """The light of some lines together, and of each."""
        lights = counts.lights(self.period, self.ledger, on, added(extended))
        return counts.light(lights, self.ledger), lights

    def extended(self, on: datetime.date) -> Mapping[tuple[int, int], Extended]:
        """Of each unit and task, the unreported lines that have more time on that day."""
        if not self._counted.any_extended:
            return {}
        if on not in self._kept:
            self._kept[on] = self.counting.extended(on)
        return self._kept[on]

    def _extended_of(self, division: Division, on: datetime.date) -> Extended:
        found = self.extended(on)
        return added(of for (unit, _task), of in found.items() if unit == division.pk)

    @cached_property
    def _counted(self) -> Counted:
        return self.counting.read()

    def _divisions(self) -> Iterable[Division]:
        """Units below, no deeper than what is shown: townships, or the villages of one.

        A township's villages are those that its lines come from, as at issue, like the lines.
        """
        if self.division.level == Level.TOWNSHIP:
            below = Division.objects.filter(pk__in={unit for unit, _period in self._counted.units})
        else:
            near = Q(parent=self.division) | Q(parent__parent=self.division)
            near |= Q(pk__in=self.crosswalk.enters)
            below = Division.objects.filter(near).exclude(level=Level.VILLAGE)
            below = below.exclude(pk__in=self.crosswalk.outside)
        return below.exclude(pk=self.division.pk).defer("pinyin").order_by("code")
