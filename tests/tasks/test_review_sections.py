"""Exceptions first: in which section a line stands for whom, why, and what changed since when."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tasks.models import Entry, EntryChange, Look, Rule, Section
from tests.tasks.pages import at, english, shown
from tests.tasks.reviews import (
    HEJIAN,
    ME,
    TOWNSHIP,
    answered,
    line_of,
    looked_at,
    mark,
    meeting,
    objection,
    returned_with,
    section_of,
    sections,
    unusual,
)
from tests.tasks.verbs import accept, moment, save, submit, submitted
from tests.world import NOW, World

SignIn = Callable[[str], Client]


@pytest.fixture
def client(signed_in: SignIn) -> Client:
    return english(signed_in(TOWNSHIP))


def saved_again(world: World, **content: Any) -> Entry:
    """Returned as a whole, filled anew and submitted, as the township then meets it."""
    entry = world.entry("dongshan", "income")
    assert returned_with(world, TOWNSHIP, entry, mark(entry)).done
    assert save(world, ME, world.entry("dongshan", "income"), **content).done
    assert submit(world, ME, world.entry("dongshan", "income")).done
    return world.entry("dongshan", "income")


def test_answers_stand_first_then_exceptions_then_the_rest(world: World, client: Client) -> None:
    rest = meeting(world, "xishan", "xishan_reporter")
    odd = meeting(world)
    unusual(odd)
    answer = answered(world)
    page = client.get(HEJIAN)
    assert list(sections(page)) == ["answers", "exceptions", "rest"]
    assert sections(page) == {"answers": [answer], "exceptions": [odd], "rest": [rest]}
    assert list(page.context["page"]) == [answer, odd, rest]
    assert [choice.count for choice in page.context["counts"]] == [3, 1, 1, 1]


def test_an_unusual_value_comes_with_its_rule_and_its_explanation(
    world: World, client: Client
) -> None:
    Rule.objects.create(task=world.tasks["income"], kind="at_most", bound=50)
    save(world, ME, world.entry("dongshan", "income"), value=60, explanation="新建厂房出租")
    assert submit(world, ME, world.entry("dongshan", "income")).done
    entry = world.entry("dongshan", "income")
    page = client.get(HEJIAN)
    assert sections(page) == {"exceptions": [entry]}
    line = line_of(page, entry)
    assert line.chips == [("unusual", "Unusual value")]
    assert line.findings == ["60 is more than 50, the most that can be."]
    assert "新建厂房出租" in shown(page)


def test_a_late_line_is_an_exception(world: World, client: Client) -> None:
    late = moment(10, 6)
    save(world, ME, world.entry("dongshan", "meeting"), value=1, at=late)
    submit(world, ME, world.entry("dongshan", "meeting"), at=late)
    entry = world.entry("dongshan", "meeting")
    page = client.get(HEJIAN)
    assert sections(page) == {"exceptions": [entry]}
    assert line_of(page, entry).chips == [("late", "Reported late")]


def test_an_objection_stands_before_every_other_exception_with_its_words(
    world: World, client: Client
) -> None:
    other = meeting(world)
    unusual(other)
    entry = submitted(world, "xishan", "income", "xishan_reporter")
    objection(world, entry)
    page = client.get(HEJIAN)
    assert sections(page) == {"exceptions": [entry, other]}
    assert "与我局台账不符" in shown(page)
    assert "city viewer" in shown(page)


def test_an_objection_holds_when_the_line_passes_on_and_ends_when_it_is_changed(
    world: World,
) -> None:
    entry = submitted(world)
    objection(world, entry)
    accept(world, TOWNSHIP, entry)
    entry = world.entry("dongshan", "income")
    assert section_of(world, "linzhou_reviewer", entry) == Section.EXCEPTIONS
    returned_with(world, "linzhou_reviewer", entry, mark(entry))
    save(world, ME, world.entry("dongshan", "income"), value=61)
    submit(world, ME, world.entry("dongshan", "income"))
    assert section_of(world, TOWNSHIP, world.entry("dongshan", "income")) == Section.ANSWERS
    lines: Any = Entry.objects.with_review(world.users[TOWNSHIP])
    assert not lines.filter(is_objected=True).exists()


def test_an_objection_ends_when_the_same_account_agrees(world: World) -> None:
    entry = submitted(world)
    opinion = objection(world, entry)
    accept(world, TOWNSHIP, entry)
    entry = world.entry("dongshan", "income")
    assert section_of(world, "linzhou_reviewer", entry) == Section.EXCEPTIONS
    opinion.pk, opinion.version, opinion.verdict = None, entry.version, "agrees"
    opinion.save(force_insert=True)
    assert section_of(world, "linzhou_reviewer", entry) == Section.REST


def test_what_changed_since_my_last_look_is_an_exception_shown_cell_by_cell(
    world: World, signed_in: SignIn
) -> None:
    save(world, ME, world.entry("dongshan", "income"), narrative="第一句。第二句。第三句。")
    entry = submitted(world)
    accept(world, TOWNSHIP, entry)
    county = english(signed_in("linzhou_reviewer"))
    address = at("tasks:review", "linzhou")
    entry = world.entry("dongshan", "income")
    assert sections(county.get(address)) == {"rest": [entry]}
    EntryChange.objects.create(
        entry=entry, version=entry.version + 1, at=NOW, origin="command", verb="save",
        before={"value": "60.00", "narrative": entry.narrative}, after={},
    )  # fmt: skip
    Entry.objects.filter(pk=entry.pk).update(
        version=entry.version + 1, value=75, narrative="第一句。改过。第三句。"
    )
    for _again in range(2):  # Looking does not make the page forget.
        page = county.get(address)
        line = line_of(page, entry)
        assert sections(page) == {"exceptions": [entry]}
        assert line.chips == [("changed", "Changed since your last look")]
        value, words = line.differences
        assert (value.label, value.before, value.after) == ("Value", "60", "75")
        assert (words.lead, words.old, words.new, words.tail) == (
            "第一句。", "第二句", "改过", "。第三句。",
        )  # fmt: skip


def test_a_colleague_who_never_looked_is_shown_no_change(world: World, client: Client) -> None:
    entry = submitted(world)
    client.get(HEJIAN)
    assert Look.objects.get(entry=entry).user == world.users[TOWNSHIP]
    accept(world, TOWNSHIP, entry)
    entry = world.entry("dongshan", "income")
    assert section_of(world, "linzhou_manager", entry) == Section.REST


def test_a_step_of_the_line_is_no_change_of_its_content(world: World) -> None:
    entry = submitted(world)
    looked_at(world, "linzhou_reviewer", entry)
    accept(world, TOWNSHIP, entry)
    entry = world.entry("dongshan", "income")
    assert section_of(world, "linzhou_reviewer", entry) == Section.REST


def test_looking_is_noted_with_the_version_that_was_shown(world: World, client: Client) -> None:
    entry = submitted(world)
    client.get(HEJIAN)
    look = Look.objects.get()
    assert (look.entry, look.version, look.previous_version) == (entry, entry.version, None)
    entry = saved_again(world, value=70)
    client.get(HEJIAN)
    look.refresh_from_db()
    assert (look.version, look.previous_version) == (entry.version, 3)


def test_what_the_township_returned_is_no_answer_to_the_county(world: World) -> None:
    entry = answered(world)
    assert section_of(world, TOWNSHIP, entry) == Section.ANSWERS
    accept(world, TOWNSHIP, entry)
    assert section_of(world, "linzhou_reviewer", world.entry("dongshan", "income")) == Section.REST


def test_what_the_county_returned_is_answered_at_every_desk_on_its_way_back(world: World) -> None:
    accept(world, TOWNSHIP, submitted(world))
    entry = world.entry("dongshan", "income")
    returned_with(world, "linzhou_reviewer", entry, mark(entry, "value"))
    save(world, ME, world.entry("dongshan", "income"), value=61)
    submit(world, ME, world.entry("dongshan", "income"))
    assert section_of(world, TOWNSHIP, world.entry("dongshan", "income")) == Section.ANSWERS
    accept(world, TOWNSHIP, world.entry("dongshan", "income"))
    entry = world.entry("dongshan", "income")
    assert section_of(world, "linzhou_reviewer", entry) == Section.ANSWERS


def test_each_count_shows_its_lines_alone(world: World, client: Client) -> None:
    rest, odd, answer = meeting(world, "xishan", "xishan_reporter"), meeting(world), answered(world)
    unusual(odd)
    for show, lines in {
        "answers": [answer],
        "exceptions": [odd],
        "unusual": [odd],
        "rest": [rest],
        "late": [],
    }.items():
        page = client.get(HEJIAN, {"show": show})
        assert list(page.context["page"]) == lines
        assert [choice.count for choice in page.context["counts"]] == [3, 1, 1, 1]


def test_lines_without_a_value_are_found_by_their_reason(world: World, client: Client) -> None:
    meeting(world)
    save(world, "xishan_reporter", world.entry("xishan", "income"), nothing="nil")
    submit(world, "xishan_reporter", world.entry("xishan", "income"))
    page = client.get(HEJIAN, {"answer": "nil"})
    assert list(page.context["page"]) == [world.entry("xishan", "income")]
    assert list(client.get(HEJIAN, {"answer": "exempt"}).context["page"]) == []


def test_the_page_costs_as_many_queries_for_many_lines_of_every_section(
    world: World, signed_in: SignIn
) -> None:
    def fill(unit: str, who: str) -> None:
        first = submitted(world, unit, "income", who)
        returned_with(world, TOWNSHIP, first, mark(first, "value"))
        save(world, who, world.entry(unit, "income"), value=61)
        submit(world, who, world.entry(unit, "income"))
        odd = meeting(world, unit, who)
        unusual(odd)
        objection(world, odd)

    def cost() -> int:
        Look.objects.all().delete()
        client = signed_in(TOWNSHIP)
        client.get("/ledgers/")
        with CaptureQueriesContext(connection) as captured:
            assert client.get(HEJIAN).status_code == 200
        return len(captured)

    fill("dongshan", ME)
    before = cost()
    fill("xishan", "xishan_reporter")
    assert cost() == before <= 30
