"""States of the database that many tests stand on.

Each is made once in a process by the ways of the application, and from then on put back row by
row: making it takes ten times as long as writing its rows.
"""

import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from django.apps import apps
from django.db import connection, transaction

from tests import dictionaries

OWN = ("villages", "accounts", "cadres", "tasks", "spreadsheets", "admin")
# Of Django: no test changes them, and rows that are put back point at them.
OF_THE_SCHEMA = {"django_content_type", "auth_permission"}
VALUES = 30_000  # in one statement; SQLite takes no more

Made = TypeVar("Made")
Statement = tuple[str, list[Any]]
# Of each state: the objects, the rows of every table that holds any, and the files.
_kept: dict[str, tuple[bytes, list[Statement], dict[Path, bytes]]] = {}


def kept(name: str, make: Callable[[], Made], files: Path | None = None) -> Made:
    """What `make` returns, with all that it leaves in an empty database and among the files."""
    dictionaries.put()
    if name not in _kept:
        made = make()
        _kept[name] = pickle.dumps(made), list(_rows()), dict(_contents(files))
        return made
    objects, statements, contents = _kept[name]
    with transaction.atomic(), connection.cursor() as cursor:
        for insert, values in statements:
            cursor.execute(insert, values)
    for path, content in contents.items():
        assert files, "a state with files is put back where files are"
        (files / path).parent.mkdir(parents=True, exist_ok=True)
        (files / path).write_bytes(content)
    again: Made = pickle.loads(objects)
    return again


def _rows() -> Iterator[Statement]:
    """INSERTs of everything that stands in the application's tables but the dictionaries."""
    for model in apps.get_models(include_auto_created=True):
        if model._meta.app_label not in OWN or model in dictionaries.MODELS:
            continue
        columns = [str(field.column) for field in model._meta.concrete_fields]
        table, named = model._meta.db_table, ", ".join(f'"{column}"' for column in columns)
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT {named} FROM "{table}" ORDER BY id')
            rows = cursor.fetchall()
        one, step = f"({', '.join(['%s'] * len(columns))})", VALUES // len(columns)
        for start in range(0, len(rows), step):
            some = rows[start : start + step]
            insert = f'INSERT INTO "{table}" ({named}) VALUES {", ".join([one] * len(some))}'
            yield insert, [value for row in some for value in row]


def _contents(files: Path | None) -> Iterator[tuple[Path, bytes]]:
    if files:
        for path in files.rglob("*"):
            if path.is_file():
                yield path.relative_to(files), path.read_bytes()


def flush_by_deleting(_style: Any, tables: list[str], **_more: Any) -> list[str]:
    """How a database is emptied after real commits, in place of TRUNCATE.

    That makes the files of all tables and indexes anew, which takes seconds; the rows are few.
    """
    return [f'DELETE FROM "{table}"' for table in tables if table not in OF_THE_SCHEMA]
