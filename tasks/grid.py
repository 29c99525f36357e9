"""The reporting grid: the units of a township by the tasks of a quarter, one cell for each line.

A page has some four hundred cells, so rows are read as plain values and a cell holds nothing but
what it shows; what a cell shows is worked out here alone, for the page and for every answer.
"""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db.models import Case, Value, When
from django.db.models.functions import Substr
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tasks.actions import check_editable
from tasks.models import Entry, Period, Review, Task
from tasks.models.light import plain
from tasks.place import Place
from villages.models import Division, Level

CLIP = 14
MARKS = {
    Entry.State.BLANK: "",
    Entry.State.DRAFT: "○",
    Entry.State.SUBMITTED: "↑",
    Entry.State.RETURNED: "↩",
    Entry.State.ACCEPTED: "✓",
    Entry.State.WITHDRAWN: "–",
}
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

    @property
    def to_fix(self) -> int:
        return self.states.get(Entry.State.RETURNED, 0)

    @property
    def to_submit(self) -> int:
        return self.states.get(Entry.State.DRAFT, 0)


def shown_answer(measure: str, value: Decimal | None, nothing: str, narrative: str) -> str:
    """An answer in the person's words, as it may be typed again; empty where there is none."""
    if nothing:
        return str(Entry.Nothing(nothing).label)
    if measure == Task.Measure.TEXT:
        return clipped(narrative)
    if value is None:
        return ""
    if measure == Task.Measure.YES_NO:
        return _("Yes") if value else _("No")
    return plain(value)


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


def marks_of(state: str, carried: str, *, has_words: bool) -> tuple[str, str]:
    """The marks of a cell and what they say, for those who cannot see them."""
    return _marks_of(state, carried, has_words, get_language() or "")


@lru_cache(maxsize=2_000)
def _marks_of(state: str, carried: str, has_words: bool, language: str) -> tuple[str, str]:
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
    return _("unchanged since %(source)s (%(quarters)d quarters)") % {
        "source": source,
        "quarters": quarters,
    }


def face(entry: Entry, sources: dict[int, Period]) -> Face:
    """How the cell of a line looks, from the whole line; `sources` by key, where it is carried."""
    measure = entry.task.measure
    carried = carried_label(entry.period, sources.get(entry.carried_from_id or 0))
    words = measure != Task.Measure.TEXT and bool(entry.narrative)
    shown = shown_answer(measure, entry.value, entry.nothing, entry.narrative)
    return Face(shown, *marks_of(entry.state, carried, has_words=words))


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
    carried: dict[int | None, str]
    open: dict[Any, bool] = field(default_factory=dict)

    def cell(self, line: _Line) -> Cell:
        pk, task_id, division, version, state, value, nothing, opening, *_rest = line
        task = self.tasks[task_id]
        is_text = task.measure == Task.Measure.TEXT
        mark, label = marks_of(
            state, self.carried.get(line.carried_from, ""), has_words=bool(opening) and not is_text
        )
        if state == Entry.State.RETURNED and pk in self.reasons:
            label = f"{label}: {self.reasons[pk]}"
        shown = shown_answer(task.measure, value, nothing, opening)
        look = look_of(state, task.measure, is_open=self.is_open(line))
        return Cell(pk, version, look, shown, mark, label, self.last.get((task_id, division), ""))

    def is_open(self, line: _Line) -> bool:
        """Whether the answer may be typed on this day; asked once for lines that are alike."""
        task = self.tasks[line.task]
        key = (task.ledger_id, task.measure, line.state, line.extended_to, line.reopened_parts)
        if key not in self.open:
            self.open[key] = self._is_open(task, line)
        return self.open[key]

    def _is_open(self, task: Task, line: _Line) -> bool:
        try:
            check_editable(task, self.period, line.state, self.on, line.extended_to)
        except ValidationError:
            return False
        part = "narrative" if task.measure == Task.Measure.TEXT else "value"
        marked = Entry(state=line.state, reopened_parts=line.reopened_parts)
        return marked.may_change(part)


def build(place: Place, on: datetime.date) -> Grid:
    """The grid of a township on a day: six queries, however many cells there are."""
    owed = Entry.objects.fillable_by(place.user).owed().filter(period=place.period)
    lines = [
        _Line(*row)
        for row in owed.order_by().values_list(
            "pk", "task_id", "division_id", "version", "state", "value", "nothing",
            Substr("narrative", 1, CLIP + 1), "carried_from_id", "extended_to", "reopened_parts",
        )
    ]  # fmt: skip
    tasks = Task.objects.filter(pk__in={line.task for line in lines}).select_related("ledger")
    page = _Page(
        place.period,
        on,
        {task.pk: task for task in tasks.order_by("number")},
        _last_answers(place),
        _reasons([line.pk for line in lines if line.state == Entry.State.RETURNED]),
        {p.pk: carried_label(place.period, p) for p in place.periods},
    )
    units = Division.objects.filter(pk__in={line.division for line in lines}).defer("pinyin")
    return _laid_out(page, lines, list(units.order_by("level", "code")))


def _last_answers(place: Place) -> dict[tuple[int, int], str]:
    """What each unit last reported on each task, in words; the latest quarter wins."""
    opening = Case(
        When(task__measure=Task.Measure.TEXT, then=Substr("narrative", 1, CLIP + 1)),
        default=Value(""),
    )
    before = Entry.objects.fillable_by(place.user).reported()
    before = before.filter(period__year=place.period.year, period__quarter__lt=place.period.quarter)
    rows = before.exclude(nothing=Entry.Nothing.EXEMPT).order_by("period__quarter")
    return {
        (task, division): shown_answer(measure, value, nothing, opening)
        for task, division, measure, value, nothing, opening in rows.values_list(
            "task_id", "division_id", "task__measure", "value", "nothing", opening
        )
    }


def _reasons(returned: Sequence[int]) -> dict[int, str]:
    """Why lines came back: what their latest verdict says."""
    verdicts = Review.objects.filter(entry__in=returned, verdict=Review.Verdict.RETURNED)
    return dict(
        verdicts.filter(undone_at=None).order_by("at", "pk").values_list("entry", "comment")
    )


def _laid_out(page: _Page, lines: Iterable[_Line], units: Sequence[Division]) -> Grid:
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
                sheet.rows.append(Row(unit, [line and page.cell(line) for line in row]))
                _count(columns, row)
        if sheet.rows:
            sheets.append(sheet)
    return Grid(sheets, states)


def _count(columns: Sequence[Column], row: Sequence[_Line | None]) -> None:
    for column, line in zip(columns, row, strict=True):
        if line is not None:
            column.owed += 1
            column.sum += line.value or 0
            column.filled += bool(line.value is not None or line.nothing or (
                line.opening and column.task.measure == Task.Measure.TEXT
            ))  # fmt: skip
