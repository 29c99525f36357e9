from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.http import Request
from dashboard.pages import board_or_404, shown
from dashboard.styleguide import StyleGuide, staff_alone
from tasks.models import Period
from tasks.place import period_of_today
from tasks.work import has_duties
from villages.models import Division, Level

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
