"""Accepting many, and taking it back: within the session, wherever nothing happened since."""

from collections.abc import Callable
from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import AccessLog
from tasks.models import Entry, EntryChange, Review
from tests.tasks.pages import at, english, fields, shown, told
from tests.tasks.recount import recounted, summarised
from tests.tasks.reviews import (
    HEJIAN,
    ME,
    TOWNSHIP,
    chosen,
    mark,
    meeting,
    objection,
    press,
    returned_with,
    unusual,
)
from tests.tasks.verbs import accept, everything, moment, place, save, submit, submitted
from tests.world import NOW, World

SignIn = Callable[[str], Client]
UNDO = f"{HEJIAN}undo/"


@pytest.fixture
def client(signed_in: SignIn) -> Client:
    return english(signed_in(TOWNSHIP))


def act_of(client: Client) -> str:
    acts = client.get(HEJIAN).context["acts"]
    return str(acts[0].act)


def three(world: World) -> list[Entry]:
    third = submitted(world, "xishan", "income", "xishan_reporter")
    return [submitted(world), meeting(world), third]


def test_all_lines_without_exceptions_are_accepted_by_one_button(
    world: World, client: Client
) -> None:
    lines = three(world)
    unusual(lines[1])
    assert "Accept all 2 lines without exceptions" in shown(client.get(HEJIAN))
    assert told(client, press(client, "accept_rest")) == ["2 lines accepted."]
    assert place(world.entry("dongshan", "income")) == ("submitted", "county")
    assert place(world.entry("xishan", "income")) == ("submitted", "county")
    assert place(world.entry("dongshan", "meeting")) == ("submitted", "township")


def test_the_page_carries_no_keys_for_accepting_a_section(world: World, client: Client) -> None:
    three(world)
    assert len(fields(client.get(HEJIAN))["standing"]) < 600, "just handed in"
    with time_machine.travel(moment(10, 2, 10), tick=False):
        assert len(fields(client.get(HEJIAN))["standing"]) < 50


def test_what_changed_since_the_page_was_made_is_left_out_and_counted(
    world: World, client: Client
) -> None:
    lines = three(world)
    sent = fields(client.get(HEJIAN)) | {"do": "accept_rest"}
    with time_machine.travel(moment(10, 2, 10), tick=False):
        returned_with(world, TOWNSHIP, lines[0], mark(lines[0]))
        later = moment(10, 2, 10)
        save(world, ME, world.entry("dongshan", "income"), value=9, at=later)
        submit(world, ME, world.entry("dongshan", "income"), at=later)
        Review.objects.update(undone_at=NOW)  # it is an answer no longer, but it did change
        answer = client.post(HEJIAN, sent)
        assert told(client, answer) == [
            "2 lines accepted.",
            "1 line was left out: it changed or was decided since this page was made.",
        ]
    assert world.entry("dongshan", "income").waiting_at == "township"


def test_a_change_that_bears_an_earlier_time_is_not_accepted_unseen(
    world: World, client: Client
) -> None:
    """Begun before the page was made, committed after it."""
    entry, _meeting, _other = three(world)
    with time_machine.travel(moment(10, 2, 11), tick=False):
        sent = fields(client.get(HEJIAN)) | {"do": "accept_rest"}
        Entry.objects.filter(pk=entry.pk).update(
            version=entry.version + 1, value=7, updated_at=moment(10, 2, 10, 59)
        )
        Entry.objects.filter(pk=entry.pk).update(updated_at="2026-10-02T10:59:30+08:00")
        answer = client.post(HEJIAN, sent)
        assert told(client, answer)[0] == "2 lines accepted."
    assert world.entry("dongshan", "income").waiting_at == "township"


def test_an_objection_after_the_page_was_made_keeps_a_line_back(
    world: World, client: Client
) -> None:
    lines = three(world)
    sent = fields(client.get(HEJIAN)) | {"do": "accept_rest"}
    objection(world, lines[1])
    assert told(client, client.post(HEJIAN, sent))[0] == "2 lines accepted."
    assert world.entry("dongshan", "meeting").waiting_at == "township"


def test_a_section_is_accepted_as_far_as_it_is_filtered(world: World, client: Client) -> None:
    three(world)
    address = f"{HEJIAN}?task={world.tasks['meeting'].pk}"
    assert told(client, press(client, "accept_rest", address)) == ["1 line accepted."]
    assert world.entry("dongshan", "meeting").waiting_at == "county"
    assert world.entry("dongshan", "income").waiting_at == "township"


@pytest.mark.parametrize("standing", ["", "x", "2026-10-02 1 x", "2026-10-02T09:00:00 1 x"])
def test_a_page_that_says_not_when_it_was_made_accepts_nothing(
    world: World, client: Client, standing: str
) -> None:
    submitted(world)
    before = everything()
    page = client.post(HEJIAN, {"do": "accept_rest", "standing": standing})
    assert page.status_code == 422
    assert "out of date" in told(client, page)[0]
    assert everything() == before


def test_accepting_is_taken_back_by_one_button(world: World, client: Client) -> None:
    lines = three(world)
    press(client, "accept", entry=chosen(*lines))
    page = client.get(HEJIAN)
    assert "Accepted 3 lines" in shown(page)
    assert "Undo" in shown(page)
    answer = client.post(f"{UNDO}?task=1", {"act": act_of(client)})
    assert answer["Location"] == f"{HEJIAN}?task=1"
    assert told(client, answer) == ["3 lines wait for your review again."]
    assert list(client.get(HEJIAN).context["page"]) != []
    assert {place(world.entry("dongshan", "income"))} == {("submitted", "township")}
    assert summarised() == recounted()
    assert client.get(HEJIAN).context["acts"] == []
    assert EntryChange.objects.filter(verb="undo").count() == 3


def test_a_return_is_taken_back_and_its_marks_no_longer_stand(world: World, client: Client) -> None:
    entry = submitted(world)
    press(client, "return", entry=chosen(entry), reason="wrong_figure")
    assert "Returned 1 line" in shown(client.get(HEJIAN))
    client.post(UNDO, {"act": act_of(client)})
    entry = world.entry("dongshan", "income")
    assert place(entry) == ("submitted", "township")
    page = client.get(HEJIAN)
    assert [group.name for group in page.context["groups"]] == ["rest"]


def test_what_somebody_went_on_with_stays_and_is_named(world: World, client: Client) -> None:
    lines = three(world)
    press(client, "accept", entry=chosen(*lines))
    accept(world, "linzhou_reviewer", world.entry("dongshan", "income"))
    messages = told(client, client.post(UNDO, {"act": act_of(client)}))
    assert messages[0] == "2 lines wait for your review again."
    assert "东山村" in messages[1]
    assert "Somebody went on with this line; your verdict stands." in messages[1]
    assert world.entry("dongshan", "income").state == "accepted"


def test_the_act_of_another_session_is_not_taken_back(
    world: World, client: Client, signed_in: SignIn
) -> None:
    press(client, "accept", entry=chosen(submitted(world)))
    act = act_of(client)
    other = english(signed_in(TOWNSHIP))
    before = everything()
    for wrong in (act, str(uuid4()), "", "x"):
        assert "no longer be taken back" in told(other, other.post(UNDO, {"act": wrong}))[0]
    assert everything() == before


def test_the_last_five_acts_can_be_taken_back(world: World, client: Client) -> None:
    entry = submitted(world)
    for _again in range(6):
        press(client, "accept", entry=chosen(world.entry("dongshan", "income")))
        last = act_of(client)
        client.post(UNDO, {"act": last})
    assert world.entry("dongshan", "income").version == entry.version + 12
    for unit, who in (("dongshan", ME), ("xishan", "xishan_reporter")):
        line = meeting(world, unit, who)
        press(client, "accept", entry=chosen(line))
    assert [act.count for act in client.get(HEJIAN).context["acts"]] == [1, 1]


def test_a_line_that_changed_since_it_was_shown_is_not_accepted_and_said(
    world: World, client: Client
) -> None:
    entry, other = submitted(world), meeting(world)
    old = chosen(entry, other)
    returned_with(world, TOWNSHIP, entry, mark(entry))
    save(world, ME, world.entry("dongshan", "income"), value=7)
    submit(world, ME, world.entry("dongshan", "income"))
    messages = told(client, client.post(HEJIAN, {"do": "accept", "entry": old}))
    assert messages[0] == "1 line accepted."
    assert "Somebody changed this line meanwhile" in messages[1]
    assert world.entry("dongshan", "income").waiting_at == "township"
    review = Review.objects.get(entry=other)
    assert review.version == other.version, "the version that was shown"


def test_a_step_that_somebody_tries_to_skip_is_refused_and_logged(
    world: World, client: Client
) -> None:
    save(world, ME, world.entry("dongshan", "income"), value=1)
    draft = world.entry("dongshan", "income")
    mine = world.entry("xishan", "income")
    save(world, TOWNSHIP, mine, value=5)
    submit(world, TOWNSHIP, world.entry("xishan", "income"))
    mine = world.entry("xishan", "income")
    Entry.objects.filter(pk=mine.pk).update(waiting_at="township")
    page = client.post(HEJIAN, {"do": "accept", "entry": chosen(draft, mine)})
    assert page.status_code == 409
    messages = " ".join(told(client, page))
    assert "This line is not waiting for your review." in messages
    assert "Nobody reviews their own submission." in messages
    logged = AccessLog.objects.filter(action=AccessLog.Action.REFUSED)
    assert {log.user for log in logged} == {world.users[TOWNSHIP]}
    assert logged.count() == 2
    assert not Review.objects.exists()


def test_another_townships_line_is_as_if_it_were_not_there(world: World, client: Client) -> None:
    foreign = submitted(world, "shiqiao", "income", "baidaokou_reporter")
    answer = client.post(HEJIAN, {"do": "accept", "entry": chosen(foreign)})
    assert "1 line is not among yours." in told(client, answer)
    assert not Review.objects.exists()


def test_taking_back_is_for_those_who_review_and_by_a_press_only(
    world: World, client: Client, signed_in: SignIn
) -> None:
    assert client.get(UNDO).status_code == 302
    assert signed_in("hejian_reporter").post(UNDO).status_code == 403
    foreign = reverse("tasks:undo_review", args=at("tasks:review", "linqi").split("/")[2:4])
    assert client.post(foreign).status_code == 404
