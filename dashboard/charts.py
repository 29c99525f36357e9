"""Charts as SVG made on the server: they need no script, print, scale, and read aloud.

Looks come from classes in static/css/charts.css; what stands where, from dashboard/geometry.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from dashboard.geometry import across, down, steps
from dashboard.templatetags.display import percent

ROW = 26  # of a bar chart
BARS_BEGIN, BARS_END = 33.0, 86.0


class Share(NamedTuple):
    """A part of a whole; there is none where nothing is whole."""

    part: int
    whole: int

    @property
    def percent(self) -> float:
        return self.part * 100 / self.whole

    @property
    def shown(self) -> str:
        return f"{percent(self.part, self.whole)}%"

    @property
    def fraction(self) -> str:
        return f"{self.part:,}/{self.whole:,}"

    def __str__(self) -> str:
        return _("%(percent)s (%(fraction)s)") % {
            "percent": self.shown,
            "fraction": self.fraction,
        }


@dataclass(frozen=True)
class Tick:
    """A quarter on the axis; `year` is empty but where a year begins."""

    name: str
    short: str
    year: str
    is_open: bool = False


@dataclass(frozen=True)
class LineChart:
    """Shares of one unit over quarters; None for a quarter that has none.

    `name` is its own within the page, and `behind` a line in grey to compare with.
    """

    name: str
    title: str
    ticks: Sequence[Tick]
    shares: Sequence[Share | None]
    behind: Sequence[Share | None] = ()
    top: int = 100
    is_small: bool = False

    @property
    def rows(self) -> list[tuple[Tick, Share | None]]:
        return list(zip(self.ticks, self.shares, strict=True))

    @property
    def known(self) -> list[tuple[int, Share]]:
        """Places with their shares, without those that have none."""
        return [(place, share) for place, share in enumerate(self.shares) if share]

    @property
    def last(self) -> Share | None:
        return self.known[-1][1] if self.known else None

    @property
    def last_tick(self) -> Tick | None:
        return self.ticks[self.known[-1][0]] if self.known else None

    @property
    def in_words(self) -> str:
        if not self.known:
            return _("No quarter has figures.")
        said = [(self.ticks[place].name, share) for place, share in self.known]
        if len(said) == 1:
            return ": ".join(map(str, said[0]))
        lowest = min(said, key=lambda pair: pair[1].percent)
        highest = max(said, key=lambda pair: pair[1].percent)
        return _("%(first)s to %(last)s: lowest %(low)s in %(lowest)s, highest %(high)s in "
                 "%(highest)s, last %(now)s.") % {
            "first": said[0][0], "last": said[-1][0], "now": said[-1][1],
            "low": lowest[1], "lowest": lowest[0], "high": highest[1], "highest": highest[0],
        }  # fmt: skip


@dataclass(frozen=True)
class BarChart:
    """Shares of several units in one quarter."""

    name: str
    title: str
    bars: Sequence[tuple[str, Share]]
    top: int = 100

    @property
    def in_words(self) -> str:
        """Every bar: there is no line to follow."""
        return _("; ").join(f"{label} {share}" for label, share in self.bars)


class Frame(NamedTuple):
    """The room for a line: pixels above, of the plot and below; its edges in percent."""

    head: int
    height: int
    foot: int
    left: float
    right: float

    @property
    def total(self) -> int:
        return self.head + self.height + self.foot


LARGE = Frame(head=22, height=96, foot=36, left=13.0, right=95.0)
SMALL = Frame(head=20, height=56, foot=20, left=4.0, right=96.0)


def line_chart(chart: LineChart) -> SafeString:
    frame = SMALL if chart.is_small else LARGE
    spots = _spots(chart.shares, chart, frame)
    parts = [
        _grid(chart, frame),
        _ends(chart, frame) if chart.is_small else _ticks(chart, frame),
        _line("behind", chart, _spots(chart.behind, chart, frame)),
        _line("line", chart, spots),
        _dots(chart, spots),
        _last_value(chart, spots, frame),
    ]
    return _svg(chart, frame.total, parts)


def bar_chart(chart: BarChart) -> SafeString:
    length = BARS_END - BARS_BEGIN
    rows = [
        (
            f"{ROW * (place + 0.5) + 4:.0f}", label,
            f"{BARS_BEGIN:.0f}%", f"{ROW * place + 5}", f"{length:.0f}%", f"{ROW - 10}",
            f"{length * min(share.percent, chart.top) / chart.top:.2f}%", share, share.shown,
        )
        for place, (label, share) in enumerate(chart.bars)
    ]  # fmt: skip
    parts = format_html_join(
        "",
        '<g><text class="unit" x="0" y="{0}">{1}</text>'
        '<rect class="track" x="{2}" y="{3}" width="{4}" height="{5}"/>'
        '<rect class="share" x="{2}" y="{3}" width="{6}" height="{5}"/>'
        '<text class="value" x="100%" y="{0}" text-anchor="end">{8}</text>'
        "<title>{1} {7}</title></g>",
        rows,
    )
    return _svg(chart, ROW * len(rows), [parts])


def _svg(chart: LineChart | BarChart, height: int, parts: Sequence[SafeString]) -> SafeString:
    return format_html(
        '<svg class="chart" width="100%" height="{0}" role="img" aria-labelledby="{1}-t {1}-d">'
        '<title id="{1}-t">{2}</title><desc id="{1}-d">{3}</desc>{4}</svg>',
        *(height, chart.name, chart.title, chart.in_words),
        SafeString("".join(parts)),
    )


Spot = tuple[float, float] | None


def _spots(shares: Sequence[Share | None], chart: LineChart, frame: Frame) -> list[Spot]:
    """Where the shares stand: percent from the left, pixels from above."""
    places = len(chart.ticks)
    return [
        share
        and (
            across(place, places, frame.left, frame.right),
            down(share.percent, chart.top, frame.head, frame.height),
        )
        for place, share in enumerate(shares)
    ]


def _grid(chart: LineChart, frame: Frame) -> SafeString:
    """The foot, the middle and the top of the scale; in a small chart without their numbers."""
    lines = [
        (f"{down(percent, chart.top, frame.head, frame.height):.1f}", f"{percent:g}%")
        for percent in (0, chart.top / 2, chart.top)
    ]
    begin = 0 if chart.is_small else frame.left - 2
    rules = format_html_join(
        "",
        '<line class="grid" x1="{}%" x2="100%" y1="{}" y2="{}"/>',
        ((begin, y, y) for y, _name in lines),
    )
    if chart.is_small:
        return rules
    names = format_html_join(
        "",
        '<text class="tick" x="{}%" y="{}" dy="3.5" text-anchor="end">{}</text>',
        ((frame.left - 3, y, name) for y, name in lines),
    )
    return rules + names


def _ticks(chart: LineChart, frame: Frame) -> SafeString:
    """Every quarter, and below it the year where one begins."""
    foot, places = frame.head + frame.height, len(chart.ticks)
    words = []
    for place, tick in enumerate(chart.ticks):
        x = f"{across(place, places, frame.left, frame.right):.2f}"
        words.append((x, foot + 15, tick.short))
        if tick.year:
            words.append((x, foot + 30, tick.year))
    return format_html_join(
        "", '<text class="tick" x="{}%" y="{}" text-anchor="middle">{}</text>', words
    )


def _ends(chart: LineChart, frame: Frame) -> SafeString:
    """The first and the last quarter alone, at the edges."""
    y = frame.total - 4
    first, last = chart.ticks[0], chart.ticks[-1]
    if first is last:
        words = [("50%", y, "middle", first.name)]
    else:
        words = [("0", y, "start", first.name), ("100%", y, "end", last.name)]
    return format_html_join(
        "", '<text class="tick" x="{}" y="{}" text-anchor="{}">{}</text>', words
    )


def _line(css_class: str, chart: LineChart, spots: Sequence[Spot]) -> SafeString:
    """Piece by piece, because a polyline takes no percents; into an open quarter it is dashed."""
    pieces = []
    for before, after in steps([spot is not None for spot in spots]):
        (x1, y1), (x2, y2) = spots[before] or (0, 0), spots[after] or (0, 0)
        looks = f"{css_class} open" if chart.ticks[after].is_open else css_class
        pieces.append((looks, f"{x1:.2f}", f"{y1:.1f}", f"{x2:.2f}", f"{y2:.1f}"))
    return format_html_join("", '<line class="{}" x1="{}%" y1="{}" x2="{}%" y2="{}"/>', pieces)


def _dots(chart: LineChart, spots: Sequence[Spot]) -> SafeString:
    """Each with what it says to the pointer, and around it some room to meet it."""
    dots = [
        (
            f"{spot[0]:.2f}", f"{spot[1]:.1f}", "dot open" if tick.is_open else "dot",
            f"{tick.name} {share}",
        )
        for (tick, share), spot in zip(chart.rows, spots, strict=True)
        if spot
    ]  # fmt: skip
    return format_html_join(
        "",
        '<g><circle class="near" cx="{0}%" cy="{1}" r="9"/>'
        '<circle class="{2}" cx="{0}%" cy="{1}" r="3"/><title>{3}</title></g>',
        dots,
    )


def _last_value(chart: LineChart, spots: Sequence[Spot], frame: Frame) -> SafeString:
    """Beside the last dot: above it, or below it where the line comes down to it."""
    if not chart.known:
        return SafeString("")
    place, share = chart.known[-1]
    x, y = spots[place] or (0, 0)
    before = spots[place - 1] if place else None
    has_room = y + 16 < frame.head + frame.height
    down_by = 17 if before and before[1] < y and has_room else -8
    at_edge = place > 0 and x == frame.right
    return format_html(
        '<text class="value" x="{}%" y="{}" text-anchor="{}">{}</text>',
        *(f"{100 if at_edge else x:.2f}", f"{y + down_by:.1f}"),
        *("end" if at_edge else "middle", share.shown),
    )
