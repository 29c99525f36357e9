"""Reviewing: what waits at the own level, exceptions first, accepted in bulk or returned."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.http import Request
from tasks.models import Entry, Exemption, Look, Oddity, Period, ReturnReason, Section
from tasks.place import Place, period_of_today
from tasks.review_desk import Desk
from tasks.review_forms import CellsForm, ReturnForm
from tasks.review_lines import groups_of, lines_of
from tasks.views.review_acts import Turn, recent_acts, take_turn
from villages.models import Level

PAGE_SIZE = 100


@require_safe
@permission_required("tasks.review_entry", raise_exception=True)
def review_now(request: Request) -> HttpResponse:
    """The latest quarter in which something waits; else the one that people work on."""
    waiting = Entry.objects.waiting_for(request.user).order_by("-period__year", "-period__quarter")
    first = waiting.values_list("period", flat=True).first()
    period = Period.objects.filter(pk__in=[first]).first() or period_of_today(timezone.localdate())
    if request.user.division is None or period is None:
        raise Http404
    return redirect("tasks:review", code=request.user.division.code, period=period)


@require_http_methods(["GET", "POST"])
@permission_required("tasks.review_entry", raise_exception=True)
def review(request: Request, code: str, period: str) -> HttpResponse:
    place = Place.or_404(request.user, code, period)
    desk = Desk(place, request.GET)
    reasons = list(ReturnReason.objects.in_use())
    turn = Turn(ReturnForm(None, reasons))
    if request.method == "POST":
        turn = take_turn(request, desk, reasons)
    if turn.is_over:
        return redirect(request.get_full_path())
    context = _context(request, desk, turn, reasons)
    return render(request, "tasks/review.html", context, status=turn.status)


def _context(
    request: Request, desk: Desk, turn: Turn, reasons: list[ReturnReason]
) -> dict[str, Any]:
    place, standing = desk.place, desk.standing()
    related = desk.in_order().with_previous().select_related("task", "division", "township")
    shown = related.select_related("submitted_by")
    page = Paginator(shown, PAGE_SIZE).get_page(request.GET.get("page"))
    entries: list[Entry] = list(page.object_list)
    page.object_list = entries
    Look.objects.note(request.user, {entry.pk: entry.version for entry in entries})
    return {
        "place": place,
        "view_name": "tasks:review",
        "filter": desk.filter,
        "page": page,
        "groups": groups_of(lines_of(entries, place.period), desk.tally.sections),
        "shown": request.GET.get("show", ""),
        "narrowed": any(request.GET.get(name) for name in desk.filter.filters if name != "show"),
        "standing": standing,
        "form": turn.many,
        "cells": _cells(turn, entries, reasons),
        "blank_cells": CellsForm(None, reasons, 0),
        "chosen": turn.chosen,
        "acts": recent_acts(request),
        "exemptions": Exemption.objects.waiting_for(request.user).count(),
        "has_units": place.division.level != Level.VILLAGE,
        **_counts(desk),
    }


@dataclass(frozen=True)
class Choice:
    """What may be shown alone: its name in the address, in words, how many lines, the address."""

    name: str
    label: str
    count: int
    query: str


def _choices(desk: Desk, choices: Iterable[tuple[str, Any, int]]) -> list[Choice]:
    made = []
    for name, label, count in choices:
        query = desk.chosen.copy()
        query.pop("page", None)
        query.pop("show", None)
        if name:
            query["show"] = name
        made.append(Choice(name, str(label), count, f"?{query.urlencode()}"))
    return made


def _counts(desk: Desk) -> dict[str, Any]:
    """What is counted above the list, each count showing its lines alone."""
    tally = desk.tally
    sections = [(s.name.lower(), s.label, tally.sections[s]) for s in Section]
    odd = [(o.value, o.label, tally.oddities[o]) for o in Oddity if tally.oddities[o]]
    everything = ("", _("Everything that waits"), tally.total)
    return {"counts": _choices(desk, [everything, *sections]), "odd": _choices(desk, odd)}


def _cells(turn: Turn, entries: list[Entry], reasons: list[ReturnReason]) -> CellsForm | None:
    """The form of the line whose cells are being marked, with what was typed into it."""
    if turn.one is not None or turn.opened is None:
        return turn.one
    version = {entry.pk: entry.version for entry in entries}.get(turn.opened)
    return (version and CellsForm(None, reasons, turn.opened, version)) or None
