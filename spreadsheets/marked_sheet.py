"""A sheet whose rows carry a hidden mark: a digest of each cell that is compared on return."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, ClassVar, Protocol

from django.utils.crypto import salted_hmac

from spreadsheets import fingerprint
from spreadsheets.fields import Column, as_written
from spreadsheets.model_cells import cell_text
from spreadsheets.sheet import Sheet


class Compared(Protocol):
    """What a column tells of an object."""

    column: Any


class MarkedSheet(Sheet):
    """Base of the sheets that compare three ways: the file, what it was handed out with, and
    what stands here."""

    # Of the secret with which the digests of sensitive cells are taken.
    salt: ClassVar[str] = "spreadsheets.model_sheet"

    def carry_marks(self, told: Sequence[Compared]) -> None:
        """Let a hidden last column hold the digests of these columns, in their order."""
        places = {column.label: place for place, column in enumerate(self.columns)}
        self._compared = [(places[one.column.label], one.column.sensitive) for one in told]
        self.row_version = Column("版本", given=True, key=True, hidden=True, width=14)
        self.use([*self.columns, self.row_version])

    def row(self, instance: Any) -> list[Any]:
        """The mark is taken of the cells as they leave, so that nothing is rendered twice."""
        cells = super().row(instance)
        cells[-1] = self.written_mark(cells)
        return cells

    def written_mark(self, cells: Sequence[Any]) -> str:
        return fingerprint.joined(
            0,
            [
                self._digest_of_secret(cell_text(cells[place]))
                if is_sensitive
                else _digest_of(cells[place])
                for place, is_sensitive in self._compared
            ],
        )

    def mark(self, told: Compared, cell: str) -> str:
        """A cell as its digest is taken: of a sensitive one, from which it could be guessed, only
        with a secret."""
        return self._veiled(cell) if told.column and told.column.sensitive else cell

    def _digest_of_secret(self, cell: str) -> str:
        return fingerprint.digest(self._veiled(cell))

    def _veiled(self, cell: str) -> str:
        return salted_hmac(self.salt, cell, algorithm="sha256").hexdigest() if cell else ""


def _digest_of(cell: Any) -> str:
    return _digest_of_text(cell) if type(cell) is str else fingerprint.digest(cell_text(cell))


@lru_cache(maxsize=4096)
def _digest_of_text(text: str) -> str:
    """Of the few texts that most cells of a table repeat."""
    return fingerprint.digest(as_written(text))
