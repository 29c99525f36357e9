"""Columns and cell readers, on django-import-export's Field and Widget."""

import datetime
import re
import unicodedata
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from import_export.fields import Field
from import_export.widgets import Widget


def text_of(value: Any) -> str:
    """A cell as text: numbers as Excel shows them, no control characters."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    return str(value)


class Column(Field):
    """A column of a sheet, declared once: label, other names, reader, and what it is for.

    `required` columns must be in the file; `given` ones are filled by the system and only
    identify the row; `hidden` ones are kept from the eye. `meaning` goes into the field guide.
    """

    def __init__(
        self,
        label: str,
        attribute: str | None = None,
        *,
        aliases: tuple[str, ...] = (),
        widget: Widget | None = None,
        required: bool = False,
        given: bool = False,
        hidden: bool = False,
        width: int = 12,
        meaning: Any = "",
    ) -> None:
        super().__init__(attribute=attribute, column_name=label, widget=widget or TextWidget())
        self.label, self.aliases = label, aliases
        self.required, self.given, self.hidden = required, given, hidden
        self.width, self.meaning = width, meaning

    @property
    def known_as(self) -> set[str]:
        from spreadsheets.form import normal

        return {normal(name) for name in (self.label, *self.aliases)}


class TextWidget(Widget):
    """Text as it stands, spaces around it removed. Refuses what no database can keep."""

    def __init__(self, longest: int = 10_000) -> None:
        super().__init__()
        self.longest = longest

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        text = text_of(value).replace("_x000D_", "").replace("\r\n", "\n").strip()
        if "\0" in text or any("\ud800" <= char <= "\udfff" for char in text):
            raise ValidationError(_("The text holds characters that cannot be stored."))
        if len(text) > self.longest:
            raise ValidationError(
                _("The text has %(length)d characters; at most %(longest)d are kept.")
                % {"length": len(text), "longest": self.longest}
            )
        return text

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        return value if value is not None else None


NUMBER = re.compile(r"^[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?$")


def number(value: Any) -> Decimal | None:
    """A number written in any usual way (full width, spaces, thousands marks), or None.

    Raises ValidationError for anything that is not clearly one number.
    """
    if isinstance(value, bool):
        raise ValidationError(_("Write a number here."))
    if isinstance(value, int | Decimal):
        return Decimal(value)
    text = unicodedata.normalize("NFKC", text_of(value)).strip().replace(" ", "")
    if not text:
        return None
    if not NUMBER.match(text):
        raise ValidationError(_("Write a number here, for instance 12 or 3.5."))
    try:
        return Decimal(text.replace(",", ""))
    except InvalidOperation:
        raise ValidationError(_("Write a number here, for instance 12 or 3.5.")) from None


YES, NO = {"是", "√", "✓", "✔", "有", "y", "yes", "true"}, {"否", "×", "✗", "x", "无", "n", "no", "false"}


def yes_or_no(text: str) -> bool | None:
    """True or False for 是 √ and 否 ×; None for anything else."""
    word = text.strip().lower()
    return True if word in YES else False if word in NO else None


DATE = re.compile(r"^(\d{4})[-./年](\d{1,2})[-./月](\d{1,2})日?$")


class DateWidget(Widget):
    """A day: an Excel date, 2026-03-31, 2026.3.31 or 2026年3月31日."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> datetime.date | None:
        text = unicodedata.normalize("NFKC", text_of(value)).strip()
        if not text:
            return None
        match = DATE.match(text)
        try:
            return datetime.date(*map(int, match.groups())) if match else _no_date()
        except ValueError:
            return _no_date()

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        return value


def _no_date() -> datetime.date:
    raise ValidationError(_("Write a date here, for instance 2026-03-31."))


class ChoiceWidget(Widget):
    """One of a list of words, in its Chinese label, its code, or another accepted word."""

    def __init__(self, words: dict[str, str]) -> None:
        super().__init__()
        self.words = words
        self.shown: dict[str, str] = {}
        for word, code in words.items():
            self.shown.setdefault(code, word)

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        text = text_of(value).strip()
        if not text:
            return ""
        if text in self.words:
            return self.words[text]
        if text in self.shown:
            return text
        raise ValidationError(
            _("Not one of the words known here: %(words)s.")
            % {"words": "、".join(self.shown.values())}
        )

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        return self.shown.get(value, value)
