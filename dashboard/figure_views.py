"""The pages of figures beside the overview: wall map, matrix, ranking, presentation."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.http import Request
from accounts.models import User
from accounts.repeated import once
from dashboard.board import Board
from dashboard.forms import CityRankingForm, ExclusionForm, MapForm, MatrixForm, RankingForm
from dashboard.pages import board_or_404, shown
from dashboard.slides import Turn
from tasks.actions.writing import check_ledger_runs, keep_ledgers_open
from tasks.models import Ledger, RankingExclusion
from villages.models import Division, DivisionQuerySet, Level


@require_safe
def wall_map(request: Request, code: str, period: str) -> HttpResponse:
    """The wall map (挂图作战): every unit a tile, by its light or by a measure."""
    return shown(request, "map", board_or_404(request, code, period), form=MapForm)


@require_safe
def matrix(request: Request, code: str, period: str) -> HttpResponse:
    """Every task of every unit as a light with n/N."""
    return shown(request, "matrix", board_or_404(request, code, period), form=MatrixForm)


@require_http_methods(["GET", "HEAD", "POST"])
def ranking(request: Request, code: str, period: str) -> HttpResponse:
    """Units in the order of a measure, with what it means beside it; some are not compared."""
    board = board_or_404(request, code, period)
    units = excludable(request.user, board)
    standing = RankingExclusion.objects.standing(board.period).filter(division__in=units)
    is_sent, ends = request.method == "POST", "end" in request.POST
    compared = units.exclude(pk__in=standing.values("division"))
    form = ExclusionForm(request.POST if is_sent and not ends else None, compared)
    if is_sent:
        if not may_exclude(request.user):
            raise PermissionDenied
        if ends or form.is_valid():
            _write_once(request, board, form)
            return redirect(request.get_full_path())
    more = {
        "may_exclude": may_exclude(request.user),
        "exclude": form,
        "exclusions": standing.select_related("division", "by"),
    }
    offers = CityRankingForm if board.is_city else RankingForm
    status = 422 if form.errors else 200
    return shown(request, "ranking", board, form=offers, status=status, **more)


def may_exclude(user: User) -> bool:
    return user.has_perm("tasks.review_entry")


def excludable(user: User, board: Board) -> DivisionQuerySet:
    """The units that are ranked, of which the own unit is none, for those who review."""
    seen = Division.objects.visible_to(user).order_by("code")
    if not may_exclude(user):
        return seen.none()
    if board.ranks_townships:
        return seen.filter(parent__parent=board.division, level=Level.TOWNSHIP)
    return seen.filter(parent=board.division)


def _write_once(request: Request, board: Board, form: ExclusionForm) -> None:
    try:
        done = once(request, lambda: _write(request, board, form))["done"]
    except ValidationError as refusal:
        messages.error(request, refusal.messages[0])
    else:
        if not done:
            messages.info(request, _("Somebody else did this first; it stands as shown."))


def _write(request: Request, board: Board, form: ExclusionForm) -> dict[str, Any]:
    """Leave a unit out, or compare one again: what another did first, is done.

    Raises ValidationError where the year is closed.
    """
    keep_ledgers_open()
    check_ledger_runs(Ledger.objects.get(pk=board.ledger.pk))
    if "end" in request.POST:
        key = request.POST["end"]
        mine = RankingExclusion.objects.standing(board.period).filter(
            division__in=excludable(request.user, board)
        )
        found = mine.filter(pk=int(key)).first() if key.isdecimal() and len(key) < 10 else None
        return {"done": bool(found and found.end(request.user, board.now))}
    try:
        with transaction.atomic():
            RankingExclusion.objects.create(
                **form.cleaned_data, period=board.period, by=request.user, at=board.now
            )
    except IntegrityError:
        return {"done": False}
    return {"done": True}


@require_safe
def present(request: Request, code: str, period: str) -> HttpResponse:
    """For the projector: large type, one unit on the screen, arrow keys to its neighbours."""
    board = board_or_404(request, code, period)
    return shown(request, "present", board, turn=Turn.of(board))
