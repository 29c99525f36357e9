"""What a reporter does with an entry: save, confirm, submit, take back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from tasks.actions.writing import (
    Author,
    Change,
    Outcome,
    Seen,
    check_ledger_runs,
    check_open_to_author,
    check_version,
    write,
)
from tasks.models import Entry, EntryChange, Evidence, Exemption, Finding, Look, Rulebook
from tasks.models.content import PART_OF
from villages.models import Level

ANSWER = {"value", "nothing", "narrative"}


@dataclass(frozen=True)
class Edit:
    """New content for an entry, made from the version that the author saw."""

    entry_id: int
    version: int
    content: Mapping[str, Any]


def rulebook(entries: Iterable[Entry]) -> Rulebook:
    return Rulebook.of((e.task_id, e.township_id, e.period_id) for e in entries)


def save(edits: Iterable[Edit], author: Author, *, whole: bool = False) -> Outcome:
    """Write new content as drafts. With `whole`, any refusal rolls everything back."""
    by_id = {edit.entry_id: edit for edit in edits}
    book, asked = Rulebook(), dict[int, list[str]]()

    def look_around(entries: list[Entry]) -> None:
        nonlocal book
        book = rulebook(e for e in entries if by_id[e.pk].content.get("value") is not None)

    def change(entry: Entry) -> Change:
        edit, before = by_id[entry.pk], entry.content
        for name in Entry.CONTENT:
            given = edit.content.get(name, getattr(entry, name))
            column: Any = Entry._meta.get_field(name)
            setattr(entry, name, column.to_python(given))
        changed = {name for name, value in entry.content.items() if value != before[name]}
        if not changed:
            return False
        check_version(entry, edit.version)
        check_open_to_author(entry, author)
        _check_reopened(entry, changed)
        if entry.nothing != Entry.Nothing.EXEMPT:
            entry.nothing_reason, entry.nothing_granted_by = "", None
        if changed & ANSWER:
            entry.carried_from = None
        entry.clean()
        if "value" in changed:
            findings = list(book.findings(entry, entry.value))
            _refuse_blocked(findings)
            asked[entry.pk] = [finding.message for finding in findings]
        _become_draft(entry)
        return True

    fillable = Entry.objects.fillable_by(author.user)
    outcome = write(
        by_id, fillable, change, author, EntryChange.Verb.SAVE, whole=whole, look_around=look_around
    )
    outcome.asked = asked
    return outcome


def _check_reopened(entry: Entry, changed: Iterable[str]) -> None:
    closed = {name for name in changed if not entry.may_change(PART_OF[name])}
    if closed:
        message = _("Only the marked cells were returned; this one stands as it was reviewed.")
        raise ValidationError({name: ValidationError(message, "not_reopened") for name in closed})


def _refuse_blocked(findings: Iterable[Finding]) -> None:
    blocking = [finding.message for finding in findings if finding.blocks]
    if blocking:
        raise ValidationError({"value": blocking})


def _become_draft(entry: Entry) -> None:
    if entry.state != Entry.State.RETURNED:
        entry.state = Entry.State.DRAFT if entry.holds_anything else Entry.State.BLANK


def confirm(seen: Sequence[Seen], author: Author) -> Outcome:
    """Report again what stood last, unchanged; the entry says since when it has stood."""
    versions = {item.entry_id: item.version for item in seen}
    last: dict[tuple[int, int], Entry] = {}

    def look_around(entries: list[Entry]) -> None:
        last.update(last_reported(entries))

    def change(entry: Entry) -> Change:
        before = last.get((entry.task_id, entry.division_id))
        if before is None:
            message = _("Nothing was reported before that could be confirmed.")
            raise ValidationError(message, "nothing_before")
        source = before.carried_from or before.period
        answer = _answer_of(before)
        if entry.carried_from_id == source.pk and answer == _answer_of(entry):
            return False
        check_version(entry, versions[entry.pk])
        check_open_to_author(entry, author)
        _check_reopened(entry, {n for n in answer if answer[n] != getattr(entry, n)})
        entry.value, entry.nothing = before.value, before.nothing
        if entry.task.measure == entry.task.Measure.TEXT:
            entry.narrative = before.narrative
        entry.carried_from = source
        entry.clean()
        _become_draft(entry)
        return {"carried_from": source.code}

    fillable = Entry.objects.fillable_by(author.user)
    verb = EntryChange.Verb.CONFIRM
    return write(versions, fillable, change, author, verb, look_around=look_around)


def _answer_of(entry: Entry) -> dict[str, Any]:
    names = ["value", "nothing"]
    if entry.task.measure == entry.task.Measure.TEXT:
        names.append("narrative")
    return {name: getattr(entry, name) for name in names}


def last_reported(entries: Sequence[Entry]) -> dict[tuple[int, int], Entry]:
    """What each unit last reported on the same task in an earlier quarter, by task and unit."""
    if not entries:
        return {}
    quarter = min(entry.period.quarter for entry in entries)
    reported = Entry.objects.reported().filter(
        task__in={entry.task_id for entry in entries},
        division__in={entry.division_id for entry in entries},
        period__quarter__lt=quarter,
    )
    reported = reported.exclude(nothing=Entry.Nothing.EXEMPT)
    ordered = reported.select_related("period", "carried_from", "task").order_by("period__quarter")
    return {(entry.task_id, entry.division_id): entry for entry in ordered}


def submit(seen: Sequence[Seen], author: Author) -> Outcome:
    """Hand entries to the level above their author; they are frozen for the author then."""
    versions = {item.entry_id: item.version for item in seen}
    waiting_at = author.user.level.above if author.user.level else None
    book, shown = Rulebook(), set[int]()
    last: dict[tuple[int, int], Entry] = {}

    def look_around(entries: list[Entry]) -> None:
        nonlocal book
        book = rulebook(entries)
        last.update(last_reported([entry for entry in entries if entry.carried_from_id]))
        asked = [entry.pk for entry in entries if entry.task.evidence_wanted]
        shown.update(
            Evidence.objects.standing().filter(entry__in=asked).values_list("entry", flat=True)
        )

    def change(entry: Entry) -> Change:
        if entry.state == Entry.State.SUBMITTED and entry.submitted_by_id == author.user.pk:
            return False
        check_version(entry, versions[entry.pk])
        check_open_to_author(entry, author)
        check_complete(entry, book, has_evidence=entry.pk in shown)
        before = last.get((entry.task_id, entry.division_id))
        if before is None or _answer_of(before) != _answer_of(entry):
            # What it was confirmed from has been put right meanwhile: the value stands alone.
            entry.carried_from = None
        entry.state, entry.waiting_at = Entry.State.SUBMITTED, waiting_at or Level.CITY
        entry.submitted_at, entry.submitted_by = author.at, author.user
        if entry.first_submitted_at is None:
            entry.first_submitted_at = author.at
            entry.is_late = author.on > entry.due
        return True

    fillable = Entry.objects.fillable_by(author.user)
    verb = EntryChange.Verb.SUBMIT
    with transaction.atomic():
        outcome = write(versions, fillable, change, author, verb, look_around=look_around)
        # Who hands a line in no longer asks not to report it; the rows are locked already.
        asked = Exemption.objects.filter(entry__in=outcome.done, verdict="")
        withdrawn = Exemption.Verdict.WITHDRAWN
        asked.update(verdict=withdrawn, decided_by=author.user, decided_at=author.at)
    return outcome


def check_complete(entry: Entry, book: Rulebook, *, has_evidence: bool) -> None:
    """Everything that is asked of a line before it is handed in; raises ValidationError.

    Sets whether its value is unusual, which its reviewers see first.
    """
    if not entry.answers_the_task:
        raise ValidationError(
            _("Nothing is filled in yet. Give a value, or choose “nil report”."), "empty"
        )
    entry.clean()
    findings = list(book.findings(entry, entry.value))
    _refuse_blocked(findings)
    if entry.task.evidence_wanted and not entry.nothing and not has_evidence:
        raise ValidationError(_("Attach a file that shows it, for instance a photo."), "evidence")
    if findings and not entry.explanation.strip():
        said = " ".join(finding.message for finding in findings)
        message = _("%(findings)s Please explain it.") % {"findings": said}
        raise ValidationError({"explanation": ValidationError(message, "explanation")})
    entry.is_unusual = bool(findings)


def take_back(seen: Sequence[Seen], author: Author) -> Outcome:
    """Withdraw what one's unit submitted, as long as nobody above has looked at it."""
    versions = {item.entry_id: item.version for item in seen}
    own, looked, states = set[int](), set[int](), dict[int, str]()

    def look_around(entries: list[Entry]) -> None:
        pks = [entry.pk for entry in entries]
        mine = Entry.objects.filter(pk__in=pks, submitted_by__division=author.user.division)
        own.update(mine.values_list("pk", flat=True))
        looks = Look.objects.filter(entry__in=pks, version=F("entry__version"))
        others = looks.exclude(user__division=author.user.division)
        looked.update(others.values_list("entry", flat=True))
        steps = EntryChange.objects.filter(entry__in=pks, version=F("entry__version"))
        states.update(steps.filter(verb="submit").values_list("entry", "before__state"))

    def change(entry: Entry) -> Change:
        check_version(entry, versions[entry.pk])
        check_ledger_runs(entry.task.ledger)
        if entry.state != Entry.State.SUBMITTED or entry.pk not in own & states.keys():
            message = _("Only the unit that submitted a line takes it back.")
            raise ValidationError(message, "not_yours")
        if entry.pk in looked:
            message = _("It has been looked at above; ask there to return it.")
            raise ValidationError(message, "looked_at")
        entry.period.check_open(author.on, entry.extended_to)
        entry.state, entry.waiting_at = states[entry.pk], ""
        is_first = entry.submitted_at == entry.first_submitted_at
        if is_first and entry.state != Entry.State.RETURNED:
            entry.first_submitted_at, entry.is_late = None, False
        entry.submitted_at = entry.submitted_by = None
        return True

    fillable = Entry.objects.fillable_by(author.user)
    verb = EntryChange.Verb.TAKE_BACK
    return write(versions, fillable, change, author, verb, look_around=look_around)
