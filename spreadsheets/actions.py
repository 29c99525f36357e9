"""Check a file, and apply what was checked. Page, admin and command line use these two."""

import hashlib
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from django.core.exceptions import PermissionDenied
from django.core.files import File
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from spreadsheets import form, reader
from spreadsheets.errors import Refused, Stale
from spreadsheets.limits import Limits
from spreadsheets.models import Batch, BatchRow
from spreadsheets.sheet import Checked, Outcome, Sheet, Target

WRITE_BATCH = 2_000
MOST_ERRORS = 5_000
NAME_SHOWN = LABEL_SHOWN = 200


def check(
    sheet_class: type[Sheet],
    upload: BinaryIO,
    file_name: str,
    user: Any,
    target: Target | None = None,
) -> Batch:
    """Read and compare a whole file, and keep the result as a batch that can be applied.

    `target` is what the page was about when the file was uploaded; the file must be about the
    same. Raises Refused for a file that is refused as a whole, and PermissionDenied.
    """
    if not sheet_class.may(user, sheet_class.import_permission):
        raise PermissionDenied
    sheet = sheet_class(user, target)
    try:
        return _check(sheet, upload, file_name)
    except Refused as refused:
        if refused.foreign:
            sheet.note_foreign(_shown_name(file_name), refused.message)
        raise


def _check(sheet: Sheet, upload: BinaryIO, file_name: str) -> Batch:
    with tempfile.NamedTemporaryFile(prefix="upload-") as copy:
        digest = _copy(upload, copy)
        with reader.read(Path(copy.name)) as book:
            _check_origin(sheet, form.meta_of(book.sheets))
            form_read = form.understand(book.sheets, sheet.columns)
        if form_read.errors:
            checked: list[Checked] = []
        else:
            sheet.open(form_read)
            checked = list(_until_too_wrong(sheet.check(form_read.records)))
        errors = [*form_read.errors, *(error for row in checked for error in row.errors)]
        if not errors and not checked:
            raise Refused(_("There is no row to read below the header."))
        outcomes = Counter(row.outcome for row in checked)
        batch = Batch(
            sheet=sheet.name,
            owner=sheet.user,
            file_name=_shown_name(file_name),
            digest=digest,
            target=sheet.target.as_dict(),
            state=Batch.State.WRONG if errors else Batch.State.CHECKED,
            new=outcomes[Outcome.NEW],
            changed=outcomes[Outcome.CHANGED],
            unchanged=outcomes[Outcome.UNCHANGED],
            errors=[error.as_dict() for error in errors],
        )
        copy.seek(0)
        _keep(batch, File(copy), checked)
    return batch


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


def _copy(upload: BinaryIO, copy: Any) -> str:
    """Write the upload to disk as far as the limit lets it, and return its SHA-256."""
    digest, size = hashlib.sha256(), 0
    most = Limits.current().file_bytes
    while chunk := upload.read(1 << 16):
        digest.update(chunk)
        size += len(chunk)
        copy.write(chunk)
        if size > most:
            break
    copy.flush()
    return digest.hexdigest()


def _shown_name(file_name: str) -> str:
    """The uploader's name for the file, as text: no folders, no control or direction marks."""
    name = file_name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(char for char in name if char.isprintable())[:NAME_SHOWN] or "-"


def _check_origin(sheet: Sheet, meta: Any) -> None:
    made_for = meta.get("sheet")
    if made_for and made_for != sheet.name:
        raise Refused(
            _("This workbook was downloaded as the sheet “%(found)s”, but “%(wanted)s” is wanted.")
            % {"found": made_for, "wanted": sheet.name}
        )


@transaction.atomic
def _keep(batch: Batch, file: File, checked: list[Checked]) -> None:
    batch.save(force_insert=True)
    BatchRow.objects.bulk_create(
        (_row(batch, row) for row in checked),
        batch_size=WRITE_BATCH,
    )
    # Last, so that a row that cannot be stored leaves no file behind.
    batch.file.save("", file, save=False)
    Batch.objects.filter(pk=batch.pk).update(file=batch.file.name)


def _row(batch: Batch, row: Checked) -> BatchRow:
    """What the preview shows of a row; of rows that write nothing only what became of them."""
    kept = BatchRow(
        batch=batch,
        sheet_row=row.record.row,
        label=row.label[:LABEL_SHOWN],
        outcome=row.outcome,
    )
    if row.outcome in (Outcome.NEW, Outcome.CHANGED):
        kept.key, kept.version = row.key, row.version
        kept.before, kept.after = row.before, row.after
    return kept


def apply(sheet_class: type[Sheet], batch_id: Any, user: Any) -> Batch:
    """Write a checked batch, whole or not at all; a second call finds it applied and is done.

    Raises Batch.DoesNotExist where it is not the user's, PermissionDenied where the user may
    no longer import, Refused where it has errors, Stale where its rows changed meanwhile.
    """
    if not sheet_class.may(user, sheet_class.import_permission):
        raise PermissionDenied
    try:
        return _apply(sheet_class, batch_id, user)
    except Stale as stale:
        mine = Batch.objects.filter(pk=batch_id, owner=user, state=Batch.State.CHECKED)
        mine.update(state=Batch.State.STALE, reasons=stale.reasons)
        raise
    except Refused as refused:
        if refused.foreign:
            sheet_class(user).note_foreign(str(batch_id), refused.message)
        raise


@transaction.atomic
def _apply(sheet_class: type[Sheet], batch_id: Any, user: Any) -> Batch:
    mine = Batch.objects.filter(owner=user, sheet=sheet_class.name)
    batch = mine.select_for_update().get(pk=batch_id)
    if batch.state == Batch.State.APPLIED:
        return batch
    if batch.state != Batch.State.CHECKED:
        raise Refused(_("This import cannot be applied; please upload the file again."))
    rows = batch.rows.filter(outcome__in=[Outcome.NEW, Outcome.CHANGED]).order_by("pk")
    sheet_class(user, Target(**batch.target)).apply(rows, batch)
    batch.state, batch.applied_at = Batch.State.APPLIED, timezone.now()
    batch.save(update_fields=["state", "applied_at"])
    return batch
