"""`xlfactor.factor_returns` on DataFrames, labels joined and all, against skfolio's bare arrays (target 1)."""

from __future__ import annotations

import xlfactor
from benchmarks.dated_regression import skfolio
from benchmarks.panels import arrays, tables
from benchmarks.report import Report
from benchmarks.timing import interleaved

WANTED = {"a": 3.0, "b": 4.0, "c": 6.0}


def run(report: Report) -> None:
    for name, wanted in WANTED.items():
        panel = arrays(name)
        t = tables(panel)
        pair = interleaved(
            lambda t=t: xlfactor.factor_returns(t.returns, t.loadings, weights=t.weights, caps=t.caps, lag=0),
            skfolio(panel), 1 if name == "c" else 3,
        )  # fmt: skip
        report.row(f"{name}: factor_returns", pair.ours, pair.peer, ratio=pair.ratio, target=f"≥ {wanted:g}")
