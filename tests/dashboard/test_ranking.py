"""Ranks as competitions give them."""

from fractions import Fraction

import pytest

from dashboard.ranking import competition_ranks


@pytest.mark.parametrize(
    ("shares", "ranks"),
    [
        ([], []),
        ([(1, 2)], [1]),
        ([(1, 2), (3, 4), (1, 2), (1, 4)], [2, 1, 2, 4]),
        ([(1, 1), (1, 1), (1, 2)], [1, 1, 3]),
        ([(0, 5), (0, 7)], [1, 1]),
    ],
)
def test_equal_shares_share_a_rank_and_the_next_skips(
    shares: list[tuple[int, int]], ranks: list[int]
) -> None:
    assert competition_ranks([Fraction(*share) for share in shares]) == ranks


def test_shares_that_floats_cannot_tell_apart_are_told_apart() -> None:
    large = 10**20
    near = [Fraction(large, large + 1), Fraction(large + 1, large + 2)]
    assert float(near[0]) == float(near[1])
    assert competition_ranks(near) == [2, 1]
