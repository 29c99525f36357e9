import datetime
from collections.abc import Iterator

import pytest
import time_machine
from django.contrib.auth import authenticate
from django.utils import timezone

from accounts.forms import SignInForm
from accounts.models import User
from tests.world import NOW, PASSWORD, World

NAME = "dongshan_reporter"
MINUTE = datetime.timedelta(minutes=1)


@pytest.fixture
def clock(world: World) -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def codes(username: str, password: str) -> list[str]:
    """What the form answers; nothing where the sign-in succeeds."""
    form = SignInForm(data={"username": username, "password": password})
    form.is_valid()
    return [error.code or "" for errors in form.errors.as_data().values() for error in errors]


def fail(times: int) -> None:
    for _ in range(times):
        assert codes(NAME, "wrong") == ["invalid_login"]


def account() -> User:
    return User.objects.get(username=NAME)


def test_the_right_password_signs_in(world: World) -> None:
    assert codes(NAME, PASSWORD) == []


def test_an_unknown_name_is_answered_like_a_wrong_password(world: World) -> None:
    assert codes("nobody", PASSWORD) == codes(NAME, "wrong") == ["invalid_login"]
    assert not User.objects.filter(username="nobody").exists()


def test_four_wrong_passwords_do_not_lock(clock: time_machine.Traveller) -> None:
    fail(4)
    assert codes(NAME, PASSWORD) == []


def test_five_wrong_passwords_lock_even_against_the_right_one(
    clock: time_machine.Traveller,
) -> None:
    fail(5)
    assert codes(NAME, PASSWORD) == ["locked"]
    assert account().locked_until == NOW + 30 * MINUTE


def test_a_lock_ends_after_half_an_hour(clock: time_machine.Traveller) -> None:
    fail(5)
    clock.shift(30 * MINUTE - datetime.timedelta(seconds=1))
    assert codes(NAME, PASSWORD) == ["locked"]
    clock.shift(datetime.timedelta(seconds=1))
    assert codes(NAME, PASSWORD) == []
    assert account().locked_until is None


def test_after_a_lock_there_are_five_tries_again(clock: time_machine.Traveller) -> None:
    fail(5)
    clock.shift(31 * MINUTE)
    fail(4)
    assert codes(NAME, PASSWORD) == []


def test_trying_while_locked_does_not_lengthen_the_lock(
    clock: time_machine.Traveller,
) -> None:
    fail(5)
    clock.shift(29 * MINUTE)
    assert codes(NAME, "wrong") == ["locked"]
    clock.shift(MINUTE)
    assert codes(NAME, PASSWORD) == []


def test_a_sign_in_between_starts_the_count_afresh(clock: time_machine.Traveller) -> None:
    fail(4)
    assert codes(NAME, PASSWORD) == []
    assert account().failed_sign_ins == 0
    fail(4)
    assert codes(NAME, PASSWORD) == []


def test_one_account_locked_leaves_the_others_open(clock: time_machine.Traveller) -> None:
    fail(5)
    assert codes("xishan_reporter", PASSWORD) == []


def test_the_lock_says_until_when_in_china(clock: time_machine.Traveller) -> None:
    fail(5)
    form = SignInForm(data={"username": NAME, "password": PASSWORD})
    assert not form.is_valid()
    assert "09:30" in str(form.errors)


def test_failures_are_counted_on_the_row_not_on_a_copy(world: World) -> None:
    copies = [account() for _ in range(5)]
    for copy in copies:
        copy.note_failed_sign_in(timezone.now())
    assert account().locked_until is not None


def test_a_forgotten_password_field_is_no_failure(world: World) -> None:
    assert codes(NAME, "") == ["required"]
    assert account().failed_sign_ins == 0


def test_a_deactivated_account_cannot_sign_in(world: World) -> None:
    User.objects.filter(username=NAME).update(is_active=False)
    assert codes(NAME, PASSWORD) == ["invalid_login"]
    assert authenticate(username=NAME, password=PASSWORD) is None
