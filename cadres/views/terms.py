"""Two terms side by side (一降六升): every indicator of a unit, and of the units below."""

from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.http import Request
from accounts.where import Where
from cadres.indicators import compare
from cadres.models import Term, TermIndicator
from cadres.team_list import counts
from cadres.views.teams import chosen_term
from villages.models import Level


@require_safe
@permission_required("cadres.view_villageteam", raise_exception=True)
def before_after(request: Request, code: str) -> HttpResponse:
    where, today = Where.at(request.user, code), timezone.localdate()
    after = _after(request)
    before = _before(request, after)
    if before and after and before.year > after.year:
        before, after = after, before
    newest = Term.objects.newest()
    context = {
        "where": where,
        "view_name": "cadres:before_after",
        "today": today,
        "terms": Term.objects.all(),
        "before": before,
        "after": after,
        "newest": newest,
        "days_to_next": newest.days_to_next(today) if newest else None,
        "below": Level(where.division.level).below,
        "suggested": TermIndicator.objects.in_use().filter(is_suggestion=True).exists(),
    }
    if before and after:
        indicators = list(TermIndicator.objects.in_use())
        terms = (before, after)
        whole, rows = compare(where.division, request.user, terms, indicators)
        context |= {"indicators": indicators, "whole": whole, "rows": rows}
        context["elected"] = [
            counts(where.division, request.user, term)[0] for term in (before, after)
        ]
    return render(request, "cadres/before_after.html", context)


def _after(request: Request) -> Term | None:
    """The term that is named, else the last one that has anything to count."""
    if request.GET.get("to"):
        return chosen_term(request, "to")
    return Term.objects.elected().newest() or Term.objects.newest()


def _before(request: Request, after: Term | None) -> Term | None:
    """The term that is named, else the one before the later one."""
    if request.GET.get("from"):
        return chosen_term(request, "from")
    return Term.objects.before(after) if after else None
