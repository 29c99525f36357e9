"""What an uploaded file is, by its content: its name and what the browser calls it say nothing.

PDF, pictures and Office files are taken; everything else is refused in words. A file is looked
at with bounded memory: of a container only its list of members and one small part are read.
"""

import re
import struct
import zipfile
from collections.abc import Collection
from dataclasses import dataclass
from typing import IO

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from tasks import photo_positions
from tasks.models import Evidence

HEAD, TAIL = 4096, 1 << 17
MOST_MEMBERS, MOST_DIRECTORY, MOST_UNPACKED = 2_000, 1 << 20, 100 << 20
LARGEST_RATIO, RATIO_COUNTS_FROM = 250, 1 << 20
MOST_CONTENT_TYPES = 1 << 20
METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
END_OF_ZIP, END_OF_ZIP_64 = b"PK\x05\x06", b"PK\x06\x07"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
OLE_ENTRY = 128
HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif"}
# The container of a PowerPoint file that says whether it holds macros.
POWERPOINT_MACROS = re.compile(
    rb"\x0f\x00\xff\x03\x14\x00\x00\x00\x02\x00\x00\x04\x0c\x00\x00\x00....[^\0]", re.DOTALL
)


@dataclass(frozen=True)
class FileKind:
    """What a file is kept as: `extensions` are those it may have, the first where none fits."""

    kind: Evidence.Kind
    content_type: str
    extensions: tuple[str, ...]
    picture: photo_positions.Picture | None = None
    is_container: bool = False


PDF = FileKind(Evidence.Kind.PDF, "application/pdf", (".pdf",))
PICTURES = {
    picture: FileKind(Evidence.Kind.IMAGE, picture.value, extensions, picture)
    for picture, extensions in [
        (photo_positions.Picture.JPEG, (".jpg", ".jpeg")),
        (photo_positions.Picture.PNG, (".png",)),
        (photo_positions.Picture.WEBP, (".webp",)),
    ]
}
_OOXML = "application/vnd.openxmlformats-officedocument."
# By the main part of the container: its kind, and how its list of contents calls the part.
CONTAINERS = {
    f"{folder}/{part}.xml": (
        FileKind(Evidence.Kind.OFFICE, f"{_OOXML}{kind}", (extension,), is_container=True),
        f"{_OOXML}{kind}.main+xml".encode(),
    )
    for folder, part, kind, extension in [
        ("word", "document", "wordprocessingml.document", ".docx"),
        ("xl", "workbook", "spreadsheetml.sheet", ".xlsx"),
        ("ppt", "presentation", "presentationml.presentation", ".pptx"),
    ]
}
# By the stream that a file of Office 97 to 2003, or of WPS, holds.
OLD_OFFICE = {
    "WordDocument": FileKind(Evidence.Kind.OFFICE, "application/msword", (".doc", ".wps")),
    "Workbook": FileKind(Evidence.Kind.OFFICE, "application/vnd.ms-excel", (".xls", ".et")),
    "Book": FileKind(Evidence.Kind.OFFICE, "application/vnd.ms-excel", (".xls",)),
    "PowerPoint Document": FileKind(
        Evidence.Kind.OFFICE, "application/vnd.ms-powerpoint", (".ppt", ".dps")
    ),
}
ACCEPT = ".pdf,.jpg,.jpeg,.png,.webp,.docx,.xlsx,.pptx,.doc,.xls,.ppt"


def refused(message: str) -> ValidationError:
    return ValidationError(message, "file")


def kind_of(file: IO[bytes], size: int) -> FileKind:
    """What the file is; raises ValidationError with code `file` for what is not taken."""
    file.seek(0)
    head = file.read(HEAD)
    if not head:
        raise refused(_("The file is empty."))
    picture = photo_positions.picture_of(head)
    if picture is not None:
        return PICTURES[picture]
    if head.startswith(b"%PDF-"):
        return _pdf(file, size)
    if head.startswith(b"PK\x03\x04"):
        return _container(file, size)
    if head.startswith(OLE):
        return _old_office(file)
    if head[4:8] == b"ftyp" and head[8:12] in HEIC_BRANDS:
        raise refused(
            _("This is a HEIC photo. Send it as JPEG: most phones do when “most compatible” is "
              "chosen in the settings of the camera, or when a screenshot is taken.")
        )  # fmt: skip
    raise refused(
        _("This is none of the files that are taken: PDF, photos (JPG, PNG, WEBP), and Word, "
          "Excel or PowerPoint files without macros.")
    )  # fmt: skip


def _tail(file: IO[bytes], size: int) -> bytes:
    file.seek(max(size - TAIL, 0))
    return file.read(TAIL)


def _pdf(file: IO[bytes], size: int) -> FileKind:
    """Whole from its header to its end, and nothing else behind or beside it."""
    tail = _tail(file, size)
    before, mark, after = tail.rpartition(b"%%EOF")
    if not mark or b"startxref" not in before or after.strip(b"\0 \t\r\n"):
        raise refused(_("This PDF is cut off or damaged. Open it, save it again, and send that."))
    if END_OF_ZIP in tail and zipfile.is_zipfile(file):
        raise refused(_("This PDF hides another file. Print it as a new PDF and send that."))
    return PDF


def _container(file: IO[bytes], size: int) -> FileKind:
    _check_end(_tail(file, size), size)
    try:
        with zipfile.ZipFile(file) as container:
            return _office(container)
    except ValidationError:
        raise
    except Exception as error:
        # zipfile raises a dozen kinds of errors on broken containers, zlib and struct more.
        raise _damaged() from error


def _check_end(tail: bytes, size: int) -> None:
    """Before zipfile reads the list of members: it is short, and the container is all there is."""
    at = tail.rfind(END_OF_ZIP)
    if at < 0 or len(tail) < at + 22 or END_OF_ZIP_64 in tail[max(at - 20, 0) : at]:
        raise _damaged()
    members, length, start, comment = struct.unpack_from("<10xHIIH", tail, at)
    end = size - len(tail) + at
    if comment or at + 22 != len(tail) or start + length != end:
        raise _damaged()
    if members > MOST_MEMBERS or length > MOST_DIRECTORY:
        raise _bomb()


def _office(container: zipfile.ZipFile) -> FileKind:
    members = container.infolist()
    names = [member.filename for member in members]
    main = [part for part in CONTAINERS if part in names]
    if len(main) != 1 or "[Content_Types].xml" not in names:
        raise refused(
            _("This is a compressed folder or a kind of file that is not taken. Send PDF, photos, "
              "or Word, Excel or PowerPoint files, each by itself.")
        )  # fmt: skip
    if any(member.flag_bits & 1 for member in members):
        raise _with_password()
    _check_members(members)
    _check_active(names)
    with container.open("[Content_Types].xml") as part:
        types = part.read(MOST_CONTENT_TYPES)
    if b"macroEnabled" in types:
        raise _macros()
    kind, main_type = CONTAINERS[main[0]]
    if main_type not in types:
        raise _damaged()
    return kind


def _check_members(members: Collection[zipfile.ZipInfo]) -> None:
    names = {member.filename.lower() for member in members}
    wild = any(name.startswith("/") or ".." in name.split("/") for name in names)
    # Of the other methods zipfile cannot bound how much one read unfolds to.
    if wild or len(names) < len(members) or {m.compress_type for m in members} - METHODS:
        raise _damaged()
    if sum(member.file_size for member in members) > MOST_UNPACKED or any(
        member.file_size > RATIO_COUNTS_FROM
        and member.file_size > LARGEST_RATIO * max(member.compress_size, 1)
        for member in members
    ):
        raise _bomb()


def _check_active(names: Collection[str]) -> None:
    """Nothing in it that runs: no macros, no controls, no programs packed into a document."""
    lower = [name.lower() for name in names]
    if any("vbaproject" in name or "/macrosheets/" in name for name in lower):
        raise _macros()
    if any(
        "/activex/" in name or ("/embeddings/" in name and not name.endswith((".xlsx", ".docx")))
        for name in lower
    ):
        raise refused(_("The file holds embedded objects. Remove them, save, and send it again."))


def _old_office(file: IO[bytes]) -> FileKind:
    """By the names in its directory, which stand there as they are, at places of their own."""
    file.seek(0)
    content = file.read()
    if _is_entry("EncryptedPackage", content):
        raise _with_password()
    if _spelled("_VBA_PROJECT") in content or POWERPOINT_MACROS.search(content):
        raise _macros()
    for name, kind in OLD_OFFICE.items():
        if _is_entry(name, content):
            return kind
    raise refused(_("This is no Word, Excel or PowerPoint file. Send those, PDF, or photos."))


def _spelled(name: str) -> bytes:
    return name.encode("utf-16-le")


def _is_entry(name: str, content: bytes) -> bool:
    spelled = _spelled(f"{name}\0")
    at = content.find(spelled)
    while at >= 0 and at % OLE_ENTRY:
        at = content.find(spelled, at + 2)
    return at >= 0


def _damaged() -> ValidationError:
    return refused(_("The file is damaged. Open it, save it again, and send that."))


def _macros() -> ValidationError:
    return refused(_("The file holds macros. Save it without macros, or as PDF, and send that."))


def _with_password() -> ValidationError:
    return refused(_("The file has a password. Remove the password, save, and send it again."))


def _bomb() -> ValidationError:
    return refused(_("Unpacked, the file is far too large. Save it as PDF and send that."))
