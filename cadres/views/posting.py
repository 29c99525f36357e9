"""The page of one posting, with what can be done with it."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.http import Request
from accounts.models import User
from accounts.repeated import once
from accounts.where import Where
from cadres.actions import postings
from cadres.meanwhile import changed_since
from cadres.models import Organization, Posting
from cadres.posting_forms import (
    CorrectForm,
    DoubtedForm,
    EndForm,
    ExtendForm,
    OfPosting,
    TakeBackForm,
)
from cadres.posting_history import history_of
from cadres.views.writing import tell

Forms = dict[str, OfPosting]


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("cadres.view_posting", raise_exception=True)
def posting(request: Request, pk: int) -> HttpResponse:
    """Who, where, since when and until when; who came before and after; and what was changed."""
    shown = posting_or_404(request, pk)
    given = forms_of(shown, request.user)
    if request.method != "POST":
        return _page(request, shown, given)
    if not is_kept(request.user, shown):
        raise PermissionDenied
    name = request.POST.get("do", "")
    if name not in given:
        messages.error(request, _why_not(name, shown))
        return _page(request, shown, given, 422)
    form = given[name] = type(given[name])(
        request.POST, prefix=name, **_more(name, shown, request.user)
    )
    if not form.is_valid():
        return _page(request, shown, given, 422)
    try:
        done = once(request, lambda: _do(name, shown, form.cleaned_data, request.user))
    except ValidationError as error:
        return _refused(request, shown, name, error)
    if name == "take_back":
        messages.success(request, _("The posting was taken back; the history keeps what it said."))
        return redirect("cadres:postings", shown.division.code)
    tell(request, _("Done; it stands in the history below."), is_changed=done["changed"])
    return redirect("cadres:posting", pk)


def posting_or_404(request: Request, pk: int) -> Posting:
    seen = Posting.objects.visible_to(request.user).for_list()
    shown = seen.select_related("predecessor__person", "successor__person").filter(pk=pk).first()
    if shown is None:
        raise Http404
    return shown


def is_kept(user: User, posting: Posting) -> bool:
    return user.has_perm("cadres.change_posting") and posting.is_kept_by(user)


def forms_of(posting: Posting, user: User) -> Forms:
    """What can be done with it now, by the name under which it is sent; nothing for readers."""
    if not is_kept(user, posting):
        return {}
    today, version = timezone.localdate(), {"version": posting.version}
    given: Forms = {}
    if posting.end is None or posting.end >= today:
        given["end"] = EndForm(prefix="end", initial=version | {"hand_over": posting.hand_over})
    if posting.end is None:
        given["extend"] = ExtendForm(prefix="extend", initial=version)
    if posting.person.is_standing:
        stands = {name: getattr(posting, name) for name in postings.CORRECTED}
        more = _more("correct", posting, user)
        given["correct"] = CorrectForm(prefix="correct", initial=version | stands, **more)
    if getattr(posting, "successor", None) is None:
        given["take_back"] = TakeBackForm(prefix="take_back", initial=version)
    return given


def _why_not(name: str, posting: Posting) -> str:
    """In words, of what was offered when the page was loaded and is no more."""
    if posting.end and name in ("end", "extend"):
        message = _(
            "This posting ends on %s; nothing was stored. What can be done now is on this page."
        )
        return message % date_format(posting.end)
    return _("This can be done no more; nothing was stored. What can be done now is on this page.")


def _more(name: str, posting: Posting, user: User) -> dict[str, Any]:
    if name != "correct":
        return {}
    has_cohort = bool(posting.kind.earliest_cohort or posting.cohort)
    return {"organizations": Organization.objects.visible_to(user), "has_cohort": has_cohort}


def _do(name: str, posting: Posting, given: dict[str, Any], by: User) -> dict[str, Any]:
    posting.version = given.pop("version")
    verbs: dict[str, Callable[[], Any]] = {
        "end": lambda: postings.end(
            posting, given["end"], given["end_reason"], by, hand_over=given["hand_over"]
        ),
        "extend": lambda: postings.extend(
            posting, given["planned_end"], by, given["reason"], confirmed=given["confirmed"]
        ),
        "correct": lambda: postings.correct(
            posting, given, by, given["reason"], confirmed=given["confirmed"]
        ),
        "take_back": lambda: postings.take_back(posting, by, given["reason"]),
    }
    return {"changed": verbs[name]() is not False}


def _refused(request: Request, old: Posting, name: str, error: ValidationError) -> HttpResponse:
    """The page as it stands now, with what was typed, meant for the version that is shown."""
    shown = posting_or_404(request, old.pk)
    given = forms_of(shown, request.user)
    is_stale = getattr(error, "code", "") == "conflict"
    meanwhile = changed_since(shown, old.version, request.user) if is_stale else []
    if name in given:
        data = request.POST.copy()
        data[f"{name}-version"] = str(shown.version)
        form = given[name] = type(given[name])(
            data, prefix=name, **_more(name, shown, request.user)
        )
        form.is_valid()
        if meanwhile:
            form.tell_what_stands(shown, meanwhile)
        elif isinstance(form, DoubtedForm) and isinstance(error, postings.Doubtful):
            form.ask(error.messages)
        else:
            put_errors(form, error)
    else:
        messages.error(request, error.messages[0])
    return _page(request, shown, given, 409 if is_stale else 422)


def put_errors(form: forms.Form, error: ValidationError) -> None:
    """Each message at its field, others above."""
    told = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
    for name, texts in told.items():
        form.add_error(name if name in form.fields else None, texts)


def _page(request: Request, shown: Posting, given: Forms, status: int = 200) -> HttpResponse:
    today = timezone.localdate()
    context = {
        "where": Where(request.user, shown.division),
        "view_name": "cadres:postings",
        "posting": shown,
        "state": Posting.State(shown.state_on(today)),
        "days_left": shown.days_left(today) if shown.is_held(today) else None,
        "sender_opens": _opens(request.user, shown.organization),
        "is_left_behind": shown.is_held(today) and shown.division.has_ended(today),
        "chain": _chain(shown),
        "history": history_of(shown, request.user),
        "forms": given,
        "may_exchange": bool(given) and shown.end is None,
        "today": today,
    }
    return render(request, "cadres/posting.html", context, status=status)


def _opens(user: User, sender: Organization | None) -> bool:
    """Whether the user may open the page of an organisation."""
    if sender is None or not user.has_perm("cadres.view_organization"):
        return False
    return Organization.objects.visible_to(user).filter(pk=sender.pk).exists()


def _chain(posting: Posting) -> list[Posting]:
    """All who held the seat, one after the other; just this one where seats have no numbers."""
    if posting.seat_number is None:
        return [posting]
    seat = Posting.objects.in_seat(posting.seat).filter(division=posting.division)
    same = seat.filter(seat_number=posting.seat_number)
    return list(same.for_list().order_by("start"))
