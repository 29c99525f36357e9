"""Who takes part in a round: its villages, its candidates, what they wish, and pairs by hand."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.http import Request
from cadres.actions import pairing
from cadres.models import Organization, PairingMark, PairingPlace, PairingRound, VillageNeed
from cadres.models.person import secrets_of
from cadres.pairing_forms import MarkForm, PersonFilter, VillageFilter, WishForm
from cadres.pairing_members import free, people_by, vacant, villages_by
from cadres.pairing_page import options, rows, weak_among
from cadres.views.pairing import (
    as_it_stands,
    done_once,
    may_change,
    may_view,
    round_or_404,
    tried,
)

PAGE_SIZE = 50


def _chosen(request: Request, name: str) -> list[int]:
    given = request.POST.getlist(name)
    return [int(text) for text in given if text.isdecimal() and len(text) <= 18]


def _check_may_change(request: Request) -> None:
    if request.method == "POST" and not request.user.has_perm("cadres.change_pairinground"):
        raise PermissionDenied


@require_http_methods(["GET", "POST"])
@may_view
def pairing_villages(request: Request, pk: int) -> HttpResponse:
    """The villages of the round, and the vacant ones that could be."""
    of = round_or_404(request, pk)
    _check_may_change(request)
    form = VillageFilter(request.GET, of)
    found = villages_by(form.cleaned_data, vacant(of)) if form.is_valid() else vacant(of)
    if request.method == "POST":
        wanted = (
            found
            if request.POST.get("do") == "add_all"
            else found.filter(pk__in=_chosen(request, "add"))
        )
        if _moved(request, of, list(wanted), "place", pairing.add_places, pairing.drop_places):
            return redirect(request.get_full_path())
        of = as_it_stands(pk)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    shown = [village.pk for village in page]
    needs, weak = _needs(shown), weak_among(shown)
    context = {
        "round": of,
        "rows": rows(of),
        "filter": form,
        "page": page,
        "vacant": [(one, needs.get(one.pk, []), one.pk in weak) for one in page],
        "may_change": of.is_draft and request.user.has_perm("cadres.change_pairinground"),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "cadres/pairing_villages.html", context, status=status)


def _needs(villages: list[int]) -> dict[int, list[str]]:
    needs: dict[int, list[str]] = {}
    stated = VillageNeed.objects.filter(division__in=villages).order_by("tag__name")
    for village, tag in stated.values_list("division", "tag__name"):
        needs.setdefault(village, []).append(tag)
    return needs


def _moved(
    request: Request, of: PairingRound, wanted: list[Any], name: str, add: Any, drop: Any
) -> bool:
    """Add those wanted, or drop those ticked; False and a message where that is refused."""
    if request.POST.get("do") == "drop":
        ticked = _chosen(request, name)
        act, told = (lambda: drop(of, ticked, request.user)), _("Taken out of the round.")
    else:
        ticked = wanted
        act, told = (lambda: add(of, wanted, request.user)), _("Taken into the round.")
    if not ticked:
        messages.warning(request, _("Tick something first."))
        return False
    return done_once(request, act, told)


@require_http_methods(["GET", "POST"])
@may_view
def pairing_candidates(request: Request, pk: int) -> HttpResponse:
    """The candidates of the round, and the people free for it."""
    of = round_or_404(request, pk)
    _check_may_change(request)
    organizations = Organization.objects.visible_to(request.user)
    form = PersonFilter(request.GET, organizations)
    everybody = free(of, request.user)
    found = people_by(form.cleaned_data, everybody) if form.is_valid() else everybody
    if request.method == "POST":
        wanted = (
            found
            if request.POST.get("do") == "add_all"
            else found.filter(pk__in=_chosen(request, "add"))
        )
        both = pairing.add_candidates, pairing.drop_candidates
        if _moved(request, of, list(wanted), "candidate", *both):
            return redirect(request.get_full_path())
        of = as_it_stands(pk)
    inside = (
        of.candidates.in_reach().select_related("person__organization").defer(*secrets_of("person"))
    )
    context = {
        "round": of,
        "candidates": inside.prefetch_related("person__strengths", "prefers", "avoids").order_by(
            "person__pinyin", "pk"
        ),
        "filter": form,
        "page": Paginator(found.without_secrets(), PAGE_SIZE).get_page(request.GET.get("page")),
        "may_change": of.is_draft and request.user.has_perm("cadres.change_pairinground"),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "cadres/pairing_candidates.html", context, status=status)


@require_http_methods(["GET", "POST"])
@may_change
def pairing_wishes(request: Request, pk: int, candidate: int) -> HttpResponse:
    """The counties that a candidate has stated."""
    of = round_or_404(request, pk)
    row = get_object_or_404(of.candidates.in_reach().select_related("person"), pk=candidate)
    row.round = of
    form = WishForm(request.POST if request.method == "POST" else None, row)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data

        def act() -> None:
            pairing.wish(row, given["prefers"], given["avoids"], request.user)

        if done_once(request, act, _("The wishes are stored."), form):
            return redirect("cadres:pairing_candidates", pk)
    if request.method == "POST":
        of = as_it_stands(pk)
    context = {"round": of, "candidate": row, "form": form}
    status = 422 if request.method == "POST" else 200
    return render(request, "cadres/pairing_wishes.html", context, status=status)


@require_http_methods(["GET", "POST"])
@may_view
def pairing_place(request: Request, pk: int, place: int) -> HttpResponse:
    """One village: who is proposed and why, and everybody else with what speaks for or against."""
    of = round_or_404(request, pk)
    _check_may_change(request)
    row = get_object_or_404(of.places.in_reach().select_related("division__parent"), pk=place)
    row.round = of
    form, shown = MarkForm(request.POST if request.method == "POST" else None, row), None
    if request.method == "POST" and form.is_valid():
        if request.POST.get("do") == "try":
            shown = tried(of, form)
        elif _decided(request, row, form):
            return redirect("cadres:pairing_place", pk, place)
    of = as_it_stands(pk)
    (of_place,) = rows(of, only=place)
    context = {
        "round": of,
        "row": of_place,
        "options": options(of, of_place.place),
        "form": form,
        "trial": shown,
        "may_change": of.is_draft and request.user.has_perm("cadres.change_pairinground"),
    }
    status = 422 if request.method == "POST" and shown is None else 200
    return render(request, "cadres/pairing_place.html", context, status=status)


def _decided(request: Request, row: PairingPlace, form: MarkForm) -> bool:
    mark = PairingMark(place=row, **form.cleaned_data)
    told = _("Decided; propose again to see what it does.")
    return done_once(request, lambda: pairing.decide(mark, request.user), told, form)


@require_POST
@may_change
def pairing_take_back(request: Request, pk: int, mark: int) -> HttpResponse:
    """A pin or a ban is taken back; the pair is free again."""
    of = round_or_404(request, pk)
    marks = PairingMark.objects.filter(place__round=of).select_related("place", "candidate__person")
    row = get_object_or_404(marks, pk=mark)
    row.place.round = of
    told = _("Taken back; propose again to see what it does.")
    done_once(request, lambda: pairing.take_back(row, request.user), told)
    return redirect("cadres:pairing_place", pk, row.place_id)
