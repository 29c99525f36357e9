"""The page of a checked import: its rows, its choices, and whose it is."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from spreadsheets import preview
from spreadsheets.models import Batch, BatchRow
from tests.spreadsheets.uploads import at, bring, with_wrong_cells
from tests.tasks import verbs
from tests.tasks.forms import (
    ANSWER,
    DONGSHAN,
    INCOME,
    NARRATIVE,
    STUDY,
    XISHAN,
    exported,
    filled,
    put,
)
from tests.tasks.pages import english, shown, told
from tests.world import World

SignIn = Callable[[str], Client]


@pytest.fixture
def wrong(world: World, client: Client) -> Batch:
    return bring(client, with_wrong_cells(exported(world)))


# Looking through the rows


@pytest.fixture
def five_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preview, "PAGE_SIZE", 5)


def numbers(page: Any) -> list[int]:
    return [row.sheet_row for row, _differences in page.context["preview"].rows()]


@pytest.mark.usefixtures("five_a_page")
@pytest.mark.parametrize(
    ("row", "first"),
    [("4", 4), ("D9", 9), ("I 8", 4), ("1", 4), ("99999999999", 9), ("²", 4), ("٩", 9), ("x", 4)],
)
def test_a_row_of_the_file_is_found_on_its_page(
    world: World, client: Client, row: str, first: int
) -> None:
    batch = bring(client, exported(world))
    page = client.get(at(batch), {"show": "unchanged", "row": row})
    assert page.status_code == 200
    assert numbers(page)[0] == first


def test_each_tab_lists_its_rows_and_the_first_is_what_needs_the_user(
    world: World, client: Client
) -> None:
    verbs.save(world, "hejian_reporter", world.entry("xishan", "income"), value=1)
    changes = put(DONGSHAN, INCOME, 6), put(XISHAN, INCOME, 2), put("", STUDY, "办班", NARRATIVE)
    batch = bring(client, filled(exported(world), *changes))
    page = client.get(at(batch))
    tabs = {tab.show: tab.count for tab in page.context["preview"].tabs if tab.count}
    assert tabs == {"new": 2, "changed": 1, "unchanged": 5, "all": 8}
    assert page.context["preview"].show == "new"
    assert [len(numbers(client.get(at(batch), {"show": show}))) for show in tabs] == [2, 1, 5, 8]


def test_what_was_to_be_confirmed_no_longer_waits_once_it_is_applied(
    world: World, client: Client
) -> None:
    doubt = {"cell": "D4", "value": "900", "message": "多于去年"}
    batch = bring(client, filled(exported(world), put(DONGSHAN, INCOME, 6)))
    stored = Batch.objects.filter(pk=batch.pk)
    stored.update(warnings=[doubt])

    def page() -> str:
        return shown(client.get(at(batch), {"show": "warned"}))

    # Nothing of it is wrong, so that no workbook is offered with its errors marked.
    assert "to confirm</a>" in page()
    assert "Download my workbook with these cells marked" in page()
    stored.update(errors=[doubt], state=Batch.State.WRONG)
    assert "Download my workbook with the cells marked" in page()
    now = timezone.now()
    stored.update(errors=[], state=Batch.State.UNDONE, applied_at=now, undone_at=now)
    assert "to confirm</a>" not in page()
    assert "confirmed when applied</a>" in page()
    assert "marked/" not in page()


def test_the_page_asks_no_more_of_the_database_for_more_rows(
    world: World, client: Client, django_assert_max_num_queries: Any
) -> None:
    few = bring(client, filled(exported(world), put(DONGSHAN, INCOME, 6)))
    many = bring(client, filled(exported(world), put(DONGSHAN, INCOME, 7)))
    row = many.rows.filter(outcome="new").values().get() | {"id": None}
    BatchRow.objects.bulk_create(
        BatchRow(**(row | {"sheet_row": number})) for number in range(100, 400)
    )
    for batch in (few, many):
        for query in ("", "?show=all&row=300", "?show=unchanged", "?show=conflicts"):
            with django_assert_max_num_queries(20):
                assert client.get(at(batch) + query).status_code == 200


def test_both_values_stand_side_by_side_and_are_decided_on_the_page(
    world: World, client: Client
) -> None:
    for unit in ("dongshan", "xishan"):
        verbs.save(world, "hejian_reporter", world.entry(unit, "income"), value=3)
    content = filled(exported(world), put(DONGSHAN, INCOME, 5551), put(XISHAN, INCOME, 5552))
    for unit, value in (("dongshan", 7771), ("xishan", 7772)):
        verbs.save(world, "hejian_reporter", world.entry(unit, "income"), value=value)
    batch = bring(client, content)
    page = shown(client.get(at(batch)))
    assert all(value in page for value in ("5551", "7771", "5552", "7772"))
    assert "2 rows were changed here and in your file" in page
    said = told(client, client.post(at(batch, "apply/")))
    assert said == ["First decide which value holds in 2 rows changed by both."]
    row = batch.rows.get(sheet_row=6)
    client.post(at(batch, "decide/"), {f"choice-{row.pk}-{ANSWER}": "mine", "choice-x-y": "now"})
    assert "1 row was changed here" in shown(client.get(at(batch)))
    client.post(at(batch, "decide/"), {"every": "now"})
    client.post(at(batch, "apply/"))
    values = [world.entry(unit, "income").value for unit in ("dongshan", "xishan")]
    assert values == [5551, 7772]


# Only the owner's


def ask(client: Client, batch: Batch, verb: str) -> Any:
    method = client.get if verb == "marked/" else client.post
    return method(at(batch, verb), {"every": "mine", "confirmed": "on"})


VERBS = ["marked/", "apply/", "decide/", "undo/", "discard/", "again/"]


@pytest.mark.parametrize("verb", VERBS)
def test_what_may_be_done_with_an_import_is_its_owners(
    signed_in: SignIn, world: World, wrong: Batch, verb: str
) -> None:
    root = world.users["city_manager"]
    root.is_superuser, root.division = True, None
    root.save()
    for who in ("linqi_reporter", "dongshan_reporter", "city_manager"):
        if (who, verb) != ("city_manager", "marked/"):
            assert ask(signed_in(who), wrong, verb).status_code == 404, who
    answer = ask(Client(), wrong, verb)
    assert (answer.status_code, "sign-in" in answer["Location"]) == (302, True)
    assert Batch.objects.get(pk=wrong.pk).state == "wrong"
    assert Path(wrong.file.path).exists()


def test_an_administrator_sees_every_import_and_touches_none(
    signed_in: SignIn, world: World, wrong: Batch
) -> None:
    root = world.users["city_manager"]
    root.is_superuser, root.division = True, None
    root.save()
    client = english(signed_in("city_manager"))
    assert client.get(at(wrong)).status_code == 200
    assert client.post(at(wrong, "discard/")).status_code == 404
