import datetime
from collections.abc import Iterator
from itertools import islice
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db import connections, models, router
from django.db.models import F, OuterRef, Q, Subquery, Value
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from tasks.models import content as contents
from tasks.models.content import LONGEST_TEXT, as_kept
from tasks.models.ledger import Task
from tasks.models.light import light_inputs, light_on
from tasks.models.period import Period
from villages.models import Division, DivisionQuerySet, Level, Viewer

LINES_AT_ONCE = 2_000
EMPTY_TEXTS = ("nothing", "nothing_reason", "narrative", "problems", "next_steps", "waiting_at")


def share_tasks(entries: list["Entry"]) -> list["Entry"]:
    """Give entries their task, ledger and quarter, each made once instead of once per entry.

    Not `prefetch_related`, which on SQLite fails beyond a thousand different objects.
    """
    tasks = Task.objects.select_related("ledger").in_bulk({entry.task_id for entry in entries})
    periods = Period.objects.in_bulk({entry.period_id for entry in entries})
    for entry in entries:
        entry.task, entry.period = tasks[entry.task_id], periods[entry.period_id]
    return entries


class EntryQuerySet(models.QuerySet["Entry"]):
    def visible_to(self, viewer: Viewer) -> Self:
        if viewer.sees_everything:
            return self.all()
        if viewer.division is None:
            return self.none()
        return self.within(viewer.division)

    def within(self, division: Division) -> Self:
        """Entries that the division and everything below it owe.

        By the township as at issue, like the summaries, so that list and sum stay the same
        lines when a village is transferred during the year.
        """
        if division.level == Level.VILLAGE:
            return self.filter(division=division)
        if division.level == Level.TOWNSHIP:
            return self.filter(township=division)
        return self.filter(township__in=Division.objects.within(division).values("pk"))

    def fillable_by(self, user: User) -> Self:
        """A village fills its own lines, a township those of its villages and its own.

        Levels above return what is wrong; they do not write other units' figures.
        """
        if not user.has_perm("tasks.change_entry"):
            return self.none()
        if user.level == Level.TOWNSHIP:
            return self.filter(township=user.division)
        if user.level == Level.VILLAGE:
            return self.filter(division=user.division)
        return self.none()

    def waiting_for(self, user: User) -> Self:
        """Submitted lines that wait at the user's level, never those the user submitted.

        By where they wait alone: a constraint holds that exactly the submitted lines do.
        """
        if not user.has_perm("tasks.review_entry") or user.level is None:
            return self.none()
        return self.filter(waiting_at=user.level).visible_to(user).exclude(submitted_by=user)

    def returned_and_untouched(self) -> Self:
        """Returned lines whose last change is that they were returned."""
        return self.filter(
            state=Entry.State.RETURNED, changes__version=F("version"), changes__verb="return"
        )

    def editable(self) -> Self:
        return self.filter(state__in=Entry.EDITABLE)

    def reported(self) -> Self:
        return self.filter(state__in=[Entry.State.SUBMITTED, Entry.State.ACCEPTED])

    def unreported(self) -> Self:
        return self.exclude(state__in=[Entry.State.SUBMITTED, Entry.State.ACCEPTED])

    def overdue(self, on: datetime.date) -> Self:
        return self.unreported().filter(period__due__lt=on)

    def with_light(self, on: datetime.date) -> Self:
        """Each line with its `light` as of that day; see tasks.models.light."""
        return self.alias(**light_inputs(on)).annotate(light=light_on(on))

    def with_previous(self) -> Self:
        """Each line with the `previous_value` last reported for the same task in that year."""
        before = (
            Entry.objects.reported()
            .filter(
                task=OuterRef("task"),
                division=OuterRef("division"),
                period__quarter__lt=OuterRef("period__quarter"),
            )
            .order_by("-period__quarter")
        )
        return self.annotate(previous_value=Subquery(before.values("value")[:1]))

    def expect(self, task: Task, period: Period, units: DivisionQuerySet) -> int:
        """Make a blank entry for each unit in one statement; return how many.

        Raw, because a year has 238,400 of them: one INSERT … SELECT for a task and quarter
        takes milliseconds where as many objects take half a minute.
        """
        township = F("parent_id") if task.reporting_level == Level.VILLAGE else F("pk")
        blank: dict[str, Any] = {
            "task": Value(task.pk),
            "period": Value(period.pk),
            "division": F("pk"),
            "township": township,
            "state": Value(Entry.State.BLANK.value),
            "is_late": Value(False),
            "version": Value(1),
        } | dict.fromkeys(EMPTY_TEXTS, Value(""))
        database = router.db_for_write(Entry)
        quote = connections[database].ops.quote_name
        column_of = {field.name: str(field.column) for field in Entry._meta.concrete_fields}
        columns = [quote(column_of[name]) for name in blank]
        chosen = units.order_by("code").values_list(*blank.values())
        select, params = chosen.query.get_compiler(database).as_sql()
        insert = f"INSERT INTO {quote(Entry._meta.db_table)} ({', '.join(columns)}) {select}"
        with connections[database].cursor() as cursor:
            cursor.execute(insert, params)
            return int(cursor.rowcount)

    def form_lines(self) -> Iterator["Entry"]:
        """The lines of the office form in its order, with `previous_value`, task and units.

        Each task and unit is made once: by a join it would be made anew for every line, which
        takes most of an export. Of the lines only what the form shows is read.
        """
        shown = ("task", "division", "township", "state", "version", *Entry.CONTENT)
        lines = self.with_previous().in_form_order().only(*shown)
        stream = lines.iterator(chunk_size=LINES_AT_ONCE)
        tasks: dict[int, Task] = {}
        units: dict[int, Division] = {}
        while some := list(islice(stream, LINES_AT_ONCE)):
            ids = {pk for line in some for pk in (line.division_id, line.township_id)}
            units |= Division.objects.in_bulk(ids - set(units))
            tasks |= Task.objects.in_bulk({line.task_id for line in some} - set(tasks))
            for line in some:
                line.task = tasks[line.task_id]
                line.division, line.township = units[line.division_id], units[line.township_id]
                yield line

    def in_form_order(self) -> Self:
        """As the office form lists them: the township's own tasks, then village by village."""
        return self.order_by("division__level", "division__code", "task__number")


class Entry(models.Model):
    """What one division reports on one task in one quarter.

    All entries of a year are made when its ledger is issued, so the rows themselves are the
    frozen list of who owes what. A quarter in which a task is not due has no row.
    """

    class State(models.TextChoices):
        BLANK = "blank", _("Not reported")
        DRAFT = "draft", _("Draft saved")
        SUBMITTED = "submitted", _("Awaiting review")
        RETURNED = "returned", _("Returned")
        ACCEPTED = "accepted", _("Accepted")

    class Nothing(models.TextChoices):
        """Why there is no value; an empty text where there is one, or nothing said yet."""

        NIL = "nil", _("Nil report")
        NOT_APPLICABLE = "not_applicable", _("Not applicable")
        EXEMPT = "exempt", _("Exempt")

    EDITABLE = (State.BLANK, State.DRAFT, State.RETURNED)
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
        }

    @property
    def holds_anything(self) -> bool:
        return contents.holds_anything(vars(self))

    @property
    def is_editable(self) -> bool:
        return self.state in self.EDITABLE

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
