import datetime
from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from tasks.models.period import Period
from villages.models import Division, PlacedQuerySet


class ReminderQuerySet(PlacedQuerySet["Reminder"]):
    def sent(self, on: datetime.date) -> Self:
        return self.filter(on=on)


class Reminder(models.Model):
    """That a unit was asked for what it owes; one for each unit, quarter and day at most."""

    division = models.ForeignKey(
        Division, models.PROTECT, verbose_name=_("unit"), related_name="reminders"
    )
    period = models.ForeignKey(
        Period, models.PROTECT, verbose_name=_("quarter"), related_name="reminders"
    )
    on = models.DateField(_("day"))
    by = models.ForeignKey(User, models.PROTECT, verbose_name=_("by"), null=True, related_name="+")
    words = models.CharField(_("in words"), max_length=200, blank=True)
    is_escalation = models.BooleanField(
        _("about units below"),
        default=False,
        help_text=_("Units below have been overdue for so long that the level above is told."),
    )

    objects = ReminderQuerySet.as_manager()

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        ordering = ["-on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["division", "period", "on"],
                name="reminder_once_a_day",
                violation_error_message=_("This unit has been reminded today."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.division} · {self.period} · {self.on}"
