"""Kinds of posting: a dictionary that says for each where it stands and what it wants."""

from typing import Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from cadres import limits
from cadres.models.words import Rank
from villages.models import Level, Viewer, VillageProfile

FIRST_SECRETARY = "first_secretary"
RETIRED_FIRST_SECRETARY = "retired_first_secretary"
WORK_TEAM = "work_team"
SECONDMENT = "secondment"
GRADUATE = "graduate"
TOWNSHIP_SECRETARY = "township_secretary"
TOWNSHIP_HEAD = "township_head"
COUNTY_LEADER = "county_leader"


class PostingKindQuerySet(models.QuerySet["PostingKind"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """One dictionary for all, kept by the city."""
        return self.all()

    def in_seat(self, seat: str) -> Self:
        return self.filter(seat=seat)


class PostingKind(models.Model):
    """A kind of posting. Kinds with one `seat` compete for it: a village has one first secretary,
    be it one in office or one who has left a leading post."""

    class Village(models.TextChoices):
        """Which villages the kind is meant for."""

        WEAK = "weak", _("Villages with a weak party organisation")
        DEMONSTRATION = "demonstration", _("Demonstration villages")

    class Expected(models.TextChoices):
        """Which units of the level count as to be filled."""

        EVERY = "every", _("Every town, township and village")
        WEAK = "weak", _("Villages with a weak party organisation, and wherever one was")
        HELD = "held", _("Wherever one was within a year")

    code = models.SlugField(_("code"), max_length=30, unique=True)
    name = models.CharField(_("name"), max_length=30)
    english = models.CharField(_("English name"), max_length=60)
    level = models.CharField(_("level of the unit"), max_length=10, choices=Level)
    seat = models.SlugField(_("seat"), max_length=30)
    seats = models.PositiveSmallIntegerField(
        _("seats in a unit"),
        null=True,
        blank=True,
        validators=[limits.SEATS],
        help_text=_("Empty: not limited."),
    )
    term_months = models.PositiveSmallIntegerField(
        _("usual term in months"), null=True, blank=True, validators=[limits.TERM]
    )
    minimum_rank = models.PositiveSmallIntegerField(
        _("at least of rank"), choices=Rank, null=True, blank=True
    )
    exclusive_group = models.SlugField(
        _("holds no other of"),
        max_length=30,
        help_text=_("At one time a person holds one posting among the kinds with the same word."),
    )
    wants_village = models.CharField(_("meant for"), max_length=15, choices=Village, blank=True)
    expected = models.CharField(
        _("counts as to be filled"),
        max_length=10,
        choices=Expected,
        default=Expected.HELD,
        help_text=_("What was held on any day of the past year counts always."),
    )
    wants_party_member = models.BooleanField(_("party members only"), default=False)
    wants_left_lead = models.BooleanField(_("only who has left a leading post"), default=False)
    wants_organization = models.BooleanField(_("sent by an organisation"), default=False)
    earliest_cohort = models.PositiveSmallIntegerField(
        _("earliest year of recruitment"), null=True, blank=True
    )
    order = models.PositiveSmallIntegerField(_("order"), default=0)

    objects = PostingKindQuerySet.as_manager()

    class Meta:
        verbose_name = _("kind of posting")
        verbose_name_plural = _("kinds of posting")
        ordering = ["order", "code"]
        constraints = [
            models.CheckConstraint(
                name="posting_kind_has_seats",
                condition=Q(seats=None) | Q(seats__gte=1),
                violation_error_message=_("A unit has at least one seat, or any number."),
            ),
            models.CheckConstraint(
                name="posting_kind_term_has_months",
                condition=Q(term_months=None) | Q(term_months__gte=1),
                violation_error_message=_(
                    "A usual term has at least one month; leave it empty where there is none."
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.name if (get_language() or "").startswith("zh") else self.english

    def clean(self) -> None:
        rivals = PostingKind.objects.in_seat(self.seat).exclude(pk=self.pk)
        if any((kind.level, kind.seats) != (self.level, self.seats) for kind in rivals):
            raise ValidationError(
                {"seats": _("Kinds that share a seat have the same level and number of seats.")}
            )
        self._clean_what_postings_repeat()

    def _clean_what_postings_repeat(self) -> None:
        """Postings repeat these for the database to compare; they would no longer agree."""
        stored = PostingKind.objects.filter(pk=self.pk, postings__isnull=False).first()
        if stored is None:
            return
        for name in ("level", "seat", "exclusive_group"):
            if getattr(stored, name) != getattr(self, name):
                raise ValidationError({name: _("There are postings of this kind; it stays.")})
        taken = self.postings.aggregate(most=models.Max("seat_number"))["most"]
        if (stored.seats is None) != (self.seats is None) or (self.seats or 0) < (taken or 0):
            raise ValidationError({"seats": _("There are postings in seats beyond these.")})

    def fits_village(self, profile: VillageProfile | None) -> bool:
        """Whether a village is of those that the kind is meant for."""
        if not self.wants_village:
            return True
        if profile is None:
            return False
        if self.wants_village == self.Village.WEAK:
            return profile.village_type == VillageProfile.VillageType.WEAK
        return (
            profile.is_demonstration
            or profile.village_type == VillageProfile.VillageType.DEMONSTRATION
        )
