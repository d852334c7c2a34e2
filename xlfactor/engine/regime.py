"""The volatility regime: by how much all volatilities stand above or below what their slow average says."""

from __future__ import annotations

import numpy as np

from xlfactor.engine.arrays import Array
from xlfactor.engine.weights import ewma_weights
from xlfactor.errors import FactorError

SMALLEST, LARGEST = 0.5, 2.0  # of the multiplier of volatilities; USE4 saw 0.70 to 1.45
SEEN = 21  # earlier values that σ needs: the square of return over volatility has no mean with two


def multiplier(F: Array, half_life: float, regime_half_life: float, weights: Array | None = None) -> float:
    """λ² = EWMA(B_t², regime_half_life), B_t² = sum_k v_k (f_kt/σ_k,t−1)², λ within [0.5, 2]: the variance is λ² times.

    σ²_k,t−1: EWMA of f_k² before t with `half_life` (0: equal weights), no Newey-West, from 21 values on.
    F : (T, K) factor or idio returns, NaN where missing. weights : (K,) v before they are scaled to sum 1 over the
    columns that a date has; None: equal. half-lives in periods; regime_half_life 0 weighs all dates alike.
    Returns λ². Raises FEW_DATES if no date has a σ before it.
    Source: USE4 Methodology Notes (volatility regime adjustment); methodology 7.4.
    """
    seen = np.isfinite(F)
    squares = np.where(seen, F, 0.0) ** 2
    variance = _before(squares, half_life) / np.maximum(_before(seen.astype(float), half_life), np.finfo(float).tiny)
    known = seen & (_before(seen.astype(float), 0) >= SEEN) & (variance > 0)
    v = known * (np.ones(F.shape[1]) if weights is None else weights)
    total = v.sum(axis=1)
    dates = total > 0
    if not dates.any():
        raise FactorError(
            "FEW_DATES", f"no column has more than {SEEN} returns to tell the regime from",
            "add dates or set regime_half_life to 0", argument="regime_half_life",
        )  # fmt: skip
    z2 = squares / np.where(known, variance, 1.0)
    B2 = (v * z2).sum(axis=1)[dates] / total[dates]
    w = ewma_weights(len(F), regime_half_life)[dates]
    return float(np.clip(w @ B2 / w.sum(), SMALLEST**2, LARGEST**2))


def _before(X: Array, half_life: float) -> Array:
    """sum_{s<t} 2^(−(t−1−s)/half_life) x_s for each t, (T, K); the first row is 0."""
    decay = 2 ** (-1 / half_life) if half_life > 0 else 1.0
    from scipy.signal import lfilter  # half a second of imports that few need

    S = lfilter([1.0], [1.0, -decay], X, axis=0)
    return np.vstack([np.zeros((1, X.shape[1])), S[:-1]])
