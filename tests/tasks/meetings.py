"""Threads with connections of their own that meet in the middle of a write."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.db.models import QuerySet

from tasks.actions import writing
from tasks.models import Entry, EntryChange
from tests.tasks.verbs import code_of
from tests.world import World

BLOCKED = """SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)
             WHERE NOT granted AND datname = current_database()"""
Deed = Callable[[], Any]
REAL_CONNECTIONS = [
    pytest.mark.race,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite hides races"),
]


def at_once(*deeds: Deed) -> list[Any]:
    """Do each in its own thread and connection, started together; the results in order.

    A database error is a result, so that a test says which one it expects.
    """
    start = threading.Barrier(len(deeds))

    def run(deed: Deed) -> Any:
        try:
            connection.ensure_connection()
            start.wait()
            return deed()
        except DatabaseError as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(run, deeds))


class Meeting:
    """A point in the code where threads wait until all are there, or stand before a lock."""

    def __init__(self, expected: int) -> None:
        self.expected, self.arrived = expected, 0
        self.change = threading.Condition()

    def attend(self) -> None:
        with self.change:
            self.arrived += 1
            while self.arrived + self._blocked() < self.expected:
                self.change.wait(0.01)

    def _blocked(self) -> int:
        with connection.cursor() as cursor:
            cursor.execute(BLOCKED)
            return int(cursor.fetchone()[0])

    def after(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def attending(*args: Any, **kwargs: Any) -> Any:
            result = function(*args, **kwargs)
            self.attend()
            return result

        return attending

    def before(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def attending(*args: Any, **kwargs: Any) -> Any:
            self.attend()
            return function(*args, **kwargs)

        return attending


def unlock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, *args, **kwargs: self)


def forget_history(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away the second net too: history refuses to write one version twice."""
    monkeypatch.setattr(EntryChange.objects, "bulk_create", lambda *args, **kwargs: [])


def meet_after_reading(monkeypatch: pytest.MonkeyPatch, expected: int = 2) -> None:
    """All read their entries before any of them writes, unless a lock keeps them apart."""
    monkeypatch.setattr(writing, "_locked", Meeting(expected).after(writing._locked))


def verdicts(outcomes: list[Any]) -> Counter[str]:
    """done, unchanged or the code of a refusal, one for each outcome; or the error's name."""
    said: list[str] = []
    for outcome in outcomes:
        if isinstance(outcome, DatabaseError):
            said.append(type(outcome).__name__)
            continue
        said += ["done" for _ in outcome.done] + ["unchanged" for _ in outcome.unchanged]
        said += [code_of(refused.error) for refused in outcome.refused]
    return Counter(said)


def income(world: World, unit: str = "dongshan") -> Entry:
    return world.entry(unit, "income")
