"""Duty lists: of a village both side by side, of an organisation all its villages, of a unit
above how far they are."""

from dataclasses import dataclass

from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.http import Request
from accounts.where import Where
from cadres.models import Organization, Posting
from tasks import duties
from tasks.models import Period
from tasks.models.duty import Duty
from tasks.place import Place, period_of_today
from villages.models import Division, Level

PAGE_SIZE = 100
NOTHING = duties.Progress()


@dataclass(frozen=True)
class Row:
    """A village in the list of a unit: who is there, who answers, and how far both lists are."""

    village: Division
    secretary: Posting | None
    organizations: list[Organization]
    of_secretary: duties.Progress
    of_organization: duties.Progress


@require_safe
@permission_required("cadres.view_posting", raise_exception=True)
def duties_now(request: Request, code: str) -> HttpResponse:
    where, period = Where.at(request.user, code), period_of_today(timezone.localdate())
    if period is None:
        raise Http404
    return redirect("dashboard:duties", where.division.code, period)


@require_safe
@permission_required("cadres.view_posting", raise_exception=True)
def duty_lists(request: Request, code: str, period: str) -> HttpResponse:
    place, today = Place.or_404(request.user, code, period), timezone.localdate()
    context = {"place": place, "view_name": "dashboard:duties"}
    if place.division.level == Level.VILLAGE:
        (lists,) = duties.lists_of([place.division], place.period, request.user, today)
        return render(request, "dashboard/duties.html", {**context, "lists": lists})
    lines = duties.duty_lines(request.user, place.period)
    villages = Division.objects.within(place.division).filter(pk__in=lines.values("division"))
    ordered = villages.select_related("parent__parent").order_by("parent__code", "code")
    page = Paginator(ordered, PAGE_SIZE).get_page(request.GET.get("page"))
    shown = list(page)
    context |= {"page": page, "rows": _rows(shown, place.period, request)}
    return render(request, "dashboard/duties_of_unit.html", context)


def _rows(villages: list[Division], period: Period, request: Request) -> list[Row]:
    user, today = request.user, timezone.localdate()
    keys = [village.pk for village in villages]
    held = {posting.division_id: posting for posting in duties.secretaries(keys, user, today)}
    bound = duties.organizations(keys, user, today)
    told = duties.progress_of(keys, period, user)
    return [
        Row(
            village,
            held.get(village.pk),
            bound.get(village.pk, []),
            told[village.pk].get(Duty.FIRST_SECRETARY, NOTHING),
            told[village.pk].get(Duty.ORGANIZATION, NOTHING),
        )
        for village in villages
    ]


@require_safe
@permission_required("cadres.view_organization", raise_exception=True)
def organization(request: Request, pk: int, period: str) -> HttpResponse:
    """An organisation follows its villages: each with both lists."""
    seen = Organization.objects.visible_to(request.user)
    found = get_object_or_404(seen.select_related("division"), pk=pk)
    periods = list(Period.objects.order_by("year", "quarter"))
    wanted = next((one for one in periods if one.code == period), None)
    if wanted is None:
        raise Http404
    today = timezone.localdate()
    villages = duties.villages_of(found, request.user, today)
    page = Paginator(villages, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "organization": found,
        "period": wanted,
        "periods": [one for one in periods if one.year == wanted.year],
        "page": page,
        "lists": duties.lists_of(list(page), wanted, request.user, today),
    }
    return render(request, "dashboard/duties_of_organization.html", context)
