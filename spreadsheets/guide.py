"""The field guide of a sheet: what each column means and what may be written into it."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from spreadsheets.fields import Column
from spreadsheets.sheet import Sheet


@dataclass(frozen=True)
class GuideRow:
    """One column in the words of the reader's language."""

    label: str
    meaning: str
    accepts: str
    example: str
    required: bool

    @property
    def notes(self) -> Iterator[str]:
        """The same as the lines of a note beside the column."""
        if self.meaning:
            yield self.meaning
        if self.accepts:
            yield _("Accepted: %(accepts)s") % {"accepts": self.accepts}
        if self.example:
            yield _("Example: %(example)s") % {"example": self.example}


def guide_rows(sheet: Sheet) -> list[GuideRow]:
    """Every column that people see, in the order of the sheet."""
    return [guide_row(column) for column in sheet.columns if not column.hidden]


def guide_row(column: Column) -> GuideRow:
    if column.given and column.key and column.required:
        accepts = _("Tells the row: leave it as it is, and fill it in where you add a row.")
        example = str(column.example)
        return GuideRow(column.label, str(column.meaning), accepts, example, required=True)
    if column.given:
        accepts = _("Filled by the system; leave it as it is.")
        return GuideRow(column.label, str(column.meaning), accepts, "", required=False)
    accepts = getattr(column.widget, "accepts", "")
    if column.sensitive:
        accepts = _("%(accepts)s Where stars stand, as in 138****5678, what is stored stays.") % {
            "accepts": accepts
        }
    return GuideRow(
        label=column.label,
        meaning=str(column.meaning),
        accepts=accepts,
        example=str(column.example),
        required=column.required,
    )
