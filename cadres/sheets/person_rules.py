"""What the facts of a person contradict, told without asking the database."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from cadres.models import Person
from spreadsheets.model_rules import Wrong, against_constraints, said_by

NEEDED = ("name", "sex")
NAMES = ("party_joined", "birth", "sex")


def wrong_with_person(person: Person) -> Iterator[Wrong]:
    """By field; single cells were read by the columns already."""
    for name in NEEDED:
        if not getattr(person, name):
            yield name, _("This cell is needed to add a person; fill it in.")
    wrong = list(said_by(person.clean))
    yield from wrong
    yield from against_constraints(person, NAMES, but=dict(wrong))
