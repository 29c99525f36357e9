"""How well a person fits a village, criterion by criterion, and what bars the pair."""

from collections.abc import Iterator
from dataclasses import dataclass

from cadres.pairing.facts import (
    Bar,
    Candidate,
    Criterion,
    HomeAvoidance,
    Office,
    Place,
    Question,
    Rules,
)

FULL, HALF, NOTHING = 100, 50, 0
NO_OFFICE = Office(0)


@dataclass(frozen=True)
class Part:
    """What one criterion says of a pair: its share of 100, and how much that weighs.

    `matched` are the needs that are met.
    """

    criterion: Criterion
    weight: int
    share: int
    matched: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Fit:
    """The score of a pair, 0 to 100, and what it is made of."""

    score: int
    parts: tuple[Part, ...]


def fit(place: Place, candidate: Candidate, office: Office, rules: Rules) -> Fit:
    parts = tuple(_parts(place, candidate, office, rules))
    points = sum(part.weight * part.share for part in parts)
    # Rounded half up, so that the sum that is maximised is the sum of the scores that are shown.
    whole = rules.full_weight
    return Fit((2 * points + whole) // (2 * whole) if whole else 0, parts)


def _parts(place: Place, candidate: Candidate, office: Office, rules: Rules) -> Iterator[Part]:
    weights = rules.weights
    for criterion, offered in (
        (Criterion.STRENGTHS, candidate.strengths),
        (Criterion.FUNCTIONS, office.functions),
    ):
        met = place.needs & offered
        yield Part(criterion, weights.get(criterion, 0), _met(place.needs, met), met)
    for criterion, share in (
        (Criterion.WISHES, _wished(place, candidate)),
        (Criterion.NEARNESS, _near(place, office)),
        (Criterion.WEAK, FULL if candidate.is_retired == place.is_weak else NOTHING),
    ):
        yield Part(criterion, weights.get(criterion, 0), share)


def _met(needs: frozenset[int], met: frozenset[int]) -> int:
    """What nobody has stated counts half: it speaks neither for a pair nor against it."""
    return FULL * len(met) // len(needs) if needs else HALF


def _wished(place: Place, candidate: Candidate) -> int:
    if place.at.county in candidate.avoids:
        return NOTHING
    return FULL if place.at.county in candidate.prefers else HALF


def _near(place: Place, office: Office) -> int:
    """An organisation of the city is as near to one county as to another."""
    if office.county is None:
        return HALF
    return FULL if office.county == place.at.county else NOTHING


def bar(place: Place, candidate: Candidate, office: Office, question: Question) -> Bar | None:
    """The first rule that keeps the pair apart whatever its score."""
    if barred := place.barred or candidate.barred:
        return barred
    if (place.key, candidate.key) in question.forbids:
        return Bar.FORBIDDEN
    if _at_home(place, candidate, question.rules.home):
        return Bar.HOME
    return Bar.CAPACITY if office.most is not None and office.most <= 0 else None


def _at_home(place: Place, candidate: Candidate, avoidance: HomeAvoidance) -> bool:
    if avoidance == HomeAvoidance.NONE:
        return False
    home = getattr(candidate.home, avoidance.value)
    return home is not None and home == getattr(place.at, avoidance.value)


@dataclass(frozen=True)
class Judged:
    """All pairs of a question: the scores of those that may be, the bars of the others."""

    scores: dict[tuple[int, int], int]
    bars: dict[tuple[int, int], Bar]


def judge(question: Question) -> Judged:
    offices = {office.key: office for office in question.offices}
    judged = Judged({}, {})
    for candidate in question.candidates:
        office = offices.get(candidate.office or 0, NO_OFFICE)
        for place in question.places:
            pair = place.key, candidate.key
            barred = bar(place, candidate, office, question)
            score = 0 if barred else fit(place, candidate, office, question.rules).score
            # A pin says that people know better than the score.
            if not barred and score < question.rules.least_fit and pair not in question.pins:
                barred = Bar.FIT
            if barred:
                judged.bars[pair] = barred
            else:
                judged.scores[pair] = score
    return judged


def fit_of(question: Question, place: int, candidate: int) -> Fit:
    """What a pair of the question scores, and of what."""
    where = next(one for one in question.places if one.key == place)
    person = next(one for one in question.candidates if one.key == candidate)
    sender = (one for one in question.offices if one.key == person.office)
    return fit(where, person, next(sender, NO_OFFICE), question.rules)
