"""What the database holds that refers to a row: a row that something refers to is not undone."""

from collections.abc import Collection
from typing import Any

from django.db import models


def referred_to(model: type[models.Model], keys: Collection[Any]) -> set[Any]:
    """Those of the rows that anything but one another refers to, by whatever it is deleted."""
    found: set[Any] = set()
    for relation in _relations(model):
        source: Any = relation.related_model
        name = relation.field.name
        referring = source._base_manager.filter(**{f"{name}__in": keys})
        if source is model:
            referring = referring.exclude(pk__in=keys)
        found.update(referring.values_list(f"{name}__pk", flat=True))
    return found & set(keys)


def _relations(model: type[models.Model]) -> list[Any]:
    """From other rows to this model's; a many-to-many field of its own is a part of the row."""
    fields: list[Any] = model._meta.get_fields(include_hidden=True)
    relations = [field for field in fields if field.auto_created and not field.concrete]
    return [r for r in relations if not r.related_model._meta.auto_created]
