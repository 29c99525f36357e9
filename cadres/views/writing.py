"""What pages with a form of the registers share: carry it out once, or show it again."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils.translation import gettext as _

from accounts.http import Request
from accounts.repeated import once

UNPROCESSABLE, CONFLICT = 422, 409


FIND = "find"


def is_stored(request: Request) -> bool:
    """Whether a form was sent to be stored, and not to search for one of its values."""
    return request.method == "POST" and request.POST.get("do") != FIND


def typed_so_far(request: Request) -> dict[str, Any]:
    """What was typed when one of the values was searched, to be shown without complaints."""
    return request.POST.dict() if request.POST.get("do") == FIND else {}


def carried_out(
    request: Request, form: forms.BaseForm, act: Callable[[], Any], said: str = ""
) -> int:
    """0 where it was done; else the status of the page that shows the form again.

    `act` may answer with a whole number, which is what the same request answers again. With
    `said` it answers whether anything was changed, and the page says so.
    """
    if not form.is_valid():
        return UNPROCESSABLE
    try:
        done = once(request, lambda: {"done": act()})["done"]
    except ValidationError as error:
        _show(request, form, error)
        return CONFLICT if getattr(error, "code", "") == "conflict" else UNPROCESSABLE
    if said:
        tell(request, said, is_changed=done)
    return 0


def tell(request: Request, said: str, *, is_changed: bool) -> None:
    if is_changed:
        messages.success(request, said)
    else:
        messages.info(request, _("Nothing was changed."))


def _show(request: Request, form: forms.BaseForm, error: ValidationError) -> None:
    """At the field that it names, where the form has that field; else above the page."""
    by_field = error.message_dict if hasattr(error, "error_dict") else {}
    for name, told in (by_field or {NON_FIELD_ERRORS: error.messages}).items():
        if name in form.fields:
            form.add_error(name, ValidationError(told))
        else:
            for message in told:
                messages.error(request, message)
