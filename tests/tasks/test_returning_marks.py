"""Returns pinned to cells: on the page, in the verb, and what is open to the reporter then."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tasks.models import Entry, ReturnMark, ReturnReason, Review
from tests.tasks.pages import english, fields, shown, told
from tests.tasks.reviews import (
    HEJIAN,
    ME,
    TOWNSHIP,
    answered,
    chosen,
    line_of,
    mark,
    meeting,
    press,
    returned_with,
)
from tests.tasks.verbs import everything, refusal, save, submit, submitted
from tests.world import World

SignIn = Callable[[str], Client]


@pytest.fixture
def client(signed_in: SignIn) -> Client:
    return english(signed_in(TOWNSHIP))


def marks() -> list[tuple[str, str, str]]:
    return [(m.part, m.reason.code, m.note) for m in ReturnMark.objects.select_related("reason")]


def cells(entry: Entry, **typed: str) -> dict[str, str]:
    """What the form of one line sends."""
    sent = {f"m{entry.pk}-{name}": value for name, value in typed.items()}
    return {f"m{entry.pk}-version": str(entry.version), **sent}


def test_only_the_marked_cells_reopen(world: World) -> None:
    save(world, ME, world.entry("dongshan", "income"), narrative="原文", problems="无")
    entry = submitted(world)
    problems = mark(entry, "problems", "other", "写明原因")
    assert returned_with(world, TOWNSHIP, entry, mark(entry, "value"), problems).done
    assert world.entry("dongshan", "income").reopened_parts == "value,problems"
    closed = save(world, ME, world.entry("dongshan", "income"), narrative="改了")
    assert refusal(closed) == "narrative"
    assert save(world, ME, world.entry("dongshan", "income"), value=61, problems="缺劳力").done
    assert submit(world, ME, world.entry("dongshan", "income")).done
    entry = world.entry("dongshan", "income")
    assert (entry.narrative, entry.problems, int(entry.value or 0)) == ("原文", "缺劳力", 61)


def test_a_mark_of_the_whole_line_reopens_all_of_it(world: World) -> None:
    entry = submitted(world)
    returned_with(world, TOWNSHIP, entry, mark(entry, "value"), mark(entry, ""))
    assert world.entry("dongshan", "income").reopened_parts == ""
    assert save(world, ME, world.entry("dongshan", "income"), narrative="改了").done


def test_the_value_of_a_task_in_words_is_its_words(world: World) -> None:
    save(world, "hejian_reporter", world.entry("hejian", "study"), narrative="开展两次")
    submit(world, "hejian_reporter", world.entry("hejian", "study"))
    entry = world.entry("hejian", "study")
    returned_with(world, "linzhou_reviewer", entry, mark(entry, "value"))
    entry = world.entry("hejian", "study")
    assert save(world, "hejian_reporter", entry, narrative="开展三次").done


def test_a_line_is_returned_cell_by_cell_each_with_its_reason(world: World, client: Client) -> None:
    entry, other = submitted(world), meeting(world)
    typed = cells(entry, value_reason="wrong_figure", evidence_reason="no_evidence",
                  evidence_note="请附照片")  # fmt: skip
    answer = press(client, f"return:{entry.pk}", **typed)
    assert told(client, answer) == ["1 line returned."]
    assert marks() == [("value", "wrong_figure", ""), ("evidence", "no_evidence", "请附照片")]
    entry = world.entry("dongshan", "income")
    assert (entry.state, entry.reopened_parts) == ("returned", "value,evidence")
    assert world.entry("dongshan", "meeting").version == other.version


def test_many_lines_are_returned_for_one_reason_each_as_a_whole(
    world: World, client: Client
) -> None:
    first, second = submitted(world), meeting(world)
    press(client, "return", entry=chosen(first, second), reason="wrong_figure")
    assert marks() == [("", "wrong_figure", "")] * 2
    assert {review.entry_id for review in Review.objects.all()} == {first.pk, second.pk}
    assert world.entry("dongshan", "income").reopened_parts == ""


def test_many_lines_are_returned_for_the_cells_named(world: World, client: Client) -> None:
    first, second = submitted(world), meeting(world)
    parts = ["value", "next_steps"]
    press(client, "return", entry=chosen(first, second), reason="other", comment="核", parts=parts)
    assert marks() == [("value", "other", "核"), ("next_steps", "other", "核")] * 2
    assert world.entry("dongshan", "meeting").reopened_parts == "value,next_steps"


@pytest.mark.parametrize(
    ("typed", "told_so"),
    [
        ({}, "Choose a reason."),
        ({"reason": "no_such"}, "Select a valid choice"),
        ({"reason": "other", "comment": "  "}, "Say in words why"),
        ({"reason": "wrong_figure", "parts": ["nothing"]}, "Select a valid choice"),
    ],
)
def test_a_return_that_does_not_say_why_is_refused(
    world: World, client: Client, typed: dict[str, Any], told_so: str
) -> None:
    entry = submitted(world)
    before = everything()
    page = press(client, "return", entry=chosen(entry), **typed)
    assert page.status_code == 422
    assert told_so in shown(page)
    assert everything() == before


def test_a_reason_out_of_use_is_no_longer_offered(world: World, client: Client) -> None:
    entry = submitted(world)
    ReturnReason.objects.filter(code="wrong_figure").update(is_active=False)
    page = press(client, "return", entry=chosen(entry), reason="wrong_figure")
    assert page.status_code == 422
    assert not Review.objects.exists()


@pytest.mark.parametrize(
    ("typed", "told_so"),
    [
        ({}, "Mark at least one cell"),
        ({"value_note": "少了一位"}, "Choose a reason."),
        ({"value_reason": "other"}, "Say in words why"),
        ({"value_reason": "wrong_figure", "line_note": "x"}, "Choose a reason."),
        ({"value_reason": "wrong_figure", "value_note": "长" * 301}, "at most 300"),
    ],
)
def test_marks_without_a_reason_are_refused_and_what_was_typed_stays(
    world: World, client: Client, typed: dict[str, str], told_so: str
) -> None:
    entry = submitted(world)
    page = press(client, f"return:{entry.pk}", entry=chosen(entry), **cells(entry, **typed))
    assert page.status_code == 422
    assert told_so in shown(page)
    sent = fields(page)
    assert {name: sent[name] for name in cells(entry, **typed)} == cells(entry, **typed)
    assert f'value="{entry.pk}:{entry.version}" checked' in shown(page)
    assert not Review.objects.exists()


def test_without_a_script_the_cells_of_a_line_open_by_its_button(
    world: World, client: Client
) -> None:
    entry, other = submitted(world), meeting(world)
    page = press(client, f"cells:{entry.pk}", entry=chosen(other))
    assert page.status_code == 200
    assert f"m{entry.pk}-value_reason" in fields(page)
    assert f"m{other.pk}-value_reason" not in fields(page)
    assert f'value="{other.pk}:{other.version}" checked' in shown(page)
    again = client.post(HEJIAN, fields(page) | {"do": f"return:{entry.pk}",
                        f"m{entry.pk}-line_reason": "wrong_figure"})  # fmt: skip
    assert told(client, again) == ["1 line returned."]


def test_a_line_that_changed_while_its_cells_were_marked_is_refused_and_nothing_is_lost(
    world: World, client: Client
) -> None:
    entry = submitted(world)
    typed = cells(entry, value_reason="other", value_note="请核实")
    sent = fields(client.get(HEJIAN)) | typed | {"do": f"return:{entry.pk}"}
    answered_meanwhile(world, entry)
    page = client.post(HEJIAN, sent)
    assert page.status_code == 409
    assert "Somebody changed this line meanwhile" in told(client, page)[0]
    assert fields(page)[f"m{entry.pk}-value_note"] == "请核实"


def answered_meanwhile(world: World, entry: Entry) -> None:
    returned_with(world, TOWNSHIP, entry, mark(entry))
    save(world, ME, world.entry("dongshan", "income"), value=5)
    submit(world, ME, world.entry("dongshan", "income"))


def test_on_resubmission_the_answers_to_the_marks_are_seen_first(
    world: World, client: Client
) -> None:
    meeting(world)
    entry = answered(world)
    page = client.get(HEJIAN)
    assert page.context["page"][0] == entry
    (answer,) = line_of(page, entry).answers
    assert (answer.mark.part, answer.mark.note) == ("value", "请核实单位")
    assert (answer.difference.before, answer.difference.after) == ("60", "61")
    assert line_of(page, entry).other_differences == []
    assert "请核实单位" in shown(page)


def test_a_marked_cell_that_was_not_touched_is_said_to_be_so(world: World, client: Client) -> None:
    first = submitted(world)
    returned_with(world, TOWNSHIP, first, mark(first, "value"), mark(first, "evidence"))
    save(world, ME, world.entry("dongshan", "income"), value=61)
    submit(world, ME, world.entry("dongshan", "income"))
    page = client.get(HEJIAN)
    value, evidence = line_of(page, first).answers
    assert (value.difference.after, evidence.difference) == ("61", None)
    assert "This cell was not changed." in shown(page)


def test_a_return_sent_twice_is_one_return(world: World, client: Client) -> None:
    entry = submitted(world)
    sent = fields(client.get(HEJIAN)) | {"do": "return", "reason": "wrong_figure"}
    sent["entry"] = chosen(entry)[0]
    assert [client.post(HEJIAN, sent).status_code for _ in range(2)] == [302, 302]
    assert Review.objects.count() == ReturnMark.objects.count() == 1


def test_a_key_that_comes_with_another_choice_is_refused(world: World, client: Client) -> None:
    first, second = submitted(world), meeting(world)
    sent = fields(client.get(HEJIAN)) | {"do": "accept"}
    client.post(HEJIAN, sent | {"entry": chosen(first)[0]})
    page = client.post(HEJIAN, sent | {"entry": chosen(second)[0]})
    assert page.status_code == 409
    assert "carried out with other content" in told(client, page)[-1]
    assert Review.objects.count() == 1
