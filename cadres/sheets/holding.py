"""Rows held until the transaction ends, in the order of their keys, as by everybody."""

from collections.abc import Iterable
from typing import Any

from rawsql.parts import in_parts


def lock(model: Any, keys: Iterable[int]) -> None:
    for some in in_parts(sorted(set(keys))):
        rows = model.objects.filter(pk__in=some).order_by("pk").select_for_update(no_key=True)
        list(rows.values_list("pk", flat=True))


def held(model: Any, keys: Iterable[int], *, is_leaving: bool = False) -> dict[int, Any]:
    """The same, read, by their key; of those that leave, nobody begins to refer to them
    meanwhile."""
    found = dict[int, Any]()
    for some in in_parts(sorted(set(keys))):
        rows = model.objects.filter(pk__in=some).order_by("pk")
        locked = rows.select_for_update(of=("self",), no_key=not is_leaving)
        found |= {row.pk: row for row in locked}
    return found
