"""Records that may be of one person: the doubtful ones, two side by side, what was decided."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.http import Request
from accounts.repeated import once
from accounts.where import Where
from cadres import duplicates as doubtful
from cadres.actions import merging
from cadres.comparing import compared
from cadres.merge_forms import DecideForm, ProposeForm
from cadres.merge_warnings import warnings_of
from cadres.models import Person, PersonMerge
from cadres.models.person import secrets_of
from cadres.views.persons import person_of

PAGE_SIZE = 100
CHANGE, DECIDE = "cadres.change_person", "cadres.decide_personmerge"


@require_safe
@permission_required(CHANGE, raise_exception=True)
def duplicates(request: Request, code: str) -> HttpResponse:
    where = Where.at(request.user, code)
    seen = Person.objects.visible_to(request.user).within(where.division).standing()
    context = {
        "where": where,
        "view_name": "cadres:duplicates",
        "pairs": doubtful.pairs(seen),
        "most": doubtful.MOST,
    }
    return render(request, "cadres/duplicates.html", context)


@require_safe
@permission_required(CHANGE, raise_exception=True)
def merges(request: Request, code: str) -> HttpResponse:
    """What waits for a verdict, then what was decided."""
    where = Where.at(request.user, code)
    seen = PersonMerge.objects.visible_to(request.user).within(where.division)
    related = ("kept__division", "merged__division", "proposed_by", "decided_by", "undone_by")
    listed = (
        seen.select_related(*related)
        .defer(*secrets_of("kept", "merged"))
        .order_by("verdict", "-proposed_at")
    )
    context = {
        "where": where,
        "view_name": "cadres:merges",
        "page": Paginator(listed, PAGE_SIZE).get_page(request.GET.get("page")),
    }
    return render(request, "cadres/merges.html", context)


@require_http_methods(["GET", "POST"])
@permission_required(CHANGE, raise_exception=True)
def compare(request: Request, pk: int, other: int) -> HttpResponse:
    """Two records side by side; which values the one that stays shall have is chosen here."""
    kept, merged = person_of(request, pk), person_of(request, other)
    if kept == merged or not (kept.is_standing and merged.is_standing):
        raise Http404
    form = ProposeForm(request.POST if request.method == "POST" else None)
    if request.method == "GET" or not form.is_valid():
        return _compare_page(request, kept, merged, form)

    def act() -> dict[str, Any]:
        chosen = [name for name in merging.CHOICES if request.POST.get(f"take-{name}") == "merged"]
        reason = form.cleaned_data["reason"]
        return {"pk": merging.propose(kept, merged, chosen, reason, request.user).pk}

    try:
        told = once(request, act)
    except ValidationError as refused:
        form.add_error(None, refused.messages)
        return _compare_page(request, kept, merged, form)
    messages.success(request, _("Proposed; somebody else decides."))
    return redirect("cadres:merge", told["pk"])


def _compare_page(
    request: Request, kept: Person, merged: Person, form: ProposeForm
) -> HttpResponse:
    chosen = set(merging.empty_here(kept, merged))
    where = Where(request.user, kept.division)
    context = {
        "where": where,
        "view_name": "cadres:duplicates",
        "back": where.highest,
        "kept": kept,
        "merged": merged,
        "rows": compared(kept, merged, chosen, request.user),
        "warnings": warnings_of(kept, merged, request.user, timezone.localdate()),
        "form": form,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "cadres/compare.html", context, status=status)


@require_http_methods(["GET", "POST"])
@permission_required(CHANGE, raise_exception=True)
def merge(request: Request, pk: int) -> HttpResponse:
    """A proposal with its two records, and the verdict on it."""
    found = _merge_of(request, pk)
    if request.method == "GET":
        return _merge_page(request, found, DecideForm())
    _check_right(request)
    form = DecideForm(request.POST)
    if not form.is_valid():
        return _merge_page(request, found, form)
    verb = merging.carry_out if form.cleaned_data["do"] == "merge" else merging.refuse
    return _written(request, found, lambda: verb(pk, request.user, form.cleaned_data["comment"]))


@require_http_methods(["GET", "POST"])
@permission_required(DECIDE, raise_exception=True)
def undo(request: Request, pk: int) -> HttpResponse:
    found = _merge_of(request, pk)
    if request.method == "GET":
        return redirect("cadres:merge", pk)
    return _written(request, found, lambda: merging.undo(pk, request.user))


def _check_right(request: Request) -> None:
    if not request.user.has_perm(DECIDE):
        raise PermissionDenied


def _merge_of(request: Request, pk: int) -> PersonMerge:
    seen = PersonMerge.objects.visible_to(request.user)
    related = (
        *("kept__division__parent__parent__parent", "kept__organization", "kept__home"),
        *("merged__division", "merged__organization", "merged__home"),
        *("proposed_by", "decided_by", "undone_by"),
    )
    return get_object_or_404(seen.select_related(*related), pk=pk)


def _written(request: Request, found: PersonMerge, verb: Any) -> HttpResponse:
    def act() -> dict[str, Any]:
        verb()
        return {}

    try:
        once(request, act)
    except ValidationError as refused:
        for message in refused.messages:
            messages.error(request, message)
    else:
        messages.success(request, _("Done."))
    return redirect("cadres:merge", found.pk)


def _warnings(request: Request, found: PersonMerge) -> list[str]:
    """As things stand today, for whoever decides; what was decided is history."""
    if not found.is_waiting:
        return []
    return warnings_of(found.kept, found.merged, request.user, timezone.localdate())


def _merge_page(request: Request, found: PersonMerge, form: DecideForm) -> HttpResponse:
    own = found.proposed_by_id == request.user.pk
    may = request.user.has_perm(DECIDE)
    context = {
        "where": Where(request.user, found.kept.division),
        "view_name": "cadres:merges",
        "merge": found,
        "rows": compared(found.kept, found.merged, set(found.chosen), request.user),
        "warnings": _warnings(request, found),
        "form": form,
        "is_own": own,
        "may_decide": may and found.is_waiting and not own,
        "may_undo": may and found.is_carried_out,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "cadres/merge.html", context, status=status)
