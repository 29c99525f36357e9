"""Who should have a contact point, and who may set one or tell of it."""

import datetime

from django.db.models import Q, QuerySet

from accounts.models import User
from cadres.models import ContactPoint, Person, PolicyTalk, Posting
from cadres.models.contact import with_contact_point
from cadres.models.posting import PostingQuerySet
from cadres.models.posting_kind import COUNTY_LEADER
from villages.models import Division, DivisionQuerySet, Level, Viewer


def leaders(unit: Division, user: Viewer, on: datetime.date) -> PostingQuerySet:
    """The postings of the leaders of the counties within a unit."""
    return Posting.objects.visible_to(user).within(unit).on(on).in_seat(COUNTY_LEADER)


def leaders_without(unit: Division, user: User, on: datetime.date) -> PostingQuerySet:
    return leaders(unit, user, on).exclude(with_contact_point(on))


def persons_leading(county: Division, user: User, on: datetime.date) -> QuerySet[Person]:
    held = leaders(county, user, on).values("person")
    return Person.objects.visible_to(user).filter(pk__in=held)


def speakers(unit: Division, user: User, on: datetime.date) -> QuerySet[Person]:
    """Whom a user may name as having spoken in a village: the leaders of the county that the
    user sees, and those with a contact point there."""
    near = ContactPoint.objects.visible_to(user).within(unit).on(on)
    leading = leaders(unit, user, on)
    return Person.objects.filter(
        Q(pk__in=leading.values("person")) | Q(pk__in=near.values("leader"))
    )


def villages_of(unit: Division, user: User, on: datetime.date) -> DivisionQuerySet:
    return Division.objects.visible_to(user).within(unit).at(on).owing(Level.VILLAGE)


def villages_with_a_talk(
    unit: Division, user: User, year: int, on: datetime.date
) -> DivisionQuerySet:
    told = PolicyTalk.objects.visible_to(user).within(unit).in_year(year)
    return villages_of(unit, user, on).filter(pk__in=told.values("village"))
