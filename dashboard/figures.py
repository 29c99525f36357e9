"""The figures of the overview, from the summaries (township and above) or the entries (below)."""

import datetime
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from tasks.models import Counts, Entry, EntrySummary, Ledger, Light, Period
from tasks.models.light import light_inputs
from tasks.models.summary import counting
from villages.models import Division, Level


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

    Three queries however many units there are: the counts, the divisions, nothing per row.
    """

    def __init__(
        self, division: Division, period: Period, previous: Period | None, ledger: Ledger
    ) -> None:
        self.division, self.period, self.ledger = division, period, ledger
        self.previous = previous if previous and previous.year == period.year else None
        self.counts: dict[int, Counts] = defaultdict(Counts)
        self.before: dict[int, Counts] = defaultdict(Counts)
        for unit_id, period_id, counts in self._counted():
            target = self.counts if period_id == period.pk else self.before
            target[unit_id] += counts

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
        for unit in units:
            counts, before = counts + unit.counts, before + unit.before
        lights = counts.lights(self.period, self.ledger, on)
        light = counts.light(lights, self.ledger)
        return Row(division, counts, before, light, lights, units)

    def own(self, on: datetime.date) -> Row | None:
        """A township's own lines, apart from those of its villages."""
        row = self.row(self.division, [], on)
        return row if row.counts.owed or row.before.owed else None

    def total(self, rows: list[Row], on: datetime.date) -> Row:
        return self.row(self.division, rows, on)

    def _periods(self) -> list[int]:
        return [period.pk for period in (self.period, self.previous) if period]

    def _counted(self) -> Iterable[tuple[int, int, Counts]]:
        if self.division.level in (Level.TOWNSHIP, Level.VILLAGE):
            entries = (
                Entry.objects.within(self.division)
                .owed()
                .filter(task__ledger=self.ledger, period__in=self._periods())
            )
            group = entries.alias(**light_inputs()).order_by().values("division_id", "period_id")
            for row in group.annotate(**counting()):
                yield row["division_id"], row["period_id"], Counts.of(row)
            return
        summaries = EntrySummary.objects.filter(
            task__ledger=self.ledger, period__in=self._periods()
        )
        if self.division.pk != self.ledger.division_id:
            # At the issuing unit its whole ledger is within; no need to look at each path.
            summaries = summaries.within(self.division)
        for (unit_id, period_id), counts in summaries.counts_by("township_id", "period_id"):
            yield unit_id, period_id, counts

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
