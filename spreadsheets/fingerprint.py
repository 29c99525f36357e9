"""What a downloaded row remembers of the values it was handed out with.

A short digest for each cell, beside the version of the row, in a hidden column: enough to tell
on return whether a cell was changed in the file, changed here, or changed by both.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

DIGITS = 8
WRITTEN = re.compile(rf"(\d{{1,9}})(?:-((?:[0-9a-f]{{{DIGITS}}})*))?")


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The version of a row and the digests of its cells, in the order they were given."""

    version: int
    digests: tuple[str, ...] = ()

    @classmethod
    def read(cls, text: str) -> "Fingerprint | None":
        """None for a text that is no fingerprint of ours."""
        match = WRITTEN.fullmatch(text)
        if match is None:
            return None
        run = match[2] or ""
        digests = tuple(run[start : start + DIGITS] for start in range(0, len(run), DIGITS))
        return cls(int(match[1]), digests)


def write(version: int, cells: Sequence[str]) -> str:
    return joined(version, map(digest, cells))


def joined(version: int, digests: Iterable[str]) -> str:
    return f"{version}-{''.join(digests)}"


@lru_cache(maxsize=4096)
def digest(text: str) -> str:
    """Of a cell's text; told apart by accident once in four thousand million times."""
    raw = text.encode("utf-8", "surrogatepass")
    return hashlib.blake2s(raw, digest_size=DIGITS // 2).hexdigest()
