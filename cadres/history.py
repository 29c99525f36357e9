"""Changes of the registers in words: names of fields and units in the place of their keys."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils.translation import gettext as _

from accounts.models import User
from cadres.dates_in_words import dated, is_dated
from cadres.models import CadreChange, Posting
from cadres.models.change import HIDDEN
from cadres.models.person import SECRETS
from villages.models import Division


class Line(NamedTuple):
    """What a change says of one field, in words; empty where nothing stood."""

    name: str
    before: str
    after: str


@dataclass(frozen=True)
class Told:
    """A change: which register, and by field what stood before and after."""

    change: CadreChange
    register: str
    lines: list[Line]


def told(changes: Iterable[CadreChange], reader: User, without: Collection[str] = ()) -> list[Told]:
    """In words for a reader, to whom units elsewhere have no name; a few queries in all. Fields
    that the page itself tells are left out as `without`."""
    listed = list(changes)
    names = _names(listed, reader)
    return [
        Told(change, str(_model(change)._meta.verbose_name), list(_lines(change, names, without)))
        for change in listed
    ]


Names = dict[tuple[type[models.Model], str], str]


def _model(change: CadreChange) -> type[models.Model]:
    return apps.get_model("cadres", change.about)


def _lines(change: CadreChange, names: Names, without: Collection[str]) -> Iterator[Line]:
    model = _model(change)
    for name in {**change.before, **change.after}:
        before, after = change.before.get(name), change.after.get(name)
        # What stayed nothing, or was not ticked, of a row that was added says nothing.
        if name in without or not (before or after or name in change.before):
            continue
        sides = [_in_words(model, name, value, names) for value in (before, after)]
        if any(sides):
            yield Line(_label(model, name), *sides)


def _field(model: type[models.Model], name: str) -> Any:
    try:
        return model._meta.get_field(name)
    except FieldDoesNotExist:
        return None


def _label(model: type[models.Model], name: str) -> str:
    if (model, name) == (Posting, "start"):
        return _("In the post since")  # as its page calls it; other registers have a since too
    return str(getattr(_field(model, name), "verbose_name", name))


def _in_words(model: type[models.Model], name: str, value: Any, names: Names) -> str:
    if value is None or value == "":
        return ""
    field = _field(model, name)
    if name in SECRETS or field is None:
        return HIDDEN if name in SECRETS else str(value)
    if related := _related(model, name):
        return names.get((related, str(value)), _("somebody or something elsewhere"))
    if field.choices:
        return str(dict(field.flatchoices).get(field.to_python(value), value))
    if is_dated(field):
        return dated(field, value)
    words = {True: _("Yes"), False: _("No")}
    return words[value] if isinstance(value, bool) else str(value)


def _names(changes: list[CadreChange], reader: User) -> Names:
    """Of whatever the changes refer to: what the reader sees by its name."""
    wanted: dict[type[models.Model], set[str]] = defaultdict(set)
    for change in changes:
        for side in (change.before, change.after):
            for name, value in side.items():
                related = _related(_model(change), name)
                if related and value:
                    wanted[related].add(str(value))
    return {
        (model, str(row.pk)): name
        for model, keys in wanted.items()
        for row, name in _named(model, keys, reader)
    }


def _related(model: type[models.Model], name: str) -> type[models.Model] | None:
    field = _field(model, name)
    refers = field is not None and (field.many_to_one or field.one_to_one)
    return field.related_model if refers else None


def _named(
    model: type[models.Model], keys: set[str], reader: User
) -> Iterator[tuple[models.Model, str]]:
    rows: Any = model._default_manager.filter(pk__in=keys)
    if model is Division:
        yield from ((unit, unit.name_for(reader)) for unit in rows)
        return
    if hasattr(rows, "visible_to"):
        rows = rows.visible_to(reader)
    if hasattr(rows, "without_secrets"):
        rows = rows.without_secrets()
    for row in rows.select_related():
        yield row, str(row)
