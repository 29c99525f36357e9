"""Refuses what is no honest Word document, before any parser builds it in memory.

Of a container only its list of members is read, and each part once as a stream of bounded size.
"""

import re
import struct
import zipfile
from collections.abc import Collection
from typing import IO

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

MOST_BYTES, MOST_UNPACKED = 4 * 2**20, 24 * 2**20
MOST_MEMBERS, MOST_DIRECTORY, TAIL = 400, 1 << 17, 1 << 16
LARGEST_RATIO, RATIO_COUNTS_FROM = 100, 1 << 18
METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
END_OF_ZIP = b"PK\x05\x06"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MAIN_PART = "word/document.xml"
MAIN_TYPE = b"wordprocessingml.document.main+xml"
DECLARATION = re.compile(rb"<!(DOCTYPE|ENTITY)")
# However it is spelled: whatever is not plainly inside is outside.
EXTERNAL = re.compile(rb"""TargetMode\s*=\s*["'](?!Internal["'])""")
OTHER_ENCODING = re.compile(
    rb"""^\s*<\?xml[^>]*encoding\s*=\s*["'](?!utf-8["']|us-ascii["'])""", re.I
)
TARGET = re.compile(rb"""Target\s*=\s*["']([^"']{1,80})""", re.IGNORECASE)
# Fields that Word works out: page numbers alone. Others fetch files, or start programs.
INSTRUCTION = re.compile(
    r"""<(?:[\w.-]+:)?instrText[^>]*>([^<]*)<|\s(?:[\w.-]+:)?instr\s*=\s*["']([^"']*)"""
)
HARMLESS = re.compile(r"\s*((PAGE|NUMPAGES|SECTIONPAGES)\s*(\\\*\s*\w+\s*)*)+")


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
        raise _damaged() from error


def _check_end(file: IO[bytes], size: int) -> None:
    """Before zipfile reads the list of members: it is short, and the container is all there is."""
    file.seek(max(size - TAIL, 0))
    tail = file.read(TAIL)
    at = tail.rfind(END_OF_ZIP)
    if at < 0 or len(tail) < at + 22:
        raise _damaged()
    members, length = struct.unpack_from("<10xHI", tail, at)
    if members > MOST_MEMBERS or length > MOST_DIRECTORY:
        raise _too_large()


def _check_members(members: Collection[zipfile.ZipInfo]) -> None:
    names = [member.filename for member in members]
    lower = [name.lower() for name in names]
    if MAIN_PART not in names or "[Content_Types].xml" not in names:
        raise refused(_("This is no Word document. Please upload a .docx file."))
    if any(name.endswith("vbaproject.bin") or "vbadata" in name for name in lower):
        raise _macros()
    if any("/embeddings/" in name or "/activex/" in name or "afchunk" in name for name in lower):
        raise refused(_("The document holds embedded objects. Remove them, save, and upload it."))
    wild = any(name.startswith("/") or ".." in name.split("/") for name in names)
    locked = any(member.flag_bits & 1 for member in members)
    if wild or locked or len(set(lower)) < len(lower):
        raise _damaged()
    # Of the other methods zipfile cannot bound how much one read unfolds to.
    if {member.compress_type for member in members} - METHODS:
        raise _damaged()
    if sum(member.file_size for member in members) > MOST_UNPACKED or any(
        member.file_size > RATIO_COUNTS_FROM
        and member.file_size > LARGEST_RATIO * max(member.compress_size, 1)
        for member in members
    ):
        raise _too_large()


def _check_parts(container: zipfile.ZipFile) -> None:
    total = 0
    for member in container.infolist():
        with container.open(member) as stream:
            content = stream.read(MOST_UNPACKED - total + 1)
        total += len(content)
        if total > MOST_UNPACKED:
            raise _too_large()
        name = member.filename.lower()
        if name == "[content_types].xml" and b"macroEnabled" in content:
            raise _macros()
        if name == "[content_types].xml" and MAIN_TYPE not in content:
            raise _damaged()
        if name.endswith((".xml", ".rels", ".vml")):
            _check_xml(name, content)


def _check_xml(name: str, content: bytes) -> None:
    if b"\0" in content or OTHER_ENCODING.search(content) or DECLARATION.search(content):
        raise _damaged()
    if name.endswith(".rels"):
        for piece in content.split(b"<"):
            if EXTERNAL.search(piece):
                target = TARGET.search(piece)
                shown = target[1].decode("utf-8", "replace") if target else ""
                raise refused(
                    _("The document refers to something outside itself (%(what)s): a linked "
                      "picture, an attached template or a link. Remove it, and upload it again.")
                    % {"what": shown}
                )  # fmt: skip
    elif b"instr" in content:
        _check_fields(content.decode("utf-8", "replace"))


def _check_fields(text: str) -> None:
    said = "".join(one or other for one, other in INSTRUCTION.findall(text)).strip()
    if said and not HARMLESS.fullmatch(said):
        raise refused(
            _("The document holds a field that is no page number (%(field)s). Write plain text "
              "instead, and upload it again.") % {"field": said[:40]}
        )  # fmt: skip


def _damaged() -> ValidationError:
    return refused(_("The document is damaged. Open it in Word or WPS, save it again as .docx."))


def _macros() -> ValidationError:
    return refused(_("The document holds macros. Save it as .docx without macros, and upload it."))


def _too_large() -> ValidationError:
    return refused(_("Unpacked, the document is far too large. Make the pictures in it smaller."))
