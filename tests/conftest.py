"""Fixtures that all tests share; the small city is in tests/world.py."""

import gc
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.template import engines
from django.test import Client
from django.utils import translation

from tests import canaries, once, states
from tests import world as worlds
from tests.world import World

SHARED = Path(__file__).resolve().parents[2] / "shared"
OWN_TEMPLATES = Path(__file__).resolve().parents[1] / "templates"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What touches no database is tested once, where the default database is.

    What says nothing about it is marked so, and left out where the marker is asked for.
    """
    for item in items:
        if item.nodeid.split("::")[0] in once.MODULES:
            item.add_marker(pytest.mark.once)
    if connection.vendor != "postgresql":
        return
    alike = [item for item in items if not _needs_database(item)]
    items[:] = [item for item in items if _needs_database(item)]
    config.hook.pytest_deselected(items=alike)


def pytest_collection_finish() -> None:
    """What is imported by now stays to the end: no collection of garbage need look at it again."""
    gc.collect()
    gc.freeze()


def _needs_database(item: pytest.Item) -> bool:
    used = getattr(item, "fixturenames", [])
    return "db" in used or "live_server" in used or item.get_closest_marker("django_db") is not None


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


@pytest.fixture(autouse=True)
def _in_chinese() -> Iterator[None]:
    """Whatever language the last page of the test before was asked in."""
    with translation.override("zh-hans"):
        yield


@pytest.fixture(autouse=True)
def _no_pages_of_other_tests() -> None:
    """Kept parts of pages hang on revisions, which begin anew with every test's database."""
    cache.clear()


@pytest.fixture(autouse=True, scope="session")
def _watched() -> Iterator[None]:
    with canaries.watch():
        yield


@pytest.fixture(autouse=True)
def _no_number_of_a_person_leaves(request: pytest.FixtureRequest, _watched: None) -> Iterator[None]:
    """Telephones and identity numbers stand in no answer, file, log, mail or row in clear;
    tests that reveal them say so, for their answers alone."""
    watch = canaries.WATCH
    watch.met.clear()
    watch.reveals = request.node.get_closest_marker("reveals") is not None
    yield
    watch.mails()
    assert not watch.met, "\n".join(watch.met)


class UndefinedVariable(str):
    """Stands where a template of ours names a variable that is not there, and says so.

    Templates of Django and its packages, which do so on purpose, show nothing as ever.
    """

    __slots__ = ()

    def __mod__(self, variable: object) -> str:
        frame = sys._getframe(1)
        context = frame.f_locals.get("context")
        template = context and (context.render_context.template or context.template)
        if template and str(template.origin.name).startswith(str(OWN_TEMPLATES)):
            raise AssertionError(f"{template.name} names {variable}, which is not there")
        return ""


@pytest.fixture(autouse=True, scope="session")
def _no_undefined_variables() -> None:
    backend: Any = engines["django"]
    backend.engine.string_if_invalid = UndefinedVariable("%s")


@pytest.fixture(autouse=True, scope="session")
def _emptied_in_no_time() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(connection.ops, "sql_flush", states.flush_by_deleting)
        yield


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
