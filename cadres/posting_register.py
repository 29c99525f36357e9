"""What postings tell at the head of the registers."""

import datetime
from typing import cast

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from cadres.calendar_choice import seats_shown
from cadres.coverage import Coverage
from cadres.coverage_lists import vacant, weak
from cadres.headlines import Headline, register
from cadres.models import Posting
from cadres.models.posting import SOON
from cadres.models.posting_kind import (
    FIRST_SECRETARY,
    SECONDMENT,
    TOWNSHIP_HEAD,
    TOWNSHIP_SECRETARY,
)
from cadres.posting_filters import OF_SEAT
from villages.models import Division, Level, VillageProfile

SEES = "cadres.view_posting"


def _coverage(code: str, division: Division, user: User, on: datetime.date) -> Coverage | None:
    """Of the seat of a kind; None where the dictionary has it no more.

    Several figures of one page speak about one seat: what was read stays with the unit, which
    lives as long as the request.
    """
    kept = vars(division).setdefault("_coverages", {})
    if "seats" not in kept:
        kept["seats"] = seats_shown()
    if code not in kept["seats"]:
        return None
    if (code, user.pk, on) not in kept:
        kept[code, user.pk, on] = Coverage(division, user, kept["seats"][code], on)
    return cast(Coverage, kept[code, user.pk, on])


def _calendar(division: Division, kind: str, show: str = "") -> str:
    listed = f"&show={show}#lists" if show else ""
    return f"{reverse('cadres:calendar', args=[division.code])}?kind={kind}{listed}"


def _roster(division: Division, **choices: str) -> str:
    query = "&".join(f"{name}={value}" for name, value in choices.items())
    return f"{reverse('cadres:postings', args=[division.code])}?{query}"


@register(order=10, permission=SEES)
def first_secretaries(division: Division, user: User, on: datetime.date) -> Headline | None:
    coverage = _coverage(FIRST_SECRETARY, division, user, on)
    if coverage is None:
        return None
    return Headline(
        label=_("Villages with a first secretary"),
        part=len(coverage.filled),
        whole=len(coverage.expected),
        definition=_(
            "Of the villages with a weak party organisation and those that had one on any day "
            "of the past year: where one holds the posting today."
        ),
        link=_calendar(division, FIRST_SECRETARY),
        missing=_calendar(division, FIRST_SECRETARY, "vacant") if any(vacant(coverage)) else "",
    )


@register(order=11, permission=SEES)
def weak_villages(division: Division, user: User, on: datetime.date) -> Headline | None:
    coverage = _coverage(FIRST_SECRETARY, division, user, on)
    if coverage is None:
        return None
    is_weak = VillageProfile.VillageType.WEAK
    seen = Division.objects.visible_to(user).within(division).at(on)
    villages = seen.filter(level=Level.VILLAGE, profile__village_type=is_weak).count()
    missing = len(list(weak(coverage)))
    return Headline(
        label=_("Weak villages with a first secretary"),
        part=villages - missing,
        whole=villages,
        definition=_("Of the villages with a weak party organisation: where one holds it today."),
        link=_roster(division, kind=f"{OF_SEAT}{FIRST_SECRETARY}", village=is_weak),
        missing=_calendar(division, FIRST_SECRETARY, "weak") if missing else "",
    )


@register(order=12, permission=SEES)
def township_heads(division: Division, user: User, on: datetime.date) -> Headline | None:
    """Two seats in each town and township."""
    part = whole = 0
    missing = ""
    for code in (TOWNSHIP_SECRETARY, TOWNSHIP_HEAD):
        coverage = _coverage(code, division, user, on)
        if coverage is None or division.level == Level.VILLAGE:
            return None
        filled, expected = len(coverage.filled), len(coverage.expected)
        part, whole = part + filled, whole + expected
        if filled < expected and not missing:
            missing = _calendar(division, code, "vacant")
    return Headline(
        label=_("Township secretaries and heads"),
        part=part,
        whole=whole,
        definition=_("Two seats in each town and township, not in street offices."),
        link=_calendar(division, TOWNSHIP_SECRETARY),
        missing=missing,
    )


@register(order=13, permission=SEES)
def secondments(division: Division, user: User, on: datetime.date) -> Headline | None:
    coverage = _coverage(SECONDMENT, division, user, on)
    if coverage is None or not coverage.expected:
        return None
    filled, expected = len(coverage.filled), len(coverage.expected)
    return Headline(
        label=_("Secondments to townships"),
        part=filled,
        whole=expected,
        definition=_("Of the townships that had a seconded deputy secretary within a year."),
        link=_roster(division, kind=SECONDMENT),
        missing=_calendar(division, SECONDMENT, "vacant") if filled < expected else "",
    )


@register(order=14, permission=SEES)
def ending_soon(division: Division, user: User, on: datetime.date) -> Headline | None:
    held = Posting.objects.visible_to(user).within(division)
    return Headline(
        label=_("Postings ending within 90 days"),
        part=held.coming_to_an_end(on, SOON).count(),
        whole=held.on(on).count(),
        definition=_("Of all postings held today, those whose entered or planned end is near."),
        link=_roster(division, state=f"ending{SOON}"),
    )
