"""Idio covariance by reml to 1e-8, and walk-forward, on 2520 dates × 3000 assets × 60 dense styles (target 5)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from benchmarks.report import Report
from benchmarks.static import K, N, T, missing, panel
from benchmarks.timing import alone, interleaved
from xlfactor.engine.idio import estimate
from xlfactor.engine.panel_regression import panel_regression
from xlfactor.engine.walk_forward import walk_forward


def run(report: Report) -> None:
    complete, sections, psi = panel()
    for case, R in (("complete", complete), ("5 % missing", missing(complete))):
        pair = interleaved(
            lambda R=R: estimate(R, sections), lambda R=R: panel_regression(R, sections, 1 / psi[None]), 3
        )
        passes = len(estimate(R, sections).passes)
        report.row(
            f"reml, {case}; peer: one regression pass", pair.ours, pair.peer, ratio=pair.ratio, target="≥ 1/10",
            floor=report.limits.floor(passes * 4 * T * N * K), note=f"{1 / pair.ratio:.1f} × in {passes} passes",
        )  # fmt: skip
    X, B = np.empty((N, K)), sections.B.S
    for case, R in (("complete", complete), ("5 % missing", missing(complete))):
        pair = interleaved(lambda R=R: walk_forward(R, sections), lambda: weighted_normal_matrices(B, psi, X), 3)
        report.row(
            f"walk-forward, {case}; peer: {T} × B'WB", pair.ours, pair.peer, ratio=pair.ratio, target="≥ 1/3",
            floor=report.limits.floor(T * N * K * (K + 1)), note=f"{1 / pair.ratio:.1f} ×",
        )  # fmt: skip
    half = T // 2
    start = alone(lambda: estimate(complete[:half], replace(sections, of_date=sections.of_date[:half])), 3)
    report.row("reml of the walk's first half, complete", start)


def weighted_normal_matrices(B: np.ndarray, psi: np.ndarray, X: np.ndarray) -> None:
    """B'W_tB of T dates as NumPy's X'X, one dsyrk each, into room that is there already."""
    for _ in range(T):
        np.multiply((1 / np.sqrt(psi))[:, None], B, out=X)
        X.T @ X
