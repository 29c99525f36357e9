"""What becomes of the contact points of a leader whose posting at the county ends, is put right or
is taken back: none of them begins before the posting, none outlives it, and no visit and no talk
is left on a day on which the leader did not lead."""

import datetime

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from cadres.actions.contacts import forget, put_end
from cadres.models import CadreChange, ContactPoint, PolicyTalk, Posting, facts_of
from cadres.models.contact import ContactPointQuerySet
from cadres.models.posting_kind import COUNTY_LEADER
from villages.models import Division


def end_with(posting: Posting, by: User | None) -> None:
    """The contact points of a leader end where the leader's posting at the county does."""
    if posting.seat != COUNTY_LEADER or posting.end is None:
        return
    again = _led_again(posting)
    later = Q(on__gt=posting.end)
    _refuse_talks(posting, later & Q(on__lt=again) if again else later)
    points = ContactPoint.objects.filter(leader=posting.person_id).within(posting.division)
    points = points.filter(since__lt=again) if again else points
    reason = _("The leader's posting ended.")
    for point in _locked(points.exclude(until__lte=posting.end)):
        _refuse_visits(point, on__gt=posting.end)
        if point.since > posting.end:
            forget(point, point.village, by, reason)
        else:
            put_end(point, posting.end, by, reason)


def _led_again(posting: Posting) -> datetime.date | None:
    """The day from which on the leader led the same county once more: what was set then is none
    of the posting's."""
    same = Posting.objects.in_seat(COUNTY_LEADER).filter(
        person=posting.person_id, division=posting.division_id, start__gt=posting.end
    )
    return same.order_by("start").values_list("start", flat=True).first()


def begin_later(posting: Posting, was: datetime.date, by: User | None, reason: str) -> None:
    """Let none of the contact points set since `was` begin before the posting does."""
    _refuse_talks(posting, Q(on__gte=was, on__lt=posting.start), "start")
    for point in _set_by(posting, was):
        if point.since >= posting.start:
            continue
        _refuse_visits(point, "start", on__lt=posting.start)
        if point.until is not None and point.until < posting.start:
            forget(point, point.village, by, reason)
            continue
        before = facts_of(point)
        point.since = posting.start
        point.version += 1
        point.full_clean()
        point.save()
        CadreChange.note(point, point.village, by, timezone.now(), before, reason=reason)


def never_led(posting: Posting, by: User | None, reason: str) -> None:
    """Let the contact points go that came with a posting which is taken back."""
    since = Q(on__gte=posting.start)
    _refuse_talks(posting, since & Q(on__lte=posting.end) if posting.end else since)
    for point in _set_by(posting, posting.start):
        _refuse_visits(point)
        forget(point, point.village, by, reason)


def _set_by(posting: Posting, start: datetime.date) -> list[ContactPoint]:
    """Those that began while the posting held."""
    if posting.seat != COUNTY_LEADER:
        return []
    points = ContactPoint.objects.filter(leader=posting.person_id, since__gte=start)
    points = points.within(posting.division)
    if posting.end is not None:
        points = points.filter(since__lte=posting.end)
    return _locked(points)


def _locked(points: ContactPointQuerySet) -> list[ContactPoint]:
    """Held until the transaction ends: no visit is noted meanwhile."""
    held = points.order_by("pk").select_for_update(of=("self",), no_key=True)
    return list(held.select_related("leader", "village"))


def _refuse_visits(point: ContactPoint, field: str | None = None, **days: datetime.date) -> None:
    if last := point.visits.filter(**days).order_by("-on").first():
        message = _(
            "There was a visit to %(village)s on %(day)s by this posting; look there first."
        )
        _refuse(message, point.village, last.on, field)


def _refuse_talks(posting: Posting, days: Q, field: str | None = None) -> None:
    """Whoever notes a talk holds its speaker, as does whoever writes the posting."""
    if posting.seat != COUNTY_LEADER:
        return
    given = PolicyTalk.objects.filter(speaker=posting.person_id).within(posting.division)
    last = given.filter(days).select_related("village").order_by("-on").first()
    if last:
        message = _("There was a talk in %(village)s on %(day)s by this posting; look there first.")
        _refuse(message, last.village, last.on, field)


def _refuse(message: str, village: Division, day: datetime.date, field: str | None) -> None:
    message %= {"village": village.short_name, "day": date_format(day)}
    raise ValidationError({field: message} if field else message)
