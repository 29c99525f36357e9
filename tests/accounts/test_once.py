"""A request that comes twice has one effect, by the key that its sender gave it."""

import pytest
from django.core.exceptions import ValidationError

from accounts.models import RequestKey
from accounts.once import once
from tests.world import World

Calls = list[int]


@pytest.fixture
def calls() -> Calls:
    return []


def ask(world: World, calls: Calls, key: str, body: bytes = b"a", who: str = "") -> object:
    user = world.users[who or "hejian_reporter"]

    def act() -> dict[str, int]:
        calls.append(1)
        return {"done": len(calls)}

    return once(user, key, body, act)


def test_the_second_time_the_first_answer_is_given(world: World, calls: Calls) -> None:
    assert ask(world, calls, "k") == ask(world, calls, "k") == {"done": 1}
    assert calls == [1]


def test_another_key_is_another_request(world: World, calls: Calls) -> None:
    ask(world, calls, "k")
    assert ask(world, calls, "l") == {"done": 2}


def test_somebody_elses_key_is_their_own(world: World, calls: Calls) -> None:
    ask(world, calls, "k")
    assert ask(world, calls, "k", who="xishan_reporter") == {"done": 2}


def test_the_same_key_with_another_body_is_refused(world: World, calls: Calls) -> None:
    ask(world, calls, "k")
    with pytest.raises(ValidationError) as refused:
        ask(world, calls, "k", b"b")
    assert refused.value.code == "key_reused"
    assert calls == [1]


def test_without_a_key_every_request_counts(world: World, calls: Calls) -> None:
    ask(world, calls, "")
    assert ask(world, calls, "") == {"done": 2}
    assert not RequestKey.objects.exists()


def test_a_key_that_is_too_long_is_refused(world: World, calls: Calls) -> None:
    with pytest.raises(ValidationError) as refused:
        ask(world, calls, "k" * 65)
    assert refused.value.code == "key"


def test_what_failed_may_be_asked_again_under_its_key(world: World, calls: Calls) -> None:
    def fail() -> dict[str, int]:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        once(world.users["hejian_reporter"], "k", b"a", fail)
    assert ask(world, calls, "k") == {"done": 1}
