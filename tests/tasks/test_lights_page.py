"""Thresholds on the page: what they would do is told first, and done with a reason."""

from typing import Any

import pytest
from django.test import Client

from tasks.models import Ledger, LightRule
from tests.tasks.pages import english, fields, shown, told
from tests.tasks.test_thresholds import change, stored
from tests.tasks.verbs import submitted
from tests.world import NOW, World

WHY = "年中调整"


def browser(world: World, who: str = "city_manager") -> Client:
    client = english(Client())
    client.force_login(world.users[who])
    return client


def address(world: World) -> str:
    return f"/ledgers/{world.ledger.pk}/lights/"


def preview(world: World, **typed: str) -> Any:
    client, where = browser(world), address(world)
    return client.post(where, fields(client.get(where)) | typed | {"do": "preview"})


def apply(world: World, page: Any, reason: str = WHY) -> Any:
    sent = fields(page) | {"do": "apply", "reason": reason}
    return browser(world).post(address(world), sent)


def test_thresholds_are_tried_out_and_then_applied_with_a_reason(world: World) -> None:
    submitted(world)  # 60 of 100 where 75 are expected: behind by 15
    before = stored()
    page = preview(world, red_behind="15")
    assert page.status_code == 200
    assert "1 of 24 lines would show another light" in shown(page)
    assert stored() == before
    answer = apply(world, page)
    assert answer.status_code == 302
    text = shown(browser(world).get(address(world)))
    assert "<del>20</del> → <ins>15</ins>" in text
    assert WHY in text
    assert "city manager" in text
    assert "As the ledger was issued." in text
    assert Ledger.objects.get().red_behind == 15


def test_pressing_twice_makes_one_version(world: World) -> None:
    sent = fields(preview(world, red_behind="15")) | {"do": "apply", "reason": WHY}
    answers = [browser(world).post(address(world), sent) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert LightRule.objects.count() == 2


def test_without_a_reason_nothing_is_applied_and_what_was_typed_stays(world: World) -> None:
    page = apply(world, preview(world, red_behind="15"), reason=" ")
    assert page.status_code == 422
    assert "Say why the thresholds are changed." in shown(page)
    assert fields(page)["red_behind"] == "15"
    assert LightRule.objects.count() == 1


def test_where_somebody_was_quicker_the_new_preview_is_shown(world: World) -> None:
    submitted(world)
    page = preview(world, red_behind="15", yellow_days="9")
    assert "1 of 24 lines" in shown(page)
    change(world, red_behind=15)
    second = apply(world, page)
    assert second.status_code == 422
    assert "Somebody changed the thresholds meanwhile" in shown(second)
    # By what stands now the line is red already.
    assert "0 of 24 lines would show another light" in shown(second)
    assert apply(world, second).status_code == 302
    assert Ledger.objects.get().light_version == 3


def test_where_somebody_applied_the_same_there_is_nothing_left_to_apply(world: World) -> None:
    page = preview(world, red_behind="15")
    change(world, red_behind=15)
    second = apply(world, page)
    assert second.status_code == 422
    assert "Somebody changed the thresholds meanwhile" in shown(second)
    assert 'value="apply"' not in shown(second)


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({}, "These are the thresholds that stand now."),
        ({"red_behind": "10"}, "Red must be further behind than yellow."),
        ({"red_behind": "101"}, "less than or equal to 100"),
        ({"red_behind": ""}, "This field is required."),
        ({"red_behind": "viel"}, "Enter a whole number."),
        ({"yellow_days": "9" * 30}, "less than or equal to"),
        ({"red_share": "-1"}, "greater than or equal to"),
    ],
)
def test_what_cannot_stand_is_told_and_nothing_foretold(
    world: World, typed: dict[str, str], says: str
) -> None:
    page = preview(world, **typed)
    assert page.status_code == 422
    assert says in shown(page)
    assert 'value="apply"' not in shown(page)


@pytest.mark.parametrize("version", ["", "x", "²", "9" * 40, "-1"])
def test_a_version_that_is_none_was_not_previewed(world: World, version: str) -> None:
    sent = fields(preview(world, red_behind="15")) | {"do": "apply", "reason": WHY}
    answer = browser(world).post(address(world), sent | {"version": version})
    assert answer.status_code == 422
    assert LightRule.objects.count() == 1


def test_of_a_draft_there_is_no_page(draft_world: World) -> None:
    client = browser(draft_world)
    answer = client.get(address(draft_world))
    assert told(client, answer) == ["The thresholds of a draft are changed in its form."]


def test_of_a_closed_year_the_versions_are_read_and_nothing_changes(world: World) -> None:
    page = preview(world, red_behind="15")
    Ledger.objects.update(state="closed", closed_at=NOW)
    text = shown(browser(world).get(address(world)))
    assert "Versions of the rule" in text
    assert 'value="preview"' not in text
    assert apply(world, page).status_code == 422
    assert LightRule.objects.count() == 1


def test_the_ledger_leads_its_keepers_to_the_page(world: World) -> None:
    ledger = f"/ledgers/{world.ledger.pk}/"
    assert address(world) in shown(browser(world).get(ledger))
    for who in ("city_viewer", "linzhou_manager"):
        assert address(world) not in shown(browser(world, who).get(ledger))


@pytest.mark.parametrize("who", ["city_viewer", "city_auditor", "linzhou_manager"])
def test_nobody_else_opens_or_sends_it(world: World, who: str) -> None:
    client = browser(world, who)
    assert client.get(address(world)).status_code == 403
    assert client.post(address(world), {"do": "apply"}).status_code == 403
