"""The light of a unit explained: its inputs, the rule, what would turn it, and when it turns.

Everything is asked of the one rule, Counts.lights() and Counts.light(): with some lines more
reported, with some more of them red, on a later day. There is no second formula to keep in step.
"""

import datetime
from bisect import bisect_left
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from types import MappingProxyType

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tasks.models.ledger import Ledger
from tasks.models.light import Light
from tasks.models.period import Period
from tasks.models.summary import Counts
from tasks.models.task import Task
from villages.models import Level

Extended = Mapping[datetime.date, Counts]
NONE_EXTENDED: Extended = MappingProxyType({})
OPEN_STATES = ("blank", "draft", "returned")
WORRYING = (Light.RED, Light.YELLOW)
ONE_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Input:
    """Lines that the rule looks at, of how many; from which share on they decide, in words; and
    by which choice their list is opened (empty: by none)."""

    words: str
    count: int
    whole: int
    limit: str = ""
    query: str = ""


@dataclass(frozen=True)
class Step:
    """That so many lines more, reported or red or yellow, turn the unit's light."""

    lines: int
    light: Light


@dataclass(frozen=True)
class _Pile:
    """Unreported lines of one state and due date (None: the quarter's), and their light."""

    due: datetime.date | None
    state: str
    lines: int
    light: Light


@dataclass(frozen=True)
class UnitExplanation:
    """Why a unit, or one task of it, shows its light on a day."""

    counts: Counts
    period: Period
    ledger: Ledger
    on: datetime.date
    extended: Extended = field(default_factory=dict)
    task: Task | None = None

    @property
    def version(self) -> int:
        return self.ledger.light_version

    @cached_property
    def lights(self) -> dict[Light, int]:
        return self.counts.lights(self.period, self.ledger, self.on, self.extended)

    @cached_property
    def light(self) -> Light:
        return self.counts.light(self.lights, self.ledger)

    # When it turns by itself

    def light_on(self, day: datetime.date) -> Light:
        """What it shows on a later day, if nobody reports anything until then."""
        lights = self.counts.lights(self.period, self.ledger, day, self.extended)
        return self.counts.light(lights, self.ledger)

    @cached_property
    def turns_on(self) -> datetime.date | None:
        """The first day on which the light is another; lines turn on no day but these."""
        near = datetime.timedelta(days=self.ledger.yellow_days)
        dates = {self.period.due, *self.extended}
        days = sorted({day for due in dates for day in (due - near, due + ONE_DAY)})
        return next((d for d in days if d > self.on and self.light_on(d) != self.light), None)

    @property
    def turns_to(self) -> Light | None:
        return self.light_on(self.turns_on) if self.turns_on else None

    # What would turn it

    @cached_property
    def to_report(self) -> list[Step]:
        """How many lines must be reported, on course, for it to leave red, and to leave yellow.

        At the least: those that are worst today are taken first. Empty where no report helps.
        """
        leave: dict[Light, list[tuple[Light, ...]]]
        leave = {Light.RED: [(Light.RED,), WORRYING], Light.YELLOW: [WORRYING]}
        needed = {self._least(partial(self._leaves, ls)) for ls in leave.get(self.light, [])}
        return [Step(lines, self._reporting(lines)) for lines in sorted(needed) if lines]

    @cached_property
    def to_worsen(self) -> list[Step]:
        """How many more yellow lines turn it yellow, and how many more red ones turn it red."""
        worse = {Light.RED: [], Light.YELLOW: [Light.RED]}
        lights = worse.get(self.light, [Light.YELLOW, Light.RED])
        found = [Step(self._least(partial(self._falls_to, light)), light) for light in lights]
        return [step for step in found if step.lines]

    def _least(self, holds: Callable[[int], bool]) -> int:
        """The least number of lines for which something holds that, once it does, goes on to
        hold for any more; 0 where it does for none."""
        found = bisect_left(range(self.counts.owed + 1), True, lo=1, key=holds)
        return found if found <= self.counts.owed else 0

    def _falls_to(self, light: Light, lines: int) -> bool:
        """Shares of red and yellow are asked first, so it does not matter what the lines were."""
        changed = {**self.lights, light: self.lights[light] + lines}
        return self.counts.light(changed, self.ledger) == light

    def _leaves(self, lights: Container[Light], lines: int) -> bool:
        return self._reporting(lines) not in lights

    def _reporting(self, lines: int) -> Light:
        counts, extended = self.counts, dict(self.extended)
        for pile in self._piles:
            taken = min(lines, pile.lines)
            lines -= taken
            counts = _moved(counts, pile.state, taken, submitted=counts.submitted + taken)
            if pile.due:
                left = extended[pile.due]
                extended[pile.due] = _moved(left, pile.state, taken, owed=left.owed - taken)
        lights = counts.lights(self.period, self.ledger, self.on, extended)
        return counts.light(lights, self.ledger)

    @cached_property
    def _piles(self) -> list[_Pile]:
        """The unreported lines, those that show red first, then those that show yellow."""
        order = [*WORRYING, Light.GREY, Light.GREEN]
        return sorted(self._unreported(), key=lambda pile: order.index(pile.light))

    def _unreported(self) -> Iterator[_Pile]:
        for state in OPEN_STATES:
            later = {due: getattr(counts, state) for due, counts in self.extended.items()}
            usual = {None: getattr(self.counts, state) - sum(later.values())}
            for due, lines in (usual | later).items():
                if lines:
                    yield _Pile(due, state, lines, self._light_of_one(state, due))

    def _light_of_one(self, state: str, due: datetime.date | None) -> Light:
        one = _moved(Counts(owed=1), state, -1)
        lights = one.lights(self.period, self.ledger, self.on, {due: one} if due else {})
        return next(light for light, count in lights.items() if count)

    # In words

    @property
    def inputs(self) -> list[Input]:
        red, yellow = self.lights[Light.RED], self.lights[Light.YELLOW]
        owed, limits = self.counts.owed, self.ledger
        until_red = _("red from %(share)d %% on") % {"share": limits.red_share}
        until_yellow = _("yellow from %(share)d %% on") % {"share": limits.yellow_share}
        grey, blue = _("grey above 50 %"), _("blue from 50 % on")
        return [
            Input(_("Red lines"), red, owed, until_red, "light=red"),
            Input(_("Yellow lines"), yellow, owed, "", "light=yellow"),
            Input(_("Red and yellow lines"), red + yellow, owed, until_yellow),
            Input(_("Grey lines"), self.lights[Light.GREY], owed, grey, "light=grey"),
            Input(_("Blue lines"), self.lights[Light.BLUE], owed, blue, "light=blue"),
            Input(_("Not reported"), self.counts.unreported, owed, "", "state=unreported"),
        ]

    @property
    def rule(self) -> list[str]:
        """How a unit comes to its light, and how its lines come to theirs."""
        facts = vars(self.ledger.thresholds)
        of_unit = _(
            "A unit is red from %(red_share)d %% red lines on, yellow from %(yellow_share)d %% "
            "red and yellow ones on; grey where more than half of its lines are not started, "
            "blue where at least half are done early, else green. The first that fits holds."
        )
        of_lines = _(
            "A line that is not reported is yellow from %(yellow_days)d days before its due date "
            "and red after it; a reported one is yellow when %(yellow_behind)d points behind its "
            "target, and red when %(red_behind)d."
        )
        return [of_unit % facts, of_lines % facts]

    @property
    def steps(self) -> list[str]:
        """What would turn it, in sentences."""
        said = [_reported_words(step) for step in self.to_report]
        if self.light in WORRYING and not said:
            said.append(_("Reporting alone does not help: too much of what is reported is behind."))
        return said + [_worse_words(step) for step in self.to_worsen]

    @property
    def sentence(self) -> str:
        """All of it in one line: the light, why, and the day on which it turns."""
        if not self.counts.owed:
            return _("%(light)s: nothing is owed.") % {"light": self.light.colour}
        facts = {"light": self.light.colour, "facts": self._facts}
        if not self.turns_on or not self.turns_to:
            return _("%(light)s: %(facts)s.") % facts
        day = date_format(self.turns_on, "MONTH_DAY_FORMAT")
        facts |= {"to": self.turns_to.colour, "day": day}
        return _("%(light)s: %(facts)s; turns %(to)s on %(day)s.") % facts

    @property
    def _facts(self) -> str:
        said = [self._days_words, self._missing_words] if self.counts.unreported else []
        if not said:
            said.append(_("all is reported"))
        if self.counts.far_behind:
            far = ngettext("%(number)s far behind", "%(number)s far behind", self.counts.far_behind)
            said.append(far % {"number": _grouped(self.counts.far_behind)})
        text = said[0]
        for more in said[1:]:
            text = _("%(first)s, %(second)s") % {"first": text, "second": more}
        return text

    @property
    def _days_words(self) -> str:
        """To the due date of most: the quarter's, unless all that is missing has more time."""
        usual = self.counts.unreported > sum(c.unreported for c in self.extended.values())
        due = self.period.due if usual or not self.extended else min(self.extended)
        days = (due - self.on).days
        if days == 0:
            return _("due today")
        text = (
            ngettext("%(days)d day to the due date", "%(days)d days to the due date", days)
            if days > 0
            else ngettext("overdue by %(days)d day", "overdue by %(days)d days", -days)
        )
        return text % {"days": abs(days)}

    @property
    def _missing_words(self) -> str:
        """Of one task, each unit that owes it has one line."""
        count = self.counts.unreported
        if self.task is None:
            text = ngettext("%(number)s line not reported", "%(number)s lines not reported", count)
        elif self.task.reporting_level == Level.VILLAGE:
            text = ngettext(
                "%(number)s village not reported", "%(number)s villages not reported", count
            )
        else:
            text = ngettext(
                "%(number)s township not reported", "%(number)s townships not reported", count
            )
        return text % {"number": _grouped(count)}


def explain_unit(
    counts: Counts,
    period: Period,
    ledger: Ledger,
    on: datetime.date,
    extended: Extended = NONE_EXTENDED,
    task: Task | None = None,
) -> UnitExplanation:
    """Of a unit as a whole; or, where `counts` are of one task of it, of that task."""
    return UnitExplanation(counts, period, ledger, on, extended, task)


def _moved(counts: Counts, state: str, lines: int, **others: int) -> Counts:
    """So many lines fewer in a state, and other counts as given."""
    return replace(counts, **{state: getattr(counts, state) - lines, **others})


def _reported_words(step: Step) -> str:
    text = ngettext(
        "With %(number)s line more reported on course it turns %(light)s.",
        "With %(number)s lines more reported on course it turns %(light)s.",
        step.lines,
    )
    return text % {"number": _grouped(step.lines), "light": step.light.colour}


def _worse_words(step: Step) -> str:
    if step.light == Light.RED:
        text = ngettext(
            "%(number)s red line more turns it red.",
            "%(number)s red lines more turn it red.",
            step.lines,
        )
    else:
        text = ngettext(
            "%(number)s yellow line more turns it yellow.",
            "%(number)s yellow lines more turn it yellow.",
            step.lines,
        )
    return text % {"number": _grouped(step.lines)}


def _grouped(number: int) -> str:
    return f"{number:,}"
