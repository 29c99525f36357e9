"""Two who apply at once: one round, or two rounds about the same people."""

import pytest
from django.core.exceptions import ValidationError

from cadres.actions import pairing, proposing
from cadres.models import PairingRound, Posting
from tests.cadres.pairing_rounds import START, begun, filled
from tests.tasks.meetings import REAL_CONNECTIONS, Meeting, at_once, unlock
from tests.world import World

pytestmark = REAL_CONNECTIONS


@pytest.fixture(params=["locked", "unlocked"])
def lock(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Once with row locks as written, once as a control without any."""
    if request.param == "unlocked":
        unlock(monkeypatch)
    return bool(request.param == "locked")


def applied(of: PairingRound, world: World) -> object:
    """The postings made, or the code of the refusal."""
    try:
        return proposing.apply(of, world.users["linzhou_manager"])
    except ValidationError as error:
        return error.code


def both(world: World, one: PairingRound, other: PairingRound) -> list[object]:
    """What they told who did not make the postings."""
    outcomes = at_once(lambda: applied(one, world), lambda: applied(other, world))
    return [outcome for outcome in outcomes if not isinstance(outcome, list)]


def test_a_round_is_applied_once(world: World, monkeypatch: pytest.MonkeyPatch, lock: bool) -> None:
    of = filled(world)
    proposing.put_forward(of, world.users["linzhou_manager"])
    of.refresh_from_db()
    check = Meeting(2).after(proposing._check_applicable)
    monkeypatch.setattr(proposing, "_check_applicable", check)
    lost = both(world, of, PairingRound.objects.get(pk=of.pk))
    assert Posting.objects.filter(start=START).count() == 2
    # Without the lock both find it a draft, and only the guard of the seats stops the second.
    assert lost == ["applied"] if lock else lost != ["applied"]


def test_nobody_is_sent_by_two_rounds(
    world: World, monkeypatch: pytest.MonkeyPatch, lock: bool
) -> None:
    by = world.users["linzhou_manager"]
    one, other = filled(world), begun(world, title="又一轮")
    pairing.add_places(other, [world.units["chengbian"], world.units["dongshan_linqi"]], by)
    other.refresh_from_db()
    people = [row.person for row in one.candidates.select_related("person")]
    pairing.add_candidates(other, people, by)
    for of in (one, other):
        of.refresh_from_db()
        proposing.put_forward(of, by)
        of.refresh_from_db()
    check = Meeting(2).after(proposing._check_applicable)
    monkeypatch.setattr(proposing, "_check_applicable", check)
    lost = both(world, one, other)
    assert Posting.objects.filter(start=START).count() == 2
    assert PairingRound.objects.filter(state="applied").count() == 1
    # Whoever waits for the people finds them sent; else only the guard of the postings stops it.
    assert lost == ["stale"] if lock else lost != ["stale"]


def begun_or_refused(world: World) -> object:
    try:
        return begun(world)
    except ValidationError as error:
        return list(error.message_dict)


def test_of_two_who_begin_a_round_of_one_title_one_is_refused(
    world: World, monkeypatch: pytest.MonkeyPatch, lock: bool
) -> None:
    check = Meeting(2).after(pairing._check_title)
    monkeypatch.setattr(pairing, "_check_title", check)
    outcomes = at_once(lambda: begun_or_refused(world), lambda: begun_or_refused(world))
    refused = [outcome for outcome in outcomes if not isinstance(outcome, PairingRound)]
    assert refused == ([["title"]] if lock else [])
    assert PairingRound.objects.count() == (1 if lock else 2)
