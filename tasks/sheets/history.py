"""The history of the lines of a unit and quarter, to take out: who changed what, when and how."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _lazy

from accounts.models import User
from spreadsheets.fields import GivenColumn
from spreadsheets.sheet import Heading, day_written, register
from tasks import actions, words
from tasks.filters import entry_filter
from tasks.models import Entry, EntryChange, Period, ReturnMark, Review, Task
from tasks.models.content import TEXTS
from tasks.models.light import plain
from tasks.sheets.heading import period_by
from tasks.sheets.quarter_sheet import QuarterSheet
from villages.models import Division

CHANGES_AT_ONCE = 2_000
DIGITS_OF_A_KEY = 19  # the databases' largest number has as many
VERBS = {
    EntryChange.Verb.SAVE: "保存",
    EntryChange.Verb.SUBMIT: "提交",
    EntryChange.Verb.ACCEPT: "审核通过",
    EntryChange.Verb.RETURN: "退回",
    EntryChange.Verb.UNDO: "撤销审核",
    EntryChange.Verb.CONFIRM: "确认无变化",
    EntryChange.Verb.TAKE_BACK: "撤回",
    EntryChange.Verb.EXEMPT: "批准免报",
    EntryChange.Verb.LIFT: "取消免报",
    EntryChange.Verb.ATTACH: "上传佐证材料",
    EntryChange.Verb.DETACH: "移除佐证材料",
    EntryChange.Verb.WITHDRAW: "因台账调整不再要求",
    EntryChange.Verb.RESTORE: "因台账调整恢复要求",
}
ORIGINS = {
    EntryChange.Origin.PAGE: "网页",
    EntryChange.Origin.SHEET: "Excel",
    EntryChange.Origin.ADMIN: "后台",
    EntryChange.Origin.COMMAND: "命令行",
}
PARTS = {**words.PART_LABELS, "evidence": "佐证材料", "": "整行"}
REVIEWED = (EntryChange.Verb.ACCEPT, EntryChange.Verb.RETURN)


@dataclass(slots=True)
class Row:
    """One change with what was said about it; its entry has task, units and quarter."""

    change: EntryChange
    said: str

    @property
    def entry(self) -> Entry:
        return self.change.entry

    def content(self, kept: Mapping[str, Any]) -> str:
        return _content(self.entry.task, kept)


@register
class HistorySheet(QuarterSheet):
    """One row for each change. It only goes out: what happened is not written anew."""

    name = "history"
    title = _lazy("History of the reports")
    summary = _lazy("Who changed which line when, by which way, from what to what; to take out.")
    export_permission = "tasks.view_entry"

    # fmt: off
    township = GivenColumn("乡（镇、街道）", lambda row: row.entry.township.name, width=15)
    village = GivenColumn("村", lambda row: words.village(row.entry), width=17)
    number = GivenColumn("序号", lambda row: row.entry.task.number, width=6)
    task_title = GivenColumn("重点任务", lambda row: row.entry.task.title, width=20)
    quarter = GivenColumn("季度", lambda row: row.entry.period.code, width=9)
    made = GivenColumn("版本", lambda row: row.change.version, width=6)
    time = GivenColumn("时间", lambda row: f"{timezone.localtime(row.change.at):%Y-%m-%d %H:%M:%S}",
                       width=20)
    person = GivenColumn("操作人", lambda row: str(row.change.by or "系统"), width=14)
    unit = GivenColumn("操作人所在单位", lambda row: _unit_of(row.change.by), width=18)
    way = GivenColumn("方式", lambda row: ORIGINS[row.change.origin], width=8)
    what = GivenColumn("操作", lambda row: VERBS[row.change.verb], width=14)
    before = GivenColumn("修改前", lambda row: row.content(row.change.before), width=32)
    after = GivenColumn("修改后", lambda row: row.content(row.change.after), width=32)
    said = GivenColumn("意见", lambda row: row.said, width=28)
    # fmt: on

    choices_of_list: Any = None

    def narrow(self, choices: Any) -> None:
        self.choices_of_list = choices

    def heading(self) -> Heading:
        division, period = self.division(), period_by(self.target.period)
        quarter = f"{period.year}年第{words.QUARTERS[period.quarter]}季度"
        day = day_written(timezone.localdate())
        unit_line = f"填报单位：{division.name}　　　导出时间：{day}"
        return Heading(f"{division.name}{quarter}填报历史", unit_line, footer="")

    def instances(self) -> Iterable[Row]:
        return self._rows(self._entries(self.aim()))

    def _entries(self, division: Division) -> QuerySet[Entry]:
        seen: QuerySet[Entry] = Entry.objects.visible_to(self.viewer).within(division)
        seen = seen.filter(period=self.period)
        choices = self.choices_of_list or {}
        one = choices.get("entry", "")
        if one.isdecimal() and len(one) < DIGITS_OF_A_KEY:
            return seen.filter(pk=one)
        if choices:
            tasks = Task.objects.filter(ledger__year=self.period.year)
            seen = entry_filter(choices, seen, tasks, actions.today()).qs
        return seen

    def _rows(self, entries: QuerySet[Entry]) -> Iterator[Row]:
        """Line by line, each from its beginning; what many rows share is made once."""
        changes = EntryChange.objects.filter(entry__in=entries.values("pk")).order_by(
            *("entry__division__level", "entry__division__code", "entry__task__number"),
            *("entry", "version"),
        )
        stream = changes.iterator(chunk_size=CHANGES_AT_ONCE)
        known = Known(self.period)
        while some := list(islice(stream, CHANGES_AT_ONCE)):
            lines = known.lines(some)
            people = known.people_of(some)
            said = _said(some)
            for change in some:
                change.entry = lines[change.entry_id]
                change.by = people[change.by_id] if change.by_id else None
                key = change.entry_id, change.version
                yield Row(change, said.get(key) or _of_change(change))


@dataclass
class Known:
    """Tasks, units and people that were met so far; each is read and made once."""

    period: Period
    tasks: dict[int, Task] = field(default_factory=dict)
    units: dict[int, Division] = field(default_factory=dict)
    people: dict[int, User] = field(default_factory=dict)

    def lines(self, changes: list[EntryChange]) -> dict[int, Entry]:
        wanted = {change.entry_id for change in changes}
        lines = Entry.objects.only("task", "division", "township").in_bulk(wanted)
        _learn(self.tasks, Task.objects.all(), {line.task_id for line in lines.values()})
        units = {pk for line in lines.values() for pk in (line.division_id, line.township_id)}
        _learn(self.units, Division.objects.all(), units)
        for line in lines.values():
            line.task, line.period = self.tasks[line.task_id], self.period
            line.division, line.township = (
                self.units[line.division_id],
                self.units[line.township_id],
            )
        return lines

    def people_of(self, changes: list[EntryChange]) -> dict[int, User]:
        users = User.objects.select_related("division")
        _learn(self.people, users, {change.by_id for change in changes if change.by_id})
        return self.people


def _learn(known: dict[int, Any], rows: QuerySet[Any], wanted: set[int]) -> None:
    known |= rows.in_bulk(wanted - set(known))


def _said(changes: list[EntryChange]) -> dict[tuple[int, int], str]:
    """What reviewers said, by the entry and the version that their verdict made."""
    of = {change.entry_id for change in changes if change.verb in REVIEWED}
    marks: dict[int, list[str]] = {}
    for mark in ReturnMark.objects.filter(review__entry__in=of).select_related("reason"):
        text = " ".join(word for word in (PARTS[mark.part], mark.reason.name, mark.note) if word)
        marks.setdefault(mark.review_id, []).append(text)
    return {
        (review.entry_id, review.version + 1): _verdict(review, marks.get(review.pk, []))
        for review in Review.objects.filter(entry__in=of)
    }


def _verdict(review: Review, marks: list[str]) -> str:
    undone = ["（此审核意见已撤销）"] if review.undone_at else []
    return "；".join([*([review.comment] if review.comment else []), *marks, *undone])


def _of_change(change: EntryChange) -> str:
    return "；".join(change.after[name] for name in ("reason", "comment") if change.after.get(name))


def _unit_of(user: User | None) -> str:
    return user.division.name if user and user.division else ""


def _content(task: Task, content: Mapping[str, Any]) -> str:
    """What a history keeps of one side of a change, in the words of the office form."""
    parts: dict[str, str] = {}
    if "value" in content or "nothing" in content:
        kept = content.get("value")
        value = None if kept is None else Decimal(kept)
        shown = words.shown_value(task, value, content.get("nothing", ""))
        text = plain(shown) if isinstance(shown, Decimal) else shown or "—"
        parts[words.PART_LABELS["value"]] = text
    parts |= {words.PART_LABELS[name]: content[name] or "—" for name in TEXTS if name in content}
    if content.get("file"):
        parts[PARTS["evidence"]] = content["file"]
    if content.get("carried_from"):
        parts["沿用"] = content["carried_from"]
    if content.get("state"):
        parts["状态"] = words.STATES[Entry.State(content["state"])]
    return "；".join(f"{label}：{text}" for label, text in parts.items())
