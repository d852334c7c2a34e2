"""The blocks on a Dask cluster: a bounded number under way, those of dead workers done again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from xlfactor import __version__
from xlfactor.errors import FactorError
from xlfactor.panel.map import Part
from xlfactor.panel.options import MapOptions
from xlfactor.panel.plan import Task
from xlfactor.panel.read import Panel
from xlfactor.panel.task import Refusal, run_on_worker, run_task

AHEAD = 2  # blocks under way for each thread: while one is computed the next one waits there
CONNECT = 15.0  # seconds to wait for the scheduler
PATIENCE = 20.0  # seconds between two looks at whether there are workers at all
GIVE_UP = 3  # looks without one


def run_on_cluster(
    scheduler: str, panel: Panel, tasks: Sequence[Task], options: MapOptions, done: Callable[[Task, Part], None]
) -> None:
    """`done` with the part of each task, as they come. A block that the cluster gives up on is computed here.

    Raises NO_SCHEDULER, NO_WORKERS, VERSION_DIFFERS, and as `run_task`.
    """
    from distributed import Client

    try:
        client = Client(scheduler, timeout=CONNECT, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError, TimeoutError) as error:
        raise FactorError(
            "NO_SCHEDULER",
            f"no Dask scheduler answers at {scheduler}",
            "start one with dask scheduler, or leave it out",
        ) from error
    with client, client.as_current():
        _run(client, panel, list(tasks), options, done)


def _run(
    client: Any, panel: Panel, waiting: list[Task], options: MapOptions, done: Callable[[Task, Part], None]
) -> None:
    under_way: dict[Any, Task] = {}
    waiting.reverse()
    while waiting or under_way:
        while waiting and len(under_way) < AHEAD * max(sum(client.nthreads().values()), 1):
            task = waiting.pop()
            path = str(panel.path.resolve())
            under_way[client.submit(run_on_worker, path, task, options, __version__, pure=False)] = task
        for future in _finished(client, under_way):
            task = under_way.pop(future)
            done(task, _part(future, panel, task, options))


def _finished(client: Any, under_way: dict[Any, Task]) -> list[Any]:
    """The futures that have ended, at least one."""
    from distributed import wait

    for _ in range(GIVE_UP):
        try:
            ended = wait(list(under_way), PATIENCE, "FIRST_COMPLETED")  # type: ignore[no-untyped-call]
            return list(ended.done)
        except TimeoutError:
            if client.nthreads():
                return []
    raise FactorError("NO_WORKERS", "the Dask scheduler has no workers", "start some; what is done is kept")


def _part(future: Any, panel: Panel, task: Task, options: MapOptions) -> Part:
    if future.status != "finished":  # its workers died again and again: perhaps of it, so not on one more of them
        return run_task(panel, task, options)
    result = future.result()
    if isinstance(result, Refusal):
        raise result.error()
    assert isinstance(result, Part)
    return result
