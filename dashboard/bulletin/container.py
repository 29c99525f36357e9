"""Refuses what is no honest Word document, before any parser builds it in memory.

Of a container only its list of members is read, and each part once as a stream of bounded size.
What the parts say is looked at in a process of its own (`parts.py`): this one serves pages.
"""

import struct
import zipfile
from collections.abc import Collection
from typing import IO

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

MOST_BYTES, MOST_UNPACKED = 4 * 2**20, 12 * 2**20
# A bulletin of some pages has 50 KB of text, and half a megabyte of styles.
MOST_XML, MOST_PICTURE = 2 * 2**20, 4 * 2**20
MOST_MEMBERS, MOST_DIRECTORY, TAIL = 400, 1 << 17, 1 << 16
LARGEST_RATIO, RATIO_COUNTS_FROM = 100, 1 << 18
METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
END_OF_ZIP = b"PK\x05\x06"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MAIN_PART = "word/document.xml"
# All that a template needs; of these `parts.py` knows what they may say.
XML, PICTURES = (".xml", ".rels"), (".png", ".jpg", ".jpeg", ".gif")


def refused(message: str) -> ValidationError:
    return ValidationError(message, "template")


def check(file: IO[bytes], size: int) -> None:
    """Raises ValidationError with code `template`, in words, for what is not taken."""
    if size > MOST_BYTES:
        message = _("The file is larger than %(most)d MB; a template is a few pages.")
        raise refused(message % {"most": MOST_BYTES // 2**20})
    file.seek(0)
    head = file.read(len(OLE))
    if head.startswith(OLE):
        raise refused(
            _("This is an old .doc or .wps file, or has a password. Save it as plain .docx.")
        )
    if not head.startswith(b"PK\x03\x04"):
        raise refused(_("This is no Word document. Please upload a .docx file."))
    _check_end(file, size)
    try:
        with zipfile.ZipFile(file) as container:
            _check_members(container.infolist())
            _check_parts(container)
    except ValidationError:
        raise
    except Exception as error:
        # zipfile raises a dozen kinds of errors on broken containers, zlib and struct more.
        raise damaged() from error


def _check_end(file: IO[bytes], size: int) -> None:
    """Before zipfile reads the list of members: it is short, and the container is all there is."""
    file.seek(max(size - TAIL, 0))
    tail = file.read(TAIL)
    at = tail.rfind(END_OF_ZIP)
    if at < 0 or len(tail) < at + 22:
        raise damaged()
    members, length = struct.unpack_from("<10xHI", tail, at)
    if members > MOST_MEMBERS or length > MOST_DIRECTORY:
        raise _too_large()


def _check_members(members: Collection[zipfile.ZipInfo]) -> None:
    names = [member.filename for member in members]
    lower = [name.lower() for name in names]
    if MAIN_PART not in names or "[Content_Types].xml" not in names:
        raise refused(_("This is no Word document. Please upload a .docx file."))
    if any(name.endswith("vbaproject.bin") or "vbadata" in name for name in lower):
        raise macros()
    if any("/embeddings/" in name or "/activex/" in name or "afchunk" in name for name in lower):
        raise refused(_("The document holds embedded objects. Remove them, save, and upload it."))
    wild = any(name.startswith("/") or ".." in name.split("/") for name in names)
    locked = any(member.flag_bits & 1 for member in members)
    if wild or locked or len(set(lower)) < len(lower):
        raise damaged()
    _check_sizes(members)
    other = [name for name in lower if not name.endswith((*XML, *PICTURES, "/"))]
    if other:
        raise refused(not_needed() % {"what": other[0][:60]})


def _check_sizes(members: Collection[zipfile.ZipInfo]) -> None:
    # Of the other methods zipfile cannot bound how much one read unfolds to.
    if {member.compress_type for member in members} - METHODS:
        raise damaged()
    if sum(member.file_size for member in members) > MOST_UNPACKED:
        raise _too_large()
    if any(_is_too_large(member) for member in members):
        raise _too_large()


def _is_too_large(member: zipfile.ZipInfo) -> bool:
    size, is_xml = member.file_size, member.filename.lower().endswith(XML)
    unfolds = size > RATIO_COUNTS_FROM and size > LARGEST_RATIO * max(member.compress_size, 1)
    return unfolds or size > (MOST_XML if is_xml else MOST_PICTURE)


def _check_parts(container: zipfile.ZipFile) -> None:
    """What they unfold to is what the list says, which was found small enough."""
    for member in container.infolist():
        with container.open(member) as stream:
            if len(stream.read(member.file_size + 1)) != member.file_size:
                raise damaged()


def damaged() -> ValidationError:
    return refused(_("The document is damaged. Open it in Word or WPS, save it again as .docx."))


def macros() -> ValidationError:
    return refused(_("The document holds macros. Save it as .docx without macros, and upload it."))


def not_needed() -> str:
    return _(
        "The document holds something that no template needs (%(what)s). Only text and pictures "
        "in PNG, JPEG or GIF are taken: remove it, and upload it again."
    )


def _too_large() -> ValidationError:
    return refused(
        _("Unpacked, the document is far too large. Make the text shorter, the pictures smaller.")
    )
