"""Where an entry stands, and why it may hold no value."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    BLANK = "blank", _("Not reported")
    DRAFT = "draft", _("Draft saved")
    SUBMITTED = "submitted", _("Awaiting review")
    RETURNED = "returned", _("Returned")
    ACCEPTED = "accepted", _("Accepted")
    # By an amendment of the ledger: no longer owed, and counted nowhere.
    WITHDRAWN = "withdrawn", _("No longer owed")


class Nothing(models.TextChoices):
    """Why there is no value; an empty text where there is one, or nothing said yet."""

    NIL = "nil", _("Nil report")
    NOT_APPLICABLE = "not_applicable", _("Not applicable")
    EXEMPT = "exempt", _("Exempt")


EDITABLE = (State.BLANK, State.DRAFT, State.RETURNED)
REPORTED = (State.SUBMITTED, State.ACCEPTED)
