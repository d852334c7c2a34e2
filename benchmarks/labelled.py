"""What labels cost: DataFrames read, checked and joined, beside the engine's time on the arrays they become."""

from __future__ import annotations

from collections.abc import Callable

import xlfactor
from benchmarks.memory import peak_megabytes
from benchmarks.panels import SIZES, arrays, tables
from benchmarks.report import Report
from benchmarks.timing import alone
from xlfactor.engine.panel_regression import panel_regression
from xlfactor.tables.align import Panel, panel
from xlfactor.tables.parse import read

PANELS = ("a", "b", "c")


def run(report: Report) -> None:
    for name in PANELS:
        t = tables(arrays(name))
        given = (t.returns, t.loadings, t.weights, t.caps)
        joined = alone(lambda given=given: join(*given))
        report.row(f"{name}: dated loadings, read and joined", joined)
        p = join(*given)
        engine = alone(lambda p=p: panel_regression(p.R, p.sections, p.W, p.caps, idio=False))
        whole = alone(lambda t=t: xlfactor.factor_returns(t.returns, t.loadings, weights=t.weights, caps=t.caps, lag=0))
        report.row(f"{name}: factor_returns, beside its arrays", whole, engine, target="≥ 0.4")
        static = (t.returns, t.loadings.xs(t.returns.index[0]), t.weights.iloc[0], t.caps.iloc[0])
        report.row(f"{name}: static loadings, read and joined", alone(lambda s=static: join(*s)), target="a: ≤ 5 ms")
    peak = peak_megabytes("benchmarks.labelled:prepared", "c")
    report.row("c: peak memory, DataFrames included", peak, unit="MB", target=f"< {2 * megabytes('c'):.0f} MB")


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
