"""Factor and idio returns with loadings that stay: 2520 dates × 3000 assets × 60 dense styles (target 4)."""

from __future__ import annotations

import numpy as np

from benchmarks.report import Report
from benchmarks.timing import interleaved
from xlfactor.engine.panel_regression import panel_regression
from xlfactor.engine.sections import Loadings, Sections

T, N, K = 2520, 3000, 60
MISSING, UNIVERSES = 0.05, 250


def run(report: Report) -> None:
    R, sections, psi = panel()
    W = 1 / psi[None]
    two_products = 4 * T * N * K  # B'W r and B f of every date
    E, B = np.empty_like(R), sections.B.S
    flops_only = report.limits.floor(two_products)

    def dgemm() -> None:
        np.matmul(R @ B, B.T, out=E)

    pair = interleaved(lambda: panel_regression(R, sections, W), dgemm, 9)
    report.row(
        "complete; peer: its two products by dgemm", pair.ours, pair.peer, ratio=pair.ratio, target="≥ 0.6",
        floor=flops_only, note=f"{pair.ratio:.0%} of dgemm's speed",
    )  # fmt: skip
    for case, gaps in (("5 % missing at random", missing(R)), (f"{UNIVERSES} universes", universes(R))):
        pair = interleaved(lambda X=gaps: panel_regression(X, sections, W), lambda: panel_regression(R, sections, W), 5)
        report.row(
            f"{case}; peer: complete", pair.ours, pair.peer, ratio=pair.ratio, target="≥ 1/8",
            floor=flops_only, note=f"{1 / pair.ratio:.1f} × complete",
        )  # fmt: skip


def panel() -> tuple[np.ndarray, Sections, np.ndarray]:
    """R (T, N) complete, static sections, psi (N,)."""
    rng = np.random.default_rng(0)
    psi = (0.02 * np.exp(0.3 * rng.normal(size=N))) ** 2
    S = rng.normal(size=(N, K))
    R = 0.005 * rng.normal(size=(T, K)) @ S.T + np.sqrt(psi) * rng.normal(size=(T, N))
    B = Loadings(S, np.zeros((N, 0), dtype=np.int64), (), np.arange(K))
    return R, Sections(B, np.arange(N), np.array([0, N]), np.zeros(T, dtype=np.int64), -1), psi


def missing(R: np.ndarray) -> np.ndarray:
    """R with 5 % missing at random: every date has its own pattern."""
    return np.where(np.random.default_rng(1).random(R.shape) < MISSING, np.nan, R)


def universes(R: np.ndarray) -> np.ndarray:
    """R in 250 universes of 95 % of the assets, about ten dates each."""
    gaps = np.random.default_rng(2).random((UNIVERSES, N)) < MISSING
    return np.where(gaps[np.arange(T) * UNIVERSES // T], np.nan, R)
