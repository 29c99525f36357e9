"""Clocks, and how often they are read: in rounds that take turns, so that noise meets all alike."""

import gc
import resource
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Work = Callable[[], object]
Clock = Callable[[Work], float]


@dataclass(frozen=True)
class Run:
    """How often to measure, and by which clock."""

    rounds: int
    clock: Clock

    def heavy_rounds(self, most: int) -> int:
        return min(self.rounds, most)


@dataclass
class Times:
    """Seconds of the same work done again and again."""

    seconds: list[float] = field(default_factory=list)

    @property
    def p50(self) -> float:
        return statistics.median(self.seconds)

    @property
    def p95(self) -> float:
        ordered = sorted(self.seconds)
        return ordered[max(0, round(len(ordered) * 0.95) - 1)]


def wall(work: Work) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def cpu(work: Work) -> float:
    """User and system seconds of this process and of the children it waited for."""
    start = _cpu_so_far()
    work()
    return _cpu_so_far() - start


def _cpu_so_far() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def interleaved(works: Mapping[str, Work], rounds: int, clock: Clock) -> dict[str, Times]:
    """Each work once a round, in turning order; what was built before is no garbage to look at,
    as in a server that has just been loaded."""
    gc.collect()
    gc.freeze()
    times = {name: Times() for name in works}
    for turn in range(rounds):
        order = list(works) if turn % 2 else list(works)[::-1]
        for name in order:
            times[name].seconds.append(clock(works[name]))
    return times
