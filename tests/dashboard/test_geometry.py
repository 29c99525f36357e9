"""Where the parts of a chart stand."""

import pytest

from dashboard.geometry import across, down, steps, top_of


def test_places_stand_at_even_steps_between_the_edges() -> None:
    assert [across(place, 5, 10, 90) for place in range(5)] == [10, 30, 50, 70, 90]


def test_a_single_place_stands_in_the_middle() -> None:
    assert across(0, 1, 10, 90) == 50


@pytest.mark.parametrize(("percent", "y"), [(0, 120), (50, 70), (100, 20)])
def test_more_stands_higher(percent: float, y: float) -> None:
    assert down(percent, 100, head=20, height=100) == y


def test_what_is_beyond_the_scale_stands_at_its_top() -> None:
    assert down(60, 50, head=20, height=100) == 20


@pytest.mark.parametrize(
    ("percents", "top"), [([], 5), ([0], 5), ([5], 5), ([5.1, 2], 10), ([44.3], 50), ([100], 100)]
)
def test_a_scale_has_room_for_all_and_not_much_more(percents: list[float], top: int) -> None:
    assert top_of(percents) == top


def test_no_step_crosses_a_gap() -> None:
    assert steps([True, True, False, True, True, True]) == [(0, 1), (3, 4), (4, 5)]
    assert steps([True, False, True]) == []
    assert steps([]) == []
