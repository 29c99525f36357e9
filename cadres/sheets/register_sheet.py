"""A register as a plain table: a ModelSheet whose changes reach the history of the registers."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property, reduce
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from cadres.models import CadreChange, facts_of
from cadres.sheets.words import comment_is_kept
from rawsql.parts import in_parts
from spreadsheets.model_sheet import ModelSheet
from spreadsheets.sheet import Outcome
from villages.models import Division
from villages.sheets import DivisionFinder


class RegisterSheet(ModelSheet):
    """Base of the sheets that list persons, organisations, needs and contact points."""

    # The field by which others tell that a row changed meanwhile, where there is one.
    versioned: ClassVar[bool] = False
    # The field that says which unit keeps a row.
    kept_at: ClassVar[str] = "division"

    @cached_property
    def finder(self) -> DivisionFinder:
        return DivisionFinder(Division.objects.visible_to(self.viewer).select_related("parent"))

    def village_of(self, values: dict[str, Any], at: str) -> Division:
        """The village that a row names, where `at` is the attribute that keeps it; raises
        ValidationError by attribute."""
        parts = ("code", "parent__name", "name")
        code, township, name = (values.get(f"{at}__{part}") or "" for part in parts)
        try:
            if not (code or name):
                raise ValidationError(_("This cell tells which row is meant; fill it in."))
            return self.finder.find(code, township, name)
        except ValidationError as error:
            is_of_code = bool(code) and error.code != "mismatch"
            raise ValidationError({f"{at}__{'code' if is_of_code else 'name'}": error}) from error

    def apply(self, rows: Any, batch: Any) -> None:
        comment_is_kept(batch)
        rows = list(rows)
        stood = self._stored(row.key for row in rows if row.key)
        super().apply(rows, batch)
        added = batch.rows.filter(outcome=Outcome.NEW).values_list("key", flat=True)
        self._note(stood, [*stood, *map(int, added)], batch, str(batch.comment)[:200])

    def undo(self, rows: Any, batch: Any) -> None:
        rows = list(rows)
        stood = self._stored(row.key for row in rows)
        super().undo(rows, batch)
        self._note(stood, list(stood), batch, _("Import undone"))

    def rows_to_tell(self) -> models.QuerySet[Any]:
        """The rows with what their history needs."""
        rows = self.model._base_manager.select_related(self.kept_at)
        return rows.prefetch_related(*(one.first for one in self.several))

    def _facts(self, row: Any) -> dict[str, Any]:
        """With fields of work by their names, as history has no column for them."""
        return facts_of(row) | {one.first: one.value(row) for one in self.several}

    def _stored(self, keys: Iterable[str]) -> dict[int, tuple[Any, dict[str, Any]]]:
        rows = self.rows_to_tell()
        found = dict[int, tuple[Any, dict[str, Any]]]()
        for some in in_parts(sorted(map(int, keys))):
            found |= {row.pk: (row, self._facts(row)) for row in rows.filter(pk__in=some)}
        return found

    def _note(
        self,
        stood: dict[int, tuple[Any, dict[str, Any]]],
        keys: list[int],
        batch: Any,
        reason: str,
    ) -> None:
        now, at, changes = self._stored(map(str, keys)), timezone.now(), []
        about: dict[str, Any] = {"batch": batch.pk, "reason": reason}
        changed = []
        for key in keys:
            row, facts = now.get(key, (None, {}))
            before = stood[key][1] if key in stood else None
            if row is None:
                gone = stood[key][0]
                changes.append(CadreChange.removing(gone, self._unit(gone), self.user, at, **about))
            elif before != facts:
                changes.append(self._change(row, before, facts, {"at": at, **about}))
                changed.append(key)
        CadreChange.objects.bulk_create(changes, batch_size=500)
        if self.versioned:
            for some in in_parts(key for key in changed if key in stood):
                rows: models.QuerySet[Any] = self.model._base_manager.filter(pk__in=some)
                rows.update(version=F("version") + 1)

    def _change(
        self, row: Any, before: dict[str, Any] | None, facts: dict[str, Any], about: Any
    ) -> CadreChange:
        change = CadreChange.telling(row, self._unit(row), self.user, before=before, **about)
        for one in self.several:
            stood, now = (before or {}).get(one.first, ""), facts[one.first]
            if stood != now:
                change.before[one.first], change.after[one.first] = stood, now
        return change

    def _unit(self, row: Any) -> Any:
        return reduce(getattr, self.kept_at.split("__"), row)
