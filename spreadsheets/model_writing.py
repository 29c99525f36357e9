"""Writes the checked rows of a model's sheet, and writes back what stood before them.

Everything is locked in the order of its keys and compared once more, so that what was seen in
the preview is what is written over. A row that was stored before its sheet had some column says
nothing of it: that is neither compared nor written. The caller holds the one transaction.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError, RestrictedError
from django.utils.translation import gettext as _

from rawsql.parts import in_parts
from spreadsheets.errors import Refused, Stale
from spreadsheets.model_rules import is_foreign, told, wrong_with
from spreadsheets.references import referred_to

if TYPE_CHECKING:
    from spreadsheets.model_sheet import ModelSheet

WRITE_BATCH = 500


def apply(sheet: ModelSheet, rows: list[Any], batch: Any) -> None:
    changed = [row for row in rows if row.before]
    added = [row for row in rows if not row.before]
    stored = _locked(sheet, changed)
    reasons = [*_stale(sheet, changed, stored, lambda row: row.before), *_there(sheet, added)]
    if reasons:
        raise Stale(reasons)
    _load_related(sheet, [row.after for row in rows])
    updated = [_changed(sheet, row, stored[row.key], row.after) for row in changed]
    created = [_created(sheet, row) for row in added]
    with _writing():
        sheet.model._base_manager.bulk_create(created, batch_size=WRITE_BATCH)
        _update(sheet, changed, updated)
        for one in sheet.several:
            one.write([*created, *updated])
    _note_keys(batch, added, created)


def undo(sheet: ModelSheet, rows: list[Any]) -> None:
    changed = [row for row in rows if row.before]
    added = [row for row in rows if not row.before]
    stored = _locked(sheet, rows)
    if reasons := list(_stale(sheet, rows, stored, lambda row: row.after)):
        raise Stale(reasons)
    _load_related(sheet, [row.before for row in changed])
    updated = [_changed(sheet, row, stored[row.key], row.before) for row in changed]
    with _writing():
        _update(sheet, changed, updated)
        for one in sheet.several:
            one.write(updated)
        _remove(sheet, added, stored)


def _locked(sheet: ModelSheet, rows: list[Any]) -> dict[str, Any]:
    """The objects of the rows by their key as text, those the user still sees and may change."""
    pk: Any = sheet.model._meta.pk
    stored = sheet.stored().order_by("pk").select_for_update(of=("self",))
    return {
        str(one.pk): one
        for some in in_parts(sorted(pk.to_python(row.key) for row in rows))
        for one in stored.filter(pk__in=some)
    }


def _stale(
    sheet: ModelSheet, rows: Iterable[Any], stored: dict[str, Any], wanted: Any
) -> Iterator[str]:
    """Every row whose object does not stand as it did, with what stands there now."""
    for row in rows:
        was = wanted(row)
        stands = sheet.kept(stored[row.key]) if row.key in stored else {}
        now = {name: value for name, value in stands.items() if name in was}
        if now != was or not was:  # an emptied row tells no more what stood
            yield _reason(sheet, row, now, was)


def _reason(sheet: ModelSheet, row: Any, now: dict[str, Any], was: dict[str, Any]) -> str:
    shown, before = sheet.display(now), sheet.display(was)
    changed = [f"{k} {text or '—'}" for k, text in shown.items() if text != before.get(k)]
    message = _("Row %(row)d, %(label)s: changed meanwhile. Now: %(now)s.")
    words = {"row": row.sheet_row, "label": row.label, "now": "、".join(changed) or "—"}
    return message % words


def _there(sheet: ModelSheet, added: list[Any]) -> Iterator[str]:
    """Rows that were new in the preview, and are there by now."""
    row_of = {tuple(one.restored(row.after[one.name]) for one in sheet.keys): row for row in added}
    for some in in_parts(row_of):
        parts = zip(sheet.key, zip(*some, strict=True), strict=True)
        near = {f"{name}__in": set(of_part) for name, of_part in parts}
        there = sheet.model._base_manager.filter(**near).values_list(*sheet.key)
        for row in [row_of[key] for key in set(there) if key in row_of]:
            message = _("Row %(row)d, %(label)s: it was added here meanwhile.")
            yield message % {"row": row.sheet_row, "label": row.label}


def _load_related(sheet: ModelSheet, contents: list[dict[str, Any]]) -> None:
    for attribute in sheet.attributes:
        if attribute.natural:
            sheet.related.load(attribute, [content.get(attribute.name) for content in contents])


def _changed(sheet: ModelSheet, row: Any, old: Any, content: dict[str, Any]) -> Any:
    """A copy of the object with the content that differs."""
    new, now = copy.copy(old), sheet.kept(old)
    said = [one for one in sheet.told if one.name in content]
    names = [one for one in said if content[one.name] != now[one.name]]
    _fill(sheet, row, new, content, names)
    _check(sheet, row, old, new, [one.first for one in names])
    return new


def _created(sheet: ModelSheet, row: Any) -> Any:
    said = [one for one in sheet.attributes if one.name in row.after]
    values = {one.name: one.restored(row.after[one.name]) for one in said}
    try:
        new = sheet.find_new(values)
    except ValidationError as error:
        raise Stale([_said(row, error)]) from error
    _fill(sheet, row, new, row.after, said)
    _check(sheet, row, None, new, [one.first for one in said])
    return new


def _fill(
    sheet: ModelSheet, row: Any, new: Any, content: dict[str, Any], attributes: Iterable[Any]
) -> None:
    for one in attributes:
        try:
            one.put(new, one.restored(content[one.name]), sheet.related)
        except ValidationError as error:
            raise Stale([_said(row, error)]) from error


def _check(sheet: ModelSheet, row: Any, old: Any, new: Any, names: list[str]) -> None:
    """What was asked in the preview is asked again: choices were made, and rights may be gone."""
    try:
        sheet.permit(old, new)
    except ValidationError as error:
        if is_foreign(error):
            raise Refused(_said(row, error), foreign=True) from error
        raise Stale([_said(row, error)]) from error
    if wrong := [message for _name, message in wrong_with(new, names)]:
        raise Stale([_told(row, wrong[0])])


def _said(row: Any, error: ValidationError) -> str:
    return _told(row, next(message for _name, message in told(error)))


def _told(row: Any, message: str) -> str:
    text = _("Row %(row)d, %(label)s: %(message)s")
    return text % {"row": row.sheet_row, "label": row.label, "message": message}


@contextmanager
def _writing() -> Iterator[None]:
    """What the database refuses in the end, somebody else made impossible since the preview."""
    try:
        with transaction.atomic():
            yield
    except (IntegrityError, ProtectedError, RestrictedError) as error:
        message = _("Something else that was written meanwhile stands in the way; look again.")
        raise Stale([message]) from error


def _update(sheet: ModelSheet, rows: list[Any], objects: list[Any]) -> None:
    """Only the fields that some row changes and what follows from them, so that all else stays
    whoever wrote it."""
    names = {
        one.first
        for row in rows
        for one in sheet.told
        if row.before.get(one.name) != row.after.get(one.name)
    } - {one.first for one in sheet.several}
    if objects and names:
        sheet.model._base_manager.bulk_update(
            objects, sorted({*names, *sheet.derived}), batch_size=WRITE_BATCH
        )


def _note_keys(batch: Any, added: list[Any], created: list[Any]) -> None:
    """Remember which objects came by the batch, for whoever undoes it."""
    keys = {row.sheet_row: str(one.pk) for row, one in zip(added, created, strict=True)}
    if keys:
        rows = list(batch.rows.filter(outcome="new"))
        for row in rows:
            row.key = keys[row.sheet_row]
        batch.rows.bulk_update(rows, ["key"], batch_size=WRITE_BATCH)


def _remove(sheet: ModelSheet, added: list[Any], stored: dict[str, Any]) -> None:
    """The objects that the batch added, where nothing was built on them since."""
    referred = {str(key) for key in referred_to(sheet.model, [stored[r.key].pk for r in added])}
    message = _("Row %(row)d, %(label)s: something refers to it by now, so it stays.")
    if reasons := [
        message % {"row": row.sheet_row, "label": row.label}
        for row in added
        if row.key in referred or not sheet.is_untouched(stored[row.key])
    ]:
        raise Stale(reasons)
    for some in in_parts(stored[row.key].pk for row in added):
        sheet.model._base_manager.filter(pk__in=some).delete()
