"""Many exemptions decided at once, beside somebody who saves one of their lines."""

import threading
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client

from tasks.actions import exempting, writing
from tasks.models import Entry, EntryChange
from tests.tasks.meetings import REAL_CONNECTIONS, Meeting, at_once, income
from tests.tasks.pages import english
from tests.tasks.recount import recounted, summarised
from tests.tasks.verbs import author, save
from tests.world import World

pytestmark = REAL_CONNECTIONS


def test_deciding_on_many_and_saving_one_of_them_do_not_wait_in_a_ring(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = income(world), income(world, "xishan")
    chosen = [question(world, unit) for unit in ("dongshan", "xishan")]
    meet_between(monkeypatch, first)
    client = Client()
    client.force_login(world.users["hejian_reviewer"])
    sent = {"do": "grant", "exemption": chosen, "comment": "", "key": "k"}
    granted, saved = at_once(
        lambda: english(client).post("/exemptions/", sent),
        lambda: save(world, "xishan_reporter", second, value=9),
    )
    assert not isinstance(granted, DatabaseError)
    assert not isinstance(saved, DatabaseError)
    assert income(world).nothing == "exempt"
    assert (income(world, "xishan").nothing == "exempt") is not bool(saved.done)
    assert summarised() == recounted()


def question(world: World, unit: str) -> str:
    entry = income(world, unit)
    asked = exempting.ask(entry.pk, entry.version, "整村搬迁", author(world, f"{unit}_reporter"))
    return f"{asked.pk}:{entry.version}"


def meet_between(monkeypatch: pytest.MonkeyPatch, first: Entry) -> None:
    """The first line is exempt and the save has its line, unless a lock keeps them apart."""
    meeting, store, locked = Meeting(2), writing._store, writing._locked

    def storing(entries: list[Entry], history: list[EntryChange]) -> None:
        store(entries, history)
        if [entry.pk for entry in entries] == [first.pk]:
            meeting.attend()

    def locking(ids: list[int], allowed: Any) -> list[Entry]:
        rows = locked(ids, allowed)
        if threading.current_thread().name.endswith("_1"):
            meeting.attend()
        return rows

    monkeypatch.setattr(writing, "_store", storing)
    monkeypatch.setattr(writing, "_locked", locking)
