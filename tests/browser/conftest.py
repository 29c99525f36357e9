"""A real Chromium. Skipped where there is none, except where CI is set."""

import os
import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from tests import world as worlds
from tests.world import PASSWORD, World

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


@pytest.fixture
def visit(
    chromium: Browser, live_server: LiveServer, live_world: World
) -> Iterator[Callable[..., Page]]:
    """Open a page as somebody of the cast, signed in through the form."""
    contexts: list[BrowserContext] = []

    def open_page(username: str, path: str = "/", **options: object) -> Page:
        context = chromium.new_context(base_url=live_server.url, **options)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.goto("/accounts/sign-in/")
        page.fill("input[name=username]", username)
        page.fill("input[name=password]", PASSWORD)
        page.click("button.primary")
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
