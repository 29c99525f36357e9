"""A light set by hand: by a level above, with a reason and a last day; and never forgotten."""

import datetime
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from accounts.models import User
from tasks.actions import lights as acts
from tasks.models import Entry, EntrySummary, Ledger, Light, LightOverride
from tests.tasks.verbs import author, code_of, lights, moment
from tests.world import NOW, World

WHY = "约谈后未整改"
TODAY = NOW.date()
DAY = datetime.timedelta(days=1)
LATER = TODAY + 7 * DAY


def given(
    world: World,
    unit: str = "hejian",
    task: str = "",
    *,
    who: str = "linzhou_reviewer",
    light: str = "red",
    until: datetime.date = LATER,
    reason: str = WHY,
    quarter: int = 3,
    at: datetime.datetime | None = None,
) -> LightOverride:
    about = world.units[unit], world.periods[quarter], world.tasks[task] if task else None
    return acts.override(*about, light, until, reason, author(world, who, at))


def refused(world: World, *about: str, **more: Any) -> str:
    before = list(LightOverride.objects.values())
    with pytest.raises(ValidationError) as error:
        given(world, *about, **more)
    assert list(LightOverride.objects.values()) == before
    return code_of(error.value)


def test_it_says_who_why_and_until_when(world: World) -> None:
    made = given(world)
    kept = LightOverride.objects.standing(TODAY).get()
    assert kept == made
    assert (kept.division, kept.task, kept.light) == (world.units["hejian"], None, Light.RED)
    assert (kept.by, kept.reason, kept.at) == (world.users["linzhou_reviewer"], WHY, NOW)


def test_lines_and_sums_stay_by_the_rule(world: World) -> None:
    before = lights(Entry.objects.all(), TODAY), list(EntrySummary.objects.values())
    given(world)
    given(world, "dongshan", "income", light="blue")
    assert (lights(Entry.objects.all(), TODAY), list(EntrySummary.objects.values())) == before


@pytest.mark.parametrize("light", Light)
def test_any_colour_may_be_shown(world: World, light: Light) -> None:
    assert given(world, light=light).light == light


def test_it_ends_by_itself_after_its_last_day(world: World) -> None:
    given(world, until=TODAY)
    assert LightOverride.objects.standing(TODAY).exists()
    assert not LightOverride.objects.standing(TODAY + DAY).exists()


def test_a_second_one_is_refused_while_the_first_stands(world: World) -> None:
    given(world)
    assert refused(world) == "stands"
    assert refused(world, who="city_manager", light="green") == "stands"


def test_of_a_unit_as_a_whole_and_of_each_of_its_tasks_one_may_stand(world: World) -> None:
    given(world)
    given(world, "hejian", "income")
    given(world, "hejian", "reserve")
    given(world, quarter=4)
    assert refused(world, "hejian", "income") == "stands"
    assert LightOverride.objects.standing(TODAY).count() == 4


def test_one_whose_last_day_is_past_makes_room_and_was_ended_by_nobody(world: World) -> None:
    first = given(world, until=TODAY)
    later = moment(10, 3)
    second = given(world, light="green", at=later)
    first.refresh_from_db()
    assert (first.ended_by, first.ended_at) == (None, later)
    assert list(LightOverride.objects.standing(later.date())) == [second]


@pytest.mark.parametrize("task", ["", "income"])
def test_the_database_too_lets_only_one_stand(world: World, task: str) -> None:
    """With a task and without one, which no two rows would ever share by themselves."""
    made = given(world, "hejian", task)
    made.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        made.save(force_insert=True)
    LightOverride.objects.update(ended_at=NOW)
    made.save(force_insert=True)
    assert LightOverride.objects.count() == 2


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"reason": "  "}, "reason"),
        ({"reason": "长" * 201}, "reason"),
        ({"light": "pink"}, "light"),
        ({"light": ""}, "light"),
        ({"until": TODAY - DAY}, "until"),
        ({"until": datetime.date(2026, 12, 31) + 93 * DAY}, "until"),
        ({"unit": "community", "who": "city_manager"}, "nothing"),
        ({"task": "reserve", "unit": "dongshan"}, "nothing"),
        ({"task": "deeds"}, "nothing"),
    ],
)
def test_what_is_wrong_with_it_is_told_and_nothing_written(
    world: World, more: dict[str, Any], code: str
) -> None:
    assert refused(world, **more) == code


def test_the_last_day_may_be_92_days_past_the_lock(world: World) -> None:
    assert given(world, until=datetime.date(2026, 12, 31) + 92 * DAY)


def test_of_a_closed_year_no_light_is_set(world: World) -> None:
    Ledger.objects.update(state="closed", closed_at=NOW)
    assert refused(world) == "closed"


@pytest.mark.parametrize(
    ("unit", "who"),
    [
        ("hejian", "hejian_reviewer"),  # its own
        ("linzhou", "linzhou_manager"),
        ("city", "city_manager"),
        ("linzhou", "hejian_reviewer"),  # above
        ("baidaokou", "linzhou_reviewer"),  # beside
        ("feidi", "linzhou_reviewer"),
        ("hejian", "linzhou_viewer"),
        ("dongshan", "hejian_reporter"),
        ("linzhou", "city_auditor"),
    ],
)
def test_only_reviewers_and_managers_of_a_level_above_set_it(
    world: World, unit: str, who: str
) -> None:
    with pytest.raises(PermissionDenied):
        given(world, unit, who=who)
    assert not LightOverride.objects.exists()


@pytest.mark.parametrize(
    ("unit", "who"),
    [
        ("dongshan", "hejian_reviewer"),
        ("dongshan", "linzhou_manager"),
        ("dongshan", "city_manager"),
        ("linzhou", "city_manager"),
    ],
)
def test_every_level_above_may_set_it(world: World, unit: str, who: str) -> None:
    assert given(world, unit, who=who).pk


def test_the_systems_administrator_sets_all_but_the_citys(world: World) -> None:
    root = User.objects.create_superuser("root", name="root")
    units = set(acts.overridable_by(root))
    assert units == {unit for name, unit in world.units.items() if name != "city"}


# Ending it


def test_one_that_was_ended_stays_with_who_and_when(world: World) -> None:
    made = given(world)
    ended = acts.end_override(made, author(world, "linzhou_manager", moment(10, 4)))
    assert (ended.ended_by, ended.ended_at) == (world.users["linzhou_manager"], moment(10, 4))
    assert not LightOverride.objects.standing(moment(10, 4).date()).exists()
    assert given(world, light="green", at=moment(10, 5))
    assert LightOverride.objects.count() == 2


def test_what_has_ended_is_not_ended_again(world: World) -> None:
    made = acts.end_override(given(world), author(world, "linzhou_reviewer"))
    expired = given(world, "hejian", "income", until=TODAY)
    for one, at in ((made, NOW), (expired, moment(10, 3))):
        with pytest.raises(ValidationError) as error:
            acts.end_override(one, author(world, "linzhou_reviewer", at))
        assert code_of(error.value) == "ended"
    assert LightOverride.objects.get(pk=expired.pk).ended_at is None


def test_what_the_city_set_the_county_does_not_end(world: World) -> None:
    made = given(world, who="city_manager")
    for who in ("linzhou_reviewer", "hejian_reviewer", "city_viewer", "huaxian_reviewer"):
        assert not acts.may_end(made, world.users[who])
        with pytest.raises(PermissionDenied):
            acts.end_override(made, author(world, who))
    assert acts.end_override(made, author(world, "city_manager")).ended_at


def test_what_the_county_set_the_city_ends(world: World) -> None:
    assert acts.end_override(given(world), author(world, "city_manager")).ended_at


# Finding them


def test_one_sees_those_of_the_own_unit_and_below(world: World) -> None:
    made = [given(world, unit, who="city_manager") for unit in ("linzhou", "hejian", "huaxian")]
    seen = {
        who: set(LightOverride.objects.visible_to(world.users[who]))
        for who in ("city_viewer", "linzhou_viewer", "hejian_reporter", "dongshan_reporter")
    }
    assert seen == {
        "city_viewer": set(made),
        "linzhou_viewer": set(made[:2]),
        "hejian_reporter": {made[1]},
        "dongshan_reporter": set(),
    }
    assert not LightOverride.objects.visible_to(User(name="nobody")).exists()


def test_those_of_some_units_are_found_in_one_question(world: World) -> None:
    made = [given(world, unit, who="city_manager") for unit in ("hejian", "linqi", "huaxian")]
    given(world, quarter=4)
    ids = [world.units[unit].pk for unit in ("hejian", "linqi")]
    found = LightOverride.objects.for_units(world.periods[3], ids).standing(TODAY)
    assert set(found) == set(made[:2])
