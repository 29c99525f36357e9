"""Ranking of units, never of persons: ties share a rank, and some units are not compared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from dashboard.figures import Row
from dashboard.measures import Measure
from tasks.models import Counts


def competition_ranks(shares: Sequence[Fraction]) -> list[int]:
    """The rank of each share, the largest first: equal shares share a rank, the next skips."""
    first: dict[Fraction, int] = {}
    for place, share in enumerate(sorted(shares, reverse=True), 1):
        first.setdefault(share, place)
    return [first[share] for share in shares]


@dataclass(frozen=True)
class Ranked:
    """A unit in the ranking; without a rank where it is not compared, with the reason, or where
    there is nothing to take a share of."""

    row: Row
    part: int
    whole: int
    rank: int | None = None
    rank_before: int | None = None
    reason: str = ""

    @property
    def moved(self) -> int | None:
        """By how many ranks it rose since the quarter before; negative where it fell."""
        if self.rank is None or self.rank_before is None:
            return None
        return self.rank_before - self.rank

    @property
    def steps(self) -> int:
        return abs(self.moved or 0)


def ranking(
    rows: Sequence[Row],
    measure: Measure,
    excluded: Mapping[int, str],
    excluded_before: Mapping[int, str],
) -> list[Ranked]:
    """Units by a measure, best first; those that are not compared at the end.

    The ranks of the quarter before are those of its own ranking, without whom that left out.
    """
    now = _ranks(
        {row.division.pk: row.counts for row in rows if row.division.pk not in excluded}, measure
    )
    before = _ranks(
        {row.division.pk: row.before for row in rows if row.division.pk not in excluded_before},
        measure,
    )
    ranked = []
    for row in rows:
        pk, counts = row.division.pk, row.counts
        share = measure.part(counts), measure.whole(counts)
        ranks = now.get(pk), before.get(pk)
        ranked.append(Ranked(row, *share, *ranks, excluded.get(pk, "")))
    last = len(rows) + 1
    ranked.sort(key=lambda one: (one.rank or last, bool(one.reason), one.row.division.code))
    return ranked


def _ranks(counts: Mapping[int, Counts], measure: Measure) -> dict[int, int]:
    """The rank of every unit that has a share, by its key; none while nobody has any part."""
    shares = {pk: measure.share(of) for pk, of in counts.items()}
    known = {pk: share for pk, share in shares.items() if share is not None}
    if not any(known.values()):
        return {}
    return dict(zip(known, competition_ranks(list(known.values())), strict=True))
