"""That a unit need not report a line: asked for, granted or refused above, withdrawn, lifted.

The entry is always locked before its exemption, and both are written in one transaction.
"""

from decimal import Decimal

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import AccessLog
from tasks.actions.writing import (
    Author,
    Change,
    Outcome,
    check_ledger_runs,
    check_open_to_author,
    check_version,
    keep_ledgers_open,
    write,
)
from tasks.models import Entry, EntryChange, EntryQuerySet, Exemption, Review
from tasks.models.entry_queryset import share_tasks
from villages.models import Level

# A step that somebody tried to skip stands in the access log.
SKIPPED = ("not_waiting", "own")


def ask(entry_id: int, version: int, reason: str, author: Author) -> Exemption:
    """Ask the level above that a line need not be reported; the line itself stays as it is.

    Raises ValidationError, and Entry.DoesNotExist for a line that is not the author's to fill.
    """
    level = author.user.level.above if author.user.level else None
    exemption = Exemption(
        reason=reason.strip(),
        asked_by=author.user,
        asked_at=author.at,
        waiting_at=level or Level.CITY,
    )
    if not exemption.reason:
        raise ValidationError(_("Say why the unit should be exempt."), "reason")
    Exemption._meta.get_field("reason").run_validators(exemption.reason)
    with transaction.atomic():
        entry = _locked(entry_id, Entry.objects.fillable_by(author.user))
        open_questions = Exemption.objects.filter(entry=entry, verdict="")
        before = open_questions.first()
        if before and before.asked_by_id == author.user.pk and before.reason == exemption.reason:
            return before  # the button was pressed twice
        check_version(entry, version)
        check_open_to_author(entry, author)
        _check_value_open(entry)
        if before:
            raise ValidationError(_("An exemption has been asked for already."), "asked")
        exemption.entry = entry
        exemption.save()
    return exemption


def _check_value_open(entry: Entry) -> None:
    if not entry.may_change("value"):
        message = _("Only the marked cells were returned; this one stands as it was reviewed.")
        raise ValidationError(message, "not_reopened")


def decide(exemption_id: int, version: int, grant: bool, comment: str, author: Author) -> Exemption:
    """Grant or refuse what waits at the author's level; granting accepts the line as exempt.

    `version` is the one of the line that the author saw: granting takes its value away.
    Raises ValidationError, and Exemption.DoesNotExist for one that the author does not see.
    """
    if not author.user.has_perm("tasks.review_entry") or author.user.level is None:
        raise PermissionDenied
    try:
        with transaction.atomic():
            exemption = _locked_exemption(exemption_id, author)
            _decide(exemption, version, grant, comment.strip(), author)
    except ValidationError as error:
        if getattr(error, "code", "") in SKIPPED:
            AccessLog.note(author.user, AccessLog.Action.REFUSED, f"exemption · {exemption.entry}")
        raise
    return exemption


def _decide(exemption: Exemption, version: int, grant: bool, comment: str, author: Author) -> None:
    verdict = Exemption.Verdict.GRANTED if grant else Exemption.Verdict.REFUSED
    if exemption.verdict == verdict and exemption.decided_by_id == author.user.pk:
        return  # the button was pressed twice
    if exemption.verdict:
        raise ValidationError(_("This has been decided already."), "decided")
    if exemption.asked_by_id == author.user.pk:
        raise ValidationError(_("Nobody decides on what they asked for themselves."), "own")
    if exemption.waiting_at != author.user.level:
        raise ValidationError(_("This is not waiting for your decision."), "not_waiting")
    if not grant and not comment:
        raise ValidationError(_("Say why the exemption is refused."), "comment")
    if grant:
        _exempt(exemption, version, comment, author)
    _close(exemption, verdict, comment, author)


def _exempt(exemption: Exemption, version: int, comment: str, author: Author) -> None:
    def change(entry: Entry) -> Change:
        if entry.version != version:
            message = _("The line was changed meanwhile; look at what it holds now, and decide.")
            raise ValidationError(message, "conflict")
        check_open_to_author(entry, author)
        _check_value_open(entry)
        # What lifting must know to bring the line back, beside its content.
        again = {"reopened": entry.reopened_parts} if entry.reopened_parts else {}
        entry.value, entry.carried_from = None, None
        entry.nothing, entry.nothing_reason = Entry.Nothing.EXEMPT, exemption.reason
        entry.nothing_granted_by = author.user
        entry.state, entry.waiting_at = Entry.State.ACCEPTED, ""
        entry.reopened_parts, entry.is_unusual = "", False
        entry.decided_at = author.at
        if entry.first_submitted_at is None:
            entry.first_submitted_at = exemption.asked_at
            entry.is_late = exemption.asked_on > entry.due
        said = {"reason": exemption.reason, "comment": comment}
        return {"exemption": exemption.pk, **said, **again}

    visible = Entry.objects.visible_to(author.user)
    _only(write([exemption.entry_id], visible, change, author, EntryChange.Verb.EXEMPT))


def withdraw(exemption_id: int, author: Author) -> Exemption:
    """Take back what the author asked for, as long as nobody decided.

    It is kept as a question that its asker closed. Raises ValidationError, and
    Exemption.DoesNotExist.
    """
    with transaction.atomic():
        exemption = _locked_exemption(exemption_id, author)
        if exemption.is_withdrawn:
            return exemption
        if exemption.asked_by_id != author.user.pk:
            raise ValidationError(_("Only who asked for it withdraws it."), "not_yours")
        if exemption.verdict:
            raise ValidationError(_("This has been decided already."), "decided")
        _close(exemption, Exemption.Verdict.WITHDRAWN, "", author)
    return exemption


def lift(entry_id: int, version: int, comment: str, author: Author) -> Outcome:
    """Ask for an exempt line again, by the level that could grant it, while the quarter is open.

    What it held before it was exempt, it holds again.
    """
    if not author.user.has_perm("tasks.review_entry") or author.user.level is None:
        raise PermissionDenied
    comment = comment.strip()
    if not comment:
        raise ValidationError(_("Say why the exemption is lifted."), "comment")
    Exemption._meta.get_field("comment").run_validators(comment)
    granted: list[Exemption] = []

    def look_around(entries: list[Entry]) -> None:
        found = Exemption.objects.filter(entry__in=entries, verdict=Exemption.Verdict.GRANTED)
        granted.extend(found.select_for_update().order_by("-decided_at", "-pk")[:1])

    def change(entry: Entry) -> Change:
        if entry.nothing != Entry.Nothing.EXEMPT and entry.version == version + 1:
            return False  # the button was pressed twice
        check_version(entry, version)
        check_liftable(entry, granted[0] if granted else None, author)
        _ask_again(entry, granted[0])
        return {"exemption": granted[0].pk, "comment": comment}

    with transaction.atomic():
        visible = Entry.objects.visible_to(author.user)
        verb = EntryChange.Verb.LIFT
        outcome = write([entry_id], visible, change, author, verb, look_around=look_around)
        if outcome.done:
            _close(granted[0], Exemption.Verdict.LIFTED, comment, author)
    return outcome


def check_liftable(entry: Entry, granted: Exemption | None, author: Author) -> None:
    """Whether the author may lift what was granted; raises ValidationError, in words."""
    if entry.nothing != Entry.Nothing.EXEMPT or granted is None:
        raise ValidationError(_("This line is not exempt."), "not_exempt")
    if granted.waiting_at != author.user.level or granted.asked_by_id == author.user.pk:
        raise ValidationError(
            _("Only the level that granted an exemption lifts it."), "not_waiting"
        )
    check_ledger_runs(entry.task.ledger)
    entry.period.check_open(author.on, entry.extended_to)


def _ask_again(entry: Entry, exemption: Exemption) -> None:
    """As it stood before: the time of asking counted as its report, and no longer does."""
    exempted = EntryChange.objects.filter(entry=entry, verb=EntryChange.Verb.EXEMPT)
    change = exempted.filter(after__exemption=exemption.pk).order_by("-version").first()
    before, after = (change.before, change.after) if change else ({}, {})
    value = before.get("value")
    entry.value = None if value is None else Decimal(value)
    entry.nothing, entry.nothing_reason = before.get("nothing", ""), ""
    entry.nothing_granted_by, entry.decided_at = None, None
    entry.state = Entry.State.DRAFT if entry.holds_anything else Entry.State.BLANK
    if before.get("state") == Entry.State.RETURNED:
        entry.state, entry.reopened_parts = Entry.State.RETURNED, after.get("reopened", "")
        returned = Review.objects.filter(entry=entry, verdict="returned", undone_at=None)
        entry.decided_at = returned.order_by("at").values_list("at", flat=True).last()
    elif entry.first_submitted_at == exemption.asked_at:
        entry.first_submitted_at, entry.is_late = None, False


def _locked(entry_id: int, allowed: EntryQuerySet) -> Entry:
    keep_ledgers_open()
    return share_tasks([allowed.select_for_update(of=("self",)).get(pk=entry_id)])[0]


def _locked_exemption(exemption_id: int, author: Author) -> Exemption:
    seen = Exemption.objects.visible_to(author.user)
    entry = _locked(seen.values_list("entry", flat=True).get(pk=exemption_id), Entry.objects.all())
    exemption = seen.select_for_update(of=("self",)).get(pk=exemption_id)
    exemption.entry = entry
    return exemption


def _close(exemption: Exemption, verdict: Exemption.Verdict, comment: str, author: Author) -> None:
    Exemption._meta.get_field("comment").run_validators(comment)
    exemption.verdict, exemption.comment = verdict, comment
    exemption.decided_by, exemption.decided_at = author.user, author.at
    exemption.save(update_fields=["verdict", "comment", "decided_by", "decided_at"])


def _only(outcome: Outcome) -> None:
    """Raise why the one line was not written."""
    for refusal in outcome.refused:
        raise refusal.error
    if outcome.missing:
        raise Entry.DoesNotExist
