"""Looks an upload through: reads it, compares every row, and stores what was found.

Row by row from the child's output to the table of rows, so that a year's file needs no more
memory than a village's, and without a transaction, so that nobody waits for it.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from string import digits
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rawsql.tables import Table
from spreadsheets import form, masking, reader, which_sheet
from spreadsheets.errors import CONTROLS, CellError, Refused, shown
from spreadsheets.fields import Column
from spreadsheets.form import Form
from spreadsheets.limits import Limits
from spreadsheets.models import Batch, BatchRow
from spreadsheets.sealing import Sealing
from spreadsheets.sheet import Checked, Outcome, Sheet

WRITE_BATCH = 5_000
MOST_ERRORS = 5_000
MOST_WARNINGS = 1_000
LABEL_SHOWN = 200
STORED = [
    *("batch", "sheet_row", "part", "cell", "label", "outcome", "key", "version"),
    *("before", "after", "conflicts", "is_decided"),
]
WRITTEN = (Outcome.NEW, Outcome.CHANGED)


class Discarded(Refused):
    """The owner threw the import away while it was being looked through."""


def run(batch: Batch, sheet: Sheet, path: Path, limits: Limits | None) -> Batch:
    """Raises Refused for a file that is refused as a whole; nothing of it is kept then."""
    _begin(batch)
    with reader.read(path, limits) as book:
        which_sheet.check_origin(sheet, form.meta_of(book.sheets))
        understood = which_sheet.understood(book, sheet)
        sheet.open(understood)
        batch.target, batch.total = sheet.target.as_dict(), understood.header.sheet.count
        found = _Found(batch, sheet)
        if not understood.errors:
            rows = sheet.check(understood.records())
            found.store(_until_too_wrong(rows))
            found.warnings += [*sheet.remarks(understood), *_hidden_rows(understood)]
            found.warnings += which_sheet.remarks(book, sheet, understood)
        found.errors[:0] = understood.errors
    if not found.errors and not batch.done:
        raise Refused(_("There is no row to read below the header."))
    columns = _columns_by_letter(understood, sheet)
    batch.errors = [_told(error, columns) for error in found.errors]
    batch.warnings = [_told(warning, columns) for warning in found.warnings[:MOST_WARNINGS]]
    batch.unread = [f"{shown(cell.label)}（{cell.letter}）" for cell in understood.unread]
    letters = {label: cell.letter for label, cell in understood.header.places.items()}
    batch.unread += [_cells(label, letters[label], n) for label, n in found.not_taken.items()]
    batch.state = Batch.State.WRONG if found.errors else Batch.State.CHECKED
    _finish(batch)
    return batch


def _cells(label: str, letter: str, count: int) -> str:
    text = ngettext(
        "%(label)s (%(letter)s, %(count)d cell changed)",
        "%(label)s (%(letter)s, %(count)d cells changed)",
        count,
    )
    return text % {"label": label, "letter": letter, "count": count}


def _begin(batch: Batch) -> None:
    """Mark it as being checked, unless it was discarded; rows of a job cut off are cleared."""
    with transaction.atomic():
        left = Batch.objects.filter(pk=batch.pk, state__in=Batch.UNCHECKED).select_for_update()
        found = left.first()
        if found is None:
            raise Discarded(_("This import was discarded."))
        batch.revision = found.revision + 1
        now = {"state": Batch.State.CHECKING, "active_at": timezone.now()}
        Batch.objects.filter(pk=batch.pk).update(revision=batch.revision, **now)
        batch.rows.all().delete()


def _this_run(batch: Batch) -> QuerySet[Batch]:
    """The batch while this very run checks it: none once it is discarded, or begun anew."""
    running = Batch.objects.filter(pk=batch.pk, state=Batch.State.CHECKING)
    return running.filter(revision=batch.revision)


def _columns_by_letter(understood: Form, sheet: Sheet) -> dict[str, Column]:
    places = understood.header.places
    return {places[c.label].letter: c for c in sheet.columns if c.label in places}


def _told(error: CellError, columns: dict[str, Column]) -> dict[str, str]:
    """An error or warning without the half characters and NULs that no database keeps, and
    without what its column keeps to itself, or a number of a person wherever one stands."""
    column = columns.get(error.cell.rstrip(digits))
    told = error.as_dict()
    told["value"] = column.quote(error.value) if column else error.value
    return {name: _kept(text) for name, text in told.items()}


def _finish(batch: Batch) -> None:
    batch.active_at = timezone.now()
    fields = ["target", "total", "done", "errors", "warnings", "unread", "state", "active_at"]
    counts = ["new", "changed", "unchanged", "conflicts"]
    values = {name: getattr(batch, name) for name in (*fields, *counts)}
    if not _this_run(batch).update(**values):
        raise Discarded(_("This import was discarded."))


def _until_too_wrong(rows: Iterable[Checked]) -> Iterator[Checked]:
    """The rows of a check; of a file that is wrong all over not all, and it says so.

    Tens of thousands of errors help nobody, and would take longer than anybody waits.
    """
    count = 0
    for row in rows:
        count += len(row.errors)
        if count > MOST_ERRORS:
            message = _("More than %(most)d errors; from this row on nothing was looked at.")
            row.errors.append(row.record.error(None, message % {"most": MOST_ERRORS}))
            yield row
            return
        yield row


def _hidden_rows(understood: Form) -> Iterator[CellError]:
    """Rows that the file hides are read like all others, which their reader may not expect."""
    after = understood.header.last_row
    for first, last in understood.header.sheet.hidden_rows:
        if last > after:
            rows = {"first": max(first, after + 1), "last": last}
            if rows["first"] == last:
                text = _("Row %(last)d is hidden in the file, and is read too.")
            else:
                text = _("Rows %(first)d to %(last)d are hidden in the file, and are read too.")
            yield CellError(understood.sheet, f"A{rows['first']}", "", text % rows)


class _Found:
    """What looking through has found so far: counts and rows are stored as they come."""

    def __init__(self, batch: Batch, sheet: Sheet) -> None:
        self.batch, self.sheet, self.secrets = batch, sheet, sheet.secrets
        self.is_noted = False
        self.errors: list[CellError] = []
        self.warnings: list[CellError] = []
        self.not_taken = Counter[str]()
        batch.done = batch.new = batch.changed = batch.unchanged = batch.conflicts = 0

    def store(self, rows: Iterable[Checked]) -> None:
        batch, left = self.batch, iter(rows)
        self.parts = Counter[int]()
        table = Table.of(BatchRow, STORED)
        # The key as the column holds it: SQLite keeps it as text without its dashes.
        batch_key = BatchRow._meta.get_field("batch").get_db_prep_save(batch.pk, table.connection)
        while some := list(islice(left, WRITE_BATCH)):
            self._note_foreign(some)
            stored = [self._row(row, batch_key) for row in some]
            done = batch.done + len(some)
            progress = {"done": done, "total": batch.total, "active_at": timezone.now()}
            with transaction.atomic():
                if not _this_run(batch).update(**progress):
                    raise Discarded(_("This import was discarded."))
                table.insert(stored)
            self._count(some)

    def _note_foreign(self, rows: list[Checked]) -> None:
        """A file that reaches for data of others is logged once, whatever becomes of it."""
        first = next((row.foreign for row in rows if row.foreign), "")
        if first and not self.is_noted:
            self.is_noted = True
            self.sheet.note_foreign(self.batch.file_name, _kept(first))

    def _count(self, rows: list[Checked]) -> None:
        batch, outcomes = self.batch, Counter(row.outcome for row in rows)
        batch.done += len(rows)
        batch.new += outcomes[Outcome.NEW]
        batch.changed += outcomes[Outcome.CHANGED]
        batch.unchanged += outcomes[Outcome.UNCHANGED]
        for row in rows:
            self.errors += row.errors
            self.warnings += row.warnings
            self.not_taken.update(row.not_taken)
            batch.conflicts += bool(row.conflicts)

    def _row(self, row: Checked, batch_key: Any) -> tuple[Any, ...]:
        """What the preview shows of a row; of rows that write nothing only what became of them."""
        number = row.record.row
        part = self.parts[number]
        self.parts[number] += 1
        label = _kept(row.label)[:LABEL_SHOWN]
        about = (batch_key, number, part, row.cell, label, row.outcome.value)
        if row.outcome not in WRITTEN:
            return (*about, "", 0, "{}", "{}", "{}", True)
        if self.secrets:
            self._seal(row)
        conflicts = _json(row.conflicts) if row.conflicts else "{}"
        stored = (_json(row.before), _json(row.after), conflicts, not row.conflicts)
        return (*about, row.key, row.version, *stored)

    def _seal(self, row: Checked) -> None:
        sealing = Sealing(self.secrets)
        row.before, row.after = sealing.sealed(row.before), sealing.sealed(row.after)
        for conflict in row.conflicts.values():
            conflict["content"] = sealing.sealed(conflict["content"])


def _kept(text: str) -> str:
    """A text of the file without what no database keeps, or a number of a person."""
    return masking.veiled(CONTROLS.sub(" ", text))


_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
