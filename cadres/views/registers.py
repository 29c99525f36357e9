"""The head of the registers: what each of them says of a unit, in figures."""

from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.http import Request
from accounts.where import Where
from cadres.headlines import headlines
from villages.models import Division, Level


@require_safe
@permission_required("cadres.view_posting", raise_exception=True)
def registers_now(request: Request) -> HttpResponse:
    """The registers of the user's own unit; of the city for whoever has none."""
    own = request.user.division or Division.objects.filter(level=Level.CITY).first()
    if own is None:
        raise Http404
    return redirect("cadres:registers", own.code)


@require_safe
@permission_required("cadres.view_posting", raise_exception=True)
def registers(request: Request, code: str) -> HttpResponse:
    where, today = Where.at(request.user, code), timezone.localdate()
    context = {
        "where": where,
        "view_name": "cadres:registers",
        "headlines": headlines(where.division, request.user, today),
        "today": today,
    }
    return render(request, "cadres/registers.html", context)
