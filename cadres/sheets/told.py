"""What the columns of a form about people tell of a line: a person in a role.

The line is a posting or a membership, and `person__birth` the birth of its person.
"""

import datetime
from typing import Any

from spreadsheets.fields import Column
from spreadsheets.model_cells import cell_text

OF_PERSON = "person__"
EMPTY = ("", None)


class Told:
    """One column that is compared and written."""

    def __init__(self, column: Column, field: Any) -> None:
        self.column, self.label = column, column.label
        self.name = column.attribute or ""
        self.is_of_person = self.name.startswith(OF_PERSON)
        self.field_name = self.name.removeprefix(OF_PERSON)
        self.is_sensitive = column.sensitive
        self._field, self._render = field, column.widget.render
        self._is_day = getattr(field, "get_internal_type", str)() == "DateField"

    def value(self, line: Any) -> Any:
        return self.column.get_value(line)

    def said(self, value: Any) -> str:
        """What an export would show of a value."""
        return cell_text(self._render(value))

    def cell(self, line: Any) -> str:
        return self.said(self.column.get_value(line))

    def kept(self, value: Any) -> Any:
        """A value as JSON holds it; nothing is an empty text."""
        if isinstance(value, datetime.date):
            return value.isoformat()
        return "" if value is None else str(value) if isinstance(value, str) else value

    def restored(self, kept: Any) -> Any:
        """What kept() kept, as the model has it."""
        if self._is_day:
            return datetime.date.fromisoformat(kept) if kept else None
        return None if kept == "" and self._is_number else kept

    @property
    def _is_number(self) -> bool:
        return self._field is not None and self._field.null
