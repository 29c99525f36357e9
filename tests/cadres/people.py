"""Persons with telephones and identity numbers, all of them made up: the area 999999 is none."""

from cadres.models import Person
from cadres.models.identity import CHECKS, WEIGHTS
from tests.world import PERSONS


def number_of(birth: str, sex: str, serial: int, day: str = "07") -> str:
    """A number that passes its own check: area, day of birth, two digits, sex, check digit."""
    digits = f"999999{birth.replace('-', '')}{day}{serial:02}{'1' if sex == '1' else '2'}"
    total = sum(int(digit) * weight for digit, weight in zip(digits, WEIGHTS, strict=True))
    return digits + CHECKS[total % 11]


NUMBERS = {
    short: number_of(birth, sex, serial)
    for serial, (short, (_name, sex, birth, _sender)) in enumerate(PERSONS.items(), 10)
} | {"other": number_of("1984-05", "1", 77)}
PHONES = {short: f"1990000{serial:04}" for serial, short in enumerate(PERSONS, 1010)}


def numbered(person: Person) -> Person:
    """The same person with a telephone and an identity number."""
    short = next(s for s, (name, *_) in PERSONS.items() if name == person.name)
    person.phone, person.identity_number = PHONES[short], NUMBERS[short]
    person.full_clean()
    person.save()
    return person
