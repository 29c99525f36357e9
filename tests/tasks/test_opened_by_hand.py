"""Addresses that only take what is sent, opened as pages: they lead to the page they belong to.

After a refusal the address in the browser's line is theirs; whoever then reloads it or changes
the language asks for it.
"""

import pytest
from django.test import Client

from tasks.actions.exempting import ask
from tests.tasks.pages import english
from tests.tasks.verbs import author, submitted
from tests.world import UNITS, World


def opened(world: World, who: str, address: str) -> tuple[int, str]:
    client = english(Client())
    client.force_login(world.users[who])
    answer = client.get(address)
    return answer.status_code, answer.headers.get("Location", "")


@pytest.mark.parametrize(
    ("who", "verb"),
    [
        ("dongshan_reporter", "evidence"),
        ("dongshan_reporter", "exemption"),
        ("hejian_reviewer", "lift"),
    ],
)
def test_of_a_line(world: World, who: str, verb: str) -> None:
    pk = world.entry("dongshan", "income").pk
    assert opened(world, who, f"/entries/{pk}/{verb}/") == (302, f"/entries/{pk}/")
    assert opened(world, "city_viewer", f"/entries/{pk}/{verb}/")[0] == 403


def test_of_a_question(world: World) -> None:
    entry = world.entry("dongshan", "income")
    question = ask(entry.pk, entry.version, "整村搬迁", author(world, "dongshan_reporter"))
    address = f"/exemptions/{question.pk}/withdraw/"
    assert opened(world, "dongshan_reporter", address) == (302, f"/entries/{entry.pk}/")
    assert opened(world, "hejian_reviewer", address)[0] == 403
    question.refresh_from_db()
    assert question.verdict == ""


@pytest.mark.parametrize("verb", ["copy", "close"])
def test_of_a_ledger(world: World, verb: str) -> None:
    ledger = f"/ledgers/{world.ledger.pk}/"
    assert opened(world, "city_manager", f"{ledger}{verb}/") == (302, ledger)
    assert opened(world, "city_viewer", f"{ledger}{verb}/")[0] == 403
    world.ledger.refresh_from_db()
    assert world.ledger.state == "issued"


def test_of_a_review(world: World) -> None:
    submitted(world)
    page = f"/review/{UNITS['hejian']}/2026Q3/"
    there = opened(world, "hejian_reviewer", f"{page}undo/?show=rest")
    assert there == (302, f"{page}?show=rest")
    assert opened(world, "dongshan_reporter", f"{page}undo/")[0] == 403
