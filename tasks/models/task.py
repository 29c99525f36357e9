"""Tasks: the lines of a ledger."""

from typing import Self

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from tasks.models.duty import DUTY_CONSTRAINTS, WithDuty
from tasks.models.ledger import Ledger
from tasks.models.period import Period
from villages.models import Level, Viewer


class TaskQuerySet(models.QuerySet["Task"]):
    def visible_to(self, viewer: Viewer) -> Self:
        return self.filter(ledger__in=Ledger.objects.visible_to(viewer))


class Task(WithDuty):
    """One line of a ledger: what is asked of which level, how it is measured, and when."""

    class Category(models.TextChoices):
        PEOPLE = "people", _("People")
        GOVERNANCE = "governance", _("Governance")
        MATERIAL = "material", _("Material")
        EFFECT = "effect", _("Effect")

    class Measure(models.TextChoices):
        NUMBER = "number", _("Number")
        YES_NO = "yes_no", _("Yes or no")
        TEXT = "text", _("Text")

    ledger = models.ForeignKey(
        Ledger, models.PROTECT, verbose_name=_("ledger"), related_name="tasks"
    )
    number = models.PositiveSmallIntegerField(_("number"), validators=[MinValueValidator(1)])
    category = models.CharField(_("category"), max_length=10, choices=Category)
    title = models.CharField(_("key task"), max_length=60)
    short_title = models.CharField(
        _("short title"),
        max_length=30,
        blank=True,
        help_text=_("Heads the column of the task in tables with one row for each village."),
    )
    requirement = models.TextField(_("content and target"), blank=True)
    lead_organisation = models.CharField(_("lead organisation"), max_length=60, blank=True)
    time_limit = models.CharField(_("time limit"), max_length=40, blank=True)
    reporting_level = models.CharField(
        _("reported by"),
        max_length=10,
        choices=[(Level.TOWNSHIP, _("Townships")), (Level.VILLAGE, _("Villages"))],
    )
    measure = models.CharField(_("measure"), max_length=10, choices=Measure, default=Measure.NUMBER)
    unit = models.CharField(_("unit of measure"), max_length=10, blank=True)
    is_cumulative = models.BooleanField(
        _("cumulative over the year"),
        default=False,
        help_text=_("The value of a quarter includes the quarters before it."),
    )
    target = models.DecimalField(
        _("target"),
        max_digits=16,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("For the year where cumulative, otherwise for each quarter."),
    )
    quarters = models.CharField(
        _("quarters due"),
        max_length=4,
        default="1234",
        validators=[
            RegexValidator(
                r"^(?=.)1?2?3?4?$", _("Write the quarters in order, for instance 1234 or 24.")
            )
        ],
    )
    evidence_wanted = models.BooleanField(_("evidence wanted"), default=False)
    weight = models.PositiveSmallIntegerField(_("weight"), default=1)
    lead_reviewers = models.ManyToManyField(
        User,
        verbose_name=_("accounts of the lead organisation"),
        blank=True,
        related_name="+",
        help_text=_("They see what is reported on this task and may object; they decide nothing."),
    )
    continues = models.ForeignKey(
        "self",
        models.PROTECT,
        verbose_name=_("continues the task"),
        null=True,
        blank=True,
        editable=False,
        related_name="+",
    )
    final_level = models.CharField(
        _("finally accepted by"),
        max_length=10,
        choices=[(Level.COUNTY, _("County")), (Level.CITY, _("City"))],
        default=Level.COUNTY,
    )

    objects = TaskQuerySet.as_manager()

    class Meta:
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        ordering = ["ledger", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["ledger", "number"],
                name="task_number_once_in_a_ledger",
                violation_error_message=_("This ledger has a task with this number already."),
            ),
            models.UniqueConstraint(
                fields=["ledger", "title"],
                name="task_title_once_in_a_ledger",
                violation_error_message=_("This ledger has a task with this title already."),
            ),
            models.CheckConstraint(
                name="task_target_is_positive",
                condition=Q(target=None) | Q(target__gt=0),
                violation_error_message=_("A target is more than 0; leave it empty for none."),
            ),
            *DUTY_CONSTRAINTS,
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def quarters_in_words(self) -> str:
        """When it is due: every quarter, or which."""
        names = dict(Period._meta.get_field("quarter").flatchoices)
        due = [str(names[int(quarter)]) for quarter in self.quarters]
        return _now("every quarter") if len(due) == len(names) else _now(", ").join(due)

    def clean(self) -> None:
        """Until a ledger is issued its tasks are free; what is asked is frozen after that."""
        self.clean_duty()
        ledger = getattr(self, "ledger", None)
        stored = Task.objects.select_related("ledger").filter(pk=self.pk).first()
        ledgers = [ledger, stored.ledger if stored else None]
        if all(of is None or of.state == Ledger.State.DRAFT for of in ledgers):
            return
        frozen = ("ledger_id", "reporting_level", "quarters", "measure", "duty")
        if stored is None or any(getattr(stored, f) != getattr(self, f) for f in frozen):
            raise ValidationError(
                _("The ledger is issued: who owes which task in which quarter no longer changes.")
            )
