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
from xlfactor.engine.dated_styles import Preparation, prepare_styles
from xlfactor.engine.idio_moments import idio_variances
from xlfactor.engine.panel_moments import panel_moments

PANELS = ("b", "c")


# clipped at the 1 % tails, as its CSWinsorizer does
PREPARATION = Preparation("quantile", 0.01, 0)


def run(report: Report) -> None:
    for name in PANELS:
        panel = arrays(name)
        target = {"target": "≥ 10"} if name == "c" else {}
        pair = interleaved(lambda p=panel: ours(p), peer(panel), 1 if name == "c" else 3)
        report.row(f"{name}: whole model", pair.ours, pair.peer, ratio=pair.ratio, **target)
        room = np.empty_like(panel.sections.B.S)
        styles = alone(lambda p=panel, room=room: prepared(p, room), 3)
        report.row(f"{name}: winsorize and standardize alone", styles)
        del room
        target = {"target": "≥ 5"} if name == "c" else {}
        peaks = [peak_megabytes(f"benchmarks.whole_model:{side}", name) for side in ("ours_alone", "peer_alone")]
        report.row(f"{name}: peak memory, the panel included", *peaks, unit="MB", **target)


def prepared(p: Arrays, out: np.ndarray) -> np.ndarray:
    s = p.sections
    return prepare_styles(s.B.S, s.offsets, np.arange(1, 1 + STYLES), p.caps.ravel(), PREPARATION, out)


def ours(p: Arrays) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """B, Omega_f and psi of the last date; the first one has no loadings before it."""
    s = p.sections
    lagged = replace(s, of_date=s.of_date[:-1])
    found = panel_moments(
        p.R[1:], lagged, p.W[:-1], p.caps[:-1], PREPARATION, p.caps.ravel(), half_life=84, newey_west=0
    )
    Omega_f = factor_covariance(
        found.F, half_life_volatility=84, half_life_correlation=84, newey_west_volatility=0,
        newey_west_correlation=0, shrinkage="none",
    )  # fmt: skip
    last = s.section(len(s.offsets) - 2)[0].S
    B = prepare_styles(last, np.array([0, len(last)]), np.arange(1, 1 + STYLES), p.caps[-1], PREPARATION)
    return B, Omega_f, idio_variances(found.idio, p.caps[-1], shrinkage=0)


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


def peer_alone(name: str) -> Callable[[], object]:
    return peer(arrays(name))
