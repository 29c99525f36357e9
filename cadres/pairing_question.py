"""A round of matching as the question that is solved: every fact read once, nothing written."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from cadres.models import (
    Organization,
    PairingCandidate,
    PairingMark,
    PairingPlace,
    PairingRound,
    Person,
    Posting,
    PostingKind,
    VillageNeed,
)
from cadres.models.person import secrets_of
from cadres.pairing.facts import Bar, Candidate, Office, Place, Question, Whereabouts
from villages.models import Division, Level, VillageProfile


@dataclass(frozen=True)
class Asked:
    """The question, and the rows that its keys name."""

    question: Question
    places: dict[int, PairingPlace]
    candidates: dict[int, PairingCandidate]


def asked(of: PairingRound) -> Asked:
    """As it stands now; who is no longer within the unit that runs the round is left out."""
    near = "division__parent__parent"
    places = {row.pk: row for row in of.places.in_reach().select_related(near, "round")}
    people = of.candidates.in_reach().select_related("person__organization__division")
    candidates = {
        row.pk: row for row in people.select_related("person__home").defer(*secrets_of("person"))
    }
    marks = PairingMark.objects.filter(place__in=places, candidate__in=candidates)
    decided = defaultdict[str, set[tuple[int, int]]](set)
    for place, candidate, verdict in marks.values_list("place", "candidate", "verdict"):
        decided[verdict].add((place, candidate))
    question = Question(
        tuple(_places(of, places.values())),
        tuple(_candidates(of, candidates.values())),
        tuple(_offices(of, candidates.values())),
        of.rules,
        pins=frozenset(decided[PairingMark.Verdict.PIN]),
        forbids=frozenset(decided[PairingMark.Verdict.FORBID]),
        standing=frozenset(
            (row.pk, row.proposed_id) for row in places.values() if row.proposed_id in candidates
        ),
    )
    return Asked(question, places, candidates)


def whereabouts(division: Division | None) -> Whereabouts:
    """The county, township and village of a division, by its path from the city down."""
    if division is None:
        return Whereabouts()
    line = [*division.ancestor_ids, division.pk][1:]
    return Whereabouts(*line)


def _places(of: PairingRound, rows: Iterable[PairingPlace]) -> Iterable[Place]:
    villages = [row.division_id for row in rows]
    profiles = VillageProfile.objects.in_bulk(villages, field_name="division_id")
    needs = _grouped(VillageNeed.objects.filter(division__in=villages), "division", "tag")
    taken = _taken(of, villages)
    for row in rows:
        profile = profiles.get(row.division_id)
        barred = None
        if row.division_id in taken:
            barred = Bar.TAKEN
        elif not of.kind.fits_village(profile):
            barred = Bar.VILLAGE
        weak = bool(profile and profile.village_type == VillageProfile.VillageType.WEAK)
        yield Place(row.pk, whereabouts(row.division), weak, needs[row.division_id], barred=barred)


def _taken(of: PairingRound, villages: Iterable[int]) -> set[int]:
    """The villages that have no seat of the kind free from the start of the round on."""
    if of.kind.seats is None:
        return set()
    held = Posting.objects.in_seat(of.kind.seat).overlapping(of.start, None)
    held_at = Counter(held.filter(division__in=villages).values_list("division", flat=True))
    return {village for village, count in held_at.items() if count >= of.kind.seats}


def _candidates(of: PairingRound, rows: Iterable[PairingCandidate]) -> Iterable[Candidate]:
    people = [row.person_id for row in rows]
    keys = [row.pk for row in rows]
    strengths = _grouped(
        Person.strengths.through.objects.filter(person__in=people), "person", "tag"
    )
    wished = {
        name: _grouped(
            getattr(PairingCandidate, name).through.objects.filter(pairingcandidate__in=keys),
            "pairingcandidate",
            "division",
        )
        for name in ("prefers", "avoids")
    }
    during = Posting.objects.overlapping(of.start, None).filter(person__in=people)
    busy = set(
        during.filter(exclusive_group=of.kind.exclusive_group).values_list("person", flat=True)
    )
    for row in rows:
        person = row.person
        yield Candidate(
            row.pk,
            person.organization_id,
            whereabouts(person.home),
            person.has_left_lead,
            strengths[person.pk],
            wished["prefers"][row.pk],
            wished["avoids"][row.pk],
            Bar.BUSY if person.pk in busy else barred_by_kind(person, of.kind),
        )


def barred_by_kind(person: Person, kind: PostingKind) -> Bar | None:
    """What the posting itself would refuse; see `Posting.clean`."""
    if person.merged_into_id or person.anonymized_at:
        return Bar.CLOSED
    if kind.wants_party_member and not person.is_party_member:
        return Bar.MEMBER
    if kind.wants_left_lead and not person.has_left_lead:
        return Bar.SERVING
    if kind.minimum_rank and (person.rank_level or 0) < kind.minimum_rank:
        return Bar.RANK
    return Bar.SENDER if kind.wants_organization and not person.organization_id else None


def _offices(of: PairingRound, rows: Iterable[PairingCandidate]) -> Iterable[Office]:
    offices = {row.person.organization for row in rows if row.person.organization}
    keys = [office.pk for office in offices]
    able = defaultdict[int, frozenset[int]](frozenset)
    for through in (Organization.functions.through, Organization.strengths.through):
        found = _grouped(through.objects.filter(organization__in=keys), "organization", "tag")
        for key, tags in found.items():
            able[key] |= tags
    # Whoever is away from the start of the round on counts against what the organisation sends.
    away = Posting.objects.overlapping(of.start, None).filter(organization__in=keys)
    sent = Counter(away.values_list("organization", flat=True))
    for office in sorted(offices, key=lambda office: office.pk):
        county = office.division_id if office.division.level == Level.COUNTY else None
        most = None if office.capacity is None else max(0, office.capacity - sent[office.pk])
        yield Office(office.pk, county, able[office.pk], most)


def _grouped(rows: Any, by: str, of: str) -> "defaultdict[int, frozenset[int]]":
    found = defaultdict[int, set[int]](set)
    for key, value in rows.values_list(by, of):
        found[key].add(value)
    return defaultdict(frozenset, {key: frozenset(values) for key, values in found.items()})
