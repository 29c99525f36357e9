"""Amending on the page: what it would do is told first, and done once it is confirmed."""

from typing import Any

import pytest
from django.test import Client

from tasks.models import Amendment, Entry, Ledger, Period
from tests.tasks.amending import NEW_TASK, REASON, add_task, add_unit, withdraw
from tests.tasks.pages import english, fields, shown, told
from tests.tasks.verbs import accepted, moment
from tests.world import UNITS, World
from villages.models import Division


def browser(world: World, who: str = "city_manager") -> Client:
    client = english(Client())
    client.force_login(world.users[who])
    return client


def address(world: World, kind: str, task: str = "") -> str:
    about = f"&task={world.tasks[task].pk}" if task else ""
    return f"/ledgers/{world.ledger.pk}/amend/?kind={kind}{about}"


SAID = {"from_quarter": "3", "reason": REASON}


def preview(world: World, kind: str, task: str = "", **typed: Any) -> Any:
    where = address(world, kind, task)
    client = browser(world)
    sent = fields(client.get(where)) | SAID | typed | {"do": "preview"}
    return client.post(where, sent)


def confirm(world: World, page: Any, kind: str, task: str = "") -> Any:
    """Press the second button of the page that says what would be done."""
    return browser(world).post(address(world, kind, task), fields(page) | {"do": "confirm"})


def test_a_task_is_withdrawn_in_two_steps(world: World) -> None:
    accepted(world)
    page = preview(world, "withdraw", "income")
    text = shown(page)
    assert "15 lines will no longer be owed." in text
    assert "1 line is accepted already and stays." in text
    assert not Amendment.objects.exists()
    answer = confirm(world, page, "withdraw", "income")
    assert told(browser(world), answer) == []
    done = Amendment.objects.get()
    assert (done.entries, done.reason, done.from_quarter) == (15, REASON, 3)
    assert Entry.objects.filter(state="withdrawn").count() == 15


def test_pressing_twice_amends_once(world: World) -> None:
    page = preview(world, "withdraw", "income")
    client, where = browser(world), address(world, "withdraw", "income")
    sent = fields(page) | {"do": "confirm"}
    answers = [client.post(where, sent) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert set(told(client, answers[1])) == {"Task withdrawn. Lines concerned: 16."}
    assert Amendment.objects.count() == 1


def test_a_task_is_added_with_all_that_it_says(world: World) -> None:
    typed = {name: str(value) for name, value in NEW_TASK.items()} | {"is_cumulative": "on"}
    page = preview(world, "add_task", **typed)
    assert "16 lines more will be owed." in shown(page)
    assert confirm(world, page, "add_task").status_code == 302
    new = world.ledger.tasks.get(number=6)
    assert (new.title, new.measure, new.is_cumulative, new.evidence_wanted) == (
        *("防汛备汛", "number"),
        True,
        False,
    )
    assert Entry.objects.filter(task=new).count() == 16


def test_a_task_is_changed_and_both_sides_are_shown(world: World) -> None:
    where = address(world, "change", "income")
    shown_first = fields(browser(world).get(where))
    assert (shown_first["title"], shown_first["target"]) == ("村级集体经济增收", "100")
    page = preview(world, "change", "income", title="集体经济增收", target="120")
    assert "No line is added or withdrawn" in shown(page)
    confirm(world, page, "change", "income")
    text = shown(browser(world).get(f"/ledgers/{world.ledger.pk}/"))
    assert "<del>100</del> → <ins>120</ins>" in text
    assert REASON in text
    # The list of what stands never shows what is merely typed.
    page = preview(world, "change", "income", title="又改")
    assert "集体经济增收" in shown(page)
    assert world.ledger.tasks.get(number=1).title == "集体经济增收"


@pytest.mark.parametrize("typed", ["桂园社区居委会", UNITS["community"], "桂园社区"])
def test_a_unit_is_added_by_name_or_code(world: World, typed: str) -> None:
    page = preview(world, "add_unit", division=typed)
    assert "5 lines more will be owed." in shown(page)
    assert confirm(world, page, "add_unit").status_code == 302
    assert Entry.objects.filter(division=world.units["community"]).count() == 5


def test_a_unit_that_has_ended_is_given_nothing_new(world: World) -> None:
    ended = Division.objects.filter(code=UNITS["community"])
    ended.update(valid_to="2026-10-02")
    page = preview(world, "add_unit", division="桂园社区居委会")
    assert page.status_code == 422
    assert "No such unit is known below yours." in shown(page)
    ended.update(valid_to="2026-10-03")
    assert preview(world, "add_unit", division="桂园社区居委会").status_code == 200


def test_a_name_that_several_units_have_asks_for_the_code(world: World) -> None:
    page = preview(world, "drop_unit", division="东山村民委员会")
    assert page.status_code == 422
    assert UNITS["dongshan"] in shown(page)
    page = preview(world, "drop_unit", division=UNITS["dongshan"])
    assert "5 lines will no longer be owed." in shown(page)


@pytest.mark.parametrize(
    ("kind", "typed", "says"),
    [
        ("add_unit", {"division": "火星镇"}, "No such unit is known below yours."),
        ("add_unit", {"division": UNITS["linzhou"]}, "No such unit is known below yours."),
        ("add_unit", {"division": UNITS["dongshan"]}, "it stands like that already"),
        ("add_unit", {"division": UNITS["community"], "reason": " "}, "This field is required."),
        ("add_unit", {"division": UNITS["community"], "from_quarter": "1"}, "Select a valid"),
        ("add_task", {"title": "村级集体经济增收"}, "a task with this title already"),
        ("add_task", {"quarters": "42"}, "Write the quarters in order"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    world: World, kind: str, typed: dict[str, str], says: str
) -> None:
    given = NEW_TASK if kind == "add_task" else {}
    page = preview(world, kind, **{n: str(v) for n, v in given.items()} | typed)
    assert page.status_code == 422
    assert says in shown(page)
    assert all(value in shown(page) for name, value in typed.items() if name in "division title")
    assert not Amendment.objects.exists()


def test_going_back_to_the_form_keeps_what_was_typed(world: World) -> None:
    page = preview(world, "withdraw", "income")
    where = address(world, "withdraw", "income")
    back = browser(world).post(where, fields(page) | {"do": "edit"})
    assert back.status_code == 200
    assert fields(back)["reason"] == REASON
    assert 'value="preview"' in shown(back)


def test_what_changed_since_the_preview_is_told_and_nothing_written(world: World) -> None:
    page = preview(world, "withdraw", "income")
    withdraw(world, "income")
    answer = confirm(world, page, "withdraw", "income")
    assert answer.status_code == 422
    assert "it stands like that already" in shown(answer)
    assert Amendment.objects.count() == 1


def test_only_open_quarters_are_offered(world: World) -> None:
    text = shown(browser(world).get(address(world, "withdraw", "income")))
    assert '<option value="3" selected>2026 Q3</option>' in text
    assert '<option value="2">' not in text


@pytest.mark.parametrize("query", ["", "?kind=nonsense", "?kind=withdraw", "?kind=change&task=9x"])
def test_without_a_kind_or_a_task_there_is_the_list_alone(world: World, query: str) -> None:
    where = f"/ledgers/{world.ledger.pk}/amend/{query}"
    page = browser(world).get(where)
    assert page.status_code == 200
    assert page.context["form"] is None
    assert browser(world).post(where, SAID | {"do": "confirm"}).status_code == 422
    assert not Amendment.objects.exists()


def test_a_task_of_another_ledger_is_not_amended_here(world: World) -> None:
    other = Ledger.objects.create(division=world.units["huaxian"], year=2026, title="滑县")
    task = world.tasks["income"]
    task.pk, task.ledger = None, other
    task.save()
    where = f"/ledgers/{world.ledger.pk}/amend/?kind=withdraw&task={task.pk}"
    assert browser(world).get(where).context["form"] is None


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("city_manager", 200),
        ("city_viewer", 403),
        ("linzhou_manager", 403),
        ("hejian_reviewer", 403),
    ],
)
def test_who_amends(world: World, who: str, status: int) -> None:
    where = address(world, "withdraw", "income")
    assert browser(world, who).get(where).status_code == status
    if status == 403:
        sent = SAID | {"do": "confirm"}
        assert browser(world, who).post(where, sent).status_code == 403
        assert not Amendment.objects.exists()


@pytest.mark.parametrize("state", ["draft", "closed"])
def test_a_draft_or_a_closed_ledger_is_not_amended(world: World, state: str) -> None:
    Ledger.objects.filter(pk=world.ledger.pk).update(state=state)
    client = browser(world)
    answer = client.get(address(world, "withdraw", "income"))
    assert answer["Location"] == f"/ledgers/{world.ledger.pk}/"
    assert told(client, answer) == ["Only a ledger that is issued and not closed is amended."]


def test_everybody_who_sees_the_ledger_sees_its_amendments(world: World) -> None:
    add_task(world, quarter=4)
    withdraw(world, "income", at=moment(10, 3))
    add_unit(world, "community")
    text = shown(browser(world, "dongshan_reporter").get(f"/ledgers/{world.ledger.pk}/"))
    assert "added from Q4" in text
    assert "withdrawn from Q3" in text
    assert text.count(REASON) == 3
    assert "Unit added" in text
    assert "/amend/" not in text


# Where withdrawn lines no longer stand


def test_withdrawn_lines_are_listed_only_where_they_are_asked_for(world: World) -> None:
    withdraw(world, "income")
    client = browser(world, "hejian_reporter")
    where = f"/entries/{UNITS['hejian']}/2026Q3/"

    def listed(query: str) -> set[str]:
        page = client.get(where + query)
        return {entry.state for entry in page.context["page"]}

    assert listed("") == listed("?state=unreported") == listed("?light=yellow") == {"blank"}
    assert listed("?state=withdrawn") == {"withdrawn"}
    assert listed("?light=grey") == set()


def test_withdrawn_lines_are_asked_of_nobody(world: World) -> None:
    withdraw(world, "income")
    title = "村级集体经济增收"
    quarter = f"{UNITS['dongshan']}/2026Q3/"
    client = browser(world, "dongshan_reporter")
    assert title not in shown(client.get(f"/report/{quarter}"))
    page = client.get(f"/villages/{quarter}")
    tasks = next(part for part in page.context["sections"] if part.section.name == "tasks")
    assert [entry.task.number for entry, _why in tasks.content["entries"]] == [2]
    units = browser(world, "hejian_reporter").get(f"/report/{UNITS['hejian']}/2026Q3/")
    assert {u.division.name: u.counts.owed for u in units.context["units"]} == {
        "合涧镇": 2,
        "东山村民委员会": 1,
        "西山村委会": 1,
        "南平村民委员会": 1,
    }


@pytest.mark.parametrize("unit", ["city", "linzhou", "hejian"])
def test_figures_count_what_is_owed_now(world: World, unit: str) -> None:
    def owed() -> int:
        page = browser(world).get(f"/overview/{UNITS[unit]}/2026Q3/")
        return int(
            page.context["board"].total.counts.owed
            + (page.context["board"].own.counts.owed if page.context["board"].own else 0)
        )

    before = owed()
    withdraw(world, "income")
    gone = Entry.objects.filter(state="withdrawn", period=world.periods[3])
    assert owed() == before - gone.within(world.units[unit]).count()


def test_a_unit_that_owes_nothing_any_more_stands_in_no_list(world: World) -> None:
    from tests.tasks.amending import withdraw_unit

    withdraw_unit(world, "nanping")
    page = browser(world, "hejian_reporter").get(f"/report/{UNITS['hejian']}/2026Q3/")
    assert "南平" not in {unit.division.name[:2] for unit in page.context["units"]}


def test_the_quarter_proposed_is_the_first_that_can_still_be_met(world: World) -> None:
    Period.objects.filter(quarter__lte=2).update(locks="2027-01-31")
    page = browser(world).get(address(world, "withdraw", "income"))
    assert fields(page)["from_quarter"] == "3"
    Period.objects.filter(quarter=3).update(due="2026-10-01")
    assert fields(browser(world).get(address(world, "add_unit")))["from_quarter"] == "4"


def test_the_preview_says_how_many_lines_would_be_overdue_at_once(world: World) -> None:
    assert "overdue" not in shown(preview(world, "add_unit", division=UNITS["community"]))
    Period.objects.filter(quarter=3).update(due="2026-10-01")
    text = shown(preview(world, "add_unit", division=UNITS["community"]))
    late = world.ledger.tasks.filter(reporting_level="village", quarters__contains="3").count()
    assert f"{late} of them would be overdue at once." in text


def test_the_preview_of_a_change_shows_both_sides_and_nothing_else(world: World) -> None:
    text = shown(preview(world, "change", "income", target="120"))
    assert "<del>100</del> → <ins>120</ins>" in text
    assert "<dt>key task</dt>" not in text.lower()


def test_why_nothing_would_change_is_said(world: World) -> None:
    typed = {name: str(value) for name, value in NEW_TASK.items()} | {"quarters": "12"}
    page = preview(world, "add_task", **typed)
    assert "the task is due in Q1, Q2, none of them left" in shown(page)
    Entry.objects.filter(task=world.tasks["income"]).update(
        state="accepted",
        waiting_at="",
        first_submitted_at=moment(10, 1),
        submitted_at=moment(10, 1),
    )
    page = preview(world, "withdraw", "income")
    assert "what it concerns is accepted already and stays" in shown(page)
