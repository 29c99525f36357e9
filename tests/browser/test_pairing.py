"""Matching people with villages in a real browser: its pages, and a round from end to end."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from cadres.actions import pairing, proposing
from cadres.models import PairingMark, PairingRound, Posting
from tests.cadres.pairing_rounds import START, candidate, filled, place, weak
from tests.world import UNITS, World

Visit = Callable[..., Page]


@pytest.fixture
def round_with_all(live_world: World) -> PairingRound:
    """One village filled, one pinned, one empty."""
    weak(live_world, "nanping")
    of = filled(live_world, ("nanping", "beiping", "dongshan_linqi"))
    by = live_world.users["linzhou_manager"]
    pin = PairingMark(
        place=place(of, live_world, "nanping"),
        candidate=candidate(of, "示甲产"),
        verdict="pin",
        reason="熟悉村情",
    )
    pairing.decide(pin, by)
    of.refresh_from_db()
    proposing.put_forward(of, by)
    of.refresh_from_db()
    return of


def paths(of: PairingRound) -> list[str]:
    start = f"/cadres/pairing/{of.pk}/"
    village, who = of.places.all()[0], of.candidates.all()[0]
    parts = ("", "villages/", "candidates/", f"villages/{village.pk}/", f"candidates/{who.pk}/")
    return [f"/cadres/{UNITS['linzhou']}/pairing/", *(f"{start}{part}" for part in parts)]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_of_matching_passes_axe(
    visit: Visit, round_with_all: PairingRound, theme: str
) -> None:
    page, faults = visit("linzhou_manager", color_scheme=theme), []
    for path in paths(round_with_all):
        page.goto(path)
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        found = Axe().run(page).response["violations"]
        faults += [f"{path}: {v['id']} {v['nodes'][0]['html'][:120]}" for v in found]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("width", [390, 1440])
def test_no_page_of_matching_is_wider_than_its_screen(
    visit: Visit, round_with_all: PairingRound, width: int
) -> None:
    page = visit("linzhou_manager", viewport={"width": width, "height": 900})
    for path in paths(round_with_all):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_a_round_is_tried_proposed_and_applied_by_hand(visit: Visit, live_world: World) -> None:
    of = filled(live_world)
    page = visit("linzhou_manager")
    page.goto(f"/cadres/pairing/{of.pk}/")
    page.click("form[action$='/propose/'] button")
    expect(page.locator("tbody").last.locator("tr", has_text="示")).to_have_count(2)
    page.click("details.card > summary")
    page.fill("input[name=least_fit]", "90")
    page.click("button[value=try]")
    expect(page.locator("#trial tbody tr")).to_have_count(2)
    assert not Posting.objects.filter(start=START).exists()
    page.click("form[action$='/apply/'] button")
    expect(page.locator(".messages")).to_be_visible()
    expect(page.locator("form[action$='/apply/']")).to_have_count(0)
    assert Posting.objects.filter(start=START).count() == 2
