"""Where the parts of a chart stand: across in percent of its width, down in pixels.

So a chart is as wide as its page lets it be, while its letters and lines keep their size.
"""

from collections.abc import Iterable, Sequence

TOPS = (5, 10, 20, 30, 50, 100)


def across(place: int, places: int, left: float, right: float) -> float:
    """Where one of several places stands between two edges; a single one in the middle."""
    if places == 1:
        return (left + right) / 2
    return left + (right - left) * place / (places - 1)


def down(percent: float, top: int, head: float, height: float) -> float:
    """How far below the upper edge a share is, on a scale that ends at `top` percent."""
    return head + height * (1 - min(percent, top) / top)


def top_of(percents: Iterable[float]) -> int:
    """Where a scale ends that has room for all of them, and not much more."""
    largest = max(percents, default=0)
    return next((top for top in TOPS if top >= largest), TOPS[-1])


def steps(known: Sequence[bool]) -> list[tuple[int, int]]:
    """Neighbours that a line may join: never across a place of which nothing is known."""
    return [
        (place, place + 1) for place in range(len(known) - 1) if known[place] and known[place + 1]
    ]
