"""Records that may be of one person: of one name, and born in one month or of one organisation."""

from dataclasses import dataclass
from itertools import combinations
from typing import Any

from django.db.models import Count, Q

from cadres.models import Person, PersonMerge

MOST = 200
KEYS = (("name", "birth"), ("name", "organization"))


@dataclass(frozen=True)
class Pair:
    """Two records that look alike; the one entered first stays unless somebody turns it round."""

    one: Person
    other: Person


def pairs(seen: Any) -> list[Pair]:
    """Among the persons given, at most so many; what was found to be two persons is left out."""
    alike = Q()
    for key in KEYS:
        alike |= _alike(seen, key)
    if not alike:
        return []
    found = seen.filter(alike).without_secrets().select_related("division", "organization")
    persons = list(found.order_by("name", "pk"))
    settled = _settled(persons)
    listed = [
        Pair(one, other)
        for one, other in combinations(persons, 2)
        if _is_doubtful(one, other) and frozenset((one.pk, other.pk)) not in settled
    ]
    return listed[:MOST]


def _alike(seen: Any, key: tuple[str, str]) -> Q:
    """Whoever shares both values of a key with somebody else."""
    known = seen.exclude(**{key[1]: None if key[1] == "organization" else ""})
    several = known.order_by().values(*key).annotate(n=Count("pk")).filter(n__gt=1)
    found = Q()
    for row in several[:MOST]:
        found |= Q(**{name: row[name] for name in key})
    return found


def _is_doubtful(one: Person, other: Person) -> bool:
    """Two numbers that differ are two persons."""
    numbers = {one.identity_digest, other.identity_digest} - {None}
    if one.name != other.name or len(numbers) > 1:
        return False
    same_birth = one.birth and one.birth == other.birth
    return bool(
        same_birth or (one.organization_id and one.organization_id == other.organization_id)
    )


def _settled(persons: list[Person]) -> set[frozenset[int]]:
    """Pairs that somebody found to be two persons, or that wait for a verdict already."""
    keys = [person.pk for person in persons]
    decided = PersonMerge.objects.filter(
        Q(verdict="") | Q(verdict=PersonMerge.Verdict.REFUSED), kept__in=keys, merged__in=keys
    )
    return {frozenset(pair) for pair in decided.values_list("kept", "merged")}
