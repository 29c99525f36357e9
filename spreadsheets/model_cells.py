"""The columns of a model's sheet as attributes of its objects: as cells, and as stored JSON."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from rawsql.parts import in_parts
from spreadsheets.fields import Column, as_written, text_of
from spreadsheets.several import joined, parted

EMPTY = ("", None)


def cell_text(value: Any) -> str:
    """A value as the text by which two cells are compared: 12.50 is 12.5."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}" if value else "0"
    return as_written(text_of(value))


class Attribute:
    """An attribute that a sheet speaks of: a plain field, or another row by its natural key.

    `name` is what contents call it: `households`, or `division__code` for the division that
    has this code.
    """

    def __init__(self, model: type[models.Model], name: str, column: Column | None = None) -> None:
        self.name, self.column = name, column
        self.first, _dunder, self.natural = name.partition("__")
        self.field: Any = model._meta.get_field(self.first)
        if "__" in self.natural or bool(self.natural) != bool(self.field.is_relation):
            raise TypeError(f"{name}: a column names a plain field, or one step to another row")

    def value(self, instance: Any) -> Any:
        found = getattr(instance, self.first, None)  # a row not found yet is no attribute
        return getattr(found, self.natural, None) if self.natural else found

    def cell(self, instance: Any) -> str:
        """What an export shows of an object."""
        return self.said(self.value(instance))

    def said(self, value: Any) -> str:
        """What an export would show of a value."""
        return cell_text(self.column.widget.render(value) if self.column else value)

    def kept(self, instance: Any) -> Any:
        """The value as JSON holds it."""
        value = self.value(instance)
        if isinstance(value, Decimal):
            return cell_text(value)
        if isinstance(value, datetime.date | datetime.time):
            return value.isoformat()
        return str(value) if isinstance(value, str) else value  # a word of choices is a text

    def restored(self, value: Any) -> Any:
        """What kept() kept, as the model has it."""
        return value if self.natural else self.field.to_python(value)

    def parts(self, value: Any) -> list[Any]:
        """The natural keys in a value: of one other row, or of several."""
        return [value]

    def put(self, instance: models.Model, value: Any, related: Related) -> None:
        """Set the value; an empty cell of a new object leaves the default where there is one.

        Raises ValidationError for another row that is not there, or not the user's.
        """
        if self.natural:
            setattr(instance, self.first, related.get(self, value))
            return
        if value in EMPTY:
            needs_one = not (self.field.null or self.field.blank)
            if instance._state.adding and needs_one and self.field.has_default():
                return
            value = None if self.field.null or not self.field.empty_strings_allowed else ""
        setattr(instance, self.first, value)


class Several(Attribute):
    """Rows that an object has by a many-to-many field, as one text of their names.

    What is put waits beside the object until write() finds it stored.
    """

    WAITING = "_several"

    def value(self, instance: Any) -> Any:
        waiting = vars(instance).get(self.WAITING, {})
        if self.first in waiting:
            return joined(getattr(row, self.natural) for row in waiting[self.first])
        return self.column.get_value(instance) if self.column else ""

    def parts(self, value: Any) -> list[Any]:
        return parted(value or "")

    def put(self, instance: models.Model, value: Any, related: Related) -> None:
        rows = [related.get(self, part) for part in self.parts(value)]
        waiting = vars(instance).get(self.WAITING, {})
        vars(instance)[self.WAITING] = {**waiting, self.first: rows}

    @property
    def _between(self) -> tuple[Any, str, str]:
        """The table in between, and its ways to the object and to the other row."""
        through = self.field.remote_field.through._base_manager
        return through, self.field.m2m_field_name(), self.field.m2m_reverse_field_name()

    def texts(self, objects: models.QuerySet[Any]) -> dict[Any, str]:
        """What value() says of each of many objects, with one query and no row made."""
        between, source, target = self._between
        found = defaultdict[Any, list[str]](list)
        pairs = between.filter(**{f"{source}__in": objects.order_by().values("pk")})
        for key, word in pairs.values_list(f"{source}_id", f"{target}__{self.natural}"):
            found[key].append(word)
        return {key: joined(words) for key, words in found.items()}

    def write(self, objects: Iterable[Any]) -> None:
        """Store what waits; the objects are held by the caller's transaction."""
        waiting = {
            one.pk: vars(one)[self.WAITING][self.first]
            for one in objects
            if self.first in vars(one).get(self.WAITING, {})
        }
        between, source, target = self._between
        for some in in_parts(waiting):
            between.filter(**{f"{source}__in": some}).delete()
        between.bulk_create(
            between.model(**{f"{source}_id": key, target: row})
            for key, rows in waiting.items()
            for row in rows
        )


def attribute_of(model: type[models.Model], name: str, column: Column | None = None) -> Attribute:
    field: Any = model._meta.get_field(name.partition("__")[0])
    return (Several if field.many_to_many else Attribute)(model, name, column)


class Related:
    """Rows that others refer to, by their natural key, among those that the viewer sees."""

    def __init__(self, viewer: Any) -> None:
        self.viewer = viewer
        self.known: dict[tuple[str, Any], models.Model] = {}
        self.elsewhere: set[tuple[str, Any]] = set()

    def load(self, attribute: Attribute, values: Iterable[Any]) -> None:
        """With one query; with another one only where something is not found."""
        given = {value for value in values if value not in EMPTY}
        wanted = {part for value in given for part in attribute.parts(value)}
        wanted -= {value for name, value in self.known if name == attribute.name}
        manager = attribute.field.related_model._default_manager
        seen = manager.visible_to(self.viewer) if hasattr(manager, "visible_to") else manager.all()
        for some in in_parts(wanted):
            for row in seen.filter(**{f"{attribute.natural}__in": some}):
                self.known[attribute.name, getattr(row, attribute.natural)] = row
        missing = [value for value in wanted if (attribute.name, value) not in self.known]
        for some in in_parts(missing):
            there = manager.filter(**{f"{attribute.natural}__in": some})
            keys = there.values_list(attribute.natural, flat=True)
            self.elsewhere |= {(attribute.name, value) for value in keys}

    def get(self, attribute: Attribute, value: Any) -> models.Model | None:
        if value in EMPTY:
            return None
        key = attribute.name, value
        if key in self.known:
            return self.known[key]
        if key in self.elsewhere:
            raise ValidationError(_("This is not yours to choose."), "foreign")
        raise ValidationError(_("There is no “%(value)s” here.") % {"value": value}, "unknown")
