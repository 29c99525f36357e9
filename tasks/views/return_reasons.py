from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.http import Request
from tasks.place import Place
from tasks.return_reasons import reason_table


@require_safe
def return_reasons(request: Request, code: str, period: str) -> HttpResponse:
    """Reasons for returning, by task, in a quarter or with `?span=year` in the whole year."""
    place = Place.or_404(request.user, code, period)
    whole_year = request.GET.get("span") == "year"
    context = {
        "place": place,
        "view_name": "tasks:return_reasons",
        "table": reason_table(place, whole_year=whole_year),
        "whole_year": whole_year,
        # A list of lines is always of one quarter.
        "linked": not whole_year,
    }
    return render(request, "tasks/return_reasons.html", context)
