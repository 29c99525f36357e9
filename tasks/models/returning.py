"""Why something came back: the cells that were marked, each with a reason from the dictionary."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from tasks.models.content import PARTS
from tasks.models.history import Review
from villages.models import Viewer

PART_LABELS = {
    "value": _("Value"),
    "narrative": _("Progress"),
    "problems": _("Problems"),
    "next_steps": _("Next steps"),
    "explanation": _("Explanation"),
    "evidence": _("Evidence"),
}


class ReturnReasonQuerySet(models.QuerySet["ReturnReason"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """The dictionary is common to all."""
        return self.all()

    def in_use(self) -> Self:
        return self.filter(is_active=True)


class ReturnReason(models.Model):
    """A reason for returning, so that the city learns which question is badly put."""

    code = models.SlugField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=40)
    english = models.CharField(_("name in English"), max_length=60)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("in use"), default=True)

    objects = ReturnReasonQuerySet.as_manager()

    class Meta:
        verbose_name = _("reason for returning")
        verbose_name_plural = _("reasons for returning")
        ordering = ["position", "code"]

    def __str__(self) -> str:
        return self.english if get_language() == "en" else self.name


class ReturnMarkQuerySet(models.QuerySet["ReturnMark"]):
    def visible_to(self, viewer: Viewer) -> Self:
        if viewer.sees_everything:
            return self.all()
        return self.filter(review__in=Review.objects.visible_to(viewer))

    def standing(self) -> Self:
        """Without those of verdicts that were taken back."""
        return self.filter(review__undone_at=None)


class ReturnMark(models.Model):
    """One cell that a verdict returned, with a reason and words; no part means the whole line."""

    review = models.ForeignKey(
        Review, models.PROTECT, verbose_name=_("review"), related_name="marks"
    )
    part = models.CharField(_("cell"), max_length=12, blank=True, choices=list(PART_LABELS.items()))
    reason = models.ForeignKey(
        ReturnReason, models.PROTECT, verbose_name=_("reason"), related_name="+"
    )
    note = models.CharField(_("in words"), max_length=300, blank=True)

    objects = ReturnMarkQuerySet.as_manager()

    class Meta:
        verbose_name = _("mark of a return")
        verbose_name_plural = _("marks of returns")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["review", "part"],
                name="return_mark_once_for_a_cell",
                violation_error_message=_("This cell is marked already."),
            ),
            models.CheckConstraint(
                name="return_mark_names_a_cell",
                condition=Q(part__in=["", "evidence", *PARTS]),
                violation_error_message=_("There is no such cell."),
            ),
        ]

    def __str__(self) -> str:
        where = self.get_part_display() if self.part else _("Whole line")
        return " · ".join(str(said) for said in (where, self.reason, self.note) if said)
