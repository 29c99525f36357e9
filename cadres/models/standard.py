"""四有四带 and 四好四强: eight criteria each, in words of the city, assessed by person and year."""

from typing import Self

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from cadres.models.person import Person
from villages.models import Division, PlacedQuerySet, Viewer

NUMBERS = "12345678"
CIRCLED = "①②③④"


class Standard(models.TextChoices):
    SECRETARY = "secretary", _("Standard for secretaries (四有四带)")
    MEMBER = "member", _("Standard for members (四好四强)")


class CriterionQuerySet(models.QuerySet["Criterion"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """One dictionary for all, kept by the city."""
        return self.all()

    def of(self, standard: str) -> Self:
        return self.filter(standard=standard)


class Criterion(models.Model):
    """One of the eight criteria of a standard; the city enters their wording."""

    standard = models.CharField(_("standard"), max_length=10, choices=Standard)
    number = models.PositiveSmallIntegerField(_("number"))
    group = models.CharField(_("group"), max_length=10)
    label = models.CharField(_("wording"), max_length=40)

    objects = CriterionQuerySet.as_manager()

    class Meta:
        verbose_name = _("criterion of a standard")
        verbose_name_plural = _("criteria of standards")
        ordering = ["-standard", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["standard", "number"],
                name="criterion_once_in_a_standard",
                violation_error_message=_("The standard has a criterion of this number already."),
            ),
            models.CheckConstraint(
                name="criterion_is_one_of_eight",
                condition=Q(number__gte=1, number__lte=8),
                violation_error_message=_("A standard has eight criteria."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.label}"

    @property
    def code(self) -> str:
        """As people number them: 四有① to 四有④, then 四带①."""
        return f"{self.group}{CIRCLED[(self.number - 1) % len(CIRCLED)]}"


class StandardAssessmentQuerySet(PlacedQuerySet["StandardAssessment"]):
    """Seen where they were made."""

    def met(self) -> Self:
        return self.filter(met=NUMBERS)


class StandardAssessment(models.Model):
    """Which of the criteria of a standard a person met in a year; all eight meet the standard."""

    person = models.ForeignKey(
        Person, models.PROTECT, verbose_name=_("person"), related_name="assessments"
    )
    division = models.ForeignKey(
        Division, models.PROTECT, verbose_name=_("village"), related_name="+"
    )
    standard = models.CharField(_("standard"), max_length=10, choices=Standard)
    year = models.PositiveSmallIntegerField(_("year"))
    met = models.CharField(
        _("criteria met"),
        max_length=8,
        blank=True,
        validators=[RegexValidator(r"^1?2?3?4?5?6?7?8?$", _("Numbers from 1 to 8 in order."))],
    )
    by = models.ForeignKey(User, models.PROTECT, verbose_name=_("by"), null=True, related_name="+")
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)

    objects = StandardAssessmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("assessment by a standard")
        verbose_name_plural = _("assessments by a standard")
        ordering = ["-year", "division__code", "person"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "standard", "year"],
                name="standard_assessment_once_a_year",
                violation_error_message=_("The person was assessed in this year already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.year} {self.get_standard_display()}"

    @property
    def is_met(self) -> bool:
        return self.met == NUMBERS
