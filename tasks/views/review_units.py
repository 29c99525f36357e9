from collections import Counter
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.http import Request
from tasks.place import Place
from tasks.review_units import desks_below, units_of


@require_safe
@permission_required("tasks.review_entry", raise_exception=True)
def review_units(request: Request, code: str, period: str) -> HttpResponse:
    """All units below in one list: what waits for the user in each, and since when."""
    place = Place.or_404(request.user, code, period)
    groups = units_of(place, timezone.localdate())
    sums: Counter[str] = sum((group.sums for group in groups), Counter())
    context: dict[str, Any] = {
        "place": place,
        "view_name": "tasks:review_units",
        "groups": groups,
        "sums": sums,
    }
    context["desks"] = [desk.label for desk in desks_below(request.user)]
    return render(request, "tasks/review_units.html", context)
