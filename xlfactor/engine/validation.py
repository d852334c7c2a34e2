"""Were the forecasts of risk right? Bias statistics and losses of standardised returns z = r/σ, σ known before r."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.special import chdtrc, ndtri, xlogy

from xlfactor.engine.arrays import Array
from xlfactor.errors import FactorError

TINY = 1e-4  # |z| below counts as this: the logarithm of a return of zero has no bound
NORMAL_KURTOSIS = 3.0
CONFIDENCE = 0.95  # of the value at risk whose breaches are counted
SIGNIFICANT = 0.05


def bias_statistics(Z: Array, window: int = 12) -> dict[str, Array]:
    """The columns of BIAS_STATISTICS by label, (N,) each: bias, lower, upper, mrad, qlike.

    bias B = sd(z), ddof 1; lower, upper = 1 ∓ sqrt((k − 1)/n), k = max(3, kurtosis of z): the plain band, k = 3, is
    right for normal z only. mrad = mean |B_window − 1| over all windows. qlike = mean(z² − ln z² − 1).
    Z : (T, N) returns over forecast volatility, NaN where either is missing: each series has its own n values. NaN
    with fewer than 2 (bias), than `window` (mrad), or without any (qlike).
    Raises VALUE_RANGE for a window below 2. Source: USE4 Methodology Notes (bias, plain band); methodology 9.
    """
    if window < 2:
        raise FactorError("VALUE_RANGE", f"window is {window:g}", "type 2 or more periods", argument="window")
    series = [z[np.isfinite(z)] for z in Z.T]
    half = np.array([half_width(z) for z in series])
    return {
        "bias": np.array([_deviation(z) for z in series]),
        "lower": 1 - half,
        "upper": 1 + half,
        "mrad": np.array([mrad(z, window) for z in series]),
        "qlike": np.array([qlike(z) for z in series]),
    }


def half_width(z: Array) -> float:
    """sqrt((k − 1)/n), k = max(3, m_4/m_2²): twice the standard error of sd(z). z (n,) without NaN."""
    if len(z) < 2:
        return np.nan
    d = (z - z.mean()) ** 2
    m2 = d.mean()
    k = max(NORMAL_KURTOSIS, float((d * d).mean() / m2**2)) if m2 > 0 else NORMAL_KURTOSIS
    return float(np.sqrt((k - 1) / len(z)))


def mrad(z: Array, window: int) -> float:
    """Mean over the rolling windows of |sd(z in the window) − 1|; NaN with fewer than `window` values.

    Perfect forecasts, window 12: normal .169, t5 .231, t4 .259 (simulated). Source: methodology 9.
    """
    if len(z) < window:
        return np.nan
    return float(np.abs(sliding_window_view(z, window).std(axis=1, ddof=1) - 1).mean())


def qlike(z: Array) -> float:
    """mean(z² − ln z² − 1), |z| at least 1e-4: γ + ln 2 = 1.2704 for a perfect normal forecast, more for any other.

    A forecast c times too large adds 1/c² + 2 ln c − 1 on average. Source: Patton 2011; methodology 9.
    """
    square = np.maximum(np.abs(z), TINY) ** 2
    return float((square - np.log(square) - 1).mean()) if len(z) else np.nan


def breaches(z: Array) -> float:
    """Share of the returns below −VaR = −Φ⁻¹(0.95) σ: 0.05 if the forecasts are right and returns normal."""
    return float((z < -ndtri(CONFIDENCE)).mean()) if len(z) else np.nan


def kupiec_p_value(z: Array) -> float:
    """P(chi²(1) > LR), LR = 2 ln[(1−x/n)^{n−x} (x/n)^x] − 2 ln[(1−p)^{n−x} p^x] of x breaches of the 95 % VaR.

    Source: Kupiec 1995, proportion of failures.
    """
    n, p = len(z), 1 - CONFIDENCE
    x = n * breaches(z)
    ratio = 2 * (xlogy(n - x, 1 - x / n) + xlogy(x, x / n) - (n - x) * np.log(1 - p) - x * np.log(p))
    return float(chdtrc(1, max(ratio, 0.0)))


def family_summary(Z: Array, window: int = 12) -> dict[str, float]:
    """A family of test portfolios in one row: mean bias, share of portfolios in band, mean mrad and qlike, breaches.

    Z : (T, n) one column a portfolio. kupiec_rejected : the share of portfolios whose count of breaches the Kupiec
    test rejects at 5 %. A portfolio with fewer than `window` returns is left out; none left: NaN.
    """
    names = ("bias", "in_band_share", "mrad", "qlike", "value_at_risk_breaches", "kupiec_rejected")
    Z = Z[:, np.isfinite(Z).sum(axis=0) >= window]
    if Z.shape[1] == 0:
        return dict.fromkeys(names, np.nan)
    found = bias_statistics(Z, window)
    series = [z[np.isfinite(z)] for z in Z.T]
    values = (
        found["bias"].mean(),
        in_band(found).mean(),
        found["mrad"].mean(),
        found["qlike"].mean(),
        np.mean([breaches(z) for z in series]),
        np.mean([kupiec_p_value(z) < SIGNIFICANT for z in series]),
    )
    return {name: float(value) for name, value in zip(names, values, strict=True)}


def in_band(found: dict[str, Array]) -> Array:
    """Whether lower ≤ bias ≤ upper, 0 or 1, NaN where there is no bias."""
    B = found["bias"]
    inside = ((found["lower"] <= B) & (found["upper"] >= B)).astype(float)
    return np.where(np.isnan(B), np.nan, inside)


def _deviation(z: Array) -> float:
    return float(z.std(ddof=1)) if len(z) > 1 else np.nan
