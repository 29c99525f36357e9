"""Days and months as pages write them, from what a row or its history keeps."""

from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.formats import date_format

from cadres import months


def is_dated(field: Any) -> bool:
    return isinstance(field, models.DateField | months.MonthField)


def dated(field: Any, value: Any) -> str:
    """The value of a field that is_dated(), also as text; what is no date stays as it is."""
    text = str(value)
    if isinstance(field, months.MonthField):
        return months.shown(text)
    if isinstance(field, models.DateTimeField):
        at = parse_datetime(text)
        return date_format(timezone.localtime(at), "SHORT_DATETIME_FORMAT") if at else text
    day = parse_date(text)
    return date_format(day, "SHORT_DATE_FORMAT") if day else text
