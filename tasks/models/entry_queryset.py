"""Which entries: the questions that pages, sheets and verbs ask, each by its name."""

import datetime
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, Self

from django.db import connections, models, router
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery, Value

from accounts.models import User
from tasks.models import content as contents
from tasks.models.light import light_inputs, light_on_its_day
from tasks.models.period import Period
from tasks.models.state import REPORTED, State
from tasks.models.task import Task
from tasks.models.thresholds import Thresholds
from tasks.models.waiting import IS_ODD, Oddity, Section, review_inputs, urgency
from villages.models import Division, DivisionQuerySet, Level, Viewer

if TYPE_CHECKING:
    from tasks.models.entry import Entry

LINES_AT_ONCE = 2_000
EMPTY_TEXTS = ("nothing", "nothing_reason", *contents.TEXTS, "waiting_at", "reopened_parts")


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
        if division.level == Level.CITY:
            return self.all()  # there is one city, and every line is within it
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

    def for_second_track(self, user: User) -> Self:
        """Reported lines of tasks whose lead organisation the user speaks for."""
        return self.visible_to(user).filter(state__in=REPORTED, task__lead_reviewers=user)

    def returned_and_untouched(self) -> Self:
        """Returned lines whose last change is that they were returned."""
        return self.filter(
            state=State.RETURNED, changes__version=F("version"), changes__verb="return"
        )

    def returned_again(self) -> Self:
        """Returned lines that came back twice or more; verdicts that were undone do not count."""
        reviews: Any = self.model.reviews.rel.related_model._default_manager
        returns = reviews.filter(entry=OuterRef("pk"), verdict="returned", undone_at=None)
        times = returns.order_by().values("entry").annotate(times=Count("pk")).values("times")
        return self.filter(state=State.RETURNED).alias(times=Subquery(times)).filter(times__gte=2)

    def owed(self) -> Self:
        """Without the lines that an amendment withdrew."""
        return self.exclude(state=State.WITHDRAWN)

    def reported(self) -> Self:
        return self.filter(state__in=REPORTED)

    def unreported(self) -> Self:
        return self.exclude(state__in=[*REPORTED, State.WITHDRAWN])

    def overdue(self, on: datetime.date) -> Self:
        return self.unreported().due_before(on)

    def with_light(self, on: datetime.date) -> Self:
        """Each line with its `light` as of that day; see tasks.models.light."""
        return self.alias(**light_inputs(on)).annotate(light=light_on_its_day())

    def with_other_light(self, by: Thresholds) -> Self:
        """Of lines read with_light(): the `other_light` that given thresholds would show."""
        inputs = light_inputs(by=by, named="other_")
        return self.alias(**inputs).annotate(other_light=light_on_its_day(by, "other_"))

    def with_previous(self) -> Self:
        """Each line with the `previous_value` last reported for the same task in that year."""
        before = (
            self.model._default_manager.all()
            .reported()
            .filter(
                task=OuterRef("task"),
                division=OuterRef("division"),
                period__quarter__lt=OuterRef("period__quarter"),
            )
            .order_by("-period__quarter")
        )
        return self.annotate(previous_value=Subquery(before.values("value")[:1]))

    def due_before(self, on: datetime.date) -> Self:
        """Whose due date, by an extension where one was granted, is past on that day."""
        return self.filter(Q(extended_to=None) | Q(extended_to__lt=on), period__due__lt=on)

    def to_take_back(self, user: User) -> Self:
        """Submitted by the user's unit, and looked at by nobody elsewhere as they stand."""
        looks = self.model.looks.rel.related_model._default_manager.filter(
            entry=OuterRef("pk"), version=OuterRef("version")
        )
        mine = self.filter(state=State.SUBMITTED, submitted_by__division=user.division)
        fresh = mine.exclude(Exists(looks.exclude(user__division=user.division)))
        return fresh.filter(changes__version=F("version"), changes__verb="submit")

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
            "state": Value(State.BLANK.value),
            "is_late": Value(False),
            "is_unusual": Value(False),
            "version": Value(1),
        } | dict.fromkeys(EMPTY_TEXTS, Value(""))
        database = router.db_for_write(self.model)
        quote = connections[database].ops.quote_name
        column_of = {field.name: str(field.column) for field in self.model._meta.concrete_fields}
        columns = [quote(column_of[name]) for name in blank]
        chosen = units.order_by("code").values_list(*blank.values())
        select, params = chosen.query.get_compiler(database).as_sql()
        insert = f"INSERT INTO {quote(self.model._meta.db_table)} ({', '.join(columns)}) {select}"
        with connections[database].cursor() as cursor:
            cursor.execute(insert, params)
            return int(cursor.rowcount)

    def form_lines(self) -> Iterator["Entry"]:
        """The lines of the office form in its order, with `previous_value`, task and units.

        Each task and unit is made once: by a join it would be made anew for every line, which
        takes most of an export. Of the lines only what the form shows is read.
        """
        shown = ("task", "division", "township", "state", "version", *contents.CONTENT)
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

    def with_review(self, user: User) -> Self:
        """Each line as a reviewer should meet it: `section`, `is_objected`, `is_changed`, and the
        versions that what is shown is compared with: `returned_version`, `seen_since`."""
        lines = self
        for inputs in review_inputs(user):
            lines = lines.annotate(**inputs)
        return lines

    def in_section(self, section: Section) -> Self:
        """Of lines read with_review()."""
        return self.filter(section=section)

    def exceptions(self, oddity: Oddity | None = None) -> Self:
        """Of lines read with_review(): those that are an exception for this reason, or for any."""
        return self.filter(IS_ODD[oddity]) if oddity else self.in_section(Section.EXCEPTIONS)

    def in_review_order(self) -> Self:
        """Of lines read with_review(): section by section, the urgent first, units together."""
        unit = ("division__level", "division__code", "task__number")
        return self.order_by("section", urgency(), *unit)

    def with_opinion_of(self, user: User) -> Self:
        """Each line with the verdict of the user's opinion that stands, if there is one."""
        opinions: Any = self.model.opinions.rel.related_model._default_manager
        own = opinions.standing().filter(entry=OuterRef("pk"), by=user).order_by("-version")
        return self.annotate(own_opinion=Subquery(own.values("verdict")[:1]))
