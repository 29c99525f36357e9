"""The lines that a run prints."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

HEADER = ("", "ours", "baseline", "ratio", "goal", "")
SCALES = {"ms": 1000.0}


@dataclass(frozen=True)
class Line:
    """One figure beside its baseline, both in seconds or counts.

    `at_most` is the goal: of the ratio, or of our own figure where `absolute` says so.
    """

    name: str
    ours: float
    baseline: float
    against: str
    unit: str = "ms"
    at_most: float | None = None
    absolute: bool = False

    @property
    def ratio(self) -> float:
        return self.ours / self.baseline if self.baseline else float("inf")

    @property
    def verdict(self) -> str:
        if self.at_most is None:
            return ""
        return "ok" if (self.ours if self.absolute else self.ratio) <= self.at_most else "over"

    def cells(self) -> tuple[str, ...]:
        goal = ""
        if self.at_most is not None:
            goal = f"≤ {self._shown(self.at_most)}" if self.absolute else f"≤ {self.at_most:g}×"
        baseline = f"{self._shown(self.baseline)} {self.against}"
        return self.name, self._shown(self.ours), baseline, f"{self.ratio:.2f}×", goal, self.verdict

    def _shown(self, figure: float) -> str:
        if not self.unit:
            return f"{figure:.0f}"
        figure *= SCALES.get(self.unit, 1.0)
        return f"{figure:.{1 if figure >= 10 else 2}f} {self.unit}"


def table(lines: Iterable[Line]) -> str:
    rows = [HEADER, *(line.cells() for line in lines)]
    widths = [max(_width(row[i]) for row in rows) for i in range(len(HEADER))]
    return "\n".join(
        "  ".join(
            cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in rows
    )


def _width(text: str) -> int:
    """Columns on a terminal, where a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
