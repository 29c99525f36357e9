"""Proposing who goes where, and making postings of what is proposed."""

from dataclasses import asdict
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from cadres.actions import postings
from cadres.actions.pairing import hold
from cadres.models import (
    CadreChange,
    PairingMark,
    PairingPlace,
    PairingRound,
    Person,
    Posting,
    facts_of,
)
from cadres.pairing.facts import Question
from cadres.pairing.fit import fit_of
from cadres.pairing.proposal import Proposal, propose
from cadres.pairing.solving import Unsolved
from cadres.pairing_question import Asked, asked
from villages.models import Division


def put_forward(of: PairingRound, by: User) -> Proposal:
    """Propose by what the round says now, and keep it. Solved before anything is held."""
    now = asked(of)
    proposal = solved(now.question)
    with transaction.atomic():
        held = hold(of)
        before = facts_of(held)
        again = asked(held)
        if again.question.fingerprint != now.question.fingerprint:
            raise ValidationError(_still_moving(), "stale")
        _keep(held, again, proposal)
        held.proposed_version, held.proposed_at = held.version, timezone.now()
        held.fingerprint = now.question.fingerprint
        held.save(update_fields=["proposed_version", "proposed_at", "fingerprint"])
        CadreChange.note(held, held.division, by, held.proposed_at, before)
    return proposal


def solved(question: Question) -> Proposal:
    """The proposal; ValidationError where the solver gives no answer."""
    try:
        return propose(question)
    except Unsolved:
        message = _("The proposal could not be computed just now; please try again.")
        raise ValidationError(message, "unsolved") from None


def _still_moving() -> str:
    return _("What the proposal is made from has changed meanwhile; please propose again.")


def _keep(of: PairingRound, now: Asked, proposal: Proposal) -> None:
    rows = now.places.values()
    places = PairingPlace.objects.filter(round=of)
    places.update(proposed=None, score=None, parts=[], why={})
    for row in rows:
        candidate = proposal.pairs.get(row.pk)
        row.proposed = now.candidates[candidate] if candidate else None
        row.score = proposal.scores[row.pk, candidate] if candidate else None
        row.parts = _parts(now.question, row.pk, candidate) if candidate else []
        row.why = asdict(proposal.empty[row.pk]) if row.pk in proposal.empty else {}
    PairingPlace.objects.bulk_update(rows, ["proposed", "score", "parts", "why"], batch_size=100)
    marks = PairingMark.objects.filter(place__in=now.places)
    marks.exclude(broken="").update(broken="")
    for (place, candidate), bar in proposal.broken_pins.items():
        marks.filter(place=place, candidate=candidate).update(broken=bar)


def _parts(question: Question, place: int, candidate: int) -> list[dict[str, Any]]:
    """As it is kept with the pair; who reads it later sees of what the score was made then."""
    parts = fit_of(question, place, candidate).parts
    return [{**asdict(part), "matched": sorted(part.matched)} for part in parts]


def apply(of: PairingRound, by: User) -> list[Posting]:
    """Make postings of all that is proposed, or of nothing.

    Raises ValidationError where the round or any fact that the proposal was made from has
    changed since, and, naming village and person, where a posting is refused.
    """
    with transaction.atomic():
        held = hold(of)
        before = facts_of(held)
        rows = held.places.exclude(proposed=None).select_related("division", "proposed__person")
        pairs = list(rows.order_by("division__code"))
        # Before anything else, and in the order of the verbs of postings, so that nobody waits
        # in a ring.
        Division.objects.filter(pk__in=[row.division_id for row in pairs]).lock()
        Person.objects.filter(pairing_candidates__proposed_for__in=pairs).lock()
        _check_applicable(held, pairs)
        appointed = [_appoint(held, row, by) for row in pairs]
        held.state, held.applied_by, held.applied_at = held.State.APPLIED, by, timezone.now()
        held.save(update_fields=["state", "applied_by", "applied_at"])
        CadreChange.note(held, held.division, by, held.applied_at, before)
    return appointed


def _check_applicable(held: PairingRound, pairs: list[PairingPlace]) -> None:
    if not pairs:
        raise ValidationError(_("Nothing is proposed yet."), "nothing")
    if not held.is_current:
        raise ValidationError(
            _("The round was changed after it was proposed; propose again."), "stale"
        )
    if PairingMark.objects.filter(place__round=held).exclude(broken="").exists():
        message = _("A pinned pair breaks a rule by now; take the pin back and propose again.")
        raise ValidationError(message, "broken")
    if asked(held).question.fingerprint != held.fingerprint:
        raise ValidationError(_still_moving(), "stale")


def _appoint(held: PairingRound, row: PairingPlace, by: User) -> Posting:
    candidate = row.proposed
    if candidate is None:
        raise ValueError(row)
    posting = Posting(
        person=candidate.person,
        kind=held.kind,
        division=row.division,
        organization=candidate.person.organization,
        start=held.start,
        planned_end=held.planned_end,
    )
    try:
        return postings.appoint(posting, by, held.title)
    except ValidationError as error:
        says = {"village": row.division, "person": candidate, "why": " ".join(error.messages)}
        message = _("%(person)s could not be sent to %(village)s, so nothing was applied: %(why)s")
        raise ValidationError(message % says, "refused") from error
