"""Organisations that send cadres: how many they have sent, how many they can, and where to."""

from typing import Any

from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.db.models import OuterRef, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.http import Request
from accounts.saved_filters import saved_filters
from accounts.where import Where
from cadres.models import Organization, Posting
from cadres.organization_filters import organization_filter
from villages.models import Division

PAGE_SIZE = 100


@require_safe
@permission_required("cadres.view_organization", raise_exception=True)
def organizations(request: Request, code: str) -> HttpResponse:
    """Those of a unit and below, and those of the units above that send people here."""
    where, today = Where.at(request.user, code), timezone.localdate()
    held = _held(request, where.division, today)
    seen = Organization.objects.visible_to(request.user).filter(
        division__in=Division.objects.in_line(where.division)
    )
    counted = seen.with_sent(held.filter(organization=OuterRef("pk")))
    filtered = organization_filter(request.GET, counted)
    listed = filtered.qs.select_related("division").prefetch_related("functions", "strengths")
    context = {
        "where": where,
        "view_name": "cadres:organizations",
        "filter": filtered,
        "saved": saved_filters(request),
        "page": Paginator(listed, PAGE_SIZE).get_page(request.GET.get("page")),
        "may_edit": request.user.is_staff and request.user.has_perm("cadres.change_organization"),
    }
    return render(request, "cadres/organizations.html", context)


@require_safe
@permission_required("cadres.view_organization", raise_exception=True)
def organization(request: Request, pk: int) -> HttpResponse:
    """One organisation, and whom it has sent where among what the reader sees."""
    seen = Organization.objects.visible_to(request.user).select_related("division")
    found = get_object_or_404(seen, pk=pk)
    place = request.user.division or found.division
    own = Division.objects.visible_to(request.user).filter(pk=found.division_id).first() or place
    sent = Posting.objects.visible_to(request.user).filter(organization=found)
    related = ("person__division", "kind", "division__parent")
    listed = sent.select_related(*related).defer("person__phone", "person__identity_number")
    today = timezone.localdate()
    page = Paginator(listed.order_by("-start", "pk"), PAGE_SIZE)
    context = {
        "where": Where.at(request.user, own.code),
        "view_name": "cadres:organizations",
        "organization": found,
        "sent": sent.on(today).count(),
        "page": page.get_page(request.GET.get("page")),
        "today": today,
        "keeps": request.user.sees_everything or own.pk == found.division_id,
        "may_edit": request.user.is_staff and request.user.has_perm("cadres.change_organization"),
    }
    return render(request, "cadres/organization.html", context)


def _held(request: Request, division: Division, on: Any) -> QuerySet[Posting]:
    return Posting.objects.visible_to(request.user).within(division).on(on)
