"""Long imports wait in a queue, are worked off, and say how far they are."""

import datetime
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.test import Client
from django_tasks_db.models import DBTaskResult

from accounts.models import AccessLog
from accounts.roles import Role
from spreadsheets import actions, checking, jobs
from spreadsheets.errors import Refused
from spreadsheets.models import Batch, BatchRow
from tasks.models import EntryChange
from tasks.sheets import EntrySheet
from tests.spreadsheets.files import workbook
from tests.spreadsheets.uploads import bring, stored
from tests.tasks import verbs
from tests.tasks.forms import DONGSHAN, INCOME, NARRATIVE, XISHAN, exported, filled, put
from tests.tasks.pages import shown, told
from tests.world import NOW, UNITS, World

SignIn = Callable[[str], Client]
pytestmark = pytest.mark.usefixtures("every_file_is_large")
LATER = NOW + datetime.timedelta(minutes=2)


@pytest.fixture
def content(world: World) -> bytes:
    return filled(exported(world), put(DONGSHAN, INCOME, 6), put(XISHAN, INCOME, "好", NARRATIVE))


def work() -> None:
    """What manage.py db_worker does until the queue is empty."""
    jobs._worker().run()
    assert not DBTaskResult.objects.filter(status="FAILED").exists()


def again(batch: Batch) -> Batch:
    return Batch.objects.get(pk=batch.pk)


def state(batch: Batch) -> str:
    return again(batch).state


@pytest.fixture
def silenced() -> Iterator[None]:
    """What a job logs of an exception that this test makes."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


# Looking through


def test_a_large_file_waits_until_a_worker_looks_it_through(
    client: Client, content: bytes, tmp_path: Path
) -> None:
    batch = bring(client, content)
    page = client.get(f"/imports/{batch.pk}/")
    assert (batch.state, batch.rows.count(), page.status_code) == ("waiting", 0, 200)
    assert "Your file is next" in shown(page)
    assert "data-reload" in shown(page)
    work()
    done = again(batch)
    assert (done.state, done.new, done.unchanged, done.done) == ("checked", 2, 6, 8)
    assert done.target == {"division": UNITS["hejian"], "period": "2026Q3"}
    assert "2 rows would be written" in shown(client.get(f"/imports/{batch.pk}/"))
    assert len(stored(tmp_path)) == 1


def test_a_file_of_another_unit_is_refused_in_the_uploaders_words_and_forgotten(
    client: Client, world: World, tmp_path: Path
) -> None:
    batch = bring(client, exported(world, "linqi_reporter"))
    work()
    assert (state(batch), again(batch).rows.count(), stored(tmp_path)) == ("refused", 0, [])
    page = shown(client.get(f"/imports/{batch.pk}/"))
    assert "belongs to 临淇镇, but you report for 合涧镇" in page
    log = AccessLog.objects.get(action="refused")
    assert log.user == world.users["hejian_reporter"]
    assert client.get(f"/imports/{batch.pk}/marked/").status_code == 404


def test_what_a_job_says_is_in_the_language_of_the_uploader(signed_in: SignIn) -> None:
    content = workbook(["随便", "什么"], [1, 2])
    for language, words in (("en", "No header row"), ("zh-hans", "表头")):
        client = signed_in("hejian_reporter")
        client.cookies["django_language"] = language
        batch = bring(client, content)
        work()
        assert words in again(batch).reasons[0]


def test_rows_stored_before_a_refusal_are_not_kept(
    client: Client, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "WRITE_BATCH", 2)
    met = foreign_after(3, monkeypatch)
    batch = bring(client, content)
    work()
    assert (state(batch), met, BatchRow.objects.count()) == ("refused", [2], 0)


def foreign_after(rows: int, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Refuses a file at one of its later rows; tells how many rows were stored by then."""
    met: list[int] = []
    check = EntrySheet.check

    def refusing(self: EntrySheet, records: Any) -> Any:
        for number, row in enumerate(check(self, records)):
            if number == rows:
                met.append(BatchRow.objects.count())
                raise Refused("row of another unit", foreign=True)
            yield row

    monkeypatch.setattr(EntrySheet, "check", refusing)
    return met


@pytest.mark.usefixtures("silenced")
def test_an_unforeseen_error_leaves_words_and_nothing_else(
    client: Client, content: bytes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(EntrySheet, "check", lambda self, records: 1 / 0)
    batch = bring(client, content)
    work()
    assert (state(batch), again(batch).rows.count(), stored(tmp_path)) == ("refused", 0, [])
    assert "Something unforeseen happened" in shown(client.get(f"/imports/{batch.pk}/"))


def test_a_job_says_how_far_it_is(
    client: Client, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch, seen = bring(client, content), []
    monkeypatch.setattr(checking, "WRITE_BATCH", 3)
    count = checking._Found._count

    def look(self: Any, rows: Any) -> None:
        page = shown(client.get(f"/imports/{batch.pk}/"))
        seen.append((again(batch).done, again(batch).total, "is being read" in page))
        count(self, rows)

    monkeypatch.setattr(checking._Found, "_count", look)
    work()
    total = again(batch).total
    assert seen == [(3, total, False), (6, total, False), (8, total, False)]


# Discarding


def test_an_import_discarded_while_it_waits_is_never_looked_at(
    client: Client, content: bytes, tmp_path: Path
) -> None:
    batch = bring(client, content)
    assert client.post(f"/imports/{batch.pk}/discard/")["Location"] == "/sheets/"
    work()
    assert (state(batch), stored(tmp_path), BatchRow.objects.count()) == ("discarded", [], 0)
    page = client.get(f"/imports/{batch.pk}/")
    assert "This import was discarded" in shown(page)


def test_an_import_discarded_while_its_job_waits_for_a_place_stays_discarded(
    client: Client, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = bring(client, content)
    look_through = actions.look_through

    def discarded_first(batch: Batch) -> Batch:
        actions.discard(batch.pk, batch.owner)
        return look_through(batch)

    monkeypatch.setattr(actions, "look_through", discarded_first)
    work()
    assert (state(batch), BatchRow.objects.count()) == ("discarded", 0)


def test_an_import_discarded_while_it_is_checked_stops_and_keeps_nothing(
    client: Client, content: bytes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    batch, counted = bring(client, content), []
    monkeypatch.setattr(checking, "WRITE_BATCH", 2)
    count = checking._Found._count

    def discard(self: Any, rows: Any) -> None:
        counted.append(len(rows))
        client.post(f"/imports/{batch.pk}/discard/")
        count(self, rows)

    monkeypatch.setattr(checking._Found, "_count", discard)
    work()
    assert counted == [2], "it stopped at the first sign"
    assert (state(batch), stored(tmp_path), BatchRow.objects.count()) == ("discarded", [], 0)


# Cut off, and started again


def cut_off(batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    """The job dies with its server after two rows."""
    with monkeypatch.context() as dying:
        dying.setattr(checking, "WRITE_BATCH", 2)
        dying.setattr(checking._Found, "_count", lambda self, rows: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            actions.look_through(again(batch))


def test_a_job_that_was_cut_off_starts_again_and_doubles_nothing(
    client: Client, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = bring(client, content)
    DBTaskResult.objects.all().delete()
    cut_off(batch, monkeypatch)
    assert (state(batch), BatchRow.objects.count()) == ("checking", 2)
    address = f"/imports/{batch.pk}/"
    client.post(f"{address}again/")
    assert not DBTaskResult.objects.exists(), "it was heard of a moment ago"
    with time_machine.travel(LATER, tick=False):
        assert "Start again" in shown(client.get(address))
        for _press in range(2):
            client.post(f"{address}again/")
        assert DBTaskResult.objects.count() == 1
        assert "Start again" not in shown(client.get(address))
        work()
    assert (state(batch), BatchRow.objects.count()) == ("checked", 8)
    work()


def test_a_job_put_into_the_queue_twice_looks_through_once(
    client: Client, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = bring(client, content)
    jobs.start(jobs.look_through, batch)
    monkeypatch.setattr(jobs, "MANY_ROWS", 0)
    jobs._worker().run_task(DBTaskResult.objects.order_by("enqueued_at")[0])
    client.post(f"/imports/{batch.pk}/apply/")
    assert state(batch) == "applying"
    work()
    assert (state(batch), BatchRow.objects.count()) == ("applied", 8)


def test_who_waits_in_a_queue_that_moves_is_not_told_of_a_restart(
    client: Client, content: bytes, signed_in: SignIn, world: World
) -> None:
    first = bring(client, content)
    second = bring(client, content)
    address = f"/imports/{second.pk}/"
    with time_machine.travel(LATER, tick=False):
        assert "was restarted" in shown(client.get(address))
        jobs.look_through.call(str(first.pk), "en")
        assert "was restarted" not in shown(client.get(address))


# Applying


@pytest.fixture
def many(client: Client, content: bytes, monkeypatch: pytest.MonkeyPatch) -> Batch:
    """A checked import of so many rows that applying it is a job."""
    batch = bring(client, content)
    work()
    monkeypatch.setattr(jobs, "MANY_ROWS", 1)
    return batch


def test_many_rows_are_applied_by_a_job(client: Client, many: Batch, world: World) -> None:
    address = f"/imports/{many.pk}/"
    for _press in range(2):
        client.post(f"{address}apply/", {"comment": "核对过"})
    assert (state(many), DBTaskResult.objects.filter(status="READY").count()) == ("applying", 1)
    assert world.entry("dongshan", "income").state == "blank"
    page = client.get(address)
    assert "2 rows are being written" in shown(page)
    assert f"{address}discard/" not in shown(page)
    work()
    assert (state(many), again(many).comment) == ("applied", "核对过")
    assert world.entry("dongshan", "income").value == 6


def test_a_line_changed_while_the_job_waited_stops_all(
    client: Client, many: Batch, world: World
) -> None:
    client.post(f"/imports/{many.pk}/apply/")
    verbs.save(world, "dongshan_reporter", world.entry("dongshan", "income"), value=3)
    work()
    assert (state(many), EntryChange.objects.filter(batch=many.pk).count()) == ("stale", 0)
    assert "Row 6" in shown(client.get(f"/imports/{many.pk}/"))


@pytest.mark.usefixtures("silenced")
def test_an_unforeseen_error_while_writing_leaves_it_ready_to_apply(
    client: Client, many: Batch, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply, address = EntrySheet.apply, f"/imports/{many.pk}/"

    def failing(self: EntrySheet, prepared: Any, batch: Any) -> None:
        apply(self, prepared, batch)
        raise RuntimeError

    monkeypatch.setattr(EntrySheet, "apply", failing)
    client.post(f"{address}apply/")
    work()
    assert (state(many), EntryChange.objects.count()) == ("checked", 0)
    assert "Something unforeseen happened" in shown(client.get(address))
    monkeypatch.setattr(EntrySheet, "apply", apply)
    client.post(f"{address}apply/")
    work()
    assert (state(many), again(many).reasons) == ("applied", [])


def test_who_lost_the_right_meanwhile_writes_nothing_and_is_told_why(
    client: Client, many: Batch, world: World
) -> None:
    client.post(f"/imports/{many.pk}/apply/")
    user = world.users["hejian_reporter"]
    user.role = Role.VIEWER
    user.save()
    work()
    assert (state(many), EntryChange.objects.count()) == ("checked", 0)
    assert "You may no longer import" in again(many).reasons[0]
    assert client.post(f"/imports/{many.pk}/apply/").status_code == 403
    assert state(many) == "checked"


def test_an_applying_that_was_cut_off_starts_again_with_its_comment(
    client: Client, many: Batch, world: World
) -> None:
    client.post(f"/imports/{many.pk}/apply/", {"comment": "核对过"})
    DBTaskResult.objects.all().delete()
    with time_machine.travel(LATER, tick=False):
        client.post(f"/imports/{many.pk}/again/")
        work()
    assert (state(many), again(many).comment) == ("applied", "核对过")


def test_what_is_being_applied_is_not_discarded(client: Client, many: Batch) -> None:
    client.post(f"/imports/{many.pk}/apply/")
    said = told(client, client.post(f"/imports/{many.pk}/discard/"))
    assert said == ["Only an import that was not applied can be discarded."]
    assert state(many) == "applying"
