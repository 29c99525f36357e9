"""Small counts that many requests ask: their SQL is made once and kept.

Putting several querysets into SQL takes several times as long as the database needs to answer,
and every page asks for the numbers of its menu.
"""

from collections.abc import Callable, Hashable, Mapping
from typing import Any

from django.db import connection
from django.db.models import QuerySet, Value

KEPT = 4_000  # more than a city has accounts that are at work
Parts = Mapping[str, tuple[QuerySet[Any], Any]]

_statements: dict[Hashable, tuple[str, tuple[Any, ...]]] = {}


def numbers(key: Hashable, parts: Callable[[], Parts]) -> dict[str, int]:
    """The number of each part, in one query: a queryset, and what is aggregated of it.

    `key` names everything that the querysets depend on; with the same key they are not asked
    for again.
    """
    key = (connection.vendor, key)
    statement = _statements.get(key)
    if statement is None:
        if len(_statements) >= KEPT:
            _statements.clear()
        statement = _statements[key] = _statement(parts())
    with connection.cursor() as cursor:
        cursor.execute(*statement)
        return dict(cursor.fetchall())


def _statement(parts: Parts) -> tuple[str, tuple[Any, ...]]:
    first, *others = (
        rows.order_by().annotate(part=Value(name)).values("part").annotate(n=number)
        for name, (rows, number) in parts.items()
    )
    sql, params = first.union(*others, all=True).query.sql_with_params()
    return sql, tuple(params)
