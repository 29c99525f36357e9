"""Refuses what is no honest workbook before any parser sees it.

Reads the container only, as a stream of bounded size: kind, names, sizes, and the few byte
patterns that make parsers misbehave. Nothing here builds a document in memory.
"""

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from django.utils.translation import gettext as _

from spreadsheets.errors import Refused
from spreadsheets.limits import Limits

CHUNK = 1 << 18
OVERLAP = 64
MOST_MEMBERS = 400
# Workbooks of real offices compress 5 to 40 times; blank styled rows somewhat more.
LARGEST_RATIO = 250
RATIO_COUNTS_FROM = 1 << 20
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
ROW_NUMBER = re.compile(rb"<(?:\w+:)?row\b[^>]{0,200}?\br=[\"'](\d{1,12})[\"']")
DECLARATIONS = (b"<!DOCTYPE", b"<!ENTITY")


def check(path: Path, limits: Limits) -> str:
    """Return "xlsx" or "csv" for a file that may be read; raise Refused for any other."""
    size = path.stat().st_size
    if size > limits.file_bytes:
        raise Refused(
            _("The file is %(size).1f MB; at most %(most)d MB can be uploaded. Split it.")
            % {"size": size / 2**20, "most": limits.file_bytes // 2**20}
        )
    head = path.read_bytes()[:4096]
    if not head.strip():
        raise Refused(_("The file is empty."))
    if head.startswith(OLE):
        raise Refused(_ole_message(path))
    if head.startswith(b"PK"):
        _check_container(path, limits)
        return "xlsx"
    if head.lstrip()[:1] == b"<":
        raise Refused(
            _("This is a web page saved as a table. Open it in Excel and save it as .xlsx.")
        )
    if b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Refused(_("This is no Excel workbook. Please upload an .xlsx or .csv file."))
    return "csv"


def _ole_message(path: Path) -> str:
    if ENCRYPTED in path.read_bytes():
        return _("The file has a password. Remove the password, save, and upload it again.")
    return _("This is an old .xls or WPS .et file. Open it, “save as” .xlsx, and upload that.")


def _check_container(path: Path, limits: Limits) -> None:
    try:
        with zipfile.ZipFile(path) as container:
            _check_members(container.infolist(), limits)
            _check_streams(container, limits)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError, OSError):
        raise Refused(_damaged()) from None
    except Exception as error:
        if isinstance(error, Refused):
            raise
        raise Refused(_damaged()) from error


def _damaged() -> str:
    return _("The file is damaged. Open it in Excel or WPS, save it again as .xlsx, and upload.")


def _check_members(members: list[zipfile.ZipInfo], limits: Limits) -> None:
    names = [member.filename for member in members]
    if "xl/workbook.xml" not in names or "[Content_Types].xml" not in names:
        raise Refused(_("This is no Excel workbook. Please upload an .xlsx or .csv file."))
    if len(names) > MOST_MEMBERS or len(set(names)) < len(names):
        raise Refused(_damaged())
    if any(name.startswith("/") or ".." in name.split("/") for name in names):
        raise Refused(_damaged())
    if any(member.flag_bits & 1 for member in members):
        raise Refused(_("The file has a password. Remove the password, save, and upload it again."))
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise Refused(_("The workbook holds macros. Save it as .xlsx without macros and upload."))
    if any("/embeddings/" in name.lower() or "/activex/" in name.lower() for name in names):
        raise Refused(_("The workbook holds embedded objects. Remove them, save, and upload."))
    if sum(member.file_size for member in members) > limits.unpacked_bytes:
        raise Refused(_too_large(limits))
    for member in members:
        packed = max(member.compress_size, 1)
        if member.file_size > RATIO_COUNTS_FROM and member.file_size / packed > LARGEST_RATIO:
            raise Refused(_too_large(limits))


def _too_large(limits: Limits) -> str:
    return _(
        "Unpacked, the workbook is larger than %(most)d MB. Copy only the rows that matter "
        "into a new workbook and upload that."
    ) % {"most": limits.unpacked_bytes // 2**20}


def _check_streams(container: zipfile.ZipFile, limits: Limits) -> None:
    total = 0
    for member in container.infolist():
        worksheet = member.filename.startswith("xl/worksheets/")
        for window, size in _windows(container, member):
            total += size
            if total > limits.unpacked_bytes:
                raise Refused(_too_large(limits))
            if any(declaration in window for declaration in DECLARATIONS):
                raise Refused(_damaged())
            if worksheet:
                _check_rows(window, limits)


def _windows(
    container: zipfile.ZipFile, member: zipfile.ZipInfo
) -> Iterator[tuple[bytes, int]]:
    """The member's bytes in overlapping pieces, each with the count of its new bytes."""
    with container.open(member) as stream:
        tail = b""
        while chunk := stream.read(CHUNK):
            yield tail + chunk, len(chunk)
            tail = (tail + chunk)[-OVERLAP:]


def _check_rows(window: bytes, limits: Limits) -> None:
    for number in ROW_NUMBER.findall(window):
        if int(number) > limits.rows:
            raise Refused(
                _(
                    "The sheet reaches down to row %(row)s; at most %(most)d rows can be read. "
                    "Delete the empty rows at the end, or split the sheet."
                )
                % {"row": int(number), "most": limits.rows}
            )
