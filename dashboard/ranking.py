"""Ranks as competitions give them, from exact shares."""

from collections.abc import Sequence
from fractions import Fraction


def competition_ranks(shares: Sequence[Fraction]) -> list[int]:
    """The rank of each share, the largest first: equal shares share a rank, the next skips."""
    first: dict[Fraction, int] = {}
    for place, share in enumerate(sorted(shares, reverse=True), 1):
        first.setdefault(share, place)
    return [first[share] for share in shares]
