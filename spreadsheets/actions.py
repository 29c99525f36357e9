"""The verbs of an import: check a file, decide, apply, undo, discard.

Page, admin, job and command line use these. Checking reads and compares a file without a
transaction, thousands of rows at a time; applying writes what was checked in one.
"""

import datetime
import hashlib
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from django.core.exceptions import PermissionDenied
from django.core.files import File
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from spreadsheets import checking, collecting, disk
from spreadsheets.errors import Refused, Stale
from spreadsheets.limits import Limits
from spreadsheets.models import Batch, BatchRow, stored_name
from spreadsheets.sheet import Outcome, Sheet, Target, by_name

NAME_SHOWN = 200


def check(
    sheet_class: type[Sheet],
    upload: BinaryIO,
    file_name: str,
    user: Any,
    target: Target | None = None,
    limits: Limits | None = None,
) -> Batch:
    """Read and compare a whole file at once, and keep the result as a batch to apply.

    `target` is what the page was about when the file was uploaded; the file must be about the
    same. Raises Refused for a file that is refused as a whole, and PermissionDenied.
    """
    batch = receive(sheet_class, upload, file_name, user, target, limits)
    with disk.full_in_words():
        try:
            return look_through(batch, limits)
        except BaseException:
            forget(batch)
            batch.delete()
            raise


@disk.full_in_words()
def receive(
    sheet_class: type[Sheet],
    upload: BinaryIO,
    file_name: str,
    user: Any,
    target: Target | None = None,
    limits: Limits | None = None,
) -> Batch:
    """Keep an upload as a batch that waits to be looked through."""
    if not sheet_class.may(user, sheet_class.import_permission):
        raise PermissionDenied
    with tempfile.NamedTemporaryFile(prefix="upload-") as copy:
        digest = _copy(upload, copy, (limits or Limits.current()).file_bytes)
        copy.seek(0)
        batch = Batch(
            sheet=sheet_class.name,
            owner=user,
            file_name=_shown_name(file_name),
            digest=digest,
            target=(target or Target()).as_dict(),
            state=Batch.State.WAITING,
        )
        try:
            batch.file.save("", File(copy), save=False)
            batch.save(force_insert=True)
        except BaseException:
            # By its name: of a file that was stored in part the batch knows nothing.
            batch.file.storage.delete(stored_name(batch, ""))
            raise
    return batch


@collecting.seldom()
def look_through(batch: Batch, limits: Limits | None = None) -> Batch:
    """Read, compare and store a waiting batch; raises Refused, and logs what is foreign."""
    sheet = sheet_of(batch)
    try:
        return checking.run(batch, sheet, Path(batch.file.path), limits)
    except Refused as refused:
        if refused.foreign:
            sheet.note_foreign(batch.file_name, refused.message)
        raise


def sheet_of(batch: Batch) -> Sheet:
    return by_name(batch.sheet)(batch.owner, Target(**batch.target))


def _copy(upload: BinaryIO, copy: Any, most: int) -> str:
    """Write the upload to disk as far as the limit lets it, and return its SHA-256."""
    digest, size = hashlib.sha256(), 0
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


@collecting.seldom()
def apply(
    sheet_class: type[Sheet],
    batch_id: Any,
    user: Any,
    *,
    confirmed: bool = False,
    comment: str = "",
) -> Batch:
    """Write a checked batch, whole or not at all; a second call finds it applied and is done.

    A file with sensitive columns has them in clear, and is let go of once it is applied: undoing
    goes by the rows, in which they are sealed.

    Raises Batch.DoesNotExist where it is not the user's, PermissionDenied where the user may
    no longer import, Refused where it has errors, warnings that nobody confirmed or conflicts
    that nobody decided, and Stale where its rows changed meanwhile.
    """
    if not sheet_class.may(user, sheet_class.import_permission):
        raise PermissionDenied
    mine = Batch.objects.filter(owner=user, sheet=sheet_class.name)
    batch = mine.get(pk=batch_id)
    if batch.state == Batch.State.APPLIED:
        return batch
    _check_ready(batch, confirmed=confirmed or bool(comment))
    sheet = sheet_class(user, Target(**batch.target))
    batch.comment = comment[:500]
    try:
        with disk.full_in_words(), sheet.prepared(_written_rows(batch), batch) as prepared:
            applied = _apply(sheet, batch, prepared, comment)
    except Stale as stale:
        waiting = mine.filter(pk=batch_id, state=batch.state)
        waiting.update(state=Batch.State.STALE, reasons=stale.reasons)
        raise
    except Refused as refused:
        if refused.foreign:
            sheet.note_foreign(str(batch_id), refused.message)
        raise
    if sheet.has_sensitive:
        transaction.on_commit(lambda: _let_go(applied.pk))
    return applied


class WrittenRow(NamedTuple):
    """What a sheet needs of a row to write it, without the cost of a model for each."""

    sheet_row: int
    label: str
    key: str
    version: int
    before: dict[str, Any]
    after: dict[str, Any]


def _written(batch: Batch) -> QuerySet[BatchRow]:
    return batch.rows.filter(outcome__in=[Outcome.NEW, Outcome.CHANGED])


def _written_rows(batch: Batch) -> Iterator[WrittenRow]:
    stored = _written(batch).order_by("pk").values_list(*WrittenRow._fields)
    return (WrittenRow(*row) for row in stored.iterator(chunk_size=2000))


def _check_ready(batch: Batch, *, confirmed: bool) -> None:
    if batch.state not in (Batch.State.CHECKED, Batch.State.APPLYING):
        raise Refused(_("This import cannot be applied; please upload the file again."))
    if undecided := batch.undecided():
        message = _("First decide which value holds in %(count)d rows changed by both.")
        raise Refused(message % {"count": undecided})
    if batch.warnings and not confirmed:
        raise Refused(_("Look at the warnings first, and confirm them."))


@transaction.atomic
def _apply(sheet: Sheet, batch: Batch, prepared: Any, comment: str) -> Batch:
    locked = Batch.objects.select_for_update().get(pk=batch.pk)
    if locked.state == Batch.State.APPLIED:
        return locked
    # What was prepared must be what is locked: no choice was made meanwhile, nothing discarded,
    # and no row is gone.
    as_prepared = (batch.state, batch.revision, locked.writes)
    if (locked.state, locked.revision, _written(locked).count()) != as_prepared:
        raise Refused(_("Something else happened to this import meanwhile; please look again."))
    locked.comment = comment[:500]
    sheet.apply(prepared, locked)
    locked.state, locked.applied_at = Batch.State.APPLIED, timezone.now()
    locked.save(update_fields=["state", "applied_at", "comment"])
    return locked


@transaction.atomic
def decide(batch_id: Any, user: Any, choices: dict[int, dict[str, str]]) -> Batch:
    """Keep the user's choices between the own value ("mine") and the one here ("now").

    `choices` are by row and column label. Raises Batch.DoesNotExist, and Refused where the
    import waits for no choices.
    """
    batch = Batch.objects.filter(owner=user).select_for_update().get(pk=batch_id)
    if batch.state != Batch.State.CHECKED:
        raise Refused(_("This import cannot be changed any more."))
    for row in batch.rows.filter(pk__in=choices).exclude(conflicts={}):
        for label, choice in choices[row.pk].items():
            if label in row.conflicts and choice in ("mine", "now"):
                row.conflicts[label]["choice"] = choice
        row.settle()
        row.save(update_fields=["conflicts", "after", "outcome", "is_decided"])
    batch.recount()
    batch.revision += 1
    batch.save(update_fields=["new", "changed", "unchanged", "revision"])
    return batch


@collecting.seldom()
def undo(sheet_class: type[Sheet], batch_id: Any, user: Any) -> Batch:
    """Write back what stood before an applied batch; a second call finds it undone.

    Raises as apply() does; Stale names the rows that something later touched.
    """
    if not sheet_class.may(user, sheet_class.import_permission):
        raise PermissionDenied
    batch = Batch.objects.get(pk=batch_id, owner=user, sheet=sheet_class.name)
    if batch.state == Batch.State.UNDONE:
        return batch
    if not batch.can_be_undone:
        raise Refused(_("Only an import that was applied can be undone."))
    sheet = sheet_class(user, Target(**batch.target))
    with disk.full_in_words(), sheet.prepared_to_undo(_written_rows(batch), batch) as prepared:
        return _undo(sheet, batch, prepared)


@transaction.atomic
def _undo(sheet: Sheet, batch: Batch, prepared: Any) -> Batch:
    locked = Batch.objects.select_for_update().get(pk=batch.pk)
    if locked.state == Batch.State.UNDONE:
        return locked
    if locked.state != Batch.State.APPLIED:
        raise Refused(_("Only an import that was applied can be undone."))
    sheet.undo(prepared, locked)
    locked.state, locked.undone_at = Batch.State.UNDONE, timezone.now()
    locked.save(update_fields=["state", "undone_at"])
    return locked


def discard(batch_id: Any, user: Any) -> Batch:
    """Throw an import away that was not applied, with its file and rows; the list keeps it."""
    with transaction.atomic():
        batch = Batch.objects.filter(owner=user).select_for_update().get(pk=batch_id)
        if batch.state == Batch.State.DISCARDED:
            return batch
        if not batch.is_open:
            raise Refused(_("Only an import that was not applied can be discarded."))
        batch.state = Batch.State.DISCARDED
        batch.save(update_fields=["state"])
    forget(batch)
    return batch


def tidy(before: datetime.datetime) -> int:
    """Let go of the files uploaded before a moment, and of the rows of what was never applied.

    The list keeps every import; an applied one keeps its rows too, so that it can be undone.
    """
    old = Batch.objects.filter(created_at__lt=before).exclude(file="")
    return sum(_let_go(pk) for pk in old.values_list("pk", flat=True))


def _let_go(pk: Any) -> int:
    with transaction.atomic():
        batch = Batch.objects.select_for_update().get(pk=pk)
        if batch.is_running:
            return 0
        if batch.is_open:
            batch.state = Batch.State.DISCARDED
            batch.rows.all().delete()
        Batch.objects.filter(pk=pk).update(file="", state=batch.state)
        # What is rolled back keeps its file: letting go may be part of something larger.
        transaction.on_commit(partial(batch.file.delete, save=False))
    return 1


def forget(batch: Batch) -> None:
    """Delete the file of an import, and what was read of it."""
    batch.file.delete(save=False)
    Batch.objects.filter(pk=batch.pk).update(file="")
    batch.rows.all().delete()
