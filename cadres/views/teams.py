"""Village teams of a unit in a term, and the page of one team."""

import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.http import Request
from accounts.repeated import once
from accounts.saved_filters import saved_filters
from accounts.where import Where
from cadres.actions import teams as actions
from cadres.actions.standards import years_of
from cadres.history import told
from cadres.meanwhile import shown_again
from cadres.models import CadreChange, TeamMember, Term, VillageTeam
from cadres.models.person import secrets_of
from cadres.person_doubts import doubt_about_office
from cadres.team_filters import TeamFilter
from cadres.team_forms import ElectionForm, LeaveForm, MemberForm, NewMemberForm
from cadres.team_list import (
    WithVillages,
    counted_from,
    counts,
    lines,
    meant,
    not_opened,
    teams_of,
)
from cadres.team_rules import Makeup
from cadres.term_choice import SERVING, named
from cadres.views.writing import CONFLICT, carried_out
from villages.models import Level

PAGE_SIZE = 100
CHANGES_SHOWN = 30
# Of a change, by the line that it stands in.
TOLD_BESIDE = ("team", "person", "term", "village")
NAMED = 20


@require_http_methods(["GET", "POST"])
@permission_required("cadres.view_villageteam", raise_exception=True)
def teams(request: Request, code: str) -> HttpResponse:
    """How far the elections are, unit by unit; then every team, with what is missing in it."""
    where, today = Where.at(request.user, code), timezone.localdate()
    asked = request.GET.get("term", "")
    is_serving, newest = asked == SERVING and Term.objects.exists(), Term.objects.newest()
    if request.method == "POST":
        return _open(request, where, named(asked) if asked else newest)
    term = None if is_serving else named(asked) or newest
    context: dict[str, Any] = {
        "where": where,
        "view_name": "cadres:teams",
        "today": today,
        "term": term,
        "chosen": SERVING if is_serving else term and str(term.year),
        "terms": Term.objects.all(),
        "may_open": request.user.has_perm("cadres.add_villageteam"),
        "saved": saved_filters(request),
    }
    if context["chosen"]:
        since = counted_from(where.division, request.user, today)
        context |= {"since": since, "days_to_next": since and since.days_to_next(today)}
        context["total"], context["units"] = counts(where.division, request.user, term, today)
        context |= _listed(request, where, term, today)
        is_wide = where.division.level in (Level.CITY, Level.COUNTY)
        context["units_are_listed"] = is_wide and term is not None
    return render(request, "cadres/teams.html", context)


def _listed(
    request: Request, where: Where, term: Term | None, today: datetime.date
) -> dict[str, Any]:
    """The teams that fit the filter; with them, where it asks for who is not elected, villages
    that have no team in the term yet."""
    seen = teams_of(term, today).visible_to(request.user).within(where.division)
    ordered = seen.select_related("village__parent").order_by("village__code")
    filtered = TeamFilter(request.GET, queryset=ordered)
    listed: Any = filtered.qs
    context: dict[str, Any] = {"filter": filtered}
    if term:
        missing = not_opened(where.division, request.user, term, today)
        context["named"] = missing[:NAMED]
        listed = WithVillages(listed, filtered.villages(missing), term)
    page = Paginator(listed, PAGE_SIZE).get_page(request.GET.get("page"))
    return context | {"page": page, "lines": lines(page.object_list)}


def _open(request: Request, where: Where, term: Term | None) -> HttpResponse:
    if not request.user.has_perm("cadres.add_villageteam"):
        raise PermissionDenied
    back = reverse("cadres:teams", args=[where.division.code])
    if term is None:
        return redirect(back)
    try:
        done = once(
            request,
            lambda: {"done": actions.open_term(term, where.division, request.user)},
        )["done"]
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        said = ngettext("%(count)d team was opened.", "%(count)d teams were opened.", done)
        messages.success(request, said % {"count": done})
    return redirect(f"{back}?term={term.year}")


@require_http_methods(["GET", "POST"])
@permission_required("cadres.view_villageteam", raise_exception=True)
def team(request: Request, pk: int) -> HttpResponse:
    """Members in the order of the form, what is missing, the election, and what was changed."""
    held, status = team_of(request, pk), 200
    sent = request.POST if request.method == "POST" else None
    form = ElectionForm(sent, instance=held)
    if request.method == "POST":
        _check_may_change(request)
        said = _("The election is recorded.")
        status = carried_out(request, form, lambda: _elect(request, form), said)
        if not status:
            return redirect("cadres:team", pk)
        # The page shows the team as it stands now, beside what was typed.
        held = team_of(request, pk)
        shown_again(form, held, request.user, stale=status == CONFLICT)
    return render(request, "cadres/team.html", _team_context(request, held, form), status=status)


def team_of(request: Request, pk: int) -> VillageTeam:
    seen = VillageTeam.objects.visible_to(request.user)
    related = seen.select_related("term", "village__parent__parent__parent")
    return get_object_or_404(related, pk=pk)


def _elect(request: Request, form: ElectionForm) -> bool:
    given, says = form.cleaned_data, form.said()
    confirmed, reason = bool(given.get("confirmed")), given.get("reason", "")
    stored = actions.record_election(says, request.user, confirmed=confirmed, reason=reason)
    return stored.version != says.version


def _check_may_change(request: Request) -> None:
    if not request.user.has_perm("cadres.change_villageteam"):
        raise PermissionDenied


def _team_context(request: Request, held: VillageTeam, form: ElectionForm) -> dict[str, Any]:
    today = timezone.localdate()
    members = list(
        held.members.select_related("person").defer(*secrets_of("person")).in_form_order()
    )
    makeup = Makeup.of(members)
    about = CadreChange.objects.visible_to(request.user)
    changes = about.of(held) | about.filter(
        about="teammember", row__in=[member.pk for member in members]
    )
    listed = changes.select_related("by", "person").defer(*secrets_of("person"))
    of_village = VillageTeam.objects.filter(village=held.village_id).select_related("term")
    others = list(of_village.order_by("-term__year"))
    since = (meant(others) or held).term
    may_change = request.user.has_perm("cadres.change_villageteam")
    return {
        "team": held,
        "where": Where(request.user, held.village),
        "view_name": "cadres:teams",
        "makeup": makeup,
        "doubts": [doubt for member in members if (doubt := doubt_about_office(member))],
        "left": [member for member in members if member.left],
        "on": held.elected_on or today,
        "today": today,
        "since": since,
        "days_to_next": since.days_to_next(today),
        "others": others,
        "form": form,
        "may_change": may_change,
        "may_add": may_change and not held.village.has_ended(today),
        "changes": told(listed[:CHANGES_SHOWN], request.user, without=TOLD_BESIDE),
        "year": max(years_of(held), default=None),
    }


@require_http_methods(["POST"])
@permission_required("cadres.change_villageteam", raise_exception=True)
def confirm(request: Request, pk: int) -> HttpResponse:
    """The members that were brought over from the term before are right."""
    held = team_of(request, pk)
    version = request.POST.get("version", "")
    held.version = int(version) if version.isascii() and version.isdigit() else 0
    try:
        once(request, lambda: {"done": actions.confirm(held, request.user)})
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        messages.success(request, _("The members are confirmed."))
    return redirect("cadres:team", pk)


@require_http_methods(["GET", "POST"])
@permission_required("cadres.add_teammember", raise_exception=True)
def member_new(request: Request, pk: int) -> HttpResponse:
    """Add a member: a person on record, or somebody new."""
    held, status = team_of(request, pk), 200
    sent = request.POST if request.method == "POST" else None
    form = NewMemberForm(sent, instance=TeamMember(team=held), user=request.user)
    if request.method == "POST":
        status = carried_out(request, form, lambda: _add_member(request, form))
        if not status:
            messages.success(request, _("The member is added."))
            return redirect("cadres:team", pk)
    context = {"team": held, "where": Where(request.user, held.village), "form": form}
    context["view_name"] = "cadres:teams"
    return render(request, "cadres/team_member_new.html", context, status=status)


def _add_member(request: Request, form: NewMemberForm) -> int:
    is_new = form.is_somebody_else
    return actions.add_member(form.said(), request.user, confirmed=is_new).pk


@require_http_methods(["GET", "POST"])
@permission_required("cadres.change_teammember", raise_exception=True)
def member(request: Request, pk: int) -> HttpResponse:
    """Change what is said of a member, or let the member leave in a month."""
    row, status = _member_of(request, pk), 200
    sent = request.POST if request.method == "POST" else None
    do = request.POST.get("do", "")
    form = MemberForm(None if do == "leave" else sent, instance=row)
    leaving = LeaveForm(sent if do == "leave" else None, initial={"version": row.version})
    if request.method == "POST":
        if do == "leave":
            status = carried_out(
                request, leaving, lambda: _leave(request, row, leaving), _("Saved.")
            )
        else:
            status = carried_out(request, form, lambda: _change(request, form), _("Saved."))
        if not status:
            return redirect("cadres:team", row.team_id)
        fresh = _member_of(request, pk)
        shown_again(form, fresh, request.user, stale=status == CONFLICT)
        shown_again(leaving, fresh, request.user, stale=status == CONFLICT)
        row = fresh
    context = {"member": row, "team": row.team, "form": form, "leaving": leaving}
    context |= {"where": Where(request.user, row.team.village), "view_name": "cadres:teams"}
    return render(request, "cadres/team_member.html", context, status=status)


def _member_of(request: Request, pk: int) -> TeamMember:
    seen = TeamMember.objects.visible_to(request.user)
    related = ("person", "team__term", "team__village__parent__parent__parent")
    return get_object_or_404(seen.select_related(*related), pk=pk)


def _change(request: Request, form: MemberForm) -> bool:
    says = form.said()
    return actions.change_member(says, request.user).version != says.version


def _leave(request: Request, row: TeamMember, form: LeaveForm) -> bool:
    given = form.cleaned_data
    row.version = given["version"]
    left = actions.leave(row, given["left"], given["left_reason"], request.user)
    return left.version != row.version
