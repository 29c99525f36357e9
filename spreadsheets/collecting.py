"""How often Python looks for garbage while an import is read and written."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

USUAL = gc.get_threshold()
SELDOM = (150_000, *USUAL[1:])


@contextmanager
def seldom() -> Iterator[None]:
    """Look for garbage seldom: tens of thousands of rows are held at once, and looking through
    all of them after every 700 new objects takes a fifth of the time.

    Of two imports at a time in threads, the first to end restores what is usual for both.
    """
    gc.set_threshold(*SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*USUAL)
