import datetime
from collections.abc import Iterable
from typing import Any, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from tasks.models.entry import Entry
from tasks.models.history import OfEntryQuerySet
from tasks.models.state import EDITABLE
from villages.models import Level


class ExemptionQuerySet(OfEntryQuerySet):
    def waiting_for(self, user: User) -> "ExemptionQuerySet":
        """Asked for, at the level of the user, never by the user."""
        if not user.has_perm("tasks.review_entry") or user.level is None:
            return self.none()
        open_here = self._of_unit(user).undecided().filter(waiting_at=user.level)
        return open_here.exclude(asked_by=user)

    def _of_unit(self, user: User) -> Self:
        """By the columns of the entry, because a subquery would read all lines of a city."""
        own = user.division
        if own is None:
            return self.none()
        if own.level == Level.TOWNSHIP:
            return self.filter(entry__township=own)
        if own.level == Level.VILLAGE:
            return self.filter(entry__division=own)
        return self.filter(entry__township__path__startswith=own.path)

    def undecided(self) -> "ExemptionQuerySet":
        """Open questions about lines that can still become exempt."""
        return self.filter(verdict="", entry__state__in=EDITABLE)

    def unanswered_or_refused(self) -> Self:
        """Those that were asked last of their line and did not help, or not yet."""
        later = Exemption.objects.filter(entry=OuterRef("entry"), pk__gt=OuterRef("pk"))
        return self.filter(~Exists(later), verdict__in=["", Exemption.Verdict.REFUSED])

    def latest_of(self, entries: Iterable[Entry]) -> dict[int, "Exemption"]:
        """For each of some lines the question asked last, by the key of the line: one query."""
        asked: Iterable[Any] = self.filter(entry__in=[entry.pk for entry in entries]).order_by(
            "asked_at", "pk"
        )
        return {question.entry_id: question for question in asked}


class Exemption(models.Model):
    """That a unit need not report a line: asked for with a reason, granted by the level above."""

    class Verdict(models.TextChoices):
        GRANTED = "granted", _("Granted")
        REFUSED = "refused", _("Not granted")
        LIFTED = "lifted", _("Lifted")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    entry = models.ForeignKey(
        Entry, models.PROTECT, verbose_name=_("entry"), related_name="exemptions"
    )
    reason = models.CharField(_("reason"), max_length=200)
    asked_by = models.ForeignKey(User, models.PROTECT, verbose_name=_("asked by"), related_name="+")
    asked_at = models.DateTimeField(_("asked at"))
    waiting_at = models.CharField(_("waiting at"), max_length=10, choices=Level)
    verdict = models.CharField(_("verdict"), max_length=10, choices=Verdict, blank=True)
    decided_by = models.ForeignKey(
        User, models.PROTECT, verbose_name=_("decided by"), null=True, related_name="+"
    )
    decided_at = models.DateTimeField(_("decided at"), null=True)
    comment = models.CharField(_("comment"), max_length=200, blank=True)

    objects = ExemptionQuerySet.as_manager()

    class Meta:
        verbose_name = _("exemption")
        verbose_name_plural = _("exemptions")
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["entry"],
                name="exemption_one_question_at_a_time",
                condition=Q(verdict=""),
                violation_error_message=_("An exemption has been asked for already."),
            ),
            models.CheckConstraint(
                name="exemption_has_a_reason",
                condition=~Q(reason=""),
                violation_error_message=_("Say why the unit should be exempt."),
            ),
            models.CheckConstraint(
                name="exemption_decided_says_by_whom",
                condition=Q(verdict="") | Q(decided_by__isnull=False, decided_at__isnull=False),
                violation_error_message=_("A decision says who made it and when."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.entry} · {self.reason}"

    @property
    def asked_on(self) -> datetime.date:
        return timezone.localdate(self.asked_at)

    @property
    def is_withdrawn(self) -> bool:
        """Closed before anybody decided: by its asker, or by who submitted the line."""
        return self.verdict == self.Verdict.WITHDRAWN

    @property
    def is_unanswered_or_refused(self) -> bool:
        """Whether the one who asked still waits, or has to report after all."""
        return self.verdict in ("", self.Verdict.REFUSED)

    def waits_for(self, user: User) -> bool:
        """Whether the user decides on it, of one that the user sees."""
        own = self.asked_by_id == user.pk
        decides = user.has_perm("tasks.review_entry") and self.waiting_at == user.level
        return not self.verdict and decides and not own

    @property
    def standing(self) -> str:
        """Where it stands, in words."""
        return self.get_verdict_display() if self.verdict else _now("Awaiting decision")
