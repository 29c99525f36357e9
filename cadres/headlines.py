"""The figures at the head of the registers, each n/N, declared by the register that knows it.

A register declares its own in a module named in `cadres/apps.py`; the page that shows them knows
none of them.
"""

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from accounts.models import User
from villages.models import Division
from villages.sections import Sections


@dataclass(frozen=True)
class Headline:
    """`part` of `whole`, what it means in a sentence, and the list of what is counted.

    `missing` lists those that are not counted, where there is such a list.
    """

    label: Any
    part: int
    whole: int
    definition: Any
    link: str
    missing: str = ""


# From a division, a reader and a day to a figure; None: it does not exist on this level.
Count = Callable[[Division, User, datetime.date], Headline | None]
HEADLINES: Sections[[Division, User, datetime.date], Headline] = Sections("registers")


def register(order: int, permission: str) -> Callable[[Count], Count]:
    """Decorator of a count: make it known to the page."""
    return lambda count: HEADLINES.register(count.__name__, order=order, permission=permission)(
        count
    )


def headlines(division: Division, user: User, on: datetime.date) -> list[Headline]:
    """Those that the user may see, in their order."""
    return [filled.content for filled in HEADLINES.of(user, division, user, on)]
