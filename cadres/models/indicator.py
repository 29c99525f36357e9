"""Indicators that compare one term with another (一降六升): a table that the city edits."""

from typing import Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from cadres import limits
from villages.models import Viewer


class TermIndicatorQuerySet(models.QuerySet["TermIndicator"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """One table for all, kept by the city."""
        return self.all()

    def in_use(self) -> Self:
        return self.filter(is_in_use=True)


class TermIndicator(models.Model):
    """One line of the comparison: a share of persons, or their mean age, and where it should go.

    What is counted is one of a closed list, never a formula: `cadres/indicators.py` knows each.
    """

    class Direction(models.TextChoices):
        FALLS = "falls", _("should fall")
        RISES = "rises", _("should rise")

    class Measure(models.TextChoices):
        SHARE = "share", _("Share")
        MEAN_AGE = "mean_age", _("Mean age at the election")

    class Population(models.TextChoices):
        SECRETARIES = "secretaries", _("party secretaries")
        MEMBERS = "members", _("members of both committees")

    class Counted(models.TextChoices):
        COLLEGE = "college", _("college or higher")
        SENIOR_HIGH = "senior_high", _("senior high school or higher")
        AGE_AT_MOST = "age_at_most", _("at most so many years old at the election")
        WOMEN = "women", _("women")
        DUAL_ROLE = "dual_role", _("secretary and director in one person")
        CROSS_APPOINTED = "cross_appointed", _("in both committees")
        ENTREPRENEUR = "entrepreneur", _("lead others to prosperity")
        RETURNEE = "returnee", _("returned home")
        ENTREPRENEUR_OR_RETURNEE = (
            "entrepreneur_or_returnee",
            _("lead others to prosperity or returned home"),
        )
        VETERAN = "veteran", _("veterans")
        GRADUATE = "graduate", _("university graduates")
        PARTY_MEMBER = "party_member", _("party members")
        NEWLY_ELECTED = "newly_elected", _("newly elected")
        SECRETARY_STANDARD = "secretary_standard", _("met 四有四带 when last assessed in the term")
        MEMBER_STANDARD = "member_standard", _("met 四好四强 when last assessed in the term")

    name = models.CharField(
        _("name"),
        max_length=40,
        unique=True,
        error_messages={"unique": _("There is an indicator with this name already.")},
    )
    english = models.CharField(_("English name"), max_length=80)
    direction = models.CharField(_("direction"), max_length=5, choices=Direction)
    measure = models.CharField(_("measure"), max_length=10, choices=Measure)
    population = models.CharField(_("counted among"), max_length=15, choices=Population)
    counted = models.CharField(_("who is counted"), max_length=30, choices=Counted, blank=True)
    parameter = models.PositiveSmallIntegerField(
        _("years of age"), null=True, blank=True, validators=[limits.AGE]
    )
    is_in_use = models.BooleanField(_("in use"), default=True)
    is_suggestion = models.BooleanField(_("suggested, not confirmed by the city"), default=False)
    order = models.PositiveSmallIntegerField(_("order"), default=0)

    objects = TermIndicatorQuerySet.as_manager()

    class Meta:
        verbose_name = _("indicator of terms")
        verbose_name_plural = _("indicators of terms")
        ordering = ["order", "pk"]
        constraints = [
            models.CheckConstraint(
                name="term_indicator_share_counts_somebody",
                condition=Q(measure="share", counted__gt="") | Q(measure="mean_age", counted=""),
                violation_error_message=_(
                    "A share says who is counted; a mean age is that of everybody."
                ),
            ),
            models.CheckConstraint(
                name="term_indicator_age_has_years",
                condition=Q(counted="age_at_most", parameter__isnull=False)
                | (~Q(counted="age_at_most") & Q(parameter=None)),
                violation_error_message=_("Years of age go with an age, and only with it."),
            ),
        ]

    def __str__(self) -> str:
        return self.name if (get_language() or "").startswith("zh") else self.english

    @property
    def definition(self) -> str:
        """What is counted, among whom, in a sentence."""
        among = str(self.get_population_display())
        if not self.is_share:
            return _now("Mean age of %s, in full years on the day of the election") % among
        who = str(self.get_counted_display())
        if self.parameter is not None:
            who = _now("at most %d years old at the election") % self.parameter
        return _now("Among %(among)s: %(who)s") % {"among": among, "who": who}

    @property
    def is_share(self) -> bool:
        return self.measure == self.Measure.SHARE

    def clean(self) -> None:
        if self.parameter is not None and not 18 <= self.parameter <= 80:
            raise ValidationError({"parameter": _now("Give an age between 18 and 80 years.")})
