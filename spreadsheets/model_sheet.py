"""An exchangeable table of one model, so that a new sheet is hardly more than its columns.

A subclass names the model, the attributes that tell a row, and its columns; see docs/sheets.md.
Checking, writing and undoing are done here and in the modules beside this one: what a row says
is compared in `model_check.py`, and written in `model_writing.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from spreadsheets import model_writing
from spreadsheets.errors import CellError
from spreadsheets.form import Form, Record
from spreadsheets.marked_sheet import MarkedSheet
from spreadsheets.model_cells import EMPTY, Related, Several, attribute_of, cell_text
from spreadsheets.model_check import Comparison
from spreadsheets.several import KNOWN
from spreadsheets.sheet import Checked, Heading, Target, own_target


class ModelSheet(MarkedSheet):
    """Base of the sheets that list one model: each row an object, each column an attribute.

    A column's attribute is a field of the model, or `division__code` for another row by its
    natural key. Columns that are `given` may follow any path.
    """

    model: ClassVar[type[models.Model]]
    # The attributes that tell a row, those that narrow most first; `division__code` may be one.
    key: ClassVar[tuple[str, ...]]
    # Whether instances() lists objects that are not there yet: such a row left empty is nothing.
    offers_new: ClassVar[bool] = False
    # The fields that the model's clean() tells from others, written whenever a row changes.
    derived: ClassVar[tuple[str, ...]] = ()
    # Key columns that are only there to be read where a hidden code tells the row.
    told_by_code: ClassVar[tuple[str, ...]] = ()

    # What a sheet defines:

    def objects(self) -> models.QuerySet[Any]:
        """What the user may see and change, before and after; without distinct()."""
        manager: Any = self.model._default_manager
        seen: models.QuerySet[Any] = manager.visible_to(self.viewer)
        return seen

    def listed(self) -> models.QuerySet[Any]:
        """What of that an export lists; less where the target asks for less."""
        return self.objects()

    def key_of(self, values: dict[str, Any]) -> tuple[Any, ...]:
        """The key of the row that says these values, by attribute; `values` may be added to.

        Raises ValidationError by attribute, with the code "foreign" for what is not the user's.
        """
        found = tuple(values.get(name) for name in self.key)
        if missing := [name for name, value in zip(self.key, found, strict=True) if value in EMPTY]:
            message = _("This cell tells which row is meant; fill it in.")
            raise ValidationError(dict.fromkeys(missing, message))
        return found

    def content(self, values: dict[str, Any]) -> dict[str, Any]:
        """What the row says of the object, by attribute; raises ValidationError by attribute."""
        return {told.name: values[told.name] for told in self.told if told.name in values}

    def find_new(self, values: dict[str, Any]) -> models.Model:
        """The object, still without what the columns say, for a row that matches nothing.

        Raises ValidationError where rows may not be added.
        """
        return self.model()

    def permit(self, old: Any, new: Any) -> None:
        """Raise ValidationError where the user may not change `old`, or add it (None), so."""

    def is_untouched(self, instance: Any) -> bool:
        """Whether an object that an import added may go again with it, if nothing refers to it."""
        return True

    def heading(self) -> Heading:
        return Heading(title=str(self.title), footer="")

    # What every such sheet shares:

    def __init__(self, user: Any, target: Target | None = None) -> None:
        super().__init__(user, target)
        columns = self.columns
        self.related = Related(self.viewer)
        own = [column for column in columns if not column.given and column.attribute]
        by_name = {column.attribute: column for column in columns if column.attribute}
        self.keys = [attribute_of(self.model, name, by_name.get(name)) for name in self.key]
        # What a row says of its object, beside what tells the object.
        self.told = [
            attribute_of(self.model, column.attribute or "", column)
            for column in own
            if column.attribute not in self.key
        ]
        self.attributes = [*self.keys, *self.told]
        self.several = [one for one in self.told if isinstance(one, Several)]
        self.labels = {name: column.label for name, column in by_name.items()}
        self.labels |= {one.first: one.column.label for one in self.attributes if one.column}
        # What is shown of an object and not taken over.
        self.to_read = [
            c for c in columns if c.given and (not c.key or c.attribute in self.told_by_code)
        ]
        self.carry_marks(self.told)

    def open(self, form: Form) -> None:
        """A table says nothing of itself; what a user may change is checked row by row."""
        self.target = own_target(self)

    def check(self, records: Iterable[Record]) -> Iterator[Checked]:
        return Comparison(self).rows(records)

    def apply(self, rows: Any, batch: Any) -> None:
        model_writing.apply(self, list(rows), batch)

    def undo(self, rows: Any, batch: Any) -> None:
        model_writing.undo(self, list(rows))

    def clean(self, record: Record) -> tuple[dict[str, Any], list[CellError]]:
        """As every sheet does; a mask that left here says nothing, so it is not even read."""
        masked = self.masked(record)
        if masked:
            record = replace(
                record, cells={k: v for k, v in record.cells.items() if k not in masked}
            )
        return super().clean(record)

    def masked(self, record: Record) -> set[str]:
        """Labels of the cells that hold a mask."""
        return {
            column.label
            for column in self.columns
            if column.sensitive and column.is_masked(record.cells.get(column.label))
        }

    def instances(self) -> Iterable[Any]:
        paths = {
            column.attribute.rpartition("__")[0] for column in self.columns if column.attribute
        }
        objects = self.listed().order_by(*self.key)
        if paths := paths - {"", *(one.first for one in self.several)}:
            objects = objects.select_related(*sorted(paths))
        return self._knowing_several(objects)

    def _knowing_several(self, objects: models.QuerySet[Any]) -> Iterator[Any]:
        texts = {one.first: one.texts(objects) for one in self.several}
        for instance in objects.iterator(chunk_size=2000):
            if texts:
                known = {first: of_all.get(instance.pk, "") for first, of_all in texts.items()}
                vars(instance)[KNOWN] = known
            yield instance

    def stored(self) -> models.QuerySet[Any]:
        """The user's objects with the other rows that their columns name."""
        several = [told.first for told in self.several]
        first = {told.first for told in self.attributes if told.natural} - set(several)
        found = self.objects().prefetch_related(*several)
        near = first | {(column.attribute or "").rpartition("__")[0] for column in self.to_read}
        near -= {""}
        return found.select_related(*sorted(near)) if near else found

    def row(self, instance: Any) -> list[Any]:
        """Of an object that is not there yet only what tells it, not its defaults."""
        cells = super().row(instance)
        if not instance._state.adding:
            return cells
        shown = (column.given or column.key for column in self.columns)
        told = [cell if is_told else None for cell, is_told in zip(cells, shown, strict=True)]
        return [*told[:-1], self.written_mark([None] * len(told))]

    def kept(self, instance: Any) -> dict[str, Any]:
        """The object as a preview and a history keep it."""
        return {told.name: told.kept(instance) for told in self.attributes}

    def display(self, content: dict[str, Any]) -> dict[str, str]:
        return {
            told.column.label: self.words(told, told.restored(content[told.name]))
            for told in self.attributes
            if told.column and told.name in content
        }

    def words(self, told: Any, value: Any) -> str:
        """A value as people read it in a preview; a sensitive one masked, as everywhere."""
        column = told.column
        text = cell_text(column.widget.render(value) if column else value)
        return column.mask(text) if column and column.sensitive else text
