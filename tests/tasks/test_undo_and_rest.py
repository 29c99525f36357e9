"""Accepting a section that moved under its page, and who may still take a verdict back."""

import datetime
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from tasks import actions
from tasks.actions import reviewing
from tasks.models import Entry, Opinion, Review
from tests.tasks.pages import at, english, fields, told
from tests.tasks.reviews import HEJIAN, TOWNSHIP, chosen, meeting, objection, press, unusual
from tests.tasks.verbs import author, everything, moment, refusal, seen, submitted
from tests.world import World

SignIn = Callable[[str], Client]
UNDO = f"{HEJIAN}undo/"
ACT = UUID(int=7)
LEAD = "city_viewer"


@pytest.fixture
def client(signed_in: SignIn) -> Client:
    return english(signed_in(TOWNSHIP))


def agree(world: World, entry: Entry, at: datetime.datetime) -> None:
    lead = world.users[LEAD]
    assert actions.give_opinion(seen(entry), lead, Opinion.Verdict.AGREES, "", at).done


def objected(world: World) -> Entry:
    """A line that its lead organisation objected to, submitted and accepted below since."""
    entry = submitted(world)
    objection(world, entry, LEAD)
    assert actions.accept(seen(entry), author(world, TOWNSHIP)).done
    return world.entry("dongshan", "income")


@pytest.mark.parametrize("seconds", [-1, 60])
def test_an_exception_of_the_page_that_is_none_any_more_is_left_out(
    world: World, signed_in: SignIn, seconds: int
) -> None:
    """Also where the opinion bears an earlier time: begun before the page, committed after it."""
    entry = objected(world)
    other = submitted(world, "xishan", "income", "xishan_reporter")
    assert actions.accept(seen(other), author(world, TOWNSHIP)).done
    linzhou = at("tasks:review", "linzhou")
    client, made = english(signed_in("linzhou_reviewer")), moment(10, 2, 11)
    with time_machine.travel(made, tick=False):
        sent = fields(client.get(linzhou)) | {"do": "accept_rest"}
        agree(world, entry, made + datetime.timedelta(seconds=seconds))
        answer = client.post(linzhou, sent)
    assert told(client, answer)[0] == "1 line accepted."
    assert world.entry("xishan", "income").state == "accepted"
    assert world.entry("dongshan", "income").state == "submitted"


def test_what_an_opinion_had_freed_before_the_page_was_made_is_accepted(
    world: World, signed_in: SignIn
) -> None:
    entry = objected(world)
    linzhou = at("tasks:review", "linzhou")
    client, made = english(signed_in("linzhou_reviewer")), moment(10, 2, 11)
    agree(world, entry, made - datetime.timedelta(seconds=30))
    with time_machine.travel(made, tick=False):
        sent = fields(client.get(linzhou)) | {"do": "accept_rest"}
    with time_machine.travel(made + datetime.timedelta(seconds=90), tick=False):
        assert told(client, client.post(linzhou, sent)) == ["1 line accepted."]


def test_a_line_given_another_opinion_since_is_left_out_and_counted(
    world: World, client: Client
) -> None:
    first = submitted(world)
    meeting(world)
    first.task.lead_reviewers.add(world.users[LEAD])
    sent = fields(client.get(HEJIAN)) | {"do": "accept_rest"}
    agree(world, first, moment(10, 2, 11))
    assert told(client, client.post(HEJIAN, sent)) == [
        "1 line accepted.",
        "1 line was left out: it changed or was decided since this page was made.",
    ]


def test_never_more_lines_are_accepted_than_the_page_showed(world: World, client: Client) -> None:
    entry = submitted(world)
    meeting(world)
    unusual(entry)
    with time_machine.travel(moment(10, 2, 11), tick=False):
        sent = fields(client.get(HEJIAN)) | {"do": "accept_rest"}
        Entry.objects.filter(pk=entry.pk).update(is_unusual=False)
        before = everything()
        answer = client.post(HEJIAN, sent)
        assert answer.status_code == 409
        assert "out of date" in told(client, answer)[0]
        assert everything() == before
        assert told(client, press(client, "accept_rest")) == ["2 lines accepted."]


def accepted_as(world: World, *entries: Entry) -> None:
    assert actions.accept(seen(*entries), author(world, TOWNSHIP), ACT).done


def changed(world: World, **fields: Any) -> None:
    User.objects.filter(username=TOWNSHIP).update(**fields)
    world.users[TOWNSHIP] = User.objects.get(username=TOWNSHIP)


def test_who_reviews_no_more_takes_nothing_back(world: World) -> None:
    accepted_as(world, submitted(world))
    changed(world, role="viewer")
    before = everything()
    with pytest.raises(PermissionDenied):
        actions.undo(ACT, author(world, TOWNSHIP))
    assert everything() == before
    changed(world, role="reviewer")
    assert actions.undo(ACT, author(world, TOWNSHIP)).done


def test_who_reviews_at_another_level_now_takes_nothing_back(world: World) -> None:
    accepted_as(world, submitted(world))
    changed(world, division=world.units["linzhou"])
    before = everything()
    assert refusal(actions.undo(ACT, author(world, TOWNSHIP))) == "not_waiting"
    assert everything() == before


def test_many_verdicts_are_taken_back_some_at_a_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    third = submitted(world, "xishan", "income", "xishan_reporter")
    accepted_as(world, submitted(world), meeting(world), third)
    monkeypatch.setattr(reviewing, "WRITE_BATCH", 2)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert len(actions.undo(ACT, author(world, TOWNSHIP)).done) == 3
    sent = [query["sql"] for query in captured if query["sql"].startswith("UPDATE")]
    assert len([sql for sql in sent if Review._meta.db_table in sql]) == 2
    assert not Review.objects.filter(undone_at=None).exists()


def test_taking_back_sent_twice_says_the_same_twice(world: World, client: Client) -> None:
    press(client, "accept", entry=chosen(submitted(world), meeting(world)))
    page = client.get(HEJIAN)
    act = str(page.context["acts"][0].act)
    said = ["2 lines wait for your review again."]
    assert told(client, client.post(UNDO, {"act": act, "key": "k"})) == said
    before = everything()
    assert told(client, client.post(UNDO, {"act": act, "key": "k"})) == said
    assert everything() == before
    again = told(client, client.post(UNDO, {"act": act, "key": "l"}))
    assert again == ["This can no longer be taken back here."]
