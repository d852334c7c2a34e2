"""Raw loadings to a risk model, against skfolio's CharacteristicsFactorModel.fit (target 2, panel c).

Winsorize, standardize, regression on the loadings of the day before, EWMA factor covariance, EWMA idio variances.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd

from benchmarks.memory import peak_megabytes
from benchmarks.panels import INDUSTRIES, STYLES, Arrays, arrays
from benchmarks.report import Report
from benchmarks.timing import alone, interleaved
from xlfactor.engine.covariance import factor_covariance
from xlfactor.engine.dated_styles import prepare_styles
from xlfactor.engine.idio_variance import estimate
from xlfactor.engine.panel_regression import panel_regression

PANELS = ("b", "c")


def run(report: Report) -> None:
    for name in PANELS:
        panel = arrays(name)
        room = panel.sections.B.S.copy()  # as good as in place, and the raw styles are there for the next run
        target = {"target": "≥ 10"} if name == "c" else {}
        for out, case in ((room, "styles prepared in place"), (None, "beside the raw styles")):
            pair = interleaved(lambda p=panel, out=out: ours(p, out), peer(panel), 1 if name == "c" else 3)
            report.row(f"{name}: whole model, {case}", pair.ours, pair.peer, ratio=pair.ratio, **target)
        del room, out
        styles = alone(lambda p=panel: prepared(p), 3)
        report.row(f"{name}: of it winsorize and standardize", styles)
        peer_peak = peak_megabytes("benchmarks.whole_model:peer_alone", name)
        for side, case in (("ours_alone", "beside the raw styles"), ("ours_in_place", "styles prepared in place")):
            peak = peak_megabytes(f"benchmarks.whole_model:{side}", name)
            target = {"target": "≥ 5"} if name == "c" else {}
            report.row(f"{name}: peak memory, {case}", peak, peer_peak, unit="MB", **target)


def prepared(p: Arrays, out: np.ndarray | None = None) -> np.ndarray:
    s = p.sections
    # clipped at the 1 % tails, as its CSWinsorizer does
    return prepare_styles(s.B.S, s.offsets, np.arange(1, 1 + STYLES), p.caps.ravel(), "quantile", 0.01, 0, out)


def ours(p: Arrays, out: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Omega_f and psi of the last date; the first one has no loadings before it."""
    s = p.sections
    lagged = replace(s, B=replace(s.B, S=prepared(p, out)), of_date=s.of_date[:-1])
    fit = panel_regression(p.R[1:], lagged, p.W[:-1], p.caps[:-1])
    Omega_f = factor_covariance(
        fit.F, half_life_volatility=84, half_life_correlation=84, newey_west_volatility=0,
        newey_west_correlation=0, shrinkage="none",
    )  # fmt: skip
    return Omega_f, estimate(fit.E, half_life=84, newey_west=0, shrinkage=0).psi


def peer(p: Arrays) -> Callable[[], object]:
    from skfolio.containers import AssetPanel, FieldCategorical
    from skfolio.descriptor import Passthrough
    from skfolio.factor_exposure import FixedWeightedFactor, GlobalFactor, OneHotCategoricalFactors
    from skfolio.prior import CharacteristicsFactorModel

    T, N = p.R.shape
    S = p.sections.B.S.reshape(T, N, -1)
    fields = {f"style{k}": np.ascontiguousarray(S[:, :, k]) for k in range(1, 1 + STYLES)}
    industry = FieldCategorical(p.sections.B.codes.reshape(T, N), levels=[f"industry{k}" for k in range(INDUSTRIES)])
    panel = AssetPanel(
        {"returns": p.R, "market_cap": p.caps, "industry": industry, **fields},
        observations=pd.bdate_range("2015-01-01", periods=T).to_numpy(),
        asset_names=np.array([f"A{i:05d}" for i in range(N)]),
    )
    factors = [
        ("market", GlobalFactor()),
        ("industry", OneHotCategoricalFactors(category="industry", family="industry")),
        *((name, FixedWeightedFactor(descriptors=[(f"{name}_raw", Passthrough(name))])) for name in fields),
    ]
    return lambda: CharacteristicsFactorModel(factors=factors, constrained_families=[("industry", None)]).fit(
        characteristics=panel
    )


def ours_alone(name: str) -> Callable[[], object]:
    panel = arrays(name)
    return lambda: ours(panel)


def ours_in_place(name: str) -> Callable[[], object]:
    panel = arrays(name)
    return lambda: ours(panel, panel.sections.B.S)


def peer_alone(name: str) -> Callable[[], object]:
    return peer(arrays(name))
