"""Ledgers as they hang on the wall, and what the city does with one as a whole."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts.http import Request
from accounts.repeated import once
from tasks import actions
from tasks.amended import villages_of
from tasks.ledger_forms import IssueForm
from tasks.models import Amendment, EntryChange, Ledger, Standing, Task
from tasks.models.issuing import in_hours

FIRST, LAST = 1, 4


@dataclass(frozen=True)
class TaskRow:
    """A task of a ledger, and what amendments have made of it: from which quarter on."""

    task: Task
    added: int = 0
    withdrawn: int = 0
    changed: bool = False


def task_rows(ledger: Ledger, amendments: Iterable[Amendment]) -> list[TaskRow]:
    """In the order of their numbers; two queries, the amendments among them."""
    ordered = sorted(amendments, key=lambda amendment: (amendment.at, amendment.pk))
    standing = Standing(ordered)
    changed = {a.task_id for a in ordered if a.kind == Amendment.Kind.CHANGE_TASK}
    rows = []
    for task in ledger.tasks.all():
        asked = [q for q in range(FIRST, LAST + 1) if standing.asks(task.pk, q)]
        added = asked[0] if asked and asked[0] > FIRST else 0
        withdrawn = (asked[-1] + 1 if asked else FIRST) if LAST not in asked else 0
        rows.append(TaskRow(task, added, withdrawn, task.pk in changed))
    return rows


def kept_ledger(request: Request, pk: int) -> Ledger:
    """One that the user's unit keeps; 404 where it is not seen, 403 where it is another's."""
    seen = Ledger.objects.visible_to(request.user).select_related("division")
    ledger = get_object_or_404(seen, pk=pk)
    if not ledger.is_kept_by(request.user):
        raise PermissionDenied
    return ledger


@require_safe
def ledgers(request: Request) -> HttpResponse:
    seen = list(Ledger.objects.visible_to(request.user).select_related("division"))
    rows = [(ledger, _next_year(request, ledger, seen)) for ledger in seen]
    return render(request, "tasks/ledgers.html", {"ledgers": rows})


def _next_year(request: Request, ledger: Ledger, known: Iterable[Ledger]) -> int:
    """For which year the ledger may be copied by the user; 0 where it may not.

    What is not issued yet is changed itself.
    """
    if ledger.state == Ledger.State.DRAFT or not (
        ledger.is_kept_by(request.user) and request.user.has_perm("tasks.add_ledger")
    ):
        return 0
    last = max(other.year for other in known if other.division_id == ledger.division_id)
    return ledger.year + 1 if ledger.year == last else 0


@require_safe
def ledger(request: Request, pk: int) -> HttpResponse:
    """The yearly list of key tasks, by category, as it is hung on the wall."""
    seen = Ledger.objects.visible_to(request.user).select_related(
        "division", "issued_by", "closed_by", "copied_from"
    )
    ledger = get_object_or_404(seen, pk=pk)
    amendments = list(ledger.amendments.select_related("task", "division", "by"))
    runs = ledger.state == Ledger.State.ISSUED
    keeps = ledger.is_kept_by(request.user)
    context = {
        "ledger": ledger,
        "rows": task_rows(ledger, amendments),
        "amendments": amendments,
        "villages": villages_of(amendments, request.user),
        "may_edit": keeps and request.user.is_staff and request.user.has_perm("tasks.change_task"),
        "may_issue": ledger.state == Ledger.State.DRAFT and _may_issue(request, ledger),
        "may_amend": runs and keeps and request.user.has_perm("tasks.add_amendment"),
        "may_set_lights": ledger.state != Ledger.State.DRAFT
        and keeps
        and request.user.has_perm("tasks.add_lightrule"),
        "may_close": runs and _may_issue(request, ledger),
        "copy_for": _next_year(request, ledger, ledger.division.ledgers.all()),
    }
    return render(request, "tasks/ledger.html", context)


@require_http_methods(["GET", "POST"])
@permission_required("tasks.issue_ledger", raise_exception=True)
def issue(request: Request, pk: int) -> HttpResponse:
    """What issuing asks of whom, and the button that does it, once."""
    seen = Ledger.objects.visible_to(request.user).select_related("division", "copied_from")
    ledger = get_object_or_404(seen, pk=pk)
    if not _may_issue(request, ledger):
        raise PermissionDenied
    notice = ledger.notice(timezone.localdate())
    form = IssueForm(request.POST or None) if notice.is_short else None
    status = 200
    if request.method == "POST":
        if _issue(request, ledger, form):
            return redirect("tasks:ledger", pk=pk)
        status = 422
    of_tasks = ledger.task_costs()
    costs = ledger.costs(of_tasks)
    context = {
        "ledger": ledger,
        "of_tasks": of_tasks,
        "costs": costs,
        "cells": sum(cost.cells for cost in costs),
        "hours": in_hours(sum((cost.minutes for cost in costs), Decimal(0))),
        "compared": ledger.compared(costs),
        "notice": notice,
        "form": form,
    }
    return render(request, "tasks/issue.html", context, status=status)


def _issue(request: Request, ledger: Ledger, form: IssueForm | None) -> bool:
    """Whether all is said and done; else the form comes back with what was typed."""
    given = form.cleaned_data if form and form.is_valid() else {}
    try:
        count = once(request, lambda: {"n": ledger.issue(request.user, timezone.now(), **given)})
    except ValidationError as error:
        if getattr(error, "code", "") == "notice" and form:
            return False
        messages.error(request, error.messages[0])
    else:
        messages.success(
            request, _("Issued: %(count)d entries are now owed.") % {"count": count["n"]}
        )
    return True


@require_http_methods(["GET", "POST"])
@permission_required("tasks.add_ledger", raise_exception=True)
def copy(request: Request, pk: int) -> HttpResponse:
    """A draft for the year after, to be edited before it is issued."""
    ledger = get_object_or_404(Ledger.objects.visible_to(request.user), pk=pk)
    if request.method == "GET":
        return redirect("tasks:ledger", pk=pk)
    year = ledger.year + 1

    def act() -> dict[str, int]:
        copied = actions.copy_ledger(ledger, year, _author(request))
        return {"pk": copied.pk, "tasks": copied.tasks.count()}

    try:
        made = once(request, act)
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return redirect("tasks:ledger", pk=pk)
    text = ngettext(
        "A draft for %(year)d was made with %(count)d task.",
        "A draft for %(year)d was made with %(count)d tasks.",
        made["tasks"],
    )
    messages.success(request, text % {"year": year, "count": made["tasks"]})
    return redirect("tasks:ledger", pk=made["pk"])


@require_http_methods(["GET", "POST"])
@permission_required("tasks.issue_ledger", raise_exception=True)
def close(request: Request, pk: int) -> HttpResponse:
    """End the year of a ledger; where something is still open, say what."""
    ledger = get_object_or_404(Ledger.objects.visible_to(request.user), pk=pk)
    if request.method == "GET":
        return redirect("tasks:ledger", pk=pk)
    try:
        once(request, lambda: actions.close(ledger, _author(request)) or {})
    except ValidationError as error:
        messages.error(request, " ".join([_("The year is not closed."), *error.messages]))
    else:
        messages.success(request, _("The ledger of %(year)d is closed.") % {"year": ledger.year})
    return redirect("tasks:ledger", pk=pk)


def _author(request: Request) -> actions.Author:
    return actions.Author(request.user, EntryChange.Origin.PAGE)


def _may_issue(request: Request, ledger: Ledger) -> bool:
    """A ledger is issued by a manager of the city whose ledger it is."""
    return ledger.is_kept_by(request.user) and request.user.has_perm("tasks.issue_ledger")
