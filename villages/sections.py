"""Pages that are made of sections, each declared by the app or the register that knows it; the page
that shows them knows none."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, ParamSpec, TypeVar

About = ParamSpec("About")
Said = TypeVar("Said")


@dataclass(frozen=True)
class Section(Generic[About, Said]):
    """One part of a page. `name` is its anchor; smaller `order` stands further above. What it says
    is told by `content`; None: no such section here."""

    name: str
    order: int
    content: Callable[About, Said | None]
    title: Any = ""
    template: str = ""
    permission: str = ""

    def is_open_to(self, user: Any) -> bool:
        return not self.permission or user.has_perm(self.permission)


@dataclass(frozen=True)
class Filled(Generic[Said]):
    """A section with what it says."""

    section: Section[Any, Said]
    content: Said

    @property
    def note(self) -> str:
        """A few words beside the title, where the content has any under this name."""
        return str(self.content.get("note", "")) if isinstance(self.content, dict) else ""


class Sections(Generic[About, Said]):
    """Those of one page, in their order; `page` is its name in English, for who declares them."""

    def __init__(self, page: str) -> None:
        self.page = page
        self.known: dict[str, Section[About, Said]] = {}

    def register(
        self, name: str, title: Any = "", *, order: int, template: str = "", permission: str = ""
    ) -> Callable[[Callable[About, Said | None]], Callable[About, Said | None]]:
        """Decorator of a section's content: make it known to the page."""

        def declare(content: Callable[About, Said | None]) -> Callable[About, Said | None]:
            if name in self.known:
                raise ValueError(f"There is a section {name} of the {self.page} already.")
            self.known[name] = Section(name, order, content, title, template, permission)
            return content

        return declare

    def of(self, user: Any, *about: About.args, **more: About.kwargs) -> list[Filled[Said]]:
        """The sections that have something to say to a user, in their order."""
        known = sorted(self.known.values(), key=lambda section: (section.order, section.name))
        said = [
            (section, section.content(*about, **more))
            for section in known
            if section.is_open_to(user)
        ]
        return [Filled(section, content) for section, content in said if content is not None]
