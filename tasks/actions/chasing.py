"""Chasing (催报): who still owes a quarter, and asking them for it, once a day.

Nothing here is planned ahead: who is to be reminded today is read from today's dates, so that a
due date that moves takes its reminders along.
"""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Count, F

from accounts.models import User
from tasks.models import Entry, EntryQuerySet, Ledger, Period, Reminder
from tasks.models.content import text_error
from villages.models import Division, Level

A_DAY = datetime.timedelta(days=1)


@dataclass
class Reminded:
    """The units of a request: asked now, asked before on that day, and those that owe nothing."""

    made: list[Division] = field(default_factory=list)
    already: list[Division] = field(default_factory=list)
    nothing_owed: list[Division] = field(default_factory=list)


@dataclass(frozen=True)
class Escalation:
    """To a unit: so many units below it have been overdue for as long as the ledger allows."""

    division_id: int
    period: Period
    units: int
    lines: int


def reportable(period: Period, on: datetime.date) -> EntryQuerySet:
    """Unreported lines of a quarter that may still be reported on that day."""
    lines = Entry.objects.unreported().filter(
        period=period, task__ledger__state=Ledger.State.ISSUED
    )
    if on < period.opens:
        return lines.none()
    return (lines.filter(extended_to__gte=on) if period.is_locked(on) else lines).order_by()


def may_remind(user: User) -> bool:
    return user.has_perm("tasks.review_entry")


def remind(
    divisions: Iterable[Division],
    period: Period,
    on: datetime.date,
    by: User | None = None,
    words: str = "",
) -> Reminded:
    """Ask units for what they owe; `by` None is the daily command.

    A person reminds units below their own. Raises ValidationError where nothing can be reported
    on that day or the words cannot be kept.
    """
    wanted = list(divisions)
    if by is not None and not all(_may_remind(by, division) for division in wanted):
        raise PermissionDenied
    words = words.strip()
    Reminder._meta.get_field("words").run_validators(words)
    if said := text_error(words):
        raise ValidationError(said, "words")
    if on < period.opens:
        period.check_open(on)
    owing = reportable(period, on).filter(division__in=[division.pk for division in wanted])
    reminded = Reminded()
    with transaction.atomic():
        asked = _asked_today(period, on)
        owe = set(owing.values_list("division", flat=True).distinct())
        for division in wanted:
            if division.pk in asked:
                reminded.already.append(division)
            elif division.pk in owe:
                reminded.made.append(division)
            else:
                reminded.nothing_owed.append(division)
        _write(period, on, [division.pk for division in reminded.made], by, words)
    return reminded


def _may_remind(user: User, division: Division) -> bool:
    if not may_remind(user):
        return False
    own = user.division
    return user.sees_everything or bool(own and own.manages(division) and own.pk != division.pk)


def due_reminders(on: datetime.date) -> list[tuple[Period, set[int]]]:
    """Which units are to be reminded of which quarter today, by their own due dates.

    From the ledger's days before the due date, and every day after it until nothing can be
    reported any more.
    """
    found: dict[int, tuple[Period, set[int]]] = {}
    for ledger, period in _running(on):
        near = reportable(period, on).filter(task__ledger=ledger)
        near = near.due_before(on + (ledger.remind_days + 1) * A_DAY)
        units = near.values_list("division", flat=True).distinct()
        found.setdefault(period.pk, (period, set()))[1].update(units)
    return [(period, units) for period, units in found.values() if units]


def escalations(on: datetime.date) -> list[Escalation]:
    """The units directly above those that have been overdue for as long as the ledger allows."""
    found: list[Escalation] = []
    for ledger, period in _running(on):
        late = reportable(period, on).filter(task__ledger=ledger)
        late = late.due_before(on - (ledger.escalate_days - 1) * A_DAY).order_by()
        above = {Level.VILLAGE: F("township"), Level.TOWNSHIP: F("division__parent")}
        for level, unit in above.items():
            of_level = late.filter(task__reporting_level=level).annotate(above=unit)
            rows = of_level.values_list("above").annotate(
                Count("division", distinct=True), Count("pk")
            )
            found += [Escalation(pk, period, units, lines) for pk, units, lines in rows if pk]
    return sorted(found, key=lambda told: (told.period.code, told.division_id))


def _running(on: datetime.date) -> Iterable[tuple[Ledger, Period]]:
    """Running ledgers with the quarters of their year that have opened."""
    for ledger in Ledger.objects.filter(state=Ledger.State.ISSUED).order_by("pk"):
        for period in Period.objects.opened(on).filter(year=ledger.year):
            yield ledger, period


@dataclass
class Chased:
    """What the daily command wrote: units reminded, and units told about those below them."""

    reminded: int = 0
    escalated: int = 0


def chase(on: datetime.date) -> Chased:
    """Write today's reminders and escalations; a second time on the same day there are none.

    A unit gets one row a day for each quarter: where it is told about units below, that one.
    """
    done = Chased()
    told: dict[int, tuple[Period, set[int]]] = {}
    for escalation in escalations(on):
        told.setdefault(escalation.period.pk, (escalation.period, set()))[1].add(
            escalation.division_id
        )
    for period, units in told.values():
        done.escalated += _write_new(period, on, units, is_escalation=True)
    for period, units in due_reminders(on):
        done.reminded += _write_new(period, on, units)
    return done


def _write_new(
    period: Period, on: datetime.date, units: set[int], *, is_escalation: bool = False
) -> int:
    with transaction.atomic():
        new = units - _asked_today(period, on)
        _write(period, on, sorted(new), is_escalation=is_escalation)
    return len(new)


def _asked_today(period: Period, on: datetime.date) -> set[int]:
    """Units asked on that day; whoever else reminds of this quarter waits until this is over."""
    Period.objects.select_for_update().get(pk=period.pk)
    return set(period.reminders.sent(on).values_list("division", flat=True))


def _write(
    period: Period,
    on: datetime.date,
    units: Iterable[int],
    by: User | None = None,
    words: str = "",
    *,
    is_escalation: bool = False,
) -> None:
    asked = {"period": period, "on": on, "by": by, "words": words, "is_escalation": is_escalation}
    reminders = (Reminder(division_id=unit, **asked) for unit in units)
    Reminder.objects.bulk_create(reminders, batch_size=1_000, ignore_conflicts=True)
