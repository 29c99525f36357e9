"""Four people press the button at once; needs real connections, so PostgreSQL."""

import contextlib
import io
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from spreadsheets import actions, writer
from spreadsheets.models import Batch, BatchQuerySet
from spreadsheets.sheet import Target
from tasks.models import EntryChange, EntrySummary
from tasks.sheets import EntrySheet
from tests.spreadsheets import files
from tests.world import World

pytestmark = [
    pytest.mark.race,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer"),
]
CONTENDERS = 4


@pytest.fixture
def batch(world: World) -> Batch:
    """One value on its way into 合涧镇's report."""
    reporter, file = world.users["hejian_reporter"], io.BytesIO()
    writer.write(EntrySheet(reporter, Target(period="2026Q3")), file)

    def change(page: Any) -> None:
        page["I6"], page["I8"] = 6, 8

    content = files.edited(file.getvalue(), change)
    return actions.check(EntrySheet, io.BytesIO(content), "report.xlsx", reporter)


def at_once(work: Callable[[], Any]) -> list[Any]:
    """What each of four threads got, all started on the same signal."""
    start = threading.Barrier(CONTENDERS)

    def contend(_: int) -> Any:
        start.wait(timeout=10)
        try:
            return work()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(CONTENDERS) as pool:
        return list(pool.map(contend, range(CONTENDERS)))


def test_four_parallel_applies_of_one_batch_have_one_effect(batch: Batch, world: World) -> None:
    reporter = world.users["hejian_reporter"]
    results = at_once(lambda: actions.apply(EntrySheet, batch.pk, reporter))
    assert [result.state for result in results] == ["applied"] * CONTENDERS
    assert len({result.applied_at for result in results}) == 1
    assert EntryChange.objects.count() == 2
    assert world.entry("dongshan", "income").version == 2
    summary = EntrySummary.objects.get(
        township=world.units["hejian"], period=world.periods[3], task=world.tasks["income"]
    )
    assert (summary.owed, summary.draft) == (3, 2)


def writers(monkeypatch: pytest.MonkeyPatch, wait: float) -> list[str]:
    """Names of the threads that got past the look at the batch's state.

    Each waits there for the others: in vain where the lock keeps them out.
    """
    passed: list[str] = []
    apply = EntrySheet.apply
    meet = threading.Barrier(CONTENDERS)

    def noted(self: EntrySheet, rows: Any, batch: Any) -> None:
        passed.append(threading.current_thread().name)
        with contextlib.suppress(threading.BrokenBarrierError):
            meet.wait(timeout=wait)
        apply(self, rows, batch)

    monkeypatch.setattr(EntrySheet, "apply", noted)
    return passed


def test_only_one_of_four_gets_to_write(
    batch: Batch, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    passed, reporter = writers(monkeypatch, wait=0.2), world.users["hejian_reporter"]
    at_once(lambda: actions.apply(EntrySheet, batch.pk, reporter))
    assert len(passed) == 1


def test_without_the_lock_all_four_get_to_write(
    batch: Batch, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the lock on the batch is what the two tests above stand on."""
    monkeypatch.setattr(BatchQuerySet, "select_for_update", lambda self: self)
    passed, reporter = writers(monkeypatch, wait=20), world.users["hejian_reporter"]
    at_once(lambda: actions.apply(EntrySheet, batch.pk, reporter))
    assert len(passed) == CONTENDERS
