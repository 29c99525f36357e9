"""The light of a line (红黄绿灯): one rule, computed in SQL, explained in words, never stored.

A line that is reported is measured against its target; one that is not, against the calendar.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Case, DecimalField, ExpressionWrapper, F, Q, Value, When
from django.db.models.functions import Round
from django.utils.formats import date_format
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from tasks.models.state import REPORTED, State
from tasks.models.thresholds import THRESHOLDS, Limits, Thresholds

if TYPE_CHECKING:
    from tasks.models.entry import Entry
    from tasks.models.task import Task


class Light(models.TextChoices):
    RED = "red", _("Red: overdue or far behind")
    YELLOW = "yellow", _("Yellow: near due or behind")
    GREY = "grey", _("Grey: not started")
    GREEN = "green", _("Green: on course or done")
    BLUE = "blue", _("Blue: done early")

    @property
    def colour(self) -> str:
        """The colour alone, for a chip or within a sentence."""
        return str(COLOURS[self])


COLOURS = {
    Light.RED: _("Red"),
    Light.YELLOW: _("Yellow"),
    Light.GREY: _("Grey"),
    Light.GREEN: _("Green"),
    Light.BLUE: _("Blue"),
}


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


# Where the thresholds of a line stand: on the ledger of its task.
ITS_LEDGERS: Mapping[str, Any] = {name: F(f"task__ledger__{name}") for name in THRESHOLDS}


def _limits(by: Thresholds | None) -> Mapping[str, Any]:
    """The ledger's own, or given ones, to see what they would do."""
    return ITS_LEDGERS if by is None else {n: Value(getattr(by, n)) for n in THRESHOLDS}


def _floor(behind_by: Any) -> Round:
    """What 100 times the value must not fall to: products, because SQLite divides whole numbers
    without a remainder."""
    return _exact(F("task__target") * (EXPECTED - behind_by))


def light_inputs(
    on: datetime.date | None = None, by: Thresholds | None = None, named: str = ""
) -> dict[str, Any]:
    """The annotations that the conditions below read; without a day only those of the value.

    `named` tells those of given thresholds apart from the ledger's own in the same query.
    """
    limits = _limits(by)
    inputs: dict[str, Any] = {
        "attained": _exact(F("value") * Value(100)),
        f"{named}red_floor": _floor(limits["red_behind"]),
        f"{named}yellow_floor": _floor(limits["yellow_behind"]),
        "full_target": _exact(F("task__target") * Value(100)),
    }
    if on is not None:
        inputs["days_left"] = DaysUntil(DUE, on)
    return inputs


def _fallen_to(floor: str) -> Q:
    return Q(attained__lte=F(floor))


FAR_BEHIND = _fallen_to("red_floor")
BEHIND = _fallen_to("yellow_floor")
DONE_EARLY = Q(attained__gte=F("full_target"), task__is_cumulative=True, period__quarter__lt=4)


def reported_light(named: str = "") -> Case:
    """The light of a reported line, from its value alone; today's date plays no part.

    A line without a value or a target compares as NULL, so it is green.
    """
    return Case(
        When(_fallen_to(f"{named}red_floor"), then=Value(Light.RED)),
        When(_fallen_to(f"{named}yellow_floor"), then=Value(Light.YELLOW)),
        When(DONE_EARLY, then=Value(Light.BLUE)),
        default=Value(Light.GREEN),
        output_field=models.CharField(),
    )


def light_on_its_day(by: Thresholds | None = None, named: str = "") -> Case:
    """The light of any line, on the day and by the thresholds of its light_inputs()."""
    return Case(
        When(state=State.WITHDRAWN, then=Value(Light.GREY)),
        When(state__in=REPORTED, then=reported_light(named)),
        When(days_left__lt=0, then=Value(Light.RED)),
        When(days_left__lte=_limits(by)["yellow_days"], then=Value(Light.YELLOW)),
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
    """A light with its reason, what would turn it, and the day on which it turns by itself
    (None: it does not); by which version of the ledger's rule."""

    light: Light
    reason: str
    turns_to: Light | None = None
    turns_on: datetime.date | None = None
    steps: tuple[str, ...] = ()
    version: int = 0


def explain(entry: "Entry", on: datetime.date) -> Explanation:
    """The same rule in words; a test holds it to the SQL."""
    if entry.state == State.WITHDRAWN:
        return Explanation(Light.GREY, _now("No longer owed, by an amendment of the ledger."))
    explained = _explain_reported(entry) if entry.state in REPORTED else _explain_open(entry, on)
    return replace(explained, version=entry.task.ledger.light_version)


def _expected(task: "Task", quarter: int) -> int:
    return quarter * 25 if task.is_cumulative else 100


def light_of_value(value: Decimal | None, task: "Task", quarter: int, ledger: Limits) -> Light:
    """What the value of a reported line shows."""
    if value is None or task.target is None:
        return Light.GREEN
    expected, progress = _expected(task, quarter), value * 100 / task.target
    if expected - progress >= ledger.red_behind:
        return Light.RED
    if expected - progress >= ledger.yellow_behind:
        return Light.YELLOW
    if task.is_cumulative and quarter < 4 and progress >= 100:
        return Light.BLUE
    return Light.GREEN


def _explain_reported(entry: "Entry") -> Explanation:
    task, quarter = entry.task, entry.period.quarter
    light = light_of_value(entry.value, task, quarter, task.ledger)
    if entry.value is None or task.target is None:
        return Explanation(light, _now("Reported; nothing to measure it against."))
    progress = entry.value * 100 / task.target
    reason = _now("%(value)s of %(target)s, %(progress)s %%; expected by now %(expected)s %%.") % {
        "value": plain(entry.value),
        "target": plain(task.target),
        "progress": f"{progress:.1f}",
        "expected": _expected(task, quarter),
    }
    steps = [words for value, words in _ladder(entry) if value > entry.value]
    return Explanation(light, reason, steps=tuple(steps))


CENT = Decimal("0.01")


def _ladder(entry: "Entry") -> list[tuple[Decimal, str]]:
    """The least value of each better light, lowest first, each with words that say so.

    Asked of the rule itself, so that a light that no value shows is not promised.
    """
    task, quarter = entry.task, entry.period.quarter
    if task.target is None:
        return []
    ladder: list[tuple[Decimal, str]] = []
    for least in _edges(task.target, _expected(task, quarter), task.ledger):
        light = light_of_value(least, task, quarter, task.ledger)
        below = light_of_value(least - CENT, task, quarter, task.ledger)
        if least > 0 and light != below:
            ladder.append((least, _reaching(light) % {"value": plain(least)}))
    return ladder


def _edges(target: Decimal, expected: int, ledger: Limits) -> list[Decimal]:
    """Values at which a light may turn, in cents: just above a floor, and the whole target."""
    floors = [target * (expected - n) / 100 for n in (ledger.red_behind, ledger.yellow_behind)]
    above = {floor.quantize(CENT, ROUND_FLOOR) + CENT for floor in floors}
    return sorted(above | {target})


def _reaching(light: Light) -> str:
    return {
        Light.YELLOW: _now("Yellow from %(value)s on."),
        Light.GREEN: _now("Green from %(value)s on."),
        Light.BLUE: _now("Blue from %(value)s on."),
    }[light]


def _explain_open(entry: "Entry", on: datetime.date) -> Explanation:
    due, days = entry.due, (entry.due - on).days
    day_after = due + datetime.timedelta(days=1)
    facts = {"days": abs(days), "due": date_format(due, "MONTH_DAY_FORMAT")}
    steps = _once_reported(entry)
    if days < 0:
        reason = _now("Not reported; overdue by %(days)d days (due %(due)s).") % facts
        return Explanation(Light.RED, reason, steps=steps)
    reason = _now("Not reported yet; %(days)d days to the due date (%(due)s).") % facts
    if days <= entry.task.ledger.yellow_days:
        return Explanation(Light.YELLOW, reason, Light.RED, day_after, steps)
    if entry.state == "returned":
        reason = _now("Returned for correction; %(days)d days to the due date (%(due)s).") % facts
        return Explanation(Light.YELLOW, reason, Light.RED, day_after, steps)
    near = due - datetime.timedelta(days=entry.task.ledger.yellow_days)
    light = Light.GREY if entry.state == "blank" else Light.GREEN
    return Explanation(light, reason, Light.YELLOW, near, steps)


def _once_reported(entry: "Entry") -> tuple[str, ...]:
    """A line that is not reported turns by being reported; then its value decides."""
    ladder = [words for _value, words in _ladder(entry)]
    if not ladder:
        return (_now("It turns green once it is reported."),)
    return (_now("Once it is reported, its value decides:"), *ladder)
