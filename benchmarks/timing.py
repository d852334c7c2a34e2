"""CPU time, interleaved: a neighbour on the machine slows both sides of a pair alike."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

from threadpoolctl import threadpool_limits


@dataclass(frozen=True)
class Pair:
    """Medians in seconds of CPU, and the median of the ratios peer/ours of each pair."""

    ours: float
    peer: float
    ratio: float


def cpu_seconds(f: Callable[[], Any]) -> float:
    start = time.process_time()
    f()
    return time.process_time() - start


def alone(ours: Callable[[], Any], runs: int = 5) -> float:
    """Median CPU time of a call, after one that warms up."""
    with threadpool_limits(1):
        ours()
        return median(cpu_seconds(ours) for _ in range(runs))


def interleaved(ours: Callable[[], Any], peer: Callable[[], Any], runs: int = 5) -> Pair:
    """Ours and the peer in turn, `runs` times, after one call of each that warms up."""
    with threadpool_limits(1):
        ours()
        peer()
        pairs = [(cpu_seconds(ours), cpu_seconds(peer)) for _ in range(runs)]
    mine, other = zip(*pairs, strict=True)
    return Pair(median(mine), median(other), median(p / max(o, 1e-9) for o, p in pairs))
