"""Columns and cell readers, on django-import-export's Field and Widget."""

import datetime
import re
import unicodedata
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from import_export.fields import Field
from import_export.widgets import Widget

from spreadsheets import masking
from spreadsheets.errors import CONTROLS

IGNORED = str.maketrans("", "", " \u3000\t\r\n_-—:：/*＊()（）[]【】、，,。.“”\"'")
# Line breaks as other programs write them; Word's own is a vertical tab.
LINE_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")


def normal(label: Any) -> str:
    """A label as it is compared: NFKC, without spaces and punctuation, in lower case."""
    return unicodedata.normalize("NFKC", str(label)).translate(IGNORED).lower()


def text_of(value: Any) -> str:
    """A cell as text: numbers as Excel shows them, 是 and 否 for true and false."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def half_width(value: Any) -> str:
    """A cell as text in half-width characters, without any spaces: how codes are compared."""
    return "".join(unicodedata.normalize("NFKC", text_of(value)).split())


def as_written(text: str) -> str:
    """A stored text as a workbook holds it, and as it therefore comes back unchanged."""
    if text.isprintable():  # the usual case: nothing of the kind, and no line feed either
        return text.strip()
    return CONTROLS.sub("", LINE_BREAKS.sub("\n", text)).strip()


class Column(Field):
    """A column of a sheet, declared once: label, other names, reader, and what it is for.

    `required` columns must be in the file; `given` ones are filled by the system; of these
    only the `key` ones are read back, to tell the row; `hidden` ones are kept from the eye.
    `meaning` and `example` go into the field guide, `options` into a drop-down (the words of a
    ChoiceWidget do so by themselves). Columns of one `group` side by side share a header above
    them. `sensitive` ones leave masked, unless they are asked for in clear.
    """

    def __init__(  # noqa: PLR0913 - a declaration, written once per column
        self,
        label: str,
        attribute: str | None = None,
        *,
        aliases: tuple[str, ...] = (),
        widget: Widget | None = None,
        required: bool = False,
        given: bool = False,
        key: bool = False,
        hidden: bool = False,
        width: int = 12,
        meaning: Any = "",
        example: Any = "",
        options: tuple[str, ...] = (),
        group: str = "",
        sensitive: bool = False,
    ) -> None:
        super().__init__(attribute, label, widget or TextWidget())  # type: ignore[no-untyped-call]
        self.label, self.aliases = label, aliases
        self.required, self.given, self.key, self.hidden = required, given, key, hidden
        self.is_read = key or not given
        self.width, self.meaning, self.example = width, meaning, example
        self.options = options or getattr(self.widget, "words", ())
        self.group, self.sensitive = group, sensitive
        self._path = tuple((attribute or "").split("__"))

    @cached_property
    def known_as(self) -> frozenset[str]:
        return frozenset(normal(name) for name in (self.label, *self.aliases))

    def clean(self, row: Mapping[str, Any], **kwargs: Any) -> Any:
        return self.widget.clean(row[self.label])

    def get_value(self, instance: Any) -> Any:
        """The attribute, through relations; an eighth of what the package's own way costs."""
        for name in self._path:
            instance = getattr(instance, name, None)
            if instance is None:
                return None
        return instance

    def export(self, instance: Any, **kwargs: Any) -> Any:
        return self.widget.render(self.get_value(instance))

    def mask(self, text: str) -> str:
        """A sensitive text as it leaves where nobody asked for it in clear."""
        return masking.mask(text)

    def quote(self, text: str) -> str:
        """A cell as an error may quote it to whoever looks on."""
        if self.sensitive:
            return masking.HIDDEN
        return self.widget.quote(text) if isinstance(self.widget, CellWidget) else text

    def is_masked(self, value: Any) -> bool:
        """Whether a cell holds a mask that left here, which says nothing of the stored text."""
        return self.sensitive and masking.is_mask(text_of(value))


class GivenColumn(Column):
    """A column that the system fills, from a function of the object."""

    def __init__(self, label: str, show: Callable[[Any], Any], **options: Any) -> None:
        super().__init__(label, given=True, **options)
        self.show = show

    def export(self, instance: Any, **kwargs: Any) -> Any:
        return self.show(instance)


class CellWidget(Widget):
    """Reads a cell with clean(), which raises ValidationError, and writes it with render().

    `accepts` says in a short sentence what may be written; `number_format` is Excel's format of
    the column, so that what one types is not turned into something else.
    """

    number_format = "General"

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        return value

    def quote(self, text: str) -> str:
        """A cell as an error quotes it."""
        return text

    @property
    def accepts(self) -> str:
        return ""


class TextWidget(CellWidget):
    """Text as it stands, spaces around it removed. Refuses what no database can keep."""

    def __init__(self, longest: int = 10_000) -> None:
        super().__init__()
        self.longest = longest

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        if value is None:
            return ""
        text = text_of(value).strip()
        if not text.isprintable():
            text = LINE_BREAKS.sub("\n", text)
        if CONTROLS.search(text):
            raise ValidationError(
                _("The text holds control characters, which cannot be stored; type it anew.")
            )
        if len(text) > self.longest:
            raise ValidationError(
                _("The text has %(length)d characters; at most %(longest)d are kept.")
                % {"length": len(text), "longest": self.longest}
            )
        return text

    @property
    def accepts(self) -> str:
        return _("Text of at most %(longest)d characters.") % {"longest": self.longest}


class CodeWidget(CellWidget):
    """A code of digits, typed in full or half width, with spaces, or as a number."""

    number_format = "@"  # Excel shows 410581101000 as 4.10581E+11, and cuts 18 digits to 15

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        text = half_width(value)
        if len(text) > 40 or CONTROLS.search(text):
            raise ValidationError(_("A division code has exactly 12 digits."))
        return text

    @property
    def accepts(self) -> str:
        return _("Digits; spaces and full-width digits do no harm.")


NUMBER = re.compile(r"[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?")


def number(value: Any) -> Decimal | None:
    """A number written in any usual way (full width, spaces, thousands marks), or None.

    Raises ValidationError for anything that is not clearly one number.
    """
    if isinstance(value, bool):
        raise ValidationError(_("Write a number here, for instance 12 or 3.5."))
    if isinstance(value, int | Decimal):
        return Decimal(value)
    text = half_width(value)
    if not text:
        return None
    if not NUMBER.fullmatch(text):
        raise ValidationError(_("Write a number here, for instance 12 or 3.5."))
    return Decimal(text.replace(",", ""))


YES = {"是", "对", "√", "✓", "✔", "有", "y", "yes", "true"}
NO = {"否", "错", "×", "✗", "x", "n", "no", "false"}


def yes_or_no(text: str) -> bool | None:
    """True or False for 是 √ and 否 ×; None for anything else."""
    word = text.strip().lower()
    return True if word in YES else False if word in NO else None


class YesNoWidget(CellWidget):
    """True or false, as 是 or √, 否 or ×; None for an empty cell."""

    words = ("是", "否")

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> bool | None:
        text = half_width(value)
        answer = yes_or_no(text)
        if text and answer is None:
            raise ValidationError(_("Write 是 or 否 here."))
        return answer

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        return None if value is None else text_of(bool(value))

    @property
    def accepts(self) -> str:
        return _("是 or √, 否 or ×.")


LARGEST = 10**15  # more digits than these Excel does not keep


class WholeNumberWidget(CellWidget):
    """A count: 12, １２, 1,234 or the same as text; None for an empty cell."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> int | None:
        found = number(value)
        if found is None:
            return None
        if not 0 <= found < LARGEST or found % 1:
            raise ValidationError(_("Write a whole number here, zero or more."))
        return int(found)

    @property
    def accepts(self) -> str:
        return _("A whole number, zero or more.")


DATE = re.compile(r"(\d{4})[-./年](\d{1,2})[-./月](\d{1,2})日?")


class DateWidget(CellWidget):
    """A day: an Excel date, 2026-03-31, 2026.3.31 or 2026年3月31日."""

    number_format = "yyyy-mm-dd"

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> datetime.date | None:
        text = half_width(value)
        if not text:
            return None
        match = DATE.fullmatch(text)
        try:
            return datetime.date(*map(int, match.groups())) if match else _no_date()
        except ValueError:
            return _no_date()

    @property
    def accepts(self) -> str:
        return _("2026-03-31, 2026.3.31, 2026年3月31日, or an Excel date.")


def _no_date() -> datetime.date:
    raise ValidationError(_("Write a date here, for instance 2026-03-31."))


MONTH = re.compile(r"(\d{4})(?:[-./年](\d{1,2})月?|(\d{2}))", re.ASCII)
YEARS = range(1900, 2100)
SERIAL = re.compile(r"\d{5}", re.ASCII)
SERIALS = range(15_000, 60_001)  # 1941 to 2064
FIRST_SERIAL = datetime.date(1899, 12, 30)


class MonthWidget(CellWidget):
    """A month as “1978-05”, from the many ways in which registers write one.

    As a number 1978.10 is 1978.1, so that nobody can tell October from January any more.
    """

    number_format = "@"  # so that 1978.10, typed here, keeps its zero

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        if isinstance(value, float | Decimal):
            value = Decimal(str(value)).normalize()
            if value % 1 == Decimal("0.1"):
                message = _(
                    "As a number, January and October both look like %(number)s. "
                    "Write the month as 1978-01 or 1978-10."
                )
                raise ValidationError(message % {"number": value})
        text = half_width(value)
        return self._month(text) if text else ""

    def _month(self, text: str) -> str:
        if SERIAL.fullmatch(text) and int(text) in SERIALS:
            return f"{FIRST_SERIAL + datetime.timedelta(days=int(text)):%Y-%m}"
        if DATE.fullmatch(text):
            day = DateWidget().clean(text)
            year, month = (day.year, day.month) if day else (0, 0)
        elif match := MONTH.fullmatch(text):
            year, month = int(match[1]), int(match[2] or match[3])
        else:
            year = month = 0
        if year not in YEARS or not 1 <= month <= 12:
            raise ValidationError(
                _("Write a month of the years 1900 to 2099, for instance 1978.05.")
            )
        return f"{year}-{month:02}"

    @property
    def accepts(self) -> str:
        return _("1978.05, 1978-05, 197805, 1978年5月, or a date in that month.")


PHONE_MARKS = re.compile(r"^(\+86|0086)|[-—–‐()]")
PHONE = re.compile(r"1[3-9]\d{9}|0\d{2,3}\d{7,8}", re.ASCII)


class PhoneWidget(CellWidget):
    """A mobile number, or one of a line with its area code, as its bare digits."""

    number_format = "@"

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        text = PHONE_MARKS.sub("", half_width(value))
        if text and not PHONE.fullmatch(text):
            raise ValidationError(
                _("Write a mobile number of 11 digits here, or one with its area code.")
            )
        return text

    @property
    def accepts(self) -> str:
        return _("13812345678, 138 1234 5678, or 0372-1234567.")


MOST_WORDS_TOLD = 12


class ChoiceWidget(CellWidget):
    """One of a list of words, in its Chinese label, its code, or another accepted word."""

    def __init__(self, words: dict[str, str]) -> None:
        super().__init__()
        self.codes: dict[str, str] = {}
        self.shown: dict[str, str] = {}
        for word, code in words.items():
            self.shown.setdefault(code, word)
            self.codes |= {half_width(word): code, str(code): code}

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        text = half_width(value)
        if not text:
            return ""
        if text in self.codes:
            return str(self.codes[text])
        raise ValidationError(
            _("Not one of the words known here: %(words)s.")
            % {"words": "、".join(self.shown.values())}
        )

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        return self.shown.get(value, value)

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(self.shown.values())

    @property
    def accepts(self) -> str:
        more = "…" if len(self.words) > MOST_WORDS_TOLD else ""
        return _("One of: %(words)s.") % {"words": "、".join(self.words[:MOST_WORDS_TOLD]) + more}
