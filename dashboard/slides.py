"""The order in which the projector shows units: a division, then each of those below it."""

from dataclasses import dataclass
from typing import Self

from dashboard.board import Board
from tasks.models import EntrySummary
from villages.models import Division, Level


@dataclass(frozen=True)
class Turn:
    """Where a slide stands in its row, and what is shown before and after it."""

    number: int
    count: int
    before: Division | None
    after: Division | None

    @classmethod
    def of(cls, board: Board) -> Self:
        line = _line(board)
        at = line.index(board.division)
        before = line[at - 1] if at else None
        after = line[at + 1] if at + 1 < len(line) else None
        return cls(at + 1, len(line), before, after)


def _line(board: Board) -> list[Division]:
    """The unit above, if the reader may see it, with all below it that owe anything."""
    division = board.division
    above = division.parent if division.level != Level.CITY else None
    head = above if above and board.place.may_open(above) else division
    township = "township" if head.level == Level.COUNTY else "township__parent"
    owing = EntrySummary.objects.filter(period=board.period, owed__gt=0).order_by()
    below = Division.objects.visible_to(board.user).filter(
        parent=head, pk__in=owing.values(township)
    )
    if head.level == Level.TOWNSHIP:
        return [division]
    return list(dict.fromkeys([head, *below.order_by("code"), division]))
