"""What a list says on paper, where no form shows by what it was narrowed."""

from collections.abc import Callable

import pytest
from django.test import Client

from cadres.person_filters import PersonFilter
from cadres.templatetags.choices import chosen
from tests.cadres import teams
from tests.tasks.pages import english, shown
from tests.world import UNITS, World

SignIn = Callable[[str], Client]
CITY = UNITS["city"]


@pytest.mark.parametrize(
    ("list_", "query", "said"),
    [
        ("postings", {"on": "2025-06-30", "kind": "first_secretary"}, "As of June 30, 2025"),
        ("postings", {"kind": "first_secretary"}, "Kind: First secretary"),
        ("people", {"sex": "2", "q": "示"}, "Full name: 示 · Sex: "),
        ("teams", {"state": "finished", "unit": "东山"}, "Unit: 东山 · Election: "),
    ],
)
def test_a_printed_list_says_of_which_day_and_choices_it_is(
    world: World, signed_in: SignIn, list_: str, query: dict[str, str], said: str
) -> None:
    teams.usual(world, "dongshan")
    text = shown(english(signed_in("city_manager")).get(f"/cadres/{CITY}/{list_}/", query))
    (line,) = [line for line in text.splitlines() if 'class="print-only"' in line]
    assert "As of" in line
    assert said in line


def test_what_is_no_choice_is_not_printed_as_one(signed_in: SignIn) -> None:
    page = signed_in("city_manager").get(f"/cadres/{CITY}/people/", {"sex": "x", "age": ""})
    filtered = page.context["filter"]
    assert isinstance(filtered, PersonFilter)
    assert chosen(filtered.form) == []
