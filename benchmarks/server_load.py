"""`xlfactor serve` under load: clients that send FACTOR_RETURNS of a year of 500 assets without pause, and /health.

    XLWINGS_LICENSE_KEY=noncommercial python -m benchmarks server_load

The key is xlwings' own for noncommercial use; take yours otherwise.
"""

from __future__ import annotations

import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from tests.hosts.served import Served, request, served

DATES, ASSETS, FACTORS = 252, 500, 60


@dataclass
class Load:
    """What was seen: the distinct replies, seconds of each call and of each /health, bytes before and after."""

    replies: set[tuple[int, str]] = field(default_factory=set)
    calls: list[float] = field(default_factory=list)
    health: list[float] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)


def run(report: Any) -> None:
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as server:
        seen = load(server, clients=8, seconds=30)
    report.row("calls a second", len(seen.calls) / 30, unit="")
    report.row("a call, median", median(seen.calls))
    report.row("replies that are not the first's", len(seen.replies) - 1, unit="", target="0")
    report.row("/health, slowest", 1e3 * max(seen.health), unit="ms", target="≤ 100 ms")
    report.row("/health, median", 1e3 * median(seen.health), unit="ms")
    report.row("memory, end against warm", seen.memory[-1] / seen.memory[0], unit="", target="≤ 1.1")


def load(server: Served, clients: int, seconds: float, warm: int = 16) -> Load:
    """`clients` send the same call over and over; /health is asked ten times a second meanwhile."""
    seen, body = Load(), panel()
    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(lambda _: _call(server, body, seen), range(warm)))
    seen.calls.clear()
    seen.memory.append(server.memory())
    over = threading.Event()
    with ThreadPoolExecutor(clients + 1) as pool:
        working = [pool.submit(_until, over, lambda: _call(server, body, seen)) for _ in range(clients)]
        asking = pool.submit(_until, over, lambda: _health(server, seen))
        time.sleep(seconds)
        over.set()
        for one in [*working, asking]:
            one.result()
    seen.memory.append(server.memory())
    return seen


def panel() -> bytes:
    """The request: returns with a few blanks, and dense loadings."""
    rng = np.random.default_rng(7)
    names = [f"S{n:03d}" for n in range(ASSETS)]
    R = rng.normal(scale=0.02, size=(DATES, ASSETS)).tolist()
    for t in range(0, DATES, 5):
        R[t][t] = ""
    B = rng.normal(size=(ASSETS, FACTORS)).tolist()
    returns = [["", *names], *([45292 + t, *row] for t, row in enumerate(R))]
    loadings = [["", *(f"F{k}" for k in range(FACTORS))], *([name, *row] for name, row in zip(names, B, strict=True))]
    return request("FACTOR_RETURNS", returns, loadings)


def _until(over: threading.Event, act: Any) -> None:
    while not over.is_set():
        act()


def _call(server: Served, body: bytes, seen: Load) -> None:
    start = time.perf_counter()
    seen.replies.add(server.call(body))
    seen.calls.append(time.perf_counter() - start)


def _health(server: Served, seen: Load) -> None:
    start = time.perf_counter()
    status, _ = server.get("/health")
    seen.health.append(time.perf_counter() - start)
    assert status == 200
    time.sleep(0.1)
