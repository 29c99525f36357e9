"""Small builders of files for tests: honest evidence, and what pretends to be some."""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping

from django.core.files.uploadedfile import SimpleUploadedFile

PLACE = b"GPS-36.09N-114.35E"
PROGRAM = b"MZ\x90\x00\x03\x00\x00\x00This program cannot be run in DOS mode.\r\r\n$"
OOXML = "application/vnd.openxmlformats-officedocument."
MAIN = {
    "docx": ("word/document.xml", f"{OOXML}wordprocessingml.document.main+xml"),
    "xlsx": ("xl/workbook.xml", f"{OOXML}spreadsheetml.sheet.main+xml"),
    "pptx": ("ppt/presentation.xml", f"{OOXML}presentationml.presentation.main+xml"),
}


def upload(content: bytes, name: str = "佐证.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="text/html")


def pdf(more: bytes = b"") -> bytes:
    return b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n" + more + b"startxref\n9\n%%EOF\r\n"


# JPEG


def segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def exif(orientation: int = 1, order: str = ">") -> bytes:
    """Where the picture was taken, and which side is up."""
    mark = b"MM" if order == ">" else b"II"
    place = struct.pack(f"{order}HHII", 0x8825, 4, 1, 38)
    side = struct.pack(f"{order}HHIHH", 0x0112, 3, 1, orientation, 0)
    tiff = mark + struct.pack(f"{order}HIH", 42, 8, 2) + side + place
    return segment(0xE1, b"Exif\0\0" + tiff + struct.pack(f"{order}I", 0) + PLACE)


FRAME = segment(0xC0, struct.pack(">BHHB", 8, 16, 16, 1) + b"\x01\x11\x00")
TABLES = segment(0xDB, b"\0" + bytes(range(1, 65))) + segment(0xC4, b"\0" + bytes(16))
PIXELS = b"\x12\x34\xff\x00\x56\xff\xd0\x78"
SCAN = segment(0xDA, b"\x01\x01\x00\x00\x3f\x00") + PIXELS
JFIF = segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0")
COLOURS = segment(0xE2, b"ICC_PROFILE\0\x01\x01profile")


def jpeg(*before: bytes, after: bytes = b"") -> bytes:
    return b"\xff\xd8" + b"".join(before) + TABLES + FRAME + SCAN + b"\xff\xd9" + after


# PNG and WEBP


def chunk(name: bytes, body: bytes = b"") -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(*more: bytes, after: bytes = b"") -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(b"\0\0"))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(more) + pixels + chunk(b"IEND") + after


def riff(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def webp(*more: bytes, after: bytes = b"") -> bytes:
    flags = riff(b"VP8X", b"\x2c\0\0\0" + b"\0\0\0\0\0\0")
    body = b"WEBP" + flags + riff(b"VP8 ", b"pixels!") + b"".join(more)
    return b"RIFF" + struct.pack("<I", len(body)) + body + after


def heic() -> bytes:
    return b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 100


# Office


def office(kind: str, more: Mapping[str, bytes] | None = None, types: str = "") -> bytes:
    main, main_type = MAIN[kind]
    listed = f'<Types><Override PartName="/{main}" ContentType="{types or main_type}"/></Types>'
    members = {"[Content_Types].xml": listed.encode(), main: b"<document/>", **(more or {})}
    return zipped(members)


def zipped(members: Mapping[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as container:
        for name, content in members.items():
            container.writestr(name, content)
    return file.getvalue()


def old_office(*names: str, more: bytes = b"") -> bytes:
    """The header of a compound file, and a directory of entries with these names."""
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504
    entries = (name.encode("utf-16-le").ljust(64, b"\0") + b"\0" * 64 for name in names)
    return header + b"".join(entries) + more


POWERPOINT_MACROS = (
    b"\x0f\x00\xff\x03\x14\x00\x00\x00\x02\x00\x00\x04\x0c\x00\x00\x00"
    b"\x05\x00\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00"
)
