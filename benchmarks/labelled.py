"""`xlfactor.factor_returns` on DataFrames, labels read, checked and joined: against skfolio's bare arrays (target 1),
and what the labels cost beside the engine's time on the arrays they become."""

from __future__ import annotations

from collections.abc import Callable

import xlfactor
from benchmarks.dated_regression import skfolio
from benchmarks.memory import peak_megabytes
from benchmarks.panels import SIZES, Tables, arrays, tables
from benchmarks.report import Report
from benchmarks.timing import alone, interleaved
from xlfactor.engine.panel_regression import panel_regression
from xlfactor.tables.align import Panel, panel
from xlfactor.tables.parse import read

WANTED = {"a": 3.0, "b": 4.0, "c": 6.0}


def run(report: Report) -> None:
    for name, wanted in WANTED.items():
        p = arrays(name)
        t = tables(p)
        pair = interleaved(lambda t=t: factor_returns(t), skfolio(p), 1 if name == "c" else 5)
        report.row(f"{name}: factor_returns", pair.ours, pair.peer, ratio=pair.ratio, target=f"≥ {wanted:g}")
        pair = interleaved(
            lambda t=t: factor_returns(t), lambda p=p: panel_regression(p.R, p.sections, p.W, p.caps, idio=False), 5
        )
        report.row(
            f"{name}: the same; peer: its arrays", pair.ours, pair.peer, ratio=pair.ratio,
            note=f"labels: {1e3 * (pair.ours - pair.peer):.0f} ms",
        )  # fmt: skip
        static = (t.returns, t.loadings.xs(t.returns.index[0]), t.weights.iloc[0], t.caps.iloc[0])
        report.row(f"{name}: static loadings, read and joined", alone(lambda s=static: join(*s)), target="a: ≤ 5 ms")
    peak = peak_megabytes("benchmarks.labelled:prepared", "c")
    report.row("c: peak memory, DataFrames included", peak, unit="MB", target=f"< {2 * megabytes('c'):.0f} MB")


def factor_returns(t: Tables) -> object:
    return xlfactor.factor_returns(t.returns, t.loadings, weights=t.weights, caps=t.caps, lag=0)


def join(returns: object, loadings: object, weights: object, caps: object) -> Panel:
    given = {"returns": returns, "loadings": loadings, "weights": weights, "caps": caps}
    r, b, w, v = (read(kind, value, kind) for kind, value in given.items())
    return panel(r, b, weights=w, caps=v, lag=0)


def prepared(name: str) -> Callable[[], object]:
    t = tables(arrays(name))
    return lambda: join(t.returns, t.loadings, t.weights, t.caps)


def megabytes(name: str) -> float:
    """Returns, weights, caps, eleven styles and a code for each asset and date, eight bytes each."""
    T, N = SIZES[name]
    return T * N * 15 * 8 / 2**20
