"""An applied import is taken back as a whole, or not at all."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.roles import Role
from spreadsheets import actions
from spreadsheets.errors import Refused, Stale
from spreadsheets.models import Batch
from spreadsheets.sheet import Sheet
from tasks.models import Entry, EntryChange, Period
from tasks.sheets import EntrySheet
from tests.tasks import recount, verbs
from tests.tasks.forms import (
    DONGSHAN,
    INCOME,
    MEETING,
    NARRATIVE,
    XISHAN,
    apply,
    check,
    exported,
    filled,
    put,
    undo,
)
from tests.tasks.pages import english, shown, told
from tests.world import World
from villages.sheets import DivisionSheet

ENTRIES = "/sheets/entries/"
SignIn = Callable[[str], Client]


def standing() -> list[tuple[Any, ...]]:
    """Everything that a person sees of every line."""
    names = ("pk", *Entry.CONTENT, "state", "waiting_at")
    return list(Entry.objects.order_by("pk").values_list(*names))


@pytest.fixture
def content(world: World) -> bytes:
    """A file that fills a blank line, changes a draft, clears one, and corrects a returned one."""
    verbs.save(world, "hejian_reporter", world.entry("dongshan", "meeting"), value=1)
    verbs.save(world, "hejian_reporter", world.entry("xishan", "meeting"), value=0, problems="难")
    returned = verbs.submitted(world, "xishan", who="xishan_reporter")
    assert verbs.return_(world, "hejian_reviewer", returned).done
    return filled(
        exported(world),
        put(DONGSHAN, INCOME, 12.5),
        put(DONGSHAN, MEETING, "否"),
        put(XISHAN, MEETING, None),
        put(XISHAN, INCOME, 70),
        put(XISHAN, INCOME, "已改", NARRATIVE),
    )


@pytest.fixture
def applied(world: World, content: bytes) -> Batch:
    return apply(world, check(world, content))


def test_undoing_restores_values_states_and_summaries_and_says_so_in_the_history(
    world: World, content: bytes
) -> None:
    before, counted = standing(), recount.summarised()
    batch = apply(world, check(world, content))
    assert {entry[0] for entry in set(standing()) - set(before)} == {
        world.entry(unit, task).pk
        for unit in ("dongshan", "xishan")
        for task in ("income", "meeting")
    }
    undone = undo(world, batch)
    assert standing() == before
    assert recount.summarised() == recount.recounted() == counted
    assert (undone.state, undone.undone_at is not None) == (Batch.State.UNDONE, True)
    income = world.entry("dongshan", "income")
    verbs_of = list(income.changes.order_by("version").values_list("verb", "version", "batch"))
    assert verbs_of == [("save", 2, batch.pk), ("undo", 3, batch.pk)]
    last = income.changes.get(verb="undo")
    assert last.before == {"value": "12.50", "state": "draft"}
    assert last.after == {"value": None, "state": "blank"}
    assert (last.by, last.origin) == (world.users["hejian_reporter"], "sheet")


def test_a_second_undo_has_no_effect(world: World, applied: Batch) -> None:
    first = undo(world, applied)
    history = EntryChange.objects.count()
    assert undo(world, applied).undone_at == first.undone_at
    assert EntryChange.objects.count() == history


def test_a_line_saved_later_stops_all_and_is_named(world: World, applied: Batch) -> None:
    verbs.save(world, "dongshan_reporter", world.entry("dongshan", "income"), value=13)
    before = standing()
    with pytest.raises(Stale) as stale:
        undo(world, applied)
    (reason,) = stale.value.reasons
    assert "Row 6, 东山村 · 村级集体经济增收" in reason
    assert "13" in reason
    assert standing() == before
    assert Batch.objects.get().state == Batch.State.APPLIED


def test_a_line_submitted_later_stops_all_and_is_named(world: World, applied: Batch) -> None:
    assert verbs.submit(world, "xishan_reporter", world.entry("xishan", "income")).done
    before = standing()
    with pytest.raises(Stale, match="Row 8, 西山村 · 村级集体经济增收"):
        undo(world, applied)
    assert standing() == before


def test_a_line_saved_later_to_the_very_same_still_stops_all(world: World, applied: Batch) -> None:
    for value in (13, "12.50"):
        verbs.save(world, "dongshan_reporter", world.entry("dongshan", "income"), value=value)
    with pytest.raises(Stale, match="changed this line meanwhile"):
        undo(world, applied)


def test_nothing_is_undone_once_the_quarter_is_locked_or_the_ledger_closed(
    world: World, applied: Batch
) -> None:
    before = standing()
    third = Period.objects.filter(pk=world.periods[3].pk)
    days = third.values("opens", "due", "locks").get()
    third.update(**dict.fromkeys(days, datetime.date(2026, 10, 1)))
    with pytest.raises(Stale, match="locked"):
        undo(world, applied)
    third.update(**days)
    world.ledger.state = "closed"
    world.ledger.save()
    with pytest.raises(Stale, match="closed"):
        undo(world, applied)
    assert standing() == before


def test_who_may_no_longer_report_undoes_nothing(world: World, applied: Batch) -> None:
    user = world.users["hejian_reporter"]
    user.division = world.units["linqi"]
    with pytest.raises(Stale, match="may no longer report"):
        undo(world, applied)
    user.role = Role.VIEWER
    with pytest.raises(PermissionDenied):
        undo(world, applied)
    assert not EntryChange.objects.filter(verb="undo").exists()


@pytest.mark.parametrize("state", ["checked", "discarded"])
def test_only_what_was_applied_is_undone(world: World, content: bytes, state: str) -> None:
    batch = check(world, content)
    if state == "discarded":
        actions.discard(batch.pk, world.users["hejian_reporter"])
    with pytest.raises(Refused, match="Only an import that was applied"):
        undo(world, batch)


def test_an_undone_import_is_neither_applied_nor_discarded(world: World, applied: Batch) -> None:
    undo(world, applied)
    with pytest.raises(Refused, match="cannot be applied"):
        apply(world, applied)
    with pytest.raises(Refused, match="not applied can be discarded"):
        actions.discard(applied.pk, world.users["hejian_reporter"])


# On the pages


def brought(client: Client, content: bytes) -> str:
    answer = client.post(ENTRIES, {"file": SimpleUploadedFile("表.xlsx", content)})
    assert answer.status_code == 302
    return str(answer["Location"])


def test_the_same_file_may_come_again_and_the_page_says_what_became_of_it(
    world: World, client: Client, content: bytes
) -> None:
    says = "This very file was applied before"
    first, second = brought(client, content), brought(client, content)
    assert says not in shown(client.get(second))
    client.post(f"{first}apply/")
    assert says in shown(client.get(second))
    assert first in shown(client.get(second))
    page = client.post(f"{first}undo/", follow=True)
    assert "Undone: everything stands as it did" in shown(page)
    third = brought(client, content)
    assert says not in shown(client.get(third))
    client.post(f"{third}apply/")
    assert world.entry("dongshan", "income").value == 12.5


def test_why_nothing_was_undone_is_told(world: World, client: Client, applied: Batch) -> None:
    verbs.save(world, "dongshan_reporter", world.entry("dongshan", "income"), value=13)
    said = told(client, client.post(f"/imports/{applied.pk}/undo/"))
    assert said[0] == "Nothing was undone. This stands in the way:"
    assert "Row 6" in said[1]


@pytest.mark.parametrize("who", ["dongshan_reporter", "linqi_reporter", "city_manager"])
def test_nobody_undoes_the_import_of_another(
    signed_in: SignIn, applied: Batch, world: World, who: str
) -> None:
    assert signed_in(who).post(f"/imports/{applied.pk}/undo/").status_code == 404
    with pytest.raises(Batch.DoesNotExist):
        actions.undo(EntrySheet, applied.pk, world.users[who])
    assert not EntryChange.objects.filter(verb="undo").exists()


def test_a_sheet_that_knows_no_way_back_offers_none(
    world: World, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DivisionSheet, "undo", Sheet.undo)
    batch = Batch.objects.create(
        sheet="divisions",
        owner=world.users["city_manager"],
        state=Batch.State.APPLIED,
        applied_at=world.ledger.issued_at,
    )
    client = english(signed_in("city_manager"))
    address = f"/imports/{batch.pk}/"
    assert "Undo this import" not in shown(client.get(address))
    assert told(client, client.post(f"{address}undo/")) == [
        "Only an import that was applied can be undone."
    ]
