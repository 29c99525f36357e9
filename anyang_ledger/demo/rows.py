"""Plain rows into a table, thousands in one statement.

The demo year has 600,000 rows; bulk_create would spend most of its time asking each field
about each value. The rows here hold values as the database takes them, but for times.
"""

import datetime
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import islice
from typing import Any

from django.db import connections, models, router

# SQLite takes 32,766 parameters in a statement.
MOST_PARAMETERS = 30_000


def write(
    model: type[models.Model],
    fields: Sequence[str],
    rows: Iterable[Sequence[Any]],
    update: Sequence[str] = (),
) -> None:
    """Insert the rows; with `update`, those that exist by their key have these fields set."""
    connection = connections[router.db_for_write(model)]
    adapted = cache(connection.ops.adapt_datetimefield_value)
    row_of_marks = f"({', '.join(['%s'] * len(fields))})"
    beginning, end = _insert_into(model, fields), _on_conflict(model, update)
    with connection.cursor() as cursor:
        for batch in _batches(rows, MOST_PARAMETERS // len(fields)):
            marks = ", ".join([row_of_marks] * len(batch))
            parameters = [
                adapted(value) if type(value) is datetime.datetime else value
                for row in batch
                for value in row
            ]
            cursor.execute(f"{beginning} VALUES {marks}{end}", parameters)


def _batches(rows: Iterable[Sequence[Any]], size: int) -> Iterator[list[Sequence[Any]]]:
    left = iter(rows)
    while batch := list(islice(left, size)):
        yield batch


def _insert_into(model: type[models.Model], fields: Sequence[str]) -> str:
    return f"INSERT INTO {_quoted(model, model._meta.db_table)} ({_columns(model, fields)})"


def _on_conflict(model: type[models.Model], update: Sequence[str]) -> str:
    if not update:
        return ""
    columns = _columns(model, update).split(", ")
    settings = ", ".join(f"{column} = EXCLUDED.{column}" for column in columns)
    return f" ON CONFLICT ({_columns(model, ['id'])}) DO UPDATE SET {settings}"


def _columns(model: type[models.Model], fields: Sequence[str]) -> str:
    columns = (model._meta.get_field(name).column for name in fields)
    return ", ".join(_quoted(model, column) for column in columns)


def _quoted(model: type[models.Model], name: str) -> str:
    quoted: str = connections[router.db_for_write(model)].ops.quote_name(name)
    return quoted
