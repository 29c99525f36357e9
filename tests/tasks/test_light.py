"""The light of a line: SQL and words are one rule, held to a third account of it here."""

import datetime
import random
from decimal import ROUND_DOWN, Decimal
from typing import Any

import pytest
from django.utils import translation

from tasks.models import Entry, Ledger, Light, Task
from tasks.models.light import explain, plain
from tests.tasks.recount import standing
from tests.tasks.verbs import lights, moment
from tests.world import NOW, World, rewrite

CENT = Decimal("0.01")
DAY = datetime.timedelta(days=1)
DUE = datetime.date(2026, 10, 5)
STATES = ["blank", "draft", "returned", "submitted", "accepted"]
TARGETS = [
    "1",
    "0.01",
    "0.03",
    "1.10",
    "3.33",
    "7",
    "19.99",
    "33.30",
    "100",
    "123456.78",
    "9999999",
]


def expected_light(entry: Entry, on: datetime.date) -> str:
    """The rule as the ledger's explanation to people gives it."""
    if entry.state in ("submitted", "accepted"):
        found = standing(entry)
        return {"far_behind": "red", "behind": "yellow", "early": "blue"}.get(found, "green")
    days = (entry.period.due - on).days
    if days < 0:
        return "red"
    if days <= entry.task.ledger.yellow_days or entry.state == "returned":
        return "yellow"
    return "grey" if entry.state == "blank" else "green"


def edge_values(target: Decimal, expected: int, ledger: Ledger) -> list[Decimal]:
    """Exactly as far behind as the thresholds say, a cent off, and the whole target."""
    values = [Decimal(0), target, target - CENT, target + CENT, target * 3]
    for behind in (ledger.red_behind, ledger.yellow_behind, 0):
        edge = (target * (expected - behind) / 100).quantize(CENT, ROUND_DOWN)
        values += [edge, edge + CENT, edge - CENT]
    return [value for value in values if value >= 0]


def all_sorts(world: World, seed: int, **thresholds: int) -> list[Entry]:
    """Entries in every state with values at and around every edge."""
    dice = random.Random(seed)
    Ledger.objects.filter(pk=world.ledger.pk).update(**thresholds)
    for number, target in enumerate([*TARGETS, None], start=10):
        for cumulative in (True, False):
            Task.objects.create(
                ledger=world.ledger,
                number=number * 2 + cumulative,
                category="effect",
                title=f"{number} {cumulative}",
                reporting_level="village",
                target=target and Decimal(target),
                is_cumulative=cumulative,
            )
    world.ledger.issue(world.users["city_manager"], moment(1, 5))
    world.ledger.refresh_from_db()
    entries = list(Entry.objects.select_related("task__ledger", "period").order_by("pk"))
    for entry in entries:
        task = entry.task
        expected = entry.period.quarter * 25 if task.is_cumulative else 100
        values = edge_values(task.target or Decimal(5), expected, world.ledger)
        entry.value = dice.choice([*values, None])
        entry.state = dice.choice(STATES)
        entry.waiting_at = "township" if entry.state == "submitted" else ""
        entry.first_submitted_at = NOW
    rewrite(entries, ["value", "state", "waiting_at", "first_submitted_at"])
    return entries


@pytest.mark.parametrize(
    ("seed", "thresholds"),
    [
        (1, {}),
        (2, {"yellow_days": 0, "yellow_behind": 0, "red_behind": 1}),
        (3, {"yellow_days": 40, "yellow_behind": 30, "red_behind": 60}),
        (4, {"yellow_behind": 33, "red_behind": 34}),
    ],
)
def test_sql_and_words_and_rule_agree_at_every_edge(
    draft_world: World, seed: int, thresholds: dict[str, int]
) -> None:
    entries = all_sorts(draft_world, seed, **thresholds)
    met: set[str] = set()
    for days in (41, 40, 16, 15, 1, 0, -1, -30):
        on = DUE - days * DAY
        shown = lights(Entry.objects.all(), on)
        differ = [
            (entry.task.target, entry.value, entry.state, shown[entry.pk])
            for entry in entries
            if not shown[entry.pk] == explain(entry, on).light == expected_light(entry, on)
        ]
        assert differ == []
        met |= set(shown.values())
    assert met == set(Light)


def test_a_light_turns_on_the_day_that_the_explanation_names(draft_world: World) -> None:
    entries = all_sorts(draft_world, 5)
    on = datetime.date(2026, 6, 25)
    by_day: dict[datetime.date, list[tuple[Entry, str]]] = {}
    before: dict[datetime.date, list[tuple[Entry, str]]] = {}
    for entry in entries:
        told = explain(entry, on)
        if told.turns_on is None:
            assert told.turns_to is None
            continue
        assert told.turns_on > on
        assert told.turns_to is not None
        by_day.setdefault(told.turns_on, []).append((entry, told.turns_to))
        before.setdefault(told.turns_on - DAY, []).append((entry, told.light))
    assert len(by_day) > 3
    for told_lights in (by_day, before):
        for day, expected in told_lights.items():
            shown = lights(Entry.objects.all(), day)
            assert all(shown[entry.pk] == light for entry, light in expected)


def test_a_light_that_is_not_said_to_turn_stays_as_it_is(draft_world: World) -> None:
    on = datetime.date(2026, 10, 20)
    still = [e for e in all_sorts(draft_world, 6) if explain(e, on).turns_on is None]
    shown = lights(Entry.objects.all(), on)
    later = lights(Entry.objects.all(), on + 400 * DAY)
    assert {e.state for e in still} == set(STATES)
    assert all(shown[e.pk] == later[e.pk] for e in still)


@pytest.mark.parametrize(
    ("state", "days_left", "light", "turns_to", "turns_in"),
    [
        ("blank", 16, Light.GREY, Light.YELLOW, 1),
        ("draft", 16, Light.GREEN, Light.YELLOW, 1),
        ("returned", 16, Light.YELLOW, Light.RED, 17),
        ("blank", 15, Light.YELLOW, Light.RED, 16),
        ("draft", 0, Light.YELLOW, Light.RED, 1),
        ("returned", 0, Light.YELLOW, Light.RED, 1),
        ("blank", -1, Light.RED, None, None),
        ("returned", -1, Light.RED, None, None),
    ],
)
def test_a_line_that_is_not_reported_goes_by_the_calendar(
    world: World,
    state: str,
    days_left: int,
    light: Light,
    turns_to: Light | None,
    turns_in: int | None,
) -> None:
    Entry.objects.filter(pk=world.entry("dongshan", "income").pk).update(state=state)
    entry, on = world.entry("dongshan", "income"), DUE - days_left * DAY
    told = explain(entry, on)
    assert (told.light, told.turns_to) == (light, turns_to)
    assert told.turns_on == (None if turns_in is None else on + turns_in * DAY)
    assert lights(Entry.objects.all(), on)[entry.pk] == light


@pytest.mark.parametrize(
    ("value", "light"),
    [
        ("100", Light.BLUE),
        ("99.99", Light.GREEN),
        ("65.01", Light.GREEN),
        ("65", Light.YELLOW),
        ("55.01", Light.YELLOW),
        ("55", Light.RED),
        ("0", Light.RED),
    ],
)
def test_a_reported_line_goes_by_its_target_whatever_the_day(
    world: World, value: str, light: Light
) -> None:
    pk = world.entry("dongshan", "income").pk
    Entry.objects.filter(pk=pk).update(
        value=Decimal(value), state="accepted", first_submitted_at=NOW
    )
    entry = world.entry("dongshan", "income")
    for on in (DUE - 100 * DAY, DUE, DUE + 100 * DAY):
        assert lights(Entry.objects.all(), on)[pk] == light
        assert explain(entry, on).light == light
    assert explain(entry, DUE).turns_on is None
    assert plain(Decimal(value)) in explain(entry, DUE).reason


def test_blue_is_for_what_is_done_before_the_year_ends(world: World) -> None:
    entry = world.entry("dongshan", "income", 4)
    entry.value, entry.state, entry.first_submitted_at = Decimal(100), "accepted", NOW
    entry.save()
    assert explain(entry, DUE).light == Light.GREEN
    assert lights(Entry.objects.all(), DUE)[entry.pk] == Light.GREEN


def test_every_explanation_says_why(draft_world: World) -> None:
    entries = all_sorts(draft_world, 7)
    assert all(explain(entry, DUE).reason for entry in entries)


CODES = {"Red": "red", "Yellow": "yellow", "Green": "green", "Blue": "blue"}


def promised(step: str) -> tuple[str, Decimal]:
    """Light and value of “Yellow from 55.01 on.”"""
    colour, _from, value, _on = step.split()
    return CODES[colour], Decimal(value)


def test_the_values_that_would_turn_a_light_do_and_a_cent_less_does_not(
    draft_world: World,
) -> None:
    """Held to the SQL: every promised value is stored, and the light read back."""
    entries = [e for e in all_sorts(draft_world, 8) if e.state in ("submitted", "accepted")]
    with translation.override("en"):
        steps = [(e.pk, *promised(s)) for e in entries for s in explain(e, DUE).steps]
    assert {light for _pk, light, _value in steps} == {"yellow", "green", "blue"}
    for number in range(3):
        of_entry = {pk: (light, value) for pk, light, value in steps[number::3]}
        for less in (Decimal(0), CENT):
            stored = [Entry(pk=pk, value=value - less) for pk, (_l, value) in of_entry.items()]
            Entry.objects.bulk_update(stored, ["value"], batch_size=200)
            shown = lights(Entry.objects.filter(pk__in=of_entry), DUE)
            alike = {pk for pk, (light, _value) in of_entry.items() if shown[pk] == light}
            assert alike == (set() if less else set(of_entry))


def steps_of(world: World, **changed: Any) -> tuple[str, ...]:
    entry = world.entry("dongshan", "income")
    for name, value in changed.items():
        setattr(entry, name, value)
    with translation.override("en"):
        return explain(entry, DUE).steps


def test_what_would_turn_a_line_is_told_from_its_value_on(world: World) -> None:
    green, blue = "Green from 65.01 on.", "Blue from 100 on."
    assert steps_of(world, state="submitted", value=Decimal(55)) == (
        "Yellow from 55.01 on.", green, blue,
    )  # fmt: skip
    assert steps_of(world, state="submitted", value=Decimal(60)) == (green, blue)
    assert steps_of(world, state="submitted", value=Decimal(70)) == (blue,)
    assert steps_of(world, state="submitted", value=Decimal(100)) == ()


def test_a_line_that_is_not_reported_turns_by_being_reported(world: World) -> None:
    first, *ladder = steps_of(world)
    assert first == "Once it is reported, its value decides:"
    assert ladder == ["Yellow from 55.01 on.", "Green from 65.01 on.", "Blue from 100 on."]
    world.tasks["income"].target = None
    world.tasks["income"].save()
    assert steps_of(world) == ("It turns green once it is reported.",)


def test_an_explanation_names_the_version_of_the_rule(world: World) -> None:
    Ledger.objects.update(light_version=7)
    entry = world.entry("dongshan", "income")
    assert explain(entry, DUE).version == 7
    entry.state = "withdrawn"
    assert explain(entry, DUE).version == 0


@pytest.mark.parametrize(
    ("number", "written"),
    [("12.50", "12.5"), ("3.00", "3"), ("100", "100"), ("0.00", "0"), ("1E+3", "1000")],
)
def test_a_number_is_written_as_people_write_it(number: str, written: str) -> None:
    assert plain(Decimal(number)) == written
