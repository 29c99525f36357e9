"""The section that docs/village-file.md shows works as it stands there."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.template import engines
from django.template.loaders import locmem
from django.test import Client

from tasks.actions.exempting import ask
from tests.tasks.pages import at, english, shown
from tests.tasks.verbs import author
from tests.world import World
from villages.village_file import SECTIONS

SignIn = Callable[[str], Client]
DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "village-file.md"
IMPORTS = """
from typing import Any

from django.utils.translation import gettext_lazy as _lazy

from accounts.models import User
from tasks.models import Entry, Exemption, Period
from villages.models import Division
from villages.village_file import register
"""


def block(language: str) -> str:
    text = DOCUMENT.read_text(encoding="utf-8")
    match = re.search(rf"```{language}\n(.*?)```", text, re.DOTALL)
    assert match
    return match[1]


@pytest.fixture
def documented(monkeypatch: pytest.MonkeyPatch) -> None:
    """The section declared and its partial in place, for one test."""
    monkeypatch.setattr(SECTIONS, "known", dict(SECTIONS.known))
    exec(IMPORTS + block("python"), {})  # the repository's own text
    backend: Any = engines["django"]
    engine = backend.engine
    partial = {SECTIONS.known["exemptions"].template: block("django")}
    loaders = [locmem.Loader(engine, partial), *engine.template_loaders]
    monkeypatch.setattr(engine, "template_loaders", loaders)


def anchors(page: Any) -> list[str]:
    return re.findall(r'<section class="card long" id="([a-z]+)"', shown(page))


def test_it_joins_the_page_at_its_place(documented: None, world: World, signed_in: SignIn) -> None:
    ask(world.entry("dongshan", "meeting").pk, 1, "整村搬迁", author(world, "dongshan_reporter"))
    page = english(signed_in("linzhou_viewer")).get(at("dashboard:village", "dongshan"))
    assert anchors(page) == [
        *("identity", "profile", "team", "postings", "tasks", "year"),
        *("exemptions", "files", "changes"),
    ]
    assert "四议两公开规范运行: 整村搬迁" in shown(page)
    assert '<a href="#exemptions">Exemptions</a>' in shown(page)


def test_it_stays_away_where_it_has_nothing_to_say(
    documented: None, world: World, signed_in: SignIn
) -> None:
    ask(world.entry("dongshan", "meeting").pk, 1, "整村搬迁", author(world, "dongshan_reporter"))
    page = signed_in("linzhou_viewer").get(at("dashboard:village", "xishan"))
    assert page.status_code == 200
    assert "exemptions" not in anchors(page)
    assert "整村搬迁" not in shown(page)
