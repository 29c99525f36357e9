"""The best choice of pairs, by HiGHS: a program of its own, in a process under limits.

Choosing pairs so that no village, no person and no organisation is used more often than it may
is a flow: the linear program has its best point in whole numbers, so that the answer is exact.
"""

import logging
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

logger = logging.getLogger(__name__)

CHILD = Path(__file__).with_name("solver_child.py")
SECONDS = 60
MEMORY = 2**30
TOLERANCE = 1e-6

Pair = tuple[int, int]


class Unsolved(Exception):
    """The solver gave no answer; nothing is wrong with the question."""


@dataclass(frozen=True)
class Choice:
    """Which pairs may be chosen, what each is worth, and the limits: of the pairs that one lists,
    at most so many are chosen.
    """

    worth: Mapping[Pair, int]
    limits: list[tuple[list[Pair], int]]


def choose(choice: Choice) -> list[Pair]:
    """The pairs worth most together; raises Unsolved."""
    pairs = list(choice.worth)
    if not pairs:
        return []
    with tempfile.TemporaryDirectory(prefix="pairing-") as folder:
        model, answer = Path(folder, "model.mps"), Path(folder, "answer.txt")
        # Numbers alone: no name of a person or of a village leaves this process.
        model.write_text("\n".join(_model(pairs, choice)), encoding="ascii")
        _run(model, answer)
        return [pairs[number] for number in _chosen(answer, len(pairs))]


def _model(pairs: list[Pair], choice: Choice) -> Iterator[str]:
    """In the MPS format, which minimises: what a pair is worth is a cost below 0."""
    yield from ("NAME pairing", "ROWS", " N cost")
    counted = defaultdict[Pair, list[int]](list)
    for row, (members, _most) in enumerate(choice.limits):
        yield f" L r{row}"
        for pair in members:
            counted[pair].append(row)
    yield "COLUMNS"
    for number, pair in enumerate(pairs):
        yield f" x{number} cost {-choice.worth[pair]}"
        yield from (f" x{number} r{row} 1" for row in counted[pair])
    yield "RHS"
    yield from (f" RHS r{row} {most}" for row, (_members, most) in enumerate(choice.limits))
    yield "BOUNDS"
    yield from (f" UP BND x{number} 1" for number in range(len(pairs)))
    yield from ("ENDATA", "")


def _run(model: Path, answer: Path) -> None:
    from highsbox import highs_bin_path, highs_lib_dir

    limits = [str(SECONDS), str(MEMORY)]
    files = [str(model), str(answer)]
    try:
        subprocess.run(  # noqa: S603 - our own script, arguments as a list
            [sys.executable, "-I", "-S", str(CHILD), *limits, *files, highs_bin_path()],
            env={"LD_LIBRARY_PATH": highs_lib_dir()},
            cwd=model.parent,  # where its log may go, to be thrown away with the rest
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=SECONDS,
            check=True,
        )
    except (subprocess.SubprocessError, OSError) as error:
        logger.warning("the solver failed: %s", type(error).__name__)
        raise Unsolved from None


def _chosen(answer: Path, columns: int) -> list[int]:
    """The numbers of the columns that are 1, of an answer that is proven best."""
    lines = iter(answer.read_text(encoding="ascii").splitlines() if answer.exists() else [])
    if next(lines, "") != "Model status" or next(lines, "") != "Optimal":
        logger.warning("the solver found no proven answer")
        raise Unsolved
    values = _values(lines, columns)
    chosen = [number for number, value in values if value > 1 - TOLERANCE]
    if any(TOLERANCE < value < 1 - TOLERANCE for _number, value in values):
        logger.warning("the solver answered in fractions")
        raise Unsolved
    return chosen


def _values(lines: Iterable[str], columns: int) -> list[tuple[int, float]]:
    """The first part of the solution file: a line `x12 1` for each column."""
    values: list[tuple[int, float]] = []
    found = False
    for line in lines:
        if line.startswith("# Columns"):
            found = True
        elif found and len(values) < columns:
            name, value = line.split()
            values.append((int(name.removeprefix("x")), float(value)))
    if len(values) != columns:
        logger.warning("the answer of the solver was cut short")
        raise Unsolved
    return values
