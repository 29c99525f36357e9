"""Who has not reported a quarter: each unit with its numbers, its people and its reminders."""

import datetime
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Max, Min

from accounts.models import User
from accounts.roles import Role
from tasks.actions.chasing import may_remind
from tasks.models import Entry, EntryQuerySet, EntrySummary, Reminder
from tasks.models.light import DUE
from tasks.place import Place
from villages.models import Division, DivisionQuerySet, Level

RESPONSIBLE = (Role.REPORTER, Role.REVIEWER, Role.MANAGER)
LEVELS = (Level.TOWNSHIP, Level.VILLAGE)


@dataclass
class NonReporter:
    """A unit with what it owes still, who answers for it, and when it was reminded last.

    `below` counts the unreported lines of a township's villages, which are listed by themselves.
    """

    division: Division
    owed: int
    unreported: int
    due: datetime.date
    on: datetime.date
    below: int = 0
    people: list[User] = field(default_factory=list)
    reminded_on: datetime.date | None = None
    times: int = 0
    may_remind: bool = False

    @property
    def days_left(self) -> int:
        return (self.due - self.on).days

    @property
    def is_reminded(self) -> bool:
        """Whether today's reminder has gone out."""
        return self.reminded_on == self.on


@dataclass
class NonReporters:
    """Units of one level within a place that owe lines of its quarter."""

    place: Place
    level: Level
    on: datetime.date

    @classmethod
    def levels_of(cls, division: Division) -> tuple[Level, ...]:
        """Which levels may be chosen; a village has itself alone."""
        return LEVELS[1:] if division.level == Level.VILLAGE else LEVELS

    @classmethod
    def usual_level(cls, division: Division) -> Level:
        near = division.level in (Level.TOWNSHIP, Level.VILLAGE)
        return Level.VILLAGE if near else Level.TOWNSHIP

    def rows(self) -> Any:
        """Unit, unreported lines and their earliest due date, the longest overdue first."""
        lines = self._lines().unreported().order_by().values("division_id")
        counted = lines.annotate(unreported=Count("pk"), lasts=Min(DUE))
        return counted.order_by("lasts", "-unreported", "division_id")

    def remindable(self) -> DivisionQuerySet:
        """Of these units, those below the user's own."""
        user = self.place.user
        own = user.division.path if user.division else ""
        owing = self._lines().unreported().order_by().values("division_id")
        return Division.objects.visible_to(user).filter(pk__in=owing).exclude(path=own)

    def of(self, rows: Iterable[dict[str, Any]]) -> list[NonReporter]:
        """The units of one page, with everything shown beside them: five queries."""
        found = {row["division_id"]: row for row in rows}
        divisions = Division.objects.select_related("parent").defer("pinyin").in_bulk(found)
        owed = dict(
            self._lines()
            .owed()
            .filter(division__in=found)
            .order_by()
            .values_list("division_id")
            .annotate(Count("pk"))
        )
        people, reminders, below = self._people(found), self._reminders(found), self._below(found)
        return [
            NonReporter(
                division=divisions[pk],
                owed=owed[pk],
                unreported=row["unreported"],
                due=row["lasts"],
                on=self.on,
                below=below.get(pk, 0),
                people=people[pk],
                reminded_on=reminders.get(pk, (None, 0))[0],
                times=reminders.get(pk, (None, 0))[1],
                may_remind=self._may_remind(divisions[pk]),
            )
            for pk, row in found.items()
        ]

    def _lines(self) -> EntryQuerySet:
        lines = Entry.objects.visible_to(self.place.user).within(self.place.division)
        return lines.filter(period=self.place.period, task__reporting_level=self.level)

    def _people(self, units: Iterable[int]) -> dict[int, list[User]]:
        """Who reports and reviews at each unit, reporters first; as far as the user sees."""
        people: dict[int, list[User]] = defaultdict(list)
        seen = User.objects.visible_to(self.place.user).filter(
            division__in=units, is_active=True, role__in=RESPONSIBLE
        )
        for person in sorted(seen, key=lambda user: RESPONSIBLE.index(Role(user.role))):
            people[person.division_id or 0].append(person)
        return people

    def _reminders(self, units: Iterable[int]) -> dict[int, tuple[datetime.date, int]]:
        sent = Reminder.objects.visible_to(self.place.user).filter(
            period=self.place.period, division__in=units
        )
        rows = sent.order_by().values_list("division_id").annotate(Max("on"), Count("pk"))
        return {division: (last, times) for division, last, times in rows}

    def _below(self, units: Iterable[int]) -> dict[int, int]:
        if self.level != Level.TOWNSHIP:
            return {}
        sums = EntrySummary.objects.visible_to(self.place.user).filter(
            period=self.place.period,
            township__in=units,
            task__reporting_level=Level.VILLAGE,
        )
        return {unit: counts.unreported for unit, counts in sums.counts_by("township_id")}

    def _may_remind(self, division: Division) -> bool:
        user, own = self.place.user, self.place.user.division
        below = user.sees_everything or bool(
            own and own.manages(division) and own.pk != division.pk
        )
        return below and may_remind(user)
