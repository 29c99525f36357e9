"""How many files one machine reads at the same time, over all its server processes."""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from django.conf import settings

PAUSE = 0.1


@contextmanager
def slot(*, wait: bool) -> Iterator[bool]:
    """Hold one of the machine's places for reading files; yields whether there was one.

    A lock on a file, so that the place of a process that dies is free at once.
    """
    held = _free_slot()
    while wait and held is None:
        time.sleep(PAUSE)
        held = _free_slot()
    try:
        yield held is not None
    finally:
        if held is not None:
            held.close()


@contextmanager
def only_one(name: str) -> Iterator[bool]:
    """Be the only one of the machine that does something; yields whether one is."""
    held = _locked(name)
    try:
        yield held is not None
    finally:
        if held is not None:
            held.close()


def _free_slot() -> IO[bytes] | None:
    for number in range(settings.SPREADSHEETS_READ_AT_ONCE):
        if (held := _locked(str(number))) is not None:
            return held
    return None


def _locked(name: str) -> IO[bytes] | None:
    folder = Path(settings.VAR_DIR) / "slots"
    folder.mkdir(parents=True, exist_ok=True)
    file = (folder / name).open("wb")
    with suppress(BlockingIOError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return file
    file.close()
    return None
