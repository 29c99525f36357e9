"""What can be wrong with a file, a cell, or the moment of applying it."""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.utils.translation import gettext as _

from spreadsheets.masking import veiled

SHOWN = 60
# What no workbook holds: control characters other than tab and line feed, half characters.
CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def shown(value: Any) -> str:
    """A cell as an error quotes it: short, and without what no database or page can hold, or
    a number of a person, of which a part would be left at the end."""
    return "" if value is None else CONTROLS.sub(" ", veiled(str(value))[:SHOWN])


def at_column(label: str, message: Any) -> str:
    """A message about a column that the file does not have, told at another cell."""
    if not label:
        return str(message)
    return _("%(label)s: %(message)s") % {"label": label, "message": message}


class Refused(Exception):
    """The whole file is refused, in words for the person who uploaded it.

    `foreign` marks a file that reaches for data of another division: it is logged. `sheet` is
    the name of the one that the file is meant for, where that is known.
    """

    def __init__(self, message: str, *, foreign: bool = False, sheet: str = "") -> None:
        # It may quote the file, which holds what no database and no page can.
        self.message = veiled(CONTROLS.sub(" ", str(message)))
        super().__init__(self.message)
        self.foreign, self.sheet = foreign, sheet


@dataclass(frozen=True)
class CellError:
    """One thing wrong: where, the value found there, and what to do about it."""

    sheet: str
    cell: str
    value: str
    message: str

    def as_dict(self) -> dict[str, str]:
        return asdict(self)


class Stale(Exception):
    """Nothing was written, because rows changed after the preview; `reasons` names them."""

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__(reasons)
        self.reasons = list(reasons)
