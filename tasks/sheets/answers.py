"""What a value cell may say: a number, 是 or 否, or why there is none."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from spreadsheets.fields import Column, TextWidget, half_width, number, yes_or_no
from tasks import words
from tasks.models import Task
from tasks.models.content import as_kept

PERCENT = "%"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a value cell says, before it is known what its task asks for."""

    value: Decimal | None = None
    nothing: str = ""
    word: str = ""

    @property
    def content(self) -> dict[str, Any]:
        value = None if self.value is None else as_kept(self.value)
        return {"value": value, "nothing": str(self.nothing)}

    def error(self, task: Task) -> str:
        """是 and 否 answer yes-or-no tasks only, where 无 could mean 否 as well as 零报告."""
        yes_no = task.measure == Task.Measure.YES_NO
        if self.word in words.YES_NO and task.measure == Task.Measure.NUMBER:
            return _("Write a number here, for instance 12 or 3.5.")
        if self.word == PERCENT and task.unit != PERCENT:
            return _("This task is not counted in %%; write %(unit)s.") % {"unit": task.unit or "—"}
        if self.word == words.NONE and yes_no:
            return _("Write 是 or 否; or 零报告 where there is nothing to report.")
        return ""

    def doubt(self, task: Task) -> str:
        """Excel holds 85 % as 0.85, which the cell may show either way."""
        if self.value and self.value < 1 and task.unit == PERCENT and self.word != PERCENT:
            return _("Is kept as %(value)s %%; write 85 or 85%% for 85 in a hundred.") % {
                "value": self.value
            }
        return ""


SILENT = Answer()


class AnswerWidget(TextWidget):
    """A number, 是 or 否, or the reason for no value (零报告, 无, 不适用)."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        if value is None:
            return SILENT
        if isinstance(value, str | bool):
            text = half_width(value)
            if text in words.FOR_NOTHING:
                return Answer(nothing=words.FOR_NOTHING[text], word=text)
            said = yes_or_no(text)
            if said is not None:
                return Answer(Decimal(int(said)), word="是" if said else "否")
            if text.endswith(PERCENT):
                return Answer(self._number(text.removesuffix(PERCENT)), word=PERCENT)
        return Answer(self._number(value))

    def _number(self, value: Any) -> Decimal | None:
        try:
            return number(value)
        except ValidationError:
            message = _("Write a number, 是 or 否, or one of 零报告 and 不适用.")
            raise ValidationError(message) from None

    @property
    def accepts(self) -> str:
        return _("A number such as 12 or 3.5; 是 or 否 (also √ or ×); 零报告, 无 or 不适用.")


class AnswerColumn(Column):
    def export(self, instance: Any, **kwargs: Any) -> Any:
        return words.shown_value(instance.task, instance.value, instance.nothing)
