"""The entries of a unit and quarter as the office's ledger form: one row for each line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from spreadsheets.fields import CodeWidget, Column, GivenColumn, half_width
from spreadsheets.fingerprint import Fingerprint
from spreadsheets.form import DITTO, Record
from spreadsheets.sheet import Checked, Heading, Outcome, register
from tasks import actions, words
from tasks.filters import entry_filter
from tasks.models import Entry, Task
from tasks.models.content import PARTS, TEXTS
from tasks.sheets.answers import Answer, AnswerColumn, AnswerWidget
from tasks.sheets.handed_out import entry_fingerprint, is_the_same, misfit
from tasks.sheets.heading import period_by
from tasks.sheets.owed import Line, Owed, plain_title
from tasks.sheets.report import MARK, ReportSheet, Said
from villages.models import Division


@register
class EntrySheet(ReportSheet):
    """One row for each task of each unit in one quarter, in the columns of the office ledger."""

    name = "entries"
    title = _lazy("Quarterly report")
    summary = _lazy(
        "One row for each task of each unit in a quarter: values, progress, problems, next steps."
    )

    # fmt: off
    township = GivenColumn("乡（镇、街道）", lambda e: e.township.name,
                           aliases=("乡镇", "乡（镇）"), required=True, key=True, width=15,
                           meaning=_lazy("The township; tells the row together with the village."))
    village = GivenColumn("村", words.village,
                          aliases=("村名", "村（社区）"), required=True, key=True, width=17,
                          meaning=_lazy("The village; empty for the township's own tasks."))
    number = GivenColumn("序号", lambda e: e.task.number, aliases=("任务序号", "任务编号"),
                         key=True, width=6, meaning=_lazy("The number of the task in the ledger."))
    category = GivenColumn("工作类别", lambda e: words.CATEGORIES[e.task.category], width=10)
    task_title = GivenColumn("重点任务", lambda e: e.task.title, aliases=("任务", "任务名称"),
                             required=True, key=True, width=20,
                             meaning=_lazy("The task; tells the row."))
    requirement = GivenColumn("工作内容及目标要求", lambda e: e.task.requirement, width=26)
    unit = GivenColumn("计量单位", lambda e: words.unit_word(e.task), width=10)
    previous = GivenColumn("上季度完成情况", words.previous_value, width=10,
                           meaning=_lazy("What was last reported for the task, to compare."))
    answer = AnswerColumn("本季度完成情况", aliases=("完成情况", "本季度完成"),
                          required=True, width=10, widget=AnswerWidget(),
                          example="12.5", options=("是", "否", "零报告", "不适用"),
                          meaning=_lazy("A number in the unit shown, or 是 or 否. Where there is "
                                        "nothing to report: 零报告 or 不适用."))
    narrative = Column("工作进展情况", "narrative", aliases=("进展情况",), width=28,
                       example="已召开专题会2次，新建大棚12座，带动增收35户。",
                       meaning=_lazy("Progress in words; asked for where the unit says 文字."))
    problems = Column("存在问题", "problems", width=16, meaning=_lazy("Problems met, if any."),
                      example="土地流转手续尚未办结。")
    next_steps = Column("下步措施", "next_steps", width=16, meaning=_lazy("What comes next."),
                        example="9月底前办结流转手续。")
    explanation = Column("情况说明", "explanation", aliases=("变化说明",), width=16,
                         meaning=_lazy("Why a value is unusual, where the system asks for it."),
                         example="新建光伏项目并网，收入一次性增加。")
    state = GivenColumn("填报状态", lambda e: words.STATES[e.state], width=10,
                        meaning=_lazy("Rows 待审核 and 已通过 are frozen; leave them as they are."))
    code = GivenColumn("区划代码", lambda e: e.division.code, key=True, hidden=True, width=14,
                       widget=CodeWidget())
    row_version = GivenColumn("版本", entry_fingerprint, key=True, hidden=True, width=14)
    # fmt: on

    choices_of_list: Any = None

    def check(self, records: Iterable[Record]) -> Iterator[Checked]:
        owed, rows_of = Owed(self.user, [self.period]), dict[int, int]()
        self.rules = owed.rules
        self._labels = dict(zip(PARTS, self._part_labels(), strict=True))
        for record in records:
            checked = Checked(record, Outcome.WRONG)
            values, checked.errors = self.clean(record)
            line = self._find(record, values, owed, checked)
            if line is not None:
                checked.label = f"{line.division.short_name} · {line.task.title}"
                message = _("Rows %(first)d and %(second)d are for the same unit and task.")
                label = self.village.label
                checked.errors += self.twice(rows_of, line.pk, record, label, message)
                self._compare(record, values, line, checked)
            yield checked

    def _part_labels(self) -> list[str]:
        columns = (
            self.answer, self.narrative, self.problems, self.next_steps, self.explanation
        )  # fmt: skip
        return [column.label for column in columns]

    def _find(
        self, record: Record, values: dict[str, Any], owed: Owed, checked: Checked
    ) -> Line | None:
        """The line that a row means; what is wrong with its unit or task becomes an error."""
        division = self._find_division(record, values, owed, checked)
        title = plain_title(values.get(self.task_title.label) or "")
        if self.task_title.label in values and title not in owed.by_title:
            message = _("No task of this quarter has this name; please do not change it.")
            checked.errors.append(record.error(self.task_title.label, message))
        if division is None or title not in owed.by_title:
            return None
        tasks = self._tasks(owed.by_title[title], values)
        lines = [line for task in tasks if (line := owed.line(division, task, self.period))]
        if len(lines) == 1:
            return lines[0]
        message = _("%(division)s does not owe this task in this quarter; delete the row.")
        text = message % {"division": division}
        checked.errors.append(record.error(self.task_title.label, text))
        return None

    def _tasks(self, tasks: list[Task], values: dict[str, Any]) -> list[Task]:
        """Of tasks whose titles look alike the one that has the row's number."""
        if len(tasks) == 1:
            return tasks
        wanted = half_width(values.get(self.number.label))
        return [task for task in tasks if str(task.number) == wanted]

    def _find_division(
        self, record: Record, values: dict[str, Any], owed: Owed, checked: Checked
    ) -> Division | None:
        code, township, village = (
            values.get(column.label) or "" for column in (self.code, self.township, self.village)
        )
        try:
            return owed.finder.find(code, township, village)
        except ValidationError as error:
            if error.code == "foreign":
                checked.reaches_out(f"{township}{village}")
            label = self.village.label if village else self.township.label
            checked.errors.append(record.error(label, error.messages[0]))
            return None

    def _compare(
        self, record: Record, values: dict[str, Any], line: Line, checked: Checked
    ) -> None:
        answer: Answer | None = values.get(self.answer.label)
        if answer is not None and (message := answer.error(line.task)):
            checked.errors.append(record.error(self.answer.label, message))
        content: dict[str, Any] = answer.content if answer is not None else {}
        written = {}
        for name, label in zip(TEXTS, self._part_labels()[1:], strict=True):
            text, before = values.get(label), line.content[CONTENT_PLACE[name]]
            if text is None:
                continue
            written[name] = record.cells[label] if label in record.above else text
            if not is_the_same(text, before, written[name]):
                content[name] = "" if text in words.BLANKS and name != "narrative" else text
        mark = self._mark(record, values, checked)
        labels = self._labels | {MARK: self.row_version.label}
        said = Said(content, lambda part, text: record.error(labels[part], text), mark, written)
        self.compare(checked, line, said)
        is_new = checked.outcome != Outcome.UNCHANGED
        if answer is not None and is_new and (message := answer.doubt(line.task)):
            checked.warnings.append(record.error(self.answer.label, message))
        changed = [label for name, label in labels.items() if name in content]
        if record.above or any(record.cells.get(label) in DITTO for label in changed):
            checked.warnings += self.ditto_warnings(record, changed)

    def _mark(self, record: Record, values: dict[str, Any], checked: Checked) -> Fingerprint | None:
        text = values.get(self.row_version.label)
        if not text:
            return None
        mark = Fingerprint.read(text)
        if mark is None:
            checked.errors.append(record.error(self.row_version.label, misfit()))
        return mark

    def instances(self) -> Iterable[Entry]:
        division = self.aim()
        seen = Entry.objects.visible_to(self.viewer).within(division)
        entries = seen.owed().filter(period=self.period)
        if self.choices_of_list:
            tasks = Task.objects.filter(ledger__year=self.period.year)
            entries = entry_filter(self.choices_of_list, entries, tasks, actions.today()).qs
        return entries.form_lines()

    def narrow(self, choices: Any) -> None:
        self.choices_of_list = choices

    def heading(self) -> Heading:
        division, period = self.division(), period_by(self.target.period)
        quarter = f"{period.year}年第{words.QUARTERS[period.quarter]}季度"
        return Heading(
            title=f"{division.name}{quarter}农村基层党建重点工作任务台账",
            unit_line=f"填报单位：{division.name}　　　填报时间：{period.year}年　　月　　日",
        )


CONTENT_PLACE = {name: place for place, name in enumerate(Entry.CONTENT)}
