"""The Chinese words of the office form for what an entry holds, each written once."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from tasks.models import Entry, Task
from tasks.models.light import plain
from villages.models import Level

NOTHING = {
    Entry.Nothing.NIL: "零报告",
    Entry.Nothing.NOT_APPLICABLE: "不适用",
    Entry.Nothing.EXEMPT: "免报",
}
NONE = "无"
FOR_NOTHING = {word: code for code, word in NOTHING.items()} | {NONE: Entry.Nothing.NIL}
CATEGORIES = {
    Task.Category.PEOPLE: "人",
    Task.Category.GOVERNANCE: "治",
    Task.Category.MATERIAL: "物",
    Task.Category.EFFECT: "效",
}
STATES = {
    Entry.State.BLANK: "未报",
    Entry.State.DRAFT: "草稿",
    Entry.State.SUBMITTED: "待审核",
    Entry.State.RETURNED: "已退回",
    Entry.State.ACCEPTED: "已通过",
    Entry.State.WITHDRAWN: "不再要求",
}
YES_NO = ("是", "否")
QUARTERS = {1: "一", 2: "二", 3: "三", 4: "四"}
PART_LABELS = {
    "value": "本季度完成情况",
    "narrative": "工作进展情况",
    "problems": "存在问题",
    "next_steps": "下步措施",
    "explanation": "情况说明",
}
# How offices write that there is nothing to say in a column of texts.
BLANKS = {"/", "／", "—", "——", "－", "-", "无", "暂无"}


def shown_value(task: Task, value: Decimal | None, nothing: str) -> Any:
    """A value as the form shows it: a number, 是 or 否, or why there is none."""
    if nothing:
        return NOTHING[Entry.Nothing(nothing)]
    if value is not None and task.measure == Task.Measure.YES_NO:
        return "是" if value else "否"
    return value


def shown_text(task: Task, content: Mapping[str, Any]) -> str:
    """The value of a stored content as the form shows it."""
    value = None if content["value"] is None else Decimal(content["value"])
    shown = shown_value(task, value, content["nothing"])
    return plain(shown) if isinstance(shown, Decimal) else shown or ""


def unit_word(task: Task) -> str:
    """What the unit column shows: the unit, or in which way the task is answered."""
    return {Task.Measure.YES_NO: "是/否", Task.Measure.TEXT: "文字"}.get(
        Task.Measure(task.measure), task.unit
    )


def previous_value(entry: Any) -> Any:
    """The value of the quarter before, of an entry read with_previous()."""
    return shown_value(entry.task, entry.previous_value, "")


def village(entry: Entry) -> str:
    """What the village column shows: empty where a township answers for itself."""
    return entry.division.name if entry.division.level == Level.VILLAGE else ""
