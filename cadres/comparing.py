"""Two records of persons side by side, in words; telephones and identity numbers masked."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from cadres.actions.merging import CHOICES
from cadres.dates_in_words import dated, is_dated
from cadres.models import Person
from cadres.models.person import SECRETS


@dataclass(frozen=True)
class Compared:
    """One field of both; `takes` says whether the value of the record that goes is taken."""

    name: str
    label: str
    kept: str
    merged: str
    differs: bool
    takes: bool


def compared(kept: Person, merged: Person, chosen: set[str], reader: User) -> list[Compared]:
    return list(_rows(kept, merged, chosen, reader))


def _rows(kept: Person, merged: Person, chosen: set[str], reader: User) -> Iterator[Compared]:
    for name in CHOICES:
        label = str(Person._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
        sides = [said(person, name, reader) for person in (kept, merged)]
        differs = sides[0] != sides[1] or _raw(kept, name) != _raw(merged, name)
        yield Compared(name, label, sides[0], sides[1], differs, name in chosen)


def said(person: Person, name: str, reader: User) -> str:
    """A value in words, as far as the reader may know it."""
    if name == "strengths":
        return "、".join(str(tag) for tag in person.strengths.all())
    if name in SECRETS:
        return str(getattr(person, f"masked_{name}"))
    if name == "home":
        return person.home.name_for(reader) if person.home else ""
    display = getattr(person, f"get_{name}_display", None)
    value = display() if display else getattr(person, name)
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if is_dated(field := Person._meta.get_field(name)):
        return dated(field, value)
    return "" if value is None else str(value)


def _raw(person: Person, name: str) -> Any:
    return set(person.strengths.all()) if name == "strengths" else getattr(person, name)
