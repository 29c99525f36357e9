"""The entries of a unit and quarter as the office's ledger form."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.models import AccessLog
from spreadsheets.errors import CellError, Refused, Stale
from spreadsheets.fields import Column, TextWidget, number, text_of, yes_or_no
from spreadsheets.form import Form, Record, normal
from spreadsheets.sheet import Checked, Heading, Outcome, Sheet, Target, register
from tasks import actions
from tasks.models import Entry, EntryChange, Period, Task
from villages.models import Division, Level
from villages.sheets import DivisionFinder

NOTHING_WORDS = {
    Entry.Nothing.NIL: "零报告",
    Entry.Nothing.NOT_APPLICABLE: "不适用",
    Entry.Nothing.EXEMPT: "免报",
}
WORDS_FOR_NOTHING = {word: code for code, word in NOTHING_WORDS.items()} | {
    "无": Entry.Nothing.NIL
}
CATEGORY_WORDS = {
    Task.Category.PEOPLE: "人",
    Task.Category.GOVERNANCE: "治",
    Task.Category.MATERIAL: "物",
    Task.Category.EFFECT: "效",
}
STATE_WORDS = {
    Entry.State.BLANK: "未报",
    Entry.State.DRAFT: "草稿",
    Entry.State.SUBMITTED: "待审核",
    Entry.State.RETURNED: "已退回",
    Entry.State.ACCEPTED: "已通过",
}
QUARTER_WORDS = {1: "一", 2: "二", 3: "三", 4: "四"}
QUARTER_IN_TITLE = re.compile(r"(\d{4})年?度?第?([一二三四1-4])季度")


@dataclass(frozen=True)
class Answer:
    """What a value cell says, before it is known what its task asks for."""

    value: Decimal | None = None
    nothing: str = ""
    word: bool = False


class AnswerWidget(TextWidget):
    """A number, 是 or 否, or the reason for no value (零报告, 无, 不适用)."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        text = text_of(value).strip()
        if text in WORDS_FOR_NOTHING:
            return Answer(nothing=WORDS_FOR_NOTHING[text])
        said = value if isinstance(value, bool) else yes_or_no(text)
        if said is not None:
            return Answer(Decimal(int(said)), word=True)
        try:
            return Answer(number(value))
        except ValidationError:
            message = _("Write a number, 是 or 否, or one of 零报告 and 不适用.")
            raise ValidationError(message) from None


class AnswerColumn(Column):
    def export(self, instance: Any, **kwargs: Any) -> Any:
        return shown_value(instance.task, instance.value, instance.nothing)


def shown_value(task: Task, value: Decimal | None, nothing: str) -> Any:
    """A value as the form shows it: a number, 是 or 否, or why there is none."""
    if nothing:
        return NOTHING_WORDS[Entry.Nothing(nothing)]
    if value is not None and task.measure == Task.Measure.YES_NO:
        return "是" if value else "否"
    return value


class GivenColumn(Column):
    """A column that the system fills, from a function of the entry."""

    def __init__(self, label: str, show: Any, **options: Any) -> None:
        super().__init__(label, given=True, **options)
        self.show = show

    def export(self, instance: Any, **kwargs: Any) -> Any:
        return self.show(instance)


@register
class EntrySheet(Sheet):
    """One row for each task of each unit in one quarter, in the columns of the office ledger."""

    name = "entries"
    title = _lazy("Quarterly report")
    import_permission = "tasks.change_entry"
    export_permission = "tasks.view_entry"
    needs_period = True

    township = GivenColumn("乡（镇、街道）", lambda e: e.township.name, aliases=("乡镇", "乡（镇）"),
                           required=True, width=14,
                           meaning=_lazy("The township; tells the row together with the village."))  # fmt: skip
    village = GivenColumn("村", lambda e: e.division.name if e.division.level == Level.VILLAGE else "",
                          aliases=("村名", "村（社区）"), required=True, width=20,
                          meaning=_lazy("The village; empty for the township's own tasks."))  # fmt: skip
    number = GivenColumn("序号", lambda e: e.task.number, aliases=("任务序号", "任务编号"), width=6,
                         meaning=_lazy("The number of the task in the ledger."))  # fmt: skip
    category = GivenColumn("工作类别", lambda e: CATEGORY_WORDS[e.task.category], width=6)
    task_title = GivenColumn("重点任务", lambda e: e.task.title, aliases=("任务", "任务名称"),
                             required=True, width=26, meaning=_lazy("The task; tells the row."))  # fmt: skip
    requirement = GivenColumn("工作内容及目标要求", lambda e: e.task.requirement, width=34)
    unit = GivenColumn("计量单位", lambda e: unit_word(e.task), width=8)
    previous = GivenColumn("上季度完成情况", lambda e: shown_value(e.task, e.previous_value, ""), width=10,
                           meaning=_lazy("What was reported one quarter before, to compare."))  # fmt: skip
    answer = AnswerColumn("本季度完成情况", aliases=("完成情况", "本季度完成"), required=True, width=12,
                          widget=AnswerWidget(),
                          meaning=_lazy("A number in the unit shown, or 是 or 否. Where there is "
                                        "nothing to report: 零报告 or 不适用."))  # fmt: skip
    narrative = Column("工作进展情况", "narrative", aliases=("进展情况",), width=36,
                       meaning=_lazy("Progress in words; asked for where the unit says 文字."))  # fmt: skip
    problems = Column("存在问题", "problems", width=24, meaning=_lazy("Problems met, if any."))
    next_steps = Column("下步措施", "next_steps", width=24, meaning=_lazy("What comes next."))
    state = GivenColumn("填报状态", lambda e: STATE_WORDS[e.state], width=9,
                        meaning=_lazy("Rows 待审核 and 已通过 are frozen; leave them as they are."))  # fmt: skip
    code = GivenColumn("区划代码", lambda e: e.division.code, hidden=True, width=14)
    row_version = GivenColumn("版本", lambda e: e.version, hidden=True, width=6)

    period: Period

    def open(self, form: Form) -> None:
        self.period = self._period(form)
        code = form.meta.get("division") or self.target.division
        if code and not self._may_fill_below(code):
            self._refuse_foreign(code)
        if self.target.division and self.target.division != code:
            self._refuse_other(code, self.target.division)
        own = self.user.division.code
        self.target = Target(division=code or own, period=self.period.code)

    def _period(self, form: Form) -> Period:
        """The quarter that the file itself names; it must be the one of the page."""
        code = form.meta.get("period", "")
        if not code and (match := QUARTER_IN_TITLE.search(" ".join(form.heading))):
            words = {word: digit for digit, word in QUARTER_WORDS.items()}
            code = f"{match[1]}Q{words.get(match[2], match[2])}"
        code = code or self.target.period
        if not code:
            raise Refused(
                _("The workbook does not say its quarter. Write it into the title, for instance "
                  "“2026年第一季度”, or take a fresh template.")
            )  # fmt: skip
        if self.target.period and self.target.period != code:
            raise Refused(
                _("This workbook is for %(found)s, but %(wanted)s is wanted. Upload it there.")
                % {"found": code, "wanted": self.target.period}
            )
        try:
            return Period.objects.by_code(code)
        except Period.DoesNotExist:
            raise Refused(_("There is no quarter %(code)s here.") % {"code": code}) from None

    def _may_fill_below(self, code: str) -> bool:
        """Whether the unit named is the user's own or below it."""
        named = Division.objects.filter(code=code).first()
        return bool(named and self.user.division and self.user.division.manages(named))

    def _refuse_foreign(self, code: str) -> None:
        named = Division.objects.filter(code=code).first()
        raise Refused(
            _("This workbook belongs to %(found)s, but you report for %(own)s.")
            % {"found": named or code, "own": self.user.division},
            foreign=True,
        )

    def _refuse_other(self, found: str, wanted: str) -> None:
        names = {d.code: d.name for d in Division.objects.filter(code__in=[found, wanted])}
        raise Refused(
            _("This workbook belongs to %(found)s, but %(wanted)s is wanted. Upload it there.")
            % {"found": names.get(found, found), "wanted": names.get(wanted, wanted)}
        )

    def check(self, records: Sequence[Record]) -> Iterator[Checked]:
        mine = Entry.objects.fillable_by(self.user).filter(period=self.period)
        entries = list(mine.select_related("task__ledger", "period", "division__parent"))
        finder = DivisionFinder({e.division_id: e.division for e in entries}.values())
        tasks = _tasks_by_name({e.task_id: e.task for e in entries}.values())
        by_key = {(e.division_id, e.task_id): e for e in entries}
        rows_of: dict[int, int] = {}
        for record in records:
            checked = Checked(record, Outcome.WRONG)
            values, checked.errors = self.clean(record)
            entry = self._find(record, values, finder, tasks, by_key, checked)
            if entry is None:
                yield checked
                continue
            checked.label = f"{entry.division.short_name} · {entry.task.title}"
            if first := rows_of.get(entry.pk):
                message = _("Rows %(first)d and %(second)d are for the same unit and task.")
                rows = {"first": first, "second": record.row}
                checked.errors.append(record.error(self.village.label, message % rows))
            rows_of.setdefault(entry.pk, record.row)
            self._compare(record, values, entry, checked)
            yield checked

    def _find(
        self,
        record: Record,
        values: dict[str, Any],
        finder: DivisionFinder,
        tasks: dict[str, Task],
        by_key: dict[tuple[int, int], Entry],
        checked: Checked,
    ) -> Entry | None:
        code, township, village = (
            str(values.get(column.label) or "")
            for column in (self.code, self.township, self.village)
        )
        division = None
        try:
            division = finder.find(code, township, village)
        except ValidationError as error:
            if error.code == "foreign":
                raise Refused(
                    _("Row %(row)d belongs to a unit that is not yours (%(name)s).")
                    % {"row": record.row, "name": f"{township}{village}"},
                    foreign=True,
                ) from error
            label = self.village.label if village else self.township.label
            checked.errors.append(record.error(label, error.messages[0]))
        task = tasks.get(normal(values.get(self.task_title.label) or ""))
        if task is None:
            message = _("No task of this quarter has this name; please do not change it.")
            checked.errors.append(record.error(self.task_title.label, message))
        if division is None or task is None:
            return None
        entry = by_key.get((division.pk, task.pk))
        if entry is None:
            message = _("%(division)s does not owe this task in this quarter; delete the row.")
            text = message % {"division": division}
            checked.errors.append(record.error(self.task_title.label, text))
        return entry

    def _compare(
        self, record: Record, values: dict[str, Any], entry: Entry, checked: Checked
    ) -> None:
        stored, was_blank = copy(entry), entry.state == Entry.State.BLANK
        answer: Answer = values.get(self.answer.label) or Answer()
        if self.answer.label in values:
            entry.value, entry.nothing = answer.value, answer.nothing
            if message := _word_error(entry.task, answer):
                checked.errors.append(record.error(self.answer.label, message))
        for column in (self.narrative, self.problems, self.next_steps):
            if column.label in values:
                setattr(entry, str(column.attribute), values[column.label])
        checked.key, checked.version = str(entry.pk), stored.version
        checked.before, checked.after = stored.content, entry.content
        if entry.value is not None and stored.value == entry.value:
            checked.after["value"] = checked.before["value"]
        if not checked.errors and checked.after != checked.before:
            checked.errors += self._content_errors(record, values, stored, entry)
        if checked.errors:
            return
        same = checked.after == checked.before
        changed = Outcome.NEW if was_blank else Outcome.CHANGED
        checked.outcome = Outcome.UNCHANGED if same else changed

    def _content_errors(
        self, record: Record, values: dict[str, Any], stored: Entry, entry: Entry
    ) -> Iterator[CellError]:
        """Everything the one way of writing an entry would refuse, at its cell."""
        version = str(values.get(self.row_version.label) or "")
        if version and version != str(stored.version):
            message = _(
                "Changed here after you downloaded the sheet (now: %(now)s). Download it again."
            )
            now = shown_value(stored.task, stored.value, stored.nothing)
            yield record.error(self.answer.label, message % {"now": "—" if now is None else now})
            return
        try:
            actions.check_editable(stored, actions.today())
            entry.clean_content()
        except ValidationError as error:
            if not hasattr(error, "error_dict"):
                yield record.error(self.answer.label, error.messages[0])
                return
            labels = {str(c.attribute): c.label for c in self.columns if c.attribute}
            for name, messages in error.message_dict.items():
                yield record.error(labels.get(name, self.answer.label), messages[0])

    def apply(self, rows: Iterable[Any], batch: Any) -> None:
        edits, row_of = [], {}
        for row in rows:
            content = dict(row.after)
            content["value"] = None if content["value"] is None else Decimal(content["value"])
            edits.append(actions.Edit(int(row.key), row.version, content))
            row_of[int(row.key)] = row
        author = actions.Author(self.user, EntryChange.Origin.SHEET, batch=batch.pk)
        try:
            actions.save(edits, author, whole=True)
        except actions.NothingWritten as nothing:
            raise Stale(_reasons(nothing.outcome, row_of)) from nothing

    def instances(self) -> Iterable[Entry]:
        division = self._division()
        self.period = self._period_for_export()
        entries = Entry.objects.visible_to(self.viewer).within(division).filter(period=self.period)
        related = entries.select_related("task", "division", "township")
        return related.with_previous().in_form_order().iterator(chunk_size=2000)

    def note_export(self) -> None:
        AccessLog.note(self.user, AccessLog.Action.EXPORT, self.name, **self.target.as_dict())

    def note_foreign(self, file_name: str, message: str) -> None:
        AccessLog.note(
            self.user, AccessLog.Action.REFUSED, self.name, file=file_name, message=message
        )

    def _division(self) -> Division:
        own = self.viewer.division
        code = self.target.division or (own.code if own else "")
        division = Division.objects.visible_to(self.viewer).filter(code=code).first()
        if division is None:
            raise Refused(_("There is no division %(code)s here.") % {"code": code})
        return division

    def _period_for_export(self) -> Period:
        try:
            return Period.objects.by_code(self.target.period)
        except Period.DoesNotExist:
            raise Refused(_("There is no quarter %(code)s here.") % {"code": self.target.period}) from None

    def heading(self) -> Heading:
        division, period = self._division(), self._period_for_export()
        quarter = f"{period.year}年第{QUARTER_WORDS[period.quarter]}季度"
        return Heading(
            title=f"{division.name}{quarter}农村基层党建重点工作任务台账",
            unit_line=f"填报单位：{division.name}　　　填报时间：{period.year}年　　月　　日",
        )

    def display(self, content: dict[str, Any]) -> dict[str, str]:
        nothing = content.get("nothing")
        value = NOTHING_WORDS[Entry.Nothing(nothing)] if nothing else content.get("value")
        return {
            self.answer.label: "" if value is None else str(value),
            self.narrative.label: content.get("narrative", ""),
            self.problems.label: content.get("problems", ""),
            self.next_steps.label: content.get("next_steps", ""),
        }


def unit_word(task: Task) -> str:
    """What the unit column shows: the unit, or in which way the task is answered."""
    return {Task.Measure.YES_NO: "是/否", Task.Measure.TEXT: "文字"}.get(
        Task.Measure(task.measure), task.unit
    )


def _tasks_by_name(tasks: Iterable[Task]) -> dict[str, Task]:
    return {normal(task.title): task for task in tasks}


def _word_error(task: Task, answer: Answer) -> str:
    """是 and 否 answer yes-or-no tasks only; 1 and 0 do so too."""
    if answer.word and task.measure == Task.Measure.NUMBER:
        return _("Write a number here, for instance 12 or 3.5.")
    return ""


def _reasons(outcome: actions.Outcome, row_of: dict[int, Any]) -> list[str]:
    """Each row that stood in the way, with what stands there now."""
    reasons = []
    for refusal in outcome.refused:
        row, entry = row_of[refusal.entry.pk], refusal.entry
        now = shown_value(entry.task, entry.value, entry.nothing)
        reasons.append(
            _("Row %(row)d, %(label)s: %(message)s Now: %(now)s.")
            % {
                "row": row.sheet_row,
                "label": row.label,
                "message": refusal.error.messages[0],
                "now": "—" if now is None else now,
            }
        )
    for pk in outcome.missing:
        row = row_of[pk]
        reasons.append(
            _("Row %(row)d, %(label)s: you may no longer report for this unit.")
            % {"row": row.sheet_row, "label": row.label}
        )
    return reasons
