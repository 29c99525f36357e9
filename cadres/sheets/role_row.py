"""A row of a roster on its way: what it says, whom and which role it means, and what it does."""

from dataclasses import dataclass, field
from typing import Any

from cadres.models import Person
from cadres.sheets.told import Told
from spreadsheets.errors import at_column
from spreadsheets.fingerprint import Fingerprint
from spreadsheets.form import Record
from spreadsheets.sheet import Checked
from villages.models import Division


@dataclass(slots=True)
class Row:
    """`old` is the role as it stands, None for a new one; `wanted` as the row would have it.

    `does` is what the row does beside itself, in words that JSON holds; it is compared again
    when the import is applied. What is wrong, or to be confirmed, is told by attribute.
    """

    record: Record
    checked: Checked
    values: dict[str, Any]
    labels: dict[Any, str]
    unit: Division | None = None
    mark: Fingerprint | None = None
    person: Person | None = None
    old: Any = None
    wanted: Any = None
    does: dict[str, Any] = field(default_factory=dict)
    masked: frozenset[str] = frozenset()
    # What of it was changed in the file and here.
    both: tuple[Told, ...] = ()

    @property
    def number(self) -> int:
        return self.record.row

    def says(self, name: str) -> Any:
        return self.values.get(name)

    def wrong(self, name: str, message: Any) -> None:
        error = self._told(name, message)
        taken = {found.cell for found in self.checked.errors}
        if error.cell not in taken or name not in self.labels:
            self.checked.errors.append(error)

    def is_wrong(self, name: str) -> bool:
        """Whether the cell of an attribute is told to be wrong, so that nothing follows from it."""
        label = self.labels.get(name)
        if label not in self.record.letters:
            return False
        cell = self.record.address(label)
        return any(error.cell == cell for error in self.checked.errors)

    def doubtful(self, name: str, message: Any) -> None:
        self.checked.warnings.append(self._told(name, message))

    def _told(self, name: str, message: Any) -> Any:
        """At the cell of the column; where the file has no such column, at the name."""
        label = self.labels.get(name, "")
        if label in self.record.letters:
            return self.record.error(label, str(message))
        text = at_column(label, message)
        return self.record.error(self.labels.get("person__name"), text)
