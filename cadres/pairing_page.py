"""The page of a round: every village with who is proposed, and why; or why nobody is."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import NamedTuple

from django.utils.translation import gettext as _

from cadres.actions.proposing import solved
from cadres.models import (
    Organization,
    PairingCandidate,
    PairingMark,
    PairingPlace,
    PairingRound,
    Tag,
    VillageNeed,
)
from cadres.models.person import secrets_of
from cadres.pairing.facts import Question, Rules
from cadres.pairing.fit import fit_of, judge
from cadres.pairing.proposal import changes
from cadres.pairing_question import Asked, asked
from cadres.pairing_words import PartInWords, part_in_words, why_in_words
from villages.models import Division, VillageProfile

MOST_FROM_ABOVE = 300


@dataclass(frozen=True)
class Row:
    """One village of the round: who is proposed for it, or why nobody is."""

    place: PairingPlace
    who: str
    needs: list[str]
    is_weak: bool
    pin: PairingMark | None
    # Whoever is pinned here where that is somebody else than who is proposed.
    pinned: str
    forbidden: int
    parts: list[PartInWords]
    why: list[str]


@dataclass(frozen=True)
class _Around:
    """What is known of villages besides their rows."""

    tags: dict[int, str]
    needs: dict[int, list[str]]
    weak: set[int]
    marks: dict[int, list[PairingMark]]
    offices: dict[int, str]

    @classmethod
    def of(cls, places: list[PairingPlace]) -> "_Around":
        villages = [place.division_id for place in places]
        tags = dict(Tag.objects.values_list("pk", "name"))
        needs = defaultdict[int, list[str]](list)
        stated = VillageNeed.objects.filter(division__in=villages).order_by("tag__name")
        for village, tag in stated.values_list("division", "tag"):
            needs[village].append(tags[tag])
        marks = defaultdict[int, list[PairingMark]](list)
        decided = PairingMark.objects.filter(place__in=places)
        whom = decided.select_related("candidate__person__division")
        for mark in whom.defer(*secrets_of("candidate__person")):
            marks[mark.place_id].append(mark)
        named = {key for place in places for key in place.why.get("offices", [])}
        offices = Organization.objects.filter(pk__in=named)
        return cls(
            tags, needs, weak_among(villages), marks, dict(offices.values_list("pk", "name"))
        )


class FromAbove(NamedTuple):
    """Villages that rounds of units above have filled: the last ones, and how many in all."""

    places: list[PairingPlace]
    number: int


def filled_from_above(division: Division) -> FromAbove:
    """What a unit sees of the rounds of others: its own villages, and who went there."""
    found = PairingPlace.objects.filled_from_above(division).select_related(
        "division__parent",
        "round__division",
        "round__kind",
        "proposed__person__organization",
        "proposed__person__division",
    )
    places = list(found.defer(*secrets_of("proposed__person"))[:MOST_FROM_ABOVE])
    return FromAbove(places, len(places) if len(places) < MOST_FROM_ABOVE else found.count())


def weak_among(villages: Iterable[int]) -> set[int]:
    profiles = VillageProfile.objects.filter(division__in=villages)
    weak = profiles.filter(village_type=VillageProfile.VillageType.WEAK)
    return set(weak.values_list("division", flat=True))


def rows(of: PairingRound, only: int | None = None) -> list[Row]:
    """The villages of a round, or one of them, in a number of queries that does not grow."""
    found = (
        of.places.in_reach()
        .select_related(
            "division__parent__parent",
            "proposed__person__organization",
            "proposed__person__division",
        )
        .defer(*secrets_of("proposed__person"))
    )
    places = list(found.order_by("division__code") if only is None else found.filter(pk=only))
    around = _Around.of(places)
    return [_row(of, place, around) for place in places]


def _row(of: PairingRound, place: PairingPlace, around: _Around) -> Row:
    marks = around.marks.get(place.pk, [])
    pins = [mark for mark in marks if mark.verdict == PairingMark.Verdict.PIN]
    others = [pin.candidate for pin in pins if pin.candidate_id != place.proposed_id]
    return Row(
        place,
        _named(of, place.proposed),
        around.needs.get(place.division_id, []),
        place.division_id in around.weak,
        pins[0] if pins else None,
        _named(of, others[0]) if others else "",
        len(marks) - len(pins),
        [part_in_words(part, around.tags) for part in place.parts],
        why_in_words(place.why, around.offices),
    )


def _named(of: PairingRound, candidate: PairingCandidate | None) -> str:
    """Whoever left the unit meanwhile is not named; what was applied is history."""
    if candidate is None:
        return ""
    person = candidate.person
    if of.is_draft and not of.division.manages(person.division):
        return _("a person who serves elsewhere by now")
    return person.name


@dataclass(frozen=True)
class Figures:
    """How far a proposal goes."""

    places: int
    filled: int
    total: int

    @property
    def mean(self) -> int | None:
        return round(self.total / self.filled) if self.filled else None


@dataclass(frozen=True)
class Change:
    """A village for which a trial names somebody else than the proposal that stands."""

    place: PairingPlace
    before: str
    after: str
    score_before: int | None
    score_after: int | None


@dataclass(frozen=True)
class Trial:
    """What other rules or another decision would do; nothing of it is stored."""

    before: Figures
    after: Figures
    changes: list[Change]


def figures(of: PairingRound) -> Figures:
    scores = list(of.places.in_reach().values_list("score", flat=True))
    known = [score for score in scores if score is not None]
    return Figures(len(scores), len(known), sum(known))


@dataclass(frozen=True)
class Attempt:
    """Other rules than those of the round, and a pair that would be decided on."""

    rules: Rules
    pair: tuple[int, int] | None = None
    pins: bool = True


def trial(of: PairingRound, attempt: Attempt) -> Trial:
    """Solve the round as it would be, and score by those rules what stands too, so that the sums
    can be compared. ValidationError where the solver gives no answer."""
    now = asked(of)
    question = _changed(now.question, attempt)
    proposal, before = solved(question), dict(question.standing)
    scores = {pair: fit_of(question, *pair).score for pair in question.standing}
    return Trial(
        Figures(len(now.places), len(before), sum(scores.values())),
        Figures(len(now.places), len(proposal.pairs), proposal.total),
        [
            Change(
                now.places[key],
                _name(now, before.get(key)),
                _name(now, proposal.pairs.get(key)),
                scores.get((key, before.get(key, 0))),
                proposal.scores.get((key, proposal.pairs.get(key, 0))),
            )
            for key in changes(before, proposal.pairs)
        ],
    )


def _changed(question: Question, attempt: Attempt) -> Question:
    """With the other rules; a pair that would be pinned takes the place of pins that it meets."""
    question = replace(question, rules=attempt.rules)
    if attempt.pair is None:
        return question
    if not attempt.pins:
        return replace(
            question,
            forbids=question.forbids | {attempt.pair},
            pins=question.pins - {attempt.pair},
        )
    place, candidate = attempt.pair
    apart = {pin for pin in question.pins if pin[0] != place and pin[1] != candidate}
    return replace(
        question,
        pins=frozenset(apart | {attempt.pair}),
        forbids=question.forbids - {attempt.pair},
    )


def _name(now: Asked, candidate: int | None) -> str:
    return now.candidates[candidate].person.name if candidate else ""


@dataclass(frozen=True)
class Option:
    """A person for one village: the score, or what keeps the person away; never in order of it."""

    candidate: PairingCandidate
    score: int | None
    bar: str
    parts: list[PartInWords]
    mark: PairingMark | None
    # The village for which the person is proposed.
    proposed_for: str


def options(of: PairingRound, place: PairingPlace) -> list[Option]:
    """Every candidate of the round for one village, by name."""
    now = asked(of)
    only = tuple(one for one in now.question.places if one.key == place.pk)
    question = replace(now.question, places=only)
    judged = judge(question)
    tags = dict(Tag.objects.values_list("pk", "name"))
    marks = {mark.candidate_id: mark for mark in place.marks.select_related("by")}
    going = {row.proposed_id: row.division.short_name for row in now.places.values()}
    return [
        Option(
            candidate,
            judged.scores.get((place.pk, key)),
            str(bar.label) if (bar := judged.bars.get((place.pk, key))) else "",
            [part_in_words(asdict(p), tags) for p in fit_of(question, place.pk, key).parts],
            marks.get(key),
            going.get(key, ""),
        )
        for key, candidate in sorted(now.candidates.items(), key=_by_name)
    ]


def _by_name(entry: tuple[int, PairingCandidate]) -> tuple[str, int]:
    return entry[1].person.pinyin, entry[0]
