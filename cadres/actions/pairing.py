"""Preparing a round of matching, proposing, deciding on pairs, and applying what is proposed."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from cadres.models import (
    CadreChange,
    PairingCandidate,
    PairingMark,
    PairingPlace,
    PairingRound,
    Person,
    facts_of,
)
from cadres.months import months_later
from cadres.pairing.proposal import broken_pins
from cadres.pairing_question import Asked, asked
from villages.models import Division

MOST_PLACES = 300
MOST_CANDIDATES = 600
LONGEST_MONTHS = 120


def begin(new: PairingRound, by: User) -> PairingRound:
    """Store a new round; ValidationError by field where it cannot be."""
    new.full_clean()
    _check_days(new)
    with transaction.atomic():
        # Of two who begin one at the same moment the second finds that of the first.
        Division.objects.filter(pk=new.division_id).lock()
        _check_title(new)
        new.save(force_insert=True)
        CadreChange.note(new, new.division, by, timezone.now())
    return new


def _check_days(new: PairingRound) -> None:
    """Days that lie years away are slips in the year."""
    today = timezone.localdate()
    if new.start < months_later(today, -12):
        message = _("Look at the year: this day lies more than a year back.")
        raise ValidationError({"start": message})
    if new.start > months_later(today, 12):
        message = _("A round begins a year ahead at most; look at the year.")
        raise ValidationError({"start": message})
    if new.planned_end and new.planned_end > months_later(new.start, LONGEST_MONTHS):
        message = _("A round is planned for ten years at most; look at the year.")
        raise ValidationError({"planned_end": message})


def _check_title(new: PairingRound) -> None:
    """Two of one title that are being prepared cannot be told apart."""
    drafts = PairingRound.objects.filter(division=new.division, state=new.State.DRAFT)
    if drafts.filter(title=new.title).exists():
        message = _("A round of this title is being prepared already; give another title.")
        raise ValidationError({"title": message})


def change(of: PairingRound, says: dict[str, Any], by: User) -> PairingRound:
    """Give a round other rules or days; the proposal that stands is then of an earlier version."""
    with changed(of, by) as held:
        for name, value in says.items():
            setattr(held, name, value)
        held.full_clean()
    return held


@contextmanager
def changed(of: PairingRound, by: User) -> Iterator[PairingRound]:
    """The round as it is stored, held until what is changed of it is kept with its history.

    Raises ValidationError where it was applied, or changed since `of` was read.
    """
    with transaction.atomic():
        held = hold(of)
        before = facts_of(held)
        yield held
        held.version += 1
        held.save()
        CadreChange.note(held, held.division, by, timezone.now(), before)


def hold(of: PairingRound) -> PairingRound:
    """The round, held until the transaction ends, where it may change and is as it was read."""
    rows = PairingRound.objects.select_for_update(of=("self",), no_key=True)
    held = rows.select_related("kind", "division").filter(pk=of.pk).first()
    if held is None:
        raise ValidationError(_("This round was given up meanwhile."), "gone")
    if not held.is_draft:
        raise ValidationError(_("This round was applied; it changes no more."), "applied")
    if held.version != of.version:
        raise ValidationError(
            _("Somebody changed this round meanwhile; this is what stands now."), "stale"
        )
    return held


def discard(of: PairingRound, by: User) -> None:
    """Give up a round that is being prepared."""
    with transaction.atomic():
        held = hold(of)
        CadreChange.removing(held, held.division, by, timezone.now()).save()
        held.delete()


def add_places(of: PairingRound, villages: Collection[Division], by: User) -> None:
    """Let villages wait for somebody; those that do already stay as they are."""
    with changed(of, by) as held:
        known = set(held.places.values_list("division", flat=True))
        new = [village for village in villages if village.pk not in known]
        if len(known) + len(new) > MOST_PLACES:
            raise ValidationError(_("A round has at most %d villages.") % MOST_PLACES)
        PairingPlace.objects.bulk_create(PairingPlace(round=held, division=one) for one in new)


def drop_places(of: PairingRound, places: Collection[int], by: User) -> None:
    with changed(of, by) as held:
        held.places.filter(pk__in=places).delete()


def add_candidates(of: PairingRound, people: Collection[Person], by: User) -> None:
    with changed(of, by) as held:
        known = set(held.candidates.values_list("person", flat=True))
        new = [person for person in people if person.pk not in known]
        if len(known) + len(new) > MOST_CANDIDATES:
            raise ValidationError(_("A round has at most %d candidates.") % MOST_CANDIDATES)
        PairingCandidate.objects.bulk_create(
            PairingCandidate(round=held, person=one) for one in new
        )


def drop_candidates(of: PairingRound, candidates: Collection[int], by: User) -> None:
    with changed(of, by) as held:
        held.candidates.filter(pk__in=candidates).delete()


def wish(
    candidate: PairingCandidate,
    prefers: Collection[Division],
    avoids: Collection[Division],
    by: User,
) -> None:
    """What the person has stated: counties wished for, and counties to be spared."""
    if {county.pk for county in prefers} & {county.pk for county in avoids}:
        raise ValidationError(_("A county is either wished for or to be spared."))
    with changed(candidate.round, by):
        candidate.prefers.set(prefers)
        candidate.avoids.set(avoids)


def decide(mark: PairingMark, by: User) -> PairingMark:
    """Pin or forbid a pair, for a reason; refused where a rule keeps a pinned pair apart."""
    mark.by, mark.at, mark.reason = by, timezone.now(), mark.reason.strip()
    if not mark.reason:
        raise ValidationError({"reason": _("Say why; the decision is about a person.")})
    with changed(mark.place.round, by) as held:
        mark.full_clean()
        if mark.verdict == PairingMark.Verdict.PIN:
            _check_pin(asked(held), mark)
        mark.save(force_insert=True)
        CadreChange.note(mark, held.division, by, mark.at, reason=mark.reason)
    return mark


def _check_pin(now: Asked, mark: PairingMark) -> None:
    """The rules and the limits, as if nothing else were to be decided."""
    pair = (mark.place_id, mark.candidate_id)
    broken = broken_pins(replace(now.question, pins=now.question.pins | {pair})).get(pair)
    if broken:
        says = {"village": mark.place.division, "person": mark.candidate, "why": broken.label}
        raise ValidationError(_("%(person)s cannot go to %(village)s: %(why)s.") % says)


def take_back(mark: PairingMark, by: User) -> None:
    with changed(mark.place.round, by) as held:
        removed = CadreChange.removing(mark, held.division, by, timezone.now())
        removed.person_id = mark.candidate.person_id
        removed.save()
        mark.delete()
