"""Next year's ledger begins as a copy of this year's."""

from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client

from tasks import actions
from tasks.models import Entry, Ledger, Rule, Task
from tests.tasks.amending import add_task, ledger, withdraw
from tests.tasks.pages import english, shown, told
from tests.tasks.verbs import author, code_of, moment
from tests.world import World

LIKE = (
    *("number", "category", "title", "requirement", "reporting_level", "measure", "unit"),
    *("is_cumulative", "target", "quarters", "evidence_wanted", "weight", "final_level"),
)


def copy(world: World, year: int = 2027, who: str = "city_manager") -> Ledger:
    return actions.copy_ledger(ledger(world), year, author(world, who))


def browser(world: World, who: str = "city_manager") -> Client:
    client = english(Client())
    client.force_login(world.users[who])
    return client


def test_a_copy_is_a_draft_with_the_same_tasks(world: World) -> None:
    world.ledger.extra_units.set([world.units["community"]])
    Ledger.objects.filter(pk=world.ledger.pk).update(yellow_days=7, notice_reason="急")
    made = Ledger.objects.get(pk=copy(world).pk)
    assert (made.year, made.state, made.division) == (2027, "draft", world.units["city"])
    assert made.title == "安阳市2027年农村基层党建重点工作任务台账"
    assert made.copied_from == world.ledger
    assert (made.yellow_days, made.notice_reason, made.issued_at) == (7, "", None)
    assert list(made.extra_units.all()) == [world.units["community"]]
    before, after = world.ledger.tasks, made.tasks
    assert list(after.values_list(*LIKE)) == list(before.values_list(*LIKE))
    assert [task.continues for task in after.all()] == list(before.all())
    assert Entry.objects.count() == 112


def test_a_copy_keeps_rules_and_second_opinions_and_moves_the_time_limit(world: World) -> None:
    income = world.tasks["income"]
    Task.objects.filter(pk=income.pk).update(time_limit="2026年12月底", target=Decimal("12.5"))
    Rule.objects.create(task=income, kind="change", bound=50)
    Rule.objects.create(task=income, kind="never_falls", blocks=True)
    income.lead_reviewers.set([world.users["city_viewer"], world.users["linzhou_viewer"]])
    world.users["linzhou_viewer"].is_active = False
    world.users["linzhou_viewer"].save()
    new = copy(world).tasks.get(number=1)
    assert (new.time_limit, new.target) == ("2027年12月底", Decimal("12.50"))
    assert list(new.rules.values_list("kind", "bound", "blocks")) == [
        ("change", Decimal(50), False),
        ("never_falls", None, True),
    ]
    # An account that is not used any more is not named anew.
    assert list(new.lead_reviewers.all()) == [world.users["city_viewer"]]
    assert income.rules.count() == 2


def test_what_was_added_comes_along_and_what_was_withdrawn_stays_behind(world: World) -> None:
    add_task(world)
    withdraw(world, "study")
    titles = set(copy(world).tasks.values_list("title", flat=True))
    assert "防汛备汛" in titles
    assert "党员教育培训" not in titles


def test_a_year_that_has_a_ledger_takes_no_copy(world: World) -> None:
    copy(world)
    with pytest.raises(ValidationError) as error:
        copy(world)
    assert code_of(error.value) == "year"
    assert Ledger.objects.count() == 2


@pytest.mark.parametrize("who", ["city_viewer", "linzhou_manager", "hejian_reviewer"])
def test_only_managers_of_the_issuing_city_copy(world: World, who: str) -> None:
    with pytest.raises(PermissionDenied):
        copy(world, who=who)
    assert browser(world, who).post(f"/ledgers/{world.ledger.pk}/copy/").status_code == 403
    assert Ledger.objects.count() == 1


def test_a_copy_is_edited_and_issued_like_any_draft(world: World) -> None:
    made = copy(world)
    assert made.issue(world.users["city_manager"], moment(1, 5, year=2027)) == 112
    assert Entry.objects.count() == 224


def test_the_button_makes_the_draft_once(world: World) -> None:
    client = browser(world)
    for address in ("/ledgers/", f"/ledgers/{world.ledger.pk}/"):
        assert "Copy for 2027" in shown(client.get(address))
    sent = {"key": "k1"}
    first = client.post(f"/ledgers/{world.ledger.pk}/copy/", sent)
    again = client.post(f"/ledgers/{world.ledger.pk}/copy/", sent)
    made = Ledger.objects.get(year=2027)
    assert first["Location"] == again["Location"] == f"/ledgers/{made.pk}/"
    assert told(client, first)[0] == "A draft for 2027 was made with 5 tasks."
    # Until the draft is issued there is nothing more to copy.
    assert "Copy for" not in shown(client.get("/ledgers/"))


def test_a_second_copy_is_refused_in_words(world: World) -> None:
    copy(world)
    client = browser(world)
    answer = client.post(f"/ledgers/{world.ledger.pk}/copy/")
    assert told(client, answer) == ["There is a ledger for 2027 already."]


def test_others_are_offered_no_copy(world: World) -> None:
    for who in ("city_viewer", "linzhou_manager", "dongshan_reporter"):
        assert "Copy for" not in shown(browser(world, who).get("/ledgers/"))


def preview(world: World, made: Ledger) -> tuple[str, object]:
    page = browser(world).get(f"/ledgers/{made.pk}/issue/")
    return shown(page), page.context["compared"]


def test_the_preview_says_whether_it_is_more_work_than_before(world: World) -> None:
    made = copy(world)
    text, compared = preview(world, made)
    assert "As much work as the year before." in text
    assert "112 cells and 4 hours; this one asks for 112 cells and 4 hours" in text
    Task.objects.filter(ledger=made, number=3).update(quarters="1234")
    text, compared = preview(world, made)
    assert "More work than the year before." in text
    assert compared is not None
    assert vars(compared)["cells"] - vars(compared)["cells_before"] == 16
    made.tasks.filter(number__in=[1, 3]).delete()
    text, compared = preview(world, made)
    assert "Less work than the year before." in text


def test_the_year_before_counts_as_it_was_amended(world: World) -> None:
    withdraw(world, "income")
    _text, compared = preview(world, copy(world))
    assert getattr(compared, "cells_before", 0) == 112 - 16


def test_a_ledger_that_is_no_copy_is_compared_with_nothing(draft_world: World) -> None:
    text, compared = preview(draft_world, draft_world.ledger)
    assert compared is None
    assert "year before" not in text
