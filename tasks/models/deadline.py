"""What moves the dates of a quarter: extensions for one unit, and changes for all."""

import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from tasks.models.period import Period
from villages.models import Division, Viewer

DAYS = {field.name: field for field in Period._meta.concrete_fields}


class ExtensionQuerySet(models.QuerySet["Extension"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """Those of the own unit and below, and of the units above it, which hold for it too."""
        if viewer.sees_everything:
            return self.all()
        return self.filter(division__in=Division.objects.in_line_of(viewer))

    def running(self, on: datetime.date) -> Self:
        """They end by themselves, on their date."""
        return self.filter(ended_at=None, until__gte=on)


class Extension(models.Model):
    """A later due date of one quarter for one unit and everything below it, with the reason."""

    division = models.ForeignKey(
        Division, models.PROTECT, verbose_name=_("unit"), related_name="extensions"
    )
    period = models.ForeignKey(
        Period, models.PROTECT, verbose_name=_("quarter"), related_name="extensions"
    )
    until = models.DateField(_("extended to"))
    reason = models.CharField(_("reason"), max_length=200)
    granted_by = models.ForeignKey(
        User, models.PROTECT, verbose_name=_("granted by"), related_name="+"
    )
    granted_at = models.DateTimeField(_("granted at"))
    ended_by = models.ForeignKey(
        User, models.PROTECT, verbose_name=_("ended by"), null=True, related_name="+"
    )
    ended_at = models.DateTimeField(_("ended early at"), null=True)

    objects = ExtensionQuerySet.as_manager()

    class Meta:
        verbose_name = _("extension")
        verbose_name_plural = _("extensions")
        ordering = ["-granted_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="extension_has_a_reason",
                condition=~Q(reason=""),
                violation_error_message=_("Say why the date is extended."),
            ),
            models.UniqueConstraint(
                fields=["division", "period"],
                condition=Q(ended_at=None),
                name="extension_one_at_a_time",
                violation_error_message=_(
                    "This unit has an extension for this quarter; end that one first."
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.division} · {self.period} · {self.until}"

    def is_running(self, on: datetime.date) -> bool:
        return self.ended_at is None and on <= self.until

    @property
    def ended_early(self) -> bool:
        """Ended by somebody, not by its day."""
        return self.ended_at is not None and timezone.localdate(self.ended_at) <= self.until

    def days_left(self, on: datetime.date) -> int:
        return (self.until - on).days


class PeriodChangeQuerySet(models.QuerySet["PeriodChange"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """Quarters are common to all, and so is what happened to their dates."""
        return self.all()


class PeriodChange(models.Model):
    """A quarter locked, unlocked, or given other dates: who, when, why."""

    class Verb(models.TextChoices):
        LOCK = "lock", _("locked")
        UNLOCK = "unlock", _("unlocked")
        MOVE = "move", _("dates changed")

    period = models.ForeignKey(
        Period, models.PROTECT, verbose_name=_("quarter"), related_name="changes"
    )
    verb = models.CharField(_("what"), max_length=10, choices=Verb)
    at = models.DateTimeField(_("time"))
    by = models.ForeignKey(User, models.PROTECT, verbose_name=_("by"), related_name="+")
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    before = models.JSONField(_("before"), default=dict)
    after = models.JSONField(_("after"), default=dict)

    objects = PeriodChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("change of a quarter")
        verbose_name_plural = _("changes of quarters")
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.period} {self.get_verb_display()}"

    @property
    def moved(self) -> list[tuple[str, datetime.date, datetime.date]]:
        """Each day that was moved: its name, before and after."""
        day = datetime.date.fromisoformat
        return [
            (str(DAYS[name].verbose_name), day(old), day(self.after[name]))
            for name, old in self.before.items()
            if name != "locked_at"
        ]
