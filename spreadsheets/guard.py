"""Refuses what is no honest workbook before any parser sees it.

Reads the container only, as a stream of bounded size: kind, names, sizes, and document type
declarations, with which a few bytes of XML can unfold to gigabytes. Nothing here builds a
document in memory. How far a sheet reaches is checked by the reader's child process.
"""

import zipfile
from collections.abc import Iterator
from pathlib import Path

from django.utils.translation import gettext as _

from spreadsheets.errors import Refused
from spreadsheets.limits import Limits

HEAD = 4096
CHUNK = 1 << 18
OVERLAP = 64
MOST_MEMBERS = 400
# Workbooks of real offices compress 5 to 40 times; blank styled rows somewhat more.
LARGEST_RATIO = 250
RATIO_COUNTS_FROM = 1 << 20
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
# PDF, PNG, JPEG, GIF, RAR, 7z, gzip and RTF.
OTHER_KINDS = (
    *(b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8"),
    *(b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"{\\rtf"),
)
DECLARATIONS = tuple(
    word.encode(encoding)
    for word in ("<!DOCTYPE", "<!ENTITY")
    for encoding in ("ascii", "utf-16-le", "utf-16-be")
)


def check(path: Path, limits: Limits) -> str:
    """Return "xlsx" or "csv" for a file that may be read; raise Refused for any other."""
    size = path.stat().st_size
    if size > limits.file_bytes:
        raise Refused(
            _("The file is larger than %(most)d MB. Split it into smaller ones.")
            % {"most": limits.file_bytes // 2**20}
        )
    with path.open("rb") as file:
        head = file.read(HEAD)
    if not head.strip():
        raise Refused(_("The file is empty."))
    if head.startswith(OLE):
        raise Refused(_ole_message(path))
    if head.startswith(b"PK"):
        _check_container(path, limits)
        return "xlsx"
    if head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
        raise Refused(
            _("This is a web page saved as a table. Open it in Excel and save it as .xlsx.")
        )
    if head.startswith(OTHER_KINDS) or (b"\0" in head and not head.startswith(UTF_16_MARKS)):
        raise Refused(_no_workbook())
    return "csv"


def _no_workbook() -> str:
    return _("This is no Excel workbook. Please upload an .xlsx or .csv file.")


def _ole_message(path: Path) -> str:
    if ENCRYPTED in path.read_bytes():
        return _with_password()
    return _("This is an old .xls or WPS .et file. Open it, “save as” .xlsx, and upload that.")


def _with_password() -> str:
    return _("The file has a password. Remove the password, save, and upload it again.")


def _damaged() -> str:
    return _("The file is damaged. Open it in Excel or WPS, save it again as .xlsx, and upload.")


def _too_large(limits: Limits) -> str:
    return _(
        "Unpacked, the workbook is larger than %(most)d MB. Copy only the rows that matter "
        "into a new workbook and upload that."
    ) % {"most": limits.unpacked_bytes // 2**20}


def _check_container(path: Path, limits: Limits) -> None:
    try:
        with zipfile.ZipFile(path) as container:
            _check_members(container.infolist(), limits)
            _check_streams(container, limits)
    except Refused:
        raise
    except Exception as error:
        # zipfile raises a dozen kinds of errors on broken containers, zlib and struct more.
        raise Refused(_damaged()) from error


def _check_members(members: list[zipfile.ZipInfo], limits: Limits) -> None:
    names = [member.filename for member in members]
    if any(member.flag_bits & 1 for member in members):
        raise Refused(_with_password())
    if "xl/workbook.xml" not in names or "[Content_Types].xml" not in names:
        raise Refused(_no_workbook())
    if len(names) > MOST_MEMBERS or len({name.lower() for name in names}) < len(names):
        raise Refused(_damaged())
    if any(name.startswith("/") or ".." in name.split("/") for name in names):
        raise Refused(_damaged())
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise Refused(_("The workbook holds macros. Save it as .xlsx without macros and upload."))
    if any("/embeddings/" in name.lower() or "/activex/" in name.lower() for name in names):
        raise Refused(_("The workbook holds embedded objects. Remove them, save, and upload."))
    _check_sizes(members, limits)


def _check_sizes(members: list[zipfile.ZipInfo], limits: Limits) -> None:
    if sum(member.file_size for member in members) > limits.unpacked_bytes:
        raise Refused(_too_large(limits))
    for member in members:
        # Of the other methods zipfile cannot bound how much one read unfolds to.
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Refused(_damaged())
        packed = max(member.compress_size, 1)
        if member.file_size > RATIO_COUNTS_FROM and member.file_size / packed > LARGEST_RATIO:
            raise Refused(_too_large(limits))


def _check_streams(container: zipfile.ZipFile, limits: Limits) -> None:
    """Unpack everything once, to see that it can be done and that no XML declares a type."""
    total = 0
    for member in container.infolist():
        is_xml = member.filename.lower().endswith((".xml", ".rels", ".vml"))
        for window, size in _windows(container, member):
            total += size
            if total > limits.unpacked_bytes:
                raise Refused(_too_large(limits))
            if is_xml and any(declaration in window for declaration in DECLARATIONS):
                raise Refused(_damaged())


def _windows(container: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[tuple[bytes, int]]:
    """The member's bytes in overlapping pieces, each with the count of its new bytes."""
    with container.open(member) as stream:
        tail = b""
        while chunk := stream.read(CHUNK):
            yield tail + chunk, len(chunk)
            tail = (tail + chunk)[-OVERLAP:]
