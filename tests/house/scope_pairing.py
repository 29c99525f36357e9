"""Canaries in rounds of matching: one of the city and one of each county, with a pair by hand."""

from cadres.models import (
    PairingCandidate,
    PairingMark,
    PairingPlace,
    PairingRound,
    Person,
    PostingKind,
)
from tests.house.scope_world import LEVEL, PARENT, ScopeWorld, line_up, token
from tests.world import NOW


def mark(made: ScopeWorld) -> None:
    for unit in PARENT:
        if LEVEL[unit] in ("city", "county"):
            _mark_round(made, unit)


def _mark_round(made: ScopeWorld, unit: str) -> None:
    """A person who serves at the unit, and a village of it; named by nothing but canaries."""
    text, by = token("data", unit), made.users["city_manager"]
    of = PairingRound.objects.create(
        title=text,
        division=made.units[unit],
        kind=PostingKind.objects.get(code="first_secretary"),
        start=NOW.date(),
    )
    person = Person.objects.create(name=text, sex="1", division=made.units[unit])
    candidate = PairingCandidate.objects.create(round=of, person=person)
    village = next(one for one in PARENT if LEVEL[one] == "village" and unit in line_up(one))
    place = PairingPlace.objects.create(round=of, division=made.units[village])
    decided = PairingMark.objects.create(
        place=place, candidate=candidate, verdict="forbid", reason=text, by=by, at=NOW
    )
    made.keep("pairing_round", unit, of)
    for kind, row in (("place", place), ("candidate", candidate), ("mark", decided)):
        made.rows.setdefault(f"pairing_{kind}", {})[unit] = [of.pk, row.pk]
