"""What the pages of figures have in common: where, when and what, and figures read only once
a page really needs them."""

import datetime
from collections import Counter
from collections.abc import Mapping
from functools import cached_property

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from dashboard.attention import Concern, concerns
from dashboard.changes import find_crosswalk
from dashboard.choice import Choice
from dashboard.crosswalk import Crosswalk, Reading
from dashboard.figures import Figures, Row
from dashboard.matrix import Matrix, columns_of
from dashboard.measures import ACCEPTED, BANDS, COMPLETED, ON_TIME, REPORTED, Measure
from dashboard.ranking import Ranked, ranking
from dashboard.stamp import Stamp, stamp
from tasks.models import Ledger, Light, Period, RankingExclusion, Task
from tasks.place import Place
from villages.kinds import KINDS
from villages.models import Division, Level

CONCERNS_SHOWN = 8


class Board:
    """The figures of a place, by the choices of an address; each part is computed when asked.

    `key` names all that the figures hang on: a page that was made with the same key still holds.
    """

    headline = (REPORTED, ON_TIME, ACCEPTED)
    bands = BANDS
    lights = list(Light)

    def __init__(self, place: Place, choice: Choice) -> None:
        self.place, self.choice = place, choice
        self.now = timezone.now()
        self.on: datetime.date = timezone.localdate()

    # Where and when

    @property
    def division(self) -> Division:
        return self.place.division

    @property
    def period(self) -> Period:
        return self.place.period

    @property
    def user(self) -> User:
        return self.place.user

    @property
    def ledger(self) -> Ledger:
        """For pages that show figures: those of a year without a ledger show none."""
        ledger = self.place.ledger
        if ledger is None:
            raise Ledger.DoesNotExist
        return ledger

    @property
    def days_left(self) -> int:
        return self.period.days_left(self.on)

    @property
    def is_city(self) -> bool:
        return self.division.level == Level.CITY

    @property
    def is_township(self) -> bool:
        return self.division.level == Level.TOWNSHIP

    @property
    def below(self) -> Level:
        return Level(self.division.level).below or Level.VILLAGE

    @cached_property
    def stamp(self) -> Stamp:
        others = (self.place.previous, self.place.year_ago)
        periods = [self.period, *dict.fromkeys(other for other in others if other)]
        elsewhere = bool(self.choice.divisions)
        return stamp(self.division, self.ledger, periods, everywhere=elsewhere)

    @cached_property
    def key(self) -> str:
        """Empty where it cannot be told without reading everything: kinds of village may change
        without any line changing."""
        if self.choice.kind:
            return ""
        # In another reading, who looks decides which units that went elsewhere are named.
        who = self.user.division_id if self.choice.divisions else ""
        return f"{self.stamp.text}:{self.on:%Y%m%d}:{who}:{self.choice.query}"

    @property
    def seconds(self) -> int:
        """How long a page made by the key may be kept: it is never wrong, only unused at last."""
        return 24 * 60 * 60 if self.key else 0

    @property
    def chosen(self) -> list[tuple[str, str]]:
        """What narrows or shifts the figures, in words: what is chosen, and what for."""
        choice = self.choice
        tasks = self.tasks if choice.task and self.place.ledger else []
        task = next((task.title for task in tasks), "")
        named = [
            (_("Category"), dict(Task.Category.choices).get(choice.category, "")),
            (_("Task"), task or choice.task),
            (_("Kind of village"), dict(KINDS).get(choice.kind, "")),
            (_("Light"), Light(choice.light).colour if choice.light else ""),
            (_("Divisions"), Reading.named(choice.divisions).label if choice.divisions else ""),
        ]
        return [(name, str(text)) for name, text in named if text]

    # Figures

    @cached_property
    def figures(self) -> Figures:
        place = self.place
        figures = Figures(
            place.division,
            place.period,
            place.previous,
            self.ledger,
            year_ago=place.year_ago,
            choice=self.choice,
            crosswalk=self.crosswalk if self.choice.divisions else None,
        )
        figures.any_by_hand = bool(self.stamp.numbers["overrides"])
        return figures

    @cached_property
    def crosswalk(self) -> Crosswalk:
        """What changed in the divisions since the ledger was issued, for the reading chosen."""
        if not self.stamp.numbers["divisions"]:
            return Crosswalk(self.division)
        reading = Reading.named(self.choice.divisions)
        return find_crosswalk(self.ledger, self.period, self.division, self.user, reading)

    @cached_property
    def rows(self) -> list[Row]:
        return self.figures.rows(self.on)

    @cached_property
    def own(self) -> Row | None:
        return self.figures.own(self.on) if self.is_township else None

    @cached_property
    def total(self) -> Row:
        return self.figures.total(self.rows, self.on)

    @property
    def previous(self) -> Period | None:
        return self.figures.previous

    @property
    def year_ago(self) -> Period | None:
        return self.figures.year_ago

    @cached_property
    def units(self) -> list[Row]:
        """The finest units shown: the townships of city and county, the villages of a township."""
        return [unit for row in self.rows for unit in row.units] if self.is_city else self.rows

    @cached_property
    def all_tasks(self) -> list[Task]:
        return list(Task.objects.filter(ledger=self.ledger).order_by("number"))

    @property
    def tasks(self) -> list[Task]:
        return [task for task in self.all_tasks if self.choice.includes(task)]

    @cached_property
    def matrix(self) -> Matrix:
        columns = columns_of(self.division, self.rows, self.own)
        return Matrix(self.figures, columns, self.tasks, self.choice, self.on)

    @cached_property
    def concerns(self) -> list[Concern]:
        """Units that need attention, the heaviest first."""
        return concerns(self.units, self._returned_again, self.period, self.ledger, self.on)

    @property
    def urgent(self) -> list[Concern]:
        if self.choice.attention:
            return self.concerns
        return self.concerns[: CONCERNS_SHOWN if self.is_city else CONCERNS_SHOWN - 3]

    @property
    def concerns_more(self) -> int:
        return len(self.concerns) - len(self.urgent)

    @property
    def measure(self) -> Measure | None:
        return self.choice.measured

    @property
    def ranked_by(self) -> Measure:
        return self.choice.measured or COMPLETED

    @property
    def other_measures(self) -> list[Measure]:
        return [measure for measure in (REPORTED, ON_TIME) if measure != self.ranked_by]

    @property
    def ranks_townships(self) -> bool:
        """Of the city, whether all its townships are ranked in the place of its counties."""
        return self.is_city and self.choice.level == Level.TOWNSHIP

    @cached_property
    def ranked(self) -> list[Ranked]:
        rows = self.units if self.ranks_townships else self.rows
        units = [row.division.pk for row in rows]
        reasons = RankingExclusion.objects.reasons
        before = reasons(self.previous, units) if self.previous else {}
        return ranking(rows, self.ranked_by, reasons(self.period, units), before)

    @property
    def _returned_again(self) -> Mapping[int, int]:
        """How many lines came back twice or more and are still to be put right, by unit."""
        counting = self.figures.counting
        # Naming the tasks lets an index of quarter, task and state find the few lines.
        lines = counting.lines().filter(task__in=[task.pk for task in self.tasks])
        places = lines.returned_again().order_by().values_list("division_id", "township_id")
        return Counter(counting.unit_of(*place) for place in places)
