"""Two terms side by side (一降六升): every indicator of a unit, and of the units below."""

from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.http import Request
from accounts.where import Where
from cadres.before_after import before_after as compared
from cadres.models import Term, TermIndicator
from cadres.team_list import counted_from
from cadres.term_choice import two_terms
from villages.models import Level


@require_safe
@permission_required("cadres.view_villageteam", raise_exception=True)
def before_after(request: Request, code: str) -> HttpResponse:
    where, today = Where.at(request.user, code), timezone.localdate()
    before, after = two_terms(request.GET)
    since = counted_from(where.division, request.user, today)
    context = {
        "where": where,
        "view_name": "cadres:before_after",
        "today": today,
        "terms": Term.objects.all(),
        "before": before,
        "after": after,
        "since": since,
        "days_to_next": since.days_to_next(today) if since else None,
        "below": Level(where.division.level).below,
        "suggested": TermIndicator.objects.in_use().filter(is_suggestion=True).exists(),
    }
    if before and after:
        indicators = list(TermIndicator.objects.in_use())
        told = compared(where.division, request.user, (before, after), indicators, today)
        context |= {"indicators": indicators, "whole": told.whole, "rows": told.rows}
        context["elected"] = told.elected
    return render(request, "cadres/before_after.html", context)
