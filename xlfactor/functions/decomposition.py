"""Risk of a portfolio: its exposures, and its decomposition into factors and idio."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import pandas as pd

from xlfactor.engine import risk as engine
from xlfactor.functions.kinds import FactorCovariance, IdioVariance, Kind, Loadings, PeriodsPerYear, Portfolio
from xlfactor.functions.options import positive
from xlfactor.functions.registry import worksheet_function
from xlfactor.tables.holdings import VIEWS, held_idio_variances, holdings, model_covariance

Confidence = Annotated[float, Kind("number", "Confidence of value at risk and expected shortfall: 0.95 for 95 %.")]
Horizon = Annotated[float, Kind("number", "Periods over which value at risk and expected shortfall are measured.")]


@worksheet_function("Risk")
def exposures(portfolio: Portfolio, loadings: Loadings) -> pd.DataFrame:
    """Factor exposures of a portfolio, its benchmark and the difference.

    Question: what am I betting on, and against what?

        x = B'w

    An exposure of 0.2 to a standardized style: fully invested, the portfolio stands 0.2 standard deviations above the
    market in it. A family value's exposure is the weight held in it.

    portfolio : N weights, and optionally N benchmark weights; no blank. They need not sum to 1.
    loadings : assets × K factors; of dated ones the last date.

    Returns K factors × portfolio, benchmark, active (their difference); the last two missing without a benchmark.
    Raises ASSET_NOT_IN_LOADINGS, LOADING_MISSING for a held asset that the loadings do not cover, WEIGHT_MISSING,
    WEIGHT_ALL_ZERO.
    Source: methodology 8.

    Example: fully invested like the benchmark, but half a unit smaller in size.

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

    Question: what is my risk, and how much of it is factor risk?

        σ² = x'Ω_f x + Σ_i w_i² ψ_i, x = B'w

    w are the weights of the portfolio, of the benchmark, or of the active part, portfolio minus benchmark. The active
    volatility is what others call tracking error.

    Returns measure × portfolio, benchmark, active; the last two and beta are missing without a benchmark, shares where
    there is no risk.
    annual_volatility : σ √periods_per_year; annual_factor_volatility and annual_idio_volatility of the two terms
    alone.
    factor_share, idio_share : of σ²; they sum to 1.
    beta : w'Ω_r w_b/(w_b'Ω_r w_b), w_b the benchmark, as the model predicts it.
    value_at_risk : z σ √horizon, z the normal quantile of `confidence`; a loss as a share of the portfolio, over
    `horizon` periods.
    expected_shortfall : φ(z)/(1 − confidence) σ √horizon; the mean of the losses beyond. Both for normal returns of
    mean 0.
    effective_assets : (Σ|w|)²/Σ w²; as many equal positions are as concentrated.
    n_assets : positions that are not 0.

    Raises as EXPOSURES; IDIO_MISSING, FACTOR_UNKNOWN, NOT_SYMMETRIC, NOT_A_COVARIANCE; VALUE_RANGE for an option.
    Source: methodology 8.

    Example: 32 % a year, three quarters of the variance is market. No factor is bet on against the benchmark: the
    active 7.9 % are all idio. On one day in twenty the loss is above 3.3 %.

    >>> portfolio = pd.DataFrame({"weight": [0.5, 0.5], "benchmark": [0.75, 0.25]}, ["A", "B"])
    >>> loadings = pd.DataFrame({"market": [1.0, 1.0]}, ["A", "B"])
    >>> factor_covariance = pd.DataFrame({"market": [0.0003]}, ["market"])
    >>> idio_variance = pd.DataFrame({"variance": [0.0002, 0.0002]}, ["A", "B"])
    >>> xlfactor.risk_decomposition(portfolio, loadings, factor_covariance, idio_variance).round(4)
                              portfolio  benchmark  active
    Measure
    annual_volatility            0.3175     0.3273  0.0794
    annual_factor_volatility     0.2750     0.2750  0.0000
    annual_idio_volatility       0.1587     0.1775  0.0794
    factor_share                 0.7500     0.7059  0.0000
    idio_share                   0.2500     0.2941  1.0000
    beta                         0.9412     1.0000 -0.0588
    value_at_risk                0.0329     0.0339  0.0082
    expected_shortfall           0.0413     0.0425  0.0103
    effective_assets             2.0000     1.6000  2.0000
    n_assets                     2.0000     2.0000  2.0000
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
