"""A township's quarterly table: one row for each village, one column for each task."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from spreadsheets.errors import CellError, Refused, shown
from spreadsheets.fields import Column, GivenColumn, TextWidget, as_written, half_width, normal
from spreadsheets.fingerprint import Fingerprint, digest
from spreadsheets.form import Form, Record, why_odd
from spreadsheets.header import HeaderCell
from spreadsheets.reader import Odd
from spreadsheets.sheet import Checked, Heading, Outcome, register
from tasks import words
from tasks.models import Entry, Task
from tasks.models.content import CENT, LARGEST, PARTS, as_kept
from tasks.sheets.answers import Answer, AnswerWidget
from tasks.sheets.handed_out import entry_fingerprint, misfit
from tasks.sheets.heading import period_by, quarter_code
from tasks.sheets.owed import Owed
from tasks.sheets.report import MARK, Said, TownshipSheet
from villages.models import Division, Level

LABEL_AND_UNIT = re.compile(r"(.*?)[（(]([^（）()]*)[）)]")
QUARTER = re.compile(r"第?([一二三四1-4])季度")
# Money is kept as the task says; a form may write it in another of these.
MONEY = {"元": Decimal(1), "千元": Decimal(1000), "万元": Decimal(10_000), "亿元": Decimal(10**8)}


@dataclass(frozen=True)
class TaskColumn:
    """A column of the file that was understood as a task; values are times `factor`."""

    cell: HeaderCell
    task: Task
    factor: Decimal


@dataclass(frozen=True)
class VillageRow:
    """A village with its entries by task, as one row of the form."""

    number: int
    division: Division
    entries: dict[int, Entry]

    @property
    def problems(self) -> str:
        """The first that are told with any of its tasks; the form has one cell for them."""
        texts = (entry.problems for entry in self.entries.values())
        return next((text for text in texts if text), "")

    @property
    def marks(self) -> str:
        return "|".join(f"{pk}:{entry_fingerprint(entry)}" for pk, entry in self.entries.items())


class ValueColumn(Column):
    """The answers to one task, headed by its short title and unit."""

    def __init__(self, task: Task, group: str) -> None:
        unit = words.unit_word(task)
        label = (task.short_title or task.title) + (f"（{unit}）" if unit else "")
        super().__init__(label, width=12, widget=AnswerWidget(), group=group)
        self.task = task

    def export(self, instance: Any, **kwargs: Any) -> Any:
        entry = instance.entries.get(self.task.pk)
        return entry and words.shown_value(self.task, entry.value, entry.nothing)


@register
class VillageValuesSheet(TownshipSheet):
    """The office's own table of a quarter: what each village reached in each task."""

    name = "township_village_values"
    title = _lazy("Values of a township's villages")
    summary = _lazy("One row for each village and one column for each task, for a quarter.")

    # fmt: off
    number = GivenColumn("序号", lambda r: r.number, width=6)
    village = GivenColumn("村名", lambda r: r.division.name, aliases=("村", "村（社区）", "行政村"),
                          required=True, key=True, width=20, meaning=_lazy(
                              "The village, with or without 村 or 村委会; tells the row."))
    problems = Column("存在问题", "problems", width=24, example="资金到位慢",
                      meaning=_lazy("Problems of the village; kept with its first task."))
    marks = GivenColumn("版本", lambda r: r.marks, key=True, hidden=True, width=14,
                        widget=TextWidget(10_000))
    # fmt: on

    def open(self, form: Form) -> None:
        super().open(form)
        self.owed = Owed(self.user, [self.period])
        self.rules = self.owed.rules
        tasks = [t for t in self.owed.tasks.values() if t.reporting_level == Level.VILLAGE]
        if not tasks:
            raise Refused(_("No task of this quarter is reported by villages."))
        self.answers, self.doubts = list[TaskColumn](), list[CellError]()
        for cell in form.others:
            if cell.label in ("备注", "说明"):
                continue
            if column := self._understood(form, cell, tasks):
                form.take(cell)
                self.answers.append(column)
        self._check_columns(form)

    def _quarter_said(self, form: Form) -> str:
        """From the header above the tasks, as 一季度完成情况, with the year of the title."""
        year = re.search(r"(\d{4})年", "".join(form.heading))
        groups = {cell.group for cell in form.others} - {""}
        quarters = {match[1] for group in groups if (match := QUARTER.search(group))}
        if not year or len(quarters) != 1:
            return ""
        return quarter_code(year[1], quarters.pop())

    def _understood(self, form: Form, cell: HeaderCell, tasks: Sequence[Task]) -> TaskColumn | None:
        """The task that heads a column; what is not clear becomes an error of the header."""
        match = LABEL_AND_UNIT.fullmatch(cell.label)
        label, unit = cell.label, ""
        if match and not _tasks_titled(label, tasks):
            label, unit = match[1], match[2]
        found = _tasks_named(label, tasks)
        if len(found) != 1:
            names = "、".join(task.title for task in found or tasks)
            message = _(
                "No task is known by this heading. Write the title or the short title of one of: "
                "%(names)s; or clear the column."
            )
            form.errors.append(form.header.error(cell, message % {"names": names[:200]}))
            return None
        task = found[0]
        factor, message = _factor(task, unit, form.money)
        if message:
            form.errors.append(form.header.error(cell, message))
        if normal(label) not in (normal(task.title), normal(task.short_title)):
            message = _("This column was taken for the task “%(title)s”.") % {"title": task.title}
            self.doubts.append(form.header.error(cell, message))
        return TaskColumn(cell, task, factor)

    def _check_columns(self, form: Form) -> None:
        by_task: dict[int, list[TaskColumn]] = defaultdict(list)
        for column in self.answers:
            by_task[column.task.pk].append(column)
        for columns in by_task.values():
            if len(columns) > 1:
                where = "、".join(column.cell.address for column in columns)
                message = _("Several columns are for the task “%(title)s” (%(where)s); keep one.")
                values = {"title": columns[0].task.title, "where": where}
                form.errors.append(form.header.error(columns[1].cell, message % values))
        if not self.answers and not form.errors:
            raise Refused(_("No column of this file is headed by a task."))

    def check(self, records: Iterable[Record]) -> Iterator[Checked]:
        rows_of: dict[int, int] = {}
        self.sums = {column.cell.index: Decimal(0) for column in self.answers}
        for record in records:
            values, errors = self.clean(record)
            marks = _marks(values.get(self.marks.label) or "")
            if marks is None:
                errors.append(record.error(self.marks.label, misfit()))
            village = self._find(record, values, errors)
            if village is not None:
                message = _("Rows %(first)d and %(second)d are for the same village.")
                errors += self.twice(rows_of, village.pk, record, self.village.label, message)
            if village is None or marks is None or errors:
                yield Checked(record, Outcome.WRONG, label=str(village or ""), errors=errors)
            else:
                yield from self._answers(record, values, village, marks)

    def _find(
        self, record: Record, values: dict[str, Any], errors: list[CellError]
    ) -> Division | None:
        label = self.village.label
        if label not in values:
            return None
        if not values[label]:
            errors.append(record.error(label, _("The name of the village is missing.")))
            return None
        try:
            return self.owed.finder.find("", "", values[label])
        except ValidationError as error:
            errors.append(record.error(label, error.messages[0]))
            return None

    def _answers(
        self,
        record: Record,
        values: dict[str, Any],
        village: Division,
        marks: dict[int, Fingerprint],
    ) -> Iterator[Checked]:
        problems = values.get(self.problems.label) or ""
        problems = "" if problems in words.BLANKS else problems
        holder = self._holder(village, problems, marks)
        for column in self.answers:
            address = f"{column.cell.letter}{record.row}"
            label = f"{village.short_name} · {column.task.title}"
            checked = Checked(record, Outcome.WRONG, label, address)
            content = self._content(record, column, checked)
            line = self.owed.line(village, column.task, self.period)
            if problems and column is holder:
                before = line.before["problems"] if line else ""
                content["problems"] = before if problems == as_written(before) else problems
            if line is None and content:
                message = _("%(division)s does not owe this task in this quarter; clear the cell.")
                error = record.error_at(column.cell, message % {"division": village})
                checked.errors.append(error)
            elif line is not None:
                said = self._said(record, column, content, marks.get(column.task.pk))
                self.compare(checked, line, said)
            if line is not None or content:
                yield checked

    def _holder(
        self, village: Division, problems: str, marks: dict[int, Fingerprint]
    ) -> TaskColumn:
        """With which task the problems of a row are kept: the one that they left with, or where
        some stand already; else the first that the village owes."""
        lines = [
            (column, line)
            for column in sorted(self.answers, key=lambda column: column.task.number)
            if (line := self.owed.line(village, column.task, self.period))
        ]
        place, written = list(PARTS).index("problems"), digest(problems)
        for column, line in lines:
            mark = marks.get(line.task.pk)
            if mark and written in mark.digests[place : place + 1]:
                return column
        holding = [column for column, line in lines if line.before["problems"]]
        return (holding or [column for column, _line in lines] or self.answers)[0]

    def _said(
        self, record: Record, column: TaskColumn, content: dict[str, Any], mark: Fingerprint | None
    ) -> Said:
        def place(part: str, message: str) -> CellError:
            if part == MARK:
                return record.error(self.marks.label, message)
            if part == "problems":
                return record.error(self.problems.label, message)
            return record.error_at(column.cell, message)

        return Said(content, place, mark)

    def _content(self, record: Record, column: TaskColumn, checked: Checked) -> dict[str, Any]:
        """What a cell says; nothing for a blank one, which asks and answers nothing."""
        try:
            value = record.at(column.cell)
            if isinstance(value, Odd):
                raise ValidationError(why_odd(value))
            text = str(value).strip() if value is not None else ""
            if not text or (text in words.BLANKS and text != words.NONE):
                return {}
            answer: Answer = AnswerWidget().clean(value)
        except ValidationError as error:
            checked.errors.append(record.error_at(column.cell, error.messages[0]))
            return {}
        if message := answer.error(column.task):
            checked.errors.append(record.error_at(column.cell, message))
        if message := answer.doubt(column.task):
            checked.warnings.append(record.error_at(column.cell, message))
        if answer.value is None:
            return answer.content
        self.sums[column.cell.index] += answer.value
        return {"value": self._kept(record, column, answer.value, checked), "nothing": ""}

    def _kept(self, record: Record, column: TaskColumn, value: Decimal, checked: Checked) -> str:
        """A value in the unit of its task; money that is finer than that is rounded, and said."""
        if column.factor == 1 or not value.is_finite():
            return as_kept(value)
        exact = value * column.factor
        if abs(exact) > LARGEST:
            return str(exact)
        # What is below zero stays so, to be refused.
        kept = exact.quantize(CENT, ROUND_HALF_UP if exact > 0 else ROUND_FLOOR)
        if kept != exact:
            message = _("Is kept as %(kept)s %(unit)s, rounded to two digits.")
            values = {"kept": kept, "unit": column.task.unit}
            checked.warnings.append(record.error_at(column.cell, message % values))
        return as_kept(kept)

    def remarks(self, form: Form) -> Iterator[CellError]:
        """Headings taken for a task, and 合计 rows that do not add up."""
        yield from self.doubts
        for total in form.totals:
            if not half_width(next(v for v in total.values if v)).startswith(("合计", "总计")):
                continue
            for column in self.answers:
                said, found = total.at(column.cell), self.sums[column.cell.index]
                if isinstance(said, int | Decimal) and said != found:
                    message = _("The rows add up to %(found)s, not to this.")
                    text = message % {"found": found.normalize().to_eng_string()}
                    yield total.error_at(column.cell, text)

    def instances(self) -> Iterable[VillageRow]:
        division = self.aim()
        entries = Entry.objects.visible_to(self.viewer).within(division).owed()
        entries = entries.filter(period=self.period, division__level=Level.VILLAGE)
        tasks = list(
            Task.objects.filter(entries__in=entries)
            .exclude(measure=Task.Measure.TEXT)
            .distinct()
            .order_by("number")
        )
        group = f"{words.QUARTERS[self.period.quarter]}季度完成情况"
        place = self.columns.index(self.problems)
        answers = [ValueColumn(task, group) for task in tasks]
        self.use([*self.columns[:place], *answers, *self.columns[place:]])
        rows: dict[Division, dict[int, Entry]] = {}
        chosen = entries.filter(task__in=tasks).select_related("division", "task")
        for entry in chosen.order_by("division__code", "task__number"):
            rows.setdefault(entry.division, {})[entry.task_id] = entry
        return [VillageRow(number, *row) for number, row in enumerate(rows.items(), 1)]

    def heading(self) -> Heading:
        division, period = self.division(), period_by(self.target.period)
        quarter = f"{period.year}年第{words.QUARTERS[period.quarter]}季度"
        unit_line = f"填报单位：{division.name}　　填报时间：{period.year}年　　月　　日"
        return Heading(f"{division.name}{quarter}村级任务完成情况统计表", unit_line)


def _tasks_titled(label: str, tasks: Sequence[Task]) -> list[Task]:
    """Tasks of exactly that title or short title."""
    wanted = normal(label)
    return [t for t in tasks if wanted and wanted in (normal(t.title), normal(t.short_title))]


def _tasks_named(label: str, tasks: Sequence[Task]) -> list[Task]:
    """Those of exactly that title; else all that the words are part of."""
    wanted = normal(label)
    return _tasks_titled(label, tasks) or [t for t in tasks if wanted and wanted in normal(t.title)]


def _factor(task: Task, unit: str, money: str) -> tuple[Decimal, str]:
    """By what a value of the column is multiplied to be in the task's unit; or why it cannot."""
    if task.unit not in MONEY:
        if unit and task.unit and normal(unit) not in (normal(task.unit), normal("是/否")):
            message = _("The task is counted in %(wanted)s, the column in %(found)s.")
            return Decimal(1), message % {"wanted": task.unit, "found": shown(unit)}
        return Decimal(1), ""
    said = unit or money or task.unit
    if said not in MONEY:
        message = _("The task is counted in %(wanted)s, the column in %(found)s.")
        return Decimal(1), message % {"wanted": task.unit, "found": shown(said)}
    if unit and money and unit != money:
        message = _("The line above the table says %(line)s, this column %(column)s; make it one.")
        return Decimal(1), message % {"line": money, "column": shown(unit)}
    return MONEY[said] / MONEY[task.unit], ""


def _marks(text: str) -> dict[int, Fingerprint] | None:
    """Fingerprints by task, where the row has any; None for none of ours."""
    marks: dict[int, Fingerprint] = {}
    for mark in text.split("|") if text else ():
        pk, _colon, written = mark.partition(":")
        read = Fingerprint.read(written)
        if read is None or not (pk.isascii() and pk.isdigit() and len(pk) < 19):
            return None
        marks[int(pk)] = read
    return marks
