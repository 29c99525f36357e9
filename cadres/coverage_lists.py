"""What of a seat's coverage wants somebody's attention, as lists that open the postings."""

import datetime
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from cadres.coverage import ONE_DAY, Coverage, last_planned, profile_of
from cadres.models import Posting
from cadres.models.posting_kind import FIRST_SECRETARY
from villages.models import Division, VillageProfile

GAP_DAYS = 30
SOON = (90, 60, 30)


@dataclass(frozen=True)
class Concern:
    """A unit, whose posting it is about, and since or until when, in days from today.

    Where nobody is there `posting` is the last one, if there was any.
    """

    unit: Division
    posting: Posting | None
    day: datetime.date | None = None
    days: int | None = None
    next_one: Posting | None = None


Concerns = Iterator[Concern]


def vacant(coverage: Coverage) -> Concerns:
    for unit in coverage.expected:
        if coverage.holder(unit, coverage.on) is None:
            yield _without(coverage, unit)


def weak(coverage: Coverage) -> Concerns:
    """Of the vacant ones, those with a weak party organisation."""
    is_weak = VillageProfile.VillageType.WEAK
    return (one for one in vacant(coverage) if profile_of(one.unit, "village_type") == is_weak)


def gaps(coverage: Coverage, longer_than: int = GAP_DAYS) -> Concerns:
    """Nobody for more than so many days between two holders in the months shown, or until today."""
    first, last = coverage.months[0].first, min(coverage.months[-1].last, coverage.on)
    for unit in coverage.units:
        known = [p for p in coverage.postings.get(unit.pk, ()) if p.start <= coverage.on]
        for number in sorted({posting.seat_number or 0 for posting in known}):
            seat = [posting for posting in known if (posting.seat_number or 0) == number]
            for before, after in pairwise([*seat, None]):
                until = after.start - ONE_DAY if after else coverage.on
                if before is None or before.end is None or until < first or before.end >= last:
                    continue
                days = (until - before.end).days
                if days > longer_than:
                    yield Concern(unit, before, before.end + ONE_DAY, days, after)


def ending(coverage: Coverage, within: int) -> Concerns:
    """Held today, and at an end in so many days by what is entered or planned."""
    for unit, posting in _held(coverage):
        until = last_planned(posting)
        days = (until - coverage.on).days if until else None
        if days is not None and 0 <= days <= within:
            yield Concern(unit, posting, until, days)


def overdue(coverage: Coverage) -> Concerns:
    for unit, posting in _held(coverage):
        if posting.is_overdue(coverage.on) and posting.planned_end:
            days = (coverage.on - posting.planned_end).days
            yield Concern(unit, posting, posting.planned_end, days)


def elsewhere(coverage: Coverage) -> Concerns:
    """At a village that the kind is not meant for, as by a retired cadre outside a weak one."""
    for unit, posting in _held(coverage):
        kind = coverage.kinds[posting.kind_id]
        if kind.wants_village and not kind.fits_village(getattr(unit, "profile", None)):
            yield Concern(unit, posting, posting.start)


def gone(coverage: Coverage) -> Concerns:
    """Still held where the unit itself has ended."""
    for unit in coverage.gone:
        for posting in coverage.postings[unit.pk]:
            if posting.is_held(coverage.on):
                days = (coverage.on - unit.valid_to).days if unit.valid_to else None
                yield Concern(unit, posting, unit.valid_to, days)


def _held(coverage: Coverage) -> Iterator[tuple[Division, Posting]]:
    for unit in coverage.units:
        for posting in coverage.postings.get(unit.pk, ()):
            if posting.is_held(coverage.on):
                yield unit, posting


def _without(coverage: Coverage, unit: Division) -> Concern:
    known = coverage.postings.get(unit.pk, [])
    past = [(p, p.end) for p in known if p.end and p.end < coverage.on]
    coming = next((posting for posting in known if posting.start > coverage.on), None)
    if not past:
        return Concern(unit, None, next_one=coming)
    last, end = past[-1]
    return Concern(unit, last, end + ONE_DAY, (coverage.on - end).days, coming)


@dataclass(frozen=True)
class Listed:
    """A list by its name in the address, with what it is called and what it says of a unit."""

    name: str
    label: Any
    definition: Any
    concerns: list[Concern]


def _ending(within: int, coverage: Coverage, longer_than: int) -> Concerns:
    return ending(coverage, within)


# Name -> (label, what is on it, how it is found)
LISTS: dict[str, tuple[Any, Any, Callable[[Coverage, int], Concerns]]] = {
    "vacant": (
        _("Vacant"),
        _("Counts as to be filled, and nobody holds the seat today."),
        lambda coverage, days: vacant(coverage),
    ),
    "weak": (
        _("Weak villages without a first secretary"),
        _("Villages with a weak party organisation where nobody holds the seat today."),
        lambda coverage, days: weak(coverage),
    ),
    "gaps": (
        _("Long gaps"),
        _("Between two holders, or since the last one, more days than are chosen above."),
        gaps,
    ),
    **{
        f"ending{within}": (
            format_lazy("{} {}", _("Ending, days:"), within),
            _("Held today; the end entered or planned is near."),
            partial(_ending, within),
        )
        for within in SOON
    },
    "overdue": (
        _("Beyond the term"),
        _("Still held though the planned end is past: extend the posting or end it."),
        lambda coverage, days: overdue(coverage),
    ),
    "elsewhere": (
        _("Outside the villages meant"),
        _("Held by a kind of posting that is meant for other villages than this one."),
        lambda coverage, days: elsewhere(coverage),
    ),
    "gone": (
        _("At units that have ended"),
        _("Still held though the unit is gone since this day: end the posting."),
        lambda coverage, days: gone(coverage),
    ),
}


def lists_of(coverage: Coverage, longer_than: int) -> list[Listed]:
    """All lists that can have lines for this seat, empty ones too."""
    kinds = coverage.kinds.values()
    left_out = set() if coverage.kind.seat == FIRST_SECRETARY else {"weak"}
    if not any(kind.wants_village for kind in kinds):
        left_out.add("elsewhere")
    return [
        Listed(name, label, definition, list(find(coverage, longer_than)))
        for name, (label, definition, find) in LISTS.items()
        if name not in left_out
    ]
