from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.http import Request
from tasks.entry_page import EntryPage
from tasks.exemption_forms import AskForm, LiftForm
from tasks.filters import entry_filter
from tasks.models import Entry, Look, Task
from tasks.place import Place

PAGE_SIZE = 100


@require_safe
def entries(request: Request, code: str, period: str) -> HttpResponse:
    """Entries of a division and quarter: what every number on the overview opens."""
    place = Place.or_404(request.user, code, period)
    seen = Entry.objects.visible_to(request.user).within(place.division)
    tasks = Task.objects.filter(ledger=place.ledger)
    filtered = entry_filter(
        request.GET, seen.filter(period=place.period), tasks, timezone.localdate()
    )
    listed = filtered.qs.select_related("task", "division", "township").in_form_order()
    context = {
        "place": place,
        "view_name": "tasks:entries",
        "filter": filtered,
        "task": filtered.form.cleaned_data.get("task") if filtered.form.is_valid() else None,
        "page": Paginator(listed, PAGE_SIZE).get_page(request.GET.get("page")),
    }
    return render(request, "tasks/entries.html", context)


@require_safe
def entry(request: Request, pk: int) -> HttpResponse:
    """One line: what it says, why its light shows what it shows, its files, its whole story."""
    page = page_of(request, pk)
    if page.waits_for_reader:
        Look.objects.note(request.user, {pk: page.entry.version})
    return entry_page(request, page)


def page_of(request: Request, pk: int) -> EntryPage:
    """The page of an entry that the user sees, else 404."""
    related = ("task__ledger", "period", "division", "township", "submitted_by", "carried_from")
    seen = Entry.objects.visible_to(request.user).select_related(*related, "nothing_granted_by")
    entry = get_object_or_404(seen.with_previous(), pk=pk)
    return EntryPage(entry, request.user, timezone.localdate())


def entry_page(request: Request, page: EntryPage, status: int = 200, **forms: Any) -> HttpResponse:
    """The page, with a form that was sent and refused in the place of the empty one."""
    shown = {"version": page.entry.version}
    context = {
        "page": page,
        "entry": page.entry,
        "previous": getattr(page.entry, "previous_value", None),
        "ask": AskForm(initial=shown),
        "lift": LiftForm(initial=shown),
        **forms,
    }
    return render(request, "tasks/entry.html", context, status=status)
