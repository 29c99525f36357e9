"""Showing a board as a page, or saying that nothing changed since the reader has it."""

import hashlib
from functools import partial
from typing import Any

from django.contrib.messages import get_messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import get_conditional_response
from django.utils.translation import get_language

from accounts.http import Request
from dashboard.board import Board
from dashboard.choice import Choice
from dashboard.forms import ChoiceForm
from tasks.place import Place
from tasks.work import ToDo
from villages.models import Level


def board_or_404(request: Request, code: str, period: str) -> Board:
    return Board(Place.or_404(request.user, code, period), Choice.of(request.GET))


def shown(
    request: Request,
    name: str,
    board: Board,
    form: type[ChoiceForm] = ChoiceForm,
    status: int = 200,
    **more: object,
) -> HttpResponse:
    """The page of a name with its ETag; 304 where the reader's own copy still says the same.

    `form` is what offers the choices of the page.

    A village has a page of another kind; without a ledger there are no figures.
    """
    place = board.place
    if place.division.level == Level.VILLAGE:
        return redirect("dashboard:village", code=place.division.code, period=place.period)
    context: dict[str, Any] = {"board": board, "place": place, "choice": board.choice}
    context |= {"now": board.now, "view_name": f"dashboard:{name}", "current": name}
    context["may_export"] = request.user.has_perm("tasks.view_entry")
    if place.ledger is None:
        return render(request, "dashboard/no_ledger.html", context)
    etag = _etag(request, board) if status == 200 else ""
    unchanged = get_conditional_response(request, etag=etag) if etag else None
    if unchanged is not None:
        return unchanged
    # Made only where its part of the page is: a template calls what it can call.
    context |= {"etag": etag, "form": partial(form, board)}
    response = render(request, f"dashboard/{name}.html", {**context, **more}, status=status)
    if etag:
        response["ETag"] = etag
    return response


def _etag(request: Request, board: Board) -> str:
    """Everything that the page shows hangs on these; empty where it must be made anew."""
    if not board.key or len(get_messages(request)):
        return ""
    frame = (
        request.get_full_path(),
        request.user.pk,
        str(request.user),
        request.user.role,
        ToDo.of(request.user),
        get_language(),
        request.COOKIES.get("csrftoken"),
    )
    digest = hashlib.sha256(repr((board.key, frame)).encode()).hexdigest()
    return f'"{digest[:32]}"'
