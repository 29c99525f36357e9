"""The reported year: fills the entries of the issued ledger, township by township."""

import datetime
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from random import Random

from django.utils import timezone

from accounts.models import User
from anyang_ledger.demo import answers, diligence, people
from anyang_ledger.demo.diligence import Diligence
from anyang_ledger.demo.ledger import Habit, habits
from anyang_ledger.demo.line import ChangeRow, Desk, Line, MarkRow, ReviewRow
from anyang_ledger.demo.scale import SEED, Scale
from rawsql.tables import Table
from tasks.actions.writing import WRITTEN
from tasks.models import (
    Entry,
    EntryChange,
    EntrySummary,
    Ledger,
    Period,
    ReturnMark,
    ReturnReason,
    Review,
    Rule,
    Task,
)
from tasks.models.rule import Around
from tasks.models.state import REPORTED
from villages.models import Division, Level

WRITTEN_FIELDS = [field for field in Entry._meta.concrete_fields if field.name in {"id", *WRITTEN}]
_entry_row = attrgetter(*(field.attname for field in WRITTEN_FIELDS))
OPENING_HOUR = datetime.time(8, 30)
MINUTES_OF_A_DAY = 9 * 60
BETWEEN_LINES = datetime.timedelta(minutes=2)
UNTIL_SUBMITTED = datetime.timedelta(minutes=30)
A_DAY = datetime.timedelta(days=1)
# Days after opening on which somebody may sit down to report; the last quarter has just opened.
ON_TIME_DAYS, FIRST_DAYS = 13, 2
OWN_REPORTS = 0.5
REVIEW_KEY = ("pk", "entry", "version")
CORRECTIONS = 0.03
# Of the lines that wait, this share has stayed at the first desk; the rest went as far up as
# the county, or to the city where the city decides.
AT_FIRST_DESK = 0.3


def fill(ledger: Ledger, scale: Scale) -> None:
    """Report three quarters and begin the fourth, then count everything afresh."""
    year = Year.of(ledger)
    townships = list(
        Division.objects.filter(level=Level.TOWNSHIP).select_related("parent").order_by("code")
    )
    kinds = diligence.assign(townships, scale)
    marks: list[MarkRow] = []
    with Table.of(Entry, [field.name for field in WRITTEN_FIELDS]).staged() as entries:
        for township in townships:
            lines = list(TownshipYear(township, kinds[township.pk], year).lines())
            _write(lines, entries)
            marks += (mark for line in lines for mark in line.marks)
        entries.update()
    _mark(marks)
    EntrySummary.objects.rebuild(ledger)


def _mark(marks: list[MarkRow]) -> None:
    """Marks hang on their reviews, which have their keys by now."""
    returned = Review.objects.filter(verdict=Review.Verdict.RETURNED)
    keys = {(entry, version): pk for pk, entry, version in returned.values_list(*REVIEW_KEY)}
    reasons = dict(ReturnReason.objects.values_list("code", "pk"))
    ReturnMark.objects.bulk_create(
        ReturnMark(
            review_id=keys[mark.entry, mark.version],
            part=mark.part,
            reason_id=reasons[mark.reason],
            note=mark.note,
        )
        for mark in marks
    )


def _write(lines: list[Line], entries: Table) -> None:
    entries.insert(map(_entry_row, (line.entry for line in lines)))
    changes = Table.of(EntryChange, ChangeRow._fields)
    changes.insert(change for line in lines for change in line.changes)
    reviews = Table.of(Review, ReviewRow._fields)
    reviews.insert(review for line in lines for review in line.reviews)


@dataclass(frozen=True)
class Year:
    """What all townships share: tasks with their habits, quarters, accounts by user name."""

    tasks: dict[int, Task]
    rules: dict[int, list[Rule]]
    habits: dict[int, Habit]
    periods: dict[int, Period]
    accounts: dict[str, int]

    @classmethod
    def of(cls, ledger: Ledger) -> "Year":
        return cls(
            {task.pk: task for task in ledger.tasks.all()},
            {task.pk: list(task.rules.all()) for task in ledger.tasks.prefetch_related("rules")},
            habits(ledger),
            {period.pk: period for period in Period.objects.filter(year=ledger.year)},
            dict(User.objects.values_list("username", "pk")),
        )


@dataclass(frozen=True)
class Sitting:
    """Who fills the lines of one unit in one quarter, and when; each review follows a day on.
    The desks are those above whoever reports, up to the city."""

    reporter_id: int
    start: datetime.datetime
    desks: Sequence[Desk]

    @property
    def submitted_at(self) -> datetime.datetime:
        return self.start + UNTIL_SUBMITTED

    def reviewed_at(self, step: int) -> datetime.datetime:
        return self.submitted_at + (step + 1) * A_DAY

    def desks_for(self, task: Task) -> Sequence[Desk]:
        return self.desks if task.final_level == Level.CITY else self.desks[:-1]


class TownshipYear:
    """One township and its villages through the year, with random numbers of their own, so
    that a change in one township leaves the others as they were."""

    def __init__(self, township: Division, kind: Diligence, year: Year) -> None:
        self.township, self.kind, self.year = township, kind, year
        self.rng = Random(f"{SEED} {township.code}")
        # What the unit at hand has reported on each task, the latest first.
        self.before: dict[int, list[Decimal]] = {}
        self.units = {unit.pk: unit for unit in Division.objects.within(township).order_by("code")}
        self.desks = self._desks()

    def lines(self) -> Iterator[Line]:
        """The lines that somebody touched; the others stay blank as they were issued."""
        entries = Entry.objects.filter(township=self.township).order_by(
            "division__code", "period__quarter", "task__number"
        )
        for unit_id, of_unit in groupby(entries, key=lambda entry: entry.division_id):
            self.before = {}
            courses: dict[int, answers.Course] = {}
            for period_id, owed in groupby(of_unit, key=lambda entry: entry.period_id):
                period = self.year.periods[period_id]
                yield from self._quarter(self.units[unit_id], period, owed, courses)

    def _quarter(
        self,
        unit: Division,
        period: Period,
        owed: Iterable[Entry],
        courses: dict[int, answers.Course],
    ) -> Iterator[Line]:
        if period.quarter >= 3 and self._stays_quiet(unit):
            return
        sitting = self._sitting(unit, period)
        for place, entry in enumerate(owed):
            task = self.year.tasks[entry.task_id]
            if task.pk not in courses:
                habit = self.year.habits[task.pk]
                courses[task.pk] = answers.course(task, habit, self.kind, self.rng)
            state = self.kind.state(period.quarter, self.rng)
            if state != Entry.State.BLANK:
                line = Line(entry, task, period, sitting.desks_for(task))
                self._fill_in(line, courses[task.pk], sitting, place)
                self._bring_to(state, line, sitting)
                if state in REPORTED and entry.value is not None:
                    self.before.setdefault(task.pk, []).insert(0, entry.value)
                yield line

    def _stays_quiet(self, unit: Division) -> bool:
        is_village = unit.level == Level.VILLAGE
        return is_village and self.rng.random() < self.kind.quiet_villages

    def _sitting(self, unit: Division, period: Period) -> Sitting:
        """Villages report by themselves or are filled in by their township."""
        reporter, desks = people.town_reporter(self.township), self.desks[1:]
        if unit.level == Level.VILLAGE and self.rng.random() < OWN_REPORTS:
            reporter, desks = people.village_reporter(unit), self.desks
        if period.quarter == 4:
            day = period.opens + self.rng.randrange(FIRST_DAYS) * A_DAY
        elif self.rng.random() < self.kind.late:
            day = period.due + self.rng.randint(1, 2) * A_DAY
        else:
            day = period.opens + self.rng.randrange(ON_TIME_DAYS) * A_DAY
        opening = timezone.make_aware(datetime.datetime.combine(day, OPENING_HOUR))
        minutes = datetime.timedelta(minutes=self.rng.randrange(MINUTES_OF_A_DAY))
        return Sitting(self.year.accounts[reporter], opening + minutes, desks)

    def _desks(self) -> list[Desk]:
        accounts, county = self.year.accounts, self.township.parent
        assert county is not None  # noqa: S101 - every township has a county
        return [
            Desk(Level.TOWNSHIP.value, accounts[people.town_reviewer(self.township)]),
            Desk(Level.COUNTY.value, accounts[people.county_reviewer(county)]),
            Desk(Level.CITY.value, accounts[people.CITY_MANAGER]),
        ]

    def _fill_in(self, line: Line, course: answers.Course, sitting: Sitting, place: int) -> None:
        habit = self.year.habits[line.task.pk]
        quarter = line.period.quarter
        answer = answers.content(line.task, quarter, habit, course, self.rng)
        answer["value"] = answers.surprise(line.task, quarter, answer["value"], self.rng)
        if self._is_unusual(line.task, answer["value"]):
            line.is_unusual = True
            answer["explanation"] = self.rng.choice(answers.EXPLANATIONS)
        line.save(sitting.reporter_id, sitting.start + place * BETWEEN_LINES, answer)

    def _is_unusual(self, task: Task, value: Decimal | None) -> bool:
        """Whether it breaks a rule that asks for an explanation; among its neighbours no value
        of the demo stands out."""
        rules = self.year.rules[task.pk]
        if value is None or not rules:
            return False
        around = Around(self.before.get(task.pk, []))
        return any(rule.broken_by(value, around) for rule in rules if not rule.blocks)

    def _bring_to(self, state: Entry.State, line: Line, sitting: Sitting) -> None:
        """Take a draft through its steps until it stands in the state wanted."""
        if state == Entry.State.DRAFT:
            return
        line.submit(sitting.reporter_id, sitting.submitted_at)
        if state == Entry.State.SUBMITTED:
            self._let_wait(line, sitting)
        elif state == Entry.State.RETURNED:
            self._return(line, sitting)
        elif self.rng.random() < CORRECTIONS:
            self._correct(line, sitting)
            self._accept(line, sitting, len(line.desks), days_later=2)
        else:
            self._accept(line, sitting, len(line.desks))

    def _accept(self, line: Line, sitting: Sitting, desks: int, days_later: int = 0) -> None:
        for step in range(desks):
            line.accept(sitting.reviewed_at(step + days_later))

    def _let_wait(self, line: Line, sitting: Sitting) -> None:
        at_first = line.period.quarter == 4 or self.rng.random() < AT_FIRST_DESK
        self._accept(line, sitting, 0 if at_first else len(line.desks) - 1)

    def _return(self, line: Line, sitting: Sitting) -> None:
        desk = self.rng.randrange(len(line.desks))
        self._accept(line, sitting, desk)
        self._give_back(line, sitting.reviewed_at(desk))

    def _give_back(self, line: Line, at: datetime.datetime, part: str = "") -> None:
        why = answers.return_of(line.task, line.entry.value, self.rng, part)
        line.return_(at, why.words, why.part, why.reason)

    def _correct(self, line: Line, sitting: Sitting) -> None:
        """Returned by the first desk, put right on the next day and handed in again."""
        self._give_back(line, sitting.reviewed_at(0), "narrative")
        correction = {"narrative": line.entry.narrative + answers.CORRECTED}
        line.save(sitting.reporter_id, sitting.reviewed_at(1), correction)
        line.submit(sitting.reporter_id, sitting.reviewed_at(1) + UNTIL_SUBMITTED)
