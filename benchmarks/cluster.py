"""The same panel on one Dask worker and on two: it is the machine's second core that is to be used.

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

import psutil

from benchmarks.report import Report
from benchmarks.scale import months
from xlfactor.panel.estimate import estimate
from xlfactor.panel.options import MapOptions
from xlfactor.panel.store import write_panel

HEAVY = True  # the runner leaves it out unless it is named
DATES, ASSETS, RUNS = 2520, 3400, 3
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
        for k, clock in enumerate(("wall", "CPU of command and busiest worker")):
            one, two = (median(run[k] for run in runs) for runs in zip(*pairs, strict=True))
            ratio = median(a[k] / b[k] for a, b in pairs)
            report.row(f"two workers, against one: {clock}", two, one, ratio=ratio, target="≥ 1.6")
        same = {out.read_bytes() for out in Path(folder).glob("*.npz")}
        report.row("different model files", len(same), unit="", target="1")


def on_workers(n: int, panel: Path, k: int) -> tuple[float, float]:
    """Seconds of an estimate on n warm workers, without what starting them takes: by the clock, and of CPU.

    The CPU of the command and of its busiest worker, one after the other, is what the clock would show on idle cores.
    """
    with cluster(n) as (address, workers):
        warm, out = panel.with_name(f"warm-{n}-{k}.npz"), panel.with_name(f"workers-{n}-{k}.npz")
        estimate(panel, warm, MapOptions(weights="equal"), memory=MEMORY, scheduler=address)
        warm.unlink()
        start, own, before = time.perf_counter(), time.process_time(), [cpu(worker) for worker in workers]
        estimate(panel, out, memory=MEMORY, scheduler=address)
        busiest = max(cpu(worker) - b for worker, b in zip(workers, before, strict=True))
        return time.perf_counter() - start, time.process_time() - own + busiest


def cpu(process: subprocess.Popen[bytes]) -> float:
    """Seconds that a process has computed so far."""
    times = psutil.Process(process.pid).cpu_times()
    return float(times.user + times.system)


@contextlib.contextmanager
def cluster(n: int) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """The address of a scheduler, and its n workers of one thread each."""
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
        yield address, started[1:]
    finally:
        for process in started:
            process.kill()
            process.wait()
