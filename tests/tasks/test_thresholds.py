"""Thresholds have versions: who set which, when and why; and are tried out before they are set."""

import datetime
from collections import Counter
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.db.models import Model
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from dashboard.figures import Figures, Row
from tasks.actions import lights as acts
from tasks.actions import making
from tasks.light_preview import Preview, preview, quarters_of
from tasks.models import Entry, EntrySummary, Ledger, Light, LightRule, Thresholds
from tests.tasks.recount import recounted, summarised
from tests.tasks.test_summary import Dice
from tests.tasks.verbs import author, code_of, lights, moment, submitted
from tests.world import NOW, World

WHY = "年中调整"
TODAY = NOW.date()
STRICT = Thresholds(20, 5, 15, 10, 10)


def change(
    world: World, who: str = "city_manager", reason: str = WHY, seen: int = 1, **to: int
) -> LightRule:
    ledger = Ledger.objects.get(pk=world.ledger.pk)
    wanted = Thresholds(**(vars(ledger.thresholds) | to))
    return acts.change_thresholds(ledger, wanted, seen, reason, author(world, who))


def refused(world: World, **given: Any) -> str:
    before = stored()
    with pytest.raises(ValidationError) as error:
        change(world, **given)
    assert stored() == before
    return code_of(error.value)


def stored() -> list[Any]:
    models: tuple[type[Model], ...] = (Ledger, LightRule, EntrySummary)
    return [list(model._default_manager.order_by("pk").values()) for model in models]


def test_the_first_version_is_how_the_ledger_was_issued(draft_world: World) -> None:
    assert not LightRule.objects.exists()
    Ledger.objects.update(red_behind=33)
    ledger = Ledger.objects.get()
    ledger.issue(draft_world.users["city_manager"], moment(1, 5))
    first = LightRule.objects.get()
    assert Thresholds.of(first) == ledger.thresholds
    assert (first.version, first.by, first.at) == (
        *(1, draft_world.users["city_manager"]),
        moment(1, 5),
    )


def test_a_change_is_the_next_version_and_counts_the_lights_afresh(world: World) -> None:
    submitted(world)  # 60 of 100 where 75 are expected: behind by 15
    assert EntrySummary.objects.total().far_behind == 0
    second = change(world, red_behind=15)
    assert (second.version, second.reason, second.by) == (2, WHY, world.users["city_manager"])
    ledger = Ledger.objects.get()
    assert (ledger.light_version, ledger.red_behind) == (2, 15)
    assert EntrySummary.objects.total().far_behind == 1
    assert summarised() == recounted()
    first = LightRule.objects.get(version=1)
    with translation.override("zh-hans"):
        assert second.differences(first) == [("落后n个百分点亮红灯", 20, 15)]


def test_ledgers_issued_before_there_were_versions_get_their_first(world: World) -> None:
    migration = import_module("tasks.migrations.0005_light_rules_and_overrides")
    Ledger.objects.update(yellow_days=9)
    Ledger.objects.create(division=world.units["city"], year=2027, title="草稿")
    LightRule.objects.all().delete()
    migration.keep_first_versions(apps, None)
    first = LightRule.objects.get()
    assert (first.ledger, first.version, first.yellow_days) == (world.ledger, 1, 9)
    assert (first.by, first.at) == (world.users["city_manager"], world.ledger.issued_at)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"red_behind": 20}, "same"),
        ({"red_behind": 15, "reason": "  "}, "reason"),
        ({"red_behind": 15, "reason": "长" * 201}, "reason"),
        ({"red_behind": 15, "seen": 2}, "stale"),
        ({"red_behind": 15, "seen": 0}, "stale"),
        ({"red_behind": 10}, "__all__"),
        ({"red_behind": 101}, "red_behind"),
        ({"yellow_days": 367}, "yellow_days"),
        ({"red_share": 0}, "red_share"),
        ({"yellow_share": 101}, "yellow_share"),
    ],
)
def test_a_change_that_may_not_be_writes_nothing(
    world: World, given: dict[str, Any], code: str
) -> None:
    assert refused(world, **given) == code


def test_of_two_who_previewed_one_version_the_second_is_told(world: World) -> None:
    change(world, red_behind=15)
    assert refused(world, red_behind=30) == "stale"
    assert change(world, red_behind=30, seen=2).version == 3


def test_a_closed_ledger_keeps_its_thresholds(world: World) -> None:
    Ledger.objects.update(state="closed", closed_at=NOW)
    assert refused(world, red_behind=15) == "closed"


def test_a_draft_has_no_versions_yet(draft_world: World) -> None:
    assert refused(draft_world, red_behind=15) == "draft"


@pytest.mark.parametrize("who", ["city_viewer", "city_auditor", "linzhou_manager"])
def test_only_managers_of_the_issuing_city_change_them(world: World, who: str) -> None:
    before = stored()
    with pytest.raises(PermissionDenied):
        change(world, who=who, red_behind=15)
    assert stored() == before


def test_a_copy_begins_with_version_one(world: World) -> None:
    change(world, red_behind=15)
    copy = making.copy_ledger(world.ledger, 2027, author(world, "city_manager"))
    assert (copy.light_version, copy.red_behind) == (1, 15)
    assert not copy.light_rules.exists()


def test_a_ledger_that_was_issued_tells_its_rule_to_whoever_sees_it(world: World) -> None:
    for who in ("city_viewer", "linzhou_viewer", "dongshan_reporter"):
        assert LightRule.objects.visible_to(world.users[who]).count() == 1
    Ledger.objects.update(division=world.units["huaxian"])
    assert not LightRule.objects.visible_to(world.users["dongshan_reporter"]).exists()


# Trying them out


def tried(world: World, by: Thresholds, on: datetime.date = TODAY) -> Preview:
    ledger = Ledger.objects.get(pk=world.ledger.pk)
    return preview(ledger, world.periods[3], by, on)


def units_of(world: World, on: datetime.date) -> dict[int, Light]:
    """The light of every county and township as the overview shows it."""
    ledger = Ledger.objects.get(pk=world.ledger.pk)
    figures = Figures(world.units["city"], world.periods[3], None, ledger)
    rows: list[Row] = figures.rows(on)
    return {row.division.pk: row.light for one in rows for row in [one, *one.units]}


@pytest.mark.parametrize("on", [datetime.date(2026, 9, 10), TODAY, datetime.date(2026, 10, 6)])
@pytest.mark.parametrize("seed", range(3))
def test_what_was_foretold_is_what_changes(world: World, seed: int, on: datetime.date) -> None:
    Dice(world, seed).roll(50)
    Entry.objects.filter(township=world.units["linqi"]).update(
        extended_to=datetime.date(2026, 10, 20)
    )
    lines = Entry.objects.filter(period=world.periods[3]).owed()
    wanted = Thresholds(2, 3, 8, 30, 45) if seed else Thresholds(40, 30, 60, 5, 60)
    foretold, before, units = tried(world, wanted, on), lights(lines, on), units_of(world, on)
    change(world, **vars(wanted))
    after, units_after = lights(lines, on), units_of(world, on)
    assert foretold.matrix == Counter((before[pk], after[pk]) for pk in before)
    turned = {
        (pk, light, units_after[pk]) for pk, light in units.items() if light != units_after[pk]
    }
    told = [one for of in foretold.of_level for one in of.turned]
    assert {(one.division.pk, one.before, one.after) for one in told} == turned
    assert sum(of.units for of in foretold.of_level) == len(units)
    assert foretold.lines_turned == sum(before[pk] != after[pk] for pk in before)


def test_trying_them_out_writes_nothing_and_asks_twice(world: World) -> None:
    before = stored()
    with CaptureQueriesContext(connection) as asked:
        tried(world, STRICT)
    assert len(asked) == 3  # the ledger itself, the lines, the townships
    assert stored() == before


def test_units_that_turn_alike_stand_together(world: World) -> None:
    counties = tried(world, Thresholds(0, 10, 20, 10, 10)).of_level[0]
    assert counties.units == 2
    assert [(old, new, len(units)) for old, new, units in counties.groups] == [
        (Light.YELLOW, Light.GREY, 2)
    ]


def test_every_quarter_that_has_opened_is_tried_out_the_last_first(world: World) -> None:
    opened = [world.periods[3], world.periods[2], world.periods[1]]
    assert quarters_of(world.ledger, TODAY) == opened
    assert quarters_of(world.ledger, datetime.date(2025, 1, 1)) == [world.periods[1]]
    assert quarters_of(Ledger(year=2031), TODAY) == []
