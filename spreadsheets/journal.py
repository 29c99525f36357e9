"""Who took a sheet out, or reached for data of others, told to whoever keeps such a record.

The engine knows no log of its own; an app that keeps one adds itself to `keepers`.
"""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

Event = Literal["export", "foreign", "reveal"]


class Note(NamedTuple):
    """What happened with a sheet: `user` is None for the system's own command line."""

    event: Event
    user: Any
    sheet: str
    detail: dict[str, Any]


keepers: list[Callable[[Note], None]] = []


def note(event: Event, user: Any, sheet: str, **detail: Any) -> None:
    for keep in keepers:
        keep(Note(event, user, sheet, detail))
