"""The interface is complete in Chinese: no text missing, none doubtful, none left over."""

import importlib.util
import re
from decimal import Decimal
from pathlib import Path
from types import ModuleType

import polib
import pytest
from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.core.validators import DecimalValidator
from django.utils import translation
from django.utils.translation.trans_real import DjangoTranslation

from tests.house.source import ROOT

WORDS = ("变量", "确保", "Ensure")
SAID_BY_SCRIPT = re.compile(r"""\bgettext\((["'])((?:\\.|(?!\1).)+)\1""")
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


@pytest.mark.parametrize(
    ("digits", "places", "number"), [(4, 1, "123.45"), (9, 2, "9.255"), (9, 7, "123")]
)
def test_what_a_decimal_is_refused_with_is_said_in_words_of_our_own(
    catalogue: ModuleType, digits: int, places: int, number: str
) -> None:
    ours = [plural for _one, plural in catalogue.texts_of_packages() if "%(max)s" in plural]
    with translation.override("en"), pytest.raises(ValidationError) as refused:
        DecimalValidator(digits, places)(Decimal(number))
    with translation.override("en"):
        assert refused.value.messages[0] in [text % refused.value.params for text in ours]


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


def test_validators_speak_of_what_was_typed_and_not_of_variables() -> None:
    fields = (
        *(forms.CharField(max_length=3), forms.CharField(min_length=3)),
        *(forms.IntegerField(max_value=3), forms.IntegerField(min_value=3)),
    )
    with translation.override("zh-hans"):
        for field, typed in zip(fields, ("四个字长", "字", "4", "2"), strict=True):
            with pytest.raises(ValidationError) as refused:
                field.clean(typed)
            (told,) = refused.value.messages
            assert "3" in told
            assert not any(word in told for word in WORDS), told


def test_the_scripts_of_the_administration_have_chinese() -> None:
    scripts = Path(admin.__file__).parent / "static" / "admin" / "js"
    texts = {
        text
        for path in scripts.glob("*.js")
        for _quote, text in SAID_BY_SCRIPT.findall(path.read_text(encoding="utf-8"))
    }
    own = str(Path(admin.__file__).parent / "locale")
    spoken = DjangoTranslation("zh-hans", domain="djangojs", localedirs=[own])
    assert len(texts) > 20
    assert not {text for text in texts if spoken.gettext(text) == text}
