"""Blocks on a Dask cluster: the same bytes as here, also when a worker is killed; a killed run goes on."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.panel.drawn import draw
from xlfactor.errors import FactorError
from xlfactor.panel import cluster
from xlfactor.panel import plan as plans
from xlfactor.panel.estimate import estimate
from xlfactor.panel.store import write_panel
from xlfactor.panel.task import run_task

T, DATES = 60, 2  # a block
ENV = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}


def spans(panel, memory, lag):
    return [(a, a + DATES) for a in range(0, T, DATES)]


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch):
    monkeypatch.setattr(plans, "spans", spans)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    folder = tmp_path_factory.mktemp("panel") / "panel"
    write_panel(folder, draw(T))
    return folder


@pytest.fixture(scope="module")
def here(path, tmp_path_factory):
    """The bytes of the model estimated in this process alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plans, "spans", spans)
        out = tmp_path_factory.mktemp("here") / "m.npz"
        estimate(path, out)
    return out.read_bytes()


@pytest.fixture
def scheduler():
    """The address of a scheduler, and what starts a worker there; all end with the test."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    started = []

    def start(program, *arguments):
        command = [sys.executable, "-m", f"distributed.cli.{program}", *arguments, "--no-dashboard"]
        started.append(subprocess.Popen(command, env=ENV, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        return started[-1]

    address = f"tcp://127.0.0.1:{port}"
    start("dask_scheduler", "--host", "127.0.0.1", "--port", str(port))
    yield address, lambda: start("dask_worker", address, "--nthreads", "1", "--no-nanny")
    for process in started:
        process.kill()
        process.wait()


def test_two_workers_give_the_bytes_of_one_process_and_a_killed_worker_changes_nothing(
    path, here, scheduler, tmp_path, monkeypatch
):
    address, worker = scheduler
    first, _ = worker(), worker()
    monkeypatch.setattr("xlfactor.panel.cluster.run_task", lambda *_: pytest.fail("computed by the client"))
    seen = []

    def progress(done, total):
        seen.append((done, total))
        if done == 8:
            first.send_signal(signal.SIGKILL)

    estimate(path, tmp_path / "m.npz", scheduler=address, progress=progress)
    assert first.wait() == -signal.SIGKILL
    assert seen == [(done, T // DATES) for done in range(T // DATES + 1)]
    assert (tmp_path / "m.npz").read_bytes() == here


def test_a_run_that_was_killed_goes_on_with_the_blocks_on_disk(path, here, tmp_path, monkeypatch):
    code = f"""
import os, signal, sys
from xlfactor.panel import plan
from xlfactor.panel.estimate import estimate
plan.spans = lambda panel, memory, lag: [(a, a + {DATES}) for a in range(0, {T}, {DATES})]
estimate(sys.argv[1], sys.argv[2], progress=lambda done, total: done == 11 and os.kill(os.getpid(), signal.SIGKILL))
"""
    killed = subprocess.run([sys.executable, "-c", code, path, tmp_path / "m.npz"], env=ENV)
    assert killed.returncode == -signal.SIGKILL
    assert not (tmp_path / "m.npz").exists()
    done = []
    monkeypatch.setattr("xlfactor.panel.estimate.run_task", lambda *a: done.append(a[1].start) or run_task(*a))
    estimate(path, tmp_path / "m.npz")
    assert done == list(range(11 * DATES, T, DATES))
    assert (tmp_path / "m.npz").read_bytes() == here


def test_an_error_on_a_worker_arrives_as_the_same_line(path, scheduler, tmp_path, monkeypatch):
    address, worker = scheduler
    worker()
    monkeypatch.setattr(cluster, "__version__", "0.0")
    with pytest.raises(
        FactorError, match=r"VERSION_DIFFERS: a worker has xlfactor .*, this is 0\.0: install one version"
    ):
        estimate(path, tmp_path / "m.npz", scheduler=address)


def test_no_scheduler_and_a_scheduler_without_workers_are_said(path, scheduler, tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "CONNECT", 1)
    with pytest.raises(
        FactorError, match=r"NO_SCHEDULER: no Dask scheduler answers at tcp://127\.0\.0\.1:9: start one"
    ):
        estimate(path, tmp_path / "m.npz", scheduler="tcp://127.0.0.1:9")
    address, _ = scheduler
    monkeypatch.setattr(cluster, "CONNECT", 30)
    monkeypatch.setattr(cluster, "PATIENCE", 0.2)
    with pytest.raises(FactorError, match="NO_WORKERS: the Dask scheduler has no workers: start some"):
        estimate(path, tmp_path / "m.npz", scheduler=address)
