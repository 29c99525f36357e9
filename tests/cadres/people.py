"""The telephones and identity numbers of the persons of the small city."""

from cadres.models import Person
from tests.canaries import number_of, phone_of
from tests.world import NUMBERS, PERSONS, PHONES

__all__ = ["NUMBERS", "PHONES", "number_of", "numbered", "phone_of", "unnumbered"]


def numbered(person: Person) -> Person:
    """The same person with a telephone and an identity number."""
    short = next(s for s, (name, *_) in PERSONS.items() if name == person.name)
    person.phone, person.identity_number = PHONES[short], NUMBERS[short]
    person.full_clean()
    person.save()
    return person


def unnumbered(person: Person) -> Person:
    """The same person without any."""
    person.phone = person.identity_number = ""
    person.full_clean()
    person.save()
    return person
