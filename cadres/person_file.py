"""The file of a person (一人一档): sections on one page, declared by the registers.

A register declares its sections in a module named in `cadres/apps.py`; the page knows none.
"""

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from accounts.models import User
from cadres.models import Person

# From a person, a reader and a day to what the template shows; None: no such section here.
Content = Callable[[Person, User, datetime.date], dict[str, Any] | None]


@dataclass(frozen=True)
class Section:
    """One part of the file. `name` is its anchor; smaller `order` stands further above."""

    name: str
    title: Any
    order: int
    template: str
    content: Content
    permission: str


@dataclass(frozen=True)
class Filled:
    """A section with what it says of one person."""

    section: Section
    content: dict[str, Any]


_registry: dict[str, Section] = {}


def register(
    name: str, title: Any, *, order: int, template: str, permission: str
) -> Callable[[Content], Content]:
    """Decorator of a section's content: make it known to the page."""

    def declare(content: Content) -> Content:
        if name in _registry:
            raise ValueError(f"There is a section {name} of the person file already.")
        _registry[name] = Section(name, title, order, template, content, permission)
        return content

    return declare


def sections_of(person: Person, user: User, on: datetime.date) -> list[Filled]:
    """The sections that have something to say to a user, in their order."""
    known = sorted(_registry.values(), key=lambda section: (section.order, section.name))
    filled = [
        (section, section.content(person, user, on))
        for section in known
        if user.has_perm(section.permission)
    ]
    return [Filled(section, content) for section, content in filled if content is not None]
