"""What is accepted, locked, withdrawn or of a closed year does not change on any path."""

from collections.abc import Callable
from contextlib import suppress
from tempfile import NamedTemporaryFile
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from spreadsheets.errors import Refused, Stale
from tasks import actions
from tasks.actions import deadlines, exempting
from tasks.models import Entry, Ledger
from tests.tasks import evidence_files, forms
from tests.tasks.amending import withdraw
from tests.tasks.cells import item, post
from tests.tasks.pages import at
from tests.tasks.verbs import accepted, author, everything, save, seen
from tests.world import World

ME = "dongshan_reporter"
SignIn = Callable[[str], Client]


def is_accepted(world: World) -> None:
    accepted(world)


def is_locked(world: World) -> None:
    save(world, ME, world.entry("dongshan", "income"), value=60)
    deadlines.lock(world.periods[3], "季度结束", author(world, "city_manager"))


def is_withdrawn(world: World) -> None:
    save(world, ME, world.entry("dongshan", "income"), value=60)
    withdraw(world, "income", quarter=3)


def is_of_a_closed_year(world: World) -> None:
    save(world, ME, world.entry("dongshan", "income"), value=60)
    now = timezone.now()
    Ledger.objects.update(state=Ledger.State.CLOSED, closed_at=now, closed_by=None)


STATES = [is_accepted, is_locked, is_withdrawn, is_of_a_closed_year]


def by_the_verbs(world: World, entry: Entry, sign_in: SignIn) -> None:
    for who in (ME, "hejian_reporter", "linzhou_reviewer"):
        save(world, who, entry, value=1)
        actions.confirm(seen(entry), author(world, who))
        actions.take_back(seen(entry), author(world, who))
        if who == "linzhou_reviewer":
            actions.return_(seen(entry), author(world, who), "再看")
            actions.accept(seen(entry), author(world, who))


def by_the_page(world: World, entry: Entry, sign_in: SignIn) -> None:
    page = at("tasks:report", "dongshan")
    typed = {f"e{entry.pk}-version": str(entry.version), f"e{entry.pk}-value": "1"}
    for do in ("save", "submit", "submit_all"):
        sign_in(ME).post(page, typed | {"do": do})


def by_the_grid(world: World, entry: Entry, sign_in: SignIn) -> None:
    for do in ("save", "confirm", "submit", "take_back"):
        post(sign_in("hejian_reporter"), item(entry, do=do, value="1"))


def by_the_review_page(world: World, entry: Entry, sign_in: SignIn) -> None:
    chosen = {"entry": f"{entry.pk}:{entry.version}", "comment": "再看"}
    for do in ("accept", "return"):
        sign_in("linzhou_reviewer").post(at("tasks:review", "linzhou"), chosen | {"do": do})


def by_the_administration(world: World, entry: Entry, sign_in: SignIn) -> None:
    page = reverse("admin:tasks_entry_change", args=[entry.pk])
    client = sign_in("linzhou_manager")
    client.post(page, {"value": "1", "seen_version": str(entry.version)})


def by_a_workbook(world: World, entry: Entry, sign_in: SignIn) -> None:
    with suppress(Refused, Stale):
        forms.apply(world, forms.check(world, changed_workbook()))


def by_the_command(world: World, entry: Entry, sign_in: SignIn) -> None:
    with NamedTemporaryFile(suffix=".xlsx") as file, suppress(CommandError, SystemExit):
        file.write(changed_workbook())
        file.flush()
        call_command("sheet", "apply", "entries", file.name, "--as", "hejian_reporter")


def changed_workbook() -> bytes:
    return forms.filled(HANDED_OUT[-1], forms.put(forms.DONGSHAN, forms.INCOME, 1))


def by_files_and_exemptions(world: World, entry: Entry, sign_in: SignIn) -> None:
    by = author(world, ME)
    deeds: list[Callable[[], Any]] = [
        lambda: actions.attach(entry.pk, entry.version, evidence_files.upload(PDF, "a.pdf"), by),
        lambda: exempting.ask(entry.pk, entry.version, "整村搬迁", by),
        lambda: exempting.lift(entry.pk, entry.version, "再报", author(world, "hejian_reviewer")),
    ]
    for deed in deeds:
        with suppress(ValidationError):
            deed()


PDF = evidence_files.pdf()
# The workbook was downloaded while the line was open.
HANDED_OUT: list[bytes] = []
PATHS = [
    *(by_the_verbs, by_the_page, by_the_grid, by_the_review_page),
    *(by_the_administration, by_a_workbook, by_the_command, by_files_and_exemptions),
]


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.__name__)
def test_nothing_changes(
    world: World,
    signed_in: SignIn,
    path: Callable[[World, Entry, SignIn], None],
    state: Callable[[World], None],
) -> None:
    HANDED_OUT[:] = [forms.exported(world)]
    state(world)
    entry, before = world.entry("dongshan", "income"), everything()
    path(world, entry, signed_in)
    assert everything() == before


@pytest.mark.parametrize("path", [by_the_page, by_the_grid, by_a_workbook, by_the_command])
def test_the_same_ways_do_change_a_draft(
    world: World, signed_in: SignIn, path: Callable[[World, Entry, SignIn], None]
) -> None:
    save(world, ME, world.entry("dongshan", "income"), value=60)
    HANDED_OUT[:] = [forms.exported(world)]
    entry, before = world.entry("dongshan", "income"), everything()
    path(world, entry, signed_in)
    assert everything() != before
