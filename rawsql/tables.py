"""Plain rows into a table, thousands at a time: the one raw path for the hot tables.

Where a workbook changes 59,600 rows, or the demo writes a year, bulk_create would ask each
field about each value, for seconds or minutes. Values are given as the database takes them:
JSON as text, times aware. The caller has locked and checked what it writes.
"""

import datetime
import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice
from typing import Any

from django.db import connections, models, router
from django.db.backends.base.base import BaseDatabaseWrapper

Rows = Iterable[Sequence[Any]]
# SQLite takes 32,766 parameters in a statement.
MOST_PARAMETERS = 30_000
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
    def staged(self) -> Iterator["Table"]:
        """A temporary table of the same columns, the first of them the key. What is put into
        it is written over the rows of this table at the end, in one statement."""
        staged = replace(self, name=self.connection.ops.quote_name("staged_rows"))
        key, *others = self.columns
        new_values = ", ".join(f"{column} = {staged.name}.{column}" for column in others)
        nothing = f"SELECT {self.column_list} FROM {self.name} WHERE 1 = 0"  # noqa: S608
        update = f"UPDATE {self.name} SET {new_values} FROM {staged.name}"  # noqa: S608
        with self.connection.cursor() as cursor:
            cursor.execute(f"CREATE TEMPORARY TABLE {staged.name} AS {nothing}")
            yield staged
            cursor.execute(f"{update} WHERE {staged.name}.{key} = {self.name}.{key}")
            cursor.execute(f"DROP TABLE {staged.name}")

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


def _copied(value: Any) -> str:
    return r"\N" if value is None else str(value).translate(COPY_ESCAPES)
