"""The file of a village (一村一档): sections on one page, each declared by the app that knows it.

An app declares its sections in `village_section.py`; see docs/village-file.md for one from start
to end. The page that shows them knows none of them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from villages.models import Division

# From a village, a quarter and a reader to what the template shows; None: no such section here.
Content = Callable[[Division, Any, Any], dict[str, Any] | None]


@dataclass(frozen=True)
class Section:
    """One part of the file. `name` is its anchor; smaller `order` stands further above."""

    name: str
    title: Any
    order: int
    template: str
    content: Content
    permission: str = ""

    def is_open_to(self, user: Any) -> bool:
        return not self.permission or user.has_perm(self.permission)


@dataclass(frozen=True)
class Filled:
    """A section with what it says of one village."""

    section: Section
    content: dict[str, Any]

    @property
    def note(self) -> str:
        """A few words beside the title, where the content has any under this name."""
        return str(self.content.get("note", ""))


_registry: dict[str, Section] = {}


def register(
    name: str, title: Any, *, order: int, template: str, permission: str = ""
) -> Callable[[Content], Content]:
    """Decorator of a section's content: make it known to the page."""

    def declare(content: Content) -> Content:
        if name in _registry:
            raise ValueError(f"There is a section {name} of the village file already.")
        _registry[name] = Section(name, title, order, template, content, permission)
        return content

    return declare


def sections_of(village: Division, period: Any, user: Any) -> list[Filled]:
    """The sections that have something to say to a user, in their order."""
    known = sorted(_registry.values(), key=lambda section: (section.order, section.name))
    filled = [
        (section, section.content(village, period, user))
        for section in known
        if section.is_open_to(user)
    ]
    return [Filled(section, content) for section, content in filled if content is not None]
