"""Whoever moves to another unit, or loses a role, loses the old rights at the next request."""

from collections.abc import Callable

from django.test import Client

from accounts.models import User
from accounts.roles import Role
from tasks import actions
from tasks.models import Entry
from tests.tasks.pages import at
from tests.tasks.verbs import accept, author, save, seen, submitted
from tests.world import World


def move(world: World, who: str, unit: str) -> None:
    User.objects.filter(username=who).update(division=world.units[unit])


def test_the_old_units_pages_are_gone_and_the_new_ones_are_there(
    world: World, signed_in: Callable[[str], Client]
) -> None:
    client = signed_in("dongshan_reporter")
    assert client.get(at("tasks:report", "dongshan")).status_code == 200
    move(world, "dongshan_reporter", "xishan")
    assert client.get(at("tasks:report", "dongshan")).status_code == 404
    assert client.post(at("tasks:report", "dongshan"), {"do": "submit"}).status_code == 404
    assert client.get(at("tasks:report", "xishan")).status_code == 200


def test_the_old_units_lines_are_no_longer_written(world: World) -> None:
    move(world, "dongshan_reporter", "xishan")
    world.users["dongshan_reporter"] = User.objects.get(username="dongshan_reporter")
    entry = world.entry("dongshan", "income")
    assert save(world, "dongshan_reporter", entry, value=5).missing == [entry.pk]
    assert world.entry("dongshan", "income").state == Entry.State.BLANK


def test_what_was_submitted_before_moving_is_not_taken_back_after(world: World) -> None:
    entry = submitted(world)
    move(world, "dongshan_reporter", "xishan")
    world.users["dongshan_reporter"] = User.objects.get(username="dongshan_reporter")
    outcome = actions.take_back(seen(entry), author(world, "dongshan_reporter"))
    assert outcome.missing == [entry.pk]


def test_nobody_reviews_their_own_by_moving_to_the_level_above(world: World) -> None:
    entry = submitted(world)
    mover = User.objects.filter(username="dongshan_reporter")
    mover.update(division=world.units["hejian"], role=Role.REVIEWER)
    world.users["dongshan_reporter"] = mover.get()
    (refused,) = accept(world, "dongshan_reporter", entry).refused
    assert refused.error.code == "own"


def test_a_reviewer_who_is_one_no_more_reviews_nothing(
    world: World, signed_in: Callable[[str], Client]
) -> None:
    entry = submitted(world)
    client = signed_in("hejian_reviewer")
    User.objects.filter(username="hejian_reviewer").update(role=Role.VIEWER)
    page = at("tasks:review", "hejian")
    chosen = {"do": "accept", "entry": f"{entry.pk}:{entry.version}"}
    assert client.post(page, chosen).status_code == 403
    assert world.entry("dongshan", "income").state == Entry.State.SUBMITTED
