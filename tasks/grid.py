"""The reporting grid: the units of a township by the tasks of a quarter, one cell for each line.

A page has some four hundred cells, so rows are read as plain values and a cell holds nothing but
what it shows; what a cell shows is worked out here alone, for the page and for every answer.
"""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from html import escape
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db.models.functions import Substr
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from tasks.actions import check_editable
from tasks.models import Entry, Ledger, Period, Review, Task
from tasks.models.content import may_change
from tasks.models.light import plain
from tasks.place import Place
from villages.models import Division, Level

CLIP = 14
SHOWN = ("number", "title", "short_title", "unit", "measure", "reporting_level", "ledger__state")
MARKS = {
    Entry.State.BLANK: "",
    Entry.State.DRAFT: "○",
    Entry.State.SUBMITTED: "↑",
    Entry.State.RETURNED: "↩",
    Entry.State.ACCEPTED: "✓",
    Entry.State.WITHDRAWN: "–",
}
CELL = '<td id="c%d" class="%s" data-v="%d">%s<small>%s</small><b>%s</b></td>'
MARK = '<i role="img" aria-label="{}" title="{}">{}</i>'
NO_CELL = '<td class="none"></td>'
CARRIED, WORDS = "=", "¶"


class Face(NamedTuple):
    """How a cell looks: its answer in words, its marks, and what the marks say."""

    shown: str
    mark: str
    label: str


@dataclass(slots=True)
class Cell:
    """One line of a unit; `look` names its state, and `shut` where its answer cannot change."""

    pk: int
    version: int
    look: str
    shown: str
    mark: str
    label: str
    last: str

    @property
    def html(self) -> str:
        """Its markup, put together here: four hundred turns of a template take 20 ms."""
        mark = _mark_html(self.mark, self.label)
        last, shown = escape(self.last), escape(self.shown)
        return CELL % (self.pk, self.look, self.version, mark, last, shown)


@lru_cache(maxsize=2_000)
def _mark_html(mark: str, label: str) -> str:
    if not mark:
        return "<i></i>"
    return str(format_html(MARK, label, label, mark))


@dataclass
class Column:
    task: Task
    filled: int = 0
    owed: int = 0
    sum: Decimal = Decimal(0)

    @property
    def total(self) -> str:
        return plain(self.sum) if self.task.measure == Task.Measure.NUMBER else ""


@dataclass
class Row:
    division: Division
    cells: list[Cell | None]
    address: str

    @property
    def html(self) -> SafeString:
        return mark_safe("".join(cell.html if cell else NO_CELL for cell in self.cells))


@dataclass
class Sheet:
    """A table of the page: the township's own tasks, or those of its villages."""

    level: str
    columns: list[Column]
    rows: list[Row] = field(default_factory=list)


@dataclass
class Grid:
    sheets: list[Sheet]
    states: dict[str, int]
    lines: list[tuple[str, datetime.date | None]]  # by state and extension
    runs: bool  # whether a ledger of its tasks does

    @property
    def to_fix(self) -> int:
        return self.states.get(Entry.State.RETURNED, 0)

    @property
    def to_submit(self) -> int:
        """Drafts that can still be handed in."""
        cells = (cell for sheet in self.sheets for row in sheet.rows for cell in row.cells if cell)
        drafts = [cell for cell in cells if cell.look.startswith(Entry.State.DRAFT)]
        return sum("shut" not in cell.look.split() for cell in drafts)


@dataclass(frozen=True)
class Words:
    """The words of cells in one language, looked up once: a page has them by the hundred."""

    yes: str
    no: str
    nothing: dict[str, str]
    marks: dict[tuple[str, str, bool], tuple[str, str]] = field(default_factory=dict)

    @classmethod
    def of_person(cls) -> "Words":
        return _words(get_language() or "")

    def answer(self, measure: str, value: Decimal | None, nothing: str, narrative: str) -> str:
        """An answer as it may be typed again; empty where there is none."""
        if nothing:
            return self.nothing[nothing]
        if measure == "text":
            return clipped(narrative)
        if value is None:
            return ""
        if measure == "yes_no":
            return self.yes if value else self.no
        return plain(value)

    def mark(self, state: str, carried: str, *, has_words: bool) -> tuple[str, str]:
        """The marks of a cell and what they say, for those who cannot see them."""
        key = (state, carried, has_words)
        if key not in self.marks:
            self.marks[key] = _mark(*key)
        return self.marks[key]


@lru_cache
def _words(language: str) -> Words:
    nothing = {str(reason): str(reason.label) for reason in Entry.Nothing}
    return Words(_("Yes"), _("No"), nothing)


def clipped(text: str) -> str:
    line = " ".join(text[: CLIP + 1].split())
    return f"{line[:CLIP]}…" if len(line) > CLIP else line


def look_of(state: str, measure: str, *, is_open: bool) -> str:
    """The classes of a cell: its state, whether it is shut, whether it holds words."""
    names = [state]
    if not is_open:
        names.append("shut")
    if measure == Task.Measure.TEXT:
        names.append("words")
    return " ".join(names)


def _mark(state: str, carried: str, has_words: bool) -> tuple[str, str]:
    marks = [MARKS[Entry.State(state)]]
    said = [str(Entry.State(state).label)] if marks[0] else []
    if carried:
        marks.append(CARRIED)
        said.append(carried)
    if has_words:
        marks.append(WORDS)
        said.append(_("with text"))
    return "".join(marks), _("; ").join(said)


def carried_label(period: Period, source: Period | None) -> str:
    """Since when a confirmed value has stood, and for how many quarters."""
    if source is None:
        return ""
    quarters = (period.year - source.year) * 4 + period.quarter - source.quarter
    text = ngettext(
        "unchanged since %(source)s (%(quarters)d quarter)",
        "unchanged since %(source)s (%(quarters)d quarters)",
        quarters,
    )
    return text % {"source": source, "quarters": quarters}


def face(entry: Entry, sources: dict[int, Period]) -> Face:
    """How the cell of a line looks, from the whole line; `sources` by key, where it is carried."""
    measure = entry.task.measure
    carried = carried_label(entry.period, sources.get(entry.carried_from_id or 0))
    words = Words.of_person()
    has_words = measure != Task.Measure.TEXT and bool(entry.narrative)
    shown = words.answer(measure, entry.value, entry.nothing, entry.narrative)
    return Face(shown, *words.mark(entry.state, carried, has_words=has_words))


class _Line(NamedTuple):
    """What a cell is made of, as the database gives it."""

    pk: int
    task: int
    division: int
    version: int
    state: str
    value: Decimal | None
    nothing: str
    opening: str
    carried_from: int | None
    extended_to: datetime.date | None
    reopened_parts: str


@dataclass
class _Page:
    """What all cells of a page share."""

    period: Period
    on: datetime.date
    tasks: dict[int, Task]
    last: dict[tuple[int, int], str]
    reasons: dict[int, str]
    sources: Mapping[int | None, Period]
    words: Words = field(default_factory=Words.of_person)
    looks: dict[Any, str] = field(default_factory=dict)
    carried: dict[int | None, str] = field(default_factory=lambda: {None: ""})

    def cell(self, line: _Line) -> Cell:
        (pk, task, division, version, state, value, nothing, opening,
         carried, extended_to, reopened) = line  # fmt: skip
        measure, words = self.tasks[task].measure, self.words
        # Lines that are alike look alike: asked once for all of them.
        key = (task, state, extended_to, reopened)
        look = self.looks.get(key) or self.looks.setdefault(key, self._look(line))
        said = self.carried.get(carried)
        if said is None:
            said = self.carried[carried] = carried_label(self.period, self.sources.get(carried))
        has_words = bool(opening) and measure != "text"
        mark, label = words.mark(state, said, has_words=has_words)
        if pk in self.reasons:
            label = f"{label}: {self.reasons[pk]}"
        shown = words.answer(measure, value, nothing, opening)
        return Cell(pk, version, look, shown, mark, label, self.last.get((task, division), ""))

    def _look(self, line: _Line) -> str:
        task = self.tasks[line.task]
        return look_of(line.state, task.measure, is_open=self._is_open(task, line))

    def _is_open(self, task: Task, line: _Line) -> bool:
        if line.state not in Entry.EDITABLE:
            return False
        try:
            check_editable(task, self.period, line.state, self.on, line.extended_to)
        except ValidationError:
            return False
        part = "narrative" if task.measure == Task.Measure.TEXT else "value"
        return may_change(line.state, line.reopened_parts, part)


def build(place: Place, on: datetime.date) -> Grid:
    """The grid of a township on a day: five queries, however many cells there are."""
    lines = _lines(place)
    asked = Task.objects.filter(pk__in={line.task for line in lines}).select_related("ledger")
    tasks = {task.pk: task for task in asked.only(*SHOWN).order_by("number")}
    page = _Page(
        place.period,
        on,
        tasks,
        _last_answers(place, tasks),
        _reasons([line.pk for line in lines if line.state == Entry.State.RETURNED]),
        {period.pk: period for period in place.periods},
    )
    units = Division.objects.filter(pk__in={line.division for line in lines})
    listed = units.only("code", "name", "level").order_by("level", "code")
    return _laid_out(page, lines, list(listed))


def _lines(place: Place) -> list[_Line]:
    mine = Entry.objects.fillable_by(place.user).owed().filter(period=place.period)
    return [
        _Line(*row)
        for row in mine.order_by().values_list(
            "pk", "task_id", "division_id", "version", "state", "value", "nothing",
            Substr("narrative", 1, CLIP + 1), "carried_from_id", "extended_to", "reopened_parts",
        )
    ]  # fmt: skip


def _last_answers(place: Place, tasks: dict[int, Task]) -> dict[tuple[int, int], str]:
    """What each unit last reported on each task, in words: what may be confirmed."""
    words = Words.of_person()
    year = sorted((p for p in place.periods if p.year == place.period.year), key=lambda p: p.code)
    earlier = [p.pk for p in year if p.quarter < place.period.quarter]
    reported = Entry.objects.fillable_by(place.user).reported().exclude(nothing="exempt")
    rows = reported.filter(period__in=earlier).order_by().values_list(
        "task_id", "division_id", "period_id", "value", "nothing",
        Substr("narrative", 1, CLIP + 1),
    )  # fmt: skip
    last: dict[tuple[int, int], tuple[int, Any, str, str]] = {}
    order = {pk: number for number, pk in enumerate(earlier)}
    for task, division, period, *answer in rows:
        if task in tasks and order[period] >= last.get((task, division), (0,))[0]:
            last[task, division] = (order[period], answer[0], answer[1], answer[2])
    return {
        key: words.answer(tasks[key[0]].measure, value, nothing, opening)
        for key, (_number, value, nothing, opening) in last.items()
    }


def _reasons(returned: Sequence[int]) -> dict[int, str]:
    """Why lines came back: what their latest verdict says."""
    verdicts = Review.objects.filter(entry__in=returned, verdict=Review.Verdict.RETURNED)
    return dict(
        verdicts.filter(undone_at=None).order_by("at", "pk").values_list("entry", "comment")
    )


def _laid_out(page: _Page, lines: Sequence[_Line], units: Sequence[Division]) -> Grid:
    by_place: dict[tuple[int, int], _Line] = {}
    states: dict[str, int] = {}
    for line in lines:
        by_place[line.division, line.task] = line
        states[line.state] = states.get(line.state, 0) + 1
    sheets = []
    for level in (Level.TOWNSHIP, Level.VILLAGE):
        columns = [Column(t) for t in page.tasks.values() if t.reporting_level == level]
        sheet = Sheet(level, columns)
        for unit in units:
            if unit.level == level:
                row = [by_place.get((unit.pk, column.task.pk)) for column in columns]
                cells = [line and page.cell(line) for line in row]
                sheet.rows.append(Row(unit, cells, _address(unit.code, page.period.code)))
                _count(columns, row)
        if sheet.rows:
            sheets.append(sheet)
    runs = any(task.ledger.state == Ledger.State.ISSUED for task in page.tasks.values())
    return Grid(sheets, states, [(line.state, line.extended_to) for line in lines], runs)


@lru_cache(maxsize=20_000)
def _address(code: str, period: str) -> str:
    """Addresses never change while the server runs."""
    return reverse("tasks:report", args=[code, period])


def _count(columns: Sequence[Column], row: Sequence[_Line | None]) -> None:
    for column, line in zip(columns, row, strict=True):
        if line is not None:
            column.owed += 1
            if line.value is not None:
                column.sum += line.value
                column.filled += 1
            elif line.nothing or (line.opening and column.task.measure == "text"):
                column.filled += 1
