import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import translation
from django_tasks_db.management.commands import db_worker

from spreadsheets import jobs
from tests.tasks.pages import english


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    """Messages are compared in the words of the source."""
    with translation.override("en"):
        yield


@pytest.fixture
def client(signed_in: Callable[[str], Client]) -> Client:
    """A browser in which 合涧镇's reporter is signed in, in English."""
    return english(signed_in("hejian_reporter"))


@pytest.fixture
def temp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for temporary files that must be empty again after each reading."""
    folder = tmp_path / "temp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def every_file_is_large(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> None:
    """Every upload waits in the queue, until a test works it off."""
    monkeypatch.setattr(jobs, "LARGE_FILE", 0)
    # The worker would close the connection that holds a test's transaction.
    monkeypatch.setattr(db_worker, "close_old_connections", lambda: None)
    settings.JOB_WORKER = True
    settings.VAR_DIR = tmp_path
