"""What the title lines of a form say: whose it is, and of which quarter."""

import datetime
import re

from django.utils.translation import gettext as _

from spreadsheets.errors import Refused
from spreadsheets.form import Form
from tasks import words
from tasks.models import Period
from villages.models import Division, Level

QUARTER_IN_TITLE = re.compile(r"(\d{4})年?度?第?([一二三四1-4])季度")
FILLED_ON = re.compile(r"填报时间[:：](\d{4})[年./-](\d{1,2})[月./-](\d{1,2})")


def period_by(code: str) -> Period:
    try:
        return Period.objects.by_code(code)
    except Period.DoesNotExist:
        raise Refused(_("There is no quarter %(code)s here.") % {"code": code}) from None


def quarter_code(year: str, quarter: str) -> str:
    """2026Q1 for 2026 and 一, or 1."""
    digits = {word: str(digit) for digit, word in words.QUARTERS.items()}
    return f"{year}Q{digits.get(quarter, quarter)}"


def quarter_in(heading: str) -> str:
    match = QUARTER_IN_TITLE.search(heading)
    if not match:
        return ""
    return quarter_code(match[1], match[2])


def quarter_when_filled(heading: str) -> str:
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


def check_heading(form: Form, own: Division) -> None:
    """A form made elsewhere names its township in the title: it must not be another one."""
    heading = "".join(form.heading)
    near = {own.name, own.parent.name if own.parent else ""} - {""}
    if any(name in heading for name in near if own.level == Level.VILLAGE or name == own.name):
        return
    townships = Division.objects.filter(level=Level.TOWNSHIP).values_list("name", flat=True)
    others = {name for name in townships if name in heading} - near
    if others:
        message = _("This workbook belongs to %(found)s, but you report for %(own)s.")
        raise Refused(message % {"found": "、".join(sorted(others)), "own": own}, foreign=True)
