"""What a reviewer presses: accept some or all, return with marks, and take it back."""

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.http import Request
from accounts.repeated import once
from tasks import actions
from tasks.models import EntryChange, ReturnReason
from tasks.place import Place
from tasks.review_desk import Desk
from tasks.review_forms import CellsForm, ReturnForm
from tasks.standing import Standing

DIGITS_OF_A_KEY = 19  # the databases' largest number has as many
KEPT_ACTS = 5
TOLD_REFUSALS = 5
SESSION_KEY = "review_acts"
Decide = Callable[[actions.Author, UUID], actions.Outcome]


@dataclass
class Turn:
    """Where the page stands after a button: what was chosen and typed, and whether it is over."""

    many: ReturnForm
    one: CellsForm | None = None
    opened: int | None = None
    chosen: list[str] = field(default_factory=list)
    status: int = 200
    is_over: bool = False


@dataclass(frozen=True)
class Act:
    """Something decided together in this session, which can be taken back together."""

    act: str
    verb: str
    count: int
    at: datetime.datetime


def recent_acts(request: Request) -> list[Act]:
    """The last ones first."""
    kept = request.session.get(SESSION_KEY, [])
    return [
        Act(**one | {"at": datetime.datetime.fromisoformat(one["at"])}) for one in reversed(kept)
    ]


def take_turn(request: Request, desk: Desk, reasons: Sequence[ReturnReason]) -> Turn:
    """Carry out the button `do`: accept, accept_rest, return, cells:<pk> or return:<pk>."""
    do, _colon, key = request.POST.get("do", "").partition(":")
    turn = Turn(ReturnForm(None, reasons), chosen=request.POST.getlist("entry"))
    pk = int(key) if key.isdecimal() and len(key) < DIGITS_OF_A_KEY else None
    if do == "accept":
        _accept(request, turn)
    elif do == "accept_rest":
        _accept_rest(request, turn, desk)
    elif do == "cells":
        turn.opened = pk
    elif do == "return" and key:
        _return_cells(request, turn, CellsForm(request.POST, reasons, pk or 0))
    else:
        turn.many = ReturnForm(request.POST, reasons)
        _return(request, turn)
    return turn


def seen_in(request: Request) -> list[actions.Seen]:
    """Chosen entries, each as `pk:version`, the version being the one on the screen."""
    seen = []
    for text in request.POST.getlist("entry"):
        pk, _colon, version = text.partition(":")
        if all(part.isdecimal() and len(part) < DIGITS_OF_A_KEY for part in (pk, version)):
            seen.append(actions.Seen(int(pk), int(version)))
    return seen


def nothing_chosen(request: Request, turn: Turn) -> bool:
    if seen_in(request):
        return False
    messages.warning(request, _("Nothing was chosen."))
    turn.status = 422
    return True


def _accept(request: Request, turn: Turn) -> None:
    if not nothing_chosen(request, turn):
        seen = seen_in(request)
        _decide(request, turn, "accepted", lambda by, act: actions.accept(seen, by, act))


def _accept_rest(request: Request, turn: Turn, desk: Desk) -> None:
    """All lines without exceptions that stand as they stood when the page was made."""
    shown = Standing.read(request.POST.get("standing", ""))
    if shown is None:
        messages.error(request, _("This page is out of date; please look at the list again."))
        turn.status = 422
        return
    seen: list[actions.Seen] = []

    def accept(by: actions.Author, act: UUID) -> actions.Outcome:
        seen.extend(shown.unchanged(desk.rest))
        if len(seen) > shown.count:
            raise ValidationError(_("This page is out of date; please look at the list again."))
        return actions.accept(seen, by, act)

    def left_out() -> int:
        return max(0, shown.count - len(seen))

    _decide(request, turn, "accepted", accept, left_out)


def _return(request: Request, turn: Turn) -> None:
    form = turn.many
    if nothing_chosen(request, turn):
        return
    if not form.is_valid():
        turn.status = 422
        return
    seen = seen_in(request)
    marks = form.marks(seen)
    _decide(
        request, turn, "returned", lambda by, act: actions.return_(seen, by, "", marks, act=act)
    )


def _return_cells(request: Request, turn: Turn, form: CellsForm) -> None:
    turn.one, turn.opened = form, form.entry_id
    if not form.is_valid():
        turn.status = 422
        return
    seen, marks = form.seen, form.marks
    _decide(
        request, turn, "returned", lambda by, act: actions.return_(seen, by, "", marks, act=act)
    )


def _decide(
    request: Request,
    turn: Turn,
    verb: str,
    decide: Decide,
    left_out: Callable[[], int] = lambda: 0,
) -> None:
    """Do it once, keep it for taking back, and tell what was done and what was not, and why."""
    by = actions.Author(request.user, EntryChange.Origin.PAGE)

    def act() -> dict[str, Any]:
        name = uuid4()
        outcome = decide(by, name)
        kept = {"act": str(name), "verb": verb, "count": len(outcome.done), "at": by.at.isoformat()}
        return {"kept": kept, "left": left_out(), **told_of(outcome)}

    try:
        answer = once(request, act)
    except ValidationError as error:
        messages.error(request, error.messages[0])
        turn.status = 422 if error.code == "key" else 409
        return
    keep_act(request, answer["kept"])
    tell(request, verb, answer)
    turn.is_over = bool(answer["done"]) or not answer["refused"]
    turn.status = 200 if turn.is_over else 409


def told_of(outcome: actions.Outcome) -> dict[str, Any]:
    """An outcome in numbers and words, as the answer of a request that may come twice."""
    refused = [f"{r.entry}: {r.error.messages[0]}" for r in outcome.refused[:TOLD_REFUSALS]]
    return {
        "done": len(outcome.done),
        "refused": refused,
        "more": len(outcome.refused) - len(refused),
        "missing": len(outcome.missing),
    }


def tell(request: Request, verb: str, answer: dict[str, Any]) -> None:
    if answer["done"] or not answer["refused"]:
        messages.success(request, _done(verb, answer["done"]))
    if left := answer.get("left"):
        text = ngettext(
            "%(count)d line was left out: it changed or was decided since this page was made.",
            "%(count)d lines were left out: they changed or were decided since this page was made.",
            left,
        )
        messages.warning(request, text % {"count": left})
    for words in answer["refused"]:
        messages.error(request, words)
    if more := answer["more"]:
        text = ngettext(
            "%(count)d more line was refused.", "%(count)d more lines were refused.", more
        )
        messages.error(request, text % {"count": more})
    if missing := answer["missing"]:
        text = ngettext(
            "%(count)d line is not among yours.", "%(count)d lines are not among yours.", missing
        )
        messages.warning(request, text % {"count": missing})


def _done(verb: str, count: int) -> str:
    said = {
        "accepted": ngettext("%(count)d line accepted.", "%(count)d lines accepted.", count),
        "returned": ngettext("%(count)d line returned.", "%(count)d lines returned.", count),
        "undone": ngettext(
            "%(count)d line waits for your review again.",
            "%(count)d lines wait for your review again.",
            count,
        ),
        "said": ngettext(
            "Your opinion of %(count)d line was kept.",
            "Your opinion of %(count)d lines was kept.",
            count,
        ),
    }[verb]
    return said % {"count": count}


def keep_act(request: Request, kept: dict[str, Any]) -> None:
    acts = [one for one in request.session.get(SESSION_KEY, []) if one["act"] != kept["act"]]
    if kept["count"]:
        request.session[SESSION_KEY] = [*acts, kept][-KEPT_ACTS:]


@require_http_methods(["GET", "POST"])
@permission_required("tasks.review_entry", raise_exception=True)
def undo_review(request: Request, code: str, period: str) -> HttpResponse:
    """Take back what was decided together in this session, wherever nothing happened since."""
    place = Place.or_404(request.user, code, period)
    kept = {one.act: one for one in recent_acts(request)}.get(request.POST.get("act", ""))
    if request.method == "POST":
        _undo(request, kept)
    address = reverse("tasks:review", args=[place.division.code, place.period.code])
    query = request.META.get("QUERY_STRING", "")
    return redirect(f"{address}?{query}" if query else address)


def _undo(request: Request, kept: Act | None) -> None:
    """Also a repeated request, of which nothing is kept any more, gets the answer of the first."""
    by = actions.Author(request.user, EntryChange.Origin.PAGE)

    def act() -> dict[str, Any]:
        if kept is None:
            raise ValidationError(_("This can no longer be taken back here."))
        return told_of(actions.undo(UUID(kept.act), by))

    try:
        answer = once(request, act)
    except ValidationError as error:
        messages.warning(request, error.messages[0])
        return
    if kept is not None:
        acts = request.session.get(SESSION_KEY, [])
        request.session[SESSION_KEY] = [one for one in acts if one["act"] != kept.act]
    tell(request, "undone", answer)
