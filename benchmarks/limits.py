"""What this machine can do with one thread: flops of dgemm, bytes of memory; no program is faster."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.timing import cpu_seconds


@dataclass(frozen=True)
class Limits:
    gflops: float  # of dgemm, 1500 × 1500
    gigabytes_per_second: float  # read and written by a copy of 200 MB

    def floor(self, flops: float = 0, bytes_moved: float = 0) -> float:
        """Seconds below which nothing that needs these flops and moves these bytes can get here."""
        return max(flops / self.gflops, bytes_moved / self.gigabytes_per_second) / 1e9

    def __str__(self) -> str:
        return f"machine: dgemm {self.gflops:.1f} GFLOP/s, memory {self.gigabytes_per_second:.1f} GB/s"


def machine() -> Limits:
    n, size = 1500, 100_000_000 // 8
    M = np.random.default_rng(0).normal(size=(n, n))
    source, target = np.ones(size), np.zeros(size)
    with threadpool_limits(1):
        product = median(cpu_seconds(lambda: M @ M) for _ in range(5))
        copy = median(cpu_seconds(lambda: np.copyto(target, source)) for _ in range(7))
    return Limits(2 * n**3 / product / 1e9, 2 * source.nbytes / copy / 1e9)
