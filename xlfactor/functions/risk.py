"""Who contributes what to a portfolio's volatility: factors, assets, and each asset through each factor."""

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
from xlfactor.tables.holdings import Holdings, held_idio_variances, holdings, model_covariance

View = Literal["portfolio", "benchmark", "active"]
ViewOption = Annotated[
    View, Kind("choice", "Which weights: portfolio, benchmark, or active (portfolio minus benchmark).")
]


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

    Question: which factors does my risk come from?

        contribution_k = x_k σ_k ρ_k, ρ_k = (Ω_f x)_k/(σ_k σ), marginal_k = (Ω_f x)_k/σ

    x = B'w. Contributions of the factors and idio sum to σ, the volatility; a negative one diversifies.

    periods_per_year : volatility, marginal and contribution are times its root; 1 leaves them per period, 252 makes
    those of days annual.

    Returns factors, `idio`, `Family (total)` for each text column of the loadings, and `total`; a portfolio without
    risk has contributions 0, the rest missing.
    exposure : x_k.
    volatility : σ_k of the factor; of idio and total their own.
    correlation : ρ_k of the factor with the portfolio.
    marginal : what a unit more exposure adds to σ.
    contribution : to σ; of idio Σ_i w_i² ψ_i/σ; of a family the sum over its factors, which are already counted above.
    share : contribution/σ.

    Raises as RISK_DECOMPOSITION; BENCHMARK_MISSING.
    Source: methodology 8; Menchero and Davis 2011 (exposure × volatility × correlation).

    Example: of 2 % a day the market contributes 1.5, the stocks' own risk 0.5.

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

    Question: which positions does my risk come from, and which one would I cut?

        marginal_i = (Ω_r w)_i/σ, contribution_i = w_i × marginal_i, Ω_r = B Ω_f B' + diag(ψ)

    periods_per_year : marginals and contributions are times its root; 1 leaves them per period, 252 makes those of
    days annual.

    Returns the portfolio's assets and `total`; a portfolio without risk has contributions 0, marginal and share
    missing.
    weight : w_i of the view.
    marginal : what a unit more weight adds to σ; missing for an asset that is not held and that the model does not
    know.
    contribution : they sum to σ, the volatility.
    share : contribution/σ.
    factor_contribution : w_i (B Ω_f x)_i/σ, x = B'w.
    idio_contribution : w_i² ψ_i/σ.

    Raises as RISK_BY_FACTOR.
    Source: methodology 8.

    Example: two equal positions in equal stocks contribute 1 % each to the volatility of 2 % a day, three quarters of
    it through the market.

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

    Question: through which factor does each position add its risk?

        C_ik = w_i B_ik (Ω_f x)_k/σ, C_{i,idio} = w_i² ψ_i/σ, x = B'w

    periods_per_year : contributions are times its root; 1 leaves them per period, 252 makes those of days annual.

    Returns the portfolio's assets and `total` × the K factors, `idio` and `total`. The `total` column is the
    contribution of RISK_BY_ASSET, the `total` row that of RISK_BY_FACTOR, their corner σ. Without risk all are 0.
    Raises as RISK_BY_FACTOR.
    Source: methodology 8.

    Example: half of each asset with loadings 1 and 3 is an exposure of 2; with a market volatility of 0.1, σ is 0.2,
    and BBB adds three times as much as AAA.

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
