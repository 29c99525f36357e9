"""Talks on the situation and policies: where one was given, and where none was this year."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.http import Request
from accounts.saved_filters import saved_filters
from accounts.where import Where
from cadres.actions import contacts
from cadres.contact_coverage import speakers, villages_of, villages_with_a_talk
from cadres.contact_filters import WITHOUT, TalkFilter, VillageFilter
from cadres.contact_forms import TakeBackForm, TalkForm
from cadres.models import CadreChange, Person, PolicyTalk
from cadres.models.person import secrets_of
from cadres.views.writing import CONFLICT, carried_out, is_stored, typed_so_far
from villages.models import Division, Level

PAGE_SIZE = 100
REMOVE_ID = "id_remove_%s"  # beside the form of the talk, which has a version of its own


@require_safe
@permission_required("cadres.view_policytalk", raise_exception=True)
def policy_talks(request: Request, code: str) -> HttpResponse:
    where, today, user = Where.at(request.user, code), timezone.localdate(), request.user
    villages = villages_of(where.division, user, today)
    with_one = villages_with_a_talk(where.division, user, today.year, today)
    without = request.GET.get("show") == WITHOUT
    filtered: TalkFilter
    if without:
        listed: Any = villages.exclude(pk__in=with_one.values("pk"))
        listed = listed.select_related("parent__parent").order_by("parent__code", "code")
        filtered = VillageFilter(request.GET, queryset=listed, unit=where.division)
    else:
        told = PolicyTalk.objects.visible_to(user).within(where.division)
        listed = told.select_related("speaker", "village__parent__parent")
        listed = listed.defer(*secrets_of("speaker"))
        filtered = TalkFilter(request.GET, queryset=listed, unit=where.division)
    context = {
        "where": where,
        "view_name": "cadres:policy_talks",
        "filter": filtered,
        "page": Paginator(filtered.qs, PAGE_SIZE).get_page(request.GET.get("page")),
        "without": without,
        "year": today.year,
        "covered": with_one.count(),
        "whole": villages.count(),
        "may_note": where.division.level != Level.CITY and user.has_perm("cadres.add_policytalk"),
        "may_change": user.has_perm("cadres.change_policytalk"),
        "saved": saved_filters(request),
    }
    return render(request, "cadres/policy_talks.html", context)


@require_http_methods(["GET", "POST"])
@permission_required("cadres.add_policytalk", raise_exception=True)
def new(request: Request, code: str) -> HttpResponse:
    """Note a talk in a village of a unit below the city."""
    where, today = Where.at(request.user, code), timezone.localdate()
    if where.division.level == Level.CITY:
        return redirect("cadres:policy_talks", code)
    sent = request.POST if is_stored(request) else None
    form, status = _form(request, PolicyTalk(on=today), where.division, sent), 200
    if sent is not None:
        status = carried_out(
            request, form, lambda: contacts.note_talk(form.instance, request.user).pk
        )
        if not status:
            messages.success(request, _("The talk is noted."))
            return redirect("cadres:policy_talks", code)
    return _shown(request, where, form, status)


@require_http_methods(["GET", "POST"])
@permission_required("cadres.change_policytalk", raise_exception=True)
def policy_talk(request: Request, pk: int) -> HttpResponse:
    """Put a talk right, or take it back."""
    if request.POST.get("do") == "remove":
        return _taken_back(request, pk)
    talk = _talk(request, pk)
    village, stands, status = talk.village, None, 200
    county, sent = _county_of(village, request), None
    if is_stored(request):
        sent = request.POST.copy()
    form = _form(request, talk, county, sent)
    if sent is not None:
        status = carried_out(
            request, form, lambda: contacts.change_talk(form.instance, request.user)
        )
        if not status:
            messages.success(request, _("The talk is stored as it is now."))
            return redirect("cadres:policy_talks", form.instance.village.code)
        if status == CONFLICT:
            stands = _talk(request, pk)
            sent["version"] = str(stands.version)
            form = _form(request, _talk(request, pk), county, sent)
    return _shown(request, Where(request.user, village), form, status, stands)


def _taken_back(request: Request, pk: int) -> HttpResponse:
    """A talk that was not given; asked twice, there is only its history to say where it was."""
    remove = TakeBackForm(request.POST, auto_id=REMOVE_ID)

    def act() -> None:
        talk = _talk(request, pk)
        talk.version = remove.cleaned_data["version"]
        contacts.remove_talk(talk, request.user, remove.cleaned_data["reason"])

    if status := carried_out(request, remove, act):
        talk = _talk(request, pk)
        form = _form(request, talk, _county_of(talk.village, request))
        where = Where(request.user, talk.village)
        return _shown(request, where, form, status, remove=remove)
    told = CadreChange.objects.visible_to(request.user).filter(about="policytalk", row=pk)
    change = get_object_or_404(told.select_related("division"), verb=CadreChange.Verb.REMOVED)
    messages.success(request, _("The talk is taken back."))
    return redirect("cadres:policy_talks", change.division.code)


def _talk(request: Request, pk: int) -> PolicyTalk:
    seen = PolicyTalk.objects.visible_to(request.user)
    return get_object_or_404(
        seen.select_related("speaker", "village__parent__parent__parent"), pk=pk
    )


def _county_of(village: Division, request: Request) -> Division:
    """The highest unit below the city that the user sees: where else the talk may have been."""
    where, unit = Where(request.user, village), village
    while unit.parent and unit.parent.level != Level.CITY and where.may_open(unit.parent):
        unit = unit.parent
    return unit


def _form(request: Request, talk: PolicyTalk, unit: Division, sent: Any = None) -> TalkForm:
    today = timezone.localdate()
    offered = speakers(unit, request.user, today)
    if talk.pk:
        offered |= Person.objects.filter(pk=talk.speaker_id)
    typed = typed_so_far(request)
    return TalkForm(sent, instance=talk, unit=unit, speakers=offered, on=today, initial=typed)


def _shown(
    request: Request,
    where: Where,
    form: TalkForm,
    status: int,
    stands: PolicyTalk | None = None,
    remove: TakeBackForm | None = None,
) -> HttpResponse:
    talk = form.instance
    if remove is None and talk.pk:
        remove = TakeBackForm(initial={"version": form.initial["version"]}, auto_id=REMOVE_ID)
    context = {
        "where": where,
        "view_name": "cadres:policy_talks",
        "form": form,
        "stands": [stands] if stands else [],
        "is_new": not talk.pk,
        "remove": remove,
    }
    return render(request, "cadres/policy_talk.html", context, status=status)
