"""Timing, and tables of it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

ONCE = "--once" in sys.argv[1:]


class Timed(NamedTuple):
    """A median, and the middle half of what it is the median of."""

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.median:.2f} ({self.low:.2f} to {self.high:.2f})"


def spread(measured: Sequence[float]) -> Timed:
    """The median of the rounds, and their middle half."""
    each = sorted(measured)
    low, median, high = (each[int(part * (len(each) - 1))] for part in (0.25, 0.5, 0.75))
    return Timed(median, low, high)


def timed(call: Callable[[], object], *, rounds: int = 40, seconds: float = 0.005) -> Timed:
    """Microseconds of a call: rounds of some milliseconds, after as many that are not counted. Once, if untimed."""
    calls = 1
    if ONCE:
        rounds = 1
    else:
        while measure(call, calls) < seconds:
            calls *= 2
        for _ in range(rounds):
            measure(call, calls)
    return spread([measure(call, calls) / calls * 1e6 for _ in range(rounds)])


def measure(call: Callable[[], object], calls: int) -> float:
    """Seconds that so many calls take."""
    started = time.perf_counter()
    for _ in range(calls):
        call()
    return time.perf_counter() - started


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A table for ``docs/performance.md``."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)
