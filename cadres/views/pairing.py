"""Rounds of matching: the list, one round with its proposal, trying other rules, applying."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.http import Request
from accounts.repeated import once
from accounts.where import Where
from cadres.actions import pairing, proposing
from cadres.models import PairingRound
from cadres.pairing_forms import CriteriaForm, MarkForm, RoundForm
from cadres.pairing_page import Trial, figures, filled_from_above, rows, trial
from villages.models import Level

RUN_BY = (Level.CITY, Level.COUNTY)
DIGITS_OF_A_VERSION = 9
may_view = permission_required("cadres.view_pairinground", raise_exception=True)
may_change = permission_required("cadres.change_pairinground", raise_exception=True)


def round_or_404(request: Request, pk: int) -> PairingRound:
    """A round that the user may see, in the version that the sent form was made from."""
    seen = PairingRound.objects.visible_to(request.user)
    found = get_object_or_404(seen.select_related("division", "kind", "applied_by"), pk=pk)
    sent = request.POST.get("version", "")
    if sent.isdecimal() and len(sent) <= DIGITS_OF_A_VERSION:
        found.version = int(sent)
    return found


def as_it_stands(pk: int) -> PairingRound:
    """The round to be shown after something was tried: in the version that is stored."""
    rounds = PairingRound.objects.select_related("division", "kind", "applied_by")
    return get_object_or_404(rounds, pk=pk)


def done_once(request: Request, act: Callable[[], object], told: str, form: Any = None) -> bool:
    """Do it once; where it is refused, the form or a message says why."""

    def do() -> dict[str, Any]:
        act()
        return {}

    return done(request, lambda: once(request, do), told, form)


def done(request: Request, act: Callable[[], object], told: str, form: Any = None) -> bool:
    """Do it, each time that it is asked for."""
    try:
        act()
    except ValidationError as error:
        if form is not None:
            form.tell(error)
        else:
            messages.error(request, " ".join(error.messages))
        return False
    messages.success(request, told)
    return True


@require_http_methods(["GET", "POST"])
@may_view
def pairing_rounds(request: Request, code: str) -> HttpResponse:
    """The rounds of a unit and of those below it; and a form for a new one of its own."""
    where = Where.at(request.user, code)
    runs = where.division.level in RUN_BY and request.user.has_perm("cadres.add_pairinground")
    if request.method == "POST" and not runs:
        raise PermissionDenied
    new = PairingRound(division=where.division)
    form = RoundForm(request.POST or None, instance=new) if runs else None
    if request.method == "POST" and form is not None and form.is_valid():
        new = form.instance
        told = _("The round is begun; open it and choose its villages and candidates.")
        if done_once(request, lambda: pairing.begin(new, request.user), told, form):
            return redirect("cadres:pairing_rounds", code)
    seen = PairingRound.objects.visible_to(request.user)
    context = {
        "where": where,
        "view_name": "cadres:pairing_rounds",
        "rounds": seen.filter(division__path__startswith=where.division.path).select_related(
            "division", "kind"
        ),
        "above": filled_from_above(where.division),
        "form": form,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "cadres/pairing_rounds.html", context, status=status)


@require_http_methods(["GET", "POST"])
@may_view
def pairing_round(request: Request, pk: int) -> HttpResponse:
    """The proposal by village; the criteria, which can be tried out before they are stored."""
    if request.method == "POST" and not request.user.has_perm("cadres.change_pairinground"):
        raise PermissionDenied
    of = round_or_404(request, pk)
    data = request.POST if request.method == "POST" else None
    form, shown = CriteriaForm(data, of), None
    if data is not None and form.is_valid():
        if data.get("do") == "save":
            saved = _("The criteria are stored; propose again to see what they do.")
            if done_once(request, lambda: pairing.change(of, form.says, request.user), saved, form):
                return redirect("cadres:pairing_round", pk)
        else:
            shown = tried(of, form)
    return _page(request, pk, form, shown, refused=data is not None and shown is None)


def tried(of: PairingRound, form: CriteriaForm | MarkForm) -> Trial | None:
    """What the form would do; None, and told in the form, where nothing can be said of it."""
    try:
        return trial(of, form.attempt)
    except ValidationError as error:
        form.tell(error)
        return None


def _page(
    request: Request, pk: int, form: CriteriaForm, shown: Trial | None, refused: bool
) -> HttpResponse:
    of = as_it_stands(pk)
    context = {
        "round": of,
        "figures": figures(of),
        "candidates": of.candidates.in_reach().count(),
        "rows": rows(of),
        "form": form,
        "trial": shown,
        "may_change": of.is_draft and request.user.has_perm("cadres.change_pairinground"),
        "may_apply": of.is_draft and request.user.has_perm("cadres.add_posting"),
    }
    return render(request, "cadres/pairing_round.html", context, status=422 if refused else 200)


@require_POST
@may_change
def pairing_propose(request: Request, pk: int) -> HttpResponse:
    of = round_or_404(request, pk)
    told = _("This is proposed; nothing becomes a posting before it is applied.")
    # Without a key, which would be held while it is solved: asked twice, it says the same.
    done(request, lambda: proposing.put_forward(of, request.user), told)
    return redirect("cadres:pairing_round", pk)


@require_POST
@permission_required(["cadres.change_pairinground", "cadres.add_posting"], raise_exception=True)
def pairing_apply(request: Request, pk: int) -> HttpResponse:
    of = round_or_404(request, pk)
    told = _("All that was proposed is applied: the postings stand in the register.")
    done_once(request, lambda: proposing.apply(of, request.user), told)
    return redirect("cadres:pairing_round", pk)


@require_POST
@permission_required("cadres.delete_pairinground", raise_exception=True)
def pairing_discard(request: Request, pk: int) -> HttpResponse:
    of = round_or_404(request, pk)
    if done_once(request, lambda: pairing.discard(of, request.user), _("The round is given up.")):
        return redirect("cadres:pairing_rounds", of.division.code)
    return redirect("cadres:pairing_round", pk)
