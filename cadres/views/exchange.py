"""Two holders change places: who with is searched, then both are shown as they will stand."""

import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.http import Request
from accounts.repeated import once
from accounts.where import Where
from cadres.actions import postings
from cadres.history import Told
from cadres.meanwhile import changed_since
from cadres.models import Posting
from cadres.models.posting import PostingQuerySet
from cadres.months import day_of
from cadres.posting_forms import ExchangeForm
from cadres.views.posting import is_kept, posting_or_404, put_errors
from cadres.views.writing import CONFLICT, UNPROCESSABLE

FOUND = 20


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("cadres.view_posting", raise_exception=True)
def exchange(request: Request, pk: int) -> HttpResponse:
    one = posting_or_404(request, pk)
    if not is_kept(request.user, one):
        raise PermissionDenied
    given = request.POST if request.method == "POST" else request.GET
    others = _others(request, one)
    other = others.filter(pk=_number(given.get("other"))).first()
    if request.method != "POST":
        on = day_of(given.get("on")) or timezone.localdate() + postings.ONE_DAY
        return _page(request, one, others, other, on)
    form = ExchangeForm(request.POST)
    if other is not None and request.POST.get("do") == "preview" and "on" not in form.errors:
        on = form.cleaned_data["on"]
        typed = {"reason": request.POST.get("reason", "")}
        again = ExchangeForm(initial=_seen(one, other, on) | typed)
        return _page(request, one, others, other, on, again)
    if other is None or not form.is_valid():
        on = day_of(given.get("on")) or timezone.localdate() + postings.ONE_DAY
        if other is None:
            messages.error(request, _why_nobody(request, one, on))
        return _page(request, one, others, other, on, form, 422)
    on, reason = form.cleaned_data["on"], form.cleaned_data["reason"]
    if on != day_of(request.POST.get("previewed")):
        messages.info(request, _("This is how they stand on that day; confirm once more."))
        return _page(request, one, others, other, on, form)
    one.version, other.version = (form.cleaned_data[name] for name in ("version", "other_version"))
    try:
        made = once(request, lambda: _do(one, other, on, request, reason))
    except ValidationError as error:
        status = CONFLICT if getattr(error, "code", "") == "conflict" else UNPROCESSABLE
        return _again(request, pk, other.pk, on, error, status)
    messages.success(request, _("They change places from that day on."))
    return redirect("cadres:posting", made["one"])


def _why_nobody(request: Request, one: Posting, on: datetime.date) -> str:
    """In words, where whoever was chosen is not to be chosen any more."""
    kept = Posting.objects.kept_by(request.user).select_related("person", "kind", "division")
    chosen = kept.filter(pk=_number(request.POST.get("other"))).first()
    swapped = Posting.EndReason.SWAPPED
    if chosen and one.end_reason == chosen.end_reason == swapped and one.end == chosen.end:
        return _("These two have changed places already; nothing more was done.")
    why_not = postings.why_not_exchanged(one, chosen, on) if chosen else ""
    return why_not or _("Choose with whom; whoever was chosen is not found any more.")


def _do(
    one: Posting, other: Posting, on: datetime.date, request: Request, reason: str
) -> dict[str, Any]:
    made, _theirs = postings.exchange(one, other, on, request.user, reason)
    return {"one": made.pk}


def _others(request: Request, one: Posting) -> PostingQuerySet:
    """Of the same kind, elsewhere, held without an end, and for this user to decide on."""
    kept = Posting.objects.kept_by(request.user).filter(kind=one.kind, end=None)
    return kept.exclude(division=one.division).for_list()


def _again(
    request: Request, pk: int, other_pk: int, on: datetime.date, error: ValidationError, status: int
) -> HttpResponse:
    """As both stand now, with the reason that was typed."""
    one = posting_or_404(request, pk)
    others = _others(request, one)
    other = others.filter(pk=other_pk).first()
    data = request.POST.copy()
    data["version"] = str(one.version)
    data["other_version"] = str(other.version if other else 1)
    form = ExchangeForm(data)
    form.is_valid()
    if status == CONFLICT:
        form.meanwhile = _meanwhile(request, one, other)
    if not form.meanwhile:
        put_errors(form, error)
    return _page(request, one, others, other, on, form, status)


def _meanwhile(request: Request, one: Posting, other: Posting | None) -> list[Told]:
    """What was changed of either since the preview that was confirmed."""
    pairs = [(one, "version"), (other, "other_version")]
    return [
        told
        for posting, name in pairs
        if posting
        for told in changed_since(posting, _number(request.POST.get(name)), request.user)
    ]


def _page(
    request: Request,
    one: Posting,
    others: PostingQuerySet,
    other: Posting | None,
    on: datetime.date,
    form: ExchangeForm | None = None,
    status: int = 200,
) -> HttpResponse:
    text = request.GET.get("q", "")
    found = list(others.search(text).order_by("division__path")[: FOUND + 1])
    why_not = postings.why_not_exchanged(one, other, on) if other else ""
    context = {
        "where": Where(request.user, one.division),
        "view_name": "cadres:postings",
        "posting": one,
        "other": other,
        "on": on,
        "text": text,
        "found": found[:FOUND],
        "more": len(found) > FOUND,
        "why_not": why_not,
        "changes": _changes(one, other, on) if other and not why_not else [],
        "form": form or ExchangeForm(initial=_seen(one, other, on)),
    }
    return render(request, "cadres/exchange.html", context, status=status)


def _seen(one: Posting, other: Posting | None, on: datetime.date) -> dict[str, Any]:
    return {"version": one.version, "other_version": other.version if other else 1, "on": on}


def _changes(one: Posting, other: Posting, on: datetime.date) -> list[tuple[Posting, Posting]]:
    """What each holds now, and what each will hold."""
    return [
        (held, postings.continued(held, place, on)) for held, place in ((one, other), (other, one))
    ]


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 19 else 0
