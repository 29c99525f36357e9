"""What imports keep of persons, let go of when the persons are: rows, and words about them."""

import datetime
import json
from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from cadres.actions.anonymizing import NOBODY, Keeper, keepers
from cadres.models import CadreChange, Person
from rawsql.parts import in_parts
from spreadsheets.actions import tidy
from spreadsheets.models import Batch, BatchRow
from spreadsheets.sheet import Sheet, all_sheets

NAMES_AT_ONCE = 50
WORDS = ("errors", "warnings", "reasons", "comment")


def hold(persons: Sequence[int], since: datetime.date) -> None:
    """Keep whoever undoes such an import waiting until the transaction ends."""
    old = _old(_ours(), since, _written(persons)).order_by("pk")
    list(old.select_for_update(no_key=True).values_list("pk", flat=True))


def let_go(persons: Sequence[Person], since: datetime.date) -> None:
    """Empty the rows that wrote something of these persons, and take their names out of all that
    imports from before that day say; files from before it go. Such an import cannot be undone any
    more."""
    tidy(timezone.make_aware(datetime.datetime.combine(since, datetime.time.min)))
    ours, written = _ours(), _written([person.pk for person in persons])
    for batch in Batch.objects.filter(pk__in=written, sheet__in=ours):
        model: Any = getattr(ours[batch.sheet], "model", None)
        keys = written[batch.pk][str(model._meta.model_name)] if model else ()
        for some in in_parts(sorted(keys)):
            _empty(BatchRow.objects.filter(batch=batch, key__in=some))
    names = sorted({person.name for person in persons})
    old = _old(ours, since, written)
    for start in range(0, len(names), NAMES_AT_ONCE):
        named = Q()
        for name in names[start : start + NAMES_AT_ONCE]:
            named |= Q(label__contains=name)
        _empty(BatchRow.objects.filter(named, batch__in=old))
    for batch in old.only(*WORDS).iterator(chunk_size=200):
        _unname(batch, names)


def _ours() -> dict[str, type[Sheet]]:
    return {sheet.name: sheet for sheet in all_sheets() if sheet.__module__.startswith("cadres.")}


def _old(ours: Collection[str], since: datetime.date, written: Collection[UUID]) -> QuerySet[Batch]:
    """Imports from before a day, and those that wrote something of the persons."""
    old = Q(created_at__date__lt=since) | Q(pk__in=list(written))
    return Batch.objects.filter(old, sheet__in=list(ours))


def _written(persons: Sequence[int]) -> dict[UUID, dict[str, set[str]]]:
    """By import and register, the rows of the registers that it wrote of these persons."""
    found: dict[UUID, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    by_import = CadreChange.objects.filter(person__in=persons).exclude(batch=None)
    for batch, about, row in by_import.values_list("batch", "about", "row"):
        if batch:
            found[batch][about].add(str(row))
    return found


def _empty(rows: Any) -> None:
    rows.update(label=NOBODY, before={}, after={}, conflicts={})


def _unname(batch: Batch, names: Sequence[str]) -> None:
    said = json.dumps([getattr(batch, word) for word in WORDS], ensure_ascii=False)
    found = [name for name in names if name in said]
    if not found:
        return
    for name in sorted(found, key=len, reverse=True):
        said = said.replace(name, NOBODY)
    for word, value in zip(WORDS, json.loads(said), strict=True):
        setattr(batch, word, value)
    batch.save(update_fields=WORDS)


keepers.append(Keeper(hold, let_go))
