"""Questions about many rows, in parts that a database takes."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

MOST_ASKED = 2_000


def in_parts(values: Iterable[Any]) -> Iterator[list[Any]]:
    """As many at a time as a query takes."""
    left = iter(values)
    while some := list(islice(left, MOST_ASKED)):
        yield some
