"""Who takes part in a round of matching: villages, candidates, and what people decided of both."""

from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from cadres.models.pairing_round import PairingRound
from cadres.models.person import Person
from cadres.pairing.facts import Bar
from villages.models import Division, Level, Viewer


class OfRoundQuerySet(models.QuerySet[Any]):
    def visible_to(self, viewer: Viewer) -> Self:
        return self.filter(round__in=PairingRound.objects.visible_to(viewer))


class PairingCandidateQuerySet(OfRoundQuerySet):
    def in_reach(self) -> Self:
        """Those whose record is still kept within the unit that runs the round."""
        return self.filter(person__division__path__startswith=F("round__division__path"))


class PairingCandidate(models.Model):
    """A person who may be sent in a round, with the counties that the person stated."""

    round = models.ForeignKey(
        PairingRound,
        models.CASCADE,
        verbose_name=_("round of matching"),
        related_name="candidates",
    )
    person = models.ForeignKey(
        Person, models.PROTECT, verbose_name=_("person"), related_name="pairing_candidates"
    )
    prefers = models.ManyToManyField(
        Division, verbose_name=_("counties wished for"), related_name="+", blank=True
    )
    avoids = models.ManyToManyField(
        Division, verbose_name=_("counties to be spared"), related_name="+", blank=True
    )

    objects = PairingCandidateQuerySet.as_manager()

    class Meta:
        verbose_name = _("candidate")
        verbose_name_plural = _("candidates")
        ordering = ["person__name", "person"]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "person"],
                name="pairing_candidate_once_in_a_round",
                violation_error_message=_("This person is a candidate of the round already."),
            )
        ]

    def __str__(self) -> str:
        return self.person.name


class PairingPlaceQuerySet(OfRoundQuerySet):
    def in_reach(self) -> Self:
        """Those still managed by the unit that runs the round, and there when it starts."""
        start = F("round__start")
        return self.filter(
            Q(division__valid_to=None) | Q(division__valid_to__gt=start),
            division__path__startswith=F("round__division__path"),
        )

    def filled_from_above(self, division: Division) -> Self:
        """Villages of a unit that rounds of units above it have filled, the last ones first."""
        applied = self.filter(round__state=PairingRound.State.APPLIED).exclude(proposed=None)
        here = applied.filter(division__path__startswith=division.path)
        # Not whatever is elsewhere: a village may have come from a county that had filled it.
        above = here.filter(round__division__in=division.ancestor_ids)
        return above.order_by("-round__applied_at", "division__code")


class PairingPlace(models.Model):
    """A village that waits for somebody, and who is proposed for it.

    `parts` keeps of which criteria the score was made, `why` what leaves the village empty.
    """

    round = models.ForeignKey(
        PairingRound, models.CASCADE, verbose_name=_("round of matching"), related_name="places"
    )
    division = models.ForeignKey(
        Division,
        models.PROTECT,
        verbose_name=_("village"),
        related_name="pairing_places",
        limit_choices_to={"level": Level.VILLAGE},
    )
    proposed = models.OneToOneField(
        PairingCandidate,
        models.SET_NULL,
        verbose_name=_("proposed"),
        null=True,
        related_name="proposed_for",
    )
    score = models.PositiveSmallIntegerField(_("fit"), null=True)
    parts = models.JSONField(_("what the fit is made of"), default=list)
    why = models.JSONField(_("why nobody is proposed"), default=dict)

    objects = PairingPlaceQuerySet.as_manager()

    class Meta:
        verbose_name = _("village of a round")
        verbose_name_plural = _("villages of a round")
        ordering = ["division__code"]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "division"],
                name="pairing_place_once_in_a_round",
                violation_error_message=_("This village is in the round already."),
            )
        ]

    def __str__(self) -> str:
        return self.division.name


class PairingMarkQuerySet(models.QuerySet["PairingMark"]):
    def visible_to(self, viewer: Viewer) -> Self:
        return self.filter(place__round__in=PairingRound.objects.visible_to(viewer))


class PairingMark(models.Model):
    """That people decided on a pair: it has to be, or must not be."""

    class Verdict(models.TextChoices):
        PIN = "pin", _("Pinned")
        FORBID = "forbid", _("Forbidden")

    place = models.ForeignKey(
        PairingPlace, models.CASCADE, verbose_name=_("village"), related_name="marks"
    )
    candidate = models.ForeignKey(
        PairingCandidate, models.CASCADE, verbose_name=_("candidate"), related_name="marks"
    )
    verdict = models.CharField(_("decision"), max_length=10, choices=Verdict)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    # Of a pin: the rule that it breaks by now, as the last proposal found.
    broken = models.CharField(_("breaks"), max_length=10, choices=Bar, blank=True)
    by = models.ForeignKey(User, models.PROTECT, verbose_name=_("by"), related_name="+")
    at = models.DateTimeField(_("time"))

    objects = PairingMarkQuerySet.as_manager()

    class Meta:
        verbose_name = _("pair decided by hand")
        verbose_name_plural = _("pairs decided by hand")
        ordering = ["place", "candidate"]
        constraints = [
            models.UniqueConstraint(
                fields=["place", "candidate"],
                name="pairing_mark_once_for_a_pair",
                violation_error_message=_("This pair is decided already; take that back first."),
            ),
            models.UniqueConstraint(
                fields=["place"],
                condition=Q(verdict="pin"),
                name="pairing_mark_one_pin_for_a_village",
                violation_error_message=_("Somebody else is pinned to this village already."),
            ),
            models.UniqueConstraint(
                fields=["candidate"],
                condition=Q(verdict="pin"),
                name="pairing_mark_one_pin_for_a_candidate",
                violation_error_message=_("The person is pinned to another village already."),
            ),
            models.CheckConstraint(
                name="pairing_mark_verdict_is_known",
                condition=Q(verdict__in=["pin", "forbid"]),
                violation_error_message=_("A pair is pinned or forbidden."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place} {self.candidate} {self.get_verdict_display()}"

    @property
    def person(self) -> Person:
        """Whom the history of the registers is about."""
        return self.candidate.person

    def clean(self) -> None:
        if self.place.round_id != self.candidate.round_id:
            raise ValidationError(_now("The village and the person are not of one round."))
