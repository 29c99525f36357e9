"""What is asked of the postings of a roster: each by itself, and all of a file together.

They are the rules of `cadres/actions`, asked of many postings with a few queries. A roster
records what was decided elsewhere: where a rule of the kind is not kept that the decision may
have had reasons for (rank, kind of village), that is to be confirmed.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from cadres.actions.posting_rules import (
    doubts_about_days,
    meant_for,
    previous_holder,
    sent_enough,
    sent_home,
)
from cadres.models import Posting
from cadres.months import month_of, shown
from cadres.sheets.role_row import Row
from rawsql.parts import in_parts
from spreadsheets.model_rules import Wrong, against_constraints
from villages.models import Division, VillageProfile

if TYPE_CHECKING:
    from cadres.sheets.postings import PostingSheet

ONE_DAY = datetime.timedelta(days=1)
TYPE = "division__profile__village_type"
# Where a rule on a field of the posting is told.
PLACES = {
    "person": "person__political_status",
    "organization": "organization__name",
    "division": "division__name",
    "": "start",
    "end": "start",
}
NAMES = ("planned_end", "end", "start")


def standing_at(units: Collection[Division], seats: Collection[str]) -> Iterator[Posting]:
    """All postings in these seats at the units, with their persons."""
    near = Posting.objects.filter(seat__in=seats).order_by("pk")
    near = near.select_related("person__organization", "organization", "kind", "division")
    for some in in_parts(unit.pk for unit in units):
        yield from near.filter(division__in=some)


def held_by(persons: Collection[int]) -> dict[int, list[Posting]]:
    """All postings of some persons, wherever they are."""
    held = defaultdict(list)
    for some in in_parts(persons):
        found = Posting.objects.filter(person__in=some).select_related("kind", "division")
        for posting in found.order_by("pk"):
            held[posting.person_id].append(posting)
    return held


def wrong_with(posting: Posting) -> Iterator[Wrong]:
    """What makes a posting impossible, by field."""
    wrong = posting.wrong_with_post()
    yield from wrong.items()
    yield from posting.wrong_with_person(posting.kind, is_recorded=True).items()
    yield from against_constraints(posting, NAMES, but=wrong)


def doubts_about(row: Row) -> Iterator[Wrong]:
    """What is to be confirmed of a row, by attribute."""
    posting, kind = row.wanted, row.wanted.kind
    if not (row.is_wrong("start") or row.is_wrong("planned_end")):
        yield from doubts_about_days(posting, row.old).items()
    if (
        row.old
        and row.old.kind_id == kind.pk
        and row.old.person.rank_level == (posting.person.rank_level)
    ):
        return
    if message := posting.missing_rank():
        yield "person__rank", message
    if not kind.wants_village:
        return
    profile = getattr(row.unit, "profile", None)
    told = row.says(TYPE) or ""
    fits = (
        kind.fits_village(profile)
        if profile and profile.village_type
        else (told == kind.wants_village)
    )
    if not fits:
        yield TYPE, meant_for(posting)


def other_type(row: Row) -> str:
    """Where a roster says of a village another type than its profile does."""
    profile: VillageProfile | None = getattr(row.unit, "profile", None)
    told = row.says(TYPE)
    if not told or profile is None or profile.village_type in ("", told):
        return ""
    message = _("The profile of the village says %(type)s; a roster leaves that as it is.")
    return message % {"type": profile.get_village_type_display()}


class Seats:
    """Who would sit where after an import, and what the rows end for that."""

    def __init__(self, sheet: PostingSheet, rows: list[Row]) -> None:
        self.sheet = sheet
        # A row that is wrong by itself still says who is meant to sit there.
        self.rows = [row for row in rows if row.wanted and row.wanted.start]
        self.kept = {row.old.pk for row in self.rows if row.old}
        self.held = held_by({row.person.pk for row in self.rows if row.person})
        self.ends: dict[int, datetime.date] = {}
        self.ended_by: dict[int, Row] = {}
        self.postings: dict[int, Posting] = {}

    def tell(self) -> None:
        self._one_row_for_a_seat()
        new = [row for row in self.rows if row.old is None]
        for row in new:
            self._make_room(row)
            before = previous_holder(row.wanted, self._in_seat(row.wanted))
            row.does["predecessor"] = before and before.pk
        for row in self.rows:
            self._leave_others(row)
        for row in self.rows:
            if row.old is not None:
                self._moved_days(row)
        for pk, row in self.ended_by.items():
            self._end(self.postings[pk], row)
        self._sent_home()
        self._sent_enough()

    def _sent_home(self) -> None:
        homes = Division.objects.in_bulk({row.wanted.person.home_id for row in self.rows} - {None})
        for row in self.rows:
            person = row.wanted.person
            if row.old is None and person.home_id is not None:
                person.home = homes[person.home_id]
                if message := sent_home(row.wanted):
                    row.doubtful("person__name", message)

    def _sent_enough(self) -> None:
        """Of each organisation that can send only so many: those sent, and those of the file."""
        limited = {
            row.wanted.organization.pk
            for row in self.rows
            if row.wanted.organization and row.wanted.organization.capacity is not None
        }
        told = {row.old.pk for row in self.rows if row.old}
        sent = defaultdict[int, list[tuple[datetime.date, datetime.date | None]]](list)
        for some in in_parts(limited):
            for one in Posting.objects.filter(organization__in=some):
                if one.pk not in told:
                    sent[one.organization_id or 0].append((one.start, self._last_of(one)))
        for row in self.rows:
            posting = row.wanted
            if posting.organization_id not in limited:
                continue
            begins, others = posting.start, sent[posting.organization_id]
            number = sum(first <= begins and (not last or last >= begins) for first, last in others)
            is_asked = row.old is None or row.old.organization_id != posting.organization_id
            if is_asked and (message := sent_enough(posting, number)):
                row.doubtful("organization__name", message)
            others.append((begins, posting.end))

    def _last_of(self, posting: Posting) -> datetime.date | None:
        return self.ends.get(posting.pk, posting.end)

    def _one_row_for_a_seat(self) -> None:
        rows_of = defaultdict[Any, list[Row]](list)
        for row in self.rows:
            rows_of[row.wanted.division_id, row.wanted.kind.seat].append(row)
        for rows in rows_of.values():
            seats = rows[0].wanted.kind.seats
            for row in rows[seats:] if seats else []:
                message = _("Rows %(first)d and %(second)d are about the same seat; keep one.")
                numbers = {"first": rows[0].number, "second": row.number}
                row.wrong("division__name", message % numbers)

    def _make_room(self, row: Row) -> None:
        """Whoever sits in the way of a new holder ends, or the row is wrong."""
        posting = row.wanted
        posting.seat_number = None if posting.kind.seats is None else 1
        if posting.kind.seats is None:
            return
        rivals = [
            rival
            for rival in self._in_seat(posting)
            if rival.end is None or rival.end >= posting.start
        ]
        taken = {rival.seat_number for rival in rivals} | {
            other.wanted.seat_number
            for other in self.rows
            if other is not row
            and other.wanted.division_id == posting.division_id
            and other.wanted.kind.seat == posting.kind.seat
        }
        if posting.kind.seats > 1:
            free = [n for n in range(1, posting.kind.seats + 1) if n not in taken]
            posting.seat_number = free[0] if free else 1
            if not free:
                message = _("All %(seats)d seats are held; end one of the postings first.")
                row.wrong("division__name", message % {"seats": posting.kind.seats})
            return
        for rival in rivals:
            self._displace(rival, row)

    def _in_seat(self, posting: Posting) -> list[Posting]:
        """All who ever held a seat of this name there."""
        there = self.sheet.all_at(posting.division)
        return [one for one in there if one.seat == posting.kind.seat]

    def _displace(self, rival: Posting, row: Row) -> None:
        start, says = (
            row.wanted.start,
            {"name": rival.person.name, "since": month_in_words(rival.start)},
        )
        if rival.end is not None:
            says["until"] = date_format(rival.end)
            message = _("%(name)s held this seat until %(until)s; a new posting begins later.")
            row.wrong("start", message % says)
        elif rival.start >= start:
            message = _("%(name)s holds this seat since %(since)s; a new posting begins later.")
            row.wrong("start", message % says)
        elif rival.pk in self.kept:
            message = _("%(name)s holds this seat in another row; keep one.")
            row.wrong("person__name", message % says)
        else:
            self._ends(rival, start, row)

    def _ends(self, posting: Posting, start: datetime.date, row: Row) -> None:
        last = start - ONE_DAY
        self.postings[posting.pk] = posting
        self.ends[posting.pk] = min(self.ends.get(posting.pk, last), last)
        self.ended_by.setdefault(posting.pk, row)

    def _leave_others(self, row: Row) -> None:
        """What else the person holds ends too where the file says who follows there."""
        posting = row.wanted
        for other in self.held.get(row.person.pk, []) if row.person else []:
            if other.exclusive_group != posting.kind.exclusive_group:
                continue
            if row.old is not None and other.pk == row.old.pk:
                continue
            if other.end is not None and other.end < posting.start:
                continue
            if posting.end is not None and other.start > posting.end:
                continue
            if other.pk in self.ended_by and other.start < posting.start:
                self._ends(other, posting.start, row)
                continue
            says = {
                "name": posting.person.name,
                "kind": str(other.kind),
                "unit": other.division.name_for(self.sheet.viewer),
                "since": month_in_words(other.start),
            }
            message = _(
                "%(name)s is %(kind)s at %(unit)s since %(since)s, and no row of this file says "
                "who follows there; end that posting first."
            )
            row.wrong("person__name", message % says)

    def _moved_days(self, row: Row) -> None:
        """A start that is put right must not reach into the days of somebody else."""
        posting = row.wanted
        if row.old.start == posting.start or posting.seat_number is None:
            return
        for rival in self._in_seat(posting):
            if rival.pk == posting.pk or rival.seat_number != posting.seat_number:
                continue
            ends = self.ends.get(rival.pk, rival.end)
            if rival.start <= (posting.end or datetime.date.max) and (
                ends is None or ends >= posting.start
            ):
                message = _("%(name)s held this seat on that day (%(term)s).")
                until = month_in_words(ends) if ends else ""
                term = f"{month_in_words(rival.start)}—{until}"
                row.wrong("start", message % {"name": rival.person.name, "term": term})

    def _end(self, posting: Posting, row: Row) -> None:
        last = self.ends[posting.pk]
        says = {"name": posting.person.name, "since": month_in_words(posting.start)}
        says |= {"last": date_format(last), "unit": str(posting.division)}
        if last < posting.start:
            message = _("%(name)s holds this seat since %(since)s; a new posting begins later.")
            row.wrong("start", message % says)
            return
        swapped = self._is_swapped(posting, row)
        reason = Posting.EndReason.SWAPPED if swapped else Posting.EndReason.ROTATED
        ends = row.does.setdefault("ends", [])
        ends.append([posting.pk, last.isoformat(), str(reason)])
        message = _(
            "%(name)s holds this seat at %(unit)s since %(since)s; that posting ends on %(last)s."
        )
        row.doubtful("person__name", message % says)

    def _is_swapped(self, posting: Posting, row: Row) -> bool:
        """Whether whoever leaves follows in a seat that whoever comes leaves."""
        came_from = {
            other.division_id
            for other in (self.held.get(row.person.pk, []) if row.person else [])
            if other.pk in self.ended_by
        }
        goes_to = {
            other.wanted.division_id
            for other in self.rows
            if other.person and other.person.pk == posting.person_id and other.old is None
        }
        return bool(came_from & goes_to)


def month_in_words(day: datetime.date) -> str:
    return shown(month_of(day))


def previous(does: dict[str, Any]) -> list[tuple[int, datetime.date, str]]:
    """The postings that a row ends, with the last day and the reason."""
    return [
        (pk, datetime.date.fromisoformat(last), reason) for pk, last, reason in does.get("ends", [])
    ]
