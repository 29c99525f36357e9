"""What people decide about lights: the thresholds of a ledger, and a light that is set by hand."""

import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from tasks.actions.deadlines import FURTHEST
from tasks.actions.making import check_kept_by
from tasks.actions.writing import Author, check_ledger_runs, keep_ledgers_open
from tasks.models import (
    Entry,
    EntrySummary,
    Ledger,
    LightOverride,
    LightRule,
    Period,
    Task,
    Thresholds,
)
from tasks.models.override import LightOverrideQuerySet
from tasks.models.thresholds import THRESHOLDS
from villages.models import Division, DivisionQuerySet, Level

OTHER_FIELDS = {f.name for f in Ledger._meta.concrete_fields} - set(THRESHOLDS)
# What the act itself knows to be right, and need not look up once more.
KNOWN = {"division", "period", "task", "by", "ended_by", "ended_at"}


def change_thresholds(
    ledger: Ledger, thresholds: Thresholds, version: int, reason: str, author: Author
) -> LightRule:
    """Give an issued ledger other thresholds: the next version of its rule, by which all its
    lines are counted afresh.

    `version` is the one that the author saw. Raises ValidationError with code `stale` where
    another stands by now, `same` where nothing would change, `draft` and `closed` where the
    ledger does not run.
    """
    check_kept_by(ledger, author, "tasks.add_lightrule")
    reason = _in_words(reason)
    with transaction.atomic():
        locked = Ledger.objects.select_for_update().get(pk=ledger.pk)
        if locked.light_version != version:
            message = _("Somebody changed the thresholds meanwhile; this is what stands now.")
            raise ValidationError(message, "stale")
        check_thresholds(locked, thresholds)
        locked.light_version += 1
        rule = LightRule.objects.keep(locked, author.user, author.at, reason)
        locked.save(update_fields=[*THRESHOLDS, "light_version"])
        EntrySummary.objects.rebuild(locked)
    return rule


def _in_words(reason: str) -> str:
    reason = reason.strip()
    if not reason:
        raise ValidationError({"reason": _("Say why the thresholds are changed.")})
    try:
        LightRule._meta.get_field("reason").run_validators(reason)
    except ValidationError as error:
        raise ValidationError({"reason": error}) from error
    return reason


def check_thresholds(ledger: Ledger, thresholds: Thresholds) -> None:
    """Set them on the ledger, not stored yet, where it may have them; else ValidationError."""
    if ledger.state == Ledger.State.DRAFT:
        raise ValidationError(_("The thresholds of a draft are changed in its form."), "draft")
    check_ledger_runs(ledger)
    if ledger.thresholds == thresholds:
        raise ValidationError(_("These are the thresholds that stand now."), "same")
    for name in THRESHOLDS:
        setattr(ledger, name, getattr(thresholds, name))
    ledger.clean_fields(exclude=OTHER_FIELDS)
    ledger.validate_constraints()


def overridable_by(user: User) -> DivisionQuerySet:
    """Units whose light the user may set by hand: below the own one, never the own one itself."""
    if not user.has_perm("tasks.add_lightoverride"):
        return Division.objects.none()
    own, below = user.division, Division.objects.visible_to(user)
    return below.exclude(pk=own.pk) if own else below.exclude(level=Level.CITY)


def override(
    division: Division,
    period: Period,
    task: Task | None,
    light: str,
    until: datetime.date,
    reason: str,
    author: Author,
) -> LightOverride:
    """Show another light for a unit, or for one task of it, until the end of a day.

    Raises PermissionDenied where the unit is not below the author's; ValidationError with code
    `stands` where one was set already, and by field for what is wrong with this one.
    """
    if not overridable_by(author.user).filter(pk=division.pk).exists():
        raise PermissionDenied
    given = LightOverride(
        division=division,
        period=period,
        task=task,
        light=light,
        until=until,
        reason=reason.strip(),
        by=author.user,
        at=author.at,
    )
    given.clean_fields(exclude=KNOWN)
    with transaction.atomic():
        keep_ledgers_open()
        # Two who set the light of one unit at once follow each other.
        Division.objects.select_for_update(no_key=True).get(pk=division.pk)
        _check_until(period, until, author.on)
        _check_owes(given)
        _check_free(given, author)
        given.save()
    return given


def _check_year_runs(given: LightOverride) -> None:
    line = [*given.division.ancestor_ids, given.division_id]
    for ledger in Ledger.objects.issued().filter(year=given.period.year, division__in=line):
        check_ledger_runs(ledger)


def _check_until(period: Period, until: datetime.date, on: datetime.date) -> None:
    if until < on:
        raise ValidationError({"until": _("Choose today or a later day.")})
    latest = period.locks + FURTHEST
    if until > latest:
        message = _(
            "This is too far away: lights of this quarter are set until %(latest)s at most."
        )
        raise ValidationError({"until": message % {"latest": date_format(latest, "DATE_FORMAT")}})


def _check_owes(given: LightOverride) -> None:
    lines = Entry.objects.within(given.division).filter(period=given.period).owed()
    if given.task:
        lines = lines.filter(task=given.task)
    if not lines.exists():
        message = _("%(unit)s owes nothing in this quarter.") % {"unit": given.division}
        raise ValidationError(message, "nothing")
    running = lines.filter(task__ledger__state=Ledger.State.ISSUED)
    if not running.exists():
        raise ValidationError(_("The ledger of this year is closed."), "closed")


def _check_free(given: LightOverride, author: Author) -> None:
    """At most one stands; one whose last day is past makes room, ended by nobody."""
    before = LightOverride.objects.about(given.division, given.period, given.task)
    if _standing(before.filter(ended_at=None), author.on):
        message = _("This light is set by hand already; end that first.")
        raise ValidationError(message, "stands")
    before.filter(ended_at=None, until__lt=author.on).update(ended_at=author.at)


def _standing(overrides: LightOverrideQuerySet, on: datetime.date) -> bool:
    return overrides.standing(on).exists()


def may_end(given: LightOverride, user: User) -> bool:
    """By whoever may set it, of the unit that did or one above it: no county undoes its city."""
    if not overridable_by(user).filter(pk=given.division_id).exists():
        return False
    own, its = user.division, given.by.division
    return own is None or its is None or own.manages(its)


def end_override(given: LightOverride, author: Author) -> LightOverride:
    """End it before its day; the row stays, with who ended it and when."""
    if not may_end(given, author.user):
        raise PermissionDenied
    with transaction.atomic():
        keep_ledgers_open()
        rows = LightOverride.objects.select_related("division", "period")
        locked = rows.select_for_update(of=("self",)).get(pk=given.pk)
        _check_year_runs(locked)
        if not locked.stands(author.on):
            raise ValidationError(_("This has ended already."), "ended")
        locked.ended_by, locked.ended_at = author.user, author.at
        locked.save(update_fields=["ended_by", "ended_at"])
    return locked
