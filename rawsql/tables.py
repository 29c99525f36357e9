"""Plain rows into a table, thousands at a time: the one raw path for the hot tables.

Where a workbook changes 59,600 rows, or the demo writes a year, bulk_create would ask each
field about each value, for seconds or minutes. Values are given as the database takes them:
JSON as text, times aware. The caller has locked and checked what it writes.
"""

import datetime
import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Any

from django.db import connections, models, router
from django.db.backends.base.base import BaseDatabaseWrapper

Rows = Iterable[Sequence[Any]]
# SQLite takes 32,766 parameters in a statement.
MOST_PARAMETERS = 32_700
COPY_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


@dataclass(frozen=True)
class Table:
    """Some columns of a table; the names are quoted already."""

    connection: BaseDatabaseWrapper
    name: str
    columns: tuple[str, ...]

    @classmethod
    def of(cls, model: type[models.Model], fields: Iterable[str]) -> "Table":
        connection = connections[router.db_for_write(model)]
        quote = connection.ops.quote_name
        columns = {field.name: field.column for field in model._meta.concrete_fields}
        quoted = tuple(quote(columns[name] or "") for name in fields)
        return cls(connection, quote(model._meta.db_table), quoted)

    @property
    def column_list(self) -> str:
        return ", ".join(self.columns)

    def insert(self, rows: Rows) -> None:
        if self.connection.vendor == "postgresql":
            self._copy(rows)
        else:
            self._insert(rows)

    @contextmanager
    def staged(self) -> Iterator["Staged"]:
        """A temporary table of the same columns, the first of them the key, gone at the end.

        Filling it locks nothing that others need; only what is done with it then does.
        """
        name = self.connection.ops.quote_name("staged_" + self.name.replace('"', ""))
        staged = Staged(self.connection, name, self.columns, self)
        nothing = f"SELECT {self.column_list} FROM {self.name} WHERE 1 = 0"  # noqa: S608
        with self.connection.cursor() as cursor:
            cursor.execute(f"CREATE TEMPORARY TABLE {name} AS {nothing}")
        try:
            yield staged
        finally:
            if not self.connection.needs_rollback:
                with self.connection.cursor() as cursor:
                    cursor.execute(f"DROP TABLE {name}")

    def _insert(self, rows: Rows) -> None:
        adapted = cache(self.connection.ops.adapt_datetimefield_value)
        marks = f"({', '.join(['%s'] * len(self.columns))})"
        insert = f"INSERT INTO {self.name} ({self.column_list}) VALUES"
        left = iter(rows)
        with self.connection.cursor() as cursor:
            while batch := list(islice(left, MOST_PARAMETERS // len(self.columns))):
                values = [
                    adapted(value) if type(value) is datetime.datetime else value
                    for row in batch
                    for value in row
                ]
                cursor.execute(f"{insert} {', '.join([marks] * len(batch))}", values)

    def _copy(self, rows: Rows) -> None:
        """PostgreSQL takes rows by COPY at a third of the cost of INSERT."""
        text = "".join("\t".join(map(_copied, row)) + "\n" for row in rows)
        with self.connection.cursor() as cursor:
            cursor.copy_expert(
                f"COPY {self.name} ({self.column_list}) FROM STDIN", io.StringIO(text)
            )


@dataclass(frozen=True)
class Staged(Table):
    """Rows on their way into the table that they are `of`."""

    of_table: Table

    def update(self) -> None:
        """Write the rows over those of the same key, in one statement."""
        key, *others = self.columns
        values = ", ".join(f"{column} = {self.name}.{column}" for column in others)
        same = f"{self.name}.{key} = {self.of_table.name}.{key}"
        update = f"UPDATE {self.of_table.name} SET {values} FROM {self.name} WHERE {same}"  # noqa: S608
        with self.connection.cursor() as cursor:
            cursor.execute(update)

    def add(self) -> None:
        """Put the rows into the table, in one statement."""
        rows = f"SELECT {self.column_list} FROM {self.name}"  # noqa: S608
        insert = f"INSERT INTO {self.of_table.name} ({self.column_list}) {rows}"
        with self.connection.cursor() as cursor:
            cursor.execute(insert)


def new_keys(model: type[models.Model], count: int) -> Iterable[int]:
    """Keys for so many new rows, which nobody else gets; inside a transaction."""
    table = model._meta.db_table
    connection = connections[router.db_for_write(model)]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            sequence = "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)"
            key: Any = model._meta.pk
            cursor.execute(sequence, [connection.ops.quote_name(table), key.column, count])
            return [key for (key,) in cursor.fetchall()]
        # The transaction has the only write lock, so that nobody else takes these.
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        found = cursor.fetchone()
    first = (found[0] if found else 0) + 1
    return range(first, first + count)


def _copied(value: Any) -> str:
    return r"\N" if value is None else str(value).translate(COPY_ESCAPES)
