"""A panel beyond memory: 6 GB estimated below 1.5 GB, its result against one with all idio returns at once.

By name only (`python -m benchmarks scale`): 6 GB of disk for a while, and minutes.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from benchmarks.report import Report
from xlfactor.engine import covariance, idio_variance, regression
from xlfactor.model import RiskModel
from xlfactor.panel.blocks import read_block
from xlfactor.panel.read import Panel, open_panel
from xlfactor.panel.store import write_panel

HEAVY = True  # the runner leaves it out unless it is named
DATES, ASSETS, STYLES, INDUSTRIES = 5040, 3400, 40, 20
COLUMNS = 4 + 2 + STYLES  # date, asset, return, cap; market, industry, styles
MEMORY = "1.5GB"


def run(report: Report) -> None:
    with tempfile.TemporaryDirectory(prefix="xlfactor-scale-") as folder:
        path, out = Path(folder) / "panel", Path(folder) / "model.npz"
        size = DATES * ASSETS * COLUMNS * 8
        if shutil.disk_usage(folder).free < 2 * size:
            raise SystemExit(f"scale needs {2 * size / 1e9:.0f} GB of disk under {folder}: set TMPDIR")
        write_panel(path, months(DATES, ASSETS))
        report.row("panel in float64", size / 1e9, unit="GB", target="≥ 6 GB")
        seconds, peak = estimated(path, out, "--memory", MEMORY)
        report.row("xlfactor estimate, wall", seconds, unit="s")
        report.row("its peak memory", peak / 1e9, unit="GB", target="< 1.5 GB")
        report.row("largest relative difference", difference(open_panel(path), out), unit="", target="≤ 1e-12")


def months(T: int, N: int, seed: int = 0) -> Iterator[pd.DataFrame]:
    """Long rows of T dates × N assets, 21 dates a frame: the loadings of a date explain the next date's returns."""
    rng = np.random.default_rng(seed)
    dates = pd.bdate_range("2000-01-03", periods=T)
    assets = np.array([f"A{i:05d}" for i in range(N)], dtype=object)
    industry = rng.integers(0, INDUSTRIES, N)
    cap, S = np.exp(rng.normal(9, 1.5, N)), rng.normal(size=(N, STYLES))
    names = np.array([f"I{k:02d}" for k in range(INDUSTRIES)], dtype=object)
    for at in range(0, T, 21):
        days = dates[at : at + 21]
        columns: dict[str, list[np.ndarray]] = {"return": [], "cap": [], **{f"s{j:02d}": [] for j in range(STYLES)}}
        for _ in days:
            r = 0.01 * rng.normal() + 0.005 * rng.normal(size=INDUSTRIES)[industry]
            r = r + S @ rng.normal(scale=0.002, size=STYLES) + rng.normal(scale=0.02, size=N)
            columns["return"].append(np.where(rng.random(N) < 0.05, np.nan, r))
            S = 0.99 * S + 0.14 * rng.normal(size=(N, STYLES))
            cap = cap * np.exp(rng.normal(scale=0.01, size=N))
            columns["cap"].append(cap)
            for j in range(STYLES):
                columns[f"s{j:02d}"].append(S[:, j])
        frame = pd.DataFrame({name: np.concatenate(parts) for name, parts in columns.items()})
        frame.insert(0, "date", days.repeat(N))
        frame.insert(1, "asset", np.tile(assets, len(days)))
        frame.insert(4, "market", 1.0)
        frame.insert(5, "industry", np.tile(names[industry], len(days)))
        yield frame


def estimated(path: Path, out: Path, *options: str) -> tuple[float, float]:
    """Wall seconds and peak bytes of `xlfactor estimate` in a process of its own."""
    command = [
        sys.executable,
        "-c",
        "from xlfactor.cli import main; main()",
        "estimate",
        str(path),
        "--out",
        str(out),
        "--quiet",
        *options,
    ]
    start = time.perf_counter()
    child = subprocess.Popen(command)
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(command)} ended with {status}")
    return time.perf_counter() - start, usage.ru_maxrss * 1024


def difference(panel: Panel, out: Path) -> float:
    """Of factor covariance and idio variances, relative, from those of all idio returns in memory at once."""
    model = RiskModel.load(out)
    T, N = len(panel.dates), len(panel.assets)
    F, E, caps = np.full((T, len(panel.factors.names)), np.nan), np.full((T, N), np.nan), np.zeros(N)
    with threadpool_limits(1, "blas"):
        for start in range(0, T, 50):
            block = read_block(panel, start, min(start + 50, T))
            for fit in regression.fits(block.R, block.sections, block.W, block.caps):
                at = start + fit.pattern.dates
                F[at], E[np.ix_(at, block.places[fit.pattern.columns])] = fit.f, fit.e
        last = read_block(panel, T - 1, T, lag=0)
        assert last.caps is not None
        caps[last.places] = last.caps[0]
        psi = idio_variance.estimate(E, caps=caps).psi
        Omega_f = covariance.factor_covariance(
            F, half_life_volatility=84, half_life_correlation=504, newey_west_volatility=5, newey_west_correlation=2,
            shrinkage="none",
        )  # fmt: skip
    ours = model.idio_variance["variance"].reindex(panel.assets).to_numpy()
    names = panel.factors.names
    off = np.abs(model.factor_covariance.loc[names, names].to_numpy() - Omega_f)
    return float(max(np.abs(ours / psi - 1).max(), (off / np.sqrt(np.outer(*[np.diag(Omega_f)] * 2))).max()))
