"""The figures of the overview, from the summaries (township and above) or the entries (below)."""

import datetime
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, Q

from tasks.models import Counts, Entry, EntrySummary, Ledger, Light, Period
from tasks.models.light import light_inputs
from tasks.models.summary import counting, extended_counts
from villages.models import Division, Level

Extended = dict[int, dict[datetime.date, Counts]]


@dataclass(frozen=True)
class Segment:
    """A piece of a bar in SVG: where it starts and how wide it is."""

    light: Light
    start: str
    width: str


@dataclass(frozen=True)
class Row:
    """One unit with its counts now and one quarter before, and its light."""

    division: Division
    counts: Counts
    before: Counts
    light: Light
    lights: dict[Light, int]
    units: "list[Row]"

    @property
    def lit(self) -> list[tuple[Light, int]]:
        return [(light, count) for light, count in self.lights.items() if count]

    @property
    def reported_of_owed(self) -> str:
        return f"{self.counts.reported}/{self.counts.owed}"

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
    def units_calm(self) -> int:
        """How many of the units below show no red light."""
        return sum(row.light != Light.RED for row in self.units)


def needing_attention(rows: list[Row], most: int = 6) -> list[Row]:
    """Units that show red or yellow, those with the largest share of red lines first."""
    lit = [row for row in rows if row.light in (Light.RED, Light.YELLOW)]
    lit.sort(key=lambda row: (-row.lights[Light.RED] / row.counts.owed, row.division.code))
    return lit[:most]


class Figures:
    """Counts of a division and everything below it, down to townships or, there, to villages.

    Two queries however many units there are, the counts and the divisions; and one where the
    due date of any line of the quarter was extended.
    """

    def __init__(
        self, division: Division, period: Period, previous: Period | None, ledger: Ledger
    ) -> None:
        self.division, self.period, self.ledger = division, period, ledger
        self.previous = previous if previous and previous.year == period.year else None
        self.counts: dict[int, Counts] = defaultdict(Counts)
        self.before: dict[int, Counts] = defaultdict(Counts)
        self._any_extended = False
        for unit_id, period_id, any_extended, counts in self._counted():
            target = self.counts if period_id == period.pk else self.before
            target[unit_id] += counts
            self._any_extended |= any_extended
        self._extended: tuple[datetime.date, Extended] | None = None

    def rows(self, on: datetime.date) -> list[Row]:
        """The next level down, each unit with its townships, in the order of their codes."""
        below: dict[int, list[Division]] = defaultdict(list)
        for division in self._divisions():
            township = self.division.level == Level.TOWNSHIP
            above = self.division.pk if township else division.parent_id
            below[above or 0].append(division)
        return self._rows(below, self.division, on)

    def _rows(
        self, below: dict[int, list[Division]], parent: Division, on: datetime.date
    ) -> list[Row]:
        rows = []
        for division in below[parent.pk]:
            division.parent = parent
            units = self._rows(below, division, on)
            row = self.row(division, units, on)
            if row.counts.owed or row.before.owed:
                rows.append(row)
        return rows

    def row(self, division: Division, units: list[Row], on: datetime.date) -> Row:
        counts, before = self.counts[division.pk], self.before[division.pk]
        extended = self.extended(on).get(division.pk, {})
        lights = Counter(counts.lights(self.period, self.ledger, on, extended))
        for unit in units:
            counts, before = counts + unit.counts, before + unit.before
            lights.update(unit.lights)
        light = counts.light(lights, self.ledger)
        return Row(division, counts, before, light, dict(lights), units)

    def extended(self, on: datetime.date) -> Extended:
        """Of each unit, the unreported lines that have more time on that day; read once."""
        if not self._any_extended:
            return {}
        if self._extended is None or self._extended[0] != on:
            lines = Entry.objects.within(self.division).filter(task__ledger=self.ledger)
            near = self.division.level in (Level.TOWNSHIP, Level.VILLAGE)
            unit = "division_id" if near else "township_id"
            self._extended = on, extended_counts(lines, self.period, on, unit)
        return self._extended[1]

    def own(self, on: datetime.date) -> Row | None:
        """A township's own lines, apart from those of its villages."""
        row = self.row(self.division, [], on)
        return row if row.counts.owed or row.before.owed else None

    def total(self, rows: list[Row], on: datetime.date) -> Row:
        return self.row(self.division, rows, on)

    def _periods(self) -> list[int]:
        return [period.pk for period in (self.period, self.previous) if period]

    def _counted(self) -> Iterable[tuple[int, int, bool, Counts]]:
        """Unit, quarter, whether any line of the quarter shown was extended, and the counts."""
        extended = Entry.objects.filter(period=self.period, extended_to__isnull=False)
        chosen: dict[str, Any] = {"task__ledger": self.ledger, "period__in": self._periods()}
        if self.division.level in (Level.TOWNSHIP, Level.VILLAGE):
            entries = Entry.objects.within(self.division).owed().filter(**chosen)
            group = entries.alias(**light_inputs()).annotate(any_extended=Exists(extended))
            keys = ("division_id", "period_id", "any_extended")
            for row in group.order_by().values(*keys).annotate(**counting()):
                yield *(row[key] for key in keys), Counts.of(row)
            return
        summaries = EntrySummary.objects.filter(**chosen)
        if self.division.pk != self.ledger.division_id:
            # At the issuing unit its whole ledger is within; no need to look at each path.
            summaries = summaries.within(self.division)
        flagged = summaries.annotate(any_extended=Exists(extended))
        for keys, counts in flagged.counts_by("township_id", "period_id", "any_extended"):
            yield *keys, counts

    def _divisions(self) -> Iterable[Division]:
        """Units below, no deeper than what is shown: townships, or the villages of one.

        A township's villages are those that its lines come from, as at issue, like the lines.
        """
        if self.division.level == Level.TOWNSHIP:
            below = Division.objects.filter(pk__in={*self.counts, *self.before})
        else:
            near = Q(parent=self.division) | Q(parent__parent=self.division)
            below = Division.objects.filter(near).exclude(level=Level.VILLAGE)
        return below.exclude(pk=self.division.pk).defer("pinyin").order_by("code")
