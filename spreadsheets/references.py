"""What the database holds that refers to a row: a row that something refers to is not undone."""

from collections.abc import Collection
from typing import Any

from django.db import models

from rawsql.parts import in_parts


def referred_to(model: type[models.Model], keys: Collection[Any]) -> set[Any]:
    """Those of the rows that anything but one another refers to, by whatever it is deleted."""
    own, found = set(keys), set[Any]()
    for relation in _relations(model):
        source: Any = relation.related_model
        name, among = relation.field.name, own if source is model else ()
        for some in in_parts(keys):
            referring = source._base_manager.filter(**{f"{name}__in": some})
            rows = referring.values_list(f"{name}__pk", "pk")
            found.update(key for key, row in rows if row not in among)
    return found & own


def _relations(model: type[models.Model]) -> list[Any]:
    """From other rows to this model's; a many-to-many field of its own is a part of the row."""
    fields: list[Any] = model._meta.get_fields(include_hidden=True)
    relations = [field for field in fields if field.auto_created and not field.concrete]
    return [r for r in relations if not r.related_model._meta.auto_created]
