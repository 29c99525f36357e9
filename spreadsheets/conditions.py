"""Whether a row meets the condition of a constraint, told without asking the database.

Django asks it once for every row and constraint: too often for a file of thousands of rows.
Only the plain conditions are understood here; the others are still the database's to tell.
"""

import operator
import re
from collections.abc import Callable
from typing import Any

from django.db.models import F, Q, Value

Read = Callable[[str], Any]


class NotUnderstood(Exception):
    """A condition that only the database can tell."""


LOOKUPS: dict[str, Callable[[Any, Any], bool]] = {
    "exact": operator.eq,
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
    "in": lambda value, wanted: value in wanted,
    "startswith": lambda value, wanted: str(value).startswith(wanted),
    "endswith": lambda value, wanted: str(value).endswith(wanted),
    "contains": lambda value, wanted: wanted in str(value),
    "regex": lambda value, wanted: re.search(wanted, str(value)) is not None,
}
TRANSFORMS: dict[str, Callable[[Any], Any]] = {"length": len}


def holds(condition: Any, read: Read) -> bool | None:
    """As in SQL: None where an empty value leaves it open, which no constraint minds."""
    if not isinstance(condition, Q):
        raise NotUnderstood
    answers = [
        _compare(child[0], child[1], read) if isinstance(child, tuple) else holds(child, read)
        for child in condition.children
    ]
    if condition.connector not in (Q.AND, Q.OR):
        raise NotUnderstood
    decisive = condition.connector == Q.OR  # one false decides an AND, one true an OR
    if decisive in answers:
        answer: bool | None = decisive
    else:
        answer = None if None in answers else not decisive
    return (not answer) if condition.negated and answer is not None else answer


def _compare(path: str, wanted: Any, read: Read) -> bool | None:
    name, *steps = path.split("__")
    lookup = steps.pop() if steps and steps[-1] not in TRANSFORMS else "exact"
    value = read(name)
    if lookup == "isnull" or (lookup == "exact" and not steps and wanted is None):
        return (value is None) == (wanted is not False)
    wanted = _value(wanted, read)
    if lookup not in LOOKUPS or any(step not in TRANSFORMS for step in steps):
        raise NotUnderstood
    if value is None or wanted is None:
        return None
    for step in steps:
        value = TRANSFORMS[step](value)
    return LOOKUPS[lookup](value, wanted)


def _value(wanted: Any, read: Read) -> Any:
    if isinstance(wanted, F):
        name = str(getattr(wanted, "name", "__"))
        if "__" in name:
            raise NotUnderstood
        return read(name)
    if isinstance(wanted, Value):
        return wanted.value
    if hasattr(wanted, "resolve_expression"):
        raise NotUnderstood
    return wanted
