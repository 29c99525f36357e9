"""What is asked before a posting is written: who holds the seat, what else the person holds, and
what is doubtful about it; and how the holders of a seat follow one another."""

from collections.abc import Iterator
from contextlib import AbstractContextManager

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from cadres import guards
from cadres.actions.refusing import in_words
from cadres.models import CadreChange, Posting, PostingKind, facts_of
from cadres.models.posting import PostingQuerySet
from villages.models import VillageProfile


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
    """Raise ValidationError naming who holds the seat, or what else the person holds."""
    during = Posting.objects.overlapping(posting.start, posting.end).exclude(pk=posting.pk)
    during = during.select_related("person", "kind", "division").order_by("start")
    if posting.seat_number is not None:
        seat = during.filter(division=posting.division, seat=posting.seat)
        holder = seat.filter(seat_number=posting.seat_number).first()
        if holder:
            message = _("%(name)s holds this seat %(term)s; end that posting first.")
            says = {"name": holder.person.name, "term": holder.term}
            raise ValidationError({"division": message % says})
    others = during.filter(person=posting.person, exclusive_group=posting.exclusive_group)
    if other := others.first():
        message = _("%(name)s is %(kind)s elsewhere %(term)s; end that posting first.")
        says = {"name": posting.person.name, "kind": str(other.kind), "term": other.term}
        raise ValidationError({"person": message % says})


def doubts_about(posting: Posting) -> list[str]:
    """What speaks against a posting, in sentences; it is possible nevertheless, with a reason."""
    return [doubt for doubt in (_about_village(posting), *_about_person(posting)) if doubt]


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


def last_holder(posting: Posting) -> Posting | None:
    """Who held the seat last before a posting, unless somebody follows there already."""
    if posting.seat_number is None:
        return None
    earlier = _holders(posting).filter(start__lt=posting.start).exclude(pk=posting.pk)
    last = earlier.order_by("-start").first()
    followed = last and Posting.objects.filter(predecessor=last).exclude(pk=posting.pk).exists()
    return None if followed else last


def link(posting: Posting, by: User | None) -> None:
    """Let the holders of its seat follow one another by their days, in whatever order they were
    entered, put right or taken back."""
    if posting.seat_number is None:
        return
    seat = list(_holders(posting).order_by("start"))
    pairs = zip([None, *seat], seat, strict=False)
    wrong = [(before, one) for before, one in pairs if one.predecessor_id != (before and before.pk)]
    stood = {one.pk: facts_of(one) for _before, one in wrong}
    # One predecessor has one successor: all let go before anybody takes hold.
    Posting.objects.filter(pk__in=stood).update(predecessor=None)
    for before, one in wrong:
        one.predecessor = before
        one.save(update_fields=["predecessor"])
        CadreChange.note(one, one.division, by, timezone.now(), stood[one.pk])


def _holders(posting: Posting) -> PostingQuerySet:
    return Posting.objects.filter(
        division=posting.division_id, seat=posting.seat, seat_number=posting.seat_number
    )


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
