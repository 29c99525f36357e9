import pytest

from tasks.models import Entry, Ledger, ReturnReason, Rule, Task
from tests.admin.pages import browser, errors, fields, page, send, shown
from tests.world import World

TASK = {
    "tasks-TOTAL_FORMS": "1",
    "tasks-0-number": "1",
    "tasks-0-category": "people",
    "tasks-0-title": "党员教育培训",
    "tasks-0-reporting_level": "village",
    "tasks-0-measure": "number",
    "tasks-0-unit": "人",
    "tasks-0-quarters": "24",
    "tasks-0-final_level": "county",
    "tasks-0-weight": "1",
}


def test_a_ledger_is_made_with_its_tasks_and_issued_on_the_page(world: World) -> None:
    client = browser(world, "city_manager")
    more = {"year": "2027", "title": "安阳市2027年台账"}
    answer = send(client, page("tasks_ledger", "add"), **more, **TASK)
    assert answer.status_code == 302, errors(answer)
    ledger = Ledger.objects.get(year=2027)
    assert (ledger.division, ledger.state) == (world.units["city"], "draft")
    assert ledger.tasks.get().quarters == "24"
    assert client.post(f"/ledgers/{ledger.pk}/issue/").status_code == 302
    assert Entry.objects.filter(task__ledger=ledger).count() == 8 * 2


def test_the_city_makes_its_own_ledger_and_none_for_others(world: World) -> None:
    client = browser(world, "city_manager")
    more = {"year": "2027", "title": "台账"}
    for unit in ("hejian", "linzhou"):
        answer = send(client, page("tasks_ledger", "add"), **more, division=world.units[unit].pk)
        assert answer.status_code == 200
        assert errors(answer)
    assert send(client, page("tasks_ledger", "add"), **more).status_code == 302
    assert Ledger.objects.get(year=2027).division == world.units["city"]


def test_a_county_makes_no_ledger_beside_the_citys(world: World) -> None:
    client = browser(world, "linzhou_manager")
    assert client.get(page("tasks_ledger", "add")).status_code == 403


def test_a_second_ledger_of_the_year_is_refused_in_words(world: World) -> None:
    client = browser(world, "city_manager")
    answer = send(client, page("tasks_ledger", "add"), year="2026", title="又一份")
    assert errors(answer) == ["This unit has a ledger for this year already."]


def issued(world: World, **typed: object) -> list[str]:
    """What is said when the issued ledger of the city is changed so; nothing where it is saved."""
    client = browser(world, "city_manager")
    answer = send(client, page("tasks_ledger", "change", world.ledger.pk), **typed)
    return [] if answer.status_code == 302 else errors(answer)


@pytest.mark.parametrize(
    "typed",
    [
        {"tasks-0-reporting_level": "township"},
        {"tasks-0-quarters": "12"},
        {"tasks-0-measure": "text"},
        {"tasks-2-quarters": "1234"},
        {"tasks-0-title": "改名"},
    ],
)
def test_tasks_of_an_issued_ledger_are_not_changed_inside_it(
    world: World, typed: dict[str, str]
) -> None:
    """They are changed by amendments, which say why; whatever is sent here is not looked at."""
    before = list(Task.objects.order_by("pk").values())
    assert issued(world, **typed) == []
    assert list(Task.objects.order_by("pk").values()) == before


def test_the_year_of_an_issued_ledger_stays(world: World) -> None:
    assert issued(world, year="2028", division=world.units["linzhou"].pk) == []
    world.ledger.refresh_from_db()
    assert (world.ledger.year, world.ledger.division) == (2026, world.units["city"])


def test_words_of_an_issued_ledger_may_be_mended(world: World) -> None:
    assert issued(world, title="台账（修订）") == []
    world.ledger.refresh_from_db()
    assert world.ledger.title == "台账（修订）"


def test_an_issued_ledger_takes_no_task_more_or_less(world: World) -> None:
    client = browser(world, "city_manager")
    address = page("tasks_ledger", "change", world.ledger.pk)
    sent = fields(client.get(address)) | {"tasks-0-DELETE": "on"}
    client.post(address, sent)
    assert Task.objects.filter(ledger=world.ledger).count() == 5
    assert client.get(page("tasks_ledger", "delete", world.ledger.pk)).status_code == 403


def test_thresholds_of_an_issued_ledger_are_not_changed_inside_it(world: World) -> None:
    """They have a page of their own, which says why; whatever is sent here is not looked at."""
    client = browser(world, "city_manager")
    text = shown(client.get(page("tasks_ledger", "change", world.ledger.pk)))
    assert f'href="/ledgers/{world.ledger.pk}/lights/"' in text
    assert 'name="red_behind"' not in text
    before = Ledger.objects.get().thresholds
    assert issued(world, red_behind="15", yellow_behind="5") == []
    assert Ledger.objects.get().thresholds == before


def draft(world: World, **typed: object) -> list[str]:
    client = browser(world, "city_manager")
    answer = send(client, page("tasks_ledger", "change", world.ledger.pk), **typed)
    return [] if answer.status_code == 302 else errors(answer)


def test_thresholds_of_a_draft_are_free(draft_world: World) -> None:
    assert draft(draft_world, red_behind="30", yellow_days="7") == []
    assert (Ledger.objects.get().red_behind, Ledger.objects.get().yellow_days) == (30, 7)


def test_thresholds_that_contradict_each_other_are_refused(draft_world: World) -> None:
    assert draft(draft_world, red_behind="5") == ["Red must be further behind than yellow."]


@pytest.mark.parametrize(
    ("name", "number"), [("red_behind", "101"), ("yellow_days", "367"), ("red_share", "0")]
)
def test_thresholds_beyond_their_limits_are_refused(
    draft_world: World, name: str, number: str
) -> None:
    assert len(draft(draft_world, **{name: number})) == 1


def test_a_unit_below_reads_the_ledger_and_is_offered_no_button(world: World) -> None:
    client = browser(world, "linzhou_manager")
    address = page("tasks_ledger", "change", world.ledger.pk)
    answer = client.get(address)
    assert "村级集体经济增收" in shown(answer)
    assert 'name="_save"' not in shown(answer)
    assert client.post(address, {"title": "x"}).status_code == 403


RULE = {
    "rules-TOTAL_FORMS": "1",
    "rules-0-kind": "change",
    "rules-0-bound": "50",
}


def test_tasks_are_made_inside_their_ledger(world: World) -> None:
    client, task = browser(world, "city_manager"), world.tasks["income"]
    assert client.get(page("tasks_task", "add")).status_code == 403
    assert client.get(page("tasks_task", "delete", task.pk)).status_code == 403


def test_a_task_of_a_draft_is_changed_with_its_rules(draft_world: World) -> None:
    client, task = browser(draft_world, "city_manager"), draft_world.tasks["income"]
    address = page("tasks_task", "change", task.pk)
    answer = send(client, address, title="增收", quarters="24", **RULE)
    assert answer.status_code == 302, errors(answer)
    task.refresh_from_db()
    assert (task.title, task.quarters) == ("增收", "24")
    assert str(task.rules.get()) == "Changes by at most n % from the quarter before (50)"


def test_of_an_issued_task_only_rules_and_second_opinions_change(world: World) -> None:
    client, task = browser(world, "city_manager"), world.tasks["income"]
    address = page("tasks_task", "change", task.pk)
    text = shown(client.get(address))
    assert "the task itself is changed by an amendment" in text
    assert 'name="title"' not in text
    viewer = world.users["city_viewer"]
    answer = send(client, address, title="改名", lead_reviewers=viewer.pk, **RULE)
    assert answer.status_code == 302, errors(answer)
    task.refresh_from_db()
    assert task.title == "村级集体经济增收"
    assert list(task.lead_reviewers.all()) == [viewer]
    assert task.rules.get().kind == "change"
    more = {"rules-0-kind": "at_most", "rules-0-bound": "80", "rules-0-blocks": "on"}
    assert send(client, address, **more).status_code == 302
    assert (task.rules.get().kind, task.rules.get().blocks) == ("at_most", True)
    assert send(client, address, **{"rules-0-DELETE": "on"}).status_code == 302
    assert not task.rules.exists()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"rules-0-bound": ""}, "Give the number n of the rule."),
        ({"rules-0-kind": "never_falls"}, "Give the number n of the rule; “never less” takes"),
        ({"rules-0-bound": "-1"}, "Give the number n of the rule; “never less” takes"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_in_words(
    world: World, more: dict[str, str], said: str
) -> None:
    client, task = browser(world, "city_manager"), world.tasks["income"]
    answer = send(client, page("tasks_task", "change", task.pk), **(RULE | more))
    assert answer.status_code == 200
    assert any(said in error for error in errors(answer)), errors(answer)
    assert not task.rules.exists()


def test_a_task_answered_in_words_takes_no_rule(world: World) -> None:
    client, task = browser(world, "city_manager"), world.tasks["deeds"]
    answer = send(client, page("tasks_task", "change", task.pk), **RULE)
    assert errors(answer) == ["Only a task that is answered by a number takes rules."]


@pytest.mark.parametrize("who", ["linzhou_manager", "city_auditor"])
def test_others_read_tasks_and_their_rules(world: World, who: str) -> None:
    Rule.objects.create(task=world.tasks["income"], kind="change", bound=50)
    client = browser(world, who)
    address = page("tasks_task", "change", world.tasks["income"].pk)
    text = shown(client.get(address))
    assert "Changes by at most n % from the quarter before" in text
    assert 'name="_save"' not in text
    assert client.post(address, RULE).status_code == 403


def test_nothing_of_a_closed_ledger_is_changed(world: World) -> None:
    Ledger.objects.filter(pk=world.ledger.pk).update(state="closed")
    client = browser(world, "city_manager")
    for address in (
        page("tasks_ledger", "change", world.ledger.pk),
        page("tasks_task", "change", world.tasks["income"].pk),
    ):
        assert client.get(address).status_code == 200
        assert client.post(address, RULE).status_code == 403


@pytest.mark.parametrize("model", ["tasks_specialday", "tasks_returnreason"])
def test_only_the_city_keeps_what_is_common_to_all(world: World, model: str) -> None:
    typed = {
        "tasks_specialday": {"on": "2026-10-01", "name": "国庆节"},
        "tasks_returnreason": {
            "code": "unclear",
            "name": "表述不清",
            "english": "Unclear",
            "position": "9",
            "is_active": "on",
        },
    }[model]
    address = page(model, "add")
    assert browser(world, "linzhou_manager").get(address).status_code == 403
    assert browser(world, "linzhou_manager").get(page(model)).status_code == 200
    answer = send(browser(world, "city_manager"), address, **typed)
    assert answer.status_code == 302, errors(answer)


def test_a_reason_keeps_its_code_and_is_never_deleted(world: World) -> None:
    client, reason = browser(world, "city_manager"), ReturnReason.objects.all()[0]
    address = page("tasks_returnreason", "change", reason.pk)
    assert send(client, address, code="other_code", is_active=None).status_code == 302
    reason.refresh_from_db()
    assert (reason.code, reason.is_active) != ("other_code", True)
    assert client.get(page("tasks_returnreason", "delete", reason.pk)).status_code == 403


def test_the_calendar_leads_to_its_sheet(world: World) -> None:
    client = browser(world, "city_manager")
    assert 'href="/sheets/special_days/"' in shown(client.get(page("tasks_specialday")))


def test_only_the_city_moves_the_quarters(world: World) -> None:
    address = page("tasks_period", "change", world.periods[3].pk)
    assert browser(world, "linzhou_manager").post(address, {}).status_code == 403
    client = browser(world, "city_manager")
    assert send(client, address, due="2026-10-08").status_code == 302
    answer = send(client, address, due="2026-01-01")
    assert errors(answer) == ["A quarter opens first, is due next and locks last."]


def test_of_an_issued_ledger_the_quarters_are_read_in_words(world: World) -> None:
    Task.objects.filter(pk=world.tasks["income"].pk).update(quarters="24")
    client = browser(world, "city_manager")
    task = world.tasks["income"]
    for address in (
        f"/admin/tasks/task/{task.pk}/change/",
        f"/admin/tasks/ledger/{world.ledger.pk}/change/",
        f"/ledgers/{world.ledger.pk}/",
    ):
        text = client.get(address).content.decode()
        assert "Q2, Q4" in text
        assert "every quarter" in text or "/task/" in address
        assert ">24<" not in text
