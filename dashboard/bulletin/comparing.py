"""Two bulletins of the same quarter beside each other, unit by unit and figure by figure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from dashboard.bulletin import words
from dashboard.bulletin.frozen import Frozen, Tally, UnitFigures

LABELS = (
    _("Owed"),
    _("Accepted"),
    _("Completion"),
    _("Reported"),
    _("On-time rate"),
    _("Score"),
    _("Rank"),
)


@dataclass(frozen=True)
class Pair:
    """One figure on both sides."""

    label: Any
    one: str
    other: str

    @property
    def differs(self) -> bool:
        return self.one != self.other


@dataclass(frozen=True)
class ComparedUnit:
    name: str
    pairs: list[Pair]

    @property
    def differs(self) -> bool:
        return any(pair.differs for pair in self.pairs)


def compared(one: Frozen, other: Frozen) -> list[ComparedUnit]:
    """The whole first, then every unit that stands in either, in the order of the first."""
    rows = [ComparedUnit(one.unit, _pairs(_figures(one.total), _figures(other.total)))]
    mine = {unit.key: unit for unit in one.units}
    theirs = {unit.key: unit for unit in other.units}
    for key in dict.fromkeys([*mine, *theirs]):
        unit = mine.get(key) or theirs[key]
        rows.append(ComparedUnit(unit.name, _pairs(_of(mine.get(key)), _of(theirs.get(key)))))
    return rows


def _pairs(one: list[str], other: list[str]) -> list[Pair]:
    return [Pair(*three) for three in zip(LABELS, one, other, strict=True)]


def _of(unit: UnitFigures | None) -> list[str]:
    if unit is None:
        return [words.NONE] * len(LABELS)
    return _figures(unit.tally, words.NONE if unit.rank is None else str(unit.rank))


def _figures(tally: Tally, rank: str = words.NONE) -> list[str]:
    return [
        str(tally.owed),
        str(tally.accepted),
        words.percent(tally.completion),
        str(tally.reported),
        words.percent(tally.punctuality),
        words.score(tally.score),
        rank,
    ]


def problems_that_differ(one: Frozen, other: Frozen) -> Iterator[tuple[str, str, str]]:
    """Of every township whose problems are not the same in both: its name and what each says."""
    sides = [_problems(frozen) for frozen in (one, other)]
    for place in dict.fromkeys([*sides[0], *sides[1]]):
        said = [side.get(place, words.NONE) for side in sides]
        if said[0] != said[1]:
            yield place, said[0], said[1]


def _problems(frozen: Frozen) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for problem in frozen.problems:
        found.setdefault(words.place(problem), []).append(words.problem(problem))
    return {place: "".join(said) for place, said in found.items()}
