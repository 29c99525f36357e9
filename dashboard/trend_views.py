from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.http import Request
from dashboard.choice import Choice
from dashboard.trend import Measure, Trend
from dashboard.trend_page import TrendPage
from tasks.place import Place


@require_safe
def trend(request: Request, code: str, period: str) -> HttpResponse:
    """How a unit and those below it did over the last twelve quarters."""
    place = Place.or_404(request.user, code, period)
    asked = request.GET.get("measure", "")
    measure = Measure(asked) if asked in Measure else Measure.REPORTED
    shown = TrendPage(Trend(place, timezone.localdate()), measure, request.GET.get("page", "1"))
    context = {
        "place": place,
        "choice": Choice.of(request.GET),
        "query": f"?measure={measure}",
        "view_name": "dashboard:trend",
        "now": timezone.now(),
        "shown": shown,
        "measures": Measure,
        "may_export": request.user.has_perm("tasks.view_entry"),
    }
    return render(request, "dashboard/trend.html", context)
