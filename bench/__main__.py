"""`python -m bench`: how fast the ledger is, each figure beside a baseline of the same run."""

import argparse
import os
import platform
import sys
import time
import traceback
from collections.abc import Callable, Iterator

from bench.databases import on_postgres, own_databases
from bench.measure import Clock, Run, cpu, wall
from bench.table import Line, table

SUBJECTS = (
    *("issuing", "overview", "grid", "saving", "accepting", "matching"),
    *("indicators", "excel", "postings", "members", "quarter", "year"),
)
ROUNDS = 60
CLOCKS: dict[str, Clock] = {"cpu": cpu, "wall": wall}


def main() -> None:
    options = _options()
    start = time.monotonic()
    lines: list[Line] = []
    failed: list[str] = []
    with own_databases():
        database = "PostgreSQL" if on_postgres() else "SQLite"
        # PostgreSQL works in a process of its own, whose CPU time is not ours to read.
        clock = options.clock or ("wall" if on_postgres() else "cpu")
        run = Run(options.rounds, CLOCKS[clock])
        for name in SUBJECTS:
            if options.only in (None, name):
                print(f"measuring: {name} …", file=sys.stderr, flush=True)
                try:
                    lines += _subject(name)(run)
                except Exception as error:
                    # A measurement tells what it found; the other subjects are measured still.
                    traceback.print_exc()
                    failed.append(f"{name}: not measured, {type(error).__name__}: {error}")
    print(table(lines))
    print(*failed, sep="\n", end="\n" if failed else "")
    print(
        f"{database}, Python {platform.python_version()}, {os.cpu_count()} cores, "
        f"{options.rounds} rounds, {clock} clock, {time.monotonic() - start:.0f} s in all"
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", choices=SUBJECTS, help="measure one subject")
    parser.add_argument(
        "--rounds", type=int, default=ROUNDS, help=f"requests of each page (default: {ROUNDS})"
    )
    parser.add_argument(
        "--clock",
        choices=CLOCKS,
        help="CPU seconds (default on SQLite: other work on the machine does not count) or wall",
    )
    return parser.parse_args()


def _subject(name: str) -> Callable[[Run], Iterator[Line]]:
    """Imported late: models can be imported only once Django is set up."""
    from bench.accepting import accepting
    from bench.excel import sheet
    from bench.grid import grid
    from bench.indicators import indicators
    from bench.issuing import issuing
    from bench.large import quarter, year
    from bench.members import members
    from bench.pages import overview
    from bench.pairing import matching
    from bench.posting_pages import posting_pages
    from bench.saving import saving

    subjects = {
        "issuing": issuing,
        "overview": overview,
        "grid": grid,
        "saving": saving,
        "accepting": accepting,
        "indicators": indicators,
        "matching": matching,
        "excel": sheet,
        "postings": posting_pages,
        "members": members,
        "quarter": quarter,
        "year": year,
    }
    return subjects[name]


if __name__ == "__main__":
    main()
