"""The same panel on one Dask worker and on two: wall time, for it is the machine's second core that is to be used.

By name only (`python -m benchmarks cluster`), on a machine that does nothing else.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks.report import Report
from benchmarks.scale import months
from xlfactor.panel.estimate import estimate
from xlfactor.panel.options import MapOptions
from xlfactor.panel.store import write_panel

HEAVY = True  # the runner leaves it out unless it is named
DATES, ASSETS, RUNS = 1260, 3400, 3
MEMORY = 4e8


def run(report: Report) -> None:
    with tempfile.TemporaryDirectory(prefix="xlfactor-cluster-") as folder:
        panel = Path(folder) / "panel"
        write_panel(panel, months(DATES, ASSETS))
        here, cpu = time.perf_counter(), time.process_time()
        estimate(panel, Path(folder) / "here.npz", memory=MEMORY)
        cpu, here = time.process_time() - cpu, time.perf_counter() - here
        report.row("one process, no cluster", here, note=f"CPU {cpu:.1f} s")
        pairs = [(on_workers(1, panel, k), on_workers(2, panel, k)) for k in range(RUNS)]
        one, two = (median(times) for times in zip(*pairs, strict=True))
        ratio = median(a / b for a, b in pairs)
        report.row("two workers, against one", two, one, ratio=ratio, target="≥ 1.6")
        same = {out.read_bytes() for out in Path(folder).glob("*.npz")}
        report.row("different model files", len(same), unit="", target="1")


def on_workers(n: int, panel: Path, k: int) -> float:
    """Wall seconds of an estimate on n warm workers, without what starting them takes."""
    with cluster(n) as address:
        warm, out = panel.with_name(f"warm-{n}-{k}.npz"), panel.with_name(f"workers-{n}-{k}.npz")
        estimate(panel, warm, MapOptions(weights="equal"), memory=MEMORY, scheduler=address)
        warm.unlink()
        start = time.perf_counter()
        estimate(panel, out, memory=MEMORY, scheduler=address)
        return time.perf_counter() - start


@contextlib.contextmanager
def cluster(n: int) -> Iterator[str]:
    """The address of a scheduler with n workers of one thread each, processes of their own."""
    from distributed import Client

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    programs = [["dask_scheduler", "--host", "127.0.0.1", "--port", address.rpartition(":")[2]]]
    programs += [["dask_worker", address, "--nthreads", "1", "--no-nanny"]] * n
    started = [
        subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.{name}", *arguments, "--no-dashboard"],
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}, stderr=subprocess.DEVNULL,
        )
        for name, *arguments in programs
    ]  # fmt: skip
    try:
        with Client(address, timeout=30, set_as_default=False) as client:
            client.wait_for_workers(n, timeout=60)
        yield address
    finally:
        for process in started:
            process.kill()
            process.wait()
