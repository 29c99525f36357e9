"""The demo city as a whole: built once, in one transaction, and recognised from then on."""

from dataclasses import dataclass

from django.db import transaction

from accounts.models import User
from anyang_ledger.demo import ledger, people, places, quarters
from anyang_ledger.demo.scale import Scale
from tasks.models import Entry, Ledger
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


@transaction.atomic
def build(scale: Scale) -> Size:
    """Build the city unless it stands; all of it or nothing, so it can always be run again."""
    if not stands():
        _check_room()
        places.put(scale)
        divisions = list(Division.objects.order_by("code"))
        people.put(divisions)
        city = next(division for division in divisions if division.level == Level.CITY)
        issued = ledger.issue(city, User.objects.get(username=people.CITY_MANAGER))
        quarters.fill(issued, scale)
    return size()


def stands() -> bool:
    """Whether the demo's own ledger is there, issued by the demo's own account."""
    return Ledger.objects.filter(
        division__code=places.CITY_CODE,
        year=ledger.definition()["year"],
        title=ledger.definition()["title"],
        issued_by__username=people.CITY_MANAGER,
    ).exists()


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
