"""One block from disk to its part: what this process or any worker does, with the same bits."""

from __future__ import annotations

from dataclasses import dataclass

from threadpoolctl import threadpool_limits

from xlfactor import __version__
from xlfactor.errors import FactorError
from xlfactor.panel.blocks import read_block
from xlfactor.panel.map import Part, part_of
from xlfactor.panel.options import MapOptions
from xlfactor.panel.plan import Task, key_of_block
from xlfactor.panel.prepare import labelled
from xlfactor.panel.read import Panel, open_panel


@dataclass(frozen=True)
class Refusal:
    """A FactorError on its way between processes, where an exception of several arguments does not arrive."""

    code: str
    message: str
    fix: str
    where: str

    def error(self) -> FactorError:
        return FactorError(self.code, self.message, self.fix, where=self.where)


def run_task(panel: Panel, task: Task, options: MapOptions) -> Part:
    """The part of the task's dates. Raises CHANGED_DURING_RUN where the rows are not those of the plan."""
    if task.stop > len(panel.dates) or key_of_block(panel, options, task.start, task.stop) != task.key:
        raise changed(panel)
    try:
        block = read_block(panel, task.start, task.stop, options.lag)
    except FactorError as error:
        raise changed(panel) if error.code == "PANEL_CHANGED" else error from None
    try:
        with threadpool_limits(1, "blas"):
            return part_of(block, options)
    except FactorError as error:
        raise labelled(error, panel, block) from None


def run_on_worker(path: str, task: Task, options: MapOptions, version: str) -> Part | Refusal:
    """`run_task` in a Dask worker, which takes one core: neither BLAS nor Arrow starts threads of its own."""
    import pyarrow as pa

    pa.set_cpu_count(1)
    try:
        if version != __version__:
            text = f"a worker has xlfactor {__version__}, this is {version}"
            raise FactorError("VERSION_DIFFERS", text, "install one version on all machines")
        return run_task(open_panel(path), task, options)
    except FactorError as error:
        return Refusal(error.code, error.message, error.fix, error.where)


def changed(panel: Panel) -> FactorError:
    return FactorError(
        "CHANGED_DURING_RUN", "the panel was written to during the run", "run it again: what still holds is kept",
        where=str(panel.path),
    )  # fmt: skip
