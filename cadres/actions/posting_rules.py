"""What is asked before a posting is written: who holds the seat, what else the person holds, and
what is doubtful about it; and how the holders of a seat follow one another."""

import datetime
import uuid
from collections.abc import Collection, Iterable, Iterator
from contextlib import AbstractContextManager

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from cadres import guards
from cadres.actions.refusing import in_words
from cadres.models import CadreChange, Posting, PostingKind, facts_of
from cadres.models.posting import PostingQuerySet, decides_on
from cadres.months import months_later
from rawsql.parts import in_parts
from villages.models import Division, Viewer, VillageProfile

# What a term is compared with where the kind says no usual one.
USUAL_MONTHS = 60
# So far ahead ends are entered, and starts without a doubt.
MONTHS_AHEAD = 12


def not_decided_by(viewer: Viewer, unit: Division) -> str:
    """In words, where the viewer's unit does not decide who holds a post at a unit."""
    if decides_on(viewer, unit):
        return ""
    return _("Who holds a post is decided by the level above, the county at least.")


def check_decided_by(by: User | None, unit: Division) -> None:
    """Asked by every verb, of a unit that is held: where it is managed from may have changed."""
    if by is not None and (message := not_decided_by(by, unit)):
        raise ValidationError({"division": message})


def soon_enough(day: datetime.date) -> None:
    """Asked of the last day of a posting."""
    if day > months_later(timezone.localdate(), MONTHS_AHEAD):
        raise ValidationError(
            _("An end is entered a year ahead at most; put the planned end right instead.")
        )


def free_seat(posting: Posting) -> int | None:
    """The seat that was asked for where it is free, else the lowest that is free for all the
    days; the first where none is."""
    if posting.kind.seats is None:
        return None
    rivals = Posting.objects.in_seat(posting.kind.seat).filter(division=posting.division)
    during = rivals.overlapping(posting.start, posting.end).exclude(pk=posting.pk)
    taken = set(during.values_list("seat_number", flat=True))
    wanted = [posting.seat_number] if posting.seat_number else []
    numbers = [*wanted, *range(1, posting.kind.seats + 1)]
    return next((number for number in numbers if number not in taken), 1)


def check_overlaps(posting: Posting) -> None:
    """Raise ValidationError naming who holds the seat, or what else the person holds; of several
    the last one, after which there is room."""
    during = Posting.objects.overlapping(posting.start, posting.end).exclude(pk=posting.pk)
    during = during.select_related("person", "kind", "division").order_by("start")
    if posting.seat_number is not None:
        seat = during.filter(division=posting.division, seat=posting.seat)
        holder = seat.filter(seat_number=posting.seat_number).last()
        if holder and holder.end:
            message = _("%(name)s holds this seat %(term)s; it is free from %(day)s on.")
            raise ValidationError({"start": message % _until(holder)})
        if holder:
            message = _("%(name)s holds this seat %(term)s; end that posting first.")
            raise ValidationError({"division": message % _until(holder)})
    others = during.filter(person=posting.person, exclusive_group=posting.exclusive_group)
    other = others.last()
    if other and other.end:
        message = _("%(name)s is %(kind)s elsewhere %(term)s; begin on %(day)s or later.")
        raise ValidationError({"start": message % _until(other)})
    if other:
        message = _("%(name)s is %(kind)s elsewhere %(term)s; end that posting first.")
        raise ValidationError({"person": message % _until(other)})


def _until(held: Posting) -> dict[str, str]:
    """Who holds what until when, and the first day after it."""
    says = {"name": held.person.name, "kind": str(held.kind), "term": held.term}
    if held.end:
        says["day"] = date_format(held.end + datetime.timedelta(days=1))
    return says


def doubts_about(posting: Posting) -> list[str]:
    """What speaks against a posting, in sentences; it is possible nevertheless, with a reason."""
    return [doubt for doubt in (_about_village(posting), *_about_person(posting)) if doubt]


def doubts_about_days(posting: Posting, stood: Posting | None) -> dict[str, str]:
    """What is doubtful about the days of a posting, by field; `stood` is the posting as it was
    stored, of whose days nothing is asked again."""
    doubts, today = dict[str, str](), timezone.localdate()
    start, planned_end = posting.start, posting.planned_end
    if stood and (start, planned_end) == (stood.start, stood.planned_end):
        return doubts
    if stood and stood.is_held(today) and start > today:
        message = _("%(name)s serves today, and with this start would not until then.")
        doubts["start"] = message % {"name": posting.person.name}
    elif not (stood and start == stood.start) and start > months_later(today, MONTHS_AHEAD):
        doubts["start"] = _("The start is more than a year ahead; look at the year.")
    longest = 2 * (posting.kind.term_months or USUAL_MONTHS)
    if planned_end and planned_end > months_later(start, longest):
        message = _(
            "The planned end is more than %(months)d months after the start; look at the year."
        )
        doubts["planned_end"] = message % {"months": longest}
    return doubts


def _about_village(posting: Posting) -> str:
    kind = posting.kind
    if not kind.wants_village:
        return ""
    if kind.fits_village(VillageProfile.objects.filter(division=posting.division).first()):
        return ""
    return meant_for(posting)


def meant_for(posting: Posting) -> str:
    """In words, that the kind of a posting is meant for other villages than its own."""
    meant = {
        PostingKind.Village.WEAK: _(
            "%(kind)s is meant for villages with a weak party organisation; this one is none."
        ),
        PostingKind.Village.DEMONSTRATION: _(
            "%(kind)s is meant for demonstration villages; this one is none."
        ),
    }
    message = meant[PostingKind.Village(posting.kind.wants_village)]
    return message % {"kind": posting.kind}


def _about_person(posting: Posting) -> Iterator[str]:
    sender = posting.organization
    yield sent_home(posting)
    if sender and sender.capacity is not None:
        sent = sender.postings.on(posting.start).exclude(pk=posting.pk).count()
        yield sent_enough(posting, sent)


def sent_home(posting: Posting) -> str:
    """In words, where the person would serve where the person comes from; see Person.home."""
    person = posting.person
    if not (person.home and person.home.manages(posting.division)):
        return ""
    says = {"name": person.name, "home": person.home.short_name}
    return _("%(name)s comes from %(home)s and is not to be sent there.") % says


def sent_enough(posting: Posting, sent: int) -> str:
    """In words, where the organisation sends as many others as it can."""
    sender = posting.organization
    if sender is None or sender.capacity is None or sent < sender.capacity:
        return ""
    says = {"name": sender.name, "capacity": str(sender.capacity)}
    return _("%(name)s can send %(capacity)s and has sent as many.") % says


def previous_holder(posting: Posting, there: Iterable[Posting]) -> Posting | None:
    """Who held the seat last before a posting, unless somebody follows there already; `there`
    are all who ever held a seat of this name at the unit."""
    if posting.seat_number is None:
        return None
    others = [one for one in there if one.pk != posting.pk]
    seat = [one for one in others if one.seat_number == posting.seat_number]
    earlier = [one for one in seat if one.start < posting.start]
    last = max(earlier, key=lambda one: one.start, default=None)
    followed = {one.predecessor_id for one in others}
    return None if last is None or last.pk in followed else last


def holders(posting: Posting) -> PostingQuerySet:
    """All who ever held a seat of this name at the unit."""
    return Posting.objects.filter(division=posting.division_id, seat=posting.seat)


def link(
    postings: Collection[Posting],
    by: User | None,
    at: datetime.datetime | None = None,
    batch: uuid.UUID | None = None,
) -> None:
    """Let the holders of their seats follow one another by their days, in whatever order they
    were entered, put right or taken back; `batch` is the import that the postings came by."""
    units = sorted({posting.division_id for posting in postings})
    wrong = [
        pair
        for some in in_parts(units)
        for seat in _seats_of(postings, some)
        for pair in zip([None, *seat], seat, strict=False)
        if pair[1].predecessor_id != (pair[0] and pair[0].pk)
    ]
    stood = {one.pk: facts_of(one) for _before, one in wrong}
    # One predecessor has one successor: all let go before anybody takes hold.
    Posting.objects.filter(pk__in=stood).update(predecessor=None)
    now = at or timezone.now()
    for before, one in wrong:
        one.predecessor = before
        one.save(update_fields=["predecessor"])
        CadreChange.note(one, one.division, by, now, stood[one.pk], batch=batch)


def _seats_of(postings: Collection[Posting], units: Collection[int]) -> Iterable[list[Posting]]:
    """Of each numbered seat of these postings at some units, all who ever held it by their days."""
    keys = {(one.division_id, one.seat, one.seat_number) for one in postings}
    seats: dict[tuple[int, str, int | None], list[Posting]] = {
        key: [] for key in keys if key[0] in units and key[2] is not None
    }
    names = {name for _unit, name, _number in seats}
    found = Posting.objects.filter(division__in=units, seat__in=names).order_by("start", "pk")
    for posting in found.select_related("division"):
        key = (posting.division_id, posting.seat, posting.seat_number)
        if key in seats:
            seats[key].append(posting)
    return seats.values()


def refused_in_words() -> AbstractContextManager[None]:
    """What the database refuses, because another transaction was quicker, as ValidationError."""
    return in_words(_refusals())


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
