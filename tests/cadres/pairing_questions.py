"""Small questions for proposals, made by chance, and the best answer found by trying all."""

import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from hypothesis import strategies as st

from cadres.pairing.facts import (
    Bar,
    Candidate,
    Criterion,
    HomeAvoidance,
    Office,
    Place,
    Question,
    Rules,
    Whereabouts,
)
from cadres.pairing.fit import judge

TAGS = st.frozensets(st.integers(1, 3))
COUNTIES = st.frozensets(st.integers(1, 2), max_size=1)
WHERE = st.builds(Whereabouts, county=st.integers(1, 2), township=st.integers(3, 5))


@st.composite
def questions(draw: st.DrawFn) -> Question:
    """Up to four villages and five candidates from three organisations."""
    places = draw(st.lists(st.builds(Place, st.just(0), WHERE, st.booleans(), TAGS), max_size=4))
    people = draw(st.lists(_candidates(), max_size=5))
    offices = [
        Office(key, *draw(st.tuples(st.none() | st.integers(1, 2), TAGS, most)))
        for key, most in zip(
            (1, 2, 3), (st.none(), st.integers(0, 1), st.integers(1, 2)), strict=True
        )
    ]
    every = [*itertools.product(range(len(places)), range(len(people)))]
    forbids = draw(st.frozensets(st.sampled_from(every), max_size=3)) if every else frozenset()
    return Question(
        tuple(replace(one, key=key) for key, one in enumerate(places)),
        tuple(replace(one, key=key) for key, one in enumerate(people)),
        tuple(offices),
        draw(_rules()),
        draw(_pins(len(places), len(people))),
        forbids,
    )


def _candidates() -> st.SearchStrategy[Candidate]:
    return st.builds(
        Candidate,
        key=st.just(0),
        office=st.none() | st.integers(1, 3),
        home=WHERE,
        is_retired=st.booleans(),
        strengths=TAGS,
        prefers=COUNTIES,
        avoids=COUNTIES,
        barred=st.sampled_from([None, None, None, Bar.RANK]),
    )


def _rules() -> st.SearchStrategy[Rules]:
    return st.builds(
        Rules,
        weights=st.fixed_dictionaries({one: st.integers(0, 3) for one in Criterion}),
        home=st.sampled_from(HomeAvoidance),
        least_fit=st.sampled_from([0, 0, 40]),
    )


@st.composite
def _pins(draw: st.DrawFn, places: int, people: int) -> frozenset[tuple[int, int]]:
    """No village and no person twice."""
    count = draw(st.integers(0, min(places, people, 2)))
    chosen = draw(st.permutations(range(places)))[:count], draw(st.permutations(range(people)))
    return frozenset(zip(*chosen, strict=False))


Value = tuple[int, int, int]


def best_by_trying(question: Question, pinned: dict[int, int]) -> Value:
    """Villages filled, weak ones among them, sum of scores: the greatest of all there are."""
    scores = judge(question).scores
    return max(value(question, pairs) for pairs in _all(question, scores, pinned))


def value(question: Question, pairs: dict[int, int]) -> Value:
    scores = judge(question).scores
    weak = {place.key for place in question.places if place.is_weak}
    return len(pairs), len(weak & pairs.keys()), sum(scores[pair] for pair in pairs.items())


def _all(
    question: Question, scores: dict[tuple[int, int], int], pinned: dict[int, int]
) -> Iterator[dict[int, int]]:
    options: list[list[int | None]] = []
    for place in question.places:
        able = [one.key for one in question.candidates if (place.key, one.key) in scores]
        options.append([pinned[place.key]] if place.key in pinned else [None, *able])
    for chosen in itertools.product(*options):
        pairs = {
            place.key: one
            for place, one in zip(question.places, chosen, strict=True)
            if one is not None
        }
        if may_be(question, pairs):
            yield pairs


def may_be(question: Question, pairs: dict[int, int]) -> bool:
    """Nobody goes twice, and no organisation sends more than it may."""
    if len(set(pairs.values())) < len(pairs):
        return False
    offices = {one.key: one.office for one in question.candidates}
    sent = Counter(offices[one] for one in pairs.values())
    return all(one.most is None or sent[one.key] <= one.most for one in question.offices)
