"""Whether somebody named in a sheet or a form is a person whom the registers know already.

Agreed keys: the identity number first; without one, name, month of birth and sex, among the
persons that the viewer sees. Whatever is less sure is a doubt, shown to whoever decides; nobody
is taken for somebody else silently.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _

from cadres.models import Person
from cadres.models.person import PersonQuerySet
from cadres.models.secret import digest
from cadres.names import plain_name
from rawsql.parts import in_parts
from villages.models import Viewer


class Reason(models.TextChoices):
    """Why it is not sure who is meant."""

    OTHER_NAME = "other_name", _("This identity number belongs to somebody of another name.")
    OTHER_NUMBER = (
        "other_number",
        _("Somebody of this name, month of birth and sex has another identity number."),
    )
    SEVERAL = "several", _("There are several persons of this name, month of birth and sex.")
    OTHER_BIRTH = (
        "other_birth",
        _("There is somebody of this name with another month of birth or sex."),
    )
    MISSING_BIRTH = (
        "missing_birth",
        _("There is somebody of this name; without the month of birth it is not sure who."),
    )
    ELSEWHERE = (
        "elsewhere",
        _("The record of this person is kept by another unit; ask the level above."),
    )


@dataclass(frozen=True)
class Facts:
    """What is told of somebody: month of birth as 1978-05, identity number in clear or none."""

    name: str
    birth: str = ""
    sex: str = ""
    identity_number: str = ""

    @property
    def key(self) -> tuple[str, ...]:
        """Two lines with one key mean one person, also where nobody knows the person yet."""
        if self.identity_number:
            return (digest(self.identity_number),)
        return (plain_name(self.name), self.birth, self.sex)


@dataclass(frozen=True)
class Doubt:
    """Why it is not sure, and whom it may be; `persons` are of those that the viewer sees."""

    reason: Reason
    persons: tuple[Person, ...] = ()

    def __str__(self) -> str:
        return str(self.reason.label)


@dataclass(frozen=True)
class Match:
    """Who is meant. No person and no doubt: nobody whom the registers know."""

    person: Person | None = None
    doubts: tuple[Doubt, ...] = ()

    @property
    def is_new(self) -> bool:
        return self.person is None and not self.doubts


class Matcher:
    """Finds whom many facts mean, in a few queries however many they are.

    The persons found come without their telephones and identity numbers, which are read from
    the database only where somebody asks for them.
    """

    def __init__(self, viewer: Viewer) -> None:
        self.viewer = viewer

    def match_all(self, told: Sequence[Facts]) -> list[Match]:
        """The match of each, in the order given."""
        numbered = self._by_number(facts for facts in told if facts.identity_number)
        named = self._by_name(plain_name(facts.name) for facts in told)
        return [
            self._match(facts, numbered, named[plain_name(facts.name)] if facts.name else [])
            for facts in told
        ]

    def _match(self, facts: Facts, numbered: dict[str, Person], namesakes: list[Person]) -> Match:
        found = numbered.get(facts.key[0]) if facts.identity_number else None
        if found is None:
            return match_by_name(facts, namesakes)
        if not self._sees(found):
            return Match(doubts=(Doubt(Reason.ELSEWHERE),))
        if facts.name and plain_name(facts.name) != found.name:
            return Match(doubts=(Doubt(Reason.OTHER_NAME, (found,)),))
        return Match(found)

    def _by_number(self, told: Iterable[Facts]) -> dict[str, Person]:
        """Whoever has one of the identity numbers, wherever kept."""
        everybody = Person.objects.standing().select_related("division")
        found = _with_any(everybody, "identity_digest", {facts.key[0] for facts in told})
        return {str(person.identity_digest): person for person in found}

    def _by_name(self, names: Iterable[str]) -> dict[str, list[Person]]:
        seen = Person.objects.visible_to(self.viewer).standing().select_related("division")
        namesakes = defaultdict(list)
        for person in _with_any(seen, "name", {name for name in names if name}):
            namesakes[person.name].append(person)
        return namesakes

    def _sees(self, person: Person) -> bool:
        own = self.viewer.division
        return self.viewer.sees_everything or bool(own and own.manages(person.division))


def match_by_name(facts: Facts, namesakes: Sequence[Person]) -> Match:
    """Who among those of the same name is meant, if no identity number tells it."""
    number = digest(facts.identity_number) if facts.identity_number else None
    # Two numbers that differ are two persons, unless everything else is the same.
    others = [person for person in namesakes if not number or not person.identity_digest]
    if not facts.birth or not facts.sex:
        return _doubted(Reason.MISSING_BIRTH, others)
    same = [p for p in namesakes if (p.birth, p.sex) == (facts.birth, facts.sex)]
    if len(same) > 1:
        return _doubted(Reason.SEVERAL, same)
    if same:
        numbers_differ = number and same[0].identity_digest
        return _doubted(Reason.OTHER_NUMBER, same) if numbers_differ else Match(same[0])
    unknown = [person for person in others if not person.birth and person.sex == facts.sex]
    reason = Reason.MISSING_BIRTH if unknown else Reason.OTHER_BIRTH
    return _doubted(reason, unknown or others)


def _doubted(reason: Reason, persons: Sequence[Person]) -> Match:
    return Match(doubts=(Doubt(reason, tuple(persons)),)) if persons else Match()


def _with_any(persons: PersonQuerySet, field: str, values: set[str]) -> Iterator[Person]:
    plain = persons.without_secrets()
    for some in in_parts(sorted(values)):
        yield from plain.filter(**{f"{field}__in": some}).order_by("pk")
