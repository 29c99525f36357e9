"""Pictures without what says where and by whom they were taken, their pixels byte for byte.

Of a picture only the parts are kept that are needed to show it; whatever a telephone or a
program wrote beside them (EXIF with the position, XMP, comments, a second picture or a film
behind the end) is left out. Raises Damaged for what is no whole picture, and TooMuch for what
would keep a worker busy: both memory and steps are bounded by what an honest photo needs.
"""

import re
import shutil
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from itertools import chain
from typing import IO

from django.db import models


class Damaged(Exception):
    """The file begins like a picture and is none."""


class TooMuch(Damaged):
    """More, or larger, pictures than a file of this size honestly holds."""


# Over all pictures of a file. A PNG of 40 MB has 5,000 parts, a photo of a telephone 20.
MOST_PARTS = 20_000


class Picture(models.TextChoices):
    JPEG = "image/jpeg"
    PNG = "image/png"
    WEBP = "image/webp"


# JPEG: https://www.w3.org/Graphics/JPEG/itu-t81.pdf, B.1
START, END, SCAN = 0xD8, 0xD9, 0xDA
FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
# Tables, restart intervals and the like, without which the pixels cannot be read.
NEEDED = {*FRAMES, 0xC4, 0xCC, 0xDB, 0xDC, 0xDD}
EXIF = b"Exif\0\0"
# Of the applications' segments: the form of the file, the colours, and Adobe's colour order.
KEPT = ((0xE0, b"JFIF\0"), (0xE2, b"ICC_PROFILE\0"), (0xEE, b"Adobe"))
# Inside a scan a 0xFF is followed by 0x00, or begins one of eight restart marks.
AFTER_SCAN = re.compile(rb"\xff(?![\x00\xd0-\xd7\xff])")
FILL = re.compile(rb"\xff+")
ORIENTATION = 0x0112

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
PNG_PARTS = {
    *(b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB"),
    *(b"bKGD", b"pHYs", b"acTL", b"fcTL", b"fdAT", b"cICP"),
}
WEBP_PARTS = {b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"}
WEBP_HAS_EXIF_OR_XMP = 0b1100


def picture_of(head: bytes) -> Picture | None:
    if head.startswith(b"\xff\xd8\xff"):
        return Picture.JPEG
    if head.startswith(PNG_SIGNATURE):
        return Picture.PNG
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return Picture.WEBP
    return None


class Walk:
    """One way through the pictures of one file; what was taken from its bounds stays taken.

    `most` bytes may one picture of a container unfold to, and twice as many all of them.
    """

    def __init__(self, most: int = 0) -> None:
        self.most, self.bytes, self.parts = most, 2 * most, MOST_PARTS

    def step(self) -> None:
        self.parts -= 1
        if self.parts < 0:
            raise TooMuch

    def stripped(self, picture: Picture, data: bytes) -> bytes:
        try:
            return b"".join(FILTERS[picture](memoryview(data), self))
        except (IndexError, struct.error) as error:
            raise Damaged from error

    def rewritten(self, container: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes | None:
        """The picture that a part is, where it says more than it shows; else nothing."""
        if "/media/" not in member.filename:
            return None
        with container.open(member) as part:
            head = part.read(16)
            picture = picture_of(head)
            if picture is None:
                return None
            self.bytes -= member.file_size
            if member.file_size > self.most or self.bytes < 0:
                raise TooMuch
            content = head + part.read()
        kept = self.stripped(picture, content)
        return None if kept == content else kept


def stripped(picture: Picture, data: bytes) -> bytes:
    """The same picture without its position; a photo that lies on its side still says so."""
    return Walk().stripped(picture, data)


def strip_container(source: IO[bytes], target: IO[bytes], most: int) -> bool:
    """Write an Office file anew where photos in it say more than they show; else write nothing.

    The caller has looked through its list of members, and bounds what they unfold to; a photo
    unfolds to `most` bytes.
    """
    try:
        return _strip_container(source, target, Walk(most))
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise Damaged from error


def _strip_container(source: IO[bytes], target: IO[bytes], walk: Walk) -> bool:
    """Each picture is walked once: up to the first that changes, nothing is written."""
    with zipfile.ZipFile(source) as old:
        parts = ((member, walk.rewritten(old, member)) for member in old.infolist())
        before = []
        for first in parts:
            if first[1] is not None:
                break
            before.append(first)
        else:
            return False
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new:
            for member, content in chain(before, [first], parts):
                with new.open(_same(member), "w") as copy:
                    if content is not None:
                        copy.write(content)
                        continue
                    with old.open(member) as part:
                        shutil.copyfileobj(part, copy)
    return True


def _same(member: zipfile.ZipInfo) -> zipfile.ZipInfo:
    """The same name and time, so that the same file is written the same again."""
    made = zipfile.ZipInfo(member.filename, member.date_time)
    made.compress_type = zipfile.ZIP_DEFLATED
    return made


def _jpeg(data: memoryview, walk: Walk) -> Iterator[bytes | memoryview]:
    """One picture from its start to its end; what comes behind is another, or a film."""
    orientation, has_size, has_scan, pieces = 1, False, False, list[tuple[int, memoryview]]()
    for marker, piece in _segments(data, walk):
        has_scan |= marker == SCAN
        has_size |= _has_size(marker, piece)
        if marker == 0xE1 and orientation == 1 and piece[4:10] == EXIF:
            orientation = _orientation(piece[10:])
        if _is_shown(marker, piece):
            pieces.append((marker, piece))
    if not (has_scan and has_size):
        raise Damaged
    yield data[:2]
    # The form of the file comes first where it is said, the orientation right behind it.
    if pieces[0][0] == 0xE0:
        yield pieces.pop(0)[1]
    if orientation != 1:
        yield _only_orientation(orientation)
    for _marker, piece in pieces:
        yield piece
    yield bytes([0xFF, END])


def _has_size(marker: int, piece: memoryview) -> bool:
    return marker in FRAMES and len(piece) > 9 and bytes(piece[5:9]) != b"\0\0\0\0"


def _is_shown(marker: int, piece: memoryview) -> bool:
    if marker == SCAN or marker in NEEDED:
        return True
    return any(marker == kept and piece[4 : 4 + len(name)] == name for kept, name in KEPT)


def _segments(data: memoryview, walk: Walk) -> Iterator[tuple[int, memoryview]]:
    """The segments up to the end of the picture; a scan together with its pixels."""
    at = 2
    while data[at + 1] != END:
        walk.step()
        marker, end = _segment(data, at)
        if marker == SCAN:
            found = AFTER_SCAN.search(data, end)
            if found is None:
                raise Damaged
            end = found.start()
        yield marker, data[at:end]
        fill = FILL.match(data, end)
        if fill is None:
            raise Damaged
        at = fill.end() - 1


def _segment(data: memoryview, at: int) -> tuple[int, int]:
    """The marker of the segment that begins here, and where it ends."""
    (length,) = struct.unpack_from(">H", data, at + 2)
    end = at + 2 + length
    if data[at] != 0xFF or data[at + 1] in (0x00, START) or length < 2 or end > len(data):
        raise Damaged
    return data[at + 1], end


def _orientation(tiff: bytes | memoryview) -> int:
    """Which side is up, 1 to 8, as the first directory of the EXIF says; 1 where it does not."""
    order = {b"II": "<", b"MM": ">"}.get(bytes(tiff[:2]))
    if order is None or len(tiff) < 10:
        return 1
    (first,) = struct.unpack_from(f"{order}I", tiff, 4)
    if first + 2 > len(tiff):
        return 1
    (count,) = struct.unpack_from(f"{order}H", tiff, first)
    for number in range(min(count, (len(tiff) - first - 2) // 12)):
        tag, _kind, _count, value = struct.unpack_from(
            f"{order}HHIH", tiff, first + 2 + number * 12
        )
        if tag == ORIENTATION and 1 <= value <= 8:
            return int(value)
    return 1


def _only_orientation(orientation: int) -> bytes:
    tiff = struct.pack(">2sHIHHHIHHI", b"MM", 42, 8, 1, ORIENTATION, 3, 1, orientation, 0, 0)
    return struct.pack(">BBH", 0xFF, 0xE1, 2 + len(EXIF) + len(tiff)) + EXIF + tiff


def _png(data: memoryview, walk: Walk) -> Iterator[bytes | memoryview]:
    yield PNG_SIGNATURE
    at, name, names = len(PNG_SIGNATURE), b"", set[bytes]()
    while name != b"IEND":
        walk.step()
        (length,) = struct.unpack_from(">I", data, at)
        end = at + 12 + length
        chunk, name = data[at:end], bytes(data[at + 4 : at + 8])
        if len(chunk) < 12 + length or (not names and name != b"IHDR"):
            raise Damaged
        if struct.unpack(">I", chunk[-4:])[0] != zlib.crc32(chunk[4:-4]):
            raise Damaged
        names.add(name)
        at = end
        if name in PNG_PARTS:
            yield chunk
    if b"IDAT" not in names:
        raise Damaged


def _webp(data: memoryview, walk: Walk) -> Iterator[bytes | memoryview]:
    (size,) = struct.unpack_from("<I", data, 4)
    whole = min(len(data), size + 8)
    if size + 8 > len(data):
        raise Damaged
    at, kept, names = 12, list[bytes | memoryview](), set[bytes]()
    while at + 8 <= whole:
        walk.step()
        name, length = bytes(data[at : at + 4]), struct.unpack_from("<I", data, at + 4)[0]
        end = at + 8 + length + length % 2
        if end > whole:
            raise Damaged
        if name == b"VP8X":
            flags = data[at + 8] & ~WEBP_HAS_EXIF_OR_XMP
            kept += [data[at : at + 8], bytes([flags]), data[at + 9 : end]]
        elif name in WEBP_PARTS:
            kept.append(data[at:end])
        names.add(name)
        at = end
    if not names & {b"VP8 ", b"VP8L", b"ANMF"}:
        raise Damaged
    yield b"RIFF" + struct.pack("<I", 4 + sum(map(len, kept))) + b"WEBP"
    yield from kept


FILTERS: dict[Picture, Callable[[memoryview, Walk], Iterator[bytes | memoryview]]] = {
    Picture.JPEG: _jpeg,
    Picture.PNG: _png,
    Picture.WEBP: _webp,
}
