"""Checks and applies one workbook in a process of its own, and prints what that took, as JSON.

`python -m bench.import_once FILE USERNAME DIVISION PERIOD`; the database is DATABASE_URL's.
A fresh process, so that the memory it reports is that of an import and of nothing else.
"""

import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any


def main(path: str, username: str, division: str, period: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "anyang_ledger.settings")
    import django

    django.setup()

    from django.db import connection

    from accounts.models import User
    from bench.measure import cpu
    from spreadsheets import actions
    from spreadsheets.models import Batch
    from spreadsheets.sheet import Target
    from tasks.sheets import EntrySheet

    user = User.objects.select_related("division").get(username=username)
    result: dict[str, Any] = {"before_mb": _peak("self")}

    def check() -> None:
        with Path(path).open("rb") as file:
            actions.check(EntrySheet, file, "year.xlsx", user, Target(division, period))

    def apply() -> None:
        actions.apply(EntrySheet, _last(Batch).pk, user, confirmed=True)

    with _watching_children() as seen:
        result["check"] = cpu(check)
        result["written"] = _last(Batch).writes
        start = time.time()
        with connection.execute_wrapper(_counting(result)):
            result["apply"] = cpu(apply)
        result["applied"] = [start, time.time()]
    # The most that both together ever held: the child is gone before anything is applied.
    result["megabytes"] = _peak("self") + max(seen)
    result["again"] = cpu(check)
    result["unchanged"] = _last(Batch).unchanged
    print(json.dumps(result))


def _last(batches: Any) -> Any:
    return batches.objects.order_by("created_at").last()


def _counting(result: dict[str, Any]) -> Any:
    result["queries"] = 0

    def count(execute: Any, *args: Any) -> Any:
        result["queries"] += 1
        return execute(*args)

    return count


@contextmanager
def _watching_children() -> Iterator[list[float]]:
    """The peaks of the processes that this one starts, looked at every few milliseconds."""
    seen, done = [0.0], threading.Event()

    def watch() -> None:
        while not done.wait(0.01):
            for children in Path("/proc/self/task").glob("*/children"):
                with suppress(OSError):
                    seen.extend(_peak(pid) for pid in children.read_text().split())

    thread = threading.Thread(target=watch)
    thread.start()
    yield seen
    done.set()
    thread.join()


def _peak(pid: str) -> float:
    """The most memory that a process has held, in MB."""
    with suppress(OSError, StopIteration):
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024
    return 0.0


if __name__ == "__main__":
    main(*sys.argv[1:])
