from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from tasks.models.ledger import Ledger, Task
from villages.models import Division, Viewer


class AmendmentQuerySet(models.QuerySet["Amendment"]):
    def visible_to(self, viewer: Viewer) -> Self:
        return self.filter(ledger__in=Ledger.objects.visible_to(viewer))


class Amendment(models.Model):
    """A change of an issued ledger: what was owed otherwise until then, when, and why."""

    class Kind(models.TextChoices):
        ADD_TASK = "add_task", _("Task added")
        CHANGE_TASK = "change", _("Task changed")
        WITHDRAW_TASK = "withdraw", _("Task withdrawn")
        ADD_UNIT = "add_unit", _("Unit added")
        WITHDRAW_UNIT = "drop_unit", _("Unit withdrawn")

    ledger = models.ForeignKey(
        Ledger, models.PROTECT, verbose_name=_("ledger"), related_name="amendments"
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    task = models.ForeignKey(
        Task, models.PROTECT, verbose_name=_("task"), null=True, related_name="amendments"
    )
    division = models.ForeignKey(
        Division, models.PROTECT, verbose_name=_("unit"), null=True, related_name="+"
    )
    from_quarter = models.PositiveSmallIntegerField(_("from quarter"))
    reason = models.CharField(_("reason"), max_length=200)
    before = models.JSONField(_("before"), default=dict)
    after = models.JSONField(_("after"), default=dict)
    entries = models.PositiveIntegerField(_("entries"), default=0)
    at = models.DateTimeField(_("time"))
    by = models.ForeignKey(User, models.PROTECT, verbose_name=_("by"), related_name="+")

    objects = AmendmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("amendment")
        verbose_name_plural = _("amendments")
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="amendment_has_a_reason",
                condition=~Q(reason=""),
                violation_error_message=_("Say why the ledger is amended."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.task or self.division}"
