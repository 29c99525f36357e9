"""A failure is reported without the numbers of persons, to the browser and by mail."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from cadres.actions import persons
from tests.cadres.people import NUMBERS, PHONES, numbered
from tests.canaries import is_met
from tests.world import World


@pytest.fixture
def failing(world: World, monkeypatch: pytest.MonkeyPatch) -> str:
    person = numbered(world.persons["first_dongshan"])

    def fail(*args: Any, **kwargs: Any) -> None:
        told = {"phone": PHONES["first_dongshan"]}
        clear = person.identity_number
        raise RuntimeError(f"{len(told)} {len(clear)}")

    monkeypatch.setattr(persons, "change", fail)
    return reverse("cadres:person_edit", args=[person.pk])


@pytest.mark.parametrize("debug", [False, True])
def test_a_failure_is_told_without_numbers(
    failing: str, signed_in: Callable[[str], Client], settings: Any, debug: bool
) -> None:
    settings.DEBUG, settings.ADMINS = debug, [("a", "admin@example.com")]
    client = signed_in("linzhou_manager")
    client.raise_request_exception = False
    sent = {
        "name": "示一山", "sex": "1", "birth": "1984-05", "seen": "1",
        "phone": PHONES["free"], "identity_number": NUMBERS["first_dongshan"],
    }  # fmt: skip
    answer = client.post(failing, sent)
    assert answer.status_code == 500
    assert ("RuntimeError" in answer.content.decode()) is debug
    assert not is_met(answer.content.decode())
    for message in mail.outbox:
        html = "".join(str(content) for content, _kind in getattr(message, "alternatives", []))
        assert not is_met(f"{message.subject} {message.body} {html}")
    assert bool(mail.outbox) is not debug
