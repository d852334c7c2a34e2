"""Risk of a portfolio: exposures, decomposition into factors and idio, and who contributes what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
import pandas as pd

from xlfactor.engine import risk as engine
from xlfactor.engine.arrays import Array
from xlfactor.errors import one_of
from xlfactor.functions.kinds import FactorCovariance, IdioVariance, Kind, Loadings, PeriodsPerYear, Portfolio
from xlfactor.functions.options import positive
from xlfactor.functions.registry import worksheet_function
from xlfactor.tables.holdings import VIEWS, Holdings, held_idio_variances, holdings, model_covariance

View = Literal["portfolio", "benchmark", "active"]
ViewOption = Annotated[
    View, Kind("choice", "Which weights: portfolio, benchmark, or active (portfolio minus benchmark).")
]
Confidence = Annotated[float, Kind("number", "Confidence of value at risk and expected shortfall: 0.95 for 95 %.")]
Horizon = Annotated[float, Kind("number", "Periods over which value at risk and expected shortfall are measured.")]


@worksheet_function("Risk")
def exposures(portfolio: Portfolio, loadings: Loadings) -> pd.DataFrame:
    """Factor exposures of a portfolio, its benchmark and the difference.

    x = B'w. A family value's exposure is the weight held in it.

    portfolio : N weights, and optionally N benchmark weights; no blank. loadings : assets × K factors; of dated
    ones the last date. Returns K factors × portfolio, benchmark, active; the last two missing without a benchmark.
    Raises ASSET_NOT_IN_LOADINGS, LOADING_MISSING for a held asset that the loadings do not cover, WEIGHT_MISSING,
    WEIGHT_ALL_ZERO. Source: methodology 8.

    >>> portfolio = pd.DataFrame({"weight": [0.5, 0.5], "benchmark": [0.75, 0.25]}, ["A", "B"])
    >>> loadings = pd.DataFrame({"market": [1.0, 1.0], "size": [1.0, -1.0]}, ["A", "B"])
    >>> xlfactor.exposures(portfolio, loadings)
            portfolio  benchmark  active
    Factor
    market        1.0        1.0     0.0
    size          0.0        0.5    -0.5
    """
    h = holdings(portfolio, loadings)
    blank = np.full(len(h.factors), np.nan)
    columns = {view: h.B.project(h.weights[view]) if view in h.weights else blank for view in VIEWS}
    return pd.DataFrame(columns, pd.Index(h.factors, name="Factor"))


@worksheet_function("Risk")
def risk_decomposition(
    portfolio: Portfolio,
    loadings: Loadings,
    factor_covariance: FactorCovariance,
    idio_variance: IdioVariance,
    periods_per_year: PeriodsPerYear = 252,
    confidence: Confidence = 0.95,
    horizon: Horizon = 1,
) -> pd.DataFrame:
    """Risk of a portfolio, its benchmark and the active part: volatility, shares, beta, value at risk.

    σ² = x'Ω_f x + sum w² ψ, x = B'w; annual_ = σ sqrt(periods_per_year); shares are of σ². beta = w'Ω_r w_b /
    (w_b'Ω_r w_b). value_at_risk = z σ sqrt(horizon) and expected_shortfall = φ(z)/(1 − confidence) σ sqrt(horizon)
    are losses as a share of the portfolio, for normal returns of mean 0. effective_assets = (sum |w|)²/sum w².

    factor_covariance, idio_variance : per period. Returns measure × portfolio, benchmark, active; the last two and
    beta missing without a benchmark; shares missing where there is no risk.
    Raises as EXPOSURES; IDIO_MISSING, FACTOR_UNKNOWN, NOT_SYMMETRIC, NOT_A_COVARIANCE; VALUE_RANGE for an option.
    Source: methodology 8.

    >>> portfolio = pd.DataFrame({"weight": [0.5, 0.5]}, ["A", "B"])
    >>> loadings = pd.DataFrame({"market": [1.0, 1.0]}, ["A", "B"])
    >>> factor_covariance = pd.DataFrame({"market": [0.0003]}, ["market"])
    >>> idio_variance = pd.DataFrame({"variance": [0.0002, 0.0002]}, ["A", "B"])
    >>> xlfactor.risk_decomposition(portfolio, loadings, factor_covariance, idio_variance).round(4)
                              portfolio  benchmark  active
    Measure
    annual_volatility            0.3175        NaN     NaN
    annual_factor_volatility     0.2750        NaN     NaN
    annual_idio_volatility       0.1587        NaN     NaN
    factor_share                 0.7500        NaN     NaN
    idio_share                   0.2500        NaN     NaN
    beta                            NaN        NaN     NaN
    value_at_risk                0.0329        NaN     NaN
    expected_shortfall           0.0413        NaN     NaN
    effective_assets             2.0000        NaN     NaN
    n_assets                     2.0000        NaN     NaN
    """
    positive(periods_per_year, "periods_per_year")
    h = holdings(portfolio, loadings)
    Omega_f = model_covariance(factor_covariance, h.factors, bool(h.family))
    psi = held_idio_variances(h, idio_variance)
    risks = {view: engine.portfolio_risk(h.B, Omega_f, psi, w) for view, w in h.weights.items()}
    measures = {
        view: engine.risk_measures(risk, risks.get("benchmark"), periods_per_year, confidence, horizon)
        for view, risk in risks.items()
    }
    rows = list(measures["portfolio"])
    columns = {view: [measures[view][row] if view in measures else np.nan for row in rows] for view in VIEWS}
    return pd.DataFrame(columns, pd.Index(rows, name="Measure"))


@worksheet_function("Risk")
def risk_by_factor(
    portfolio: Portfolio,
    loadings: Loadings,
    factor_covariance: FactorCovariance,
    idio_variance: IdioVariance,
    view: ViewOption = "portfolio",
    periods_per_year: PeriodsPerYear = 1,
) -> pd.DataFrame:
    """Contribution of each factor to a portfolio's volatility: exposure × volatility × correlation.

    contribution = x_k σ_k ρ_k, ρ_k = (Ω_f x)_k/(σ_k σ), marginal = (Ω_f x)_k/σ, share = contribution/σ. Then `idio`
    (sum w² ψ/σ), `Family (total)` for each text column of the loadings (sums over its factors, already counted
    above) and `total` = factors + idio = σ. A portfolio without risk: contributions 0, the rest missing.

    Volatility, marginal and contribution are times sqrt(periods_per_year): 252 gives annual ones.
    Returns factors, idio, family totals, total × exposure, volatility, correlation, marginal, contribution, share.
    Raises as RISK_DECOMPOSITION; BENCHMARK_MISSING. Source: methodology 8; x-σ-ρ: Menchero and Davis 2011.

    >>> portfolio = pd.DataFrame({"weight": [0.5, 0.5]}, ["A", "B"])
    >>> loadings = pd.DataFrame({"market": [1.0, 1.0]}, ["A", "B"])
    >>> factor_covariance = pd.DataFrame({"market": [0.0003]}, ["market"])
    >>> idio_variance = pd.DataFrame({"variance": [0.0002, 0.0002]}, ["A", "B"])
    >>> xlfactor.risk_by_factor(portfolio, loadings, factor_covariance, idio_variance).round(4)
            exposure  volatility  correlation  marginal  contribution  share
    Factor
    market       1.0      0.0173        0.866     0.015         0.015   0.75
    idio         NaN      0.0100        0.500       NaN         0.005   0.25
    total        NaN      0.0200        1.000       NaN         0.020   1.00
    """
    m = view_risk(portfolio, loadings, factor_covariance, idio_variance, view, periods_per_year)
    columns, sigma = engine.risk_by_factor(m.risk, m.Omega_f), m.risk.volatility
    contribution = engine.contributions(np.array([m.risk.idio_variance, m.risk.variance]), sigma)
    volatility = np.array([np.sqrt(m.risk.idio_variance), sigma])
    own = {
        "volatility": volatility,
        "correlation": engine.over(volatility, sigma),
        "contribution": contribution,
        "share": engine.over(contribution, sigma),
    }
    families = dict.fromkeys(m.h.family.values())
    member = {family: [m.h.family.get(name) == family for name in m.h.factors] for family in families}
    sums = {
        name: [columns[name][member[family]].sum() for family in families]
        for name in ("exposure", "contribution", "share")
    }
    rows = [
        pd.DataFrame(columns, m.h.factors),
        pd.DataFrame(own, ["idio", "total"]).iloc[:1],
        pd.DataFrame(sums, [f"{family} (total)" for family in families]),
        pd.DataFrame(own, ["idio", "total"]).iloc[1:],
    ]
    return pd.concat([part for part in rows if len(part)])[list(columns)].rename_axis("Factor")


@worksheet_function("Risk")
def risk_by_asset(
    portfolio: Portfolio,
    loadings: Loadings,
    factor_covariance: FactorCovariance,
    idio_variance: IdioVariance,
    view: ViewOption = "portfolio",
    periods_per_year: PeriodsPerYear = 1,
) -> pd.DataFrame:
    """Contribution of each asset to a portfolio's volatility, split into its factor and idio parts.

    marginal = (Ω_r w)_i/σ, contribution = w_i × marginal, sum σ; factor_contribution = w_i (B Ω_f x)_i/σ,
    idio_contribution = w_i² ψ_i/σ, share = contribution/σ. Marginals and contributions are times
    sqrt(periods_per_year). A portfolio without risk: contributions 0, marginal and share missing.

    Returns the portfolio's assets and `total` × weight, marginal, contribution, share, factor_contribution,
    idio_contribution. An asset that is not held and that the model does not know has no marginal.
    Raises as RISK_BY_FACTOR. Source: methodology 8.

    >>> portfolio = pd.DataFrame({"weight": [0.5, 0.5]}, ["A", "B"])
    >>> loadings = pd.DataFrame({"market": [1.0, 1.0]}, ["A", "B"])
    >>> factor_covariance = pd.DataFrame({"market": [0.0003]}, ["market"])
    >>> idio_variance = pd.DataFrame({"variance": [0.0002, 0.0002]}, ["A", "B"])
    >>> risk = xlfactor.risk_by_asset(portfolio, loadings, factor_covariance, idio_variance)
    >>> risk[["weight", "marginal", "contribution", "share"]].round(4)
           weight  marginal  contribution  share
    Asset
    A         0.5      0.02          0.01    0.5
    B         0.5      0.02          0.01    0.5
    total     1.0       NaN          0.02    1.0
    """
    m = view_risk(portfolio, loadings, factor_covariance, idio_variance, view, periods_per_year)
    columns = engine.risk_by_asset(m.risk, m.h.B, m.psi)
    total = {name: np.nan if name == "marginal" else float(values.sum()) for name, values in columns.items()}
    frame = pd.DataFrame(columns, m.h.assets)
    return pd.concat([frame, pd.DataFrame(total, ["total"])]).rename_axis("Asset")


@worksheet_function("Risk")
def risk_matrix(
    portfolio: Portfolio,
    loadings: Loadings,
    factor_covariance: FactorCovariance,
    idio_variance: IdioVariance,
    view: ViewOption = "portfolio",
    periods_per_year: PeriodsPerYear = 1,
) -> pd.DataFrame:
    """Contribution to volatility of each asset through each factor: rows sum to assets, columns to factors.

    C_ik = w_i B_ik (Ω_f x)_k/σ, idio w_i² ψ_i/σ, all times sqrt(periods_per_year). The `total` column is the
    contribution of RISK_BY_ASSET, the `total` row that of RISK_BY_FACTOR, their corner σ. Without risk all are 0.

    Returns the portfolio's assets and `total` × the K factors, `idio` and `total`.
    Raises as RISK_BY_FACTOR. Source: methodology 8.

    Half of each asset, loadings 1 and 3, Ω_f 0.01, ψ 0: x = 2, σ = 0.2.

    >>> portfolio = pd.DataFrame({"weight": [0.5, 0.5]}, ["AAA", "BBB"])
    >>> loadings = pd.DataFrame({"market": [1.0, 3.0]}, ["AAA", "BBB"])
    >>> covariance = pd.DataFrame({"market": [0.01]}, ["market"])
    >>> variance = pd.DataFrame({"variance": [0.0, 0.0]}, ["AAA", "BBB"])
    >>> xlfactor.risk_matrix(portfolio, loadings, covariance, variance).round(6).rename_axis(None)
           market  idio  total
    AAA      0.05   0.0   0.05
    BBB      0.15   0.0   0.15
    total    0.20   0.0   0.20
    """
    m = view_risk(portfolio, loadings, factor_covariance, idio_variance, view, periods_per_year)
    C = engine.risk_matrix(m.risk, m.h.B)
    C = np.column_stack([C, C.sum(axis=1)])
    rows = pd.Index([*m.h.assets, "total"], name="Asset")
    return pd.DataFrame(np.vstack([C, C.sum(axis=0)]), rows, [*m.h.factors, "idio", "total"])


@dataclass(frozen=True)
class ViewRisk:
    """One view of a portfolio and the model's variances, times periods_per_year."""

    h: Holdings
    Omega_f: Array
    psi: Array
    risk: engine.Risk


def view_risk(
    portfolio: pd.DataFrame,
    loadings: pd.DataFrame,
    factor_covariance: pd.DataFrame,
    idio_variance: pd.DataFrame,
    view: str,
    periods_per_year: float,
) -> ViewRisk:
    """The tables of a risk report joined, and the risk of the weights of one view."""
    chosen = one_of(view, View, "view")
    positive(periods_per_year, "periods_per_year")
    h = holdings(portfolio, loadings, (chosen,))
    Omega_f = periods_per_year * model_covariance(factor_covariance, h.factors, bool(h.family))
    psi = periods_per_year * held_idio_variances(h, idio_variance)
    return ViewRisk(h, Omega_f, psi, engine.portfolio_risk(h.B, Omega_f, psi, h.weights[chosen]))
