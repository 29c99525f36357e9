"""The interface is complete in Chinese: no text missing, none doubtful, none left over."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import polib
import pytest

from tests.house.source import ROOT

PLACEHOLDER = re.compile(r"%\(\w+\)(?:\.\d+)?[sdf]")


@pytest.fixture(scope="module")
def catalogue() -> ModuleType:
    path = Path(ROOT / "locale" / "catalogue.py")
    spec = importlib.util.spec_from_file_location("catalogue", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def chinese(catalogue: ModuleType) -> polib.POFile:
    return polib.pofile(str(catalogue.CATALOGUE))


def test_every_text_of_the_interface_has_chinese(
    catalogue: ModuleType, chinese: polib.POFile
) -> None:
    known = {(entry.msgid, entry.msgid_plural) for entry in chinese}
    assert not catalogue.texts() - known


def test_no_text_is_empty_or_doubtful(chinese: polib.POFile) -> None:
    for entry in chinese:
        assert not entry.fuzzy, entry.msgid
        assert entry.msgstr or entry.msgstr_plural.get(0), entry.msgid


def test_nothing_is_kept_that_the_interface_no_longer_says(
    catalogue: ModuleType, chinese: polib.POFile
) -> None:
    known = {(entry.msgid, entry.msgid_plural) for entry in chinese}
    assert not known - catalogue.texts()


def test_placeholders_are_the_same_in_both_languages(chinese: polib.POFile) -> None:
    for entry in chinese:
        there = entry.msgstr or entry.msgstr_plural[0]
        english = set(PLACEHOLDER.findall(entry.msgid_plural or entry.msgid))
        assert english == set(PLACEHOLDER.findall(there)), entry.msgid


def test_the_finder_sees_texts_in_code_and_templates(catalogue: ModuleType) -> None:
    code = '_("a"); ngettext("one", "many", n); other("b")'
    assert set(catalogue.texts_of_code(code)) == {("a", ""), ("one", "many")}
    template = (
        "{% load i18n %}{% translate 'c' %}"
        "{% blocktranslate count n=1 %}{{ n }} x{% plural %}{{ n }} xs{% endblocktranslate %}"
    )
    found = set(catalogue.texts_of_template(template))
    assert found == {("c", ""), ("%(n)s x", "%(n)s xs")}
