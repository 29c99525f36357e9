"""Telephones and identity numbers, kept out of texts and addresses that others read."""

import re
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

# Telephones and identity numbers, also with spaces, dashes or points in them; days and spans of
# years are none, and the codes of units have 12 digits and begin with no 0 or 1.
NUMBERS = re.compile(r"\d(?:[\s\-－—_]?\d){6,}|\d{3}[.．]\d{4}[.．]\d{4}")
DAY = re.compile(r"\b\d{4}-\d\d-\d\d\b|(?<![\d\-])(?:19|20)\d\d-(?:19|20)\d\d(?![\d\-])", re.ASCII)
CODE = re.compile(r"[2-9]\d{11}", re.ASCII)
HIDDEN = "＊＊"
# Where an address of the registers has what somebody typed to search by.
SEARCHED = ("q", "unit", "organization")


def has_numbers(text: str) -> bool:
    """Whether a telephone or an identity number may stand in a text."""
    return any(not CODE.fullmatch(found[0]) for found in NUMBERS.finditer(DAY.sub("/", text)))


def numbers_hidden(text: str) -> str:
    """A text with stars where has_numbers() sees a number; days and codes go with them."""
    return NUMBERS.sub(HIDDEN, text)


def without_numbers(text: str) -> None:
    """A validator for every text that is kept and read by many."""
    if has_numbers(text or ""):
        raise ValidationError(_("This is kept: write no number of a person in it."))


def keep_numbers_out(form: forms.BaseForm, *names: str) -> None:
    """Of a form that takes its fields from a model: these texts are kept."""
    for name in names:
        form.fields[name].validators = [*form.fields[name].validators, without_numbers]


class NumbersSentAway:
    """A number that somebody searched the registers by is in no address of ours for longer than
    it takes to send it away, which is told."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponse | None:
        match = request.resolver_match
        if match is None or match.app_name != "cadres" or request.method not in ("GET", "HEAD"):
            return None
        wrong = [
            name
            for name, values in request.GET.lists()
            if (name in SEARCHED or name.endswith("_text")) and any(map(has_numbers, values))
        ]
        if not wrong:
            return None
        kept = request.GET.copy()
        for name in wrong:
            del kept[name]
        told = _("Nothing is searched by a number, which was left out: type a name or its pinyin.")
        messages.warning(request, told)
        return redirect(f"{request.path}?{kept.urlencode()}" if kept else request.path)
