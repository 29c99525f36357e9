import datetime
from typing import Any, TypeAlias

from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from tasks.models import content as contents
from tasks.models import state as states
from tasks.models.content import LONGEST_TEXT, as_kept
from tasks.models.entry_queryset import EntryQuerySet
from tasks.models.period import Period
from tasks.models.task import Task
from villages.models import Division, Level


class Entry(models.Model):
    """What one division reports on one task in one quarter.

    All entries of a year are made when its ledger is issued, so the rows themselves are the
    frozen list of who owes what. A quarter in which a task is not due has no row.
    """

    State: TypeAlias = states.State
    Nothing: TypeAlias = states.Nothing
    EDITABLE = states.EDITABLE
    CONTENT = contents.CONTENT

    task = models.ForeignKey(
        Task, models.PROTECT, verbose_name=_("task"), related_name="entries", db_index=False
    )
    division = models.ForeignKey(
        Division, models.PROTECT, verbose_name=_("unit"), related_name="entries", db_index=False
    )
    period = models.ForeignKey(
        Period, models.PROTECT, verbose_name=_("quarter"), related_name="entries", db_index=False
    )
    township = models.ForeignKey(
        Division,
        models.PROTECT,
        verbose_name=_("township"),
        related_name="+",
        editable=False,
        db_index=False,
        help_text=_("The township-level unit that the line passes through, as at issue."),
    )
    state = models.CharField(
        _("state"), max_length=10, choices=State, default=State.BLANK, editable=False
    )
    value = models.DecimalField(_("value"), max_digits=12, decimal_places=2, null=True, blank=True)
    nothing = models.CharField(
        _("no value because"), max_length=15, choices=Nothing, default="", blank=True
    )
    nothing_reason = models.CharField(_("reason"), max_length=200, blank=True, editable=False)
    nothing_granted_by = models.ForeignKey(
        User,
        models.PROTECT,
        verbose_name=_("granted by"),
        null=True,
        editable=False,
        related_name="+",
        db_index=False,
    )
    narrative = models.TextField(
        _("progress"), blank=True, validators=[MaxLengthValidator(LONGEST_TEXT)]
    )
    problems = models.TextField(
        _("problems"), blank=True, validators=[MaxLengthValidator(LONGEST_TEXT)]
    )
    next_steps = models.TextField(
        _("next steps"), blank=True, validators=[MaxLengthValidator(LONGEST_TEXT)]
    )
    explanation = models.TextField(
        _("explanation"), blank=True, validators=[MaxLengthValidator(LONGEST_TEXT)]
    )
    carried_from = models.ForeignKey(
        Period,
        models.PROTECT,
        verbose_name=_("confirmed unchanged since"),
        null=True,
        editable=False,
        related_name="+",
        db_index=False,
    )
    is_unusual = models.BooleanField(_("unusual value"), default=False, editable=False)
    reopened_parts = models.CharField(
        _("cells to put right"),
        max_length=80,
        blank=True,
        editable=False,
        help_text=_("Where it was returned, the parts that may be changed; none named: all."),
    )
    extended_to = models.DateField(_("extended to"), null=True, editable=False)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    waiting_at = models.CharField(
        _("waiting at"), max_length=10, choices=Level, default="", blank=True, editable=False
    )
    is_late = models.BooleanField(_("reported late"), default=False, editable=False)
    first_submitted_at = models.DateTimeField(_("first submitted at"), null=True, editable=False)
    submitted_at = models.DateTimeField(_("submitted at"), null=True, editable=False)
    submitted_by = models.ForeignKey(
        User,
        models.PROTECT,
        verbose_name=_("submitted by"),
        null=True,
        editable=False,
        related_name="+",
        db_index=False,
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, editable=False)
    updated_at = models.DateTimeField(_("updated at"), null=True, editable=False)

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("entry")
        verbose_name_plural = _("entries")
        ordering = ["pk"]
        permissions = [("review_entry", _("Can accept and return entries"))]
        indexes = [
            models.Index(fields=["township", "period", "task"], name="entry_by_township"),
            models.Index(fields=["period", "task", "state"], name="entry_by_period"),
            models.Index(fields=["waiting_at", "township", "submitted_by"], name="entry_waiting"),
            models.Index(
                fields=["period", "extended_to"],
                name="entry_extended",
                condition=Q(extended_to__isnull=False),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                # In this order it also finds the same task in the quarters before.
                fields=["division", "task", "period"],
                name="entry_one_per_division_task_and_period",
                violation_error_message=_("This unit has an entry for this task and quarter."),
            ),
            models.CheckConstraint(
                name="entry_value_or_reason_for_none",
                condition=Q(nothing="") | Q(value=None),
                violation_error_message=_("Give a value, or say why there is none; not both."),
            ),
            models.CheckConstraint(
                name="entry_exempt_has_reason_and_approver",
                condition=~Q(nothing="exempt")
                | (~Q(nothing_reason="") & Q(nothing_granted_by__isnull=False)),
                violation_error_message=_("An exemption has a reason and who granted it."),
            ),
            models.CheckConstraint(
                name="entry_waits_somewhere_only_while_submitted",
                condition=Q(state="submitted") & ~Q(waiting_at="")
                | ~Q(state="submitted") & Q(waiting_at=""),
                violation_error_message=_("Exactly the submitted entries wait for a review."),
            ),
            models.CheckConstraint(
                name="entry_reported_has_a_first_time",
                condition=~Q(state__in=["submitted", "accepted"])
                | Q(first_submitted_at__isnull=False),
                violation_error_message=_("A reported entry says when it was first submitted."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.division} · {self.task} · {self.period}"

    @property
    def content(self) -> dict[str, Any]:
        """What the reporter fills, ready for history: texts and decimals as text."""
        return {
            "value": None if self.value is None else as_kept(self.value),
            "nothing": self.nothing,
            "narrative": self.narrative,
            "problems": self.problems,
            "next_steps": self.next_steps,
            "explanation": self.explanation,
        }

    @property
    def holds_anything(self) -> bool:
        return contents.holds_anything(vars(self))

    @property
    def is_editable(self) -> bool:
        return self.state in self.EDITABLE

    @property
    def due(self) -> datetime.date:
        """The due date of its quarter, or a later one that was granted."""
        return max(self.period.due, self.extended_to or self.period.due)

    def may_change(self, part: str) -> bool:
        """Of a returned line only the marked parts reopen, beside the explanation."""
        return contents.may_change(self.state, self.reopened_parts, part)

    @property
    def carried_quarters(self) -> int:
        """For how many quarters a confirmed value has stood; 0 where it was typed."""
        source = self.carried_from
        if source is None:
            return 0
        return (self.period.year - source.year) * 4 + self.period.quarter - source.quarter

    @property
    def answers_the_task(self) -> bool:
        """Whether it may be submitted: a value, a narrative for a text task, or a reason."""
        if self.nothing:
            return True
        if self.task.measure == Task.Measure.TEXT:
            return bool(self.narrative.strip())
        return self.value is not None

    def clean(self) -> None:
        """Check everything a reporter fills; raises ValidationError by field."""
        if self.task_id is not None:
            contents.check_content(self.task, vars(self))
        granted = self.nothing_reason and self.nothing_granted_by_id
        if self.nothing == self.Nothing.EXEMPT and not granted:
            message = _("An exemption has a reason and who granted it.")
            raise ValidationError({"nothing": message})
