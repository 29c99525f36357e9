"""The demo city as a whole: built once, and recognised from then on."""

from dataclasses import dataclass

from django.db import transaction

from accounts.models import User
from accounts.roles import Role
from anyang_ledger.demo import ledger, people, places, quarters
from anyang_ledger.demo.cadres import (
    contacts,
    duties,
    organizations,
    pending,
    postings,
    standards,
    teams,
)
from anyang_ledger.demo.scale import Scale
from cadres.models import Person
from tasks.models import Entry, EntryChange, Ledger
from villages.models import Division, Level


class OccupiedError(Exception):
    """The database holds something else; the demo city is built into an empty one only."""


@dataclass(frozen=True)
class Size:
    counties: int
    townships: int
    villages: int
    entries: int

    def __str__(self) -> str:
        return (
            f"counties={self.counties} townships={self.townships} "
            f"villages={self.villages} entries={self.entries}"
        )


def build(scale: Scale) -> Size:
    """Build what is missing of the city, so that an interrupted run can simply be repeated.

    Two transactions, each whole or not at all: an entry made and filled in the same one would
    have all its foreign keys checked twice by PostgreSQL.
    """
    with transaction.atomic():
        issued = standing_ledger() or _found(scale)
    with transaction.atomic():
        _put_registers(scale)
        if not EntryChange.objects.filter(entry__task__ledger=issued).exists():
            quarters.fill(issued, scale)
        duties.put(issued, User.objects.get(username=people.CITY_MANAGER))
    return size()


def standing_ledger() -> Ledger | None:
    """The demo's own ledger, issued by the demo's own account, if it is there."""
    return Ledger.objects.filter(
        division__code=places.CITY_CODE,
        year=ledger.definition()["year"],
        title=ledger.definition()["title"],
        issued_by__username=people.CITY_MANAGER,
    ).first()


def _found(scale: Scale) -> Ledger:
    """Divisions, accounts and the issued ledger, every entry of it blank."""
    _check_room()
    places.put(scale)
    divisions = list(Division.objects.order_by("code"))
    people.put(divisions)
    city = next(division for division in divisions if division.level == Level.CITY)
    return ledger.issue(city, User.objects.get(username=people.CITY_MANAGER))


def _put_registers(scale: Scale) -> None:
    """Organisations, persons and where they serve, unless they are there."""
    if Person.objects.exists():
        return
    counties = list(Division.objects.filter(level=Level.COUNTY).order_by("code"))
    organizations.put(Division.objects.get(level=Level.CITY), counties)
    postings.put(scale)
    teams.put()
    standards.put()
    contacts.put()
    managers = User.objects.filter(division__in=counties, role=Role.MANAGER)
    pending.put({manager.division_id or 0: manager for manager in managers})


def _check_room() -> None:
    if Division.objects.exists():
        raise OccupiedError(
            "This database already holds divisions that are not the demo city's. "
            "Use an empty database for the demo, for instance by another DATABASE_URL."
        )
    taken = User.objects.filter(username__in=[people.ADMINISTRATOR, people.CITY_MANAGER])
    if name := taken.values_list("username", flat=True).first():
        raise OccupiedError(
            f"The account “{name}” exists already, and the demo city brings one of that name. "
            "Rename it, or use an empty database for the demo."
        )


def size() -> Size:
    def count(level: Level) -> int:
        return Division.objects.filter(level=level).count()

    return Size(
        count(Level.COUNTY),
        count(Level.TOWNSHIP),
        count(Level.VILLAGE),
        Entry.objects.count(),
    )
