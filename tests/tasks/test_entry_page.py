"""The page of one line: what it says in words, what may be done here, and its whole story."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tasks import actions
from tasks.actions.exempting import ask, decide
from tasks.models import (
    Entry,
    EntryChange,
    Look,
    Opinion,
    ReturnReason,
    Review,
    Rule,
)
from tests.tasks import evidence_files as files
from tests.tasks.pages import at, english, shown
from tests.tasks.verbs import accept, author, moment, return_, save, seen, submit, submitted
from tests.world import NOW, World

SignIn = Callable[[str], Client]


@pytest.fixture
def village(signed_in: SignIn) -> Client:
    return english(signed_in("dongshan_reporter"))


@pytest.fixture
def town(signed_in: SignIn) -> Client:
    return english(signed_in("hejian_reviewer"))


def line(world: World, task: str = "income", quarter: int = 3) -> Entry:
    return world.entry("dongshan", task, quarter)


def opened(client: Client, entry: Entry) -> Any:
    page = client.get(f"/entries/{entry.pk}/")
    assert page.status_code == 200
    return page


def text(client: Client, entry: Entry) -> str:
    """The page with its spaces and line breaks as a browser shows them."""
    return " ".join(shown(opened(client, entry)).split())


def told(client: Client, entry: Entry) -> list[str]:
    return [event.what for event in opened(client, entry).context["page"].events]


def tell_everything(world: World) -> Entry:
    """A line to which everything happened that can happen to one."""
    Rule.objects.create(task=world.tasks["income"], kind="at_most", bound=Decimal(50))
    content = {"value": 60, "explanation": "新建光伏项目", "narrative": "长" * 300}
    edit = actions.Edit(line(world).pk, line(world).version, content)
    actions.save([edit], author(world, "dongshan_reporter"))
    entry, who = line(world), author(world, "dongshan_reporter", moment(10, 2, 10))
    actions.attach(entry.pk, entry.version, files.upload(files.pdf(), "凭证.pdf"), who)
    submit(world, "dongshan_reporter", line(world), at=moment(10, 2, 11))
    Opinion.objects.create(
        entry=entry, version=line(world).version, by=world.users["city_manager"],
        verdict="objects", comment="与部门数据不符", at=moment(10, 2, 12),
    )  # fmt: skip
    mark = actions.Mark(entry.pk, "value", ReturnReason.objects.get(code="wrong_figure"), "差三万")
    reviewer = author(world, "hejian_reviewer", moment(10, 2, 13))
    actions.return_(seen(line(world)), reviewer, "", [mark])
    asker = author(world, "dongshan_reporter", moment(10, 2, 14))
    ask(entry.pk, line(world).version, "整村搬迁", asker)
    return line(world)


def test_the_story_tells_everything_latest_first(world: World, village: Client) -> None:
    entry = tell_everything(world)
    assert told(village, entry) == [
        "asked for exemption",
        "returned",
        "lead organisation: Objection",
        "submitted",
        "attached a file",
        "saved",
    ]
    page = text(village, entry)
    for words in ("与部门数据不符", "差三万", "整村搬迁", "凭证.pdf", "city manager"):
        assert words in page


def test_changes_stand_in_words_before_and_after(world: World, village: Client) -> None:
    save(world, "dongshan_reporter", line(world, "meeting"), value=1)
    save(world, "dongshan_reporter", line(world, "meeting"), value=0)
    page = text(village, line(world, "meeting"))
    assert "<del>Yes</del> → <ins>No</ins>" in page
    save(world, "dongshan_reporter", line(world), value="12.50")
    save(world, "dongshan_reporter", line(world), value=None, nothing="nil")
    page = text(village, line(world))
    assert "<del>12.5</del> → –" in page
    assert "<ins>Nil report</ins>" in page
    assert "Not reported → Draft saved" in page


def test_a_long_text_is_clipped_and_can_be_opened(world: World, village: Client) -> None:
    page = text(village, tell_everything(world))
    assert page.count("长" * 300) == 2, "in the content and, to be opened, in the story"
    assert '<details class="long-text"><summary><ins>' in page


def test_a_verdict_tells_its_marks_and_its_comment_once(world: World, town: Client) -> None:
    entry = tell_everything(world)
    returned = next(e for e in opened(town, entry).context["page"].events if e.marks)
    assert (returned.what, returned.said) == ("returned", "")
    assert [mark.note for mark in returned.marks] == ["差三万"]


def test_a_verdict_that_was_taken_back_says_so(world: World, town: Client) -> None:
    entry, act = submitted(world), uuid4()
    actions.accept(seen(entry), author(world, "hejian_reviewer"), act)
    actions.undo(act, author(world, "hejian_reviewer", moment(10, 2, 10)))
    assert told(town, entry)[:2] == ["undone", "accepted"]
    assert "This verdict was taken back later." in text(town, entry)


def test_a_verdict_of_which_no_change_tells_is_told_too(world: World, town: Client) -> None:
    entry = line(world)
    Review.objects.create(
        entry=entry, version=1, level="township", reviewer=world.users["hejian_reviewer"],
        verdict="returned", comment="旧系统的意见", at=NOW,
    )  # fmt: skip
    assert "旧系统的意见" in text(town, entry)


def test_the_way_is_told_and_an_import_is_open_to_its_owner_alone(
    world: World, village: Client, town: Client
) -> None:
    entry = line(world)
    ways = {"sheet": "Excel", "admin": "Administration", "command": "Command line"}
    batch = uuid4()
    for version, way in enumerate(ways, 2):
        EntryChange.objects.create(
            entry=entry, version=version, at=NOW, by=world.users["dongshan_reporter"],
            origin=way, verb="save", after={"value": "1.00"},
            batch=batch if way == "sheet" else None,
        )  # fmt: skip
    page = text(village, entry)
    assert all(word in page for word in ways.values())
    assert f"/imports/{batch}/" in page
    assert f"/imports/{batch}/" not in text(town, entry)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"nothing": "nil"}, "Nil report: nothing happened"),
        ({"nothing": "not_applicable"}, "Not applicable: the task does not concern this unit."),
        ({"problems": "土地"}, "Nothing is filled in yet."),
        ({"value": 0}, "<b>0</b>"),
    ],
)
def test_every_kind_of_nothing_is_told_apart(
    world: World, village: Client, content: Any, words: str
) -> None:
    save(world, "dongshan_reporter", line(world), **content)
    assert words in text(village, line(world))


def test_an_overdue_line_without_anything_is_missing(world: World, village: Client) -> None:
    assert "Missing: nothing was reported by the due date." in text(village, line(world, quarter=2))
    assert "Missing" not in text(village, line(world))


def test_an_exempt_line_tells_why_and_by_whom(world: World, village: Client) -> None:
    entry = line(world)
    exemption = ask(entry.pk, 1, "整村搬迁", author(world, "dongshan_reporter"))
    decide(exemption.pk, exemption.entry.version, True, "同意", author(world, "hejian_reviewer"))
    page = text(village, entry)
    assert "Exempt: the unit need not report this task in this quarter." in page
    assert "Reason: 整村搬迁. Granted by hejian reviewer." in page
    assert told(village, entry) == ["exempted", "asked for exemption"]


def test_a_confirmed_value_tells_since_when_it_stands(world: World, village: Client) -> None:
    for quarter in (1, 2):
        Entry.objects.filter(pk=line(world, quarter=quarter).pk).update(
            state="accepted", value=40, first_submitted_at=NOW,
            carried_from=world.periods[1] if quarter == 2 else None,
        )  # fmt: skip
    actions.confirm(seen(line(world)), author(world, "dongshan_reporter"))
    page = text(village, line(world))
    assert "Confirmed unchanged since 2026 Q1, 2 quarters ago." in page
    assert told(village, line(world)) == ["confirmed unchanged"]


def test_an_unusual_value_tells_what_is_unusual_about_it(world: World, town: Client) -> None:
    page = text(town, tell_everything(world))
    assert "60 is more than 50, the most that can be." in page
    assert "新建光伏项目" in page


def test_what_came_back_names_the_cells_that_are_open(world: World, village: Client) -> None:
    page = text(village, tell_everything(world))
    assert "Returned for correction" in page
    assert "May be changed now: Value." in page
    assert "data-upload" not in page, "files were not marked"
    save(world, "dongshan_reporter", line(world, "meeting"), value=1)
    submit(world, "dongshan_reporter", line(world, "meeting"))
    return_(world, "hejian_reviewer", line(world, "meeting"))
    assert "The whole line may be changed now." in text(village, line(world, "meeting"))


def test_what_came_back_is_not_told_of_a_line_that_went_on(world: World, village: Client) -> None:
    return_(world, "hejian_reviewer", submitted(world), comment="请核对")
    save(world, "dongshan_reporter", line(world), value=7)
    submit(world, "dongshan_reporter", line(world))
    assert "Returned for correction" not in text(village, line(world))


def test_only_what_may_be_done_is_offered(
    world: World, village: Client, town: Client, signed_in: SignIn
) -> None:
    entry = line(world)
    fill, review = f"{at('tasks:report', 'dongshan')}#e{entry.pk}", at("tasks:review", "dongshan")
    assert fill in text(village, entry)
    assert review not in text(town, entry)
    assert fill not in text(signed_in("linzhou_viewer"), entry)
    submitted(world)
    assert fill not in text(village, entry)
    assert review in text(town, entry)
    assert review not in text(signed_in("linzhou_reviewer"), entry)


def test_a_look_is_noted_of_whom_the_line_waits_for(
    world: World, village: Client, town: Client, signed_in: SignIn
) -> None:
    opened(town, line(world))
    entry = submitted(world)
    for client in (village, signed_in("linzhou_reviewer"), signed_in("hejian_reporter")):
        opened(client, entry)
    assert not Look.objects.exists()
    for _time in range(2):
        opened(town, entry)
    look = Look.objects.get()
    assert (look.user, look.version) == (world.users["hejian_reviewer"], entry.version)


def test_looking_stops_the_line_from_being_taken_back(world: World, town: Client) -> None:
    entry = submitted(world)
    opened(town, entry)
    outcome = actions.take_back(seen(entry), author(world, "dongshan_reporter"))
    assert [refused.error.code for refused in outcome.refused] == ["looked_at"]


@pytest.mark.parametrize("who", ["dongshan_reporter", "hejian_reviewer", "city_auditor"])
def test_a_long_story_costs_no_more_queries(world: World, signed_in: SignIn, who: str) -> None:
    entry, client = tell_everything(world), signed_in(who)

    def cost() -> int:
        opened(client, entry)
        with CaptureQueriesContext(connection) as captured:
            opened(client, entry)
        return len(captured)

    before = cost()
    by = world.users["dongshan_reporter"]
    for version in range(100, 120):
        EntryChange.objects.create(
            entry=entry, version=version, at=NOW, by=by, origin="page", verb="save",
            before={"value": None}, after={"value": "1.00"},
        )  # fmt: skip
        Opinion.objects.create(
            entry=entry, version=version, by=world.users["city_manager"], verdict="agrees", at=NOW
        )
    assert cost() == before <= 16


def test_a_line_of_the_second_level_waits_where_it_waits(world: World, signed_in: SignIn) -> None:
    accept(world, "hejian_reviewer", submitted(world))
    county = english(signed_in("linzhou_reviewer"))
    assert at("tasks:review", "dongshan") in text(county, line(world))
    assert Look.objects.get().user == world.users["linzhou_reviewer"]
