"""Estimation noise: what the regression's own error adds to the factor returns."""

from __future__ import annotations

import numpy as np
import pandas as pd

from xlfactor.engine.factor_noise import noise
from xlfactor.functions.kinds import Caps, Lag, Loadings, OptionalIdioVariance, Returns, Weights
from xlfactor.functions.registry import worksheet_function
from xlfactor.functions.regression import too_few
from xlfactor.tables.align import panel


@worksheet_function("Regression")
def factor_noise(
    returns: Returns,
    loadings: Loadings,
    idio_variance: OptionalIdioVariance = None,
    weights: Weights = None,
    caps: Caps = None,
    lag: Lag = 1,
) -> pd.DataFrame:
    """Estimation noise in the factor returns: what a small universe adds to their covariance.

    Question: how much of my factors' volatility is only estimation error of a small universe?

        mean over t of R (Z'WZ)^-1 R', W = diag(1/ψ)

    with R and Z as in FACTOR_TSTATS: f_t is estimated with this error, and its covariance adds to the factors' own.
    With other weights it is P Ω_ε P', P of FACTOR_PORTFOLIOS, with the panel's own idio variances, mean of e²/(1 − h),
    h the leverage. A pair of factors counts the dates that have both; missing if there is none.

    Returns K × K factors, variances per period, for the argument `noise` of FACTOR_COVARIANCE.
    Raises as FACTOR_RETURNS.
    Source: methodology 7.2.

    Example: the mean of three assets with variance 0.0003 has error variance 0.0001.

    >>> returns = pd.DataFrame([[0.01, 0.02, 0.06]], ["2026-01-05"], list("ABC"))
    >>> loadings = pd.DataFrame({"market": 1.0}, list("ABC"))
    >>> idio_variance = pd.DataFrame({"variance": [0.0003, 0.0003, 0.0003]}, list("ABC"))
    >>> xlfactor.factor_noise(returns, loadings, idio_variance).round(8)
            market
    Factor
    market  0.0001
    """
    p = panel(returns, loadings, idio_variance=idio_variance, weights=weights, caps=caps, lag=lag)
    M = noise(p.R, p.sections, p.W, p.caps, p.known_variances)
    if np.isnan(M).all():
        raise too_few(p, "returns")
    return pd.DataFrame(M, pd.Index(p.factors.names, name="Factor"), p.factors.names)
