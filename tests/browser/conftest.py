"""A real Chromium. Skipped where there is none, except where CI is set."""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from tests import world as worlds
from tests.world import World

# Playwright runs an event loop; Django would refuse its own database calls beside it.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser" in str(item.path):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail("CI is set, but there is no Chromium for the browser tests")
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def live_world(live_server: LiveServer, _on_the_day: None) -> World:
    """The small city behind a real server, on 2 October 2026."""
    return worlds.build()


def _cookies(user: User, url: str) -> list[Any]:
    """Those that the form leaves in a browser: the session, and the token of forms."""
    client = Client()
    client.force_login(user)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    named = {settings.SESSION_COOKIE_NAME: session, settings.CSRF_COOKIE_NAME: "a" * 32}
    return [{"name": name, "value": value, "url": url} for name, value in named.items()]


@pytest.fixture
def visit(
    chromium: Browser, live_server: LiveServer, live_world: World
) -> Iterator[Callable[..., Page]]:
    """Open a page as somebody of the cast, or as nobody.

    Who comes is signed in already: the form has a test of its own, and filling it for every
    visitor takes longer than the pages that they come for.
    """
    contexts: list[BrowserContext] = []

    def open_page(username: str, path: str = "/", **options: object) -> Page:
        context = chromium.new_context(base_url=live_server.url, **options)  # type: ignore[arg-type]
        contexts.append(context)
        if username:
            context.add_cookies(_cookies(live_world.users[username], live_server.url))
        page = context.new_page()
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
