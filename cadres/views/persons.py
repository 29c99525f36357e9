"""The file of a person, and the forms that add one and put a record right."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts.http import Request
from accounts.models import AccessLog
from accounts.repeated import once
from accounts.where import Where
from cadres.actions import persons
from cadres.comparing import said
from cadres.matching_people import Match
from cadres.meanwhile import now_stored
from cadres.models import Person
from cadres.models.person import SECRETS
from cadres.months import age
from cadres.person_doubts import doubts_about
from cadres.person_file import sections_of
from cadres.person_forms import FIELDS, PersonForm, RevealForm
from cadres.views.writing import tell


@require_safe
@permission_required("cadres.view_person", raise_exception=True)
def person(request: Request, pk: int) -> HttpResponse:
    """The file of a person; of a record that was merged away, that of the one it went into."""
    found = person_of(request, pk)
    if found.merged_into_id:
        return redirect("cadres:person", found.merged_into_id)
    return person_page(request, found)


@require_http_methods(["GET", "POST"])
@sensitive_post_parameters("reason")
@permission_required("cadres.reveal_person", raise_exception=True)
def reveal(request: Request, pk: int) -> HttpResponse:
    """Show one number in clear, on this one answer; who looked and why is kept.

    Each time it is shown is noted, so the form carries no key.
    """
    found = person_of(request, pk)
    if request.method == "GET":
        return redirect("cadres:person", pk)
    form = RevealForm(request.POST)
    if not form.is_valid():
        return person_page(request, found, 422, reveal=form)
    name = form.cleaned_data["field"]
    about = {"field": name, "reason": form.cleaned_data["reason"]}
    AccessLog.note(request.user, AccessLog.Action.REVEAL, f"cadres.person {pk}", **about)
    return person_page(request, found, revealed=name)


def person_of(request: Request, pk: int) -> Person:
    """Somebody whose record the user sees, else 404."""
    seen = Person.objects.visible_to(request.user)
    related = ("division__parent__parent__parent", "organization", "home")
    return get_object_or_404(seen.select_related(*related), pk=pk)


def person_page(
    request: Request, found: Person, status: int = 200, revealed: str = "", reveal: Any = None
) -> HttpResponse:
    today = timezone.localdate()
    context = {
        "where": Where(request.user, found.division),
        "view_name": "cadres:people",
        "person": found,
        "age": age(found.birth, today),
        "today": today,
        "home": found.home.name_for(request.user) if found.home else "",
        "sections": sections_of(found, request.user, today),
        "revealed": revealed,
        "doubts": doubts_about(found, today),
        "reveal": reveal,
        "may_reveal": request.user.has_perm("cadres.reveal_person"),
        "may_edit": found.is_standing and request.user.has_perm("cadres.change_person"),
    }
    return render(request, "cadres/person.html", context, status=status)


@require_http_methods(["GET", "POST"])
@sensitive_post_parameters(*SECRETS)
@permission_required("cadres.change_person", raise_exception=True)
def person_edit(request: Request, pk: int) -> HttpResponse:
    """Put a record right; where somebody was quicker, both values stand beside each other."""
    found = person_of(request, pk)
    if found.merged_into_id and request.method == "GET":
        return redirect("cadres:person_edit", found.merged_into_id)
    if not found.is_standing:
        raise PermissionDenied
    if request.method == "GET":
        return _form_page(
            request, found.division.code, PersonForm(instance=found, user=request.user)
        )
    form = PersonForm(request.POST, instance=found, user=request.user)
    if not form.is_valid():
        return _form_page(request, found.division.code, form, 422)

    def act() -> dict[str, Any]:
        version = form.cleaned_data.get("seen") or 0
        stored = persons.change(pk, version, form.values(), request.user)
        return {"changed": stored.version != version}

    try:
        done = once(request, act)
    except persons.Stale as stale:
        return _stale(request, form, stale.stored)
    except ValidationError as refused:
        form.take(refused)
        return _form_page(request, found.division.code, form, 422)
    tell(request, _("The record is put right."), is_changed=done["changed"])
    return redirect("cadres:person", pk)


def _stale(request: Request, form: PersonForm, stored: Person) -> HttpResponse:
    """What was typed stays typed, meant for the version that is shown beside it now."""
    data = request.POST.copy()
    data["seen"] = str(stored.version)
    typed = PersonForm(data, instance=person_of(request, stored.pk), user=request.user)
    stands = {
        name: said(stored, name, request.user)
        for name in FIELDS
        if _typed(form, name) != _stored(stored, name)
    }
    for name, words in stands.items():
        if name in typed.fields:
            typed.fields[name].help_text = now_stored(words)
    messages.error(
        request, _("Somebody changed this record meanwhile. Look at both values and save again.")
    )
    return _form_page(request, stored.division.code, typed, 409)


def _typed(form: PersonForm, name: str) -> Any:
    value = form.cleaned_data.get(name)
    return set(value or ()) if name == "strengths" else value


def _stored(person: Person, name: str) -> Any:
    return set(person.strengths.all()) if name == "strengths" else getattr(person, name)


@require_http_methods(["GET", "POST"])
@sensitive_post_parameters(*SECRETS)
@permission_required("cadres.add_person", raise_exception=True)
def person_add(request: Request, code: str) -> HttpResponse:
    """Add somebody at a unit; whom the registers may know already is shown first."""
    where = Where.at(request.user, code)
    new = Person(division=where.division)
    if request.method == "GET":
        return _form_page(request, code, PersonForm(instance=new, user=request.user))
    form = PersonForm(request.POST, instance=new, user=request.user)
    if not form.is_valid():
        return _form_page(request, code, form, 422)
    match, confirmed = persons.match_of(new, request.user), "is_new" in request.POST
    if not persons.may_be_new(match, new, confirmed=confirmed):
        return _form_page(request, code, form, 422, match=match)

    def act() -> dict[str, Any]:
        strengths = form.cleaned_data["strengths"]
        added = persons.add(new, request.user, strengths, confirmed=confirmed)
        return {"pk": added.pk}

    try:
        told = once(request, act)
    except ValidationError as refused:
        form.take(refused)
        return _form_page(request, code, form, 422)
    messages.success(request, _("%s is added.") % new.name)
    return redirect("cadres:person", told["pk"])


def _form_page(
    request: Request, code: str, form: PersonForm, status: int = 200, match: Match | None = None
) -> HttpResponse:
    context = {
        "where": Where.at(request.user, code),
        "view_name": "cadres:people",
        "form": form,
        "person": form.instance,
        "match": match,
        "may_confirm": match is not None
        and persons.may_be_new(match, form.instance, confirmed=True),
    }
    return render(request, "cadres/person_form.html", context, status=status)
