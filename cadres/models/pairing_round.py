"""A round of matching: which villages wait for whom, by what rules, and how far it is."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from cadres.models.posting_kind import PostingKind
from cadres.pairing.facts import Criterion, HomeAvoidance, Rules
from villages.models import Division, Level, PlacedQuerySet

HEAVIEST = 10
WEIGHTS = {criterion: f"weight_{criterion.value}" for criterion in Criterion}


class PairingRoundQuerySet(PlacedQuerySet["PairingRound"]):
    """Seen by the own unit and those above: a round names people of all its unit."""


def _weight(criterion: Criterion, usual: int) -> Any:
    return models.PositiveSmallIntegerField(
        criterion.label, default=usual, validators=[MaxValueValidator(HEAVIEST)]
    )


class PairingRound(models.Model):
    """One round of matching people with villages, by the unit that runs it.

    `version` counts what was changed of it; the proposal that stands was made of the version
    `proposed_version`, from facts whose fingerprint is kept.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Being prepared")
        APPLIED = "applied", _("Carried out")

    title = models.CharField(_("title of the round"), max_length=60)
    division = models.ForeignKey(
        Division,
        models.PROTECT,
        verbose_name=_("run by"),
        related_name="pairing_rounds",
        limit_choices_to={"level__in": [Level.CITY, Level.COUNTY]},
    )
    kind = models.ForeignKey(
        PostingKind,
        models.PROTECT,
        verbose_name=_("kind of posting"),
        related_name="pairing_rounds",
        limit_choices_to={"level": Level.VILLAGE},
    )
    start = models.DateField(_("first day"), help_text=_("Of all postings of the round."))
    planned_end = models.DateField(
        _("planned until"),
        null=True,
        blank=True,
        help_text=_("Empty: the usual term of the kind of posting."),
    )
    weight_strengths = _weight(Criterion.STRENGTHS, 4)
    weight_functions = _weight(Criterion.FUNCTIONS, 2)
    weight_wishes = _weight(Criterion.WISHES, 2)
    weight_nearness = _weight(Criterion.NEARNESS, 1)
    weight_weak = _weight(Criterion.WEAK, 3)
    home_avoidance = models.CharField(
        _("home avoidance"),
        max_length=10,
        choices=HomeAvoidance,
        default=HomeAvoidance.TOWNSHIP,
        blank=True,
    )
    least_fit = models.PositiveSmallIntegerField(
        _("least fit"),
        default=0,
        validators=[MaxValueValidator(100)],
        help_text=_("Pairs below are not proposed, and rather nobody is."),
    )
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    proposed_version = models.PositiveIntegerField(
        _("version proposed for"), null=True, blank=True, editable=False
    )
    proposed_at = models.DateTimeField(_("proposed at"), null=True, blank=True, editable=False)
    fingerprint = models.CharField(
        _("fingerprint of the facts"), max_length=64, blank=True, editable=False
    )
    applied_by = models.ForeignKey(
        User,
        models.PROTECT,
        verbose_name=_("carried out by"),
        null=True,
        blank=True,
        editable=False,
        related_name="+",
    )
    applied_at = models.DateTimeField(_("carried out at"), null=True, blank=True, editable=False)

    objects = PairingRoundQuerySet.as_manager()

    class Meta:
        verbose_name = _("round of matching")
        verbose_name_plural = _("rounds of matching")
        ordering = ["-start", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="pairing_round_ends_after_it_starts",
                condition=Q(planned_end=None) | Q(planned_end__gte=F("start")),
                violation_error_message=_("The planned end cannot be before the start."),
            ),
            models.CheckConstraint(
                name="pairing_round_weighs_something",
                condition=~Q(**dict.fromkeys(WEIGHTS.values(), 0)),
                violation_error_message=_("Give at least one criterion a weight."),
            ),
            models.CheckConstraint(
                name="pairing_round_weights_in_range",
                condition=Q(**{f"{name}__lte": HEAVIEST for name in WEIGHTS.values()}),
                violation_error_message=_("A weight is between 0 and 10."),
            ),
            models.CheckConstraint(
                name="pairing_round_least_fit_in_range",
                condition=Q(least_fit__lte=100),
                violation_error_message=_("The least fit is between 0 and 100."),
            ),
            models.CheckConstraint(
                name="pairing_round_applied_says_by_whom",
                condition=Q(state="draft", applied_at=None, applied_by=None)
                | Q(state="applied", applied_at__isnull=False, applied_by__isnull=False),
                violation_error_message=_("What was applied says by whom and when."),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        self.title = self.title.strip()
        if self.start and self.planned_end and self.planned_end < self.start:
            message = _now("The planned end cannot be before the start.")
            raise ValidationError({"planned_end": message})
        if self.kind_id and self.kind.level != Level.VILLAGE:
            raise ValidationError({"kind": _now("People are matched with villages only.")})

    @property
    def is_draft(self) -> bool:
        return self.state == self.State.DRAFT

    @property
    def is_proposed(self) -> bool:
        """Whether there is a proposal, be it of an earlier version."""
        return self.proposed_version is not None

    @property
    def is_current(self) -> bool:
        """Whether the proposal is of what the round says now."""
        return self.proposed_version == self.version

    @property
    def weights(self) -> dict[Criterion, int]:
        return {criterion: getattr(self, name) for criterion, name in WEIGHTS.items()}

    @property
    def stated(self) -> list[tuple[Any, Any]]:
        """The criteria and limits, each with what the round says of it."""
        weights = [(criterion.label, weight) for criterion, weight in self.weights.items()]
        home = _("home avoidance"), self.get_home_avoidance_display()
        return [*weights, home, (_("least fit"), self.least_fit)]

    @property
    def rules(self) -> Rules:
        return Rules(self.weights, HomeAvoidance(self.home_avoidance), self.least_fit)
