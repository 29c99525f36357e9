"""The file of a person (一人一档): sections on one page, declared by the registers.

A register declares its sections in a module named in `cadres/apps.py`.
"""

import datetime
from typing import Any

from accounts.models import User
from cadres.models import Person
from villages.sections import Filled, Sections

# From a person, a reader and a day to what the template shows.
SECTIONS: Sections[[Person, User, datetime.date], dict[str, Any]] = Sections("person file")
register = SECTIONS.register


def sections_of(person: Person, user: User, on: datetime.date) -> list[Filled[dict[str, Any]]]:
    return SECTIONS.of(user, person, user, on)
