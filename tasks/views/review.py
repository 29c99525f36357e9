"""Reviewing: what waits at the own level, accepted in bulk or returned with a reason."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts.http import Request
from tasks import actions
from tasks.filters import entry_filter
from tasks.forms import ReturnForm
from tasks.models import Entry, EntryChange, Period, Task
from tasks.place import Place, period_of_today

PAGE_SIZE = 100
DIGITS_OF_A_KEY = 19  # the databases' largest number has as many


@require_safe
@permission_required("tasks.review_entry", raise_exception=True)
def review_now(request: Request) -> HttpResponse:
    """The latest quarter in which something waits; else the one that people work on."""
    waiting = Entry.objects.waiting_for(request.user).order_by("-period__year", "-period__quarter")
    first = waiting.values_list("period", flat=True).first()
    period = Period.objects.filter(pk__in=[first]).first() or period_of_today(timezone.localdate())
    if request.user.division is None or period is None:
        raise Http404
    return redirect("tasks:review", code=request.user.division.code, period=period)


@require_http_methods(["GET", "POST"])
@permission_required("tasks.review_entry", raise_exception=True)
def review(request: Request, code: str, period: str) -> HttpResponse:
    place = Place.or_404(request.user, code, period)
    form = ReturnForm()
    status = 200
    if request.method == "POST":
        seen, accepts = _seen(request), request.POST.get("do") == "accept"
        form = ReturnForm(None if accepts else request.POST)
        if not seen:
            messages.warning(request, _("Nothing was chosen."))
        elif accepts:
            _accept(request, seen)
            return redirect(request.get_full_path())
        elif form.is_valid():
            _return(request, seen, form.cleaned_data["comment"])
            return redirect(request.get_full_path())
        status = 422
    waiting = Entry.objects.waiting_for(request.user).within(place.division)
    tasks = Task.objects.filter(ledger=place.ledger)
    filtered = entry_filter(
        request.GET, waiting.filter(period=place.period), tasks, timezone.localdate()
    )
    listed = filtered.qs.with_previous().select_related(
        "task", "division", "township", "submitted_by"
    )
    context = {
        "place": place,
        "view_name": "tasks:review",
        "filter": filtered,
        "page": Paginator(listed.in_form_order(), PAGE_SIZE).get_page(request.GET.get("page")),
        "form": form,
        "chosen": request.POST.getlist("entry"),
    }
    return render(request, "tasks/review.html", context, status=status)


def _seen(request: Request) -> list[actions.Seen]:
    """Chosen entries, each as `pk:version`, the version being the one on the screen."""
    seen = []
    for text in request.POST.getlist("entry"):
        pk, _colon, version = text.partition(":")
        if pk.isdecimal() and version.isdecimal() and len(pk) < DIGITS_OF_A_KEY:
            seen.append(actions.Seen(int(pk), int(version)))
    return seen


def _accept(request: Request, seen: list[actions.Seen]) -> None:
    outcome = actions.accept(seen, actions.Author(request.user, EntryChange.Origin.PAGE))
    count = len(outcome.done)
    text = ngettext("%(count)d line accepted.", "%(count)d lines accepted.", count)
    _say(request, outcome, text % {"count": count})


def _return(request: Request, seen: list[actions.Seen], comment: str) -> None:
    author = actions.Author(request.user, EntryChange.Origin.PAGE)
    outcome = actions.return_(seen, author, comment)
    count = len(outcome.done)
    text = ngettext("%(count)d line returned.", "%(count)d lines returned.", count)
    _say(request, outcome, text % {"count": count})


def _say(request: Request, outcome: actions.Outcome, text: str) -> None:
    if outcome.done or not outcome.refused:
        messages.success(request, text)
    for refusal in outcome.refused[:5]:
        messages.error(request, f"{refusal.entry}: {refusal.error.messages[0]}")
