"""How many files are read at once, and who works the queue off where no worker does."""

import datetime
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.db import OperationalError
from django.test import Client

from spreadsheets import jobs, slots
from spreadsheets.models import Batch
from tests.spreadsheets.uploads import bring
from tests.tasks.forms import DONGSHAN, INCOME, NARRATIVE, XISHAN, exported, filled, put
from tests.tasks.pages import shown
from tests.world import NOW, World

pytestmark = pytest.mark.usefixtures("every_file_is_large")


@pytest.fixture
def content(world: World) -> bytes:
    return filled(exported(world), put(DONGSHAN, INCOME, 6), put(XISHAN, INCOME, "好", NARRATIVE))


# Places to read


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


# Who works where no worker runs


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch, settings: Any) -> list[list[str]]:
    """Commands of the processes that the server would have started."""
    commands: list[list[str]] = []

    class Process:
        def __init__(self, command: list[str], **options: Any) -> None:
            assert options["start_new_session"], "it would end with the server"
            commands.append(command)

        def poll(self) -> int:
            return 0

    settings.JOB_WORKER = False
    monkeypatch.setattr("spreadsheets.jobs.Popen", Process)
    return commands


def test_where_no_worker_runs_the_server_starts_a_process_that_ends_with_the_queue(
    client: Client,
    content: bytes,
    started: list[list[str]],
    django_capture_on_commit_callbacks: Any,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        batch = bring(client, content)
    assert batch.state == "waiting"
    assert [command[-2:] for command in started] == [["sheet", "work"]]
    call_command("sheet", "work")
    assert Batch.objects.get(pk=batch.pk).state == "checked"
    call_command("sheet", "work")


def test_only_one_process_of_a_machine_works_the_queue_off(
    client: Client, content: bytes, started: list[list[str]]
) -> None:
    batch = bring(client, content)
    with slots.only_one("worker") as alone:
        assert alone
        call_command("sheet", "work")
        assert Batch.objects.get(pk=batch.pk).state == "waiting"
    call_command("sheet", "work")
    assert Batch.objects.get(pk=batch.pk).state == "checked"


def test_it_goes_on_when_the_database_was_locked_but_not_when_it_is_gone(
    client: Client, content: bytes, started: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = bring(client, content)
    usual = jobs._worker
    ends: list[str] = ["the connection is closed", "database is locked"]

    class Round:
        def run(self) -> None:
            if ends:
                raise OperationalError(ends.pop(0))
            usual().run()

    monkeypatch.setattr(jobs, "_worker", Round)
    monkeypatch.setattr(jobs, "PAUSE", 0)
    with pytest.raises(OperationalError, match="closed"):
        jobs.work()
    jobs.work()
    assert (ends, Batch.objects.get(pk=batch.pk).state) == ([], "checked")
