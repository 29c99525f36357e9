"""Contact points (联系点): which leader of a county stands by which village, and what came of it.

No more is kept than the forms ask for: no place, no photograph, no time of day.
"""

import datetime
from typing import Self, TypeVar

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Exists, F, Max, OuterRef, Q, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cadres import limits
from cadres.models.person import Person
from cadres.months import FIRST_YEAR, months_later
from villages.models import Division, Level, PlacedQuerySet

YEARS_AHEAD = 10

Row_co = TypeVar("Row_co", bound=models.Model, covariant=True)


class HeldQuerySet(PlacedQuerySet[Row_co]):
    """Rows about a village that hold from a day on, until a last day or for the time being."""

    place = "village"

    def on(self, day: datetime.date) -> Self:
        return self.filter(Q(until=None) | Q(until__gte=day), since__lte=day)

    def over(self, day: datetime.date) -> Self:
        return self.filter(until__lt=day)

    def overlapping(self, since: datetime.date, until: datetime.date | None) -> Self:
        """Those in force on any day from `since` to `until`, both included."""
        found = self.filter(Q(until=None) | Q(until__gte=since))
        return found.filter(since__lte=until) if until else found


class ContactPointQuerySet(HeldQuerySet["ContactPoint"]):
    def with_visits(self) -> Self:
        """With the day of the last visit, and how many problems raised there are open."""
        raised, solved = Sum("visits__problems_raised"), Sum("visits__problems_solved")
        return self.annotate(last_visit=Max("visits__on"), problems_open=raised - solved)


class ContactPoint(models.Model):
    """A leader and a village, since when and until when; both days are included."""

    leader = models.ForeignKey(
        Person, models.PROTECT, verbose_name=_("leader"), related_name="contact_points"
    )
    village = models.ForeignKey(
        Division,
        models.PROTECT,
        verbose_name=_("village"),
        related_name="contact_points",
        limit_choices_to={"level": Level.VILLAGE},
    )
    branch = models.CharField(
        _("party branch"),
        max_length=40,
        blank=True,
        help_text=_("Where it is one branch of the village."),
    )
    since = models.DateField(_("since"))
    until = models.DateField(
        _("until"), null=True, blank=True, help_text=_("The last day on which it holds.")
    )
    note = models.CharField(_("note"), max_length=200, blank=True)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)

    objects = ContactPointQuerySet.as_manager()

    class Meta:
        verbose_name = _("contact point")
        verbose_name_plural = _("contact points")
        ordering = ["village__code", "-since", "pk"]
        constraints = [
            models.CheckConstraint(
                name="contact_point_ends_after_it_begins",
                condition=Q(until=None) | Q(until__gte=F("since")),
                violation_error_message=_("The last day cannot be before the first one."),
            ),
            models.UniqueConstraint(
                fields=["leader", "village"],
                condition=Q(until=None),
                name="contact_point_of_a_leader_once",
                violation_error_message=_("The leader has this contact point already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.leader} → {self.place_name}"

    @property
    def place_name(self) -> str:
        """The village, and the branch where it is one of them."""
        return f"{self.village.short_name} {self.branch}".strip()

    @property
    def person(self) -> Person:
        """Whom the history of the registers is about."""
        return self.leader

    def is_held(self, on: datetime.date) -> bool:
        return self.since <= on and (self.until is None or self.until >= on)

    def clean(self) -> None:
        self.branch = self.branch.strip()
        if self.village_id and self.village.level != Level.VILLAGE:
            raise ValidationError({"village": _("A contact point is a village.")})
        if self.leader_id and (self.leader.merged_into_id or self.leader.anonymized_at):
            raise ValidationError({"leader": _("This record of a person is closed.")})
        self._clean_village()
        self._clean_days(timezone.localdate())

    def _clean_village(self) -> None:
        """One that began too late where a village is gone can still be ended."""
        if not (self.village_id and self.since) or not (self._state.adding or self.until is None):
            return
        if gone := self.village.gone_in_words(self.since):
            raise ValidationError({"village": gone})

    def _clean_days(self, today: datetime.date) -> None:
        """What lies years away is a slip of the keyboard; a day set ahead is none."""
        if self.since and not FIRST_YEAR <= self.since.year <= latest_year(today):
            raise ValidationError(
                {"since": _("Look at the year: a contact point begins next year at the latest.")}
            )
        if self.until and self.until > months_later(today, YEARS_AHEAD * 12):
            raise ValidationError({"until": _("Look at the year: this lies too far ahead.")})


def latest_year(today: datetime.date) -> int:
    """In which somebody sets the first or the last day of a contact point; only the end of the
    leader's own posting may lie later."""
    return months_later(today, 12).year


class HelpForm(models.TextChoices):
    """Ways in which a leader helps on a visit."""

    POLICY = "policy", _("Explained policies")
    VIEWS = "views", _("Renewed views")
    PROJECT = "project", _("Brought a project")
    FUNDS = "funds", _("Coordinated funds")
    OTHER = "other", _("Other help")


def in_order(forms: str) -> str:
    """Forms of help as they are stored and shown: in the order of the list, each once."""
    said = forms.split(",")
    known = [form for form in HelpForm.values if form in said]
    return ",".join([*known, *(form for form in said if form not in known)])


FORMS = "|".join(HelpForm.values)
SEVERAL_FORMS = rf"^({FORMS})(,({FORMS}))*$"


class ContactVisitQuerySet(PlacedQuerySet["ContactVisit"]):
    place = "contact_point__village"


class ContactVisit(models.Model):
    """A visit to a contact point: the day, the help, what was raised and what of it is solved."""

    contact_point = models.ForeignKey(
        ContactPoint, models.PROTECT, verbose_name=_("contact point"), related_name="visits"
    )
    on = models.DateField(_("date"))
    forms = models.CharField(
        _("forms of help"),
        max_length=60,
        validators=[RegexValidator(SEVERAL_FORMS, _("Unknown form of help."))],
    )
    problems_raised = models.PositiveSmallIntegerField(
        _("problems raised"), default=0, validators=[limits.PROBLEMS]
    )
    problems_solved = models.PositiveSmallIntegerField(
        _("of these solved"),
        default=0,
        validators=[limits.PROBLEMS],
        help_text=_("Put it right when more of them are solved."),
    )
    problems = models.CharField(
        _("what was raised"),
        max_length=500,
        blank=True,
        help_text=_("The matter, without names of villagers."),
    )
    results = models.CharField(_("what was solved"), max_length=500, blank=True)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)

    objects = ContactVisitQuerySet.as_manager()

    class Meta:
        verbose_name = _("visit to a contact point")
        verbose_name_plural = _("visits to contact points")
        ordering = ["-on", "pk"]
        constraints = [
            models.CheckConstraint(
                name="contact_visit_forms_are_known",
                condition=Q(forms__regex=SEVERAL_FORMS),
                violation_error_message=_("Say in which way help was given."),
            ),
            models.CheckConstraint(
                name="contact_visit_solved_what_was_raised",
                condition=Q(problems_solved__lte=F("problems_raised")),
                violation_error_message=_("No more can be solved than was raised."),
            ),
            models.UniqueConstraint(
                fields=["contact_point", "on"],
                name="contact_visit_once_a_day",
                violation_error_message=_("There is a visit on this day already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contact_point} {self.on}"

    @property
    def person(self) -> Person:
        """Whom the history of the registers is about."""
        return self.contact_point.leader

    @property
    def village(self) -> Division:
        return self.contact_point.village

    @property
    def help_labels(self) -> list[str]:
        return [str(HelpForm(form).label) for form in self.forms.split(",") if form]

    @property
    def problems_open(self) -> int:
        return self.problems_raised - self.problems_solved

    def clean(self) -> None:
        self.forms = in_order(self.forms)
        point = self.contact_point
        if self.on and not point.is_held(self.on):
            raise ValidationError({"on": _("The contact point does not hold on this day.")})


class PolicyTalkQuerySet(PlacedQuerySet["PolicyTalk"]):
    place = "village"

    def in_year(self, year: int) -> Self:
        return self.filter(on__year=year)


class PolicyTalk(models.Model):
    """A talk on the situation and policies (形势政策报告) that a leader gave to villagers."""

    speaker = models.ForeignKey(
        Person, models.PROTECT, verbose_name=_("speaker"), related_name="policy_talks"
    )
    village = models.ForeignKey(
        Division,
        models.PROTECT,
        verbose_name=_("village"),
        related_name="policy_talks",
        limit_choices_to={"level": Level.VILLAGE},
    )
    on = models.DateField(_("date"))
    topic = models.CharField(_("topic"), max_length=100)
    audience = models.PositiveSmallIntegerField(
        _("size of the audience"), validators=[limits.AUDIENCE]
    )
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)

    objects = PolicyTalkQuerySet.as_manager()

    class Meta:
        verbose_name = _("policy talk")
        verbose_name_plural = _("policy talks")
        ordering = ["-on", "village__code", "pk"]
        constraints = [
            models.CheckConstraint(
                name="policy_talk_has_an_audience",
                condition=Q(audience__gte=1),
                violation_error_message=_("Somebody listened: give their number."),
            ),
            models.UniqueConstraint(
                fields=["speaker", "village", "on"],
                name="policy_talk_once_a_day",
                violation_error_message=_("This talk is noted already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.speaker} {self.village} {self.on}"

    @property
    def person(self) -> Person:
        """Whom the history of the registers is about."""
        return self.speaker


def with_contact_point(day: datetime.date, person: str = "person") -> Exists:
    """Whether the leader of a posting has a contact point below the posting's unit on a day."""
    held = ContactPoint.objects.on(day).filter(
        leader=OuterRef(person), village__path__startswith=OuterRef("division__path")
    )
    return Exists(held)
