"""The light of a unit explained: held to Counts.lights() by trying out every day and number."""

import datetime
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.models import Counts, Ledger, Light, Period, Task, UnitExplanation, explain_unit

MANY = settings(max_examples=60, deadline=None, derandomize=True, database=None)
DAY = datetime.timedelta(days=1)
DUE = datetime.date(2026, 10, 5)
PERIOD = Period.usual(2026, 3)
YEAR = [datetime.date(2026, 4, 1) + n * DAY for n in range(366)]
UNREPORTED = ("blank", "draft", "returned")


def ledger(**thresholds: int) -> Ledger:
    return Ledger(year=2026, title="台账", **thresholds)


SOME = st.integers(0, 12)
LEDGERS = st.builds(
    ledger,
    yellow_days=st.integers(0, 40),
    yellow_share=st.integers(1, 100),
    red_share=st.integers(1, 100),
)


def counted(**numbers: int) -> Counts:
    """Counts that agree with each other: owed and reported follow from the rest."""
    given_ = {"submitted": 0, **numbers}
    far, behind, early = (given_.pop(name, 0) for name in ("far_behind", "behind", "early"))
    submitted = given_.pop("submitted") + far + behind + early
    owed = submitted + sum(given_.values())
    lights = {"far_behind": far, "behind": behind, "early": early}
    return Counts(owed=owed, submitted=submitted, **given_, **lights)


@st.composite
def cases(draw: Any) -> UnitExplanation:
    """A unit in any state on any day, some of its unreported lines with more time."""
    names = (*UNREPORTED, "submitted", "far_behind", "behind", "early")
    numbers = {name: draw(SOME) for name in names}
    extended: dict[datetime.date, Counts] = {}
    for _ in range(draw(st.integers(0, 2))):
        more = {name: draw(st.integers(0, 5)) for name in UNREPORTED}
        for name, count in more.items():
            numbers[name] += count
        day = DUE + draw(st.integers(1, 60)) * DAY
        before = extended.get(day, Counts())
        extended[day] = before + Counts(owed=sum(more.values()), **more)
    on = draw(st.sampled_from(YEAR))
    extended = {day: counts for day, counts in extended.items() if day >= on} or {}
    return explain_unit(counted(**numbers), PERIOD, draw(LEDGERS), on, extended)


def light_of(case: UnitExplanation, counts: Counts, on: datetime.date, extended: Any) -> Light:
    return counts.light(counts.lights(PERIOD, case.ledger, on, extended), case.ledger)


@MANY
@given(cases())
def test_its_light_and_the_day_it_turns_are_those_of_a_simulated_year(
    case: UnitExplanation,
) -> None:
    today = light_of(case, case.counts, case.on, case.extended)
    assert case.light == today
    coming = [case.on + n * DAY for n in range(1, 500)]
    shown = {day: light_of(case, case.counts, day, case.extended) for day in coming}
    first = next((day for day in coming if shown[day] != today), None)
    assert case.turns_on == first
    assert case.turns_to == (shown[first] if first else None)


def lines_of(case: UnitExplanation) -> list[tuple[datetime.date | None, str]]:
    """The unreported lines one by one: their own due date, where they have one, and state."""
    lines: list[tuple[datetime.date | None, str]] = []
    for state in UNREPORTED:
        later = [(due, state) for due, c in case.extended.items() for _ in range(getattr(c, state))]
        usual = getattr(case.counts, state) - len(later)
        lines += [*later, *[(None, state)] * usual]
    return lines


def light_alone(case: UnitExplanation, due: datetime.date | None, state: str) -> str:
    days = ((due or DUE) - case.on).days
    if days < 0:
        return "red"
    return "yellow" if days <= case.ledger.yellow_days or state == "returned" else "other"


def after_reporting(case: UnitExplanation, lines: list[tuple[Any, str]]) -> Light:
    """One line after another handed in on course."""
    counts, extended = case.counts, dict(case.extended)
    for due, state in lines:
        counts = replace(
            counts, **{state: getattr(counts, state) - 1}, submitted=counts.submitted + 1
        )
        if due:
            left = extended[due]
            changed = {state: getattr(left, state) - 1, "owed": left.owed - 1}
            extended[due] = replace(left, **changed)
    return light_of(case, counts, case.on, extended)


@MANY
@given(cases())
def test_so_many_lines_reported_turn_it_and_one_fewer_does_not(case: UnitExplanation) -> None:
    order = {"red": 0, "yellow": 1, "other": 2}
    worst_first = sorted(lines_of(case), key=lambda line: order[light_alone(case, *line)])
    steps = [after_reporting(case, worst_first[:n]) for n in range(len(worst_first) + 1)]
    wanted = []
    if case.light == Light.RED:
        wanted.append(next((n for n, light in enumerate(steps) if light != Light.RED), 0))
    if case.light in (Light.RED, Light.YELLOW):
        calm = (n for n, light in enumerate(steps) if light not in (Light.RED, Light.YELLOW))
        wanted.append(next(calm, 0))
    assert [step.lines for step in case.to_report] == sorted({n for n in wanted if n})
    assert all(steps[step.lines] == step.light for step in case.to_report)


@MANY
@given(cases())
def test_so_many_lines_worse_turn_it_and_one_fewer_does_not(case: UnitExplanation) -> None:
    told = {step.light: step.lines for step in case.to_worsen}
    for light in (Light.YELLOW, Light.RED):
        lines = 0
        while lines <= case.counts.owed:
            shown = {**case.lights, light: case.lights[light] + lines}
            if case.counts.light(shown, case.ledger) == light:
                break
            lines += 1
        worse = case.counts.owed and case.light not in (light, Light.RED)
        assert told.get(light, 0) == (lines if worse else 0)


@MANY
@given(cases())
def test_every_case_is_told_in_words(case: UnitExplanation) -> None:
    assert case.sentence.startswith(case.light.colour)
    assert len(case.rule) == 2
    assert sum(one.count for one in case.inputs if one.query.startswith("light=")) == (
        case.counts.owed - case.lights[Light.GREEN]
    )
    if case.light in (Light.RED, Light.YELLOW):
        assert case.steps


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    """The words of the source, which do not change with a translation."""
    with translation.override("en"):
        yield


def explained(on: str = "2026-09-26", task: Task | None = None, **numbers: int) -> UnitExplanation:
    day = datetime.date.fromisoformat(on)
    return explain_unit(counted(**numbers), PERIOD, ledger(), day, task=task)


def test_the_sentence_names_light_days_missing_lines_and_the_turn() -> None:
    told = explained(blank=12, submitted=8).sentence
    assert told == "Yellow: 9 days to the due date, 12 lines not reported; turns Red on October 6."


@pytest.mark.parametrize(
    ("level", "says"), [("village", "1 village not"), ("township", "1 township not")]
)
def test_of_one_task_the_units_that_owe_it_are_counted(level: str, says: str) -> None:
    assert says in explained(task=Task(reporting_level=level), blank=1).sentence


@pytest.mark.parametrize(
    ("on", "numbers", "says"),
    [
        ("2026-10-05", {"blank": 1}, "Yellow: due today, 1 line not reported; turns Red"),
        ("2026-10-07", {"blank": 2}, "Red: overdue by 2 days, 2 lines not reported."),
        ("2026-10-07", {"submitted": 3}, "Green: all is reported."),
        ("2026-10-07", {"far_behind": 3}, "Red: all is reported, 3 far behind."),
        ("2026-10-07", {}, "Grey: nothing is owed."),
    ],
)
def test_the_sentence_says_what_the_matter_is(on: str, numbers: dict[str, Any], says: str) -> None:
    assert explained(on, **numbers).sentence.startswith(says)


def test_the_days_are_those_of_the_extension_where_all_that_is_missing_has_one() -> None:
    later = DUE + 10 * DAY
    counts = counted(blank=2, submitted=1)
    case = explain_unit(counts, PERIOD, ledger(), DUE, {later: Counts(owed=2, blank=2)})
    assert case.sentence.startswith("Yellow: 10 days to the due date, 2 lines not reported")
    assert case.turns_on == later + DAY


def test_what_would_turn_a_red_unit_is_told_step_by_step() -> None:
    case = explained("2026-10-07", blank=12, behind=5, submitted=100)
    # 12 of 117 are red: below 10 % are 11; red and yellow together 17: below 10 % are 11.
    assert case.steps == [
        "With 1 line more reported on course it turns Yellow.",
        "With 6 lines more reported on course it turns Green.",
    ]


def test_where_reporting_does_not_help_it_says_so() -> None:
    case = explained("2026-10-07", far_behind=50, blank=10, submitted=40)
    assert case.to_report == []
    assert case.steps == ["Reporting alone does not help: too much of what is reported is behind."]


def test_how_far_a_green_unit_is_from_yellow_and_red() -> None:
    case = explained("2026-10-07", blank=3, behind=2, submitted=95)
    assert case.steps == [
        "5 yellow lines more turn it yellow.",
        "7 red lines more turn it red.",
    ]


def test_the_inputs_count_of_how_many_and_name_the_share_that_decides() -> None:
    red = explained("2026-10-07", blank=12, submitted=648).inputs[0]
    assert (red.words, red.count, red.whole, red.query) == ("Red lines", 12, 660, "light=red")
    assert red.limit == "red from 10 % on"


def test_the_rule_states_the_thresholds_of_the_ledger() -> None:
    held = ledger(red_share=7, yellow_share=8, yellow_days=9, yellow_behind=11, red_behind=12)
    rule = " ".join(explain_unit(Counts(), PERIOD, held, DUE).rule)
    assert all(f" {number} " in rule or f" {number}." in rule for number in (7, 8, 9, 11, 12))
