"""The endpoint of the cells: every outcome, for each line by itself."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import RequestKey
from tasks import actions
from tasks.models import EntryChange, Look, Period, ReturnReason, Rule
from tests.tasks.cells import answer, answers, item, post
from tests.tasks.pages import english
from tests.tasks.verbs import (
    accept,
    accepted,
    author,
    everything,
    moment,
    return_,
    save,
    seen,
    submit,
    submitted,
)
from tests.world import World

SignIn = Callable[[str], Client]


@pytest.fixture
def client(signed_in: SignIn) -> Client:
    return english(signed_in("dongshan_reporter"))


@pytest.fixture
def township(signed_in: SignIn) -> Client:
    return english(signed_in("hejian_reporter"))


def before(world: World, value: int = 41, unit: str = "dongshan") -> None:
    """The unit reported its income in the second quarter."""
    Period.objects.filter(quarter=2).update(locks="2026-12-31")
    entry = world.entry(unit, "income", 2)
    save(world, "hejian_reporter", entry, value=value)
    submit(world, "hejian_reporter", world.entry(unit, "income", 2))


def test_a_typed_value_is_saved_and_shown_as_it_stands(world: World, client: Client) -> None:
    told = answer(client, item(world.entry("dongshan", "income"), value="１２．50"))
    assert told == {
        "entry": world.entry("dongshan", "income").pk,
        "outcome": "done",
        "version": 2,
        "look": "draft",
        "state": "Draft saved",
        "shown": "12.5",
        "mark": "○",
        "label": "Draft saved",
    }
    assert world.entry("dongshan", "income").value == Decimal("12.5")
    assert world.entry("dongshan", "income").changes.get().origin == "page"


@pytest.mark.parametrize(
    ("task", "typed", "shown"),
    [
        ("meeting", "√", "Yes"),
        ("meeting", "否", "No"),
        ("income", "零报告", "Nil report"),
        ("income", "不适用", "Not applicable"),
        ("meeting", "不适用", "Not applicable"),
    ],
)
def test_the_words_of_the_office_form_are_understood(
    world: World, client: Client, task: str, typed: str, shown: str
) -> None:
    assert answer(client, item(world.entry("dongshan", task), value=typed))["shown"] == shown


def test_an_empty_text_clears_the_cell(world: World, client: Client) -> None:
    save(world, "dongshan_reporter", world.entry("dongshan", "income"), value=5)
    told = answer(client, item(world.entry("dongshan", "income"), value=""))
    assert (told["outcome"], told["shown"], told["look"]) == ("done", "", "blank")


def test_a_text_task_takes_its_narrative(world: World, township: Client) -> None:
    told = answer(township, item(world.entry("hejian", "study"), value="集中学习三次"))
    assert (told["outcome"], told["shown"], told["look"]) == ("done", "集中学习三次", "draft words")
    assert world.entry("hejian", "study").narrative == "集中学习三次"


def test_texts_are_saved_beside_the_value(world: World, client: Client) -> None:
    entry = world.entry("dongshan", "income")
    typed = item(entry, narrative="一\r\n二", problems="缺资金", explanation="新增")
    told = answer(client, typed)
    assert (told["outcome"], told["mark"]) == ("done", "○¶")
    stored = world.entry("dongshan", "income")
    assert (stored.narrative, stored.problems, stored.explanation) == ("一\n二", "缺资金", "新增")


def test_a_reason_for_no_value_takes_the_value_away(world: World, client: Client) -> None:
    save(world, "dongshan_reporter", world.entry("dongshan", "income"), value=5)
    told = answer(client, item(world.entry("dongshan", "income"), nothing="nil"))
    assert (told["outcome"], told["shown"]) == ("done", "Nil report")
    assert world.entry("dongshan", "income").value is None


@pytest.mark.parametrize("typed", ["八十", "-1", "1.234", "99999999999", "免报"])
def test_what_cannot_be_kept_is_refused_in_words(world: World, client: Client, typed: str) -> None:
    rows = everything()
    told = answer(client, item(world.entry("dongshan", "income"), value=typed))
    assert (told["outcome"], told["version"], told["shown"]) == ("refused", 1, "")
    assert told["messages"]
    assert everything() == rows


def test_the_same_again_is_unchanged_whatever_version_was_seen(
    world: World, client: Client
) -> None:
    entry = world.entry("dongshan", "income")
    save(world, "dongshan_reporter", entry, value=5)
    told = answer(client, item(entry, value="5"))
    assert (told["outcome"], told["version"]) == ("unchanged", 2)


def test_a_conflict_tells_what_is_stored(world: World, client: Client) -> None:
    entry = world.entry("dongshan", "income")
    save(world, "hejian_reporter", entry, value=31, narrative="镇里核实")
    told = answer(client, item(entry, value="77"))
    assert (told["outcome"], told["version"], told["shown"]) == ("conflict", 2, "31")
    assert told["content"]["narrative"] == "镇里核实"
    again = answer(client, item(entry, version=told["version"], value="77"))
    assert again["outcome"] == "done"


def test_lines_of_others_are_missing_as_if_they_were_not_there(
    world: World, client: Client
) -> None:
    rows = everything()
    foreign = [world.entry("xishan", "income"), world.entry("hejian", "reserve")]
    for do in ("save", "confirm", "submit", "take_back"):
        told = answers(client, *(item(entry, do, value="5") for entry in foreign))
        assert told == [{"entry": entry.pk, "outcome": "missing"} for entry in foreign]
    assert answer(client, {"entry": 2**30, "version": 1, "do": "save"})["outcome"] == "missing"
    assert everything() == rows


def test_last_quarters_value_is_confirmed_with_its_source(world: World, client: Client) -> None:
    before(world)
    told = answer(client, item(world.entry("dongshan", "income"), "confirm"))
    assert (told["outcome"], told["shown"], told["mark"]) == ("done", "41", "○=")
    assert told["label"] == "Draft saved; unchanged since 2026 Q2 (1 quarter)"
    assert told["content"]["value"] == "41.00"
    assert world.entry("dongshan", "income").changes.get().verb == "confirm"


def test_what_was_never_reported_cannot_be_confirmed(world: World, client: Client) -> None:
    told = answer(client, item(world.entry("dongshan", "income"), "confirm"))
    assert told["outcome"] == "refused"
    assert told["messages"] == ["Nothing was reported before that could be confirmed."]


def test_a_line_is_submitted_and_frozen_then_taken_back(world: World, client: Client) -> None:
    save(world, "dongshan_reporter", world.entry("dongshan", "income"), value=60)
    told = answer(client, item(world.entry("dongshan", "income"), "submit"))
    assert (told["outcome"], told["look"], told["mark"]) == ("done", "submitted shut", "↑")
    typed = answer(client, item(world.entry("dongshan", "income"), value="61"))
    assert (typed["outcome"], typed["shown"]) == ("refused", "60")
    back = answer(client, item(world.entry("dongshan", "income"), "take_back"))
    assert (back["outcome"], back["look"]) == ("done", "draft")


def test_what_somebody_has_looked_at_is_not_taken_back(world: World, client: Client) -> None:
    entry = submitted(world)
    Look.objects.note(world.users["hejian_reviewer"], {entry.pk: entry.version})
    told = answer(client, item(entry, "take_back"))
    assert told["outcome"] == "refused"
    assert told["messages"] == ["It has been looked at above; ask there to return it."]


def test_an_empty_line_is_not_submitted(world: World, client: Client) -> None:
    told = answer(client, item(world.entry("dongshan", "income"), "submit"))
    assert (told["outcome"], told["look"]) == ("refused", "blank")


def test_accepted_lines_take_nothing(world: World, client: Client) -> None:
    entry = accepted(world)
    rows = everything()
    for do in ("save", "confirm", "submit", "take_back"):
        assert answer(client, item(entry, do, value="1"))["outcome"] == "refused"
    assert everything() == rows


def _marked(world: World, part: str) -> None:
    entry = submitted(world)
    mark = actions.Mark(entry.pk, part, ReturnReason.objects.get(code="wrong_figure"), "与账面不符")
    actions.return_(seen(entry), author(world, "hejian_reviewer"), "", [mark])


def test_of_a_returned_line_only_the_marked_cell_opens(world: World, client: Client) -> None:
    _marked(world, "narrative")
    entry = world.entry("dongshan", "income")
    told = answer(client, item(entry, value="61"))
    assert (told["outcome"], told["look"], told["parts"]) == (
        "refused",
        "returned shut",
        ["value"],
    )
    told = answer(client, item(entry, narrative="已核实"))
    assert (told["outcome"], told["look"]) == ("done", "returned shut")


def test_a_returned_line_is_handed_in_again_once_something_was_put_right(
    world: World, client: Client
) -> None:
    return_(world, "hejian_reviewer", submitted(world))
    told = answer(client, item(world.entry("dongshan", "income"), "submit"))
    assert told["outcome"] == "refused"
    assert told["messages"] == ["It was returned: put right what was marked, then submit it."]
    answer(client, item(world.entry("dongshan", "income"), value="61"))
    told = answer(client, item(world.entry("dongshan", "income"), "submit"))
    assert told["outcome"] == "done"


def test_a_rule_that_asks_is_told_with_the_saved_value(world: World, client: Client) -> None:
    Rule.objects.create(task=world.tasks["income"], kind="at_most", bound=50)
    told = answer(client, item(world.entry("dongshan", "income"), value="60"))
    assert told["outcome"] == "done"
    assert told["asks"] == ["60 is more than 50, the most that can be."]
    told = answer(client, item(world.entry("dongshan", "income"), "submit"))
    assert (told["outcome"], told["parts"]) == ("refused", ["explanation"])
    answer(client, item(world.entry("dongshan", "income"), explanation="新增分红"))
    assert answer(client, item(world.entry("dongshan", "income"), "submit"))["outcome"] == "done"


def test_a_rule_that_blocks_refuses(world: World, client: Client) -> None:
    Rule.objects.create(task=world.tasks["income"], kind="at_most", bound=50, blocks=True)
    told = answer(client, item(world.entry("dongshan", "income"), value="60"))
    assert (told["outcome"], told["parts"]) == ("refused", ["value"])
    assert world.entry("dongshan", "income").state == "blank"


def test_before_the_quarter_opens_nothing_is_taken(world: World, client: Client) -> None:
    told = answer(client, item(world.entry("dongshan", "income", 4), value="5"))
    assert told["outcome"] == "refused"
    assert "opens on" in told["messages"][0]


def test_a_block_is_answered_cell_by_cell_in_its_order(world: World, township: Client) -> None:
    good, wrong, foreign = (
        world.entry("dongshan", "income"),
        world.entry("xishan", "income"),
        world.entry("beiping", "income"),
    )
    stale = world.entry("nanping", "income")
    save(world, "hejian_reporter", stale, value=9)
    told = answers(
        township,
        item(foreign, value="1"),
        item(wrong, value="五"),
        item(stale, value="8"),
        item(good, value="7"),
    )
    assert [one["outcome"] for one in told] == ["missing", "refused", "conflict", "done"]


def test_the_same_request_twice_has_one_effect_and_one_answer(world: World, client: Client) -> None:
    sent = item(world.entry("dongshan", "income"), value="5")
    first = answers(client, sent, key="k1")
    assert answers(client, sent, key="k1") == first
    assert EntryChange.objects.count() == RequestKey.objects.count() == 1
    other = post(client, item(world.entry("dongshan", "income"), value="6"), key="k1")
    assert other.status_code == 409
    assert "other content" in other.json()["message"]
    assert world.entry("dongshan", "income").value == 5


def test_a_key_belongs_to_its_account(world: World, client: Client, township: Client) -> None:
    answers(client, item(world.entry("dongshan", "income"), value="5"), key="k1")
    told = answers(township, item(world.entry("dongshan", "income"), value="6"), key="k1")
    assert told[0]["outcome"] == "done"


BAD: list[Any] = [
    b"",
    b"{",
    b"[]",
    b"\xff",
    b'{"cells": []}',
    b'{"cells": [1]}',
    b'{"cells": [{"entry": "1", "version": 1, "do": "save"}]}',
    b'{"cells": [{"entry": true, "version": 1, "do": "save"}]}',
    b'{"cells": [{"entry": 1, "version": -1, "do": "save"}]}',
    b'{"cells": [{"entry": 99999999999999999999, "version": 1, "do": "save"}]}',
    b'{"cells": [{"entry": 1, "version": 1, "do": "accept"}]}',
    b'{"cells": [{"entry": 1, "version": 1, "do": "save", "content": {"state": "accepted"}}]}',
    b'{"cells": [{"entry": 1, "version": 1, "do": "save", "content": {"value": 5}}]}',
    b'{"key": 5, "cells": [{"entry": 1, "version": 1, "do": "submit"}]}',
    b'{"cells": [{"entry": 1, "version": 1, "do": "save"},'
    b' {"entry": 1, "version": 1, "do": "submit"}]}',
    b"[" * 100_000,
]


@pytest.mark.parametrize("body", BAD)
def test_a_request_of_another_form_is_refused_whole(client: Client, body: bytes) -> None:
    response = client.post("/cells/", body, content_type="application/json")
    assert response.status_code == 400
    assert response.json()["message"]


@pytest.mark.parametrize("who", ["linzhou_reviewer", "city_manager", "city_viewer"])
def test_levels_above_fill_nothing(world: World, signed_in: SignIn, who: str) -> None:
    sent = item(world.entry("dongshan", "income"), value="5")
    assert post(signed_in(who), sent).status_code == 403


def test_without_a_token_nothing_is_taken(world: World) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.users["dongshan_reporter"])
    sent = item(world.entry("dongshan", "income"), value="5")
    assert post(client, sent).status_code == 403
    assert world.entry("dongshan", "income").state == "blank"


def test_a_submission_after_the_due_date_is_late(world: World, client: Client) -> None:
    entry = world.entry("dongshan", "income")
    save(world, "dongshan_reporter", entry, value=5)
    submit(world, "dongshan_reporter", world.entry("dongshan", "income"), at=moment(10, 6))
    accept(world, "hejian_reviewer", world.entry("dongshan", "income"))
    assert world.entry("dongshan", "income").is_late


def _queries(client: Client, *items: Any, key: str = "") -> int:
    with CaptureQueriesContext(connection) as captured:
        answers(client, *items, key=key)
    return len(captured)


def test_many_cells_cost_as_many_queries_as_one(world: World, township: Client) -> None:
    units = ("dongshan", "xishan", "nanping")
    for unit in units:
        before(world, unit=unit)
    cells = [world.entry(unit, "income") for unit in units]
    _queries(township, item(cells[0], value="1"), key="k0")
    one = _queries(township, item(world.entry("dongshan", "income"), value="2"), key="k1")
    many = [item(world.entry(unit, "income"), value="3") for unit in units]
    # One of them on PostgreSQL alone, where the ledger is held beside the lines.
    assert _queries(township, *many, key="k2") == one <= 21
    one = _queries(township, item(world.entry("dongshan", "income"), "confirm"))
    fresh = [item(world.entry(unit, "income"), "confirm") for unit in units[1:]]
    assert _queries(township, *fresh) == one
