"""A panel on disk to a model file: blocks of dates mapped here or on a cluster, their parts reduced in one pass."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd

from xlfactor.engine.blocks import last_known
from xlfactor.engine.idio_moments import idio_variances
from xlfactor.engine.regression import SPARE
from xlfactor.errors import FactorError
from xlfactor.model import RiskModel
from xlfactor.panel.cluster import run_on_cluster
from xlfactor.panel.map import Part
from xlfactor.panel.options import MapOptions, ReduceOptions
from xlfactor.panel.plan import Task, plan
from xlfactor.panel.read import Panel, combined, open_panel
from xlfactor.panel.recent import recent_tables
from xlfactor.panel.reduce import Reduced, reduce_parts
from xlfactor.panel.task import changed, run_task
from xlfactor.panel.work import key_of, prune, read_part, write_part
from xlfactor.tables.continuation import name_of_constant

Progress = Callable[[int, int], None]


def estimate(
    path: str | os.PathLike[str],
    out: str | os.PathLike[str],
    options: MapOptions | None = None,
    reduction: ReduceOptions | None = None,
    memory: float = 2e9,
    scheduler: str = "",
    progress: Progress = lambda done, total: None,
) -> tuple[RiskModel, pd.DataFrame]:
    """The model of the panel's last date, written to `out`, and the quality of each date's regression.

    memory : bytes that this process, and each worker, stays below. scheduler : address of a Dask cluster, "" = here.
    The parts of the blocks stay in `out`.work: a run that was killed goes on from there, and a later one computes
    only the blocks whose rows or options are others. The result is the same, bit for bit, wherever each block ran.
    Raises NO_DATES, FEW_ASSETS, MEMORY_SMALL, CAPS_MISSING, CHANGED_DURING_RUN, and as `run_on_cluster`.
    """
    options, reduction, target = options or MapOptions(), reduction or ReduceOptions(), Path(out)
    if not target.parent.is_dir():
        raise FactorError("FOLDER_MISSING", "the folder does not exist", "make it first", where=str(target.parent))
    panel = open_panel(path)
    _refuse_missing(panel, options)
    tasks = plan(panel, options, memory)
    work = target.with_name(f"{target.name}.work")
    _map(panel, tasks, options, scheduler, work, progress)
    reduced = reduce_parts(
        _parts(work, tasks, panel, options), panel.factors.names, panel.assets, options.half_life_idio
    )
    if open_panel(path).hash != panel.hash:
        raise changed(panel)
    model = _model(panel, reduced, options, reduction)
    model.save(target)
    prune(work, [task.key for task in tasks])
    return model, reduced.diagnostics


def _map(
    panel: Panel, tasks: Sequence[Task], options: MapOptions, scheduler: str, work: Path, progress: Progress
) -> None:
    left = [task for task in tasks if read_part(work, task.key) is None]
    finished = len(tasks) - len(left)

    def done(task: Task, part: Part) -> None:
        nonlocal finished
        write_part(work, task.key, part)
        finished += 1
        progress(finished, len(tasks))

    progress(finished, len(tasks))
    if scheduler and left:
        run_on_cluster(scheduler, panel, left, options, done)
    else:
        for task in left:
            done(task, run_task(panel, task, options))


def _parts(work: Path, tasks: Iterable[Task], panel: Panel, options: MapOptions) -> Iterable[Part]:
    for task in tasks:
        yield read_part(work, task.key) or run_task(panel, task, options)


def _refuse_missing(panel: Panel, options: MapOptions) -> None:
    needed = {"sqrt_cap": ("cap", panel.cap), "weight": ("weight", panel.weight)}.get(options.weights)
    if needed and not needed[1]:
        raise FactorError(
            "CAPS_MISSING", f"weights {options.weights} need a column {needed[0]} in the panel",
            "pass --weights equal, or add the column", where=str(panel.path),
        )  # fmt: skip


def _model(panel: Panel, reduced: Reduced, options: MapOptions, reduction: ReduceOptions) -> RiskModel:
    F = reduced.factor_returns
    if not F.notna().any(axis=None):
        K = len(panel.factors.names)
        raise FactorError(
            "FEW_ASSETS", f"no date has {K + SPARE} assets with a return, loadings and a weight",
            "add assets or drop factors; check the dates of the loadings", where=str(panel.path),
        )  # fmt: skip
    B, v = recent_tables(panel, options)
    size = reduced.caps
    if v is not None:
        newest = v.reindex(columns=panel.assets).to_numpy(dtype=float)
        size = np.where(np.isfinite(newest).any(axis=0), last_known(newest), size)
    psi = idio_variances(reduced.idio, size, reduction.shrinkage_idio)
    parameters = asdict(options) | asdict(reduction)
    family = {name: panel.factors.family.get(name, "") for name in panel.factors.names}
    assets = {"variance": psi, "dates": reduced.idio.count, "weight": reduced.idio.weight}
    update = {  # what RiskModel.update goes on with
        "method": "sqrt_cap" if options.weights == "sqrt_cap" else "walk_forward", "half_life": options.half_life_idio,
        "burn_in": 0,
    }  # fmt: skip
    return RiskModel.from_parts(
        F, pd.DataFrame(assets, panel.assets.rename("Asset")), B, v, family, name_of_constant(panel.factors),
        parameters | update, combined([panel.hash, key_of(parameters)]),
    )  # fmt: skip
