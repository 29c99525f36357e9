from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.http import Request
from tasks.models import Ledger
from villages.models import Level


@require_safe
def ledgers(request: Request) -> HttpResponse:
    seen = Ledger.objects.visible_to(request.user).select_related("division")
    return render(request, "tasks/ledgers.html", {"ledgers": seen})


@require_safe
def ledger(request: Request, pk: int) -> HttpResponse:
    """The yearly list of key tasks, by category, as it is hung on the wall."""
    seen = Ledger.objects.visible_to(request.user).select_related("division", "issued_by")
    ledger = get_object_or_404(seen, pk=pk)
    context = {
        "ledger": ledger,
        "tasks": ledger.tasks.all(),
        "may_issue": ledger.state == Ledger.State.DRAFT and _may_issue(request, ledger),
    }
    return render(request, "tasks/ledger.html", context)


@require_http_methods(["GET", "POST"])
@permission_required("tasks.issue_ledger", raise_exception=True)
def issue(request: Request, pk: int) -> HttpResponse:
    """What issuing asks of whom, and the button that does it, once."""
    seen = Ledger.objects.visible_to(request.user).select_related("division")
    ledger = get_object_or_404(seen, pk=pk)
    if not _may_issue(request, ledger):
        raise PermissionDenied
    if request.method == "POST":
        try:
            count = ledger.issue(request.user, timezone.now())
        except ValidationError as error:
            messages.error(request, error.messages[0])
        else:
            messages.success(
                request, _("Issued: %(count)d entries are now owed.") % {"count": count}
            )
        return redirect("tasks:ledger", pk=pk)
    costs = ledger.costs()
    context = {"ledger": ledger, "costs": costs, "cells": sum(cost.cells for cost in costs)}
    return render(request, "tasks/issue.html", context)


def _may_issue(request: Request, ledger: Ledger) -> bool:
    """A ledger is issued by a manager of the city whose ledger it is."""
    of_city = request.user.level == Level.CITY and request.user.division_id == ledger.division_id
    own = of_city or request.user.sees_everything
    return own and request.user.has_perm("tasks.issue_ledger")
