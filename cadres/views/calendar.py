"""The coverage calendar: which seats are filled, month by month, and what wants attention."""

from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.http import Request
from accounts.where import Where
from cadres.calendar_choice import CalendarForm
from cadres.coverage import Coverage
from cadres.coverage_lists import Listed, lists_of
from cadres.views.postings import may_appoint
from villages.models import Level


@require_safe
@permission_required("cadres.view_posting", raise_exception=True)
def calendar(request: Request, code: str) -> HttpResponse:
    where, today = Where.at(request.user, code), timezone.localdate()
    form = CalendarForm(request.GET, today)
    coverage = form.coverage(where.division, request.user)
    lists = lists_of(coverage, form.cleaned_data["gap"])
    context = {
        "where": where,
        "view_name": "cadres:calendar",
        "form": form,
        "coverage": coverage,
        "is_above": _is_above(coverage),
        "sums": coverage.sums() if coverage.sums_up else [],
        "lines": [] if coverage.sums_up else coverage.lines(),
        "filled": len(coverage.filled),
        "expected": len(coverage.expected),
        "lists": lists,
        "listed": _chosen(lists, form.cleaned_data["show"]),
        "may_appoint": may_appoint(request.user),
        "today": today,
    }
    return render(request, "cadres/calendar.html", context)


def _is_above(coverage: Coverage) -> bool:
    """Whether the seat can be at this unit or below; a village has none of a township."""
    levels = list(Level)
    own = levels.index(Level(coverage.division.level))
    return own <= levels.index(Level(coverage.kind.level))


def _chosen(lists: list[Listed], name: str) -> Listed | None:
    """The list that was asked for, else the first that has lines."""
    asked = next((one for one in lists if one.name == name), None)
    return asked or next((one for one in lists if one.concerns), None)
