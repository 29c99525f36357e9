"""Fixtures that all tests share; the small city is in tests/world.py."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import time_machine
from django.test import Client

from tests import world as worlds
from tests.world import World

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(autouse=True)
def _cheap_passwords_and_own_files(settings: object, tmp_path: Path) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # type: ignore[attr-defined]
    settings.STORAGES = {  # type: ignore[attr-defined]
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path / "uploads"},
        },
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture
def _on_the_day() -> Iterator[None]:
    with time_machine.travel(worlds.NOW, tick=False):
        yield


@pytest.fixture
def world(db: None, _on_the_day: None) -> World:
    """The small city on 2 October 2026, its ledger issued."""
    return worlds.build()


@pytest.fixture
def draft_world(db: None, _on_the_day: None) -> World:
    """The small city with its ledger still a draft."""
    return worlds.build(issued=False)


@pytest.fixture
def signed_in(world: World) -> Callable[[str], Client]:
    """A browser in which somebody of the cast is signed in."""

    def sign_in(username: str) -> Client:
        client = Client()
        client.force_login(world.users[username])
        return client

    return sign_in


@pytest.fixture
def shared_data() -> Path:
    """Real divisions and realistic forms; skipped where they are not beside the project."""
    data = SHARED / "data"
    if not data.exists():
        pytest.skip("no shared data beside the project")
    return data
