"""Months as personnel forms keep them: birth, joining the party, taking office."""

import datetime
import re
import unicodedata
from typing import Any

from django.core.validators import RegexValidator
from django.db import models
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _

# The years of `spreadsheets.fields.MonthWidget`, and its words for all others.
PATTERN = r"(?:19|20)[0-9]{2}-(?:0[1-9]|1[0-2])"
NO_MONTH = _("Write a month of the years 1900 to 2099, for instance 1978.05.")
WRITTEN = re.compile(r"(\d{4})\s*[-./年]?\s*(\d{1,2})\s*月?", re.ASCII)


class MonthField(models.CharField[str, str]):
    """A month as `1978-05`: it sorts as it reads, and says no day that nobody wrote down."""

    default_validators = [RegexValidator(rf"^{PATTERN}$", NO_MONTH)]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["max_length"] = 7
        super().__init__(*args, **kwargs)


def is_month(text: str) -> bool:
    """Whether it is written as months are stored."""
    return re.fullmatch(PATTERN, text) is not None


def typed(text: str) -> str:
    """1978-05 of the writings of forms: 1978.05, 1978.5, 197805, 1978年5月, also in full width;
    what is none of them stays as it was typed."""
    plain = unicodedata.normalize("NFKC", text).strip()
    found = WRITTEN.fullmatch(plain)
    return f"{found[1]}-{int(found[2]):02}" if found else plain


def shown(month: str) -> str:
    """1978.05 of 1978-05, as forms write it."""
    return month.replace("-", ".")


FIRST_YEAR, LAST_YEAR = 1949, 2099


def day_of(text: str | None) -> datetime.date | None:
    """The day that an address gives; None where it gives none that a register could mean."""
    try:
        day = parse_date(text or "")
    except ValueError:
        return None
    return day if day and FIRST_YEAR <= day.year <= LAST_YEAR else None


def month_of(day: datetime.date) -> str:
    return f"{day.year:04}-{day.month:02}"


def first_day(month: str) -> datetime.date:
    return datetime.date(int(month[:4]), int(month[5:]), 1)


def last_day(month: str) -> datetime.date:
    return months_later(first_day(month), 1) - datetime.timedelta(days=1)


def months_later(day: datetime.date, months: int) -> datetime.date:
    """The same day so many months later, or the last one of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    following = datetime.date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return datetime.date(
        year, month + 1, min(day.day, (following - datetime.timedelta(days=1)).day)
    )


def last_of_term(first: datetime.date, months: int) -> datetime.date:
    """The last day of so many months: the day before the same day of a later month, or the last
    one of a month that has no such day."""
    later = months_later(first, months)
    return later - datetime.timedelta(days=1) if later.day == first.day else later


def age(birth: str, on: datetime.date) -> int | None:
    """Full years on a day, counted from the first of the month of birth."""
    if not birth:
        return None
    years = on.year - int(birth[:4])
    return years - (on.month < int(birth[5:]))


def born_until(years: int, on: datetime.date) -> str:
    """The last month of birth of those who are so many years old on a day, or older."""
    return f"{on.year - years:04}-{on.month:02}"
