"""What lies on a reviewer's desk: the lines that wait in a place, filtered, counted, in order."""

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property

from django.db.models import Count
from django.http import QueryDict
from django.utils import timezone

from tasks.filters import ReviewFilter, review_filter
from tasks.models import Entry, EntryQuerySet, Oddity, Section, Task
from tasks.place import Place
from tasks.standing import Standing

FLAGS = {
    "is_objected": Oddity.OBJECTION,
    "is_unusual": Oddity.UNUSUAL,
    "is_changed": Oddity.CHANGED,
    "is_late": Oddity.LATE,
}


@dataclass
class Tally:
    """How many lines wait: in all, by section, and by each reason for being an exception."""

    total: int = 0
    sections: Counter[Section] = field(default_factory=Counter)
    oddities: Counter[Oddity] = field(default_factory=Counter)


@dataclass
class Desk:
    """The lines of one quarter that wait for the user of the place, by the choices of a page."""

    place: Place
    chosen: QueryDict

    def _filter(self, chosen: QueryDict) -> ReviewFilter:
        user = self.place.user
        waiting = Entry.objects.waiting_for(user).within(self.place.division)
        tasks = Task.objects.filter(ledger=self.place.ledger)
        lines = waiting.filter(period=self.place.period)
        return review_filter(chosen, lines, tasks, user, timezone.localdate())

    @cached_property
    def filter(self) -> ReviewFilter:
        return self._filter(self.chosen)

    @cached_property
    def everything(self) -> EntryQuerySet:
        """By all choices but that of a section, so that the counts stay while one is shown."""
        chosen = self.chosen.copy()
        chosen.pop("show", None)
        return self._lines(self._filter(chosen))

    @property
    def rest(self) -> EntryQuerySet:
        return self.everything.in_section(Section.REST)

    @cached_property
    def tally(self) -> Tally:
        tally = Tally()
        rows = self.everything.order_by().values("section", *FLAGS).annotate(lines=Count("pk"))
        for row in rows:
            tally.total += row["lines"]
            tally.sections[Section(row["section"])] += row["lines"]
            for flag, oddity in FLAGS.items():
                tally.oddities[oddity] += row["lines"] if row[flag] else 0
        return tally

    def standing(self) -> Standing:
        """The section without exceptions as it stands now, to be accepted as a whole."""
        return Standing.of(self.rest, self.tally.sections[Section.REST], timezone.now())

    def in_order(self) -> EntryQuerySet:
        return self._lines(self.filter).in_review_order()

    @staticmethod
    def _lines(chosen: ReviewFilter) -> EntryQuerySet:
        lines: EntryQuerySet = chosen.qs
        return lines
