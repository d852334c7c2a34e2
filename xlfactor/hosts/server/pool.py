"""The worker processes: whoever is idle answers, because no call leaves anything behind for the next."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess

from xlfactor.hosts.server.replies import Headers, Reply
from xlfactor.hosts.server.worker import work

START_LIMIT = 120  # seconds to import everything on a slow machine

log = logging.getLogger("xlfactor.server")


@dataclass(frozen=True)
class Worker:
    process: SpawnProcess
    connection: Connection


@dataclass(frozen=True)
class Pool:
    """`idle` workers, `all` of them, and one thread for each to wait in."""

    threads: ThreadPoolExecutor
    idle: asyncio.Queue[Worker] = field(default_factory=asyncio.Queue)
    all: set[Worker] = field(default_factory=set)
    starting: set[asyncio.Task[None]] = field(default_factory=set)


async def start(workers: int) -> Pool:
    """All workers, ready to answer; raises EOFError if one cannot start."""
    pool = Pool(ThreadPoolExecutor(workers + 2, "worker"))
    await asyncio.gather(*(_add(pool) for _ in range(workers)))
    return pool


async def _add(pool: Pool) -> None:
    ours, theirs = get_context("spawn").Pipe()
    process = get_context("spawn").Process(target=work, args=(theirs,), daemon=True, name="xlfactor-worker")
    process.start()
    theirs.close()  # so that its end is seen as the end of what it sends
    worker = Worker(process, ours)
    pool.all.add(worker)
    loop = asyncio.get_running_loop()
    await asyncio.wait_for(loop.run_in_executor(pool.threads, ours.recv), START_LIMIT)
    pool.idle.put_nowait(worker)


async def ask(pool: Pool, path: str, headers: Headers, body: bytes, seconds: float) -> Reply:
    """The reply of an idle worker; TimeoutError after `seconds`, EOFError if it died: another then takes its place."""
    worker = await pool.idle.get()
    loop = asyncio.get_running_loop()
    try:
        answer = await asyncio.wait_for(
            loop.run_in_executor(pool.threads, _exchange, worker.connection, path, headers, body), seconds
        )
    except BaseException:
        _end(pool, worker)
        task = asyncio.create_task(_replace(pool, worker))
        pool.starting.add(task)
        task.add_done_callback(lambda done: _started(pool, done))
        raise
    pool.idle.put_nowait(worker)
    return answer


async def _replace(pool: Pool, worker: Worker) -> None:
    await asyncio.get_running_loop().run_in_executor(pool.threads, worker.process.join)
    await _add(pool)


def _exchange(connection: Connection, path: str, headers: Headers, body: bytes) -> Reply:
    connection.send((path, headers))
    connection.send_bytes(body)
    status, given = connection.recv()
    return status, given, connection.recv_bytes()


def _started(pool: Pool, task: asyncio.Task[None]) -> None:
    pool.starting.discard(task)
    if not task.cancelled() and task.exception():
        log.error("a worker could not be started again: %s", type(task.exception()).__name__)


def _end(pool: Pool, worker: Worker) -> None:
    pool.all.discard(worker)
    worker.process.kill()  # its thread sees the end of the pipe


def stop(pool: Pool) -> None:
    for task in pool.starting:
        task.cancel()
    for worker in list(pool.all):
        _end(pool, worker)
        worker.process.join(5)
    pool.threads.shutdown(wait=False)
