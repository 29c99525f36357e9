"""Working days in China: weekends, but for holidays and the workdays that make up for them."""

import datetime
from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from villages.models import Viewer

SATURDAY = 5


class SpecialDayQuerySet(models.QuerySet["SpecialDay"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """The calendar is common to all."""
        return self.all()

    def workdays_between(self, after: datetime.date, until: datetime.date) -> int:
        """Working days after one day, up to and with another."""
        special = dict(self.filter(on__gt=after, on__lte=until).values_list("on", "is_workday"))
        days = (after + datetime.timedelta(days=n + 1) for n in range((until - after).days))
        return sum(special.get(day, day.weekday() < SATURDAY) for day in days)


class SpecialDay(models.Model):
    """A day that is not what its weekday says, by the State Council's notice of the year."""

    on = models.DateField(_("day"), unique=True)
    is_workday = models.BooleanField(_("working day"), default=False)
    name = models.CharField(_("name"), max_length=30)

    objects = SpecialDayQuerySet.as_manager()

    class Meta:
        verbose_name = _("holiday or make-up workday")
        verbose_name_plural = _("holidays and make-up workdays")
        ordering = ["on"]

    def __str__(self) -> str:
        return f"{self.on} {self.name}"
