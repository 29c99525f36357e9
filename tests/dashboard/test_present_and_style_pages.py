from collections.abc import Callable

import pytest
from django.test import Client

from tests.tasks.pages import at, english, shown
from tests.world import World

SignIn = Callable[[str], Client]


def turns(client: Client, unit: str) -> tuple[str, str, int]:
    turn = client.get(at("dashboard:present", unit)).context["turn"]
    return str(turn.before or ""), str(turn.after or ""), turn.number


def test_the_city_is_followed_by_its_counties_in_turn(world: World, signed_in: SignIn) -> None:
    client = signed_in("city_viewer")
    assert turns(client, "city") == ("", "滑县", 1)
    assert turns(client, "huaxian") == ("安阳市", "林州市", 2)
    assert turns(client, "linzhou") == ("滑县", "", 3)


def test_a_county_shows_itself_and_its_townships_and_nothing_above(
    world: World, signed_in: SignIn
) -> None:
    client = signed_in("linzhou_viewer")
    assert turns(client, "linzhou")[0] == ""
    assert turns(client, "linqi")[0] == "合涧镇"
    assert client.get(at("dashboard:present", "huaxian")).status_code == 404


def test_a_township_alone_is_one_slide(world: World, signed_in: SignIn) -> None:
    assert turns(signed_in("hejian_reporter"), "hejian") == ("", "", 1)


def test_the_projector_shows_no_menu_but_the_warning(world: World, signed_in: SignIn) -> None:
    text = shown(english(signed_in("city_viewer")).get(at("dashboard:present", "city")))
    assert 'class="menu"' not in text
    assert "This system is unclassified" in text


@pytest.mark.parametrize(("who", "status"), [("city_manager", 200), ("city_viewer", 403)])
def test_the_design_system_is_for_staff(
    world: World, signed_in: SignIn, who: str, status: int
) -> None:
    assert signed_in(who).get("/styleguide/").status_code == status


def test_the_design_system_names_every_token(world: World, signed_in: SignIn) -> None:
    page = signed_in("city_manager").get("/styleguide/")
    guide = page.context["guide"]
    assert {"paper", "red", "band-a", "gap-3"} <= {name for name, _value in guide.tokens}
    for name, _value in guide.colours:
        assert f'fill="var(--{name})"' in shown(page)
