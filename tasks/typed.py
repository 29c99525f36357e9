"""What somebody types into a cell, read as the same words are read from a sheet."""

import re
import unicodedata
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from tasks import words
from tasks.models import Entry, Task

# As the sheets take them; beside these the words of the person's own language.
YES = {"是", "对", "√", "✓", "✔", "有", "y", "yes", "true", "1"}
NO = {"否", "错", "×", "✗", "x", "n", "no", "false", "0"}
NUMBER = re.compile(r"[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?")
LONGEST_NUMBER = 40
PERCENT = "%"


def read(measure: str, unit: str, typed: str) -> dict[str, Any]:
    """The content that the typed text gives a line of a task; an empty text clears the answer.

    Raises ValidationError for `value`, with the way out, where it is not clearly an answer.
    """
    text = "".join(unicodedata.normalize("NFKC", typed).split())
    nothing = _why_nothing(text, measure)
    if measure == Task.Measure.TEXT:
        if nothing:
            return {"nothing": nothing}
        return {"nothing": "", "narrative": typed.replace("\r\n", "\n").strip()}
    if nothing or not text:
        return {"value": None, "nothing": nothing}
    value = _yes_or_no(text) if measure == Task.Measure.YES_NO else _number(text, unit)
    return {"value": value, "nothing": ""}


def _why_nothing(text: str, measure: str) -> str:
    """The reason for no value that the text names; 无 could mean 否 where that is an answer."""
    if text == words.NONE and measure == Task.Measure.YES_NO:
        return ""
    if text in words.FOR_NOTHING:
        return str(words.FOR_NOTHING[text])
    said = text.lower()
    for reason in Entry.Nothing:
        if said == "".join(str(reason.label).split()).lower():
            return str(reason)
    return ""


def _yes_or_no(text: str) -> Decimal:
    said = text.lower()
    if said in YES or said == _("Yes").lower():
        return Decimal(1)
    if said in NO or said == _("No").lower():
        return Decimal(0)
    raise ValidationError(
        {"value": _("Write 是 or 否; or 零报告 where there is nothing to report.")}
    )


def _number(text: str, unit: str) -> Decimal:
    if text.endswith(PERCENT):
        text = text.removesuffix(PERCENT)
        if unit != PERCENT:
            message = _("This task is not counted in %%; write %(unit)s.") % {"unit": unit or "—"}
            raise ValidationError({"value": message})
    if len(text) > LONGEST_NUMBER or not NUMBER.fullmatch(text):
        raise ValidationError({"value": _("Write a number here, for instance 12 or 3.5.")})
    return Decimal(text.replace(",", ""))
