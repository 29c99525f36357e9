"""Which townships and villages a bulletin names, and for what."""

import datetime
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django.db.models import Count, Q

from dashboard.bulletin.frozen import Kind, Problem
from tasks.models import Entry, EntryQuerySet, Ledger, Period, Review
from tasks.models.light import FAR_BEHIND, light_inputs
from tasks.models.state import REPORTED, State
from villages.models import Division, Level

VILLAGES_NAMED = 5
RETURNED_OFTEN = 2


# Of one kind in one township: by unit, how many lines.
Lines = Counter[int]


def problems_of(
    division: Division, period: Period, ledger: Ledger, on: datetime.date
) -> tuple[Problem, ...]:
    """By kind, then in the order of the codes of county and township."""
    lines = Entry.objects.within(division).owed().filter(period=period, task__ledger=ledger)
    found: dict[tuple[Kind, int], Lines] = defaultdict(Counter)
    for kind, township, unit, count in (*_counted(lines, period, on), *_returned_often(lines)):
        found[kind, township][unit] += count
    units = _units(found)
    problems = [_problem(kind, township, of, units) for (kind, township), of in found.items()]
    if division.level == Level.COUNTY:  # which has told its name in the head
        problems = [replace(problem, above="") for problem in problems]
    order = list(Kind)
    return tuple(sorted(problems, key=lambda p: (order.index(p.kind), *_codes(units[p.key]))))


def _counted(
    lines: EntryQuerySet, period: Period, on: datetime.date
) -> Iterable[tuple[Kind, int, int, int]]:
    """Kind, township, unit and lines; before its due date a unit is neither silent nor overdue.

    A unit all of whose lines are overdue and were never touched is silent, and not overdue
    besides: it is named once.
    """
    past = Q(period__due__lt=on) & (Q(extended_to=None) | Q(extended_to__lt=on))
    late = past & ~Q(state__in=REPORTED)
    counts = {
        "owed": Count("pk"),
        "untouched": Count("pk", filter=late & Q(state=State.BLANK, version=1)),
        "overdue": Count("pk", filter=late),
        "far_behind": Count("pk", filter=Q(state__in=REPORTED) & FAR_BEHIND),
    }
    group = lines.alias(**light_inputs()).order_by().values("township_id", "division_id")
    rows: Iterable[Any] = group.annotate(**counts)
    for row in rows:
        unit = row["township_id"], row["division_id"]
        if row["untouched"] == row["owed"]:
            yield Kind.SILENT, *unit, row["owed"]
        elif row["overdue"]:
            yield Kind.OVERDUE, *unit, row["overdue"]
        if row["far_behind"]:
            yield Kind.FAR_BEHIND, *unit, row["far_behind"]


def _returned_often(lines: EntryQuerySet) -> Iterable[tuple[Kind, int, int, int]]:
    """Lines that came back twice or more and are not right yet; a return taken back is none."""
    returns = Review.objects.filter(
        verdict=Review.Verdict.RETURNED,
        undone_at=None,
        entry__in=lines.exclude(state=State.ACCEPTED),
    )
    keys = ("entry_id", "entry__township_id", "entry__division_id")
    often = returns.order_by().values(*keys).annotate(times=Count("pk"))
    for row in often.filter(times__gte=RETURNED_OFTEN):
        yield Kind.RETURNED, row["entry__township_id"], row["entry__division_id"], 1


def _units(found: dict[tuple[Kind, int], Lines]) -> dict[int, Division]:
    wanted = {township for _kind, township in found}
    wanted |= {unit for of in found.values() for unit in of}
    return Division.objects.select_related("parent").in_bulk(wanted)


def _codes(township: Division) -> tuple[str, str]:
    return township.parent.code if township.parent else "", township.code


def _problem(kind: Kind, township: int, of: Lines, units: dict[int, Division]) -> Problem:
    place: Any = units[township]
    villages = [units[pk] for pk in of if pk != township]
    # Those with the most lines are named.
    villages.sort(key=lambda village: (-of[village.pk], village.code))
    return Problem(
        kind=kind,
        key=township,
        above=place.parent.name if place.parent else "",
        unit=place.name,
        lines=of.total(),
        villages=tuple(village.short_name for village in villages[:VILLAGES_NAMED]),
        village_count=len(villages),
        own=township in of,
    )
