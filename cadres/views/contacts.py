"""Contact points of a unit: who has one and who does not, and what came of the visits."""

import re
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.http import Request
from accounts.saved_filters import saved_filters
from accounts.where import Where
from cadres.actions import contacts
from cadres.contact_coverage import leaders, leaders_without, persons_leading
from cadres.contact_filters import ENDED, WITHOUT, LeaderFilter, PointFilter
from cadres.contact_forms import EndForm, PointForm, RemoveForm, VisitForm
from cadres.meanwhile import shown_again
from cadres.models import CadreChange, ContactPoint, ContactVisit, Person
from cadres.models.person import secrets_of
from cadres.views.writing import CONFLICT, carried_out, is_stored, typed_so_far
from villages.models import Level

PAGE_SIZE = 100
CHANGES_SHOWN = 20
VISITS_SHOWN = 200
PK = re.compile("[0-9]{1,18}")


@require_safe
@permission_required("cadres.view_contactpoint", raise_exception=True)
def contact_points(request: Request, code: str) -> HttpResponse:
    """Those in force, those that ended, or the leaders who have none."""
    where, today, user = Where.at(request.user, code), timezone.localdate(), request.user
    show = request.GET.get("show", "")
    filtered: PointFilter
    if show == WITHOUT:
        without = leaders_without(where.division, user, today)
        listed: Any = (
            without.select_related("person", "division")
            .defer(*secrets_of("person"))
            .order_by("division__code", "person__pinyin", "pk")
        )
        filtered = LeaderFilter(request.GET, queryset=listed, unit=where.division)
    else:
        points = ContactPoint.objects.visible_to(user).within(where.division)
        points = points.over(today) if show == ENDED else points.exclude(until__lt=today)
        ordered = points.with_visits().order_by("village__code", "-since", "pk")
        listed = ordered.select_related("leader", "village__parent__parent")
        listed = listed.defer(*secrets_of("leader"))
        filtered = PointFilter(request.GET, queryset=listed, unit=where.division)
    context = {
        "where": where,
        "view_name": "cadres:contact_points",
        "filter": filtered,
        "page": Paginator(filtered.qs, PAGE_SIZE).get_page(request.GET.get("page")),
        "without": show == WITHOUT,
        "may_set": user.has_perm("cadres.add_contactpoint"),
        "is_county": where.division.level == Level.COUNTY,
        "saved": saved_filters(request),
        **_coverage(where, today),
    }
    return render(request, "cadres/contact_points.html", context)


def _coverage(where: Where, today: Any) -> dict[str, Any]:
    """How many leaders have one; below the counties no leader is counted."""
    if where.division.level not in (Level.CITY, Level.COUNTY):
        return {"whole": 0, "covered": 0, "missing": 0}
    whole = leaders(where.division, where.user, today).count()
    missing = leaders_without(where.division, where.user, today).count()
    return {"whole": whole, "covered": whole - missing, "missing": missing}


@require_http_methods(["GET", "POST"])
@permission_required("cadres.add_contactpoint", raise_exception=True)
def new(request: Request, code: str) -> HttpResponse:
    """Set a contact point of one of the leaders of a county."""
    where, today = Where.at(request.user, code), timezone.localdate()
    if where.division.level != Level.COUNTY:
        return redirect(f"{reverse('cadres:contact_points', args=[code])}?show={WITHOUT}")
    leading = persons_leading(where.division, request.user, today)
    asked, status = request.GET.get("leader", ""), 200
    initial = typed_so_far(request)
    if PK.fullmatch(asked):
        initial.setdefault("leader", asked)
    sent = request.POST if is_stored(request) else None
    form = PointForm(sent, county=where.division, leaders=leading, on=today, initial=initial)
    if sent is not None:
        status = carried_out(
            request, form, lambda: contacts.set_point(form.instance, request.user).pk
        )
        if not status:
            messages.success(request, _("The contact point is set."))
            return redirect("cadres:contact_points", code)
    context = {"where": where, "view_name": "cadres:contact_points", "form": form}
    return render(request, "cadres/contact_point_new.html", context, status=status)


@require_http_methods(["GET", "POST"])
@permission_required("cadres.view_contactpoint", raise_exception=True)
def contact_point(request: Request, pk: int) -> HttpResponse:
    """One contact point with its visits; who may, notes another one or lets it end."""
    page = _Page(request, pk)
    if request.method != "POST":
        return page.shown()
    status = page.act()
    return page.shown(status) if status else redirect("cadres:contact_point", pk=pk)


class _Page:
    """The forms of one contact point, of which at most one was sent."""

    def __init__(self, request: Request, pk: int) -> None:
        self.request, self.user = request, request.user
        seen = ContactPoint.objects.visible_to(self.user)
        related = ("leader", "village__parent__parent__parent")
        self.point = get_object_or_404(seen.select_related(*related), pk=pk)
        self.today = timezone.localdate()
        sees = Person.objects.visible_to(self.user).filter(pk=self.point.leader_id)
        # Whose leader it is ends it; whoever is there may note what came of it.
        ends = self.point.is_held(self.today) and self.user.has_perm("cadres.change_contactpoint")
        self.may_end = ends and sees.exists()
        self.may_note = self.user.has_perm("cadres.add_contactvisit")
        if request.method == "POST" and not (self.may_end or self.may_note):
            raise PermissionDenied
        sent = request.POST if request.method == "POST" else None
        self.do = sent.get("do", "") if sent is not None else ""
        self.visit = VisitForm(
            sent if self.do == "visit" else None,
            instance=ContactVisit(contact_point=self.point, on=self.today),
        )
        self.end = EndForm(
            sent if self.do == "end" else None,
            initial={"version": self.point.version, "until": self.today},
        )
        self.remove = RemoveForm(sent if self.do == "remove" else None)

    def act(self) -> int:
        """0 where it was carried out, else the status of the page that is shown again."""
        acts: dict[str, tuple[bool, forms.BaseForm, Callable[[], Any], str]] = {
            "visit": (self.may_note, self.visit, self._note, _("The visit is noted.")),
            "end": (self.may_end, self.end, self._end, _("The contact point has ended.")),
            "remove": (self.may_note, self.remove, self._remove, _("The visit is taken back.")),
        }
        may, form, act, done = acts.get(self.do, (False, self.end, self._end, ""))
        if not may:
            messages.error(self.request, _("This cannot be done here."))
            return 422
        status = carried_out(self.request, form, act)
        if not status:
            messages.success(self.request, done)
        elif status == CONFLICT:
            self._overtaken()
        return status

    def _overtaken(self) -> None:
        """What was typed stays, for the version that is shown now."""
        if self.end.is_bound:
            shown_again(self.end, self.point, self.user, stale=True)
        if self.remove.is_bound:
            visit = self.point.visits.filter(pk=self.remove.cleaned_data["visit"]).first()
            if visit is None:
                self.remove = RemoveForm()  # a reason for nothing
            else:
                shown_again(self.remove, visit, self.user, stale=True)

    def _note(self) -> int:
        return contacts.note_visit(self.visit.instance, self.user).pk

    def _end(self) -> None:
        given, point = self.end.cleaned_data, ContactPoint.objects.get(pk=self.point.pk)
        point.version = given["version"]
        contacts.end_point(point, given["until"], self.user, given["reason"])

    def _remove(self) -> None:
        given = self.remove.cleaned_data
        visit = self.point.visits.filter(pk=given["visit"]).first()
        if visit is None:
            raise ValidationError(_("This visit is not there any more."), "conflict")
        visit.version = given["version"]
        contacts.remove_visit(visit, self.user, given["reason"])

    def shown(self, status: int = 200) -> HttpResponse:
        point = self.point
        context = {
            "where": Where(self.user, point.village),
            "view_name": "cadres:contact_points",
            "point": point,
            "held": point.is_held(self.today),
            "visits": point.visits.all()[:VISITS_SHOWN],
            "changes": CadreChange.objects.of(point).select_related("by")[:CHANGES_SHOWN],
            "visit": self.visit if self.may_note else None,
            "end": self.end if self.may_end else None,
            "remove": self.remove if self.remove.is_bound else None,
        }
        return render(self.request, "cadres/contact_point.html", context, status=status)


@require_http_methods(["GET", "POST"])
@permission_required("cadres.change_contactvisit", raise_exception=True)
def contact_visit(request: Request, pk: int) -> HttpResponse:
    """Put a visit right, or say that more is solved; or take it back on its contact point."""
    visit = _visit(request, pk)
    point, sent, status = visit.contact_point, None, 200
    if request.method == "POST":
        sent = request.POST.copy()
    form, stands = VisitForm(sent, instance=visit), None
    if sent is not None:
        status = carried_out(request, form, lambda: contacts.change_visit(visit, request.user))
        if not status:
            messages.success(request, _("The visit is stored as it is now."))
            return redirect("cadres:contact_point", pk=point.pk)
    if sent is not None and status == CONFLICT:
        stands = _visit(request, pk)
        sent["version"] = str(stands.version)
        form = VisitForm(sent, instance=_visit(request, pk))
    asked = {"version": form.initial["version"], "visit": pk}
    context = {
        "where": Where(request.user, point.village),
        "view_name": "cadres:contact_points",
        "point": point,
        "form": form,
        "stands": [stands] if stands else [],
        "remove": RemoveForm(initial=asked),
    }
    return render(request, "cadres/contact_visit.html", context, status=status)


def _visit(request: Request, pk: int) -> ContactVisit:
    seen = ContactVisit.objects.visible_to(request.user)
    related = ("contact_point__leader", "contact_point__village__parent__parent__parent")
    return get_object_or_404(seen.select_related(*related), pk=pk)
