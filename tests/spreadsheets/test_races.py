"""Four people press the button at once; needs real connections, so PostgreSQL."""

import contextlib
import io
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import translation

from accounts.models import User
from spreadsheets import actions, writer
from spreadsheets.errors import Refused, Stale
from spreadsheets.models import Batch, BatchQuerySet
from spreadsheets.sheet import Target
from tasks.models import EntryChange, EntrySummary
from tasks.sheets import EntrySheet
from tests.spreadsheets import files
from tests.tasks import recount, verbs
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
            with translation.override("en"):  # a language is a thread's own
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


# Two imports, and pages beside an import


def another(world: World, value: int, cell: str = "I6") -> Batch:
    """A second import for the same lines, checked before the first is applied."""
    reporter, file = world.users["hejian_reporter"], io.BytesIO()
    writer.write(EntrySheet(reporter, Target(period="2026Q3")), file)
    content = files.edited(file.getvalue(), lambda page: page.__setitem__(cell, value))
    return actions.check(EntrySheet, io.BytesIO(content), "report.xlsx", reporter)


def test_of_imports_of_the_same_lines_one_wins_and_the_others_name_the_rows(
    batch: Batch, world: World
) -> None:
    batches = [batch, *(another(world, value) for value in (7, 8, 9))]
    left, reporter = iter(batches), world.users["hejian_reporter"]
    results = at_once(lambda: actions.apply(EntrySheet, next(left).pk, reporter))
    stale = [result for result in results if isinstance(result, Stale)]
    (won,) = (result for result in results if isinstance(result, Batch))
    assert len(stale) == CONTENDERS - 1
    assert all("Row 6" in error.reasons[0] for error in stale)
    assert EntryChange.objects.exclude(batch=won.pk).count() == 0
    states = sorted(Batch.objects.values_list("state", flat=True))
    assert states == ["applied", "stale", "stale", "stale"]
    assert world.entry("dongshan", "income").version == 2
    assert recount.summarised() == recount.recounted()


def test_four_parallel_undos_of_one_batch_have_one_effect(batch: Batch, world: World) -> None:
    reporter = world.users["hejian_reporter"]
    actions.apply(EntrySheet, batch.pk, reporter)
    results = at_once(lambda: actions.undo(EntrySheet, batch.pk, reporter))
    assert [result.state for result in results] == ["undone"] * CONTENDERS
    assert EntryChange.objects.filter(verb="undo").count() == 2
    assert world.entry("dongshan", "income").content["value"] is None
    assert recount.summarised() == recount.recounted()


def held_while_applying(monkeypatch: pytest.MonkeyPatch) -> tuple[threading.Event, threading.Event]:
    """Set when an import holds its locks, written and not committed; and what lets it go on."""
    holds, go_on = threading.Event(), threading.Event()
    apply = EntrySheet.apply

    def slowly(self: EntrySheet, prepared: Any, batch: Any) -> None:
        apply(self, prepared, batch)
        holds.set()
        assert go_on.wait(timeout=20)

    monkeypatch.setattr(EntrySheet, "apply", slowly)
    return holds, go_on


def in_a_thread(work: Callable[[], Any]) -> Any:
    def closing() -> Any:
        try:
            with translation.override("en"):
                return work()
        finally:
            connection.close()

    return ThreadPoolExecutor(1).submit(closing)


def test_a_page_saved_while_an_import_applies_waits_and_is_told_of_a_conflict(
    batch: Batch, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    holds, go_on = held_while_applying(monkeypatch)
    reporter, entry = world.users["hejian_reporter"], world.entry("dongshan", "income")
    applying = in_a_thread(lambda: actions.apply(EntrySheet, batch.pk, reporter))
    assert holds.wait(timeout=20)
    saving = in_a_thread(lambda: verbs.save(world, "dongshan_reporter", entry, value=1))
    elsewhere = world.entry("shiqiao", "income")
    done = in_a_thread(lambda: verbs.save(world, "baidaokou_reporter", elsewhere, value=2))
    assert done.result(timeout=20).done, "lines of others are saved meanwhile"
    assert not saving.done()
    go_on.set()
    assert applying.result(timeout=20).state == "applied"
    assert verbs.refusal(saving.result(timeout=20)) == "conflict"
    assert world.entry("dongshan", "income").value == 6
    assert recount.summarised() == recount.recounted()


def test_a_page_saved_before_an_import_applies_stops_it(batch: Batch, world: World) -> None:
    reporter, entry = world.users["hejian_reporter"], world.entry("dongshan", "income")
    with transaction.atomic():
        assert verbs.save(world, "dongshan_reporter", entry, value=1).done
        applying = in_a_thread(lambda: actions.apply(EntrySheet, batch.pk, reporter))
        assert not applying.done()
    with pytest.raises(Stale, match="Row 6"):
        applying.result(timeout=20)
    assert world.entry("dongshan", "income").value == 1
    assert world.entry("xishan", "income").state == "blank"


def test_rights_withdrawn_between_check_and_apply_stop_it(batch: Batch, world: World) -> None:
    reporter = world.users["hejian_reporter"]
    reporter.division = world.units["linqi"]
    reporter.save()
    fresh = User.objects.get(pk=reporter.pk)
    results = at_once(lambda: actions.apply(EntrySheet, batch.pk, fresh))
    # The first finds the rows gone; whoever comes after it finds the import stale already.
    assert {type(result) for result in results} <= {Stale, Refused}
    assert any("may no longer report" in str(result) for result in results)
    assert not EntryChange.objects.exists()
