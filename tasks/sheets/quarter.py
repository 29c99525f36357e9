"""The quarter that a form is about, as its title or the day on which it was filled says it."""

import datetime
import re

from django.utils.translation import gettext as _

from spreadsheets.errors import Refused
from tasks import words
from tasks.models import Period

QUARTER_IN_TITLE = re.compile(r"(\d{4})年?度?第?([一二三四1-4])季度")
FILLED_ON = re.compile(r"填报时间[:：](\d{4})[年./-](\d{1,2})[月./-](\d{1,2})")


def period_by(code: str) -> Period:
    try:
        return Period.objects.by_code(code)
    except Period.DoesNotExist:
        raise Refused(_("There is no quarter %(code)s here.") % {"code": code}) from None


def in_heading(heading: str) -> str:
    match = QUARTER_IN_TITLE.search(heading)
    if not match:
        return ""
    digits = {word: str(digit) for digit, word in words.QUARTERS.items()}
    return f"{match[1]}Q{digits.get(match[2], match[2])}"


def when_filled(heading: str) -> str:
    """The one quarter whose reporting window holds the day on which the form was filled in."""
    match = FILLED_ON.search(heading)
    if not match:
        return ""
    try:
        day = datetime.date(*map(int, match.groups()))
    except ValueError:
        return ""
    open_then = list(Period.objects.filter(opens__lte=day, due__gte=day))
    return open_then[0].code if len(open_then) == 1 else ""
