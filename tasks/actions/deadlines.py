"""What moves dates: an extension for one unit; a quarter locked, unlocked, or given other days.

Whoever moves a date locks the quarter's row first, so that two who do so at once follow each
other. An extension keeps its own record; what happens to a quarter is written as PeriodChange.
"""

import datetime
from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from tasks.actions.writing import Author
from tasks.models import Entry, EntryQuerySet, EntrySummary, Extension, Ledger, Period, PeriodChange
from villages.models import Division, DivisionQuerySet, Level

FURTHEST = datetime.timedelta(days=92)
DATES = ("opens", "due", "locks")


def may_extend(user: User) -> bool:
    """Reviewers and managers of city and county give units below them more time."""
    above = user.sees_everything or user.level in (Level.CITY, Level.COUNTY)
    return above and user.has_perm("tasks.review_entry")


def may_move(user: User) -> bool:
    """The dates of a quarter are common to all: only the city's managers move them."""
    of_city = user.sees_everything or user.level == Level.CITY
    return of_city and user.has_perm("tasks.lock_period")


def extendable_by(user: User) -> DivisionQuerySet:
    if not may_extend(user):
        return Division.objects.none()
    own = user.division.path if user.division else ""
    return Division.objects.visible_to(user).exclude(level=Level.CITY).exclude(path=own)


def extend(
    division: Division, period: Period, until: datetime.date, reason: str, author: Author
) -> Extension:
    """Give one unit and everything below it a later due date, in place of one given before."""
    _check_may_extend(division, author.user)
    reason = _in_words(reason, _("Say why the date is extended."))
    with transaction.atomic():
        period = _locked(period)
        _check_until(period, until, author.on)
        runs = Q(task__ledger__state=Ledger.State.ISSUED)
        if not _lines_of(division, period).filter(runs).exists():
            raise ValidationError(
                {"unit": _("%(unit)s owes nothing in this quarter.") % {"unit": division}}
            )
        given = Extension.objects.filter(division=division, period=period, ended_at=None)
        given.update(ended_at=author.at, ended_by=author.user)
        extension = Extension.objects.create(
            division=division,
            period=period,
            until=until,
            reason=reason,
            granted_by=author.user,
            granted_at=author.at,
        )
        hand_down(_lines_of(division, period), period)
    return extension


def end_extension(extension: Extension, author: Author) -> Extension:
    """End it before its day; what else was granted to the unit or around it holds on."""
    _check_may_extend(extension.division, author.user)
    with transaction.atomic():
        _locked(extension.period)
        extension = Extension.objects.select_related("division", "period").get(pk=extension.pk)
        if not extension.is_running(author.on):
            raise ValidationError(_("This extension has ended already."), "ended")
        extension.ended_at, extension.ended_by = author.at, author.user
        extension.save(update_fields=["ended_at", "ended_by"])
        hand_down(_lines_of(extension.division, extension.period), extension.period)
    return extension


def _check_may_extend(division: Division, user: User) -> None:
    if not extendable_by(user).filter(pk=division.pk).exists():
        raise PermissionDenied


def _check_until(period: Period, until: datetime.date, on: datetime.date) -> None:
    if until <= on:
        raise ValidationError({"until": _("Choose a day after today.")})
    if until <= period.due:
        message = _("Choose a day after the due date of the quarter, %(due)s.")
        raise ValidationError({"until": message % {"due": _day(period.due)}})
    latest = period.locks + FURTHEST
    if until > latest:
        message = _("This is too far away: a quarter is extended to %(latest)s at most.")
        raise ValidationError({"until": message % {"latest": _day(latest)}})


def _day(day: datetime.date) -> str:
    return date_format(day, "DATE_FORMAT")


def _lines_of(division: Division, period: Period) -> EntryQuerySet:
    return Entry.objects.within(division).filter(period=period)


def hand_down(lines: EntryQuerySet, period: Period) -> None:
    """Give lines of a quarter the latest day granted to any unit that they are counted in.

    By the township as at issue, like everything that counts
    lines. What has run out still says until when those lines had time.
    """
    # In the order in which all writers lock lines, so that none waits for another in a ring.
    locked = lines.select_for_update(of=("self",)).order_by("pk")
    if any(locked.values_list("extended_to", flat=True)):
        lines.update(extended_to=None)
    standing = Extension.objects.filter(period=period, ended_at=None).select_related("division")
    for given in standing.order_by("until"):
        lines.within(given.division).update(extended_to=given.until)
    summed = EntrySummary.objects.filter(period=period)
    summed.filter(township__in=lines.order_by().values("township")).note_change()


def lock(period: Period, reason: str, author: Author) -> PeriodChange | None:
    """Close a quarter to everybody but those with a running extension."""

    def change(period: Period) -> None:
        if period.is_locked(author.on):
            raise ValidationError(_("This quarter is locked already."), "locked")
        period.locked_at = author.at

    return _change(period, PeriodChange.Verb.LOCK, reason, author, change)


def unlock(
    period: Period, reason: str, author: Author, locks: datetime.date | None = None
) -> PeriodChange | None:
    """Open a locked quarter again; past its last day only together with a new one."""

    def change(period: Period) -> None:
        if not period.is_locked(author.on):
            raise ValidationError(_("This quarter is not locked."), "open")
        period.locked_at, period.locks = None, locks or period.locks
        if period.is_locked(author.on):
            raise ValidationError(
                {"locks": _("Its last day is past: choose a day until which it stays open.")}
            )

    return _change(period, PeriodChange.Verb.UNLOCK, reason, author, change)


def move_dates(
    period: Period,
    opens: datetime.date,
    due: datetime.date,
    locks: datetime.date,
    reason: str,
    author: Author,
) -> PeriodChange | None:
    """Give a quarter other days. Lights and reminders follow; the mark of a late report stays."""

    def change(period: Period) -> None:
        if (period.opens, period.due, period.locks) == (opens, due, locks):
            raise ValidationError(_("These are the dates that stand now."), "unchanged")
        period.opens, period.due, period.locks = opens, due, locks

    return _change(period, PeriodChange.Verb.MOVE, reason, author, change)


def _change(
    period: Period,
    verb: PeriodChange.Verb,
    reason: str,
    author: Author,
    change: Callable[[Period], None],
) -> PeriodChange | None:
    if not may_move(author.user):
        raise PermissionDenied
    reason = _in_words(reason, _("Say why."))
    with transaction.atomic():
        stored = _locked(period)
        before = dates_of(stored)
        change(stored)
        stored.clean()
        stored.validate_constraints()
        stored.save(update_fields=[*DATES, "locked_at"])
        return note_dates(stored, before, author, verb, reason)


def note_dates(
    period: Period,
    before: dict[str, Any],
    author: Author,
    verb: PeriodChange.Verb = PeriodChange.Verb.MOVE,
    reason: str = "",
) -> PeriodChange | None:
    """Record what changed of a quarter's dates; `before` is dates_of() as it stood."""
    after = dates_of(period)
    changed = [name for name in after if after[name] != before[name]]
    if not changed:
        return None
    return PeriodChange.objects.create(
        period=period,
        verb=verb,
        at=author.at,
        by=author.user,
        reason=reason,
        before={name: before[name] for name in changed},
        after={name: after[name] for name in changed},
    )


def dates_of(period: Period) -> dict[str, Any]:
    """The dates of a quarter as its history keeps them."""
    locked = period.locked_at.isoformat() if period.locked_at else None
    return {name: getattr(period, name).isoformat() for name in DATES} | {"locked_at": locked}


def _locked(period: Period) -> Period:
    """What only refers to the quarter need not wait, so that nobody waits in a ring."""
    return Period.objects.select_for_update(no_key=True).get(pk=period.pk)


def _in_words(reason: str, missing: str) -> str:
    reason = reason.strip()
    if not reason:
        raise ValidationError({"reason": missing})
    try:
        Extension._meta.get_field("reason").run_validators(reason)
    except ValidationError as error:
        raise ValidationError({"reason": error}) from error
    return reason
