"""New rows of the registers by the thousand, on the raw path of `rawsql`.

A roster of the city's village teams adds three rows for each of 14,900 members: the person, the
membership and their history. Django's own way would take several times as long as reading the
workbook. Whoever calls has checked the rows.
"""

import datetime
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db import models

from rawsql.tables import Table, new_keys

AT_ONCE = 2_000
_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def store(rows: Sequence[models.Model]) -> None:
    """Insert rows of one model, and give them their keys."""
    if not rows:
        return
    for row, key in zip(rows, new_keys(type(rows[0]), len(rows)), strict=True):
        row.pk = key
        row._state.adding = False
    insert(rows, with_keys=True)


def insert(rows: Sequence[models.Model], *, with_keys: bool = False) -> None:
    """The same for rows whose keys nobody asks for."""
    if not rows:
        return
    model = type(rows[0])
    fields = [f for f in model._meta.concrete_fields if with_keys or not f.primary_key]
    table = Table.of(model, [field.name for field in fields])
    readers = [(field.attname, _reader(field, table.connection)) for field in fields]
    table.insert(_values(rows, readers))


def _values(
    rows: Iterable[models.Model], readers: Sequence[tuple[str, Callable[[Any], Any] | None]]
) -> Iterable[list[Any]]:
    for row in rows:
        said = vars(row)
        yield [read(said[name]) if read else said[name] for name, read in readers]


def _reader(field: Any, connection: Any) -> Callable[[Any], Any] | None:
    """How a value of the field reaches the database, where it is not as it stands."""
    if isinstance(field, models.JSONField):
        return _json
    if isinstance(field, models.DateTimeField):
        return None
    if isinstance(field, models.DateField):
        return lambda day: day.isoformat() if isinstance(day, datetime.date) else day
    if isinstance(field, models.UUIDField | models.TextField) and not _is_plain(field):
        return lambda value: field.get_db_prep_save(value, connection)
    if isinstance(field, models.CharField):
        return lambda text: text if text is None else str(text)
    return None


def _is_plain(field: Any) -> bool:
    return type(field) is models.TextField
