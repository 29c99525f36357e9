"""The parts of a workbook as the child process reads them: unpacked, and as XML.

Imports as little as it can: the start of the interpreter is most of the time that a small
file takes. The container is opened where the guard found its members, so that two readers of
zip files cannot see two different files in one.
"""

from __future__ import annotations

import os
import re
import zlib
from xml.parsers import expat

TYPE_CHECKING = False  # typing itself takes longer to import than all else here
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

CHUNK = 1 << 18
LOCAL_HEADER = 30
DEFLATED = 8
# What regular text holds none of: what XML forbids, or changes as it reads (\r), or marks.
# The “+” after a “*” keeps a pattern from trying again with less, which is half of its time.
TEXT = "[^<>&\x00-\x08\x0b-\x1f\ufffe\uffff]*+"
SPACES = '(?: xml:space="preserve"|)'
# The attributes of a tag as they stand; attributes_of looks closely at each kind of them, once.
ATTRIBUTES = "[^<>&/\x00-\x1f\ufffe\uffff]*+"
ATTRIBUTE = re.compile(' ([A-Za-z][A-Za-z0-9:._-]*)="([^"]*)"')
# Characters that XML cannot hold stand in a workbook as _x000D_; _x005F_ is the _ itself.
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
# A piece without an end in sight is nothing regular, and is not collected any longer.
LONGEST_PIECE = 1 << 22


class Container:
    """The members of a zip file, by name: where they begin, how they are packed, their sizes."""

    def __init__(self, file: int, members: Mapping[str, list[int]]) -> None:
        self.file, self.members = file, members

    def chunks(self, name: str) -> Iterator[bytes]:
        """The member's bytes in pieces of bounded size, exactly as many as the guard saw."""
        start, method, packed, size = self.members[name]
        header = os.pread(self.file, LOCAL_HEADER, start)
        names = int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
        start += LOCAL_HEADER + names
        pieces = self._pieces(start, start + packed)
        for piece in _inflated(pieces) if method == DEFLATED else pieces:
            yield piece[:size]
            size -= len(piece)
            if size <= 0:
                return
        if size:
            raise ValueError("member cut short")

    def _pieces(self, start: int, end: int) -> Iterator[bytes]:
        while start < end and (piece := os.pread(self.file, min(CHUNK, end - start), start)):
            yield piece
            start += len(piece)


def _inflated(pieces: Iterator[bytes]) -> Iterator[bytes]:
    unpack = zlib.decompressobj(-zlib.MAX_WBITS)
    for piece in pieces:
        packed = piece
        while unpacked := unpack.decompress(packed, CHUNK):
            yield unpacked
            packed = unpack.unconsumed_tail


def local(name: str) -> str:
    """An element or attribute without its namespace prefix."""
    return name[name.find(":") + 1 :]


def unescaped(text: str) -> str:
    return ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text


def attributes_of(text: str) -> dict[str, str] | None:
    """The attributes of a tag; None where they are not all written in the usual way, and once."""
    pairs = ATTRIBUTE.findall(text)
    found = dict(pairs)
    usual = "".join(f' {name}="{value}"' for name, value in pairs)
    return found if len(found) == len(pairs) and usual == text.removesuffix(" ") else None


def elements(
    container: Container, member: str, start: Callable[[str, dict[str, str]], None]
) -> None:
    """Call back for the start of every element of a small part."""
    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = no_doctype
    for chunk in container.chunks(member):
        parser.Parse(chunk)
    parser.Parse(b"", True)


def no_doctype(*_: object) -> None:
    raise ValueError("document type")


class Spliced:
    """A large part, read by expat but for its regular pieces, which patterns read much faster.

    The part is one long list: `CHILD` elements within one `LIST` element. A piece is regular if
    a pattern accounts for every character of it as complete, well-formed elements; what is left
    of the part without such a piece is as well-formed as the part. So every byte is seen, by a
    pattern or by expat, and expat decides on all that is in the least unusual: comments, CDATA,
    prefixes, character references, other encodings, and everything outside the list.
    """

    LIST = CHILD = ""
    LIST_DEPTH = 1

    def __init__(self) -> None:
        self.parser = parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self.text
        parser.StartCdataSectionHandler = self._only_expat
        parser.XmlDeclHandler = self._declared
        parser.StartDoctypeDeclHandler = no_doctype
        self.depth = self.fed = 0
        self.in_list = self.only_expat = False
        self.prefix = ""
        self.closing = b""
        self.boundary = re.compile(
            rb"(?:%b|/%b)[^<>]*>" % (self.LIST.encode(), self.CHILD.encode())
        )

    # What a part does with its elements, given with their local names

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins that expat has read."""

    def end(self, name: str) -> None:
        """An element ends that expat has read."""

    def text(self, text: str) -> None:
        """Text that expat has read."""

    def patterns(self, prefix: str) -> None:
        """Make the patterns of regular pieces; called once, with the prefix of the list."""

    def regular(self, text: str) -> int:
        """Take the children in front that have no closing tag of their own; how far they reach."""
        return 0

    def regular_child(self, text: str, at: int) -> bool:
        """Take the one child that stands in text from there on, without its closing tag."""
        return False

    def all_regular(self, text: str) -> bool:
        """Take all of these children at once, or none of them."""
        return False

    def flush(self) -> None:
        """Pass on what was read; called after every chunk."""

    def read(self, chunks: Iterator[bytes]) -> None:
        rest = b""
        for number, chunk in enumerate(chunks):
            if number == 0 and b"\0" in chunk[:4]:
                self.only_expat = True
            rest = self._take(rest + chunk)
            self.flush()
        self._feed(rest)
        self.parser.Parse(b"", True)
        self.flush()

    def _take(self, data: bytes) -> bytes:
        """Read what is complete, and return what must wait for more."""
        at = 0
        while at < len(data) and not self._between_children():
            found = None if self.only_expat else self.boundary.search(data, at)
            end = found.end() if found else len(data)
            self._feed(data[at:end])
            at = end
        data = data[at:]
        if data and (end := data.rfind(self.closing) + 1):
            end += len(self.closing) - 1
            self._read_pieces(data[:end].decode())
            data = data[end:]
            if not self._between_children():
                self._feed(data)
                return b""
        return self._tail(data) if data else b""

    def _tail(self, data: bytes) -> bytes:
        """Children that need no closing tag; then a child cut in two, or the end of the list."""
        text = data[: data.rfind(b">") + 1].decode()
        data = data[len(text[: self.regular(text)].encode()) :]
        opening = f"<{self.prefix}{self.CHILD}".encode()
        if opening.startswith(data[: len(opening)]) and len(data) < LONGEST_PIECE:
            return data
        self._feed(data)
        return b""

    def _read_pieces(self, text: str) -> None:
        if self.all_regular(text):
            return
        closing = self.closing.decode()
        between = True
        for piece in text.split(closing)[:-1]:
            at = self.regular(piece) if between else 0
            if not between or not self.regular_child(piece, at):
                self._feed((piece[at:] + closing).encode())
                between = self._between_children()

    def _between_children(self) -> bool:
        """Whether expat has read all it was given, and stands in the list and in nothing else."""
        return (
            self.in_list
            and self.depth == self.LIST_DEPTH
            and not self.only_expat
            and self.parser.CurrentByteIndex == self.fed
        )

    def _feed(self, data: bytes) -> None:
        self.fed += len(data)
        self.parser.Parse(data)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        own = local(name)
        if own == self.LIST and self.depth == self.LIST_DEPTH:
            self._open_list(name)
        self.start(own, attributes)

    def _open_list(self, name: str) -> None:
        if self.closing:
            self.only_expat = True  # a second list: unheard of
        self.in_list = True
        self.prefix = name[: -len(self.LIST)]
        self.closing = f"</{self.prefix}{self.CHILD}>".encode()
        self.patterns(re.escape(self.prefix))

    def _end(self, name: str) -> None:
        self.depth -= 1
        own = local(name)
        self.end(own)
        if own == self.LIST and self.depth < self.LIST_DEPTH:
            self.in_list = False

    def _only_expat(self) -> None:
        self.only_expat = True

    def _declared(self, _version: str, encoding: str | None, _alone: int) -> None:
        if (encoding or "utf-8").lower() != "utf-8":
            self.only_expat = True
