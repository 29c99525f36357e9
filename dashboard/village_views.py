from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.http import Request
from tasks.models import Entry, EntryChange, Period
from tasks.models.light import explain
from tasks.place import Place
from villages.models import Level, VillageProfile


@require_safe
def village(request: Request, code: str, period: str) -> HttpResponse:
    """One village: its facts, and its tasks in the quarter with what each light means."""
    place = Place.or_404(request.user, code, period)
    if place.division.level != Level.VILLAGE:
        return redirect("dashboard:overview", code=code, period=period)
    entries = _with_explanations(place, place.period)
    profiles = VillageProfile.objects.visible_to(request.user)
    context = {
        "place": place,
        "view_name": "dashboard:village",
        "entries": entries,
        "reported": sum(entry.state in ("submitted", "accepted") for entry, _why in entries),
        "profile": profiles.filter(division=place.division).first(),
        "may_report": Entry.objects.fillable_by(request.user)
        .owed()
        .filter(division=place.division, period=place.period)
        .exists(),
        "changes": EntryChange.objects.visible_to(request.user)
        .filter(entry__division=place.division, entry__period=place.period)
        .select_related("entry__task", "by")[:8],
    }
    return render(request, "dashboard/village.html", context)


def _with_explanations(place: Place, period: Period) -> list[tuple[Entry, object]]:
    today = timezone.localdate()
    entries: QuerySet[Entry] = (
        Entry.objects.visible_to(place.user)
        .owed()
        .filter(division=place.division, period=period)
        .select_related("task__ledger", "period")
        .with_previous()
        .order_by("task__number")
    )
    return [(entry, explain(entry, today)) for entry in entries]
