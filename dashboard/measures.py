"""What can be measured of a unit: each a share n/N with its definition in words."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from operator import attrgetter
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tasks.models import Counts


@dataclass(frozen=True)
class Band:
    """A step of a share, from so many per cent on, told by colour, pattern and letter."""

    letter: str
    at_least: int
    name: str | Promise


BANDS = (
    Band("A", 100, _("all")),
    Band("B", 90, _("90 % and more")),
    Band("C", 75, _("75 % to 90 %")),
    Band("D", 50, _("50 % to 75 %")),
    Band("E", 0, _("below 50 %")),
)


@dataclass(frozen=True)
class Measure:
    """A share of a unit's lines; `state` is the filter of the list that shows the part."""

    code: str
    name: str | Promise
    definition: str | Promise
    part_of: Callable[[Counts], int]
    whole_of: Callable[[Counts], int]
    state: str

    def part(self, counts: Counts) -> int:
        return self.part_of(counts)

    def whole(self, counts: Counts) -> int:
        return self.whole_of(counts)

    def share(self, counts: Counts) -> Fraction | None:
        """Exact; None where there is nothing to take a share of."""
        whole = self.whole(counts)
        return Fraction(self.part(counts), whole) if whole else None

    def band(self, counts: Counts) -> Band | None:
        share = self.share(counts)
        if share is None:
            return None
        return next(band for band in BANDS if share * 100 >= band.at_least)


_owed: Callable[[Counts], Any] = attrgetter("owed")
_reported: Callable[[Counts], Any] = attrgetter("reported")
_accepted: Callable[[Counts], Any] = attrgetter("accepted")
REPORTED = Measure(
    "reported",
    _("Reporting rate"),
    _("Submitted or accepted ÷ owed"),
    _reported,
    _owed,
    "reported",
)
ON_TIME = Measure(
    "on_time",
    _("On-time rate"),
    _("First submitted by the due date ÷ reported"),
    attrgetter("on_time"),
    _reported,
    "on_time",
)
ACCEPTED = Measure(
    "accepted",
    _("Acceptance rate"),
    _("Finally accepted ÷ reported"),
    _accepted,
    _reported,
    "accepted",
)
COMPLETED = Measure(
    "completed",
    _("Completion rate"),
    _("Finally accepted ÷ owed"),
    _accepted,
    _owed,
    "accepted",
)
MEASURES = {measure.code: measure for measure in (REPORTED, ON_TIME, ACCEPTED, COMPLETED)}
