"""Choosing one of many in a form: a text to search by, and what was found to choose from.

The server searches, in the form itself, so that it works on a phone and without JavaScript, and
everything else that was typed stays typed.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from django import forms

from cadres.models import Organization, Person
from villages.models import Division

FOUND = 20


class Taken(NamedTuple):
    """Somebody who is found but cannot be chosen, and why: what the person holds already."""

    label: str
    holds: str


class SearchingForm(forms.BaseForm):
    """A form in which `<name>_text` searches for the field `<name>`."""

    def found(self, name: str) -> list[Any]:
        """What fits the text, at most a few; where there are few, all of them without a text."""
        text, rows = self.typed(f"{name}_text").strip(), self.offered(name)
        return list(rows.search(text)[:FOUND]) if text or self.are_few(name, rows) else []

    def are_few(self, name: str, rows: Any) -> bool:
        return bool(rows.count() <= FOUND)

    def taken(self, name: str) -> list[Taken]:
        """What fits the text too but cannot be chosen, at most a few."""
        return []

    def offered(self, name: str) -> Any:
        field: Any = self.fields[name]
        return field.queryset

    def chosen(self, name: str) -> Any:
        value = self.typed(name)
        try:
            return self.fields[name].clean(value) if value else None
        except forms.ValidationError:
            return None

    def typed(self, name: str) -> str:
        given = self.data.get(name, "") if self.is_bound else self.initial.get(name)
        return str(given or "")

    def search_of(self, name: str) -> "Search":
        return Search(self, name)


class Search:
    """One field that is searched, as the page shows it."""

    def __init__(self, form: SearchingForm, name: str) -> None:
        self.name = name
        self.text, self.field = form[f"{name}_text"], form[name]
        self.chosen = form.chosen(name)
        found = form.found(name)
        rest = [row for row in found if row != self.chosen]
        self.rows = [Found(row, name) for row in ([self.chosen] if self.chosen else []) + rest]
        self.is_searched = bool(form.typed(f"{name}_text").strip())
        self.taken = form.taken(name)
        self.is_full = FOUND in (len(found), len(self.taken))


class Found:
    """A row to choose, by the value that the form sends, with what tells it from its namesakes."""

    def __init__(self, row: Any, name: str) -> None:
        self.value = row.code if name == "division" else row.pk
        self.label = row.short_name if isinstance(row, Division) else row.name
        told: dict[type, Callable[[Any], str]] = {Division: _unit, Person: _person}
        self.more = told.get(type(row), _sender)(row)


def _unit(unit: Division) -> str:
    return unit.parent.name if unit.parent else ""


def _person(person: Person) -> str:
    sender = person.organization.name if person.organization else ""
    texts = [person.birth.replace("-", "."), person.get_sex_display(), sender, person.rank]
    return " · ".join(text for text in [*texts, person.division.short_name] if text)


def _sender(organization: Organization) -> str:
    return str(organization.get_level_display())
