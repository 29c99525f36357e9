"""Files that show what an entry says: looked at, kept under a name of their own, and removed."""

import datetime
import hashlib
import re
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO, Any
from uuid import UUID, uuid4

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _

from tasks import photo_positions
from tasks.actions.writing import (
    Author,
    Change,
    Outcome,
    check_open_to_author,
    check_version,
    write,
)
from tasks.evidence_kinds import FileKind, kind_of, refused
from tasks.models import Entry, EntryChange, Evidence

FOLDER = "evidence"
MOST_FILES = 10
LONGEST_NAME = 120
CHUNK = 1 << 18
SPOOL_BYTES = 1 << 20


@dataclass(frozen=True)
class Looked:
    """An upload that may be kept: what it is, its name for people, and its content to store."""

    name: str
    kind: FileKind
    size: int
    digest: str
    content: IO[bytes]

    @property
    def in_words(self) -> dict[str, Any]:
        """As the history keeps it."""
        return {"file": self.name, "size": self.size, "digest": self.digest}


@contextmanager
def looked_at(upload: Any) -> Iterator[Looked]:
    """Look an upload through, without the places that photos carry; nothing is kept yet.

    Raises ValidationError with code `file` for what is not taken.
    """
    most = settings.EVIDENCE_LIMITS["file_bytes"]
    if upload.size > most:
        raise refused(
            _("The file is larger than %(most)d MB. Make it smaller, or send it in parts.")
            % {"most": most // 2**20}
        )
    kind = kind_of(upload, upload.size)
    with tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES) as content:
        digest, size = hashlib.sha256(), 0
        for chunk in _chunks(upload, kind):
            digest.update(chunk)
            size += content.write(chunk)
        content.seek(0)
        name = shown_name(upload.name or "", kind)
        yield Looked(name, kind, size, digest.hexdigest(), content)


def _chunks(upload: Any, kind: FileKind) -> Iterator[bytes]:
    """The content to keep: as it came, but for the pictures in it."""
    upload.seek(0)
    try:
        if kind.picture is not None:
            yield photo_positions.stripped(kind.picture, upload.read())
            return
        with tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES) as rewritten:
            most = settings.EVIDENCE_LIMITS["file_bytes"]
            changed = kind.is_container and photo_positions.strip_container(upload, rewritten, most)
            source = rewritten if changed else upload
            source.seek(0)
            while chunk := source.read(CHUNK):
                yield chunk
    except photo_positions.TooMuch as error:
        raise refused(
            _("The pictures in the file are too large. Make them smaller, save, and send it again.")
        ) from error
    except photo_positions.Damaged as error:
        raise refused(_("A picture is cut off or damaged. Take or save it again.")) from error


def shown_name(name: str, kind: FileKind) -> str:
    """The name that the file had, fit to be shown and saved, with an extension that is true."""
    last = PurePosixPath(name.replace("\\", "/")).name
    printed = "".join(c for c in last if unicodedata.category(c)[0] not in "CZ" or c == " ")
    clean = re.sub(r'[<>:"|?*/]', "", printed).strip(" .")
    stem, dot, extension = clean.rpartition(".")
    had_extension = re.fullmatch("[A-Za-z0-9]{1,5}", extension)
    if f".{extension.lower()}" not in kind.extensions:
        extension = kind.extensions[0][1:]
        stem = stem if dot and had_extension else clean
    return f"{stem[: LONGEST_NAME - 1 - len(extension)].strip() or 'file'}.{extension}"


def attach(entry_id: int, version: int, upload: Any, author: Author) -> Outcome:
    """Add a file to an entry. Raises ValidationError with code `file` for one not taken."""
    with looked_at(upload) as looked, storing([looked]) as (stored,):
        return attach_stored(entry_id, version, stored, author)


@dataclass(frozen=True)
class Stored:
    """A file that lies in the storage, under the key that its row will have."""

    key: UUID
    path: str
    looked: Looked


@contextmanager
def storing(files: Iterable[Looked]) -> Iterator[list[Stored]]:
    """Store files before their rows are written, and at the end delete those that got none.

    It wraps the transaction: no row is ever without a file, and the slow part holds no lock.
    """
    stored: list[Stored] = []
    try:
        for looked in files:
            key = uuid4()
            path = default_storage.save(f"{FOLDER}/{key.hex}", File(looked.content))
            stored.append(Stored(key, path, looked))
        yield stored
    finally:
        keys = [one.key for one in stored]
        kept = set(Evidence.objects.filter(pk__in=keys).values_list("pk", flat=True))
        for one in stored:
            if one.key not in kept:
                default_storage.delete(one.path)


def attach_stored(entry_id: int, version: int, stored: Stored, author: Author) -> Outcome:
    """Write the row of a file, with the history."""
    looked = stored.looked
    standing: list[Evidence] = []

    def look_around(entries: list[Entry]) -> None:
        shown = Evidence.objects.standing().filter(entry__in=[entry.pk for entry in entries])
        standing.extend(shown)

    def change(entry: Entry) -> Change:
        same = [file for file in standing if file.digest == looked.digest]
        if same and entry.version == version + 1 and same[0].added_by_id == author.user.pk:
            return False  # the button was pressed twice
        check_version(entry, version)
        check_evidence_open(entry, author)
        if same:
            raise ValidationError(_("This very file stands here already."), "same_file")
        if len(standing) >= MOST_FILES:
            message = _("There are %(most)d files here already; remove one first.")
            raise ValidationError(message % {"most": MOST_FILES}, "too_many")
        return {"evidence": str(stored.key), **looked.in_words}

    with transaction.atomic():
        fillable = Entry.objects.fillable_by(author.user)
        verb = EntryChange.Verb.ATTACH
        outcome = write([entry_id], fillable, change, author, verb, look_around=look_around)
        for entry in outcome.done:
            _keep(stored, entry, author)
    return outcome


def _keep(stored: Stored, entry: Entry, author: Author) -> None:
    looked = stored.looked
    Evidence.objects.create(
        id=stored.key,
        entry=entry,
        file=stored.path,
        name=looked.name,
        kind=looked.kind.kind,
        content_type=looked.kind.content_type,
        size=looked.size,
        digest=looked.digest,
        added_by=author.user,
        added_at=author.at,
    )


def detach(evidence_id: UUID, author: Author) -> Outcome:
    """Take a file off its entry; the file itself is kept, and its history with it."""
    found = Evidence.objects.filter(pk=evidence_id).values_list("entry", flat=True)
    standing: list[Evidence] = []

    def look_around(entries: list[Entry]) -> None:
        file = Evidence.objects.standing().filter(pk=evidence_id, entry__in=entries)
        standing.extend(file.select_for_update())

    def change(entry: Entry) -> Change:
        if not standing:
            return False
        check_evidence_open(entry, author)
        (file,) = standing
        about = {"file": file.name, "size": file.size, "digest": file.digest}
        return {"evidence": str(file.pk), **about}

    with transaction.atomic():
        fillable = Entry.objects.fillable_by(author.user)
        verb = EntryChange.Verb.DETACH
        outcome = write(found, fillable, change, author, verb, look_around=look_around)
        if outcome.done:
            Evidence.objects.filter(pk=evidence_id).update(
                removed_by=author.user, removed_at=author.at
            )
    return outcome


def check_evidence_open(entry: Entry, author: Author) -> None:
    """Whether files may be added and removed; raises ValidationError, in words."""
    check_open_to_author(entry, author)
    if not entry.may_change("evidence"):
        message = _("Only the marked cells were returned; the files stand as they were reviewed.")
        raise ValidationError(message, "not_reopened")


def tidy(before: datetime.datetime) -> int:
    """Delete the files stored before then that no row knows; return how many."""
    try:
        _folders, names = default_storage.listdir(FOLDER)
    except FileNotFoundError:
        return 0
    stored = {f"{FOLDER}/{name}" for name in names}
    stored -= set(Evidence.objects.values_list("file", flat=True))
    lost = [name for name in stored if default_storage.get_modified_time(name) < before]
    for name in lost:
        default_storage.delete(name)
    return len(lost)
