"""Factor and idio returns with loadings of every date, against skfolio's CSLinearRegression (target 1)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmarks.limits import Limits
from benchmarks.memory import peak_megabytes
from benchmarks.panels import Arrays, arrays
from benchmarks.report import Report
from benchmarks.timing import interleaved
from xlfactor.engine.panel_regression import panel_regression

WANTED = {"a": 4.0, "b": 6.5, "c": 15.0}


def run(report: Report) -> None:
    for name, wanted in WANTED.items():
        panel, runs = arrays(name), 3 if name == "c" else 9
        peer = skfolio(panel)
        pair = interleaved(lambda p=panel: engine(p), peer, runs)
        report.row(
            f"{name}: F and E, arrays", pair.ours, pair.peer, ratio=pair.ratio,
            target=f"≥ {wanted:g}", floor=floor(panel, report.limits),
        )  # fmt: skip
        peak = peak_megabytes("benchmarks.dated_regression:prepared", name)
        report.row(f"{name}: peak memory of F and E", peak, unit="MB", target=f"< {2 * panel.megabytes:.0f} MB")


def engine(p: Arrays) -> object:
    return panel_regression(p.R, p.sections, p.W, p.caps)


def prepared(name: str) -> Callable[[], object]:
    panel = arrays(name)
    return lambda: engine(panel)


def floor(p: Arrays, limits: Limits) -> float:
    """Every input read and E written once; flops of S'WS (half), S'Wr, S f and the group sums of S and r."""
    M, n = p.sections.B.S.shape
    flops = M * (n * (n + 1) + 2 * n + 2 * n + 2 * (n + 2))
    return limits.floor(flops, 2**20 * p.megabytes + p.R.nbytes)


def skfolio(p: Arrays) -> Callable[[], object]:
    """Its regression on the free columns of the constrained factors, dense, and its residuals."""
    from skfolio.linear_model import CSLinearRegression

    X, y, w = dense(p)
    return lambda: y - CSLinearRegression().fit(X, y, w).predict(X)


def dense(p: Arrays) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Z = B R with the last industry left to the zero sum, (T, N, 30); returns and weights 0 where missing."""
    T, N = p.R.shape
    S, industry = p.sections.B.S.reshape(T, N, -1), p.sections.B.codes[:N, 0]
    one_hot = np.eye(p.sections.B.sizes[0])[industry]
    X = np.empty((T, N, S.shape[2] + one_hot.shape[1] - 1))
    X[:, :, : S.shape[2]] = S
    share = p.caps @ one_hot
    X[:, :, S.shape[2] :] = one_hot[:, :-1] - one_hot[:, -1:] * (share[:, :-1] / share[:, -1:])[:, None, :]
    seen = np.isfinite(p.R)
    return X, np.where(seen, p.R, 0.0), np.where(seen, p.W, 0.0)
