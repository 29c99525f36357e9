"""Appointing somebody to a unit."""

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
from cadres.appoint_form import AppointForm
from cadres.models.posting_kind import FIRST_SECRETARY
from cadres.views.posting import put_errors
from cadres.views.postings import may_appoint


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("cadres.add_posting", raise_exception=True)
def appoint(request: Request, code: str) -> HttpResponse:
    """The form may come filled in, by an address with `kind`, `unit` and `person`."""
    where, today = Where.at(request.user, code), timezone.localdate()
    if not may_appoint(request.user):
        raise PermissionDenied
    if request.method != "POST":
        given = {
            "kind": request.GET.get("kind") or FIRST_SECRETARY,
            "division": request.GET.get("unit", ""),
            "person": request.GET.get("person", ""),
            "start": today.isoformat(),
        }
        return _page(request, where, AppointForm(given, request.user, where.division, today))
    form = AppointForm(request.POST, request.user, where.division, today)
    if request.POST.get("do") == "find":
        return _page(request, where, form)
    if not form.is_valid():
        return _page(request, where, form, 422)
    try:
        made = once(request, lambda: _do(form, request))
    except postings.Doubtful as doubts:
        form.add_error("reason", [*doubts.messages, _("Say why it is done all the same.")])
        return _page(request, where, form, 422)
    except ValidationError as error:
        put_errors(form, error)
        status = 409 if getattr(error, "code", "") == "conflict" else 422
        return _page(request, where, form, status)
    messages.success(request, _("The appointment is entered."))
    return redirect("cadres:posting", made["posting"])


def _do(form: AppointForm, request: Request) -> dict[str, Any]:
    made = postings.appoint(form.posting(), request.user, form.cleaned_data["reason"])
    return {"posting": made.pk}


def _page(request: Request, where: Where, form: AppointForm, status: int = 200) -> HttpResponse:
    shows_errors = status != 200
    context = {
        "where": where,
        "view_name": "cadres:postings",
        "form": form,
        "kind": form.kind_now,
        "shows_errors": shows_errors,
    }
    return render(request, "cadres/appoint.html", context, status=status)
