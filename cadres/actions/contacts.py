"""Contact points, visits and talks, as pages write them; `cadres/sheets/contacts.py` writes
contact points by the list. Whoever holds several holds the leader, the contact point, the visit.
"""

import datetime
from contextlib import AbstractContextManager
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from cadres import guards
from cadres.actions.refusing import in_words
from cadres.models import (
    CadreChange,
    ContactPoint,
    ContactVisit,
    Person,
    PolicyTalk,
    Posting,
    facts_of,
)
from cadres.models.contact import latest_year
from cadres.models.posting_kind import COUNTY_LEADER
from villages.models import Division


def set_point(point: ContactPoint, by: User | None, reason: str = "") -> ContactPoint:
    """Store a new contact point of somebody who leads the county of the village then.

    It holds no longer than the leader's posting. Raises ValidationError, by field where it can.
    """
    with _refused(), transaction.atomic():
        (point.leader,) = Person.objects.filter(pk=point.leader_id).lock()
        posting = _leads(point.leader, point.village, point.since, "leader")
        if posting.end:
            point.until = min(point.until or posting.end, posting.end)
        check_overlaps(point)
        point.full_clean()
        point.save(force_insert=True)
        CadreChange.note(point, point.village, by, timezone.now(), reason=reason)
    return point


def end_point(point: ContactPoint, last_day: datetime.date, by: User | None, reason: str) -> None:
    """Let it end on a day, after which there is no visit."""
    if last_day.year > latest_year(timezone.localdate()):
        message = _("Look at the year: a contact point is ended next year at the latest.")
        raise ValidationError({"until": message})
    with _refused(), transaction.atomic():
        held = _held_again(ContactPoint.objects.select_related("leader", "village"), point)
        later = held.visits.filter(on__gt=last_day).order_by("-on").first()
        if later:
            message = _("There was a visit on %(day)s; the contact point held until then.")
            raise ValidationError({"until": message % {"day": date_format(later.on)}})
        put_end(held, last_day, by, reason)


def note_visit(visit: ContactVisit, by: User | None) -> ContactVisit:
    with _refused(), transaction.atomic():
        visit.contact_point = _held_point(visit.contact_point_id)
        _check_day(visit.on)
        visit.full_clean()
        visit.save(force_insert=True)
        CadreChange.note(visit, visit.contact_point.village, by, timezone.now())
    return visit


def change_visit(visit: ContactVisit, by: User | None) -> None:
    """Put a visit right, or note that more is solved; a stale version is refused."""
    with _refused(), transaction.atomic():
        visit.contact_point = _held_point(visit.contact_point_id)
        _change(ContactVisit.objects.select_related("contact_point__village"), visit, by)


def note_talk(talk: PolicyTalk, by: User | None) -> PolicyTalk:
    with _refused(), transaction.atomic():
        _hold_speaker(talk)
        _check_talk(talk)
        talk.full_clean()
        talk.save(force_insert=True)
        CadreChange.note(talk, talk.village, by, timezone.now())
    return talk


def change_talk(talk: PolicyTalk, by: User | None) -> None:
    with _refused(), transaction.atomic():
        _hold_speaker(talk)
        _check_talk(talk)
        _change(PolicyTalk.objects.select_related("village"), talk, by)


def remove_visit(visit: ContactVisit, by: User | None, reason: str) -> None:
    """A visit that was not made, or is noted twice; the history keeps what it said."""
    rows = ContactVisit.objects.select_related("contact_point__leader", "contact_point__village")
    with transaction.atomic():
        held = _held_again(rows, visit)
        forget(held, held.contact_point.village, by, reason)


def remove_talk(talk: PolicyTalk, by: User | None, reason: str) -> None:
    with transaction.atomic():
        held = _held_again(PolicyTalk.objects.select_related("speaker", "village"), talk)
        forget(held, held.village, by, reason)


def check_overlaps(point: ContactPoint) -> None:
    same = ContactPoint.objects.filter(leader=point.leader, village=point.village)
    held = same.overlapping(point.since, point.until).exclude(pk=point.pk).first()
    if held:
        message = _("%(name)s has this contact point since %(since)s already.")
        says = {"name": point.leader.name, "since": date_format(held.since)}
        raise ValidationError({"village": message % says})


def _leads(person: Person, village: Division, day: datetime.date, field: str) -> Posting:
    """The posting by which somebody leads the county of a village on a day."""
    held = Posting.objects.on(day).in_seat(COUNTY_LEADER).filter(person=person)
    posting = held.select_related("division").first()
    if posting is None:
        message = _("%(name)s is no county leader on that day.") % {"name": person.name}
        raise ValidationError({field: message})
    if not posting.division.manages(village):
        message = _("The village does not belong to %(unit)s, where %(name)s leads.")
        says = {"unit": posting.division.name, "name": person.name}
        raise ValidationError({"village": message % says})
    return posting


def _check_talk(talk: PolicyTalk) -> None:
    _check_day(talk.on)
    _leads(talk.speaker, talk.village, talk.on, "speaker")


def _check_day(day: datetime.date) -> None:
    if day > timezone.localdate():
        raise ValidationError({"on": _("This day is yet to come; note it when it was.")})


def _held_point(pk: int) -> ContactPoint:
    """As it is stored now: whoever notes a visit and whoever ends it wait for each other."""
    points = ContactPoint.objects.select_related("leader", "village").filter(pk=pk)
    held = points.select_for_update(of=("self",), no_key=True).first()
    if held is None:
        raise ValidationError(_("This contact point is not there any more."))
    return held


def _hold_speaker(talk: PolicyTalk) -> None:
    """Whoever notes a talk and whoever ends the speaker's posting wait for each other."""
    (talk.speaker,) = Person.objects.filter(pk=talk.speaker_id).lock()


def _held_again(rows: Any, row: Any) -> Any:
    """The row as it is stored, held until the transaction ends; stale versions are refused."""
    held = rows.select_for_update(of=("self",), no_key=True).filter(pk=row.pk).first()
    if held is None or held.version != row.version:
        message = _("Somebody changed this meanwhile; look at what stands now and send again.")
        raise ValidationError(message, "conflict")
    return held


def _change(rows: Any, row: Any, by: User | None) -> None:
    """The history of a talk that was elsewhere is read where it was thought to be."""
    held = _held_again(rows, row)
    before, village = facts_of(held), held.village
    _check_day(row.on)
    row.full_clean()
    row.version += 1
    row.save()
    CadreChange.note(row, village, by, timezone.now(), before)


def put_end(point: ContactPoint, last_day: datetime.date, by: User | None, reason: str) -> None:
    """Of a contact point that is held until the transaction ends."""
    before = facts_of(point)
    point.until = last_day
    point.version += 1
    point.full_clean()
    point.save()
    CadreChange.note(point, point.village, by, timezone.now(), before, reason=reason)


def forget(row: Any, village: Division, by: User | None, reason: str) -> None:
    """Take a row back; the history keeps what it said."""
    CadreChange.removing(row, village, by, timezone.now(), reason=reason).save()
    row.delete()


def _refused() -> AbstractContextManager[None]:
    point = _("The leader was given this contact point at this moment; load the page again.")
    visit = _("This visit was noted at this moment; load the page again.")
    talk = _("This talk was noted at this moment; load the page again.")
    return in_words(
        {
            guards.CONTACT: point,
            "contact_point_of_a_leader_once": point,
            "contact_visit_once_a_day": visit,
            "policy_talk_once_a_day": talk,
            # SQLite names the columns of an index instead.
            "cadres_contactpoint.leader_id": point,
            "cadres_contactvisit.contact_point_id": visit,
            "cadres_policytalk.speaker_id": talk,
        }
    )
