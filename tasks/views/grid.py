"""The reporting grid of a township, and what its cells open and send."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.http import Request
from accounts.models import User
from accounts.once import once
from tasks import actions, cells, grid
from tasks.actions.filling import last_reported
from tasks.forms import EntryForm
from tasks.models import Entry, EntryChange
from tasks.place import Place
from tasks.returned import returned
from tasks.views.words import words
from tasks.window import Window
from villages.models import Level


def may_fill(user: User) -> bool:
    """Villages and townships fill; levels above return what is wrong."""
    return user.level in (Level.TOWNSHIP, Level.VILLAGE) and user.has_perm("tasks.change_entry")


@require_safe
def grid_page(request: Request, code: str, period: str) -> HttpResponse:
    """All villages and tasks of a quarter on one screen; one village has a page of its own."""
    place = Place.or_404(request.user, code, period)
    if not may_fill(request.user):
        raise PermissionDenied
    if place.division.level != Level.TOWNSHIP:
        return redirect("tasks:report", code=code, period=period)
    today = timezone.localdate()
    built = grid.build(place, today)
    window = Window.of(place.period, today, built.lines)
    context = {
        "place": place,
        "view_name": "tasks:grid",
        "grid": built,
        "previous": place.previous,
        "window": window,
        "is_open": window.is_open and built.runs,
        "words": words(),
    }
    return render(request, "tasks/grid.html", context)


@require_POST
def send_cells(request: Request) -> HttpResponse:
    """Save, confirm, submit or take back some lines; each is answered for itself."""
    if not may_fill(request.user):
        raise PermissionDenied
    try:
        key, items = cells.read(request.body)
    except (ValueError, RecursionError):
        message = _("This request could not be read; load the page again.")
        return JsonResponse({"message": message}, status=400)
    author = actions.Author(request.user, EntryChange.Origin.PAGE)
    try:
        answer = once(
            request.user, key, request.body, lambda: {"cells": cells.carry_out(items, author)}
        )
    except ValidationError as error:
        status = 400 if error.code == "key" else 409
        return JsonResponse({"message": error.messages[0]}, status=status)
    return JsonResponse(answer)


@require_safe
def cell(request: Request, pk: int) -> HttpResponse:
    """One line of the grid in full: its texts, why it came back, what may be done with it."""
    seen = Entry.objects.visible_to(request.user).select_related(
        "task__ledger", "period", "division", "carried_from"
    )
    entry = get_object_or_404(seen, pk=pk)
    if not may_fill(request.user):
        raise PermissionDenied
    last = last_reported([entry]).get((entry.task_id, entry.division_id))
    sources = {entry.carried_from.pk: entry.carried_from} if entry.carried_from else {}
    context = {
        "entry": entry,
        "form": EntryForm(None, instance=entry),
        "is_open": _is_open(entry),
        "last": last,
        "carried": grid.carried_label(entry.period, sources.get(entry.carried_from_id or 0)),
        "returned": returned([entry]).get(entry.pk),
        "may_take_back": Entry.objects.to_take_back(request.user).filter(pk=pk).exists(),
    }
    return render(request, "tasks/partials/grid_drawer.html", context)


def _is_open(entry: Entry) -> bool:
    on = timezone.localdate()
    try:
        actions.check_editable(entry.task, entry.period, entry.state, on, entry.extended_to)
    except ValidationError:
        return False
    return True
