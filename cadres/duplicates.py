"""Records that may be of one person: of one name, and born in one month or of one organisation."""

from dataclasses import dataclass
from itertools import combinations, groupby
from operator import attrgetter
from typing import Any

from django.db.models import Count, Q

from cadres.models import Person, PersonMerge

MOST = 200
NAMES_AT_ONCE = 200
KEYS = (("name", "birth"), ("name", "organization"))


@dataclass(frozen=True)
class Pair:
    """Two records that look alike; the one entered first stays unless somebody turns it round."""

    one: Person
    other: Person


def pairs(seen: Any) -> list[Pair]:
    """Among the persons given, at most so many by name; what was found to be two persons, or
    waits for a verdict, takes the place of no other pair."""
    names, found = _names(seen), list[Pair]()
    for start in range(0, len(names), NAMES_AT_ONCE):
        found += _pairs_of(seen, names[start : start + NAMES_AT_ONCE])
        if len(found) >= MOST:
            break
    return found[:MOST]


def _names(seen: Any) -> list[str]:
    """Of those who share both values of a key with somebody else."""
    names = set[str]()
    for key in KEYS:
        known = seen.exclude(**{key[1]: None if key[1] == "organization" else ""})
        several = known.order_by().values(*key).annotate(n=Count("pk")).filter(n__gt=1)
        names |= {row["name"] for row in several}
    return sorted(names)


def _pairs_of(seen: Any, names: list[str]) -> list[Pair]:
    plain = seen.filter(name__in=names).without_secrets()
    persons = list(plain.select_related("division", "organization").order_by("name", "pk"))
    settled = _settled(persons)
    return [
        Pair(one, other)
        for _name, several in groupby(persons, attrgetter("name"))
        for one, other in combinations(several, 2)
        if _is_doubtful(one, other) and frozenset((one.pk, other.pk)) not in settled
    ]


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
