"""Organisations in the administration: what somebody else stored while a form was on its way."""

from collections.abc import Callable
from typing import Any

import pytest

from cadres.actions import organizations
from cadres.models import Organization
from tests.admin.pages import browser, page, send, shown
from tests.world import World

REAL = organizations.keep


@pytest.fixture
def water(world: World) -> Organization:
    return Organization.objects.create(
        name="测试市水务局", level="city", division=world.units["city"]
    )


def moved(world: World, water: Organization) -> None:
    """To a county, as one of the county's."""
    rows = Organization.objects.filter(pk=water.pk)
    rows.update(level="county", division=world.units["linzhou"])


def another(world: World, water: Organization) -> None:
    Organization.objects.create(name="测试市水利局", level="city", division=water.division)


@pytest.mark.parametrize(
    ("quicker", "typed", "told"),
    [
        (moved, {"level": "province"}, "does not fit"),
        (another, {"name": "测试市水利局"}, "with this name already"),
    ],
)
def test_what_somebody_else_stored_meanwhile_is_told_where_both_do_not_fit(
    world: World, water: Organization, monkeypatch: pytest.MonkeyPatch,
    quicker: Callable[[World, Organization], None], typed: dict[str, str], told: str,
) -> None:  # fmt: skip
    """The form has agreed already when the other change comes in."""

    def keep(*given: Any) -> None:
        quicker(world, water)
        REAL(*given)

    client, address = (
        browser(world, "city_manager"),
        page("cadres_organization", "change", water.pk),
    )
    monkeypatch.setattr(organizations, "keep", keep)
    assert send(client, address, **typed).status_code == 302
    assert told in shown(client.get(address))
    stored = Organization.objects.get(pk=water.pk)
    assert stored.name != typed.get("name")
    assert stored.level != typed.get("level")
