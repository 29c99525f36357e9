"""A light set by hand: what a level above wants shown for a unit in place of what the rule says.

It changes the light shown for the unit, or for one task of it, and nothing else: lines, counts
and lists stay by the rule, so that every number still equals its list.
"""

import datetime
from collections.abc import Iterable
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from tasks.models.light import Light
from tasks.models.period import Period
from tasks.models.task import Task
from villages.models import Division, PlacedQuerySet


class LightOverrideQuerySet(PlacedQuerySet["LightOverride"]):
    def standing(self, on: datetime.date) -> Self:
        """They end by themselves, after their last day."""
        return self.filter(ended_at=None, until__gte=on)

    def for_units(self, period: Period, division_ids: Iterable[int]) -> Self:
        """Those of some units in a quarter: of each as a whole, and of its single tasks."""
        return self.filter(period=period, division__in=list(division_ids))

    def about(self, division: Division, period: Period, task: Task | None) -> Self:
        """Those of one unit as a whole, or of one of its tasks, that stand and that ended."""
        return self.for_units(period, [division.pk]).filter(task=task)


class LightOverride(models.Model):
    """Which light a unit shows instead, by whom, why, and until when; never deleted."""

    division = models.ForeignKey(
        Division, models.PROTECT, verbose_name=_("unit"), related_name="light_overrides"
    )
    period = models.ForeignKey(
        Period, models.PROTECT, verbose_name=_("quarter"), related_name="light_overrides"
    )
    task = models.ForeignKey(
        Task,
        models.PROTECT,
        verbose_name=_("task"),
        null=True,
        blank=True,
        related_name="light_overrides",
        help_text=_("None: the unit as a whole."),
    )
    light = models.CharField(_("light"), max_length=10, choices=Light)
    reason = models.CharField(_("reason"), max_length=200)
    by = models.ForeignKey(User, models.PROTECT, verbose_name=_("set by"), related_name="+")
    at = models.DateTimeField(_("set at"))
    until = models.DateField(_("holds until"))
    ended_by = models.ForeignKey(
        User, models.PROTECT, verbose_name=_("ended by"), null=True, related_name="+"
    )
    ended_at = models.DateTimeField(
        _("ended at"),
        null=True,
        help_text=_("Without a person: its last day was past when the next one was set."),
    )

    objects = LightOverrideQuerySet.as_manager()

    class Meta:
        verbose_name = _("light set by hand")
        verbose_name_plural = _("lights set by hand")
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["division", "period", "task"],
                condition=Q(ended_at=None),
                name="light_override_one_for_a_task_of_a_unit",
                violation_error_message=_(
                    "The light of this task is set by hand already; end that first."
                ),
            ),
            # Two rows without a task are never the same to the constraint above.
            models.UniqueConstraint(
                fields=["division", "period"],
                condition=Q(ended_at=None, task=None),
                name="light_override_one_for_a_unit_as_a_whole",
                violation_error_message=_(
                    "The light of this unit is set by hand already; end that first."
                ),
            ),
            models.CheckConstraint(
                name="light_override_has_a_reason",
                condition=~Q(reason=""),
                violation_error_message=_("Say why the light is set by hand."),
            ),
            models.CheckConstraint(
                name="light_override_ended_by_somebody_says_when",
                condition=Q(ended_by=None) | Q(ended_at__isnull=False),
                violation_error_message=_("What somebody ended says when."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.division} · {self.period} · {self.task or '–'} · {self.get_light_display()}"

    def stands(self, on: datetime.date) -> bool:
        return self.ended_at is None and on <= self.until
