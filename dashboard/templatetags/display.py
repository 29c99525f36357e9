"""How numbers, rates and lights look, everywhere the same."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from django import template
from django.template import RequestContext
from django.urls import reverse
from django.utils.translation import gettext as _

from tasks.amended import named
from tasks.models import Entry, Light, Period, Task
from tasks.models.light import plain
from tasks.models.unit_light import Input
from tasks.place import Place
from villages.models import Division

register = template.Library()

# A mark besides the colour, so that a light survives print and colour-blind eyes.
MARKS = {Light.RED: "●", Light.YELLOW: "▲", Light.GREY: "–", Light.GREEN: "✓", Light.BLUE: "★"}


@register.filter
def percent(part: int, whole: int) -> str:
    """A share with one decimal, rounded down: 100 only where nothing is missing."""
    if not whole:
        return "–"
    return f"{_floored(part, whole):f}"


def _floored(part: int, whole: int) -> Decimal:
    share = Decimal(part) * 100 / Decimal(whole)
    return share.quantize(Decimal("0.1"), ROUND_FLOOR)


@register.filter
def grouped(number: int | None) -> str:
    """A count with thousands marks."""
    return "–" if number is None else f"{number:,}"


@register.filter
def named_among(keys: Iterable[int], villages: Mapping[int, str]) -> str:
    """The first of them by name; empty where there is none."""
    return named(keys, villages)


@register.filter
def magnitude(number: int) -> int:
    """How far from 0: of days left, how many are over."""
    return abs(number)


@register.filter
def answer(entry: Entry) -> str:
    """An entry's value in words of its measure, with the reason where there is none."""
    if entry.nothing:
        return str(entry.get_nothing_display())
    return value_of(entry, entry.value)


@register.filter
def answer_unit(entry: Entry) -> str:
    """The unit of a number; nothing beside a word."""
    return entry.task.unit if entry.value is not None else ""


@register.simple_tag
def value_of(entry: Entry, value: Any) -> str:
    """Some value of the entry's task: 12.5, yes, or a dash for none."""
    if value is None:
        return "–"
    if entry.task.measure == "yes_no":
        return _("Yes") if value else _("No")
    return plain(Decimal(value))


@register.filter
def plain_number(number: Decimal | None) -> str:
    """A decimal as people write it, a dash for none."""
    return "–" if number is None else plain(number)


@register.filter
def light_mark(light: str) -> str:
    return MARKS[Light(light)]


@register.filter
def light_name(light: str) -> str:
    """The colour alone, for a chip: the sentence before the colon says which."""
    return Light(light).colour


@register.filter
def light_meaning(light: str) -> str:
    return str(Light(light).label)


@register.filter
def share_of(part: int, whole: int) -> str:
    """A length out of 100 for bars drawn in SVG."""
    return f"{part * 100 / whole:.2f}" if whole else "0"


@register.simple_tag
def new_key() -> str:
    """A key for a form, made when its page is."""
    return uuid4().hex


@dataclass(frozen=True)
class Change:
    """A mark, the points with their sign, and which way it went, for the style."""

    mark: str
    signed: str
    way: str


@register.simple_tag
def change_of(part: int, whole: int, before_part: int, before_whole: int) -> Change:
    """How many percentage points a share moved, as the shares are shown, and which way."""
    if not whole or not before_whole:
        return Change("–", "–", "level")
    shown = _floored(part, whole) - _floored(before_part, before_whole)
    if not shown:
        return Change("＝", "0.0", "level")
    return Change("▲", f"+{shown:f}", "up") if shown > 0 else Change("▼", f"−{-shown:f}", "down")


@lru_cache(maxsize=20_000)
def address(name: str, code: str, period_code: str) -> str:
    """Addresses never change while the server runs, and a page shows hundreds of them."""
    return reverse(name, args=[code, period_code])


@register.simple_tag
def overview_of(division: Division, period: Period) -> str:
    """Where a unit's overview is."""
    return address("dashboard:overview", division.code, period.code)


@register.simple_tag
def entries_of(division: Division, period: Period, own: bool, **choices: str) -> str:
    """Where the entries are listed that a number counts; `own`: without those of units below."""
    listed = address("tasks:entries", division.code, period.code)
    if own:
        choices["unit"] = division.code
    return f"{listed}?{urlencode(choices)}" if choices else listed


@register.simple_tag
def list_of(place: Place, counted: Input, task: Task | None) -> str:
    """Where the lines are listed that an input of a light counts; empty where no list fits."""
    if not counted.query:
        return ""
    listed = address("tasks:entries", place.division.code, place.period.code)
    return f"{listed}?{counted.query}" + (f"&task={task.pk}" if task else "")


@register.simple_tag(takes_context=True)
def query(context: RequestContext, **changes: Any) -> str:
    """The address' own query with some parameters changed, others kept; None removes one."""
    params = context.request.GET.copy()
    for key, value in changes.items():
        if value is None:
            params.pop(key, None)
        else:
            params[key] = value
    return f"?{params.urlencode()}"
