"""Compares the rows of a file with the objects of a model, some thousand at a time.

Each round asks a few questions of the database, however many rows it has: for the objects that
the rows mean, for the other rows that they name, and for what must be there once.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from spreadsheets.errors import at_column
from spreadsheets.fields import Column, GivenColumn, half_width, text_of
from spreadsheets.fingerprint import Fingerprint, digest
from spreadsheets.form import Record
from spreadsheets.model_cells import EMPTY, Attribute
from spreadsheets.model_rules import Candidate, Uniques, Wrong, is_foreign, told, wrong_with
from spreadsheets.sheet import Checked, Conflict, Outcome

if TYPE_CHECKING:
    from spreadsheets.model_sheet import ModelSheet

ROWS_AT_ONCE = 2_000

Key = tuple[Any, ...]


@dataclass
class Row:
    """A row on its way: what it says by attribute, its key, and the object that it means."""

    record: Record
    checked: Checked
    values: dict[str, Any]
    key: Key = ()
    content: dict[str, Any] = field(default_factory=dict)
    mark: Fingerprint | None = None
    old: Any = None

    def wrong(self, label: str, message: str) -> None:
        self.checked.errors.append(self.record.error(label, message))


class Comparison:
    """One look through a file; remembers which keys and unique values it has met."""

    def __init__(self, sheet: ModelSheet) -> None:
        self.sheet = sheet
        self.rows_of: dict[Key, int] = {}
        self.uniques = Uniques(sheet.model, sheet.key)
        keys = [column for column in sheet.columns if column.key and not column.hidden]
        # What must be there tells a row to people; a code beside it only to us.
        self.key_labels = [column.label for column in keys if column.required]
        self.key_labels = self.key_labels or [column.label for column in keys]
        # Where a row is told to be somebody else's that only its key says.
        units = [one.name for one in sheet.keys if one.natural and one.column in keys]
        self.unit_name = next(iter(units), "")
        self.told = {column.label for column in sheet.columns if not column.key}
        self.visible = [column.label for column in sheet.columns if not column.hidden]
        self.names = {column.label: column.attribute or column.label for column in sheet.columns}

    def rows(self, records: Iterable[Record]) -> Iterator[Checked]:
        left = iter(records)
        while some := [self._read(record) for record in islice(left, ROWS_AT_ONCE)]:
            self._find([row for row in some if row.key])
            for told_by in self.sheet.attributes:
                if told_by.natural:
                    names = (row.content.get(told_by.name) for row in some)
                    self.sheet.related.load(told_by, names)
            compared = [self._compare(row) for row in some if row.key and not row.checked.foreign]
            self._check_uniques(some, [one for one in compared if one])
            for row in some:
                if row.checked.errors:
                    row.checked.outcome = Outcome.WRONG
                yield row.checked

    # Reading

    def _read(self, record: Record) -> Row:
        sheet, checked = self.sheet, Checked(record, Outcome.WRONG)
        by_label, checked.errors = sheet.clean(record)
        row = Row(record, checked, {self.names[label]: v for label, v in by_label.items()})
        checked.label = self._named(row)
        row.mark = self._mark(row, by_label.get(sheet.row_version.label))
        try:
            key = sheet.key_of(row.values)
        except ValidationError as error:
            self._tell(row, error)
            return row
        row.content = self._content(row) | dict(zip(sheet.key, key, strict=True))
        first = self.rows_of.setdefault(key, record.row)
        if first == record.row:
            row.key = key
        else:
            message = _("Rows %(first)d and %(second)d are about the same; keep one.")
            row.wrong(self._key_label(row), message % {"first": first, "second": record.row})
        return row

    def _content(self, row: Row) -> dict[str, Any]:
        """What the sheet makes of the values; beside a doubtful one the others still count."""
        try:
            return self.sheet.content(row.values)
        except ValidationError as error:
            self._tell(row, error)
            bad = {name for name, _message in told(error)}
            good = {name: value for name, value in row.values.items() if name not in bad}
            return {one.name: good[one.name] for one in self.sheet.told if one.name in good}

    def _mark(self, row: Row, text: str | None) -> Fingerprint | None:
        if not text:
            return None
        mark = Fingerprint.read(text)
        if mark is None or len(mark.digests) != len(self.sheet.told):
            message = _("The hidden mark of this row does not fit; download the sheet again.")
            row.wrong(self._first_visible(row), message)
            return None
        return mark

    def _label(self, row: Row, name: str) -> str:
        """The label of the column of an attribute, where the file has it; else of the key.

        What nobody sees is told where the row begins.
        """
        label = self.sheet.labels.get(name, "")
        if label not in row.record.letters:
            return self._key_label(row)
        return label if label in self.visible else self._first_visible(row)

    def _first_visible(self, row: Row) -> str:
        return next((label for label in self.visible if label in row.record.letters), "")

    def _key_label(self, row: Row) -> str:
        """The last column of those by which people tell the row."""
        return next((c for c in reversed(self.key_labels) if c in row.record.letters), "")

    def _named(self, row: Row) -> str:
        """The row as the file itself calls it."""
        return self._joined(row, self.key_labels)

    @staticmethod
    def _joined(row: Row, labels: Iterable[str]) -> str:
        cells = [row.record.cells.get(label) for label in labels]
        return " ".join(text_of(cell).strip() for cell in cells if cell not in EMPTY)

    def _place(self, row: Row, wrong: Iterable[Wrong]) -> None:
        """Every message at the cell that it is about; of a column that is not there, it says so.

        A cell that is wrong already, because it could not be read for instance, stays with that.
        """
        errors = row.checked.errors
        taken = {error.cell for error in errors}
        for name, message in wrong:
            label, at = self.sheet.labels.get(name, ""), self._label(row, name)
            if label and label == at and row.record.address(at) in taken:
                continue
            is_told = label != at and label in self.told
            text = at_column(label, message) if is_told else message
            error = row.record.error(at, text)
            if error not in errors:
                errors.append(error)

    def _tell(self, row: Row, error: ValidationError, name: str = "") -> None:
        """An error at the cells that it is about; one without a name is about `name`."""
        wrong = [(about or name, message) for about, message in told(error)]
        self._place(row, wrong)
        if is_foreign(error):
            row.checked.reaches_out(self._unit_of(row, wrong[0][0]))

    def _unit_of(self, row: Row, name: str) -> str:
        """What the file says of the unit that an attribute is about: `division__code` and
        `division__name`; where it is about none, the row as the file calls it."""
        near = f"{name.rpartition('__')[0]}__"
        labels = [label for name, label in self.sheet.labels.items() if name.startswith(near)]
        return self._joined(row, labels) or self._named(row)

    # Finding

    def _find(self, rows: list[Row]) -> None:
        """The object of every row; one that is somebody else's is told at the cell of its unit."""
        sheet = self.sheet
        near = near_keys(sheet, [row.key for row in rows])
        if near is None:
            return
        stored = {key_of(sheet, one): one for one in sheet.stored().filter(**near)}
        for row in rows:
            row.old = stored.get(row.key)
        missing = {row.key: row for row in rows if row.old is None}
        if missing:
            there = sheet.model._base_manager.filter(**near).values_list(*sheet.key)
            for key in there:
                if key in missing:
                    message = _("This row belongs to a unit that is not yours.")
                    self._tell(missing[key], ValidationError(message, "foreign"), self.unit_name)

    # Comparing

    def _compare(self, row: Row) -> Candidate | None:
        """Fill in what the row would do; None where it does nothing."""
        sheet, is_new = self.sheet, row.old is None
        if is_new and sheet.offers_new and not any(self._says(row, one) for one in sheet.told):
            row.checked.outcome = Outcome.UNCHANGED
            return None
        try:
            base = sheet.find_new(row.content) if is_new else row.old
        except ValidationError as error:
            self._tell(row, error)
            return None
        taken, both = self._merged(row)
        if row.old:
            row.checked.label = str(row.old)
            row.checked.not_taken = [*self._not_taken(row)]
            self._refuse_other_masks(row)
        if not is_new and not taken and not both:
            row.checked.outcome = Outcome.UNCHANGED
            return None
        wanted = self._wanted(row, base, [*(sheet.attributes if is_new else []), *taken, *both])
        if is_new:
            self._look_at_new(row)
        self._keep(row, wanted, taken, both)
        return Candidate(row.record.row, wanted)

    def _says(self, row: Row, one: Attribute) -> bool:
        return row.content.get(one.name) not in EMPTY

    def _merged(self, row: Row) -> tuple[list[Attribute], list[Attribute]]:
        """What the file changed; and what was changed both there and here since the download.

        A cell that the file hands back as it was given keeps whatever stands here by now.
        """
        sheet, taken, both = self.sheet, list[Attribute](), list[Attribute]()
        for place, one in enumerate(sheet.told):
            if one.name not in row.content:
                continue
            mine = one.said(row.content[one.name])
            now = one.cell(row.old) if row.old else ""
            if mine == now:
                continue
            base = row.mark.digests[place] if row.mark and row.old else None
            if base is None or base == digest(sheet.mark(one, now)):
                taken.append(one)
            elif base != digest(sheet.mark(one, mine)):
                both.append(one)
        return taken, both

    def _not_taken(self, row: Row) -> Iterator[str]:
        """Cells that are there to be read, and were changed; and those that were emptied, where
        the sheet keeps what stands."""
        for column in self.sheet.to_read:
            if self._is_changed(column, row):
                yield column.label
        for one in self.sheet.told:
            left_out = one.name in row.values and one.name not in row.content
            if left_out and row.mark and not row.checked.errors and one.cell(row.old):
                yield self.sheet.labels[one.name]

    @staticmethod
    def _is_changed(column: Column, row: Row) -> bool:
        """A secret is compared by its mask, so that nobody finds it out by trying."""
        said, stands = row.record.cells.get(column.label), column.export(row.old)
        if isinstance(column, GivenColumn) and stands is None:
            return False  # the number of a line, which is that of a list
        if column.sensitive:
            said, stands = column.mask(half_width(said)), column.mask(text_of(stands))
        return bool(half_width(said)) and half_width(said) != half_width(stands)

    def _refuse_other_masks(self, row: Row) -> None:
        """Whoever types other stars means another number, which stars do not tell.

        Where the number was changed here since the download, those of the file may be its old ones.
        """
        sheet, masked = self.sheet, self.sheet.masked(row.record)
        for place, one in enumerate(sheet.told if masked else ()):
            column = one.column
            if column is None or column.label not in masked:
                continue
            now = one.cell(row.old)
            if row.mark and row.mark.digests[place] != digest(sheet.mark(one, now)):
                continue
            if half_width(row.record.cells[column.label]) != half_width(column.mask(now)):
                message = _("These stars are not those of what is stored; type the whole number.")
                row.wrong(column.label, message)

    def _wanted(self, row: Row, base: models.Model, changed: list[Attribute]) -> Any:
        """The object as the row would have it, with everything that is wrong with that."""
        sheet, wanted = self.sheet, copy.copy(base)
        bad = set()
        for one in dict.fromkeys(changed):
            if one.name not in row.content:
                continue
            try:
                one.put(wanted, row.content[one.name], sheet.related)
            except ValidationError as error:
                self._tell(row, error, one.name)
                bad.add(one.first)
        # What both are about is told at the cell beside those that tell the row.
        asked = [*sheet.told, *sheet.keys] if row.old is None else changed
        names = [one.first for one in asked]
        names = [name for name in names if name not in bad]
        self._place(row, wrong_with(wanted, names, is_whole=not bad))
        if not row.checked.errors:
            self._ask_permission(row, wanted)
        return wanted

    def _ask_permission(self, row: Row, wanted: Any) -> None:
        try:
            self.sheet.permit(row.old, wanted)
        except ValidationError as error:
            self._tell(row, error)

    def _look_at_new(self, row: Row) -> None:
        for label in self.sheet.masked(row.record):
            row.wrong(
                label, _("Stars stand here, but nothing is stored that they could stand for.")
            )
        if row.mark and any(one != digest("") for one in row.mark.digests):
            message = _(
                "This row was handed out for something else, which was removed here or is called "
                "otherwise in the file; it would be added as new."
            )
            row.checked.warnings.append(row.record.error(self._key_label(row), message))

    def _keep(self, row: Row, wanted: Any, taken: list[Attribute], both: list[Attribute]) -> None:
        sheet, checked = self.sheet, row.checked
        checked.outcome = Outcome.NEW if row.old is None else Outcome.CHANGED
        if row.old is not None:
            checked.key, checked.before = str(row.old.pk), sheet.kept(row.old)
        checked.after = sheet.kept(wanted)
        for one in both:
            label = sheet.labels[one.name]
            checked.conflicts[label] = Conflict(
                mine=sheet.words(one, row.content[one.name]),
                now=sheet.words(one, one.value(row.old)),
                content={one.name: checked.after[one.name]},
                choice="",
            )
            checked.after[one.name] = checked.before[one.name]
        labels = [sheet.labels[one.name] for one in (*taken, *both)]
        checked.warnings += sheet.ditto_warnings(row.record, labels)

    def _check_uniques(self, rows: list[Row], candidates: list[Candidate]) -> None:
        self.uniques.check(candidates)
        row_of = {row.record.row: row for row in rows}
        for one in candidates:
            self._place(row_of[one.row], one.wrong)


def key_of(sheet: ModelSheet, instance: Any) -> Key:
    return tuple(one.value(instance) for one in sheet.keys)


def near_keys(sheet: ModelSheet, keys: list[Key]) -> dict[str, Any] | None:
    """A filter that finds all these keys, and for keys of several parts some others too."""
    if not keys:
        return None
    parts = zip(sheet.key, zip(*keys, strict=True), strict=True)
    return {f"{name}__in": set(of_part) for name, of_part in parts}
