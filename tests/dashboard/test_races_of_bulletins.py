"""Bulletins while others write, on connections of their own."""

import threading
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction

from dashboard.bulletin import freezing
from dashboard.bulletin.frozen import Frozen
from dashboard.bulletin.problems import problems_of
from tasks.models import Bulletin
from tests.dashboard.bulletins import AFTER_DUE, draft, frozen_of
from tests.tasks.meetings import REAL_CONNECTIONS, at_once
from tests.tasks.verbs import submitted
from tests.world import World

pytestmark = REAL_CONNECTIONS


@contextmanager
def _each_query_by_itself() -> Any:
    with transaction.atomic():
        yield


@pytest.mark.parametrize("held", [True, False], ids=["one moment", "control"])
def test_all_figures_are_of_one_moment(
    world: World, monkeypatch: pytest.MonkeyPatch, *, held: bool
) -> None:
    """A line is submitted between the counting of the units and that of the problems."""
    counted, written = threading.Event(), threading.Event()

    def after_the_other(*arguments: Any) -> Any:
        counted.set()
        assert written.wait(10)
        return problems_of(*arguments)

    monkeypatch.setattr(freezing, "problems_of", after_the_other)
    if not held:
        monkeypatch.setattr(freezing, "_one_moment", _each_query_by_itself)

    def write() -> None:
        assert counted.wait(10)
        try:
            submitted(world)
        finally:
            written.set()

    frozen, _nothing = at_once(lambda: frozen_of(world), write)
    assert isinstance(frozen, Frozen)
    late = sum(p.lines for p in frozen.problems if p.kind in ("silent", "overdue"))
    unreported = frozen.total.owed - frozen.total.reported
    assert (late == unreported) is held


def test_of_two_who_issue_a_draft_one_does(world: World) -> None:
    bulletin, by = draft(world), world.users["city_manager"]

    def issue() -> str:
        try:
            Bulletin.objects.get(pk=bulletin.pk).issue(bulletin.version, by, AFTER_DUE, None)
        except ValidationError as error:
            return str(error.code)
        return "done"

    assert sorted(at_once(issue, issue)) == ["done", "issued"]
    assert Bulletin.objects.issued().count() == 1


def test_of_two_with_the_same_number_one_is_issued(world: World) -> None:
    by = world.users["city_manager"]
    drafts = [draft(world), draft(world)]

    def issue(one: Bulletin) -> str:
        try:
            one.issue(one.version, by, AFTER_DUE, None)
        except ValidationError as error:
            return str(error.code)
        return "done"

    done = at_once(lambda: issue(drafts[0]), lambda: issue(drafts[1]))
    assert sorted(done) == ["done", "number"]
