from decimal import Decimal

import pytest

from accounts.models import User
from tasks.models import EntryChange, Ledger, Task
from tests.admin.pages import browser, errors, fields, page, send, shown
from tests.tasks.verbs import save, submitted
from tests.world import World


@pytest.fixture
def staffed(world: World) -> World:
    """The township's reporter with a key to the admin."""
    User.objects.filter(username="hejian_reporter").update(is_staff=True)
    world.users["hejian_reporter"].refresh_from_db()
    return world


def address(world: World, quarter: int = 3) -> str:
    return page("tasks_entry", "change", world.entry("dongshan", "income", quarter).pk)


def test_a_change_goes_the_one_way_with_its_history(staffed: World) -> None:
    client = browser(staffed, "hejian_reporter")
    assert send(client, address(staffed), value="12.5", narrative="进展").status_code == 302
    entry = staffed.entry("dongshan", "income")
    assert (entry.value, entry.state, entry.version) == (Decimal("12.5"), "draft", 2)
    change = entry.changes.get()
    assert (change.origin, change.by) == ("admin", staffed.users["hejian_reporter"])


def test_a_conflict_is_told_in_the_form_with_both_values(staffed: World) -> None:
    client = browser(staffed, "hejian_reporter")
    sent = fields(client.get(address(staffed))) | {"value": "77", "_save": "Save"}
    save(staffed, "dongshan_reporter", staffed.entry("dongshan", "income"), value=31)
    answer = client.post(address(staffed), sent)
    assert answer.status_code == 200
    assert "Somebody changed this line meanwhile" in errors(answer)[0]
    assert "31" in errors(answer)[1]
    assert fields(answer)["value"] == "77"
    assert EntryChange.objects.count() == 1
    assert client.post(address(staffed), fields(answer) | {"_save": "Save"}).status_code == 302
    assert staffed.entry("dongshan", "income").value == 77


@pytest.mark.parametrize("value", ["-1", "x", "1.234", "99999999999"])
def test_a_wrong_value_is_told_in_the_form(staffed: World, value: str) -> None:
    answer = send(browser(staffed, "hejian_reporter"), address(staffed), value=value)
    assert answer.status_code == 200
    assert errors(answer)
    assert not EntryChange.objects.exists()


def test_a_locked_quarter_is_told_in_the_form(staffed: World) -> None:
    answer = send(browser(staffed, "hejian_reporter"), address(staffed, 1), value="5")
    assert "was locked after" in errors(answer)[0]


def test_a_submitted_line_is_for_reading(staffed: World) -> None:
    submitted(staffed)
    client = browser(staffed, "hejian_reporter")
    answer = client.get(address(staffed))
    assert 'name="_save"' not in shown(answer)
    assert client.post(address(staffed), {"value": "1", "seen_version": "3"}).status_code == 403


@pytest.mark.parametrize("who", ["linzhou_manager", "city_manager"])
def test_levels_above_do_not_write_the_figures_of_others(staffed: World, who: str) -> None:
    client = browser(staffed, who)
    assert client.get(address(staffed)).status_code == 200
    answer = client.post(address(staffed), {"value": "1", "seen_version": "1"})
    assert answer.status_code == 403


def test_the_filter_offers_tasks_of_ledgers_in_sight(staffed: World) -> None:
    draft = Ledger.objects.create(division=staffed.units["huaxian"], year=2027, title="x")
    Task.objects.create(
        ledger=draft, number=1, category="people", title="滑县的秘密", reporting_level="village"
    )
    text = shown(browser(staffed, "linzhou_manager").get(page("tasks_entry")))
    assert "村级集体经济增收" in text
    assert "滑县的秘密" not in text
