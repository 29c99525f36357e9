"""Amending an issued ledger, in two steps: what it would do to how many lines, then doing it."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.http import Request
from accounts.repeated import once
from tasks import actions
from tasks.amended import villages_of
from tasks.ledger_forms import CHOICES, FORMS, OF_A_TASK, AmendmentForm
from tasks.models import EntryChange, Ledger, Task
from tasks.views.ledgers import TaskRow, kept_ledger, task_rows

DIGITS_OF_A_KEY = 9


@require_http_methods(["GET", "POST"])
@permission_required("tasks.add_amendment", raise_exception=True)
def amend(request: Request, pk: int) -> HttpResponse:
    """What stands, one amendment at a time, and all that were made."""
    ledger = kept_ledger(request, pk)
    if ledger.state != Ledger.State.ISSUED:
        messages.info(request, _("Only a ledger that is issued and not closed is amended."))
        return redirect("tasks:ledger", pk=pk)
    amendments = list(ledger.amendments.select_related("task", "division", "by"))
    rows = task_rows(ledger, amendments)
    form, row = _form(request, ledger, rows)
    wanted = request.POST.get("do")
    is_right = wanted in ("preview", "confirm") and form is not None and form.is_valid()
    if form and is_right and wanted == "confirm" and _confirm(request, form):
        return redirect("tasks:amend", pk=pk)
    context = {
        "ledger": ledger,
        "rows": rows,
        "amendments": amendments,
        "villages": villages_of(amendments, request.user),
        "foreseen": villages_of([form.effect] if form else [], request.user),
        "form": form,
        "row": row,
        "confirms": bool(is_right and form and not form.errors),
        "choices": CHOICES,
    }
    refused = request.method == "POST" and wanted != "edit" and not context["confirms"]
    return render(request, "tasks/amend.html", context, status=422 if refused else 200)


def _form(
    request: Request, ledger: Ledger, rows: list[TaskRow]
) -> tuple[AmendmentForm | None, TaskRow | None]:
    """The form that the address asks for, with the task that it is about."""
    form = FORMS.get(request.GET.get("kind", ""))
    key = request.GET.get("task", "")
    known = key.isdecimal() and len(key) <= DIGITS_OF_A_KEY
    row = next((row for row in rows if known and row.task.pk == int(key)), None)
    if form is None or (form in OF_A_TASK and row is None):
        return None, None
    author = actions.Author(request.user, EntryChange.Origin.PAGE)
    # A task of its own, so that what is typed does not show in the list.
    task = Task.objects.select_related("ledger").get(pk=row.task.pk) if row else None
    return form(request.POST or None, ledger=ledger, author=author, task=task), row


def _confirm(request: Request, form: AmendmentForm) -> bool:
    """Do it, once; where something moved since the preview, the form says what."""

    def act() -> dict[str, Any]:
        done = form.act()
        return {"says": done.says, "entries": done.entries}

    try:
        done = once(request, act)
    except ValidationError as error:
        form.tell(error)
        return False
    text = _("%(what)s. Lines concerned: %(count)d.")
    messages.success(request, text % {"what": done["says"], "count": done["entries"]})
    return True
