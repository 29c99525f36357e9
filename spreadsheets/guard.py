"""Refuses what is no honest workbook before any parser sees it.

Reads the container only, as a stream of bounded size: kind, names, sizes, and document type
declarations, with which a few bytes of XML can unfold to gigabytes. Nothing here builds a
document in memory. Rows and cells are counted on the way, as bytes, so that what the parser
has read can be held against it. How far a sheet reaches is checked by the child process.
"""

import re
import zipfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
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
EXCEL_2003 = b"urn:schemas-microsoft-com:office:spreadsheet"
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
WORKSHEET = re.compile(r"<((?:[\w.-]{1,20}:)?)worksheet[\s/>]")
# Bounded, and never past the next tag: read over megabytes of whatever somebody sends.
ROW_NUMBER = re.compile(rb'<row [^<>]{0,300}?\br="(\d{1,9})"')
# How much of a workbook that is too large is looked at, to say where its blank rows begin.
BLANK_WITHIN = 4
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


@dataclass(frozen=True)
class Checked:
    """A file that may be read: "xlsx" or "csv", and what its reading is held against."""

    kind: str
    # Where the members of the container begin, how they are packed, their sizes in it and out.
    members: dict[str, tuple[int, int, int, int]] = field(default_factory=dict)
    # Rows and cells of each worksheet, counted as bytes: the parser must have seen as many.
    elements: dict[str, int] = field(default_factory=dict)


def check(path: Path, limits: Limits) -> Checked:
    """What is known of a file that may be read; raises Refused for any other."""
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
        return _check_container(path, limits)
    _check_text(head)
    return Checked("csv")


def _check_text(head: bytes) -> None:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"<") and EXCEL_2003 in text:
        raise Refused(_("This is an Excel 2003 XML file. Open it, “save as” .xlsx, and upload."))
    if text.startswith((b"<", b"MIME-Version:")):
        raise Refused(
            _("This is a web page saved as a table. Open it in Excel and save it as .xlsx.")
        )
    if head.startswith(OTHER_KINDS) or (b"\0" in head and not head.startswith(UTF_16_MARKS)):
        raise Refused(_no_workbook())


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


def _check_container(path: Path, limits: Limits) -> Checked:
    try:
        with zipfile.ZipFile(path) as container:
            _check_members(container, limits)
            elements = _check_streams(container, limits)
            places = {member.filename: _place(member) for member in container.infolist()}
            return Checked("xlsx", places, elements)
    except Refused:
        raise
    except Exception as error:
        # zipfile raises a dozen kinds of errors on broken containers, zlib and struct more.
        raise Refused(_damaged()) from error


def _place(member: zipfile.ZipInfo) -> tuple[int, int, int, int]:
    return member.header_offset, member.compress_type, member.compress_size, member.file_size


def _check_kind(names: Collection[str]) -> None:
    if "xl/workbook.bin" in names:
        raise Refused(_("This is an .xlsb workbook. Open it, “save as” .xlsx, and upload that."))
    if "content.xml" in names and "mimetype" in names:
        raise Refused(_("This is an .ods workbook. Open it, “save as” .xlsx, and upload that."))
    if "word/document.xml" in names:
        raise Refused(_("This is a Word document. Copy its table into Excel, and upload that."))
    if "xl/workbook.xml" not in names or "[Content_Types].xml" not in names:
        raise Refused(_no_workbook())


def _check_members(container: zipfile.ZipFile, limits: Limits) -> None:
    members = container.infolist()
    names = [member.filename for member in members]
    if any(member.flag_bits & 1 for member in members):
        raise Refused(_with_password())
    _check_kind(names)
    if len(names) > MOST_MEMBERS or len({name.lower() for name in names}) < len(names):
        raise Refused(_damaged())
    if any(name.startswith("/") or ".." in name.split("/") for name in names):
        raise Refused(_damaged())
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise Refused(_("The workbook holds macros. Save it as .xlsx without macros and upload."))
    if any("/embeddings/" in name.lower() or "/activex/" in name.lower() for name in names):
        raise Refused(_("The workbook holds embedded objects. Remove them, save, and upload."))
    # Of the other methods zipfile cannot bound how much one read unfolds to.
    if any(member.compress_type not in METHODS for member in members):
        raise Refused(_damaged())
    _check_sizes(container, limits)


def _check_sizes(container: zipfile.ZipFile, limits: Limits) -> None:
    members = container.infolist()
    if sum(member.file_size for member in members) > limits.unpacked_bytes or any(
        member.file_size > RATIO_COUNTS_FROM
        and member.file_size > LARGEST_RATIO * max(member.compress_size, 1)
        for member in members
    ):
        _check_blank_tail(container, limits)
        raise Refused(_too_large(limits))


def _check_blank_tail(container: zipfile.ZipFile, limits: Limits) -> None:
    """Say of a workbook that is too large where it ends, if most of it is blank rows.

    Where a whole sheet was given borders, a few rows stand above a million empty ones.
    """
    largest = max(container.infolist(), key=lambda member: member.file_size)
    size = last_at = last_row = row = 0
    for window, new, _old in _windows(container, largest):
        at = max(window.rfind(end) for end in (b"</v>", b"</t>"))
        if at >= 0:
            above = ROW_NUMBER.findall(window, 0, at)
            last_row, last_at = int(above[-1]) if above else row, size
        rows = ROW_NUMBER.findall(window)
        row = int(rows[-1]) if rows else row
        size += new
        if size > BLANK_WITHIN * limits.unpacked_bytes:
            break
    if last_row and row > last_row and last_at < size / 2:
        raise Refused(
            _(
                "Delete the blank rows after row %(row)d: they hold nothing but formats, and are "
                "too many to read. Then save, and upload it again."
            )
            % {"row": last_row}
        )


def _check_streams(container: zipfile.ZipFile, limits: Limits) -> dict[str, int]:
    """Unpack everything once, to see that it can be done and that no XML declares a type.

    Returns how many rows and cells each worksheet holds.
    """
    total = 0
    counts: dict[str, int] = {}
    for member in container.infolist():
        is_xml = member.filename.lower().endswith((".xml", ".rels", ".vml"))
        tag: re.Pattern[bytes] | None = None
        for number, (window, size, old) in enumerate(_windows(container, member)):
            total += size
            if total > limits.unpacked_bytes:
                raise Refused(_too_large(limits))
            if is_xml and b"!" in window and any(word in window for word in DECLARATIONS):
                raise Refused(_damaged())
            if number == 0:
                tag = _row_or_cell(window)
            if tag is not None:
                found = len(tag.findall(window)) - len(tag.findall(window, 0, old))
                counts[member.filename] = counts.get(member.filename, 0) + found
    return counts


def _row_or_cell(head: bytes) -> re.Pattern[bytes] | None:
    """The pattern of a row or cell in a worksheet that begins like this; None for other parts."""
    encoding = "utf-8"
    if b"\0" in head[:4]:
        encoding = "utf-16-be" if head[:1] in (b"\0", b"\xfe") else "utf-16-le"
    root = WORKSHEET.search(head[:HEAD].decode(encoding, "replace"))
    if root is None:
        return None
    names = [re.escape(f"<{root[1]}{name}".encode(encoding)) for name in ("row", "c")]
    after = [re.escape(mark.encode(encoding)) for mark in " \t\r\n/>"]
    return re.compile(b"(?:%b)(?:%b)" % (b"|".join(names), b"|".join(after)))


def _windows(
    container: zipfile.ZipFile, member: zipfile.ZipInfo
) -> Iterator[tuple[bytes, int, int]]:
    """The member's bytes in overlapping pieces, with the count of new bytes and of old ones."""
    with container.open(member) as stream:
        tail = b""
        while chunk := stream.read(CHUNK):
            yield tail + chunk, len(chunk), len(tail)
            tail = (tail + chunk)[-OVERLAP:]
