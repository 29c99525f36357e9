"""What no database keeps and no number holds: refused in words, whoever sends it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from accounts.models import RequestKey
from accounts.once import checked_key
from tasks.models import Reminder
from tasks.models.content import check_content
from tests.tasks.cells import answers, item, post
from tests.tasks.pages import at, english, fields, told
from tests.tasks.verbs import everything, submitted
from tests.world import UNITS, World

SignIn = Callable[[str], Client]
HALF_AN_EMOJI = "\ud83d"
NUL = "\x00"
NO_KEYS = ["a" * 65, f"a{NUL}b", HALF_AN_EMOJI, "é", "a\n"]


@pytest.fixture
def township(signed_in: SignIn) -> Client:
    return english(signed_in("hejian_reporter"))


@pytest.mark.parametrize("bad", [f"修路{HALF_AN_EMOJI}", f"修{NUL}路"])
@pytest.mark.parametrize("name", ["narrative", "explanation"])
def test_a_text_that_cannot_be_kept_is_refused_alone(
    world: World, township: Client, bad: str, name: str
) -> None:
    first, second = world.entry("dongshan", "income"), world.entry("xishan", "income")
    one, other = answers(
        township, item(first) | {"content": {name: bad}}, item(second, value="6"), key="k"
    )
    assert (one["outcome"], one["parts"]) == ("refused", [name])
    assert "cannot be kept" in one["messages"][0]
    assert other["outcome"] == "done"
    assert getattr(world.entry("dongshan", "income"), name) == ""
    assert world.entry("xishan", "income").value == 6


@pytest.mark.parametrize("bad", [f"5{HALF_AN_EMOJI}", f"5{NUL}"])
def test_a_value_that_cannot_be_kept_is_refused_alone(
    world: World, township: Client, bad: str
) -> None:
    answer, words = answers(
        township,
        item(world.entry("dongshan", "income"), value=bad),
        item(world.entry("hejian", "study"), value=bad),
    )
    assert (answer["outcome"], answer["parts"]) == ("refused", ["value"])
    assert (words["outcome"], words["parts"]) == ("refused", ["narrative"])


def test_a_reason_for_nothing_that_is_none_is_refused(world: World, township: Client) -> None:
    (answer,) = answers(township, item(world.entry("dongshan", "income"), nothing=f"nil{NUL}"))
    assert (answer["outcome"], answer["parts"]) == ("refused", ["nothing"])


@pytest.mark.parametrize("bad", [HALF_AN_EMOJI, NUL])
def test_pages_admin_and_sheets_share_the_rule(world: World, bad: str) -> None:
    entry = world.entry("dongshan", "income")
    whole = "😀"
    check_content(entry.task, entry.content | {"value": None, "narrative": whole})
    with pytest.raises(ValidationError) as refused:
        check_content(entry.task, entry.content | {"value": None, "narrative": bad})
    assert list(refused.value.message_dict) == ["narrative"]


@pytest.mark.parametrize("key", NO_KEYS)
def test_a_key_is_a_little_plain_text(key: str) -> None:
    assert checked_key("0123456789abcdef") == "0123456789abcdef"
    with pytest.raises(ValidationError):
        checked_key(key)


@pytest.mark.parametrize("key", NO_KEYS)
def test_cells_under_a_key_that_is_none_are_refused(
    world: World, township: Client, key: str
) -> None:
    answer = post(township, item(world.entry("dongshan", "income"), value="5"), key=key)
    assert answer.status_code == 400
    assert "key of this request" in answer.json()["message"]
    assert world.entry("dongshan", "income").value is None


# Every kind of form that carries a key, with what it takes to come as far as its key.
FORMS: dict[str, tuple[str, str, dict[str, str]]] = {
    "review": ("hejian_reviewer", at("tasks:review", "hejian"), {"do": "accept"}),
    "chase": ("linzhou_reviewer", at("tasks:chase", "linzhou"), {"do": "all"}),
    "undo": ("hejian_reviewer", f"{at('tasks:review', 'hejian')}undo/", {"act": "x"}),
}


@pytest.mark.parametrize("key", [f"a{NUL}", "a" * 65, "é"])
@pytest.mark.parametrize("name", FORMS)
def test_forms_under_a_key_that_is_none_say_so(
    world: World, signed_in: SignIn, name: str, key: str
) -> None:
    entry = submitted(world)
    who, address, sent = FORMS[name]
    before, client = everything(), english(signed_in(who))
    answer = client.post(address, {"entry": f"{entry.pk}:{entry.version}", "key": key} | sent)
    assert answer.status_code in (302, 422)
    assert "key of this request" in told(client, answer)[0]
    assert everything() == before
    assert not RequestKey.objects.exists()
    assert not Reminder.objects.exists()


def chase(client: Client, **more: Any) -> Any:
    address = at("tasks:chase", "linzhou")
    return client.post(address, fields(client.get(address)) | more)


def test_words_of_a_reminder_that_cannot_be_kept_are_refused(signed_in: SignIn) -> None:
    client = english(signed_in("linzhou_reviewer"))
    answer = chase(client, do="all", words=f"请尽快{NUL}上报")
    assert answer.status_code == 422
    assert "cannot be kept" in told(client, answer)[0]
    assert not Reminder.objects.exists()


def test_a_unit_that_is_no_code_is_not_chosen(signed_in: SignIn) -> None:
    client = english(signed_in("linzhou_reviewer"))
    answer = chase(client, do="remind", unit=[f"{UNITS['hejian']}{NUL}"])
    assert answer.status_code == 422
    assert told(client, answer) == ["Tick something first."]
    assert chase(client, do="remind", unit=[UNITS["hejian"], NUL]).status_code == 302
    assert Reminder.objects.count() == 1


@pytest.mark.parametrize("pk", ["9" * 5_000, "٣", "", "x", NUL])
def test_confirming_what_is_no_line_confirms_nothing(signed_in: SignIn, pk: str) -> None:
    before = everything()
    answer = signed_in("dongshan_reporter").post(at("tasks:report", "dongshan"), {"confirm": pk})
    assert answer.status_code == 302
    assert everything() == before


@pytest.mark.parametrize("do", [{"do": "save"}, {"do": "submit"}, {"confirm": "yes"}])
def test_a_version_of_many_digits_changes_nothing(
    world: World, signed_in: SignIn, do: dict[str, str]
) -> None:
    entry = world.entry("dongshan", "income")
    do = {"confirm": str(entry.pk)} if "confirm" in do else do
    sent = {f"e{entry.pk}-version": "9" * 5_000, **do}
    before = everything()
    answer = signed_in("dongshan_reporter").post(at("tasks:report", "dongshan"), sent)
    assert answer.status_code == 302
    assert everything() == before


FAR = ["0001-01-01T00:00:00+00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00",
       "2026-09-20T09:00:00+08:00", "2026-10-03T09:00:00+08:00"]  # fmt: skip


@pytest.mark.parametrize("made", FAR)
def test_a_page_of_another_time_accepts_nothing(world: World, signed_in: SignIn, made: str) -> None:
    submitted(world)
    before, client = everything(), english(signed_in("hejian_reviewer"))
    sent = {"do": "accept_rest", "standing": f"{made} 5 "}
    answer = client.post(at("tasks:review", "hejian"), sent)
    assert answer.status_code == 422
    assert "out of date" in told(client, answer)[0]
    assert everything() == before
