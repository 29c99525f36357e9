from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.http import Request
from tasks.filters import entry_filter
from tasks.models import Entry, Task
from tasks.models.light import explain
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
        "page": Paginator(listed, PAGE_SIZE).get_page(request.GET.get("page")),
    }
    return render(request, "tasks/entries.html", context)


@require_safe
def entry(request: Request, pk: int) -> HttpResponse:
    """One entry: its content, why its light shows what it shows, and its whole history."""
    seen = Entry.objects.visible_to(request.user).select_related(
        "task__ledger", "period", "division__parent__parent__parent", "township", "submitted_by"
    )
    entry = get_object_or_404(seen.with_previous(), pk=pk)
    context = {
        "entry": entry,
        "explanation": explain(entry, timezone.localdate()),
        "reviews": entry.reviews.select_related("reviewer"),
        "changes": entry.changes.select_related("by"),
        "previous": getattr(entry, "previous_value", None),
    }
    return render(request, "tasks/entry.html", context)
