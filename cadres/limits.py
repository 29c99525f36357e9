"""How large a number of the registers may be: beyond is a slip of the keyboard."""

from django.core.validators import MaxValueValidator
from django.utils.translation import gettext_lazy as _


def at_most(limit: int) -> MaxValueValidator:
    return MaxValueValidator(limit, _("At most %(limit_value)d; look at the digits."))


# Of one visit, and of one talk to villagers.
PROBLEMS, AUDIENCE = at_most(999), at_most(30_000)
# Whom one organisation can send.
CAPACITY = at_most(999)
# What the city says of a kind of posting: seats in one unit, and fifty years.
SEATS, TERM = at_most(99), at_most(600)
AGE = at_most(120)
# Years of recruitment.
COHORTS = range(1990, 2101)
