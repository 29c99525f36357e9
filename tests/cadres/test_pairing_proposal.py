"""What is proposed is the best there is, breaks no limit, and says why a village stays empty."""

from dataclasses import replace

from hypothesis import given, settings

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
from cadres.pairing.fit import fit, judge
from cadres.pairing.proposal import changes, propose
from tests.cadres.pairing_questions import best_by_trying, may_be, questions, value

ECONOMY, LAW, FARMING = 1, 2, 3
NEAR, FAR = Whereabouts(1, 11, 111), Whereabouts(2, 21, 211)
STRENGTHS_ALONE = Rules(weights={Criterion.STRENGTHS: 1})


def needing(key: int, *needs: int, weak: bool = False) -> Place:
    return Place(key, NEAR, weak, frozenset(needs))


def good_at(
    key: int, *strengths: int, office: int | None = None, retired: bool = False
) -> Candidate:
    return Candidate(key, office, is_retired=retired, strengths=frozenset(strengths))


@settings(max_examples=80, deadline=None)
@given(questions())
def test_no_other_choice_is_better(question: Question) -> None:
    proposal = propose(question)
    kept = {place: one for place, one in question.pins if (place, one) not in proposal.broken_pins}
    assert may_be(question, proposal.pairs)
    assert kept.items() <= proposal.pairs.items()
    assert value(question, proposal.pairs) == best_by_trying(question, kept)


@settings(max_examples=40, deadline=None)
@given(questions())
def test_every_village_has_somebody_or_a_reason(question: Question) -> None:
    proposal = propose(question)
    assert {place.key for place in question.places} == proposal.pairs.keys() ^ proposal.empty.keys()
    for why in proposal.empty.values():
        assert sum(why.bars.values()) + why.possible == len(question.candidates)
        # Fewer can go than there are villages that compete for them.
        assert why.possible == why.pinned or why.going < why.places


def test_each_village_gets_whose_strengths_it_needs() -> None:
    question = Question(
        (needing(1, ECONOMY), needing(2, LAW)),
        (good_at(1, LAW), good_at(2, ECONOMY)),
        rules=STRENGTHS_ALONE,
    )
    assert propose(question).pairs == {1: 2, 2: 1}
    assert propose(question).total == 200


def test_a_fuller_list_goes_before_a_better_fit() -> None:
    # Person 1 fits village 1 best, but nobody else may go to village 2.
    question = Question(
        (needing(1, ECONOMY), needing(2, LAW)),
        (good_at(1, ECONOMY), good_at(2, LAW)),
        rules=STRENGTHS_ALONE,
        forbids=frozenset({(2, 2)}),
    )
    assert propose(question).pairs == {1: 2, 2: 1}


def test_a_weak_village_goes_before_another() -> None:
    question = Question(
        (needing(1, ECONOMY), needing(2, LAW, weak=True)),
        (good_at(1, ECONOMY),),
        rules=STRENGTHS_ALONE,
    )
    assert propose(question).pairs == {2: 1}


def test_an_organisation_sends_no_more_than_it_may() -> None:
    question = Question(
        (needing(1, LAW), needing(2, LAW)),
        (good_at(1, LAW, office=7), good_at(2, LAW, office=7), good_at(3, office=8)),
        (Office(7, most=1), Office(8)),
        STRENGTHS_ALONE,
    )
    proposal = propose(question)
    assert 3 in proposal.pairs.values()
    assert proposal.total == 100


def test_a_full_organisation_is_named_where_a_village_stays_empty() -> None:
    question = Question(
        (needing(1), needing(2)),
        (good_at(1, office=7), good_at(2, office=7)),
        (Office(7, most=1),),
    )
    [why] = propose(question).empty.values()
    assert (why.possible, why.places, why.candidates, why.going) == (2, 2, 2, 1)
    assert why.offices == (7,)


def test_what_bars_everybody_is_counted() -> None:
    at_home = Candidate(1, home=NEAR)
    low = Candidate(2, home=FAR, barred=Bar.RANK)
    forbidden = Candidate(3, home=FAR)
    question = Question(
        (needing(1),),
        (at_home, low, forbidden),
        forbids=frozenset({(1, 3)}),
    )
    [why] = propose(question).empty.values()
    assert why.bars == {Bar.HOME: 1, Bar.RANK: 1, Bar.FORBIDDEN: 1}
    assert why.possible == 0


def test_home_is_avoided_as_far_as_the_rules_say() -> None:
    neighbour = Candidate(1, home=Whereabouts(1, 12, 121))
    of_township = Candidate(2, home=Whereabouts(1, 11, 112))
    question = Question((needing(1),), (neighbour, of_township))

    def possible(home: HomeAvoidance) -> set[int]:
        judged = judge(replace(question, rules=Rules(home=home)))
        return {candidate for _place, candidate in judged.scores}

    assert possible(HomeAvoidance.NONE) == {1, 2}
    assert possible(HomeAvoidance.VILLAGE) == {1, 2}
    assert possible(HomeAvoidance.TOWNSHIP) == {1}
    assert possible(HomeAvoidance.COUNTY) == set()


def test_a_home_that_nobody_knows_bars_nothing() -> None:
    question = Question((needing(1),), (good_at(1),), rules=Rules(home=HomeAvoidance.COUNTY))
    assert propose(question).pairs == {1: 1}


def test_a_village_that_is_taken_gets_nobody() -> None:
    question = Question((replace(needing(1), barred=Bar.TAKEN), needing(2)), (good_at(1),))
    proposal = propose(question)
    assert proposal.pairs == {2: 1}
    assert proposal.empty[1].bars == {Bar.TAKEN: 1}


def test_a_retired_cadre_fits_a_weak_village_and_one_in_office_another() -> None:
    question = Question(
        (needing(1, weak=True), needing(2)),
        (good_at(1), good_at(2, retired=True)),
        rules=Rules(weights={Criterion.WEAK: 1}),
    )
    assert propose(question).pairs == {1: 2, 2: 1}
    assert propose(question).total == 200


def test_a_score_is_the_sum_of_its_parts() -> None:
    place = Place(1, NEAR, True, frozenset({ECONOMY, LAW}))
    office = Office(7, county=1, functions=frozenset({LAW}))
    person = Candidate(
        1, 7, is_retired=True, strengths=frozenset({ECONOMY, FARMING}), avoids=frozenset({1})
    )
    weights = dict(zip(Criterion, (4, 2, 2, 1, 1), strict=True))
    scored = fit(place, person, office, Rules(weights))
    assert [part.share for part in scored.parts] == [50, 50, 0, 100, 100]
    assert [set(part.matched) for part in scored.parts[:2]] == [{ECONOMY}, {LAW}]
    # (4·50 + 2·50 + 2·0 + 1·100 + 1·100) / 10
    assert scored.score == 50


def test_what_nobody_has_stated_counts_half() -> None:
    scored = fit(Place(1), Candidate(1), Office(0), Rules())
    assert [part.share for part in scored.parts] == [50, 50, 50, 50, 100]


def test_a_pair_below_the_least_fit_is_not_proposed_unless_pinned() -> None:
    question = Question(
        (needing(1, LAW),),
        (good_at(1, ECONOMY),),
        rules=replace(STRENGTHS_ALONE, least_fit=30),
    )
    assert propose(question).empty[1].bars == {Bar.FIT: 1}
    assert propose(replace(question, pins=frozenset({(1, 1)}))).pairs == {1: 1}


def test_a_pin_stands_whatever_the_scores() -> None:
    question = Question(
        (needing(1, ECONOMY), needing(2, LAW)),
        (good_at(1, LAW), good_at(2, ECONOMY)),
        rules=STRENGTHS_ALONE,
        pins=frozenset({(1, 1)}),
    )
    assert propose(question).pairs == {1: 1, 2: 2}


def test_a_pin_that_breaks_a_rule_is_left_out_and_told() -> None:
    question = Question(
        (needing(1), needing(2)),
        (good_at(1, office=7), good_at(2, office=7)),
        (Office(7, most=1),),
        pins=frozenset({(1, 1), (2, 2)}),
    )
    proposal = propose(question)
    assert proposal.pairs == {1: 1}
    assert proposal.broken_pins == {(2, 2): Bar.CAPACITY}


def test_who_is_pinned_elsewhere_is_told_apart() -> None:
    question = Question((needing(1), needing(2)), (good_at(1),), pins=frozenset({(2, 1)}))
    why = propose(question).empty[1]
    assert (why.possible, why.pinned) == (1, 1)


def test_of_two_equal_proposals_the_one_that_stands_is_kept() -> None:
    question = Question((needing(1), needing(2)), (good_at(1), good_at(2), good_at(3)))
    for standing in ({(1, 3), (2, 1)}, {(1, 2), (2, 3)}):
        again = propose(replace(question, standing=frozenset(standing)))
        assert set(again.pairs.items()) == standing


def test_the_villages_that_change_between_two_proposals() -> None:
    assert changes({1: 5, 2: 6, 3: 7}, {1: 5, 2: 7, 4: 6}) == [2, 3, 4]


def test_nothing_asked_is_nothing_proposed() -> None:
    assert propose(Question((), ())).pairs == {}
    assert propose(Question((needing(1),), ())).empty[1].possible == 0
