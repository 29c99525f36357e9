"""Whether a file is meant for the sheet that it was given to, and for which one else.

A download says so in its hidden sheet, a form of the offices in its title; of anything else the
columns are compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.utils.translation import gettext as _

from spreadsheets import form
from spreadsheets.errors import CellError, Refused
from spreadsheets.form import Form
from spreadsheets.reader import Book
from spreadsheets.sheet import Sheet, all_sheets, by_name

LEAST_COLUMNS = 3


def check_origin(sheet: Sheet, meta: Mapping[str, str]) -> None:
    """Raise Refused where a downloaded workbook is of another sheet, or of an older form."""
    made_for, version = meta.get("sheet", ""), meta.get("version")
    if made_for and made_for != sheet.name:
        found = _called(made_for)
        message = _("This workbook was downloaded as “%(found)s”; “%(wanted)s” is wanted here.")
        says = {"found": found.title if found else made_for, "wanted": sheet.title}
        raise Refused(message % says, sheet=found.name if found else "")
    if made_for and version != str(sheet.version):
        raise Refused(
            _(
                "This template is of version %(found)s, but version %(wanted)s is in use. "
                "Download a fresh one and copy your cells into it."
            )
            % {"found": version, "wanted": sheet.version}
        )


def understood(book: Book, sheet: Sheet) -> Form:
    """The form; raises Refused where it is plainly not of this sheet but of another."""
    try:
        found = form.understand(book.sheets, sheet.columns)
    except Refused as refused:
        _refuse_for(_of_columns(book, sheet, more_than=0))
        if not book.is_text:
            raise
        # Whatever is no workbook is read as text, however its file is called.
        message = _("This is no Excel workbook but a text file. %(why)s")
        raise Refused(message % {"why": refused.message}) from None
    if found.meta:
        return found
    _refuse_for(_of_title(found, sheet))
    if found.errors:
        _refuse_for(_of_columns(book, sheet, more_than=len(found.header.places)))
    return found


def remarks(book: Book, sheet: Sheet, found: Form) -> Iterator[CellError]:
    """Where all that is needed is there, but another sheet knows more of the columns."""
    if found.meta or not found.others or _is_called(found, sheet):
        return
    if other := _of_columns(book, sheet, more_than=len(found.header.places)):
        message = _("“%(other)s” knows more of these columns; is the file meant for this sheet?")
        yield found.header.error(found.others[0], message % {"other": other.title})


def _called(name: str) -> type[Sheet] | None:
    try:
        return by_name(name)
    except KeyError:
        return None


def _refuse_for(other: Sheet | None) -> None:
    if other is not None:
        message = _("This looks like the sheet “%(other)s”; upload it there.")
        raise Refused(message % {"other": other.title}, sheet=other.name)


def _others(sheet: Sheet) -> Iterator[Sheet]:
    """The other sheets that the user fills; the system's own command line is not asked."""
    for other in all_sheets():
        if sheet.user is not None and other.name != sheet.name and other.is_filled_by(sheet.user):
            yield other(sheet.user)


def _of_title(found: Form, sheet: Sheet) -> Sheet | None:
    """The sheet whose form the title names, where that is not this one."""
    if _is_called(found, sheet) or not sheet.title_words:
        return None
    return next((other for other in _others(sheet) if _is_called(found, other)), None)


def _is_called(found: Form, sheet: Sheet) -> bool:
    """Whether a line above the table names the form; 填报单位： and the like name somebody."""
    titles = [line for line in found.heading if ":" not in line]
    return any(word in title for title in titles for word in sheet.title_words)


def _of_columns(book: Book, sheet: Sheet, *, more_than: int) -> Sheet | None:
    """A sheet as which the file misses nothing, and that knows more of its columns."""
    least = max(more_than, LEAST_COLUMNS)
    return next((one for one in _others(sheet) if _columns_known(book, one) > least), None)


def _columns_known(book: Book, sheet: Sheet) -> int:
    """How many columns of the file a sheet knows; none where it misses any that it needs."""
    try:
        found = form.understand(book.sheets, sheet.columns)
    except Refused:
        return 0
    return 0 if found.errors else len(found.header.places)
