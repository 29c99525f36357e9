"""The light of a line (红黄绿灯): one rule, computed in SQL, explained in words, never stored.

A line that is reported is measured against its target; one that is not, against the calendar.
"""

import datetime
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Case, DecimalField, ExpressionWrapper, F, Q, Value, When
from django.db.models.functions import Round
from django.utils.formats import date_format
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from tasks.models.state import REPORTED, State

if TYPE_CHECKING:
    from tasks.models.entry import Entry


class Light(models.TextChoices):
    RED = "red", _("Red: overdue or far behind")
    YELLOW = "yellow", _("Yellow: near due or behind")
    GREY = "grey", _("Grey: not started")
    GREEN = "green", _("Green: on course or done")
    BLUE = "blue", _("Blue: done early")


class DaysUntil(models.Func):
    """Whole days from a date given as a parameter until the date of an expression."""

    output_field = models.IntegerField()

    def __init__(self, date: Any, on: datetime.date) -> None:
        super().__init__(date, Value(on, output_field=models.DateField()))

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "CAST(julianday(%(expressions)s) AS INTEGER)"
        return self.as_sql(
            compiler, connection, template=template, arg_joiner=") - julianday(", **context
        )

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(
            compiler, connection, template="(%(expressions)s)", arg_joiner=" - ", **context
        )


POINTS = DecimalField(max_digits=24, decimal_places=2)
# Points of the target that should stand at the end of the quarter: 25, 50, 75, 100 for a
# cumulative task, all 100 for one that is measured afresh each quarter.
EXPECTED = Case(
    When(task__is_cumulative=True, then=F("period__quarter") * Value(25)),
    default=Value(100),
    output_field=models.IntegerField(),
)


# An extension moves the due date of its lines, never to an earlier day.
DUE = Case(
    When(extended_to__gt=F("period__due"), then=F("extended_to")),
    default=F("period__due"),
    output_field=models.DateField(),
)


def _exact(expression: Any) -> Round:
    """SQLite multiplies decimals as floats; two places bring back the decimal that is meant."""
    return Round(ExpressionWrapper(expression, output_field=POINTS), precision=2)


def _floor(behind_by: str) -> Round:
    """What 100 times the value must not fall to: products, because SQLite divides whole numbers
    without a remainder."""
    return _exact(F("task__target") * (EXPECTED - F(behind_by)))


def light_inputs(on: datetime.date | None = None) -> dict[str, Any]:
    """The annotations that the conditions below read; without a day only those of the value."""
    inputs: dict[str, Any] = {
        "attained": _exact(F("value") * Value(100)),
        "red_floor": _floor("task__ledger__red_behind"),
        "yellow_floor": _floor("task__ledger__yellow_behind"),
        "full_target": _exact(F("task__target") * Value(100)),
    }
    if on is not None:
        inputs["days_left"] = DaysUntil(DUE, on)
    return inputs


FAR_BEHIND = Q(attained__lte=F("red_floor"))
BEHIND = Q(attained__lte=F("yellow_floor"))
DONE_EARLY = Q(attained__gte=F("full_target"), task__is_cumulative=True, period__quarter__lt=4)


def reported_light() -> Case:
    """The light of a reported line, from its value alone; today's date plays no part.

    A line without a value or a target compares as NULL, so it is green.
    """
    return Case(
        When(FAR_BEHIND, then=Value(Light.RED)),
        When(BEHIND, then=Value(Light.YELLOW)),
        When(DONE_EARLY, then=Value(Light.BLUE)),
        default=Value(Light.GREEN),
        output_field=models.CharField(),
    )


def light_on(on: datetime.date) -> Case:
    """The light of any line on a day."""
    return Case(
        When(state=State.WITHDRAWN, then=Value(Light.GREY)),
        When(state__in=REPORTED, then=reported_light()),
        When(days_left__lt=0, then=Value(Light.RED)),
        When(days_left__lte=F("task__ledger__yellow_days"), then=Value(Light.YELLOW)),
        When(state="returned", then=Value(Light.YELLOW)),
        When(state="blank", then=Value(Light.GREY)),
        default=Value(Light.GREEN),
        output_field=models.CharField(),
    )


def plain(number: Decimal) -> str:
    """A decimal as people write it: 12.5 and 3, not 12.50 and 3.00."""
    return f"{number.normalize():f}"


@dataclass(frozen=True)
class Explanation:
    """A light with its reason, and the day on which it turns by itself (None: it does not)."""

    light: Light
    reason: str
    turns_to: Light | None = None
    turns_on: datetime.date | None = None


def explain(entry: "Entry", on: datetime.date) -> Explanation:
    """The same rule in words; a test holds it to the SQL."""
    if entry.state == State.WITHDRAWN:
        return Explanation(Light.GREY, _now("No longer owed, by an amendment of the ledger."))
    return _explain_reported(entry) if entry.state in REPORTED else _explain_open(entry, on)


def _explain_reported(entry: "Entry") -> Explanation:
    task, ledger = entry.task, entry.task.ledger
    if entry.value is None or task.target is None:
        return Explanation(Light.GREEN, _now("Reported; nothing to measure it against."))
    expected = entry.period.quarter * 25 if task.is_cumulative else 100
    progress = entry.value * 100 / task.target
    reason = _now("%(value)s of %(target)s, %(progress)s %%; expected by now %(expected)s %%.") % {
        "value": plain(entry.value),
        "target": plain(task.target),
        "progress": f"{progress:.1f}",
        "expected": expected,
    }
    if expected - progress >= ledger.red_behind:
        return Explanation(Light.RED, reason)
    if expected - progress >= ledger.yellow_behind:
        return Explanation(Light.YELLOW, reason)
    if task.is_cumulative and entry.period.quarter < 4 and progress >= 100:
        return Explanation(Light.BLUE, reason)
    return Explanation(Light.GREEN, reason)


def _explain_open(entry: "Entry", on: datetime.date) -> Explanation:
    due, days = entry.due, (entry.due - on).days
    day_after = due + datetime.timedelta(days=1)
    facts = {"days": abs(days), "due": date_format(due, "MONTH_DAY_FORMAT")}
    if days < 0:
        reason = _now("Not reported; overdue by %(days)d days (due %(due)s).") % facts
        return Explanation(Light.RED, reason)
    reason = _now("Not reported yet; %(days)d days to the due date (%(due)s).") % facts
    if days <= entry.task.ledger.yellow_days:
        return Explanation(Light.YELLOW, reason, Light.RED, day_after)
    if entry.state == "returned":
        reason = _now("Returned for correction; %(days)d days to the due date (%(due)s).") % facts
        return Explanation(Light.YELLOW, reason, Light.RED, day_after)
    near = due - datetime.timedelta(days=entry.task.ledger.yellow_days)
    light = Light.GREY if entry.state == "blank" else Light.GREEN
    return Explanation(light, reason, Light.YELLOW, near)
