from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.http import Request
from dashboard.figures import Figures, needing_attention
from tasks.models import Period
from tasks.place import Place, period_of_today
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
    place = Place.or_404(request.user, code, period)
    if place.division.level == Level.VILLAGE:
        return redirect("dashboard:village", code=code, period=period)
    today = timezone.localdate()
    context = {"place": place, "now": timezone.now(), "view_name": "dashboard:overview"}
    if place.ledger is None:
        return render(request, "dashboard/no_ledger.html", context)
    figures = Figures(place.division, place.period, place.previous, place.ledger)
    rows = figures.rows(today)
    show_map = place.division.level == Level.CITY
    units = [unit for row in rows for unit in row.units] if show_map else []
    context |= {
        "rows": rows,
        "total": figures.total(rows, today),
        "own": figures.own(today) if place.division.level == Level.TOWNSHIP else None,
        "previous": figures.previous,
        "days_left": place.period.days_left(today),
        "below": Level(place.division.level).below,
        "show_map": show_map,
        "units": len(units),
        "attention": needing_attention(units),
        "may_export": request.user.has_perm("tasks.view_entry"),
    }
    return render(request, "dashboard/overview.html", context)


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
