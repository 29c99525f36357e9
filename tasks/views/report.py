"""Filling a quarter: one unit's tasks on one page, saved as drafts, then submitted."""

from dataclasses import dataclass, field

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts.http import Request
from accounts.models import User
from tasks import actions
from tasks.actions.filling import last_reported, rulebook
from tasks.forms import DIGITS_OF_A_KEY, EntryForm
from tasks.grid import carried_label
from tasks.models import Counts, Entry, EntryChange, Exemption
from tasks.place import Place, period_of_today
from tasks.progress import Progress, progress_of_units
from tasks.returned import Returned, returned
from tasks.views.grid import may_fill
from tasks.views.words import words
from tasks.window import Window
from villages.models import Level


@dataclass
class Line:
    """One entry on the page: its form where it may be filled, and what went wrong with it."""

    entry: Entry
    form: EntryForm | None
    refusal: actions.Refusal | None = None
    last: Entry | None = None
    carried: str = ""
    returned: Returned | None = None
    question: Exemption | None = None
    asks: list[str] = field(default_factory=list)
    may_take_back: bool = False

    @property
    def shows_explanation(self) -> bool:
        """Whether a rule or a reviewer asks for it, or it was given."""
        return bool(self.asks or self.entry.explanation or "explanation" in self.marked)

    @property
    def has_words(self) -> bool:
        return any((self.entry.narrative, self.entry.problems, self.entry.next_steps))

    @property
    def marked(self) -> list[str]:
        return [mark.part for mark in self.returned.marks] if self.returned else []


@require_safe
def report_now(request: Request) -> HttpResponse:
    period = period_of_today(timezone.localdate())
    division = request.user.division
    if division is None or division.level not in (Level.TOWNSHIP, Level.VILLAGE) or not period:
        raise Http404
    page = "tasks:grid" if division.level == Level.TOWNSHIP else "tasks:report"
    return redirect(page, code=division.code, period=period)


@require_http_methods(["GET", "POST"])
def report(request: Request, code: str, period: str) -> HttpResponse:
    place = Place.or_404(request.user, code, period)
    if not may_fill(request.user):
        raise PermissionDenied
    if request.method == "POST" and request.POST.get("do") == "submit_all":
        return _submit_all(request, place)
    if "take_back" in request.POST:
        return _take_back(request, place)
    entries = _entries(place)
    data = request.POST.copy()
    lines = [_line(data, entry) for entry in entries]
    status = 200
    if request.method == "POST":
        refused = _save(request, lines)
        if not refused and request.POST.get("do") == "submit":
            return _submit(request, place, lines)
        if not refused and "confirm" in request.POST:
            return _confirm(request, place, lines)
        if not refused:
            return redirect("tasks:report", code=code, period=period)
        status = 409 if any(r.is_conflict for r in refused if r) else 422
    _look_around(lines, request.user)
    return render(request, "tasks/report.html", _context(place, lines), status=status)


def _entries(place: Place) -> list[Entry]:
    mine = (
        Entry.objects.fillable_by(place.user)
        .owed()
        .filter(division=place.division, period=place.period)
    )
    related = mine.select_related("task__ledger", "period", "division", "carried_from")
    return list(related.order_by("task__number"))


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


def _look_around(lines: list[Line], user: User) -> None:
    """Beside each line: what stood last, why it came back, what its rules ask."""
    entries = [line.entry for line in lines]
    last, verdicts = last_reported(entries), returned(entries)
    questions = Exemption.objects.latest_of(entries)
    book = rulebook(line.entry for line in lines if line.form)
    mine = Entry.objects.fillable_by(user).filter(pk__in=[entry.pk for entry in entries])
    takeable = set(mine.to_take_back(user).values_list("pk", flat=True))
    for line in lines:
        entry = line.entry
        line.last = last.get((entry.task_id, entry.division_id))
        line.carried = carried_label(entry.period, entry.carried_from)
        line.returned = verdicts.get(entry.pk)
        line.question = questions.get(entry.pk)
        line.may_take_back = entry.pk in takeable
        if line.form:
            line.asks = [finding.message for finding in book.findings(entry, entry.value)]


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
    elif not refusals and not wrong and request.POST.get("do") in ("save", "keep"):
        messages.info(request, _("Nothing was changed."))
    return [*refusals.values(), *wrong]


def _confirm(request: Request, place: Place, lines: list[Line]) -> HttpResponse:
    """One line is as it was last quarter; what else was typed on the page is saved by now."""
    pk = request.POST["confirm"]
    seen = [
        actions.Seen(line.entry.pk, line.form.seen_version)
        for line in lines
        if line.form and str(line.entry.pk) == pk
    ]
    outcome = actions.confirm(seen, actions.Author(request.user, EntryChange.Origin.PAGE))
    if outcome.done or outcome.unchanged:
        messages.success(request, _("Confirmed unchanged."))
    _say_refusals(request, outcome)
    return redirect(f"{_address(place)}#e{seen[0].entry_id}" if seen else _address(place))


def _take_back(request: Request, place: Place) -> HttpResponse:
    pk, _colon, version = request.POST["take_back"].partition(":")
    if not all(one.isdecimal() and len(one) < DIGITS_OF_A_KEY for one in (pk, version)):
        raise Http404
    seen = [actions.Seen(int(pk), int(version))]
    outcome = actions.take_back(seen, actions.Author(request.user, EntryChange.Origin.PAGE))
    if outcome.missing:
        raise Http404
    if outcome.done:
        messages.success(request, _("Taken back: the line may be changed again."))
    _say_refusals(request, outcome)
    return redirect(_address(place))  # its top, where the message stands


def _address(place: Place) -> str:
    return reverse("tasks:report", args=[place.division.code, place.period.code])


def _say_refusals(request: Request, outcome: actions.Outcome) -> None:
    for refusal in outcome.refused[:3]:
        messages.error(request, _in_words(refusal))


def _in_words(refusal: actions.Refusal) -> str:
    """What was refused and why; a missing file is attached on the page of its line."""
    text = f"{refusal.entry}: {refusal.error.messages[0]}"
    if getattr(refusal.error, "code", "") != "evidence":
        return text
    page = reverse("tasks:entry", args=[refusal.entry.pk])
    return format_html('{} <a href="{}#evidence">{}</a>', text, page, _("Attach it here"))


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
    _say_refusals(request, outcome)


def _grid_code(place: Place) -> str:
    """Whose grid this page belongs to; a village's own reporter has none."""
    own = place.user.division
    return own.code if own and own.level == Level.TOWNSHIP else ""


def _context(place: Place, lines: list[Line]) -> dict[str, object]:
    units: list[Progress] = []
    if place.division.level == Level.TOWNSHIP:
        units = progress_of_units(place)
    own = next((unit.counts for unit in units if unit.division == place.division), Counts())
    mine = [(line.entry.state, line.entry.extended_to) for line in lines]
    return {
        "place": place,
        "view_name": "tasks:report",
        "lines": lines,
        "units": units,
        "grid_code": _grid_code(place),
        "own": own,
        "to_submit": sum(unit.counts.draft for unit in units),
        "window": Window.of(place.period, timezone.localdate(), mine),
        "to_fix": sum(line.returned.cells for line in lines if line.returned),
        "words": words(),
        "open_lines": sum(line.form is not None for line in lines),
    }
