from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.http import Request
from tasks.models import Entry
from tasks.place import Place
from villages.models import Level
from villages.village_file import sections_of


@require_safe
def village(request: Request, code: str, period: str) -> HttpResponse:
    """The file of one village: what every register here knows of it, section by section."""
    place = Place.or_404(request.user, code, period)
    if place.division.level != Level.VILLAGE:
        return redirect("dashboard:overview", code=code, period=period)
    own = Entry.objects.fillable_by(request.user).owed()
    context = {
        "place": place,
        "view_name": "dashboard:village",
        "sections": sections_of(place.division, place.period, request.user),
        "may_report": own.filter(division=place.division, period=place.period).exists(),
    }
    return render(request, "dashboard/village.html", context)
