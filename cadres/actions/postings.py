"""Appointing, ending, extending, exchanging, putting right and taking back: the one way in which
postings are written.

All of them lock in one order (imports, units, persons, postings), as everybody does who writes of
persons, so that nobody waits in a ring, and whoever comes second reads what the first has written
and is told so in words.
"""

import datetime
from collections.abc import Collection, Mapping
from copy import copy
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, ProtectedError
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from cadres.actions import bindings, leading
from cadres.actions.posting_rules import (
    check_decided_by,
    check_overlaps,
    doubts_about,
    doubts_about_days,
    free_seat,
    holders,
    link,
    previous_holder,
    refused_in_words,
    soon_enough,
)
from cadres.actions.serving import check_kept_by, division_of, settle_members
from cadres.models import CadreChange, Person, Posting, TeamMember, facts_of
from cadres.models.change import CadreChangeQuerySet
from cadres.models.posting_kind import FIRST_SECRETARY
from cadres.months import last_of_term
from villages.models import Division

ONE_DAY = datetime.timedelta(days=1)
# What correct() may change; another person, unit or kind is another posting.
CORRECTED = (
    *("start", "planned_end", "end", "end_reason", "organization", "title"),
    *("hand_over", "batch", "cohort", "note"),
)
# Of these, what the binding of the organisation to the village hangs on, and what is doubtful.
DECISIVE = ("start", "organization")


class Doubtful(ValidationError):
    """What speaks against a posting that is possible with a reason; one message for each."""


def appoint(posting: Posting, by: User | None, reason: str = "") -> Posting:
    """Store a new posting, after every rule has been asked; the person is then kept there.

    Raises ValidationError, by field where it can: also where the database refuses what another
    transaction has made impossible meanwhile. What is merely doubtful wants a reason, and is
    refused without one as Doubtful.
    """
    with refused_in_words(), transaction.atomic():
        (posting.division,) = _lock([posting.division_id], [posting.person_id])
        check_decided_by(by, posting.division)
        posting.person = Person.objects.get(pk=posting.person_id)
        check_kept_by(posting.person, by)
        return _enter(posting, by, reason)


def _enter(posting: Posting, by: User | None, reason: str) -> Posting:
    """Of a person and at a unit that are held until the transaction ends."""
    with transaction.atomic():
        if posting.planned_end is None and posting.kind.term_months:
            posting.planned_end = last_of_term(posting.start, posting.kind.term_months)
        posting.take_from_kind()
        posting.seat_number = free_seat(posting)
        check_overlaps(posting)
        posting.predecessor = previous_holder(posting, holders(posting))
        posting.full_clean(exclude=["seat_number"])
        doubts = [*doubts_about(posting), *doubts_about_days(posting, None).values()]
        if not reason and doubts:
            raise Doubtful(doubts)
        posting.save(force_insert=True)
        CadreChange.note(posting, posting.division, by, timezone.now(), reason=reason)
        link([posting], by)
        settle(posting.person, by)
        _rebind(posting, by)
    return posting


def end(posting: Posting, last_day: datetime.date, why: str, by: User | None, **says: Any) -> None:
    """Let a posting end on a day, which may be yet to come; `says` may hold a hand-over note."""
    with refused_in_words(), transaction.atomic():
        held = _held_again(posting, by)
        if held.end is not None and held.end < timezone.localdate():
            raise ValidationError(
                _("This posting ended on %s already; put its dates right instead.")
                % date_format(held.end)
            )
        if last_day < held.start:
            raise ValidationError({"end": _("The last day cannot be before the first one.")})
        before = facts_of(held)
        held.end, held.end_reason = last_day, why
        for name, value in says.items():
            setattr(held, name, value)
        _store(held, before, by)
        settle(held.person, by)


def extend(
    posting: Posting,
    planned_end: datetime.date,
    by: User | None,
    reason: str,
    *,
    confirmed: bool = False,
) -> None:
    """Plan a later (or an earlier) end; one that is doubtful is refused as correct() does."""
    with refused_in_words(), transaction.atomic():
        held = _held_again(posting, by)
        if held.end is not None:
            raise ValidationError(_("This posting has ended; it cannot be extended."))
        if held.planned_end == planned_end:
            raise ValidationError({"planned_end": _("It is planned until this day already.")})
        before, stood = facts_of(held), copy(held)
        held.planned_end = planned_end
        if not confirmed and (doubts := doubts_about_days(held, stood)):
            raise Doubtful([*doubts.values()])
        _store(held, before, by, reason)


def exchange(
    one: Posting, other: Posting, on: datetime.date, by: User | None, reason: str = ""
) -> tuple[Posting, Posting]:
    """Two holders change places as of a day, in one transaction: both end, both begin anew."""
    with refused_in_words(), transaction.atomic():
        places = {one.division_id, other.division_id}
        _lock(places, {one.person_id, other.person_id})
        ended = [_held_again(one, by), _held_again(other, by)]
        if error := why_not_exchanged(ended[0], ended[1], on):
            raise ValidationError(error)
        for posting in ended:
            before = facts_of(posting)
            posting.end, posting.end_reason = on - ONE_DAY, Posting.EndReason.SWAPPED
            _store(posting, before, by, reason)
        return tuple(  # type: ignore[return-value]
            _enter(continued(person_of, place_of, on), by, reason)
            for person_of, place_of in (ended, ended[::-1])
        )


def why_not_exchanged(one: Posting, other: Posting, on: datetime.date) -> str:
    """What keeps two holders from changing places on a day, in words; empty: nothing."""
    if one.kind_id != other.kind_id:
        return _("Only postings of one kind can be exchanged.")
    if one.division_id == other.division_id:
        return _("Both are at this unit already; there is nothing to exchange.")
    for posting in (one, other):
        name = posting.person.name
        if posting.end is not None:
            says = {"name": name, "day": date_format(posting.end)}
            return _("The posting of %(name)s ends on %(day)s; it cannot be exchanged.") % says
        if posting.start >= on:
            says = {"name": name, "day": date_format(posting.start)}
            return _("%(name)s began on %(day)s; an exchange comes later.") % says
        if gone := posting.division.gone_in_words(on):
            return gone
    return ""


def correct(
    posting: Posting,
    says: Mapping[str, Any],
    by: User | None,
    reason: str,
    *,
    confirmed: bool = False,
) -> bool:
    """Put right what was entered wrongly; whether anything differs. All rules are asked again, and
    what is doubtful about other days or another sender is refused as Doubtful until it is
    confirmed.

    Of a closed record nothing is said anew: its facts were taken out for good, or it serves on
    under another record.
    """
    with refused_in_words(), transaction.atomic():
        held = _held_again(posting, by)
        if not held.person.is_standing:
            raise ValidationError(_("This record of a person is closed."))
        before, stood = facts_of(held), copy(held)
        for name in CORRECTED:
            if name in says:
                setattr(held, name, says[name])
        if facts_of(held) == before:
            return False
        _check_corrected(held, stood)
        is_decisive = any(facts_of(held)[name] != before[name] for name in DECISIVE)
        doubts = [*doubts_about_days(held, stood).values()]
        doubts += doubts_about(held) if is_decisive else []
        if doubts and not confirmed:
            raise Doubtful(doubts)
        _store(held, before, by, reason)
        leading.begin_later(held, stood.start, by, reason)
        if is_decisive:
            _rebind(held, by, reason)
        link([held], by)
        settle(held.person, by)
    return True


def _check_corrected(held: Posting, stood: Posting) -> None:
    if wrong := held.wrong_with_post():
        raise ValidationError(wrong)
    if held.end and held.end != stood.end:
        try:
            soon_enough(held.end)
        except ValidationError as error:
            raise ValidationError({"end": error}) from None
    is_held_again = stood.end is not None and held.end is None
    if is_held_again and (gone := held.division.gone_in_words(timezone.localdate())):
        raise ValidationError({"end": gone})


def take_back(posting: Posting, by: User | None, reason: str) -> None:
    """Undo a wrong appointment, which nothing followed; the history keeps what it said.

    The person's record goes back to where it was kept before.
    """
    with refused_in_words(), transaction.atomic():
        held = _held_again(posting, by)
        if Posting.objects.filter(predecessor=held).exists():
            raise ValidationError(_("Somebody holds the seat after this posting; end it instead."))
        if _came_by_exchange(held):
            message = _("This posting came by an exchange; let the two change places again.")
            raise ValidationError(message)
        former = _kept_before(held)
        leading.never_led(held, by, reason)
        _rebind(held, by, reason, without=held)
        _forget(held, by, reason)
        if former and held.person.division_id == held.division_id:
            _move(held.person, former, by)
        settle(held.person, by)


def _came_by_exchange(posting: Posting) -> bool:
    """Taking back half of an exchange would leave the other half standing.

    The person came from a posting that ended by it, whatever was put right of its days since.
    """
    same = Posting.objects.filter(person=posting.person, exclusive_group=posting.exclusive_group)
    before = same.filter(start__lt=posting.start).order_by("-start").first()
    return before is not None and before.end_reason == Posting.EndReason.SWAPPED


def settle(person: Person, by: User | None) -> None:
    """Let the person's record be kept where the person serves now; see cadres/actions/serving."""
    division = division_of(person, timezone.localdate())
    if division is not None and division.pk != person.division_id:
        _move(person, division, by)


def settle_begun(on: datetime.date) -> int:
    """Settle whoever began, or ended, a posting of which that was entered ahead of time; how many
    records moved."""
    begun = Posting.objects.on(on).exclude(division=F("person__division"))
    # Without another posting only those who serve in a team have somewhere to go back to.
    serving = TeamMember.objects.serving().values("person")
    ended = Posting.objects.over(on).filter(division=F("person__division"), person__in=serving)
    found = (rows.values_list("person", flat=True) for rows in (begun, ended))
    return settle_members({key for keys in found for key in keys}, None, on=on)


def continued(person_of: Posting, place_of: Posting, on: datetime.date) -> Posting:
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
        seat_number=place_of.seat_number,
        batch=person_of.batch,
        cohort=person_of.cohort,
    )


def _lock(divisions: Collection[int], persons: Collection[int]) -> list[Division]:
    """Hold them until the transaction ends; the units as they are stored."""
    units = Division.objects.filter(pk__in=divisions).lock()
    Person.objects.filter(pk__in=persons).lock()
    return units


def _held_again(posting: Posting, by: User | None) -> Posting:
    """The posting as it is stored, held until the transaction ends; stale versions are refused,
    and whoever does not decide on it."""
    _lock([posting.division_id], [posting.person_id])
    rows = Posting.objects.select_for_update(of=("self",), no_key=True)
    held = rows.select_related("person", "kind", "division").filter(pk=posting.pk).first()
    if held is None or held.version != posting.version:
        raise ValidationError(
            _("Somebody changed this posting meanwhile; load the page again."), "conflict"
        )
    check_decided_by(by, held.division)
    return held


def _store(posting: Posting, before: dict[str, Any], by: User | None, reason: str = "") -> None:
    posting.version += 1
    check_overlaps(posting)
    posting.clean_fields(exclude=["person", "division", "kind", "seat_number"])
    posting.validate_constraints()
    posting.save()
    CadreChange.note(posting, posting.division, by, timezone.now(), before, reason=reason)
    leading.end_with(posting, by)


def _rebind(
    posting: Posting, by: User | None, reason: str = "", without: Posting | None = None
) -> None:
    if posting.seat == FIRST_SECRETARY:
        bindings.follow([posting.division_id], by, reason, without=without)


def _forget(posting: Posting, by: User | None, reason: str) -> None:
    removed = CadreChange.removing(posting, posting.division, by, timezone.now(), reason=reason)
    try:
        posting.delete()
    except ProtectedError:
        raise ValidationError(
            _("Other records refer to this posting; it can only be ended.")
        ) from None
    removed.save()


def _kept_before(posting: Posting) -> Division | None:
    """Where the person's record was kept before it moved with the posting, if it did so.

    It may have come there with a posting that was itself taken back since: then where it was kept
    before that one.
    """
    person = posting.person
    moved = _moved_with(person, posting.pk, posting.division_id)
    if moved is None:
        return None
    gone = CadreChange.objects.filter(about="posting", verb=CadreChange.Verb.REMOVED, person=person)
    undone = {
        move.pk
        for row, unit in gone.values_list("row", "division")
        if (move := _moved_with(person, row, unit))
    }
    for move in _moves(person).filter(at__lte=moved.at).exclude(pk=moved.pk):
        if move.pk not in undone or move.after["division"] != moved.before["division"]:
            break
        moved = move
    return Division.objects.filter(pk=moved.before["division"]).first()


def _moves(person: Person) -> CadreChangeQuerySet:
    """By which changes the person's record went from unit to unit, the newest first."""
    told = CadreChange.objects.of(person).filter(verb=CadreChange.Verb.CHANGED)
    return told.filter(after__has_key="division")


def _moved_with(person: Person, posting: int, unit: int) -> CadreChange | None:
    """By which change the record went to a unit with a posting there, if it did so."""
    added = CadreChange.objects.filter(about="posting", row=posting, verb=CadreChange.Verb.ADDED)
    first = added.last()
    moves = _moves(person).filter(after__division=unit)
    return moves.filter(at__gte=first.at).last() if first else None


def _move(person: Person, division: Division, by: User | None) -> None:
    before, left = facts_of(person), person.division
    person.division = division
    person.version += 1
    person.save(update_fields=["division", "version"])
    CadreChange.note(person, left, by, timezone.now(), before)
