import pytest

from tasks.models import Entry, EntrySummary, Ledger, Task
from tests.admin.pages import browser, errors, fields, page, send, shown
from tests.tasks.verbs import submitted
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
    ],
)
def test_what_is_frozen_by_issuing_is_refused_in_words(world: World, typed: dict[str, str]) -> None:
    before = list(Task.objects.order_by("pk").values())
    said = issued(world, **typed)
    assert said == ["The ledger is issued: who owes which task in which quarter no longer changes."]
    assert list(Task.objects.order_by("pk").values()) == before


def test_the_year_of_an_issued_ledger_stays(world: World) -> None:
    assert issued(world, year="2028", division=world.units["linzhou"].pk) == []
    world.ledger.refresh_from_db()
    assert (world.ledger.year, world.ledger.division) == (2026, world.units["city"])


def test_words_of_an_issued_ledger_may_be_mended(world: World) -> None:
    assert issued(world, title="台账（修订）", **{"tasks-0-lead_organisation": "组织部"}) == []
    world.ledger.refresh_from_db()
    assert world.ledger.title == "台账（修订）"


def test_an_issued_ledger_takes_no_task_more_or_less(world: World) -> None:
    client = browser(world, "city_manager")
    address = page("tasks_ledger", "change", world.ledger.pk)
    sent = fields(client.get(address)) | {"tasks-0-DELETE": "on"}
    client.post(address, sent)
    assert Task.objects.filter(ledger=world.ledger).count() == 5
    assert client.get(page("tasks_ledger", "delete", world.ledger.pk)).status_code == 403


def test_new_thresholds_recount_the_lights(world: World) -> None:
    submitted(world)
    row = EntrySummary.objects.filter(task=world.tasks["income"], submitted=1)
    assert (row.get().behind, row.get().far_behind) == (1, 0)
    assert issued(world, red_behind="15", yellow_behind="5") == []
    assert (row.get().behind, row.get().far_behind) == (0, 1)


def test_thresholds_that_contradict_each_other_are_refused(world: World) -> None:
    assert issued(world, red_behind="5") == ["Red must be further behind than yellow."]


def test_a_unit_below_reads_the_ledger_and_is_offered_no_button(world: World) -> None:
    client = browser(world, "linzhou_manager")
    address = page("tasks_ledger", "change", world.ledger.pk)
    answer = client.get(address)
    assert "村级集体经济增收" in shown(answer)
    assert 'name="_save"' not in shown(answer)
    assert client.post(address, {"title": "x"}).status_code == 403


def test_tasks_are_written_inside_their_ledger(world: World) -> None:
    client, task = browser(world, "city_manager"), world.tasks["income"]
    assert client.get(page("tasks_task", "add")).status_code == 403
    assert client.get(page("tasks_task", "change", task.pk)).status_code == 200
    assert client.post(page("tasks_task", "change", task.pk), {}).status_code == 403


def test_only_the_city_moves_the_quarters(world: World) -> None:
    address = page("tasks_period", "change", world.periods[3].pk)
    assert browser(world, "linzhou_manager").post(address, {}).status_code == 403
    client = browser(world, "city_manager")
    assert send(client, address, due="2026-10-08").status_code == 302
    answer = send(client, address, due="2026-01-01")
    assert errors(answer) == ["A quarter opens first, is due next and locks last."]
