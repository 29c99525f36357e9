"""Quarters: their dates and what moved them, and more time for single units."""

import datetime
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.http import Request
from accounts.repeated import once
from tasks.actions import Author, deadlines
from tasks.deadline_forms import DatesForm, ExtendForm, LockForm, UnlockForm
from tasks.models import EntryChange, Extension, Period

EXTENSIONS_SHOWN = 200
CHANGES_SHOWN = 50


@require_safe
def quarters(request: Request) -> HttpResponse:
    """All quarters with their days, the latest year first."""
    today = timezone.localdate()
    seen = Extension.objects.visible_to(request.user).running(today)
    running = list(seen.values_list("period", flat=True))
    rows = [
        (period, period.is_locked(today), running.count(period.pk))
        for period in Period.objects.order_by("-year", "-quarter")
    ]
    return render(request, "tasks/quarters.html", {"rows": rows, "today": today})


@require_http_methods(["GET", "POST"])
def quarter(request: Request, period: str) -> HttpResponse:
    """One quarter: everybody reads its dates; who may, moves them or gives a unit more time."""
    try:
        found = Period.objects.by_code(period)
    except Period.DoesNotExist:
        raise Http404 from None
    sent = request.POST if request.method == "POST" else None
    page = _Page(request, found, sent)
    if sent is None:
        return render(request, "tasks/quarter.html", page.context())
    if page.act():
        return redirect("tasks:quarter", period=found)
    return render(request, "tasks/quarter.html", page.context(), status=422)


class _Page:
    """The forms of one quarter, of which at most one was sent."""

    def __init__(self, request: Request, period: Period, sent: Any) -> None:
        self.request, self.period, self.user = request, period, request.user
        self.today = timezone.localdate()
        self.do = sent.get("do", "") if sent else ""
        self.extends = deadlines.may_extend(self.user)
        self.moves = deadlines.may_move(self.user)
        if sent is not None and not (self.extends or self.moves):
            raise PermissionDenied
        self.author = Author(self.user, EntryChange.Origin.PAGE)
        units = deadlines.extendable_by(self.user)
        self.forms: dict[str, forms.Form] = {
            "extend": ExtendForm(sent if self.do == "extend" else None, units=units),
            "move": DatesForm(sent if self.do == "move" else None, period=period),
            "lock": LockForm(sent if self.do == "lock" else None),
            "unlock": UnlockForm(
                sent if self.do == "unlock" else None, period=period, on=self.today
            ),
        }

    def act(self) -> bool:
        """Carry out what was sent; False where the page is to be shown again with its form."""
        acts: dict[str, Callable[[], str]] = {
            "extend": self._extend,
            "move": self._move,
            "lock": self._lock,
            "unlock": self._unlock,
            "end": self._end,
        }
        act, form = acts.get(self.do), self.forms.get(self.do)
        if act is None:
            messages.error(self.request, _("Tick something first."))
            return False
        if form is not None and not form.is_valid():
            return False
        try:
            answer = once(self.request, lambda: {"said": act()})
        except ValidationError as error:
            self._show(error, form)
            return False
        messages.success(self.request, answer["said"])
        return True

    def _show(self, error: ValidationError, form: forms.Form | None) -> None:
        """At the field that it names, where the form has that field; else above the page."""
        by_field = error.message_dict if hasattr(error, "error_dict") else {}
        for name, told in (by_field or {NON_FIELD_ERRORS: error.messages}).items():
            if form is not None:
                form.add_error(name if name in form.fields else None, ValidationError(told))
            else:
                for message in told:
                    messages.error(self.request, message)

    def _extend(self) -> str:
        data = self.forms["extend"].cleaned_data
        extension = deadlines.extend(
            data["unit"], self.period, data["until"], data["reason"], self.author
        )
        facts = {"unit": extension.division, "day": _day(extension.until)}
        return _("%(unit)s has time until %(day)s.") % facts

    def _end(self) -> str:
        pk = self.request.POST.get("extension", "")
        if not pk.isdecimal() or len(pk) > 18:
            raise Http404
        seen = Extension.objects.visible_to(self.user).filter(period=self.period)
        extension = get_object_or_404(seen.select_related("division", "period"), pk=pk)
        deadlines.end_extension(extension, self.author)
        return _("The extension of %(unit)s has ended.") % {"unit": extension.division}

    def _move(self) -> str:
        data = self.forms["move"].cleaned_data
        deadlines.move_dates(
            self.period, data["opens"], data["due"], data["locks"], data["reason"], self.author
        )
        return _("The dates of %(period)s were changed.") % {"period": self.period}

    def _lock(self) -> str:
        deadlines.lock(self.period, self.forms["lock"].cleaned_data["reason"], self.author)
        return _("%(period)s is locked now.") % {"period": self.period}

    def _unlock(self) -> str:
        data = self.forms["unlock"].cleaned_data
        deadlines.unlock(self.period, data["reason"], self.author, data["locks"])
        return _("%(period)s is open again.") % {"period": self.period}

    def _may_end(self, extension: Extension) -> bool:
        user, own = self.user, self.user.division
        below = own and own.pk != extension.division_id and own.manages(extension.division)
        return self.extends and bool(below or user.sees_everything)

    def context(self) -> dict[str, Any]:
        self.period.refresh_from_db()
        extensions = Extension.objects.visible_to(self.user).filter(period=self.period)
        extensions = extensions.select_related("division", "granted_by", "ended_by")
        rows = [
            (extension, extension.is_running(self.today), self._may_end(extension))
            for extension in extensions[:EXTENSIONS_SHOWN]
        ]
        return {
            "period": self.period,
            "periods": [p for p in Period.objects.all() if abs(p.year - self.period.year) < 2],
            "today": self.today,
            "locked": self.period.is_locked(self.today),
            "days_left": self.period.days_left(self.today),
            "extensions": sorted(rows, key=lambda row: not row[1]),
            "changes": self.period.changes.select_related("by")[:CHANGES_SHOWN],
            "moves": self.moves,
            "extends": self.extends,
            "forms": self.forms,
        }


def _day(day: datetime.date) -> str:
    return date_format(day, "MONTH_DAY_FORMAT")
