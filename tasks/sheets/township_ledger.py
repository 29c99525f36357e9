"""A township's yearly task ledger: one row for each task, its progress quarter by quarter."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from spreadsheets.errors import CellError
from spreadsheets.fields import Column, GivenColumn, TextWidget, as_written
from spreadsheets.fingerprint import Fingerprint, digest
from spreadsheets.form import DITTO, Record
from spreadsheets.sheet import Checked, Heading, Outcome, register
from tasks import actions, words
from tasks.models import Entry, Period, Task
from tasks.models.content import NIL, PARTS
from tasks.models.light import Light
from tasks.sheets.handed_out import entry_fingerprint, misfit
from tasks.sheets.heading import period_by
from tasks.sheets.owed import Line, Owed, plain_title
from tasks.sheets.report import MARK, Said, TownshipSheet
from villages.models import Division, Level

QUARTERS = (1, 2, 3, 4)
STATUS = {
    Light.GREY: "未启动",
    Light.GREEN: "推进中",
    Light.BLUE: "已完成",
    Light.YELLOW: "滞后",
    Light.RED: "逾期",
}


@dataclass(frozen=True)
class LedgerLine:
    """A task with the entries of one township by quarter, as one row of the form."""

    task: Task
    entries: dict[int, Entry]
    current: Entry | None

    @property
    def marks(self) -> str:
        """The fingerprints of the quarters, in their order."""
        return "|".join(
            entry_fingerprint(self.entries[q]) if q in self.entries else "" for q in QUARTERS
        )

    def status(self) -> str:
        if self.current is None:
            return ""
        if self.current.state == Entry.State.ACCEPTED:
            return "已完成"
        return STATUS[Light(self.current.light)]  # type: ignore[attr-defined]


class ProgressColumn(Column):
    """What was said of one quarter; empty where nothing was, or where it is not due."""

    def __init__(self, quarter: int) -> None:
        super().__init__(
            f"{words.QUARTERS[quarter]}季度",
            aliases=(f"工作进展情况{words.QUARTERS[quarter]}季度",),
            group="工作进展情况",
            width=20,
            example="已完成摸排",
            meaning=_lazy("Progress of that quarter in words; 无 where there is nothing."),
        )
        self.quarter = quarter

    def export(self, instance: Any, **kwargs: Any) -> Any:
        entry = instance.entries.get(self.quarter)
        if entry is None:
            return None
        return words.NONE if entry.nothing == NIL and not entry.narrative else entry.narrative


class CurrentColumn(Column):
    """A text of the quarter reported alone."""

    def export(self, instance: Any, **kwargs: Any) -> Any:
        return getattr(instance.current, str(self.attribute)) if instance.current else None


@register
class TownshipLedgerSheet(TownshipSheet):
    """The office's own form of a township's key tasks: narrative for each task and quarter."""

    name = "township_task_ledger"
    title = _lazy("Township task ledger")
    summary = _lazy(
        "The township's own tasks, one row each, with the progress of all four quarters."
    )

    # fmt: off
    number = GivenColumn("序号", lambda r: r.task.number, width=6)
    category = GivenColumn("工作类别", lambda r: words.CATEGORIES[r.task.category], width=8)
    task_title = GivenColumn("重点任务", lambda r: r.task.title, aliases=("任务", "任务名称"),
                             required=True, key=True, width=20,
                             meaning=_lazy("The task; tells the row."))
    requirement = GivenColumn("工作内容及目标要求", lambda r: r.task.requirement, width=26)
    lead = GivenColumn("牵头单位", lambda r: r.task.lead_organisation, width=14)
    time_limit = GivenColumn("完成时限", lambda r: r.task.time_limit, width=12)
    first, second, third, fourth = (ProgressColumn(quarter) for quarter in QUARTERS)
    problems = CurrentColumn("存在问题", "problems", width=18, example="个别村进度慢",
                      meaning=_lazy("Problems met in the quarter reported, if any."))
    next_steps = CurrentColumn("下步措施", "next_steps", width=18, example="持续推进",
                        meaning=_lazy("What comes next."))
    status = GivenColumn("完成状态", lambda r: r.status(), width=10,
                         meaning=_lazy("Shown by the system from what was reported; not read."))
    marks = GivenColumn("版本", lambda r: r.marks, key=True, hidden=True, width=14,
                        widget=TextWidget(400))
    # fmt: on

    @property
    def progress(self) -> list[ProgressColumn]:
        return [column for column in self.columns if isinstance(column, ProgressColumn)]

    def check(self, records: Iterable[Record]) -> Iterator[Checked]:
        periods = {p.quarter: p for p in Period.objects.filter(year=self.period.year)}
        owed, rows_of = Owed(self.user, list(periods.values())), dict[int, int]()
        self.rules = owed.rules
        self.unit = owed.finder.by_code[self.target.division]
        for record in records:
            values, errors = self.clean(record)
            task = self._find(record, values, owed, errors)
            if task is not None:
                message = _("Rows %(first)d and %(second)d are for the same task.")
                errors += self.twice(rows_of, task.pk, record, self.task_title.label, message)
            if task is None or errors:
                yield Checked(record, Outcome.WRONG, label=str(task or ""), errors=errors)
            else:
                yield from self._lines(record, values, task, owed, periods)

    def _find(
        self, record: Record, values: dict[str, Any], owed: Owed, errors: list[CellError]
    ) -> Task | None:
        label = self.task_title.label
        title = values.get(label) or ""
        tasks = owed.by_title.get(plain_title(title), [])
        if len(tasks) == 1:
            return tasks[0]
        if label in values:
            message = _("No task of this year has this name; please do not change it.")
            errors.append(record.error(label, message))
        return None

    def _lines(
        self,
        record: Record,
        values: dict[str, Any],
        task: Task,
        owed: Owed,
        periods: dict[int, Period],
    ) -> Iterator[Checked]:
        """What one row says of its quarters: each that it speaks of, else the one reported."""
        marks = _marks(values.get(self.marks.label) or "")
        if marks is None:
            error = record.error(self.marks.label, misfit())
            yield Checked(record, Outcome.WRONG, label=task.title, errors=[error])
            return
        for column, mark in zip(self.progress, marks, strict=True):
            period = periods.get(column.quarter)
            current = period == self.period
            line = owed.line(self.unit, task, period) if period else None
            kept = _Kept(line, mark)
            content = self._said(values, column, task, kept, current=current)
            if line is not None and (content or current):
                yield self._checked(record, column, line, content, mark)
            elif content:
                message = _("%(division)s does not owe this task in this quarter; clear the cell.")
                error = record.error(column.label, message % {"division": self.unit})
                yield Checked(record, Outcome.WRONG, label=task.title, errors=[error])

    def _said(
        self,
        values: dict[str, Any],
        column: ProgressColumn,
        task: Task,
        kept: _Kept,
        *,
        current: bool,
    ) -> dict[str, Any]:
        content: dict[str, Any] = {}
        text = values.get(column.label) or ""
        if kept.holds("narrative", text):
            pass
        elif text == words.NONE and task.measure == Task.Measure.TEXT:
            content |= {"value": None, "nothing": NIL, "narrative": ""}
        elif text and text not in words.BLANKS:
            content["narrative"] = text
        if current:
            for name in ("problems", "next_steps"):
                said = values.get(words.PART_LABELS[name])
                if said and not kept.holds(name, said):
                    content[name] = "" if said in words.BLANKS else said
        return content

    def _checked(
        self,
        record: Record,
        column: ProgressColumn,
        line: Line,
        content: dict[str, Any],
        mark: Fingerprint | None,
    ) -> Checked:
        label = f"{line.task.title} · {line.period}"
        checked = Checked(record, Outcome.WRONG, label, record.address(column.label))
        content = _as_reported(line, content)
        labels = dict.fromkeys(PARTS, column.label)
        labels |= {"problems": "存在问题", "next_steps": "下步措施"}
        places = labels | {MARK: self.marks.label}
        said = Said(content, lambda part, text: record.error(places[part], text), mark)
        self.compare(checked, line, said)
        changed = [label for part, label in labels.items() if part in content]
        if any(record.cells.get(label) in DITTO for label in changed):
            checked.warnings += self.ditto_warnings(record, dict.fromkeys(changed))
        return checked

    def _instances_of(self, township: Division, year: int) -> Iterator[LedgerLine]:
        entries = (
            Entry.objects.visible_to(self.viewer)
            .owed()
            .filter(division=township, period__year=year, task__reporting_level=Level.TOWNSHIP)
        )
        related = entries.select_related("task", "period").with_light(actions.today())
        by_task: dict[int, dict[int, Entry]] = defaultdict(dict)
        for entry in related.order_by("task__number", "period__quarter"):
            by_task[entry.task_id][entry.period.quarter] = entry
        for quarters in by_task.values():
            task = next(iter(quarters.values())).task
            due = [q for q in quarters if q <= self.period.quarter]
            yield LedgerLine(task, quarters, quarters[max(due)] if due else None)

    def instances(self) -> Iterable[LedgerLine]:
        return self._instances_of(self.aim(), self.period.year)

    def heading(self) -> Heading:
        division, period = self.division(), period_by(self.target.period)
        above = division.parent.name if division.parent else ""
        title = f"{above}{division.name}{period.year}年农村基层党建重点工作任务台账"
        unit_line = f"填报单位：{division.name}　　　填报时间：{period.year}年　　月　　日"
        return Heading(title=title, unit_line=unit_line)


@dataclass(frozen=True)
class _Kept:
    """What a cell may say without saying anything new."""

    line: Line | None
    mark: Fingerprint | None

    def holds(self, name: str, text: str) -> bool:
        """Whether a text stands here already, or left here as it comes back now.

        A 无 that somebody wrote in words does not become a nil report on its way.
        """
        if not text or self.line is None:
            return False
        if self.mark and len(self.mark.digests) == len(PARTS):
            left = dict(zip(PARTS, self.mark.digests, strict=True))
            if left[name] == digest(text):
                return True
        return text == as_written(self.line.before[name])


def _marks(text: str) -> list[Fingerprint | None] | None:
    """One fingerprint for each quarter, where the row has any; None for none of ours."""
    if not text:
        return [None for _quarter in QUARTERS]
    written = text.split("|")
    marks = [Fingerprint.read(mark) if mark else None for mark in written]
    fits = all(mark or not text for mark, text in zip(marks, written, strict=True))
    return marks if fits and len(marks) == len(QUARTERS) else None


def _as_reported(line: Line, content: dict[str, Any]) -> dict[str, Any]:
    """A 无 for a line that holds a value, or a narrative for one that was nil, says it anew."""
    if content.get("narrative") and line.before["nothing"]:
        return {"value": None, "nothing": ""} | content
    return content
