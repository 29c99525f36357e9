"""Issuing a year of 238,400 entries, against a bare INSERT of the same rows."""

from collections.abc import Iterator
from typing import Any

from django.db import connection, transaction

from bench import city
from bench.databases import analyse, on_postgres, use
from bench.measure import Run, Times
from bench.table import Line
from tasks.models import Entry, EntrySummary, Ledger

AT_MOST_ROUNDS = 2
BATCH = 1_000
GOAL = 1.0
ROWS = city.VILLAGES * city.TASKS * len(city.QUARTERS)


def issuing(run: Run) -> Iterator[Line]:
    """Must come first: the ledger is issued once, and stays issued for the subjects after."""
    use("full", city.draft_full)
    ours, bare = Times(), Times()
    for _ in range(run.heavy_rounds(AT_MOST_ROUNDS)):
        _undo()
        ours.seconds.append(run.clock(city.issue))
        rows = _rows()
        _empty(Entry)
        bare.seconds.append(run.clock(lambda rows=rows: _insert(rows)))  # type: ignore[misc]
    city.fill()
    analyse()
    yield Line(f"issue {ROWS:,} entries", ours.p50, bare.p50, "bare INSERT", "s", GOAL)


def _undo() -> None:
    Ledger.objects.update(state=Ledger.State.DRAFT, issued_at=None)
    _empty(EntrySummary)
    _empty(Entry)


def _empty(model: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {model._meta.db_table}")


def _columns() -> str:
    return ", ".join(f'"{field.column}"' for field in Entry._meta.concrete_fields)


def _rows() -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_columns()} FROM {Entry._meta.db_table} ORDER BY id")
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    if len(rows) != ROWS:
        raise RuntimeError(f"{len(rows)} entries, not {ROWS}")
    return rows


@transaction.atomic
def _insert(rows: list[tuple[Any, ...]]) -> None:
    """The quickest INSERT of tuples that are ready; psycopg2's executemany sends one by one."""
    statement = f"INSERT INTO {Entry._meta.db_table} ({_columns()}) VALUES "
    marks = f"({', '.join(['%s'] * len(rows[0]))})"
    with connection.cursor() as cursor:
        if not on_postgres():
            cursor.executemany(statement + marks, rows)
            return
        for some in _batched(rows):
            values = ", ".join([marks] * len(some))
            cursor.execute(statement + values, [value for row in some for value in row])


def _batched(rows: list[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    return (rows[start : start + BATCH] for start in range(0, len(rows), BATCH))
