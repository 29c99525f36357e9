"""Which seats are filled and which are vacant: by unit and month, by plan for months to come.

A unit counts as to be filled as the kind of posting says (`PostingKind.expected`): every one of
its level, or weak villages, and wherever the seat was held within a year. Two queries
read units and postings, however many there are; the rest is reckoned here.
"""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Q

from cadres.models import Posting, PostingKind
from cadres.months import last_day, month_of, months_later
from villages.models import OWING_KINDS, Division, Level, Viewer, VillageProfile

WEAK = VillageProfile.VillageType.WEAK
ONE_DAY = datetime.timedelta(days=1)
YEAR = 12
PERSON = ("person__name", "organization__name")


class State:
    """How a seat stands in a month; the names are the keys of words and of the style sheet."""

    NONE, VACANT, PART, HELD, ENDING, OVERDUE = "none", "vacant", "part", "held", "ending", "over"


@dataclass(frozen=True)
class Month:
    first: datetime.date
    last: datetime.date
    # The day on which it is counted: its last one, or today in the month that runs.
    day: datetime.date

    @property
    def number(self) -> int:
        return self.first.month


@dataclass(frozen=True)
class Cell:
    """One unit in one month; `posting` is the one that a click opens."""

    state: str
    month: Month
    holders: int = 0
    posting: Posting | None = None


@dataclass(frozen=True)
class Line:
    """A unit with its months."""

    unit: Division
    cells: list[Cell]
    holder: Posting | None


@dataclass(frozen=True)
class Sum:
    """How many units below one are filled in each month, of how many."""

    unit: Division
    counts: list[tuple[int, int]]
    months: Sequence[Month]

    @property
    def by_month(self) -> Iterable[tuple[Month, int, int]]:
        return ((month, *count) for month, count in zip(self.months, self.counts, strict=True))


def last_planned(posting: Posting) -> datetime.date | None:
    """The last day, as it is entered or planned."""
    return posting.end or posting.planned_end


class Coverage:
    """The seat of a kind at a unit and below, from a month on, as it stands on a day."""

    def __init__(
        self,
        division: Division,
        viewer: Viewer,
        kinds: list[PostingKind],
        on: datetime.date,
        start: datetime.date | None = None,
        months: int = 1,
    ) -> None:
        """`kinds` are all that compete for the seat; the first of them gives it its name."""
        self.division, self.viewer, self.kind, self.on = division, viewer, kinds[0], on
        self.kinds = {kind.pk: kind for kind in kinds}
        self.months = list(months_from(start or on.replace(day=1), months, on))

    @cached_property
    def postings(self) -> dict[int, list[Posting]]:
        """Of the seat, by unit and in the order of their days."""
        seen = Posting.objects.visible_to(self.viewer).within(self.division)
        seat = seen.in_seat(self.kind.seat).select_related("person", "organization")
        # No telephone and no number is read, which would have to be decrypted row by row.
        plain = [field.name for field in Posting._meta.concrete_fields]
        by_unit: dict[int, list[Posting]] = defaultdict(list)
        for posting in seat.only(*plain, *PERSON).order_by("start", "pk"):
            posting.kind = self.kinds[posting.kind_id]
            by_unit[posting.division_id].append(posting)
        return by_unit

    @cached_property
    def units(self) -> list[Division]:
        """Those that may come up: of the level, and to be filled or held at any time."""
        below = Division.objects.visible_to(self.viewer).within(self.division).at(self.on)
        level = Level(self.kind.level)
        if self._is_every:
            found = below.owing(level) | below.filter(level=level, pk__in=list(self.postings))
        else:
            held = Q(pk__in=list(self.postings))
            if self._is_weak:
                held |= Q(profile__village_type=WEAK)
            found = below.filter(held, level=level)
        profiles = ["profile"] if level == Level.VILLAGE else []
        units = list(found.select_related(*profiles).defer("pinyin").order_by("path"))
        above = self._above(units)
        for unit in units:
            if unit.parent_id in above:
                unit.parent = above[unit.parent_id]
            for posting in self.postings.get(unit.pk, ()):
                posting.division = unit
        return units

    @cached_property
    def gone(self) -> list[Division]:
        """Units that do not stand on the day, and where somebody holds the seat nevertheless."""
        standing = {unit.pk for unit in self.units}
        held = {
            key: postings
            for key, postings in self.postings.items()
            if key not in standing and any(posting.is_held(self.on) for posting in postings)
        }
        if not held:
            return []
        units = list(Division.objects.filter(pk__in=list(held)).defer("pinyin").order_by("path"))
        above = self._above(units)
        for unit in units:
            unit.parent = above.get(unit.parent_id)
            for posting in held[unit.pk]:
                posting.division = unit
        return units

    def _above(self, units: list[Division]) -> dict[int | None, Division]:
        """The managing units, read once: hundreds of villages have few townships."""
        keys = {unit.parent_id for unit in units if unit.parent_id}
        parents = Division.objects.filter(pk__in=keys).select_related("parent")
        return {unit.pk: unit for unit in parents.defer("pinyin", "parent__pinyin")}

    @cached_property
    def _is_every(self) -> bool:
        return PostingKind.Expected.EVERY in {kind.expected for kind in self.kinds.values()}

    @cached_property
    def _is_weak(self) -> bool:
        return PostingKind.Expected.WEAK in {kind.expected for kind in self.kinds.values()}

    def is_expected(self, unit: Division, day: datetime.date) -> bool:
        """Whether the unit counts as to be filled on a day."""
        if self._is_every and unit.kind in OWING_KINDS[Level(unit.level)]:
            return True
        if self._is_weak and profile_of(unit, "village_type") == WEAK:
            return True
        since = months_later(day, -YEAR)
        return any(
            posting.start <= day
            and ((until := self._until(posting, day)) is None or until >= since)
            for posting in self.postings.get(unit.pk, ())
        )

    def _until(self, posting: Posting, day: datetime.date) -> datetime.date | None:
        """Its last day as one knows it on a day: as entered, or as planned for days to come."""
        return last_planned(posting) if day > self.on else posting.end

    def holder(self, unit: Division, day: datetime.date) -> Posting | None:
        """Who holds a seat of the unit on a day: as entered, and by plan for days to come."""
        return next(self._holders(unit, day), None)

    def _holders(self, unit: Division, day: datetime.date) -> Iterator[Posting]:
        for posting in self.postings.get(unit.pk, ()):
            until = self._until(posting, day)
            if posting.start <= day and (until is None or until >= day):
                yield posting

    @cached_property
    def expected(self) -> list[Division]:
        """Those that count as to be filled on the day."""
        return [unit for unit in self.units if self.is_expected(unit, self.on)]

    @cached_property
    def filled(self) -> list[Division]:
        return [unit for unit in self.expected if self.holder(unit, self.on)]

    # The calendar

    @property
    def sums_up(self) -> bool:
        """Whether the rows are sums of units further down, or the units themselves."""
        levels = list(Level)
        return levels.index(Level(self.kind.level)) - levels.index(Level(self.division.level)) > 1

    def lines(self) -> list[Line]:
        """Each unit that is to be filled, or was held, in any of the months."""
        lines = [
            Line(
                unit, [self.cell(unit, month) for month in self.months], self.holder(unit, self.on)
            )
            for unit in self.units
        ]
        return [line for line in lines if any(cell.state != State.NONE for cell in line.cells)]

    def sums(self) -> list[Sum]:
        """One for each unit right below, in the order of their codes, and the whole at the end."""
        below = Division.objects.filter(parent=self.division).at(self.on).order_by("code")
        counts = {unit.pk: [[0, 0] for _month in self.months] for unit in below}
        depth = len(self.division.ancestor_ids) + 1
        for unit in self.units:
            count = counts.get(int(unit.path.split("/")[depth]))
            for step, month in enumerate(self.months if count else []):
                if self.is_expected(unit, month.day):
                    count[step][1] += 1  # type: ignore[index]
                    count[step][0] += self.holder(unit, month.day) is not None  # type: ignore[index]
        sums = [Sum(u, [(n, of) for n, of in counts[u.pk]], self.months) for u in below]
        columns = [[one.counts[step] for one in sums] for step in range(len(self.months))]
        whole = [(sum(n for n, _ in column), sum(of for _, of in column)) for column in columns]
        return [*sums, Sum(self.division, whole, self.months)]

    def cell(self, unit: Division, month: Month) -> Cell:
        held = list(self._holders(unit, month.day))
        during = [posting for posting in self.postings.get(unit.pk, ()) if self._in(posting, month)]
        posting = held[0] if held else (during[-1] if during else None)
        return Cell(self._state(unit, month, held, during), month, len(held), posting)

    def _state(
        self, unit: Division, month: Month, held: list[Posting], during: list[Posting]
    ) -> str:
        if not during:
            return State.VACANT if self.is_expected(unit, month.day) else State.NONE
        if any(p.planned_end and p.planned_end < min(month.day, self.on) for p in held):
            return State.OVERDUE
        if self._ends_in(unit, month, during):
            return State.ENDING
        return State.HELD if _covers(during, month) else State.PART

    def _ends_in(self, unit: Division, month: Month, during: list[Posting]) -> bool:
        """Whether the last one ends in the month, and nobody follows on the next day."""
        ends = [end for posting in during if (end := last_planned(posting))]
        if len(ends) < len(during) or not month.first <= max(ends) <= month.last:
            return False
        next_day = max(ends) + ONE_DAY
        return not any(posting.start == next_day for posting in self.postings.get(unit.pk, ()))

    def _in(self, posting: Posting, month: Month) -> bool:
        """Held on any day of the month, by plan where it is to come."""
        until = self._until(posting, month.first)
        return posting.start <= month.last and (until is None or until >= month.first)


def months_from(start: datetime.date, count: int, on: datetime.date) -> Iterator[Month]:
    for step in range(count):
        first = months_later(start, step)
        last = last_day(month_of(first))
        yield Month(first, last, on if first <= on <= last else last)


def _covers(during: list[Posting], month: Month) -> bool:
    """Whether some of them held it on every day of the month, up to today."""
    day = month.first
    for posting in during:
        until = posting.end
        if posting.start > day:
            return False
        if until is None or until >= month.day:
            return True
        day = max(day, until + ONE_DAY)
    return day > month.day


def profile_of(unit: Division, field: str) -> str:
    profile = getattr(unit, "profile", None) if unit.level == Level.VILLAGE else None
    return str(getattr(profile, field, ""))
