"""Cells of one request by several verbs, while others save the same lines; see test_races.py."""

from contextlib import nullcontext
from typing import Any

import pytest
from django.db import DatabaseError, OperationalError

from accounts.once import once
from tasks import cells
from tasks.actions import writing
from tasks.models import Entry
from tests.tasks.meetings import REAL_CONNECTIONS, Meeting, at_once, income
from tests.tasks.recount import recounted, summarised
from tests.tasks.verbs import author, save
from tests.world import World

pytestmark = REAL_CONNECTIONS


def crossing(world: World, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """A township saves 东山 and hands in 西山 in one request, while 西山 saves its own line.

    Both lines count into one summary. The village holds its line before it asks for the summary;
    the township has counted 东山 before it hands in 西山.
    """
    save(world, "xishan_reporter", income(world, "xishan"), value=5)
    first, second = income(world), income(world, "xishan")
    meeting, locked, store = Meeting(2), writing._locked, writing._store

    def locking(ids: list[int], allowed: Any) -> list[Entry]:
        rows = locked(ids, allowed)
        if ids == [second.pk]:
            meeting.attend()
        return rows

    def storing(entries: list[Entry], history: Any) -> None:
        store(entries, history)
        if first in entries:
            meeting.attend()

    monkeypatch.setattr(writing, "_locked", locking)
    monkeypatch.setattr(writing, "_store", storing)
    by = author(world, "hejian_reporter")
    items = [
        cells.Item(first.pk, first.version, "save", {"value": "7"}),
        cells.Item(second.pk, second.version, "submit", {}),
    ]

    def ask() -> Any:
        return once(by.user, "k", b"", lambda: {"cells": cells.carry_out(items, by)})

    return at_once(ask, lambda: save(world, "xishan_reporter", second, value=9))


def test_a_request_of_several_verbs_and_a_save_wait_for_each_other_in_one_order(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    township, village = crossing(world, monkeypatch)
    assert not isinstance(township, DatabaseError)
    assert not isinstance(village, DatabaseError)
    saved, handed_in = (answer["outcome"] for answer in township["cells"])
    assert saved == "done"
    assert (handed_in == "done") != bool(village.done), "of the two one saw the other's version"
    assert summarised() == recounted()


def test_control_without_taking_all_lines_first_they_wait_in_a_ring(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cells, "together", lambda ids, allowed: nullcontext())
    results = crossing(world, monkeypatch)
    assert [type(one) for one in results].count(OperationalError) == 1
