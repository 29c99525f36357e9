"""How many files are read at once, and who works the queue off where no worker does."""

import datetime
import threading
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.db import OperationalError, connection
from django.test import Client

from spreadsheets import jobs, slots
from spreadsheets.models import Batch
from tests.spreadsheets.uploads import bring
from tests.tasks.forms import DONGSHAN, INCOME, NARRATIVE, XISHAN, exported, filled, put
from tests.tasks.pages import english, shown
from tests.world import NOW, World

SignIn = Callable[[str], Client]
pytestmark = pytest.mark.usefixtures("every_file_is_large")


@pytest.fixture
def client(signed_in: SignIn) -> Client:
    return english(signed_in("hejian_reporter"))


@pytest.fixture
def content(world: World) -> bytes:
    return filled(exported(world), put(DONGSHAN, INCOME, 6), put(XISHAN, INCOME, "好", NARRATIVE))


# Places to read, and the thread that works where no worker is


def test_with_no_place_free_thirty_uploads_are_queued_and_answered(
    client: Client, content: bytes, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    monkeypatch.setattr(jobs, "LARGE_FILE", 1 << 20)
    settings.SPREADSHEETS_READ_AT_ONCE = 1
    batches = []
    with slots.slot(wait=False) as mine, slots.slot(wait=False) as another:
        assert (mine, another) == (True, False)
        for number in range(30):
            with time_machine.travel(NOW + datetime.timedelta(seconds=number), tick=False):
                batches.append(bring(client, content))
    assert {Batch.objects.get(pk=batch.pk).state for batch in batches} == {"waiting"}
    page = client.get(f"/imports/{batches[7].pk}/")
    assert "7 files stand before yours" in shown(page)
    assert bring(client, content).state == "checked", "a place is free again"


def test_a_place_is_free_again_whatever_happens_in_it(settings: Any) -> None:
    settings.SPREADSHEETS_READ_AT_ONCE = 1
    with pytest.raises(ZeroDivisionError), slots.slot(wait=False):
        raise ZeroDivisionError
    with slots.slot(wait=False) as free:
        assert free


class NoConnections:
    """Those of this test stay open."""

    def close_all(self) -> None:
        pass


def test_a_thread_goes_on_when_the_database_was_locked_but_not_when_it_is_gone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ends: list[Exception | None] = [OperationalError("database is locked"), None]

    class Round:
        def run(self) -> None:
            if end := ends.pop(0):
                raise end

    monkeypatch.setattr(jobs, "_worker", Round)
    monkeypatch.setattr(jobs, "connections", NoConnections())
    monkeypatch.setattr(jobs, "PAUSE", 0)
    process = jobs._InProcess()
    process.asked = True
    process._work()
    assert (ends, process.running) == ([], False)
    ends.append(OperationalError("the connection is closed"))
    process.asked = process.running = True
    with pytest.raises(OperationalError):
        process._work()
    assert not process.running


@pytest.mark.race
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite in memory has one writer")
@pytest.mark.django_db(transaction=True)
def test_where_no_worker_runs_a_thread_of_the_server_wakes(
    world: World, client: Client, content: bytes, settings: Any
) -> None:
    settings.JOB_WORKER = False
    batches = [bring(client, content) for _upload in range(2)]
    for thread in threading.enumerate():
        if thread.name == "sheets":
            thread.join(timeout=60)
    assert [Batch.objects.get(pk=batch.pk).state for batch in batches] == ["checked", "checked"]
    assert not jobs._in_process.running
