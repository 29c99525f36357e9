from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.http import Request
from dashboard.pages import board_or_404, shown
from dashboard.styleguide import StyleGuide, staff_alone
from tasks.models import Entry, EntryChange, Period
from tasks.models.light import explain
from tasks.place import Place, period_of_today
from tasks.work import has_duties
from villages.models import Division, Level, VillageProfile

SEARCH_SHOWN = 50


@require_safe
def home(request: Request) -> HttpResponse:
    """Their work for those who report or review; the overview for all others."""
    if has_duties(request.user) and Period.objects.exists():
        return redirect("tasks:work")
    return overview_now(request)


@require_safe
def overview_now(request: Request) -> HttpResponse:
    """The overview of the own division in the quarter that people work on now."""
    division = request.user.division or Division.objects.filter(level=Level.CITY).first()
    period = period_of_today(timezone.localdate())
    if division is None or period is None:
        return render(request, "dashboard/nothing_yet.html")
    return redirect("dashboard:overview", code=division.code, period=period)


@require_safe
def overview(request: Request, code: str, period: str) -> HttpResponse:
    """A division's quarter in two minutes: rates, map, what needs attention, and the matrix."""
    return shown(request, "overview", board_or_404(request, code, period))


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


@require_safe
@staff_alone
def styleguide(request: Request) -> HttpResponse:
    """Every part that pages are made of, from the same partials that the pages use."""
    return render(request, "dashboard/styleguide.html", {"guide": StyleGuide()})


@require_safe
def search(request: Request) -> HttpResponse:
    """Divisions by name, code or pinyin initials."""
    text = request.GET.get("q", "").strip()[:40]
    seen = Division.objects.visible_to(request.user).select_related("parent__parent")
    found = list(seen.search(text).order_by("path")[: SEARCH_SHOWN + 1]) if text else []
    context = {
        "text": text,
        "found": found[:SEARCH_SHOWN],
        "more": len(found) > SEARCH_SHOWN,
        "period": period_of_today(timezone.localdate()),
    }
    return render(request, "dashboard/search.html", context)
