"""Terms that come to an end, on the work list of whoever decides on them."""

import datetime

import pytest

from cadres.models import Posting, VillageTeam
from tasks.elections import elections_due
from tasks.terms import ending_terms
from tests.cadres.teams import team, term
from tests.world import NOW, World
from villages.models import Division, Level

DAY = NOW.date()


@pytest.mark.parametrize(
    ("who", "told"),
    [
        ("city_manager", ["leader", "dongshan"]),
        ("linzhou_manager", ["dongshan"]),
        ("huaxian_reviewer", []),
        ("hejian_reporter", []),
    ],
)
def test_an_ending_term_is_told_to_whoever_decides_on_it(
    world: World, who: str, told: list[str]
) -> None:
    """A county does not decide on those who lead it."""
    names = ("leader", "dongshan")
    for days, name in enumerate(names, start=5):
        end = DAY + datetime.timedelta(days=days)
        Posting.objects.filter(pk=world.postings[name].pk).update(planned_end=end)
    Posting.objects.exclude(pk__in=[world.postings[name].pk for name in names]).update(
        planned_end=None
    )
    found = ending_terms(world.users[who], DAY)
    assert [ending.posting for ending in found] == [world.postings[name] for name in told]
    assert all(ending.total == len(told) for ending in found)


@pytest.mark.parametrize(
    ("who", "waiting"), [("city_manager", 7), ("linzhou_manager", 5), ("linzhou_reviewer", None)]
)
def test_elections_are_told_to_who_prepares_them(
    world: World, who: str, waiting: int | None
) -> None:
    """Villages that have not begun wait too, and until they are elected the last term is over."""
    team(world, "dongshan", 2016)
    team(world, "dongshan", 2021, state="under_way", elected_on=None)
    team(world, "nanping", 2021)
    found = elections_due(world.users[who], DAY)
    assert (found and found.waiting) == waiting
    assert found is None or (found.since.year, found.is_due) == (2016, True)
    VillageTeam.objects.update(state="finished", elected_on=datetime.date(2021, 3, 1))
    for village in Division.objects.at(DAY).owing(Level.VILLAGE).exclude(teams__term__year=2021):
        VillageTeam.objects.create(
            term=term(2021), village=village, state="finished", elected_on=datetime.date(2021, 3, 1)
        )
    over = elections_due(world.users["city_manager"], DAY)
    assert over is not None
    assert (over.waiting, over.is_due, over.days) == (
        0,
        True,
        (datetime.date(2026, 1, 10) - DAY).days,
    )
    assert elections_due(world.users["city_manager"], datetime.date(2025, 6, 1)) is None
    term(2026)
    again = elections_due(world.users[who], DAY)
    assert (again and (again.waiting, again.since.year)) == (
        waiting and (again.villages if again else 0, 2021)
    )
