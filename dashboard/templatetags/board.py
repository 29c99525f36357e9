"""Addresses and marks on the pages of figures."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import template
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from dashboard.attention import Reason
from dashboard.board import Board
from dashboard.choice import Choice
from dashboard.figures import Row
from dashboard.matrix import Cell
from dashboard.measures import Measure
from dashboard.templatetags.display import MARKS, address
from tasks.models import Counts, LightOverride, Period, Task
from villages.models import Division

register = template.Library()


@dataclass(frozen=True)
class Mark:
    """How something is shown: a style, a mark that survives print, words, and n/N."""

    style: str
    mark: str
    meaning: str
    part: int
    whole: int


def mark(of: Row | Cell, measure: Measure | None) -> Mark:
    """By its light with reported/owed, or by the band of a measure with n/N of that."""
    counts = of.counts
    if measure is None:
        meaning, shown = of.light.colour, MARKS[of.light]
        if of.override:
            meaning, shown = f"{meaning} · {said_of(of.override)}", f"{shown}✎"
        return Mark(of.light.value, shown, meaning, counts.reported, counts.owed)
    band = measure.band(counts)
    share = measure.part(counts), measure.whole(counts)
    if band is None:
        return Mark("band-none", "–", _("nothing to measure"), *share)
    return Mark(f"band-{band.letter.lower()}", band.letter, str(band.name), *share)


@register.simple_tag
def said_of(override: LightOverride) -> str:
    """What a light set by hand says of itself."""
    said = {
        "name": override.by,
        "day": date_format(override.until, "MONTH_DAY_FORMAT"),
        "reason": override.reason,
    }
    return _("Set by hand by %(name)s, until %(day)s: %(reason)s") % said


@register.simple_tag
def mark_of(of: Row | Cell, choice: Choice) -> Mark:
    return mark(of, choice.measured)


@dataclass(frozen=True)
class Share:
    part: int
    whole: int


@register.simple_tag
def share_of_row(measure: Measure, counts: Counts) -> Share:
    return Share(measure.part(counts), measure.whole(counts))


@register.filter
def shown_by(rows: list[Row], choice: Choice) -> list[Row]:
    """The units whose light is chosen, or all of them."""
    return [row for row in rows if not choice.light or row.light == choice.light]


@register.simple_tag
def page_of(name: str, division: Division, period: Period, choice: Choice, **changes: str) -> str:
    """A page of figures with what is chosen kept."""
    query = choice.but(**changes).query if changes else choice.query
    return f"{address(f'dashboard:{name}', division.code, period.code)}{query}"


@register.simple_tag
def lines_of(
    division: Division, period: Period, choice: Choice, own: bool = False, **more: Any
) -> str:
    """The list of the lines that a number counts; `own`: without those of units below.

    Empty on other divisions than those that reported: no list counts what they do.
    """
    if choice.divisions:
        return ""
    wanted = {**choice.lines, **{name: str(value) for name, value in more.items() if value}}
    if own:
        wanted["unit"] = division.code
    listed = address("tasks:entries", division.code, period.code)
    return f"{listed}?{urlencode(wanted)}" if wanted else listed


# Tiles and cells are drawn by tags and not by partials: a page shows hundreds of them, and an
# include costs ten times as much.
TILE = (
    '<li><a class="tile {}" href="{}" title="{}"><b>{}</b><span>{}/{}<span aria-hidden="true">'
    '{}</span><span class="visually-hidden">{}</span></span></a></li>'
)
CELL = (
    '<td><a class="cell {}" href="{}">{}/{}<i aria-hidden="true">{}</i>'
    '<span class="visually-hidden">{}</span></a></td>'
)
CELL_WITHOUT_LIST = (
    '<td><span class="cell {}">{}/{}<i aria-hidden="true">{}</i>'
    '<span class="visually-hidden">{}</span></span></td>'
)
NOT_DUE = (
    '<td class="muted none"><span aria-hidden="true">·</span>'
    '<span class="visually-hidden">{}</span></td>'
)


@register.simple_tag
def tile(row: Row, within: str, period: Period, choice: Choice) -> SafeString:
    """A unit on the wall map; `within` is the name of the unit above."""
    shown, unit = mark(row, choice.measured), row.division
    title = f"{within} {unit.name} · {shown.meaning} · {shown.part}/{shown.whole}"
    href = page_of("overview", unit, period, choice.kept)
    share = shown.part, shown.whole, shown.mark, shown.meaning
    return format_html(TILE, shown.style, href, title, unit.short_name, *share)


@register.simple_tag
def cell(
    of: Row | Cell | None, board: Board, unit: Division | None, task: Task | None, choice: Choice
) -> SafeString:
    """A cell of the matrix, which opens its lines; without a unit or a task, the sum of all."""
    if of is None:
        return format_html(NOT_DUE, _("not due"))
    shown = mark(of, choice.measured)
    href = cell_lines(board, unit, task, choice)
    share = shown.part, shown.whole, shown.mark, shown.meaning
    if not href:
        return format_html(CELL_WITHOUT_LIST, shown.style, *share)
    return format_html(CELL, shown.style, href, *share)


def cell_lines(board: Board, unit: Division | None, task: Task | None, choice: Choice) -> str:
    """The lines of one cell of a matrix; without a unit or a task, of all of them."""
    is_own = unit is not None and unit.pk == board.division.pk
    more: dict[str, Any] = {"task": task.pk} if task else {}
    if choice.measured:
        more["state"] = choice.measured.state
    return lines_of(unit or board.division, board.period, choice, is_own, **more)


@register.simple_tag
def light_page(board: Board, division: Division, choice: Choice) -> str:
    """Where the light of a unit is explained; empty where it is of lines that no page explains."""
    if choice.category or choice.kind or choice.divisions:
        return ""
    page = address("dashboard:light", division.code, board.period.code)
    task = next((task for task in board.tasks if choice.task == str(task.pk)), None)
    return f"{page}?task={task.number}" if task else page


@register.simple_tag
def reason_lines(row: Row, board: Board, choice: Choice, reason: Reason) -> str:
    """The lines that a reason for attention counts."""
    return lines_of(row.division, board.period, choice, False, **dict[str, Any](reason.lines))
