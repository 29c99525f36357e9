"""The rule of a ledger's lights, version by version: who set which thresholds, when, and why."""

import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from tasks.models.ledger import Ledger
from tasks.models.thresholds import THRESHOLDS, Limits, WithThresholds
from villages.models import Viewer


class LightRuleQuerySet(models.QuerySet["LightRule"]):
    def visible_to(self, viewer: Viewer) -> Self:
        return self.filter(ledger__in=Ledger.objects.visible_to(viewer))

    def keep(
        self, ledger: Ledger, by: User | None, at: datetime.datetime, reason: str = ""
    ) -> "LightRule":
        """Write down what the ledger's rule is from now on, as the version that it names."""
        kept = vars(ledger.thresholds) | {"version": ledger.light_version}
        return self.create(ledger=ledger, by=by, at=at, reason=reason, **kept)


class LightRule(WithThresholds):
    """One version of the thresholds of a ledger; the first is how it was issued."""

    ledger = models.ForeignKey(
        Ledger, models.PROTECT, verbose_name=_("ledger"), related_name="light_rules"
    )
    version = models.PositiveSmallIntegerField(_("version"))
    by = models.ForeignKey(User, models.PROTECT, verbose_name=_("by"), null=True, related_name="+")
    at = models.DateTimeField(_("time"))
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    objects = LightRuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("rule of lights")
        verbose_name_plural = _("rules of lights")
        ordering = ["-version", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["ledger", "version"],
                name="light_rule_version_once_in_a_ledger",
                violation_error_message=_("Somebody changed the thresholds meanwhile."),
            ),
            models.CheckConstraint(
                name="light_rule_changed_says_who_and_why",
                condition=Q(version=1) | (Q(by__isnull=False) & ~Q(reason="")),
                violation_error_message=_("A change of thresholds says who made it and why."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ledger} · {self.version}"

    def differences(self, earlier: Limits) -> list[tuple[str, int, int]]:
        """What it changed: threshold in words, before and after."""
        return [
            (str(FIELDS[name].verbose_name), getattr(earlier, name), getattr(self, name))
            for name in THRESHOLDS
            if getattr(earlier, name) != getattr(self, name)
        ]

    @property
    def stated(self) -> list[tuple[str, int]]:
        """All of it: threshold in words, and its number."""
        return [(str(FIELDS[name].verbose_name), getattr(self, name)) for name in THRESHOLDS]


FIELDS = {field.name: field for field in LightRule._meta.concrete_fields}
