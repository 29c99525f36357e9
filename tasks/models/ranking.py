"""Units that a ranking leaves out, because they cannot be compared with the others."""

import datetime
from collections.abc import Iterable
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from tasks.models.period import Period
from villages.models import Division, Viewer


class RankingExclusionQuerySet(models.QuerySet["RankingExclusion"]):
    def visible_to(self, viewer: Viewer) -> Self:
        return self.filter(division__in=Division.objects.visible_to(viewer))

    def standing(self, period: Period) -> Self:
        return self.filter(period=period, ended_at=None)

    def reasons(self, period: Period, units: Iterable[int]) -> dict[int, str]:
        """Why which of these units is not compared in a quarter, by its key."""
        found = self.standing(period).filter(division__in=list(units))
        return dict(found.values_list("division_id", "reason"))


class RankingExclusion(models.Model):
    """A unit set as not comparable in the ranking of one quarter, with the reason.

    Rows are never deleted: one that ended says who ended it and when.
    """

    division = models.ForeignKey(
        Division, models.PROTECT, verbose_name=_("unit"), related_name="ranking_exclusions"
    )
    period = models.ForeignKey(
        Period, models.PROTECT, verbose_name=_("quarter"), related_name="ranking_exclusions"
    )
    reason = models.CharField(_("reason"), max_length=200)
    by = models.ForeignKey(User, models.PROTECT, verbose_name=_("set by"), related_name="+")
    at = models.DateTimeField(_("set at"))
    ended_by = models.ForeignKey(
        User, models.PROTECT, verbose_name=_("ended by"), null=True, related_name="+"
    )
    ended_at = models.DateTimeField(_("ended at"), null=True)

    objects = RankingExclusionQuerySet.as_manager()

    class Meta:
        verbose_name = _("unit not compared")
        verbose_name_plural = _("units not compared")
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="ranking_exclusion_has_a_reason",
                condition=~Q(reason=""),
                violation_error_message=_("Say why the unit cannot be compared."),
            ),
            models.UniqueConstraint(
                fields=["division", "period"],
                condition=Q(ended_at=None),
                name="ranking_exclusion_once_at_a_time",
                violation_error_message=_("This unit is not compared in this quarter already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.division} · {self.period}"

    def end(self, by: User, at: datetime.datetime) -> bool:
        """Compare the unit again; False where somebody ended it before."""
        mine = RankingExclusion.objects.filter(pk=self.pk, ended_at=None)
        return bool(mine.update(ended_by=by, ended_at=at))
