"""Terms of village teams (届次), and how a team of a village stands in one."""

import datetime
from typing import Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from cadres.months import months_later
from villages.models import Division, Level, PlacedQuerySet, Viewer

USUAL_YEARS = 5


class TermQuerySet(models.QuerySet["Term"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """One calendar of terms for all, kept by the city."""
        return self.all()

    def newest(self) -> "Term | None":
        return self.order_by("-year").first()

    def elected(self) -> Self:
        """Those with an elected team anywhere."""
        finished = VillageTeam.objects.finished().filter(term=OuterRef("pk"))
        return self.filter(Exists(finished))

    def lock(self) -> "list[Term]":
        """These rows, held until the transaction ends: whoever opens a term waits for others."""
        return list(self.order_by("pk").select_for_update(no_key=True))

    def before(self, term: "Term") -> "Term | None":
        return self.filter(year__lt=term.year).order_by("-year").first()

    def after(self, term: "Term") -> "Term | None":
        return self.filter(year__gt=term.year).order_by("year").first()


class Term(models.Model):
    """The years from one election of village teams to the next, named for the year it began."""

    year = models.PositiveSmallIntegerField(
        _("year of the election"),
        unique=True,
        validators=[MinValueValidator(1949), MaxValueValidator(2099)],
        error_messages={"unique": _("There is a term that begins in this year already.")},
    )
    name = models.CharField(_("name"), max_length=30)
    started = models.DateField(_("elections begin on"))
    years = models.PositiveSmallIntegerField(
        _("planned years"),
        default=USUAL_YEARS,
        validators=[MinValueValidator(1), MaxValueValidator(10)],
    )

    objects = TermQuerySet.as_manager()

    class Meta:
        verbose_name = _("term of village teams")
        verbose_name_plural = _("terms of village teams")
        ordering = ["-year"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        self.name = self.name.strip()
        if self.started and self.started.year != self.year:
            raise ValidationError({"started": _now("The elections begin in the year of the term.")})

    @property
    def next_due(self) -> datetime.date:
        """The day on which the next elections are due to begin."""
        return months_later(self.started, 12 * self.years)

    def days_to_next(self, on: datetime.date) -> int:
        """Negative where the day has passed."""
        return (self.next_due - on).days


class VillageTeamQuerySet(PlacedQuerySet["VillageTeam"]):
    place = "village"

    def finished(self) -> Self:
        return self.filter(state=VillageTeam.State.FINISHED)

    def current(self) -> Self:
        """The newest elected team of each village, whose members serve there."""
        later = VillageTeam.objects.finished().filter(
            village=OuterRef("village"), term__year__gt=OuterRef("term__year")
        )
        return self.finished().filter(~Exists(later))

    def standing(self) -> Self:
        """The team of each village that is meant where no term is named: the one that serves, or
        the newest where none was elected yet."""
        later = VillageTeam.objects.filter(
            village=OuterRef("village"), term__year__gt=OuterRef("term__year")
        )
        elected = VillageTeam.objects.finished().filter(village=OuterRef("village"))
        is_finished = Q(state=VillageTeam.State.FINISHED)
        return self.filter(
            (is_finished & ~Exists(later.finished()))
            | (~is_finished & ~Exists(elected) & ~Exists(later))
        )

    def lock(self) -> "list[VillageTeam]":
        """These rows, held until the transaction ends, by all who do so in this order."""
        return list(self.order_by("pk").select_for_update(of=("self",), no_key=True))


class VillageTeam(models.Model):
    """The two committees (两委) of a village in one term, and how far its election is."""

    class State(models.TextChoices):
        NOT_BEGUN = "not_begun", _("Election not begun")
        UNDER_WAY = "under_way", _("Election under way")
        FINISHED = "finished", _("Elected")

    term = models.ForeignKey(Term, models.PROTECT, verbose_name=_("term"), related_name="teams")
    village = models.ForeignKey(
        Division,
        models.PROTECT,
        verbose_name=_("village"),
        related_name="teams",
        limit_choices_to={"level": Level.VILLAGE},
    )
    state = models.CharField(
        _("state of the election"), max_length=10, choices=State, default=State.NOT_BEGUN
    )
    elected_on = models.DateField(_("elected on"), null=True, blank=True)
    turnout = models.DecimalField(
        _("turnout in %"),
        max_digits=4,
        decimal_places=1,
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    # Set where the members were brought over from the term before and nobody confirmed them yet.
    is_carried_over = models.BooleanField(
        _("brought over, not confirmed"), default=False, editable=False
    )
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)

    objects = VillageTeamQuerySet.as_manager()

    class Meta:
        verbose_name = _("village team")
        verbose_name_plural = _("village teams")
        ordering = ["-term__year", "village__code"]
        indexes = [models.Index(fields=["term", "state"], name="village_team_by_term_state")]
        constraints = [
            models.UniqueConstraint(
                fields=["term", "village"],
                name="village_team_once_in_a_term",
                violation_error_message=_("The village has a team in this term already."),
            ),
            models.CheckConstraint(
                name="village_team_elected_has_a_day",
                condition=Q(state="finished", elected_on__isnull=False)
                | (~Q(state="finished") & Q(elected_on=None)),
                violation_error_message=_(
                    "An election that is finished has a day, and no other has one."
                ),
            ),
            models.CheckConstraint(
                name="village_team_turnout_is_a_share",
                condition=Q(turnout=None) | Q(turnout__gte=0, turnout__lte=100),
                violation_error_message=_("A turnout lies between 0 and 100 %."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.village} {self.term}"

    @property
    def is_finished(self) -> bool:
        return self.state == self.State.FINISHED

    def previous(self) -> "VillageTeam | None":
        """The team of the same village in the term before."""
        earlier = VillageTeam.objects.filter(village=self.village_id, term__year__lt=self.term.year)
        return earlier.select_related("term").order_by("-term__year").first()

    def preceding(self) -> "VillageTeam | None":
        """The last elected team of the village before this one."""
        earlier = VillageTeam.objects.finished().filter(village=self.village_id)
        return earlier.filter(term__year__lt=self.term.year).order_by("-term__year").first()

    def following(self) -> "VillageTeam | None":
        """The next elected team of the village: while there is none, this one is no history."""
        later = VillageTeam.objects.finished().filter(village=self.village_id)
        return later.filter(term__year__gt=self.term.year).order_by("term__year").first()

    def is_followed(self) -> bool:
        return self.following() is not None
