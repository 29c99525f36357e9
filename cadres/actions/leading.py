"""What becomes of the contact points of a leader whose posting at the county is put right or
taken back: none of them begins before the posting, and none outlives one that never was."""

import datetime

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from cadres.models import CadreChange, ContactPoint, Posting, facts_of
from cadres.models.posting_kind import COUNTY_LEADER


def begin_later(posting: Posting, was: datetime.date, by: User | None, reason: str) -> None:
    """Let none of the contact points set since `was` begin before the posting does."""
    for point in _set_by(posting, was):
        if point.since >= posting.start:
            continue
        _refuse_visits(point, "start", posting.start)
        if point.until is not None and point.until < posting.start:
            _remove(point, by, reason)
            continue
        before = facts_of(point)
        point.since = posting.start
        point.version += 1
        point.full_clean()
        point.save()
        CadreChange.note(point, point.village, by, timezone.now(), before, reason=reason)


def never_led(posting: Posting, by: User | None, reason: str) -> None:
    """Let the contact points go that came with a posting which is taken back."""
    for point in _set_by(posting, posting.start):
        _refuse_visits(point)
        _remove(point, by, reason)


def _set_by(posting: Posting, start: datetime.date) -> list[ContactPoint]:
    """Those that began while the posting held, held until the transaction ends."""
    if posting.seat != COUNTY_LEADER:
        return []
    points = ContactPoint.objects.filter(leader=posting.person_id, since__gte=start)
    points = points.within(posting.division)
    if posting.end is not None:
        points = points.filter(since__lte=posting.end)
    locked = points.select_for_update(of=("self",), no_key=True).order_by("pk")
    return list(locked.select_related("leader", "village"))


def _refuse_visits(
    point: ContactPoint, field: str | None = None, before: datetime.date | None = None
) -> None:
    visits = point.visits.filter(on__lt=before) if before else point.visits.all()
    if last := visits.order_by("-on").first():
        message = _(
            "There was a visit to %(village)s on %(day)s by this posting; look there first."
        )
        message %= {"village": point.village.short_name, "day": date_format(last.on)}
        raise ValidationError({field: message} if field else message)


def _remove(point: ContactPoint, by: User | None, reason: str) -> None:
    told = CadreChange.telling(point, point.village, by, timezone.now(), reason=reason)
    told.verb, told.before, told.after = CadreChange.Verb.REMOVED, told.after, {}
    told.save()
    point.delete()
