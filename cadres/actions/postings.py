"""Appointing, ending, extending and exchanging: the one way in which postings are written."""

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from cadres import guards
from cadres.actions import bindings, contacts
from cadres.models import CadreChange, Person, Posting, facts_of
from cadres.months import months_later
from villages.models import Division

ONE_DAY = datetime.timedelta(days=1)


def appoint(posting: Posting, by: User | None, reason: str = "") -> Posting:
    """Store a new posting, after every rule has been asked; the person is then kept there.

    Raises ValidationError, by field where it can: also where the database refuses what another
    transaction has made impossible meanwhile.
    """
    with refused_in_words(), transaction.atomic():
        (posting.person,) = Person.objects.filter(pk=posting.person_id).lock()
        if posting.planned_end is None and posting.kind.term_months:
            posting.planned_end = months_later(posting.start, posting.kind.term_months) - ONE_DAY
        posting.take_from_kind()
        posting.seat_number = free_seat(posting)
        check_overlaps(posting)
        posting.full_clean(exclude=["seat_number"])
        posting.save(force_insert=True)
        CadreChange.note(posting, posting.division, by, timezone.now(), reason=reason)
        settle(posting.person, by)
        bindings.follow(posting, by)
    return posting


def end(posting: Posting, last_day: datetime.date, why: str, by: User | None, **says: Any) -> None:
    """Let a posting end on a day, which may be yet to come; `says` may hold a hand-over note."""
    with refused_in_words(), transaction.atomic():
        held = _held_again(posting)
        before = facts_of(held)
        held.end, held.end_reason = last_day, why
        for name, value in says.items():
            setattr(held, name, value)
        _store(held, before, by)
        settle(held.person, by)


def extend(posting: Posting, planned_end: datetime.date, by: User | None, reason: str) -> None:
    """Plan a later (or an earlier) end."""
    with refused_in_words(), transaction.atomic():
        held = _held_again(posting)
        if held.end is not None:
            raise ValidationError(_("This posting has ended; it cannot be extended."))
        before = facts_of(held)
        held.planned_end = planned_end
        _store(held, before, by, reason)


def exchange(
    one: Posting, other: Posting, on: datetime.date, by: User | None, reason: str = ""
) -> tuple[Posting, Posting]:
    """Two holders change places as of a day, in one transaction: both end, both begin anew."""
    with refused_in_words(), transaction.atomic():
        # Persons first and in one order, so that nobody waits in a ring.
        Person.objects.filter(pk__in=[one.person_id, other.person_id]).lock()
        ended = [_held_again(one), _held_again(other)]
        if ended[0].kind_id != ended[1].kind_id:
            raise ValidationError(_("Only postings of one kind can be exchanged."))
        for posting in ended:
            before = facts_of(posting)
            posting.end, posting.end_reason = on - ONE_DAY, Posting.EndReason.SWAPPED
            _store(posting, before, by, reason)
        return tuple(  # type: ignore[return-value]
            appoint(_continued(person_of, place_of, on), by, reason)
            for person_of, place_of in (ended, ended[::-1])
        )


def settle(person: Person, by: User | None) -> None:
    """Let the person's record be kept where the person serves now.

    A posting that is held today comes before all else, the one begun last; without any, the
    record stays where it is.
    """
    today = timezone.localdate()
    current = person.postings.on(today).select_related("division").order_by("-start", "-pk")
    posting = current.first()
    if posting is None or posting.division_id == person.division_id:
        return
    before = facts_of(person)
    CadreChange.note(_moved(person, posting.division), person.division, by, timezone.now(), before)


def free_seat(posting: Posting) -> int | None:
    """The lowest seat that is free for all the days; the first where none is."""
    if posting.kind.seats is None:
        return None
    rivals = Posting.objects.in_seat(posting.kind.seat).filter(division=posting.division)
    taken = rivals.overlapping(posting.start, posting.end).exclude(pk=posting.pk)
    numbers = set(taken.values_list("seat_number", flat=True))
    return next((n for n in range(1, posting.kind.seats + 1) if n not in numbers), 1)


def check_overlaps(posting: Posting) -> None:
    """Raise ValidationError naming who holds the seat, or what else the person holds."""
    during = Posting.objects.overlapping(posting.start, posting.end).exclude(pk=posting.pk)
    during = during.select_related("person", "kind", "division")
    if posting.seat_number is not None:
        seat = during.filter(division=posting.division, seat=posting.seat)
        holder = seat.filter(seat_number=posting.seat_number).first()
        if holder:
            message = _("%(name)s holds this seat since %(since)s; end that posting first.")
            says = {"name": holder.person.name, "since": f"{holder.start:%Y.%m}"}
            raise ValidationError({"division": message % says})
    other = during.filter(person=posting.person, exclusive_group=posting.exclusive_group).first()
    if other:
        message = _("%(name)s is %(kind)s elsewhere since %(since)s; end that posting first.")
        since = f"{other.start:%Y.%m}"
        says = {"name": posting.person.name, "kind": str(other.kind), "since": since}
        raise ValidationError({"person": message % says})


@contextmanager
def refused_in_words() -> Iterator[None]:
    """What the database refuses, because another transaction was quicker, as ValidationError."""
    try:
        yield
    except IntegrityError as error:
        text = str(error)
        for name, words in _refusals().items():
            if name in text:
                raise ValidationError(words, "conflict") from error
        raise


def _refusals() -> dict[str, str]:
    seat = _("Somebody else was given this seat at this moment; load the page again.")
    person = _("The person was given another posting at this moment; load the page again.")
    return {
        guards.SEAT: seat,
        guards.PERSON: person,
        "posting_one_current_holder_of_a_seat": seat,
        "posting_one_current_of_a_group_for_a_person": person,
        # SQLite names the columns of an index instead.
        "cadres_posting.division_id, cadres_posting.seat": seat,
        "cadres_posting.person_id, cadres_posting.exclusive_group": person,
    }


def _held_again(posting: Posting) -> Posting:
    """The posting as it is stored, held until the transaction ends; stale versions are refused."""
    Person.objects.filter(pk=posting.person_id).lock()
    rows = Posting.objects.select_for_update(of=("self",), no_key=True)
    held = rows.select_related("person", "kind", "division").get(pk=posting.pk)
    if held.version != posting.version:
        raise ValidationError(
            _("Somebody changed this posting meanwhile; load the page again."), "conflict"
        )
    return held


def _store(posting: Posting, before: dict[str, Any], by: User | None, reason: str = "") -> None:
    posting.version += 1
    check_overlaps(posting)
    posting.clean_fields(exclude=["person", "division", "kind", "seat_number"])
    posting.validate_constraints()
    posting.save()
    CadreChange.note(posting, posting.division, by, timezone.now(), before, reason=reason)
    contacts.end_with(posting, by)


def _continued(person_of: Posting, place_of: Posting, on: datetime.date) -> Posting:
    """The person of one posting in the place of another, to the end planned for the person; a
    term that was over already begins anew."""
    planned = person_of.planned_end
    return Posting(
        person=person_of.person,
        kind=person_of.kind,
        division=place_of.division,
        organization=person_of.organization,
        title=place_of.title,
        start=on,
        planned_end=planned if planned and planned >= on else None,
        predecessor=place_of,
        batch=person_of.batch,
        cohort=person_of.cohort,
    )


def _moved(person: Person, division: Division) -> Person:
    person.division = division
    person.version += 1
    person.save(update_fields=["division", "version"])
    return person
