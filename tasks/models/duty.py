"""Duty lists (责任清单): tasks that only those villages owe to which somebody is sent.

A duty is a line of the year's ledger like any other, so that filling, evidence, review, lights
and sheets are those of the ledger; what differs is who owes it.
"""

import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cadres.models import OrganizationBinding, Posting
from cadres.models.posting_kind import FIRST_SECRETARY
from villages.models import DivisionQuerySet, Level


class Duty(models.TextChoices):
    """Whose list a task stands on."""

    FIRST_SECRETARY = "first_secretary", _("Task list of the first secretary")
    ORGANIZATION = "sending_organization", _("Responsibility list of the sending organisation")


def holds(duty: str, on: datetime.date, division: str = "pk") -> Q:
    """That a village owes a duty on a day: it has a first secretary, or an organisation is bound
    to it, be it by the posting alone. `division` is the way to the village."""
    held = Posting.objects.on(on).in_seat(FIRST_SECRETARY)
    if duty == Duty.FIRST_SECRETARY:
        return Q(**{f"{division}__in": held.values("division")})
    sent = held.exclude(organization=None).values("division")
    bound = OrganizationBinding.objects.on(on).values("village")
    return Q(**{f"{division}__in": sent}) | Q(**{f"{division}__in": bound})


def idle(on: datetime.date) -> Q:
    """Lines of duties of villages that do not owe them as of a day."""
    found = Q()
    for duty in Duty:
        found |= Q(task__duty=duty) & ~holds(duty, on, "division")
    return found


DUTY_CONSTRAINTS = (
    models.CheckConstraint(
        name="task_duty_is_reported_by_villages",
        condition=Q(duty="") | Q(reporting_level=Level.VILLAGE),
        violation_error_message=_("Duty lists are reported by villages."),
    ),
    models.CheckConstraint(
        name="task_supports_as_duty_of_an_organization",
        condition=Q(supports=None) | Q(duty=Duty.ORGANIZATION),
        violation_error_message=_("Only an item of the organisation's list supports another."),
    ),
)


class WithDuty(models.Model):
    """What a task says of itself where it stands on a duty list."""

    duty = models.CharField(
        _("duty list"),
        max_length=25,
        choices=Duty,
        blank=True,
        help_text=_(
            "Owed only by villages with a first secretary, or with a sending organisation."
        ),
    )
    supports = models.ForeignKey(
        "tasks.Task",
        models.PROTECT,
        verbose_name=_("supports the task"),
        null=True,
        blank=True,
        related_name="supported_by",
        limit_choices_to={"duty": Duty.FIRST_SECRETARY},
        help_text=_("Which task of the first secretary the organisation helps with by this."),
    )

    class Meta:
        abstract = True

    def owing(self, units: DivisionQuerySet, on: datetime.date) -> DivisionQuerySet:
        """Who of the units of its level owes it as of a day."""
        return units.filter(holds(self.duty, on)) if self.duty else units

    def clean_duty(self) -> None:
        level = getattr(self, "reporting_level", "")
        wanted = (Duty.FIRST_SECRETARY, getattr(self, "ledger_id", None))
        wrong: dict[str, Any] = {}
        if self.duty and level != Level.VILLAGE:
            wrong["duty"] = _("Duty lists are reported by villages.")
        helped = self.supports
        if helped and self.duty != Duty.ORGANIZATION:
            wrong["supports"] = _("Only an item of the organisation's list supports another.")
        elif helped and (helped.duty, helped.ledger_id) != wanted:
            wrong["supports"] = _("Choose a task of the first secretary of the same ledger.")
        if wrong:
            raise ValidationError(wrong)
