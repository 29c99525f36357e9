"""Terms that come to an end, on the work list of whoever decides on them."""

import datetime

import pytest

from cadres.models import Posting
from tasks.terms import ending_terms
from tests.world import NOW, World

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
