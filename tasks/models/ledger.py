import datetime
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Count, F, Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from tasks.models.issuing import Comparison, Cost, Notice, TaskCost
from tasks.models.period import Period
from tasks.models.thresholds import DAYS_OF_A_YEAR, WithThresholds
from tasks.models.workday import SpecialDay
from villages.models import Division, DivisionQuerySet, Level, Viewer

if TYPE_CHECKING:
    from tasks.models.task import Task

# Who fills: the two lowest levels, each its own tasks.
REPORTING = (Level.TOWNSHIP, Level.VILLAGE)
# Days counted from a due date.
DAYS = ("remind_days", "escalate_days", "notice_days")


class LedgerQuerySet(models.QuerySet["Ledger"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """Issued ledgers of the own line and of units below; drafts at the issuing unit only."""
        if viewer.sees_everything:
            return self.all()
        found = self.filter(division__in=Division.objects.in_line_of(viewer))
        return found.filter(~Q(state=Ledger.State.DRAFT) | Q(division=viewer.division))

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
        if beyond := [name for name in DAYS if (getattr(self, name) or 0) > DAYS_OF_A_YEAR]:
            message = _("At most %(limit_value)d; look at the digits.")
            raise ValidationError(dict.fromkeys(beyond, message % {"limit_value": DAYS_OF_A_YEAR}))
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

    def owing(self, task: "Task", at: datetime.datetime) -> DivisionQuerySet:
        """Who of them owes a task: of a duty, where somebody is sent on the day."""
        return task.owing(self.units(task.reporting_level), timezone.localdate(at))

    def is_kept_by(self, user: User) -> bool:
        """A ledger is kept by the city whose ledger it is."""
        own = user.level == Level.CITY and user.division_id == self.division_id
        return own or user.sees_everything

    def task_costs(self) -> list[TaskCost]:
        """What each task asks: of a draft what issuing would make, then what it has made."""
        if self.state != Ledger.State.DRAFT:
            counted = Count("division", distinct=True), Count("pk")
            rows = self._owed().values_list("task").annotate(*counted)
            made = {task: (units, cells) for task, units, cells in rows}
            return [TaskCost(task, *made.get(task.pk, (0, 0))) for task in self.tasks.all()]
        counts: dict[tuple[str, str], int] = {}
        costs = []
        for task in self.tasks.all():
            like = task.reporting_level, task.duty
            if like not in counts:
                counts[like] = self.owing(task, timezone.now()).count()
            costs.append(TaskCost(task, counts[like], counts[like] * len(task.quarters)))
        return costs

    def costs(self, of_tasks: Sequence[TaskCost] | None = None) -> list[Cost]:
        """What the ledger asks of each level."""
        by_task = self.task_costs() if of_tasks is None else of_tasks
        costs = []
        for level in REPORTING:
            own = [cost for cost in by_task if cost.task.reporting_level == level]
            cells = sum(cost.cells for cost in own)
            minutes = sum((cost.minutes for cost in own), Decimal(0))
            units = self._asked(level, [cost.task for cost in own])
            costs.append(Cost(level, units, len(own), cells, minutes))
        return costs

    def _owed(self) -> Any:
        """The entries that issuing and amending have made, and nobody withdrew."""
        from tasks.models.entry import Entry

        made = Entry.objects.filter(task__ledger=self).order_by()
        return made.exclude(state=Entry.State.WITHDRAWN)

    def _asked(self, level: str, tasks: Sequence["Task"]) -> int:
        """How many units owe any of the tasks of a level."""
        if self.state != Ledger.State.DRAFT:
            owed = self._owed().filter(task__reporting_level=level)
            return int(owed.values("division").distinct().count())
        units, today = self.units(level), timezone.localdate()
        if any(not task.duty for task in tasks):
            return units.count()
        by_duty = {task.duty: task for task in tasks}
        holders = [
            task.owing(units, today).values_list("pk", flat=True) for task in by_duty.values()
        ]
        return len(set().union(*holders))

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
            Entry.objects.expect(task, periods[int(quarter)], ledger.owing(task, at))
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
