"""Chasing: who has not reported a quarter, how to reach them, and the button that reminds."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.http import Request
from accounts.repeated import once
from tasks.actions import chasing
from tasks.chasing import NonReporters
from tasks.place import Place
from tasks.window import Window
from villages.models import Division, Level

PAGE_SIZE = 100


@require_http_methods(["GET", "POST"])
def chase(request: Request, code: str, period: str) -> HttpResponse:
    place = Place.or_404(request.user, code, period)
    level = _level(request, place)
    listed = NonReporters(place, level, timezone.localdate())
    status = 200
    if request.method == "POST":
        if not chasing.may_remind(request.user):
            raise PermissionDenied
        if _remind(request, listed):
            return redirect(request.get_full_path())
        status = 422
    page = Paginator(listed.rows(), PAGE_SIZE).get_page(request.GET.get("page"))
    units, window = listed.of(page.object_list), Window.of(place.period, listed.on)
    context = {
        "place": place,
        "view_name": "tasks:chase",
        "level": level,
        "levels": NonReporters.levels_of(place.division),
        "page": page,
        "units": units,
        "window": window,
        "may_remind": window.opened and any(unit.may_remind for unit in units),
        "chosen": request.POST.getlist("unit"),
        "words": request.POST.get("words", ""),
    }
    return render(request, "tasks/chase.html", context, status=status)


def _level(request: Request, place: Place) -> Level:
    asked = request.GET.get("level")
    found = [level for level in NonReporters.levels_of(place.division) if level == asked]
    return found[0] if found else NonReporters.usual_level(place.division)


def _remind(request: Request, listed: NonReporters) -> bool:
    """Remind the units chosen, or all that are listed; False where the page is shown again."""
    units = listed.remindable()
    if request.POST.get("do") != "all":
        given = request.POST.getlist("unit")
        units = units.filter(code__in=[code for code in given if code.isalnum()])
    chosen: list[Division] = list(units)
    if not chosen:
        messages.warning(request, _("Tick something first."))
        return False
    words = request.POST.get("words", "")

    def act() -> dict[str, Any]:
        reminded = chasing.remind(chosen, listed.place.period, listed.on, request.user, words)
        return {"made": len(reminded.made), "already": len(reminded.already)}

    try:
        answer = once(request, act)
    except ValidationError as error:
        for message in error.messages:
            messages.error(request, message)
        return False
    _say(request, answer["made"], answer["already"])
    return True


def _say(request: Request, made: int, already: int) -> None:
    if made:
        text = ngettext("%(count)d unit was reminded.", "%(count)d units were reminded.", made)
        messages.success(request, text % {"count": made})
    if already:
        text = ngettext(
            "%(count)d unit had been reminded today already.",
            "%(count)d units had been reminded today already.",
            already,
        )
        messages.info(request, text % {"count": already})
    if not made and not already:
        messages.info(request, _("Nobody was reminded: nothing can be reported any more."))
