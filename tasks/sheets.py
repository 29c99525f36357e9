"""The entries of a unit and quarter as the office's ledger form."""

from __future__ import annotations

import datetime
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.models import AccessLog
from spreadsheets.errors import CellError, Refused, Stale
from spreadsheets.fields import (
    CodeWidget,
    Column,
    GivenColumn,
    TextWidget,
    as_written,
    half_width,
    normal,
    number,
    yes_or_no,
)
from spreadsheets.form import Form, Record
from spreadsheets.sheet import Checked, Heading, Outcome, Sheet, Target, register
from tasks import actions, words
from tasks.models import Entry, EntryChange, Period, Task
from tasks.models.entry import as_kept, share_tasks
from villages.models import Division, Level
from villages.sheets import DivisionFinder

plain_title = lru_cache(normal)  # the same few titles come again in every village
QUARTER_IN_TITLE = re.compile(r"(\d{4})年?度?第?([一二三四1-4])季度")


@dataclass(frozen=True)
class Answer:
    """What a value cell says, before it is known what its task asks for."""

    value: Decimal | None = None
    nothing: str = ""
    word: str = ""

    @property
    def content(self) -> dict[str, Any]:
        value = None if self.value is None else as_kept(self.value)
        return {"value": value, "nothing": str(self.nothing)}


class AnswerWidget(TextWidget):
    """A number, 是 or 否, or the reason for no value (零报告, 无, 不适用)."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        if isinstance(value, str | bool):
            text = half_width(value)
            if text in words.FOR_NOTHING:
                return Answer(nothing=words.FOR_NOTHING[text], word=text)
            said = yes_or_no(text)
            if said is not None:
                return Answer(Decimal(int(said)), word=text)
        try:
            return Answer(number(value))
        except ValidationError:
            message = _("Write a number, 是 or 否, or one of 零报告 and 不适用.")
            raise ValidationError(message) from None

    @property
    def accepts(self) -> str:
        return _("A number such as 12 or 3.5; 是 or 否 (also √ or ×); 零报告, 无 or 不适用.")


class AnswerColumn(Column):
    def export(self, instance: Any, **kwargs: Any) -> Any:
        return words.shown_value(instance.task, instance.value, instance.nothing)


@register
class EntrySheet(Sheet):
    """One row for each task of each unit in one quarter, in the columns of the office ledger."""

    name = "entries"
    title = _lazy("Quarterly report")
    import_permission = "tasks.change_entry"
    export_permission = "tasks.view_entry"

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
    state = GivenColumn("填报状态", lambda e: words.STATES[e.state], width=10,
                        meaning=_lazy("Rows 待审核 and 已通过 are frozen; leave them as they are."))
    code = GivenColumn("区划代码", lambda e: e.division.code, key=True, hidden=True, width=14,
                       widget=CodeWidget())
    row_version = GivenColumn("版本", lambda e: e.version, key=True, hidden=True, width=6,
                              widget=CodeWidget())
    # fmt: on

    period: Period
    today: datetime.date

    def open(self, form: Form) -> None:
        own = self.user.division
        if own is None or own.level not in (Level.VILLAGE, Level.TOWNSHIP):
            raise Refused(
                _("Villages and townships fill this sheet; your account is for %(own)s.")
                % {"own": own or "—"}
            )
        self.period, self.today = self._period(form), actions.today()
        wanted = self.target.division
        code = form.meta.get("division") or wanted or own.code
        # The file names its unit anyway; the address may name any, so only what is seen is told.
        found = Division.objects.filter(code=code).first()
        asked = Division.objects.visible_to(self.viewer).filter(code=wanted).first()
        names = {"found": found or code, "own": own, "wanted": asked or wanted}
        if found is None or not own.manages(found):
            message = _("This workbook belongs to %(found)s, but you report for %(own)s.")
            raise Refused(message % names, foreign=True)
        if wanted and wanted != code:
            message = _("This workbook belongs to %(found)s, but %(wanted)s is wanted.")
            raise Refused(message % names)
        self.target = Target(division=code, period=self.period.code)

    def _period(self, form: Form) -> Period:
        """The quarter that the file itself names; it must be the one of the page."""
        code = form.meta.get("period", "")
        if not code and (match := QUARTER_IN_TITLE.search("".join(form.heading))):
            digits = {word: digit for digit, word in words.QUARTERS.items()}
            code = f"{match[1]}Q{digits.get(match[2], match[2])}"
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
        return _period(code)

    def check(self, records: Sequence[Record]) -> Iterator[Checked]:
        mine = Entry.objects.fillable_by(self.user).filter(period=self.period)
        entries = share_tasks(list(mine))
        near = Division.objects.within(self.user.division).in_bulk()
        owing = Division.objects.in_bulk({entry.division_id for entry in entries} - set(near))
        units = near | owing
        for unit in units.values():
            if above := units.get(unit.parent_id or 0):
                unit.parent = above
        finder = DivisionFinder(units.values())
        by_key: dict[tuple[int, str], list[Entry]] = defaultdict(list)
        for owed in entries:
            owed.division = units[owed.division_id]
            by_key[owed.division_id, plain_title(owed.task.title)].append(owed)
        tasks, rows_of = {title for _pk, title in by_key}, dict[int, int]()
        for record in records:
            checked = Checked(record, Outcome.WRONG)
            values, checked.errors = self.clean(record)
            entry = self._find(record, values, finder, by_key, tasks, checked)
            if entry is not None:
                checked.label = f"{entry.division.short_name} · {entry.task.title}"
                first = rows_of.setdefault(entry.pk, record.row)
                if first != record.row:
                    message = _("Rows %(first)d and %(second)d are for the same unit and task.")
                    rows = {"first": first, "second": record.row}
                    checked.errors.append(record.error(self.village.label, message % rows))
                self._compare(record, values, entry, checked)
            yield checked

    def _find(
        self,
        record: Record,
        values: dict[str, Any],
        finder: DivisionFinder,
        by_key: Mapping[tuple[int, str], list[Entry]],
        tasks: set[str],
        checked: Checked,
    ) -> Entry | None:
        """The entry that a row means; what is wrong with its unit or task becomes an error."""
        division = self._find_division(record, values, finder, checked)
        title = plain_title(values.get(self.task_title.label) or "")
        if self.task_title.label in values and title not in tasks:
            message = _("No task of this quarter has this name; please do not change it.")
            checked.errors.append(record.error(self.task_title.label, message))
        if division is None or title not in tasks:
            return None
        entries = by_key.get((division.pk, title), [])
        if len(entries) > 1:
            wanted = half_width(values.get(self.number.label))
            entries = [entry for entry in entries if str(entry.task.number) == wanted]
        if len(entries) == 1:
            return entries[0]
        message = _("%(division)s does not owe this task in this quarter; delete the row.")
        text = message % {"division": division}
        checked.errors.append(record.error(self.task_title.label, text))
        return None

    def _find_division(
        self, record: Record, values: dict[str, Any], finder: DivisionFinder, checked: Checked
    ) -> Division | None:
        code, township, village = (
            values.get(column.label) or "" for column in (self.code, self.township, self.village)
        )
        try:
            return finder.find(code, township, village)
        except ValidationError as error:
            if error.code == "foreign":
                raise Refused(
                    _("Row %(row)d belongs to a unit that is not yours (%(name)s).")
                    % {"row": record.row, "name": f"{township}{village}"[:60]},
                    foreign=True,
                ) from error
            label = self.village.label if village else self.township.label
            checked.errors.append(record.error(label, error.messages[0]))
            return None

    def _compare(
        self, record: Record, values: dict[str, Any], entry: Entry, checked: Checked
    ) -> None:
        before = entry.content
        after = before | self._content(values, before)
        answer = values.get(self.answer.label)
        if answer and (message := _word_error(entry.task, answer)):
            checked.errors.append(record.error(self.answer.label, message))
        if after != before:
            checked.errors += self._content_errors(record, values, entry, after)
        if checked.errors:
            return
        new = Outcome.NEW if entry.state == Entry.State.BLANK else Outcome.CHANGED
        checked.outcome = new if after != before else Outcome.UNCHANGED
        checked.key, checked.version = str(entry.pk), entry.version
        checked.before = before | {"shown": words.shown_text(entry.task, before)}
        checked.after = after | {"shown": words.shown_text(entry.task, after)}

    def _content(self, values: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
        """The cells of a row as content. A text that left here with line ends or spaces that
        no workbook keeps has not changed when it comes back without them."""
        content: dict[str, Any] = {}
        if self.answer.label in values:
            content = values[self.answer.label].content
        for column in (self.narrative, self.problems, self.next_steps):
            name, text = str(column.attribute), values.get(column.label)
            if text is not None and text != before[name] and text != as_written(before[name]):
                content[name] = text
        return content

    def _content_errors(
        self, record: Record, values: dict[str, Any], entry: Entry, after: dict[str, Any]
    ) -> Iterator[CellError]:
        """Everything the one way of writing an entry would refuse, at its cell."""
        before = entry.content
        changed = next(self._labels[name] for name in after if after[name] != before[name])
        version = values.get(self.row_version.label) or ""
        try:
            actions.check_editable(entry, self.today)
        except ValidationError as error:
            yield record.error(changed, error.messages[0])
            return
        if version and version != str(entry.version):
            message = _(
                "Changed here after you downloaded the sheet (now: %(now)s). Download it again."
            )
            yield record.error(changed, message % {"now": self._now(entry, changed)})
        candidate = copy(entry)
        for name, value in after.items():
            setattr(candidate, name, value)
        try:
            candidate.clean_content()
        except ValidationError as error:
            for name, messages in error.message_dict.items():
                yield record.error(self._labels.get(name, changed), messages[0])

    @cached_property
    def _labels(self) -> dict[str, str]:
        """The column of each part of an entry's content."""
        answer = dict.fromkeys(("value", "nothing"), self.answer.label)
        texts = (self.narrative, self.problems, self.next_steps)
        return answer | {str(column.attribute): column.label for column in texts}

    def _now(self, entry: Entry, label: str) -> str:
        """What stands here in a column, short enough for a message."""
        content = entry.content | {"shown": words.shown_text(entry.task, entry.content)}
        return self.display(content)[label][:60] or "—"

    def apply(self, rows: Iterable[Any], batch: Any) -> None:
        edits, row_of = [], {}
        for row in rows:
            edits.append(actions.Edit(int(row.key), row.version, row.after))
            row_of[int(row.key)] = row
        author = actions.Author(self.user, EntryChange.Origin.SHEET, batch=batch.pk)
        try:
            actions.save(edits, author, whole=True)
        except actions.NothingWritten as nothing:
            raise Stale(list(self._reasons(nothing.outcome, row_of))) from nothing

    def _reasons(self, outcome: actions.Outcome, row_of: dict[int, Any]) -> Iterator[str]:
        """Each row that stood in the way, with what stands there now."""
        for refusal in outcome.refused:
            row, entry = row_of[refusal.entry.pk], refusal.entry
            yield _("Row %(row)d, %(label)s: %(message)s Now: %(now)s.") % {
                "row": row.sheet_row,
                "label": row.label,
                "message": refusal.error.messages[0],
                "now": self._difference(entry, row.before),
            }
        for pk in outcome.missing:
            yield _("Row %(row)d, %(label)s: you may no longer report for this unit.") % {
                "row": row_of[pk].sheet_row,
                "label": row_of[pk].label,
            }

    def _difference(self, entry: Entry, before: dict[str, Any]) -> str:
        """The columns that stand otherwise now than in the preview; else the value and state."""
        now = self.display(entry.content | {"shown": words.shown_text(entry.task, entry.content)})
        was = self.display(before)
        changed = [f"{label} {now[label][:60] or '—'}" for label in now if now[label] != was[label]]
        unchanged = f"{now[self.answer.label] or '—'}（{words.STATES[Entry.State(entry.state)]}）"
        return "；".join(changed) or unchanged

    def instances(self) -> Iterable[Entry]:
        division = self._division()
        self.period = _period(self.target.period)
        self.target = Target(division.code, self.period.code)
        entries = Entry.objects.visible_to(self.viewer).within(division).filter(period=self.period)
        return entries.form_lines()

    def is_in_scope(self) -> bool:
        seen = Division.objects.visible_to(self.viewer)
        return seen.filter(code=self.target.division).exists()

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

    def heading(self) -> Heading:
        division, period = self._division(), _period(self.target.period)
        quarter = f"{period.year}年第{words.QUARTERS[period.quarter]}季度"
        return Heading(
            title=f"{division.name}{quarter}农村基层党建重点工作任务台账",
            unit_line=f"填报单位：{division.name}　　　填报时间：{period.year}年　　月　　日",
        )

    def choices(self) -> dict[str, list[tuple[str, str]]]:
        seen = Division.objects.visible_to(self.viewer).exclude(level=Level.VILLAGE)
        if self.viewer.division and self.viewer.division.level == Level.VILLAGE:
            seen = Division.objects.filter(pk=self.viewer.division.pk)
        units = [(division.code, division.name) for division in seen.order_by("path")]
        periods = Period.objects.order_by("-year", "-quarter")
        return {"division": units, "period": [(p.code, str(p)) for p in periods]}

    def display(self, content: dict[str, Any]) -> dict[str, str]:
        return {
            self.answer.label: content.get("shown", ""),
            self.narrative.label: content.get("narrative", ""),
            self.problems.label: content.get("problems", ""),
            self.next_steps.label: content.get("next_steps", ""),
        }


def _period(code: str) -> Period:
    try:
        return Period.objects.by_code(code)
    except Period.DoesNotExist:
        raise Refused(_("There is no quarter %(code)s here.") % {"code": code}) from None


def _word_error(task: Task, answer: Answer) -> str:
    """是 and 否 answer yes-or-no tasks only, where 无 could mean 否 as well as 零报告."""
    yes_no = task.measure == Task.Measure.YES_NO
    if answer.word and not answer.nothing and task.measure == Task.Measure.NUMBER:
        return _("Write a number here, for instance 12 or 3.5.")
    if answer.word == words.NONE and yes_no:
        return _("Write 是 or 否; or 零报告 where there is nothing to report.")
    return ""
