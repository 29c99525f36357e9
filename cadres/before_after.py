"""Two terms compared, and whether enough is elected to judge: a few villages of the one against
all of the other would tell of the villages, not of the terms."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, replace

from accounts.models import User
from cadres.indicators import UnitRow, compare
from cadres.models import Term, TermIndicator
from cadres.team_list import TeamCounts, counts
from villages.models import Division


@dataclass(frozen=True)
class BeforeAfter:
    """The unit itself, those one level below, and how far the elections of both terms are."""

    whole: UnitRow
    rows: Sequence[UnitRow]
    elected: tuple[TeamCounts, TeamCounts]


def before_after(
    division: Division,
    user: User,
    terms: tuple[Term, Term],
    indicators: Sequence[TermIndicator],
    today: datetime.date,
) -> BeforeAfter:
    whole, rows = compare(division, user, terms, indicators)
    (total, units), (later_total, later_units) = (
        counts(division, user, term, _last_day(term, today)) for term in terms
    )
    missing: dict[int, int] = {}
    for unit in (*units, *later_units):
        missing[unit.unit.pk] = missing.get(unit.unit.pk, 0) + unit.unelected
    return BeforeAfter(
        replace(whole, unelected=total.unelected + later_total.unelected),
        [replace(row, unelected=missing.get(row.unit.pk, 0)) for row in rows],
        (total, later_total),
    )


def _last_day(term: Term, today: datetime.date) -> datetime.date:
    """Villages that came later owe nothing in an earlier term."""
    following = Term.objects.after(term)
    return min(following.started, today) if following else today
