"""What an entry may hold: one set of rules for page, admin, Excel and command line."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from tasks.models.task import Task

TEXTS = ("narrative", "problems", "next_steps", "explanation")
CONTENT = ("value", "nothing", *TEXTS)
# The cells of an entry, as a mark names them: an answer is a value or why there is none.
PARTS = {"value": ("value", "nothing"), **{name: (name,) for name in TEXTS}}
PART_OF = {name: part for part, names in PARTS.items() for name in names}
NIL, NOT_APPLICABLE, EXEMPT = NOTHING = ("nil", "not_applicable", "exempt")
LONGEST_TEXT = 10_000
LARGEST = Decimal("9999999999.99")
CENT = Decimal("0.01")
# PostgreSQL stores no NUL; half a pair of surrogates, as a cut emoji leaves it, is no text at all.
NOT_KEPT = re.compile(r"[\x00\ud800-\udfff]")


def may_change(state: str, reopened_parts: str, part: str) -> bool:
    """Of a returned line only the marked parts reopen, beside the explanation."""
    if state != "returned" or not reopened_parts:
        return True
    return part == "explanation" or part in reopened_parts.split(",")


def as_kept(value: Decimal) -> str:
    """A value as the column gives it back, so that 12.5 and the stored 12.50 are no change."""
    if value.is_finite() and abs(value) <= LARGEST and value == value.quantize(CENT):
        return f"{value.quantize(CENT) + 0:f}"  # + 0 turns -0 into 0
    return str(value)


def holds_anything(content: Mapping[str, Any]) -> bool:
    return content["value"] is not None or any(content[name] for name in CONTENT[1:])


def check_content(task: "Task", content: Mapping[str, Any]) -> None:
    """Raise ValidationError by field for what the task does not take; each names the way out.

    `value` is a Decimal or None, all else is text.
    """
    value, nothing = content["value"], content["nothing"]
    errors = {name: said for name in TEXTS if (said := text_error(content[name]))}
    if nothing and nothing not in NOTHING:
        errors["nothing"] = _("This reason is not known.")
    if value is not None and (message := _value_error(task, value, nothing)):
        errors["value"] = message
    if errors:
        raise ValidationError(errors)


def text_error(text: str) -> str:
    """Why a text cannot be kept as it is, with the way out; empty where it can."""
    if len(text) > LONGEST_TEXT:
        said = _("The text has %(length)d characters; at most %(longest)d are kept.")
        return said % {"length": len(text), "longest": LONGEST_TEXT}
    if NOT_KEPT.search(text):
        return _("One character of this text cannot be kept, perhaps half an emoji; type it again.")
    return ""


def _value_error(task: "Task", value: Decimal, nothing: str) -> str:
    if nothing:
        return _("Give a value, or say why there is none; not both.")
    if not value.is_finite() or abs(value) > LARGEST:
        return _("This number is too large; please check it.")
    if value != value.quantize(CENT):
        return _("At most two digits after the point.")
    if value < 0:
        return _("A value cannot be less than 0.")
    return _measure_error(task, value)


def _measure_error(task: "Task", value: Decimal) -> str:
    if task.measure == "text":
        return _("This task is answered in words; leave the number empty.")
    if task.measure == "yes_no" and value not in (0, 1):
        return _("This task is answered by yes or no.")
    return ""
