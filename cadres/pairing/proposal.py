"""The proposal: as many villages as can be, weak ones first, then the greatest sum of scores."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from cadres.pairing.facts import Bar, Question
from cadres.pairing.fit import FULL, Judged, judge
from cadres.pairing.solving import Choice, choose

Pair = tuple[int, int]


@dataclass(frozen=True)
class WhyEmpty:
    """What leaves a village without anybody.

    `bars` counts the candidates that may not come at all by what keeps them; `possible` are the
    others. Where there are such, they go elsewhere: `places` villages, this one among them, have
    no more than `candidates` people in common, of whom `going` can go, because of the limits of
    the `offices` where there are fewer.
    """

    bars: dict[Bar, int]
    possible: int
    pinned: int
    places: int
    candidates: int
    going: int
    offices: tuple[int, ...]


@dataclass(frozen=True)
class Proposal:
    """One person for each of some villages, with the score; the others with what is missing."""

    pairs: dict[int, int]
    scores: dict[Pair, int]
    empty: dict[int, WhyEmpty]
    # Pins that break a rule by now: they are left out until somebody takes them back.
    broken_pins: dict[Pair, Bar] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return sum(self.scores[pair] for pair in self.pairs.items())


def propose(question: Question) -> Proposal:
    """The best proposal there is; the same question always gets the same one."""
    judged = judge(question)
    room = {office.key: office.most for office in question.offices}
    pinned, broken = _kept_pins(question, judged, room)
    free = _Free.without(pinned, question, judged, room)
    chosen = dict(choose(_choice(free, question)))
    pairs = pinned | chosen
    left = [place.key for place in question.places if place.key not in pairs]
    empty = dict(_reasons(left, free, chosen, judged))
    scores = {pair: judged.scores[pair] for pair in pairs.items()}
    return Proposal(pairs, scores, empty, broken)


def broken_pins(question: Question) -> dict[Pair, Bar]:
    """The pins that break a rule, whatever else is to be decided."""
    places = {place for place, _candidate in question.pins}
    people = {candidate for _place, candidate in question.pins}
    pinned = replace(
        question,
        places=tuple(place for place in question.places if place.key in places),
        candidates=tuple(one for one in question.candidates if one.key in people),
    )
    room = {office.key: office.most for office in question.offices}
    return _kept_pins(pinned, judge(pinned), room)[1]


def _kept_pins(
    question: Question, judged: Judged, room: dict[int, int | None]
) -> tuple[dict[int, int], dict[Pair, Bar]]:
    """The pins that break no rule, taking their share of what each organisation sends."""
    offices = {candidate.key: candidate.office or 0 for candidate in question.candidates}
    kept: dict[int, int] = {}
    broken: dict[Pair, Bar] = {}
    for place, candidate in sorted(question.pins):
        office = offices[candidate]
        left = room.get(office)
        if barred := judged.bars.get((place, candidate)):
            broken[place, candidate] = barred
        elif left is not None and left <= 0:
            broken[place, candidate] = Bar.CAPACITY
        else:
            kept[place] = candidate
            if left is not None:
                room[office] = left - 1
    return kept, broken


@dataclass(frozen=True)
class _Free:
    """What is left to choose once the pins stand."""

    scores: dict[Pair, int]
    by_place: dict[int, list[int]]
    office_of: dict[int, int]
    # How many more each organisation sends, where it says a limit at all.
    room: dict[int, int]

    @classmethod
    def without(
        cls,
        pinned: dict[int, int],
        question: Question,
        judged: Judged,
        room: dict[int, int | None],
    ) -> "_Free":
        gone = set(pinned.values())
        scores = {
            (place, candidate): score
            for (place, candidate), score in judged.scores.items()
            if place not in pinned and candidate not in gone
        }
        by_place = defaultdict[int, list[int]](list)
        for place, candidate in scores:
            by_place[place].append(candidate)
        return cls(
            scores,
            by_place,
            {one.key: one.office or 0 for one in question.candidates if one.key not in gone},
            {office: left for office, left in room.items() if left is not None},
        )


def _choice(free: _Free, question: Question) -> Choice:
    """One more village filled is worth more than all scores together, a weak one twice as much:
    that never costs another village, because which villages can be filled together is a matroid.
    """
    count = len(question.places)
    step = count + 1
    filled = count * (FULL * step + 1) + 1
    weak = {place.key for place in question.places if place.is_weak}
    worth = {
        pair: filled * (2 if pair[0] in weak else 1)
        + score * step
        + (1 if pair in question.standing else 0)
        for pair, score in free.scores.items()
    }
    return Choice(worth, [*_limits(free)])


def _limits(free: _Free) -> Iterator[tuple[list[Pair], int]]:
    by_candidate = defaultdict[int, list[Pair]](list)
    by_office = defaultdict[int, list[Pair]](list)
    for place, candidates in free.by_place.items():
        yield [(place, candidate) for candidate in candidates], 1
    for pair in free.scores:
        by_candidate[pair[1]].append(pair)
        by_office[free.office_of[pair[1]]].append(pair)
    yield from ((pairs, 1) for pairs in by_candidate.values())
    size = Counter(free.office_of[candidate] for candidate in by_candidate)
    for office, pairs in by_office.items():
        if office in free.room and free.room[office] < size[office]:
            yield pairs, free.room[office]


def _reasons(
    left: list[int], free: _Free, chosen: dict[int, int], judged: Judged
) -> Iterator[tuple[int, WhyEmpty]]:
    bars = defaultdict[int, Counter[Bar]](Counter)
    for (place, _candidate), barred in judged.bars.items():
        bars[place][barred] += 1
    possible = Counter(place for place, _candidate in judged.scores)
    sent = set(chosen.values())
    for place in left:
        places, candidates, offices = _tight(place, free, chosen)
        yield (
            place,
            WhyEmpty(
                bars=dict(bars[place]),
                possible=possible[place],
                pinned=possible[place] - len(free.by_place.get(place, [])),
                places=len(places),
                candidates=len(candidates),
                going=len(candidates & sent),
                offices=tuple(sorted(offices)),
            ),
        )


def _tight(start: int, free: _Free, chosen: dict[int, int]) -> tuple[set[int], set[int], set[int]]:
    """The villages that compete with this one, the people they compete for, and the
    organisations among theirs whose limit is used up: everything that a change in favour of this
    village could move, found by following such changes. None of them helps, for else the
    proposal would fill one village more.
    """
    going_to = {candidate: place for place, candidate in chosen.items()}
    colleagues = defaultdict[int, list[int]](list)
    for candidate in going_to:
        colleagues[free.office_of[candidate]].append(candidate)
    places, candidates, offices = {start}, set[int](), set[int]()
    waiting = [start]
    while waiting:
        for candidate in free.by_place.get(waiting.pop(), []):
            if candidate in candidates:
                continue
            candidates.add(candidate)
            moved = [candidate]
            if candidate not in going_to:
                office = free.office_of[candidate]
                offices.add(office)
                moved = colleagues[office]
            found = {going_to[one] for one in moved} - places
            places |= found
            waiting += found
    return places, candidates, offices


def changes(before: dict[int, int], after: dict[int, int]) -> Iterable[int]:
    """The villages for which two proposals name different people, or one names nobody."""
    return sorted(
        place for place in before.keys() | after.keys() if before.get(place) != after.get(place)
    )
