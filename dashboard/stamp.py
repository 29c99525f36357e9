"""Whether anything changed since a page was made: one small query instead of all its figures.

Every write of entries recounts their summary rows in the same transaction, and each recount
raises the revision of its row; so the sum of revisions moves exactly when a figure may have.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Count, Max, Sum
from django.db.models.functions import Coalesce

from tasks.models import Amendment, EntrySummary, Ledger, LightOverride, Period, RankingExclusion
from tasks.statements import Parts, numbers
from villages.models import Division, DivisionChange, Level

APPS = ("villages", "accounts", "tasks", "dashboard")
# Rows that are only added and ended: with each of both the number grows.
BEGUN_AND_ENDED = Count("pk") + Count("ended_at")
# More than there are rows that may be taken back, which lowers their count.
MANY = 1_000_000


@dataclass(frozen=True)
class Stamp:
    """What figures hang on as a short text, and some numbers of it that tell what need not be
    looked for: changes of divisions, lights set by hand."""

    text: str
    numbers: Mapping[str, int]


def stamp(
    division: Division, ledger: Ledger, periods: list[Period], *, everywhere: bool = False
) -> Stamp:
    """What the figures of a division and some quarters hang on; `everywhere` where they are read
    on other divisions than those that reported, so that lines of any township may count here."""
    own = (division.pk, division.name, division.path, division.level)
    asked = ("stamp", own, everywhere, ledger.pk, tuple(period.pk for period in periods))
    counted = numbers(asked, lambda: _parts(None if everywhere else division, ledger, periods))
    days = [(p.code, p.opens, p.due, p.locks, p.locked_at) for p in periods]
    text = _digest(edition(), own, _of_ledger(ledger), days, sorted(counted.items()))
    return Stamp(text, counted)


def _parts(division: Division | None, ledger: Ledger, periods: list[Period]) -> Parts:
    sums = EntrySummary.objects.filter(period__in=periods)
    if division and division.level == Level.TOWNSHIP:
        sums = sums.filter(township=division)
    elif division and division.level != Level.CITY:
        sums = sums.within(division)
    exclusions = RankingExclusion.objects.filter(period__in=periods)
    return {
        "revision": (sums, Coalesce(Sum("revision"), 0)),
        "divisions": (DivisionChange.objects.all(), Count("pk") + Coalesce(Max("pk"), 0) * MANY),
        "amendments": (Amendment.objects.filter(ledger=ledger), Count("pk")),
        "exclusions": (exclusions, BEGUN_AND_ENDED),
        "overrides": (LightOverride.objects.filter(period__in=periods), BEGUN_AND_ENDED),
    }


def _of_ledger(ledger: Ledger) -> tuple[Any, ...]:
    """All that it says, its thresholds above all."""
    return tuple(getattr(ledger, field.attname) for field in ledger._meta.concrete_fields)


@cache
def edition() -> str:
    """The code, templates, words and styles of this release: with others, every page is another."""
    root = Path(settings.BASE_DIR)
    files = [
        *(path for app in APPS for path in sorted((root / app).rglob("*.py"))),
        *sorted((root / "templates").rglob("*.html")),
        *sorted((root / "locale").rglob("*.po")),
        *sorted((root / "static").rglob("*.[cj]s*")),
    ]
    return _digest(*(path.read_bytes() for path in files))


def _digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]
