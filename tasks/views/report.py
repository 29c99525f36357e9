"""Filling a quarter: one unit's tasks on one page, saved as drafts, then submitted."""

from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts.http import Request
from tasks import actions
from tasks.forms import EntryForm
from tasks.models import Counts, Entry, EntryChange, Review
from tasks.place import Place, period_of_today
from tasks.progress import Progress, progress_of_units
from villages.models import Level


@dataclass
class Line:
    """One entry on the page: its form where it may be filled, and what went wrong with it."""

    entry: Entry
    form: EntryForm | None
    reason: str = ""
    refusal: actions.Refusal | None = None


@require_safe
def report_now(request: Request) -> HttpResponse:
    period = period_of_today(timezone.localdate())
    division = request.user.division
    if division is None or division.level not in (Level.TOWNSHIP, Level.VILLAGE) or not period:
        raise Http404
    return redirect("tasks:report", code=division.code, period=period)


@require_http_methods(["GET", "POST"])
def report(request: Request, code: str, period: str) -> HttpResponse:
    place = Place.or_404(request.user, code, period)
    may_fill = request.user.level in (Level.TOWNSHIP, Level.VILLAGE)
    if not may_fill or not request.user.has_perm("tasks.change_entry"):
        raise PermissionDenied
    if request.method == "POST" and request.POST.get("do") == "submit_all":
        return _submit_all(request, place)
    entries = _entries(place)
    data = request.POST.copy()
    lines = [_line(data, entry) for entry in entries]
    _add_reasons(lines)
    status = 200
    if request.method == "POST":
        refused = _save(request, lines)
        if not refused and request.POST.get("do") == "submit":
            return _submit(request, place, lines)
        if not refused:
            return redirect("tasks:report", code=code, period=period)
        status = 409 if any(r.is_conflict for r in refused if r) else 422
    return render(request, "tasks/report.html", _context(place, lines), status=status)


def _entries(place: Place) -> list[Entry]:
    mine = (
        Entry.objects.fillable_by(place.user)
        .owed()
        .filter(division=place.division, period=place.period)
    )
    related = mine.select_related("task__ledger", "period", "division")
    return list(related.with_previous().order_by("task__number"))


def _line(data: QueryDict, entry: Entry) -> Line:
    """Entries that may not be filled now are shown as they are, unless something was typed."""
    form = EntryForm(data if f"e{entry.pk}-version" in data else None, instance=entry)
    try:
        actions.check_editable(
            entry.task, entry.period, entry.state, timezone.localdate(), entry.extended_to
        )
    except ValidationError:
        return Line(entry, form if form.is_touched else None)
    return Line(entry, form)


def _add_reasons(lines: list[Line]) -> None:
    """Beside a returned line, why it came back: the latest verdict counts."""
    returned = {line.entry.pk: line for line in lines if line.entry.state == Entry.State.RETURNED}
    for review in Review.objects.filter(entry__in=returned).order_by("at", "pk"):
        returned[review.entry_id].reason = review.comment


def _save(request: Request, lines: list[Line]) -> list[actions.Refusal | None]:
    """Save every line that was changed; return what was refused, None for a wrong input."""
    forms = {line.entry.pk: line.form for line in lines if line.form and line.form.is_touched}
    edits = [
        actions.Edit(pk, form.cleaned_data["version"], form.content)
        for pk, form in forms.items()
        if form.is_valid()
    ]
    outcome = actions.save(edits, actions.Author(request.user, EntryChange.Origin.PAGE))
    # Where the page is shown again, saving again is meant for what it shows now.
    for entry in [*outcome.done, *outcome.unchanged, *(r.entry for r in outcome.refused)]:
        forms[entry.pk].meant_for(entry.version)
    refusals = {refusal.entry.pk: refusal for refusal in outcome.refused}
    for line in lines:
        line.refusal = refusals.get(line.entry.pk)
    wrong = [None] * (len(forms) - len(edits))
    if saved := len(outcome.done):
        text = ngettext("%(count)d line saved.", "%(count)d lines saved.", saved)
        messages.success(request, text % {"count": saved})
    elif not refusals and not wrong:
        messages.info(request, _("Nothing was changed."))
    return [*refusals.values(), *wrong]


def _submit(request: Request, place: Place, lines: list[Line]) -> HttpResponse:
    """What the page showed, as it showed it; not what somebody else saved meanwhile."""
    shown = {line.entry.pk: line.form for line in lines if line.form and line.form.is_bound}
    fresh = Entry.objects.fillable_by(request.user).filter(pk__in=shown).select_related("task")
    untouched = set(fresh.returned_and_untouched().values_list("pk", flat=True))
    entries = [e for e in fresh if e.is_editable and e.pk not in untouched]
    _submit_ready(request, entries, {pk: form.seen_version for pk, form in shown.items()})
    if untouched:
        text = _("Returned lines that were not changed were not submitted again.")
        messages.warning(request, text)
    return redirect("tasks:report", code=place.division.code, period=place.period)


def _submit_all(request: Request, place: Place) -> HttpResponse:
    """Everything that is filled in the township and its villages, in one step."""
    below = Entry.objects.fillable_by(request.user).within(place.division)
    drafts = below.filter(period=place.period, state=Entry.State.DRAFT).select_related("task")
    _submit_ready(request, list(drafts), {entry.pk: entry.version for entry in drafts})
    return redirect("tasks:report", code=place.division.code, period=place.period)


def _submit_ready(request: Request, entries: list[Entry], versions: dict[int, int]) -> None:
    ready = [actions.Seen(e.pk, versions[e.pk]) for e in entries if e.answers_the_task]
    author = actions.Author(request.user, EntryChange.Origin.PAGE)
    outcome = actions.submit(ready, author)
    if done := len(outcome.done):
        text = ngettext("%(count)d line submitted.", "%(count)d lines submitted.", done)
        messages.success(request, text % {"count": done})
    if left := len(entries) - len(ready):
        text = ngettext(
            "%(count)d line is still empty and was not submitted.",
            "%(count)d lines are still empty and were not submitted.",
            left,
        )
        messages.warning(request, text % {"count": left})
    for refusal in outcome.refused[:3]:
        messages.error(request, f"{refusal.entry}: {refusal.error.messages[0]}")


def _context(place: Place, lines: list[Line]) -> dict[str, object]:
    units: list[Progress] = []
    if place.division.level == Level.TOWNSHIP:
        units = progress_of_units(place)
    own = next((unit.counts for unit in units if unit.division == place.division), Counts())
    today = timezone.localdate()
    return {
        "place": place,
        "view_name": "tasks:report",
        "lines": lines,
        "units": units,
        "own": own,
        "to_submit": sum(unit.counts.draft for unit in units),
        "days_left": place.period.days_left(today),
        "opened": place.period.opens <= today,
        "locked": place.period.locks < today,
        "open_lines": sum(line.form is not None for line in lines),
    }
