"""What needs attention now, in order of weight, each unit with its reasons."""

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dashboard.figures import Row
from tasks.models import Ledger, Period

# Of a line: how much it weighs that it is overdue, came back again, is far behind, untouched.
OVERDUE, RETURNED_AGAIN, FAR_BEHIND, SILENT = 4, 3, 2, 1


@dataclass(frozen=True)
class Reason:
    """In words, with the filter of the list of lines that it counts."""

    text: str
    lines: Mapping[str, str]


@dataclass
class Concern:
    row: Row
    again: int = 0
    reasons: list[Reason] = field(default_factory=list)
    weight: int = 0

    def add(self, weight: int, text: str, **lines: str) -> None:
        self.weight += weight
        self.reasons.append(Reason(text, lines))


def concerns(
    rows: Iterable[Row],
    returned_again: Mapping[int, int],
    period: Period,
    ledger: Ledger,
    on: datetime.date,
) -> list[Concern]:
    """Of units below: what is overdue, came back again, is far behind, or silent near the end."""
    found = [
        _concern(row, returned_again.get(row.division.pk, 0), period, ledger, on) for row in rows
    ]
    worrying = [concern for concern in found if concern.weight]
    return sorted(worrying, key=lambda concern: (-concern.weight, concern.row.division.code))


def _concern(row: Row, again: int, period: Period, ledger: Ledger, on: datetime.date) -> Concern:
    concern, days_left = Concern(row, again), period.days_left(on)
    if row.is_silent and days_left <= ledger.yellow_days:
        text = _("nothing filled in yet, of %(owed)d lines") % {"owed": row.counts.owed}
        concern.add(row.counts.owed * SILENT, text, state="blank")
    if overdue := row.overdue:
        concern.add(
            overdue * OVERDUE, _overdue(overdue, -days_left), light="red", state="unreported"
        )
    if again:
        text = ngettext(
            "%(count)d line returned twice or more", "%(count)d lines returned twice or more", again
        )
        concern.add(again * RETURNED_AGAIN, text % {"count": again}, returned="again")
    if far := row.counts.far_behind:
        text = ngettext("%(count)d line far behind", "%(count)d lines far behind", far)
        concern.add(far * FAR_BEHIND, text % {"count": far}, light="red", state="reported")
    return concern


def _overdue(lines: int, days: int) -> str:
    if days <= 0:  # an extension that was given ended before the quarter's own day
        return ngettext("%(count)d line overdue", "%(count)d lines overdue", lines) % {
            "count": lines
        }
    text = ngettext(
        "%(count)d line overdue by %(days)d days", "%(count)d lines overdue by %(days)d days", lines
    )
    return text % {"count": lines, "days": days}
