import datetime
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models, transaction
from django.db.models import F, Q, Sum
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from tasks.models.issuing import Comparison, Cost, Notice, TaskCost
from tasks.models.period import Period
from tasks.models.thresholds import WithThresholds
from tasks.models.workday import SpecialDay
from villages.models import Division, DivisionQuerySet, Level, Viewer

# Who fills: the two lowest levels, each its own tasks.
REPORTING = (Level.TOWNSHIP, Level.VILLAGE)


class LedgerQuerySet(models.QuerySet["Ledger"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """Issued ledgers of the own line and of units below; drafts at the issuing unit only."""
        if viewer.sees_everything:
            return self.all()
        own = viewer.division
        if own is None:
            return self.none()
        in_line = Q(division__in=[*own.ancestor_ids, own.pk])
        return self.filter(in_line | Q(division__path__startswith=own.path)).filter(
            ~Q(state=Ledger.State.DRAFT) | Q(division=own)
        )

    def issued(self) -> Self:
        return self.exclude(state=Ledger.State.DRAFT)

    def in_force(self, division: Division, year: int) -> "Ledger | None":
        """The one that holds there: its own, or that of the nearest issuing unit above."""
        line = [*division.ancestor_ids, division.pk]
        ledgers: Iterable[Ledger] = self.issued().filter(year=year, division__in=line)
        return max(ledgers, key=lambda ledger: line.index(ledger.division_id), default=None)


class Ledger(WithThresholds):
    """The yearly list of key tasks that one division issues to the divisions below it."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        ISSUED = "issued", _("Issued")
        CLOSED = "closed", _("Closed")

    division = models.ForeignKey(
        Division, models.PROTECT, verbose_name=_("issuing unit"), related_name="ledgers"
    )
    year = models.PositiveSmallIntegerField(_("year"))
    title = models.CharField(_("title"), max_length=120)
    goal = models.TextField(_("overall goal"), blank=True)
    state = models.CharField(
        _("state"), max_length=10, choices=State, default=State.DRAFT, editable=False
    )
    extra_units = models.ManyToManyField(
        Division,
        verbose_name=_("further units that report"),
        blank=True,
        related_name="+",
        limit_choices_to={"level__in": [Level.TOWNSHIP, Level.VILLAGE]},
        help_text=_(
            "Towns, townships and villages owe their tasks anyway. Street offices and "
            "communities owe nothing unless they are named here."
        ),
    )
    light_version = models.PositiveSmallIntegerField(
        _("version of the rule of lights"), default=1, editable=False
    )
    remind_days = models.PositiveSmallIntegerField(
        _("reminders from n days before the due date"), default=3
    )
    escalate_days = models.PositiveSmallIntegerField(
        _("told to the level above n days after the due date"), default=5
    )
    notice_days = models.PositiveSmallIntegerField(
        _("working days of notice at least"),
        default=10,
        help_text=_("Issuing with less than this to the first due date asks for a reason."),
    )
    notice_reason = models.CharField(
        _("reason for the short notice"), max_length=200, blank=True, editable=False
    )
    notice_ordered_by = models.CharField(
        _("short notice ordered by"), max_length=40, blank=True, editable=False
    )
    copied_from = models.ForeignKey(
        "self",
        models.PROTECT,
        verbose_name=_("copied from"),
        null=True,
        blank=True,
        editable=False,
        related_name="copies",
    )
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True, editable=False)
    closed_by = models.ForeignKey(
        User,
        models.PROTECT,
        verbose_name=_("closed by"),
        null=True,
        blank=True,
        editable=False,
        related_name="+",
    )
    issued_at = models.DateTimeField(_("issued at"), null=True, blank=True, editable=False)
    issued_by = models.ForeignKey(
        User, models.PROTECT, verbose_name=_("issued by"), null=True, blank=True, editable=False
    )

    objects = LedgerQuerySet.as_manager()

    class Meta:
        verbose_name = _("ledger")
        verbose_name_plural = _("ledgers")
        ordering = ["-year"]
        permissions = [("issue_ledger", _("Can issue a ledger"))]
        constraints = [
            models.UniqueConstraint(
                fields=["division", "year"],
                name="ledger_one_per_division_and_year",
                violation_error_message=_("This unit has a ledger for this year already."),
            ),
            models.CheckConstraint(
                name="ledger_red_is_further_behind_than_yellow",
                condition=Q(red_behind__gt=F("yellow_behind")),
                violation_error_message=_("Red must be further behind than yellow."),
            ),
            models.CheckConstraint(
                name="ledger_issued_has_a_time",
                condition=Q(state="draft") | Q(issued_at__isnull=False),
                violation_error_message=_("An issued ledger says when it was issued."),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        """One ledger a year, the city's, so that every figure counts the same lines; an issued
        one stays the ledger of its unit and year, whose entries it has made."""
        stored = Ledger.objects.issued().filter(pk=self.pk).first()
        division: Division | None = getattr(self, "division", None)
        if stored is None and division and division.level != Level.CITY:
            raise ValidationError({"division": _("A ledger is issued by the city.")})
        if stored is None:
            return
        if (stored.division_id, stored.year) != (self.division_id, self.year):
            raise ValidationError(
                _("The ledger is issued: its unit and its year no longer change.")
            )
        if stored.thresholds != self.thresholds:
            raise ValidationError(
                _("The ledger is issued: its thresholds are changed on the page of its lights.")
            )

    def units(self, level: str) -> DivisionQuerySet:
        """Who owes the tasks of a level, as the tree stands when the year begins."""
        below = Division.objects.within(self.division).at(datetime.date(self.year, 1, 1))
        extra = self.extra_units.filter(level=level).values("pk")
        return below.filter(Q(pk__in=below.owing(level).values("pk")) | Q(pk__in=extra)).order_by(
            "path"
        )

    def is_kept_by(self, user: User) -> bool:
        """A ledger is kept by the city whose ledger it is."""
        own = user.level == Level.CITY and user.division_id == self.division_id
        return own or user.sees_everything

    def task_costs(self) -> list[TaskCost]:
        """What each task asks: of a draft what issuing would make, then what is owed."""
        from tasks.models.summary import EntrySummary

        units = {level: self.units(level).count() for level in REPORTING}
        owed: dict[int, int] = {}
        if self.state != Ledger.State.DRAFT:
            summaries = EntrySummary.objects.filter(task__ledger=self).order_by()
            owed = dict(summaries.values_list("task").annotate(Sum("owed")))
        costs = []
        for task in self.tasks.all():
            of_level = units[Level(task.reporting_level)]
            made = owed.get(task.pk, 0) if owed else of_level * len(task.quarters)
            costs.append(TaskCost(task, of_level, made))
        return costs

    def costs(self, of_tasks: Sequence[TaskCost] | None = None) -> list[Cost]:
        """What the ledger asks of each level."""
        by_task = self.task_costs() if of_tasks is None else of_tasks
        costs = []
        for level in REPORTING:
            own = [cost for cost in by_task if cost.task.reporting_level == level]
            cells = sum(cost.cells for cost in own)
            minutes = sum((cost.minutes for cost in own), Decimal(0))
            costs.append(Cost(level, self.units(level).count(), len(own), cells, minutes))
        return costs

    def compared(self, costs: Sequence[Cost]) -> Comparison | None:
        """Its work beside that of the ledger it was copied from, if it was."""
        if self.copied_from is None:
            return None
        sums = [
            (sum(c.cells for c in some), sum((c.minutes for c in some), Decimal(0)))
            for some in (costs, self.copied_from.costs())
        ]
        (cells, minutes), (cells_before, minutes_before) = sums
        return Comparison(self.copied_from, cells, cells_before, minutes, minutes_before)

    def notice(self, on: datetime.date) -> Notice:
        """How early the units would hear of it on a day, of the quarters that it asks for."""
        asked = {int(quarter) for task in self.tasks.all() for quarter in task.quarters}
        periods = [p for p in Period.objects.expected(self.year) if p.quarter in asked]
        coming = [period for period in periods if period.due >= on]
        first = min(coming, key=lambda period: period.due, default=None)
        days = SpecialDay.objects.workdays_between(on, first.due) if first else 0
        past = [period for period in periods if period.due < on]
        return Notice(days, self.notice_days, first, past)

    @transaction.atomic
    def issue(
        self, by: User | None, at: datetime.datetime, *, reason: str = "", ordered_by: str = ""
    ) -> int:
        """Make every entry of the year, the frozen list of who owes what; return how many.

        Raises ValidationError where the ledger is no draft, asks nothing of anybody, or comes
        at shorter notice than it promises without saying why and by whose order.
        """
        from tasks.models.entry import Entry
        from tasks.models.light_rule import LightRule
        from tasks.models.summary import EntrySummary

        ledger = Ledger.objects.select_for_update().get(pk=self.pk)
        if ledger.state != Ledger.State.DRAFT:
            raise ValidationError(_("This ledger has been issued already."), "issued")
        if not any(cost.cells for cost in ledger.costs()):
            raise ValidationError(
                _("This ledger asks nothing of anybody: add tasks, and import the divisions."),
                "empty",
            )
        self._give_notice(ledger.notice(timezone.localdate(at)), reason.strip(), ordered_by.strip())
        periods = {period.quarter: period for period in Period.objects.for_year(ledger.year)}
        count = sum(
            Entry.objects.expect(task, periods[int(quarter)], ledger.units(task.reporting_level))
            for task in ledger.tasks.all()
            for quarter in task.quarters
        )
        EntrySummary.objects.rebuild(ledger)
        self.state, self.issued_at, self.issued_by = Ledger.State.ISSUED, at, by
        given = ["notice_reason", "notice_ordered_by"]
        self.save(update_fields=["state", "issued_at", "issued_by", *given])
        # Until now its thresholds were as free as its tasks; from now on they have versions.
        LightRule.objects.keep(ledger, by, at)
        return count

    def _give_notice(self, notice: Notice, reason: str, ordered_by: str) -> None:
        """Keep why the notice is short; of one that is long enough there is nothing to keep."""
        if notice.is_short and not (reason and ordered_by):
            due = date_format(notice.first.due, "MONTH_DAY_FORMAT") if notice.first else "–"
            raise ValidationError(
                _now(
                    "Working days to the first due date (%(due)s): %(days)d; there should be "
                    "%(least)d. Say why it is issued so late, and by whose order."
                )
                % {"due": due, "days": notice.days, "least": notice.least},
                "notice",
            )
        kept = (reason, ordered_by) if notice.is_short else ("", "")
        for name, text in zip(("notice_reason", "notice_ordered_by"), kept, strict=True):
            column: Any = Ledger._meta.get_field(name)
            column.run_validators(text)
            setattr(self, name, text)


class TaskQuerySet(models.QuerySet["Task"]):
    def visible_to(self, viewer: Viewer) -> Self:
        return self.filter(ledger__in=Ledger.objects.visible_to(viewer))


class Task(models.Model):
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
        ledger = getattr(self, "ledger", None)
        stored = Task.objects.select_related("ledger").filter(pk=self.pk).first()
        ledgers = [ledger, stored.ledger if stored else None]
        if all(of is None or of.state == Ledger.State.DRAFT for of in ledgers):
            return
        frozen = ("ledger_id", "reporting_level", "quarters", "measure")
        if stored is None or any(getattr(stored, f) != getattr(self, f) for f in frozen):
            raise ValidationError(
                _("The ledger is issued: who owes which task in which quarter no longer changes.")
            )
