"""Exemptions: asked for on the page of a line, decided together on a page of their own."""

import re
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import Case, Value, When
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.http import Request
from accounts.repeated import once
from tasks import actions
from tasks.actions.writing import together
from tasks.exemption_filters import ExemptionFilter
from tasks.exemption_forms import AskForm, DecideForm, LiftForm
from tasks.models import Entry, EntryChange, Exemption
from tasks.views.entries import entry_page, page_of

PAGE_SIZE = 100
# A question and the version of its line; the databases' largest numbers have 19 and 10 digits.
SHOWN = re.compile("([0-9]{1,18}):([0-9]{1,9})")


@require_http_methods(["GET", "POST"])
def ask_exemption(request: Request, pk: int) -> HttpResponse:
    """Ask that a line need not be reported; where it is refused, what was typed comes back."""
    page, form = page_of(request, pk), AskForm(request.POST)
    if not page.is_fillable:
        raise PermissionDenied
    if request.method == "GET":
        return redirect("tasks:entry", pk=pk)
    if not form.is_valid():
        return entry_page(request, page, 422, ask=form)

    def act() -> dict[str, Any]:
        given = form.cleaned_data
        actions.exempting.ask(pk, given["version"], given["reason"], _author(request))
        return {}

    try:
        once(request, act)
    except ValidationError as error:
        return _again(request, pk, error, "ask", AskForm)
    messages.success(request, _("The exemption is asked for; the level above decides."))
    return redirect("tasks:entry", pk=pk)


@require_http_methods(["GET", "POST"])
@permission_required("tasks.review_entry", raise_exception=True)
def lift_exemption(request: Request, pk: int) -> HttpResponse:
    page, form = page_of(request, pk), LiftForm(request.POST)
    if request.method == "GET":
        return redirect("tasks:entry", pk=pk)
    if not form.is_valid():
        return entry_page(request, page, 422, lift=form)

    def act() -> dict[str, Any]:
        given = form.cleaned_data
        outcome = actions.exempting.lift(pk, given["version"], given["comment"], _author(request))
        for refusal in outcome.refused:
            raise refusal.error
        return {}

    try:
        once(request, act)
    except ValidationError as error:
        return _again(request, pk, error, "lift", LiftForm)
    messages.success(request, _("The exemption was lifted; the line is owed again."))
    return redirect("tasks:entry", pk=pk)


def _again(
    request: Request, pk: int, error: ValidationError, name: str, form_class: type[Any]
) -> HttpResponse:
    """The page as it stands now, with what was typed, meant for the version that is shown."""
    page = page_of(request, pk)
    data = request.POST.copy()
    data["version"] = str(page.entry.version)
    messages.error(request, error.messages[0])
    status = 409 if getattr(error, "code", "") == "conflict" else 422
    return entry_page(request, page, status, **{name: form_class(data)})


@require_http_methods(["GET", "POST"])
def withdraw_exemption(request: Request, pk: int) -> HttpResponse:
    exemption = get_object_or_404(Exemption.objects.visible_to(request.user), pk=pk)
    if exemption.asked_by_id != request.user.pk:
        raise PermissionDenied
    if request.method == "GET":
        return redirect("tasks:entry", pk=exemption.entry_id)
    try:
        actions.exempting.withdraw(pk, _author(request))
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        messages.success(request, _("The question was withdrawn."))
    return redirect("tasks:entry", pk=exemption.entry_id)


@require_http_methods(["GET", "POST"])
def exemptions(request: Request) -> HttpResponse:
    """What waits for the user's decision, then what was asked and decided in the user's scope."""
    if request.method == "POST" and not request.user.has_perm("tasks.review_entry"):
        raise PermissionDenied
    form, chosen = DecideForm(), _chosen(request)
    if request.method == "POST":
        grants = request.POST.get("do") == "grant"
        form = DecideForm(request.POST, refuses=not grants)
        if not chosen:
            messages.warning(request, _("Tick something first."))
        elif form.is_valid():
            _decide(request, chosen, grants, form.cleaned_data["comment"])
            return redirect(request.get_full_path())
    mine = Exemption.objects.waiting_for(request.user)
    seen: Any = Exemption.objects.visible_to(request.user)
    related = ("entry__division", "entry__township", "entry__task", "entry__period")
    listed = seen.select_related(*related, "asked_by", "decided_by").annotate(
        is_mine=Case(When(pk__in=mine.values("pk"), then=Value(True)), default=Value(False))
    )
    ordered = listed.order_by("-is_mine", "-asked_at", "-pk")
    filtered = ExemptionFilter(request.GET, queryset=ordered, user=request.user)
    page = Paginator(filtered.qs, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "filter": filtered,
        "page": page,
        "may_decide": any(exemption.is_mine for exemption in page),
        # Others have theirs listed here: what they asked for.
        "decides": request.user.has_perm("tasks.review_entry"),
        "form": form,
        "chosen": chosen,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "tasks/exemptions.html", context, status=status)


def _chosen(request: Request) -> dict[int, int]:
    """The versions of the lines that were shown, by exemption."""
    given = (SHOWN.fullmatch(text) for text in request.POST.getlist("exemption"))
    return {int(shown[1]): int(shown[2]) for shown in given if shown}


def _decide(request: Request, chosen: dict[int, int], grants: bool, comment: str) -> None:
    author = _author(request)
    seen = Exemption.objects.visible_to(request.user).filter(pk__in=chosen).order_by("entry")

    def act() -> dict[str, Any]:
        done, refused = 0, []
        entries = seen.values_list("entry", flat=True)
        with together(entries, Entry.objects.visible_to(request.user)):
            for exemption in seen.select_related("entry__division", "entry__task", "entry__period"):
                version = chosen[exemption.pk]
                try:
                    actions.exempting.decide(exemption.pk, version, grants, comment, author)
                except ValidationError as error:
                    refused.append(f"{exemption.entry}: {error.messages[0]}")
                else:
                    done += 1
        return {"done": done, "refused": refused}

    try:
        told = once(request, act)
    except ValidationError as error:
        told = {"done": 0, "refused": error.messages}
    if done := told["done"]:
        granted = ngettext("%(count)d exemption granted.", "%(count)d exemptions granted.", done)
        denied = ngettext("%(count)d exemption refused.", "%(count)d exemptions refused.", done)
        messages.success(request, (granted if grants else denied) % {"count": done})
    for message in told["refused"][:5]:
        messages.error(request, message)


def _author(request: Request) -> actions.Author:
    return actions.Author(request.user, EntryChange.Origin.PAGE)
