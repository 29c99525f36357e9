"""The light of a unit, or of one task of it: what it shows and why, and the light set by hand."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.http import Request
from accounts.repeated import once
from dashboard.figures import Figures
from tasks.actions import Author
from tasks.actions import lights as acts
from tasks.light_forms import OverrideForm
from tasks.models import (
    Entry,
    EntryChange,
    EntryQuerySet,
    Ledger,
    LightOverride,
    Task,
    UnitExplanation,
    explain_unit,
)
from tasks.models.summary import counts_of, extended_counts
from tasks.place import Place
from villages.models import Level

DIGITS_OF_A_NUMBER = 4
DIGITS_OF_A_KEY = 18
EARLIER_SHOWN = 50


@require_http_methods(["GET", "POST"])
def light(request: Request, code: str, period: str) -> HttpResponse:
    """Everybody who sees the unit reads why; a level above sets another light, or ends that."""
    place = Place.or_404(request.user, code, period)
    if place.ledger is None:
        context = {"place": place, "view_name": "dashboard:light"}
        return render(request, "dashboard/no_ledger.html", context)
    task = _task(place.ledger, request.GET.get("task", ""))
    page = _Page(request, place, place.ledger, task, timezone.localdate())
    if request.method == "GET":
        return render(request, "dashboard/light.html", page.context())
    if page.act():
        return redirect(request.get_full_path())
    return render(request, "dashboard/light.html", page.context(), status=422)


def _task(ledger: Ledger, number: str) -> Task | None:
    """The task of the ledger with that number; without a number the unit as a whole."""
    if not number:
        return None
    if not number.isdecimal() or len(number) > DIGITS_OF_A_NUMBER:
        raise Http404
    return get_object_or_404(ledger.tasks.select_related("ledger"), number=number)


@dataclass
class _Page:
    """The light of one unit in one quarter, as its reader meets it."""

    request: Request
    place: Place
    ledger: Ledger
    task: Task | None
    on: datetime.date

    @cached_property
    def may_override(self) -> bool:
        return acts.overridable_by(self.request.user).filter(pk=self.place.division.pk).exists()

    @cached_property
    def form(self) -> OverrideForm:
        sent = self.request.POST if self.request.POST.get("do") == "override" else None
        return OverrideForm(sent)

    @property
    def explanation(self) -> UnitExplanation:
        place, period, ledger = self.place, self.place.period, self.ledger
        lines = self._lines.filter(task=self.task) if self.task else self._lines
        extended = extended_counts(lines, period, self.on, "task__ledger_id")
        if self.task or place.division.level == Level.VILLAGE:
            # Of a village that moved, its old township reads the lines of its own alone.
            counts = counts_of(lines.owed())
        else:
            figures = Figures(place.division, period, place.previous, ledger)
            counts = figures.total(figures.rows(self.on), self.on).counts
        more_time = extended.get(ledger.pk, {})
        return explain_unit(counts, period, ledger, self.on, more_time, self.task)

    @property
    def _lines(self) -> EntryQuerySet:
        seen = Entry.objects.visible_to(self.request.user).within(self.place.division)
        return seen.filter(period=self.place.period, task__ledger=self.ledger)

    @property
    def _overrides(self) -> QuerySet[LightOverride]:
        seen = LightOverride.objects.visible_to(self.request.user)
        about = seen.about(self.place.division, self.place.period, self.task)
        return about.select_related("by__division", "ended_by")

    def act(self) -> bool:
        """Carry out what was sent; False where the page is to be shown again."""
        if not self.may_override:
            raise PermissionDenied
        verbs: dict[str, Callable[[], str]] = {"override": self._override, "end": self._end}
        verb = verbs.get(self.request.POST.get("do", ""))
        if verb is None:
            messages.error(self.request, _("Tick something first."))
            return False
        if verb == self._override and not self.form.is_valid():
            return False
        try:
            done = once(self.request, lambda: {"said": verb()})
        except ValidationError as error:
            self._tell(error)
            return False
        messages.success(self.request, done["said"])
        return True

    def _tell(self, error: ValidationError) -> None:
        if self.form.is_bound:
            self.form.tell(error)
        else:
            messages.error(self.request, error.messages[0])

    @property
    def _author(self) -> Author:
        return Author(self.request.user, EntryChange.Origin.PAGE)

    def _override(self) -> str:
        data, place = self.form.cleaned_data, self.place
        about = (place.division, place.period, self.task)
        given = acts.override(*about, data["light"], data["until"], data["reason"], self._author)
        day = date_format(given.until, "MONTH_DAY_FORMAT")
        return _("The light is set by hand until %(day)s.") % {"day": day}

    def _end(self) -> str:
        pk = self.request.POST.get("override", "")
        if not pk.isdecimal() or len(pk) > DIGITS_OF_A_KEY:
            raise Http404
        acts.end_override(get_object_or_404(self._overrides, pk=pk), self._author)
        return _("The light follows the rule again.")

    def context(self) -> dict[str, Any]:
        place, overrides = self.place, list(self._overrides[:EARLIER_SHOWN])
        standing = next((given for given in overrides if given.stands(self.on)), None)
        tasks = self.ledger.tasks.filter(quarters__contains=str(place.period.quarter))
        return {
            "place": place,
            "view_name": "dashboard:light",
            "query": f"?task={self.task.number}" if self.task else "",
            "task": self.task,
            "tasks": tasks,
            "explanation": self.explanation,
            "standing": standing,
            # One that was sent is shown again with what was typed, whatever stands by now.
            "offers_form": self.may_override and (standing is None or self.form.is_bound),
            "may_end": standing is not None and acts.may_end(standing, self.request.user),
            "earlier": [given for given in overrides if given != standing],
            "form": self.form,
        }
