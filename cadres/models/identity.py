"""Identity numbers of 18 characters (GB 11643), and what they say of their holder."""

import datetime
import re

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from cadres.models.words import Sex

NUMBER = re.compile(r"\d{17}[\dX]", re.ASCII)
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = "10X98765432"


def checked(text: str) -> str:
    """The number as it is stored, with a capital X; raises ValidationError naming the fault.

    The messages never repeat the number: they are shown in previews and kept with imports.
    """
    number = "".join(text.split()).upper()
    if len(number) == 18 and number.endswith("000") and not _sum_fits(number):
        raise ValidationError(
            _(
                "The last three digits of this identity number were lost, as Excel does with "
                "numbers; type it as text."
            )
        )
    if not NUMBER.fullmatch(number):
        raise ValidationError(_("An identity number has 18 digits, the last of them may be X."))
    if not _has_day_of_birth(number) or not _sum_fits(number):
        raise ValidationError(
            _("This identity number does not pass its own check: a digit is wrong.")
        )
    return number


def birth_of(number: str) -> str:
    return f"{number[6:10]}-{number[10:12]}"


def sex_of(number: str) -> Sex:
    return Sex.MALE if int(number[16]) % 2 else Sex.FEMALE


def _has_day_of_birth(number: str) -> bool:
    """Whether somebody can have been born on the day that it tells."""
    try:
        day = datetime.date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    return day <= timezone.localdate()


def _sum_fits(number: str) -> bool:
    if not NUMBER.fullmatch(number):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number, WEIGHTS, strict=False))
    return CHECKS[total % 11] == number[17]
