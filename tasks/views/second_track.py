"""The second track: what the lead organisation of a task says of the lines reported on it."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.http import Request
from accounts.repeated import once
from tasks import actions
from tasks.filters import SecondTrackFilter
from tasks.models import Entry, Opinion, Task
from tasks.place import Place, period_of_today
from tasks.review_forms import OpinionForm
from tasks.views.review_acts import seen_in, tell, told_of

PAGE_SIZE = 100


@require_safe
def second_track_now(request: Request) -> HttpResponse:
    """The quarter that people work on, where the user speaks for a task."""
    _check_leads(request)
    period = period_of_today(timezone.localdate())
    if request.user.division is None or period is None:
        raise Http404
    return redirect("tasks:second_track", code=request.user.division.code, period=period)


@require_http_methods(["GET", "POST"])
def second_track(request: Request, code: str, period: str) -> HttpResponse:
    place = Place.or_404(request.user, code, period)
    _check_leads(request)
    form, status = OpinionForm(), 200
    if request.method == "POST":
        form = OpinionForm(request.POST)
        status = _say(request, form)
        if status == 302:
            return redirect(request.get_full_path())
    context = _context(request, place) | {"form": form, "chosen": request.POST.getlist("entry")}
    return render(request, "tasks/second_track.html", context, status=status)


def _check_leads(request: Request) -> None:
    if not Task.objects.filter(lead_reviewers=request.user).exists():
        raise PermissionDenied


def _say(request: Request, form: OpinionForm) -> int:
    """Write the opinion of the chosen lines; return the status of the answer."""
    seen = seen_in(request)
    if not seen:
        messages.warning(request, _("Tick something first."))
        return 422
    if not form.is_valid():
        return 422
    said = form.cleaned_data

    def give() -> dict[str, Any]:
        verdict, at = Opinion.Verdict(said["do"]), timezone.now()
        return told_of(actions.give_opinion(seen, request.user, verdict, said["comment"], at))

    try:
        answer = once(request, give)
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return 409
    tell(request, "said", answer)
    return 302 if answer["done"] or not answer["refused"] else 409


def _context(request: Request, place: Place) -> dict[str, Any]:
    lines = Entry.objects.for_second_track(request.user).within(place.division)
    reported = lines.filter(period=place.period).with_light(timezone.localdate())
    tasks = Task.objects.filter(ledger=place.ledger, lead_reviewers=request.user)
    filtered = SecondTrackFilter(
        request.GET, queryset=reported.with_opinion_of(request.user), tasks=tasks
    )
    listed = filtered.qs.with_previous().select_related("task", "division", "township")
    page = Paginator(listed.in_form_order(), PAGE_SIZE).get_page(request.GET.get("page"))
    entries: list[Any] = list(page.object_list)
    said = Opinion.objects.standing().filter(entry__in=entries, by=request.user)
    opinions = {opinion.entry_id: opinion for opinion in said}
    return {
        "place": place,
        "view_name": "tasks:second_track",
        "filter": filtered,
        "page": page,
        "lines": [(entry, opinions.get(entry.pk)) for entry in entries],
    }
