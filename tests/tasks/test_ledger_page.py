from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tasks.models import Entry, Ledger
from tests.tasks.amending import add_task, add_unit
from tests.tasks.pages import english, shown, told
from tests.world import World

SignIn = Callable[[str], Client]
# On 2 October the next due date is near; see test_notice.py.
WHY = {"reason": "省委督查要求", "ordered_by": "李部长"}


def browser(world: World, who: str) -> Client:
    client = english(Client())
    client.force_login(world.users[who])
    return client


def test_the_preview_counts_what_issuing_then_makes(draft_world: World) -> None:
    client, pk = browser(draft_world, "city_manager"), draft_world.ledger.pk
    page = client.get(f"/ledgers/{pk}/issue/")
    # 8 villages: 2 tasks in 4 quarters and one in 2; 4 towns and townships: 2 tasks in 4.
    assert page.context["cells"] == 8 * 10 + 4 * 8
    assert not Entry.objects.exists()
    answer = client.post(f"/ledgers/{pk}/issue/", WHY)
    assert answer["Location"] == f"/ledgers/{pk}/"
    assert Entry.objects.count() == 112
    assert told(client, answer) == ["Issued: 112 entries are now owed."]
    draft_world.ledger.refresh_from_db()
    assert draft_world.ledger.issued_by == draft_world.users["city_manager"]


def test_a_second_press_is_refused_politely(draft_world: World) -> None:
    client, pk = browser(draft_world, "city_manager"), draft_world.ledger.pk
    client.post(f"/ledgers/{pk}/issue/", WHY)
    answer = client.post(f"/ledgers/{pk}/issue/", WHY, follow=True)
    assert "This ledger has been issued already." in shown(answer)
    assert Entry.objects.count() == 112


def test_a_ledger_that_asks_nothing_is_not_issued(draft_world: World) -> None:
    empty = Ledger.objects.create(division=draft_world.units["city"], year=2027, title="空台账")
    client = browser(draft_world, "city_manager")
    answer = client.post(f"/ledgers/{empty.pk}/issue/", follow=True)
    assert "asks nothing of anybody" in shown(answer)
    empty.refresh_from_db()
    assert empty.state == "draft"


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("city_manager", 200),
        ("city_viewer", 403),
        ("city_auditor", 403),
        ("linzhou_manager", 404),
        ("linzhou_reviewer", 403),
    ],
)
def test_only_a_manager_of_the_issuing_unit_issues(
    draft_world: World, who: str, status: int
) -> None:
    client, address = browser(draft_world, who), f"/ledgers/{draft_world.ledger.pk}/issue/"
    assert client.get(address).status_code == status
    if status != 200:
        assert client.post(address).status_code == status
        assert not Entry.objects.exists()


def test_a_manager_below_sees_the_issued_ledger_and_no_button(world: World) -> None:
    client, pk = browser(world, "linzhou_manager"), world.ledger.pk
    page = client.get(f"/ledgers/{pk}/")
    assert page.status_code == 200
    assert not page.context["may_issue"]
    assert client.get(f"/ledgers/{pk}/issue/").status_code == 403


def test_a_county_issues_no_ledger_beside_the_citys(draft_world: World) -> None:
    own = Ledger.objects.create(division=draft_world.units["linzhou"], year=2026, title="县台账")
    task = draft_world.tasks["meeting"]
    task.pk, task.ledger = None, own
    task.save()
    client = browser(draft_world, "linzhou_manager")
    assert not client.get(f"/ledgers/{own.pk}/").context["may_issue"]
    assert client.post(f"/ledgers/{own.pk}/issue/").status_code == 403
    assert not Entry.objects.exists()
    assert browser(draft_world, "huaxian_reviewer").get(f"/ledgers/{own.pk}/").status_code == 404


def test_a_draft_shows_its_tasks_and_the_button(draft_world: World) -> None:
    client, pk = browser(draft_world, "city_manager"), draft_world.ledger.pk
    text = shown(client.get(f"/ledgers/{pk}/"))
    assert "村级集体经济增收" in text
    assert f"/ledgers/{pk}/issue/" in text
    assert f"/ledgers/{pk}/" in shown(client.get("/ledgers/"))


def test_drafts_of_others_are_not_listed(draft_world: World) -> None:
    page = browser(draft_world, "linzhou_viewer").get("/ledgers/")
    assert list(page.context["ledgers"]) == []
    assert "No ledger has been issued yet." in shown(page)


@pytest.mark.parametrize("pk", ["0", "999999", "9" * 30])
def test_a_ledger_that_is_not_there_is_not_found(world: World, pk: str) -> None:
    client = browser(world, "city_manager")
    assert client.get(f"/ledgers/{pk}/").status_code == 404
    assert client.post(f"/ledgers/{pk}/issue/").status_code == 404


def test_the_way_to_a_new_ledger_is_shown_to_those_who_may(world: World) -> None:
    assert "/admin/tasks/ledger/add/" in shown(browser(world, "city_manager").get("/ledgers/"))
    assert "/admin/" not in shown(browser(world, "city_viewer").get("/ledgers/"))


def test_the_pages_of_a_ledger_cost_the_same_for_few_amendments_and_many(world: World) -> None:
    client, pk = browser(world, "city_manager"), world.ledger.pk
    addresses = ("/ledgers/", f"/ledgers/{pk}/", f"/ledgers/{pk}/amend/", f"/ledgers/{pk}/issue/")

    def queries() -> list[int]:
        counts = []
        for address in addresses:
            with CaptureQueriesContext(connection) as caught:
                assert client.get(address).status_code == 200
            counts.append(len(caught))
        return counts

    add_task(world)
    few = queries()
    for number in range(10):
        add_task(world, title=f"新增任务{number}")
        Ledger.objects.create(division=world.units["city"], year=2030 + number, title="台账")
    add_unit(world, "community")
    assert queries() == few
    # Session and account, what the menu counts, and the page's own few.
    assert max(few) <= 14
