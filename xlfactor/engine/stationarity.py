"""Does the model hold still? Volatility of the factor returns between the halves and lately, and of the loadings."""

from __future__ import annotations

import numpy as np
from scipy.special import fdtri

from xlfactor.engine.arrays import Array
from xlfactor.engine.lights import Light, light
from xlfactor.engine.sections import Sections
from xlfactor.engine.validation import mrad
from xlfactor.engine.weights import ewma_weights

LEVEL = (0.05, 1e-6)  # family-wise significance of WARN and FAIL
WINDOW, VOLATILITY_HALF_LIFE, REGIME_HALF_LIFE = 12, 84.0, 42.0
START = 42  # dates before the first forecast of volatility
MRAD_LIMITS = (0.25, 0.4)
REGIME_LIMITS = (0.25, 0.5)  # |ln λ| as a ratio: 1.25 or 0.8, 1.5 or 0.67
PERIODS_BEFORE, STABILITY_LIMITS = 21, (0.9, 0.8)


def volatility_break(F: Array) -> Light:
    """Largest variance ratio of the two halves over the factors, against that of an F test with n_eff.

    n_eff = 2 n/(k − 1) of each half, k = max(3, kurtosis about each half's own variance): with fat tails a variance is
    less certain. Two-sided, Bonferroni over the factors: WARN at 5 %, FAIL at 1e-6.
    F : (T, K) factor returns, NaN where missing. NaN with fewer than 20 dates.
    """
    test, half = "volatility break", len(F) // 2
    halves = F[:half], F[half:]
    live = [k for k in range(F.shape[1]) if all(np.isfinite(part[:, k]).sum() >= 10 for part in halves)]
    found = [(*_variance_ratio(halves[0][:, k], halves[1][:, k], F.shape[1]), k) for k in live]
    if not found:
        return light(test, np.nan, (np.nan, np.nan))
    ratio, warn, fail, k = max(found, key=lambda one: one[0] / one[1])
    return light(test, ratio, (warn, fail), np.array([k]))


def _variance_ratio(a: Array, b: Array, K: int) -> tuple[float, float, float]:
    """Larger over smaller variance, and the ratios that WARN and FAIL."""
    parts = [x[np.isfinite(x)] for x in (a, b)]
    parts = [x - x.mean() for x in parts]
    variances = [float(x @ x) / (len(x) - 1) for x in parts]
    if min(variances) <= 0:
        return 1.0, 2.0, 4.0
    z = np.concatenate([x / np.sqrt(v) for x, v in zip(parts, variances, strict=True)])
    k = max(3.0, float((z**4).mean() / (z**2).mean() ** 2))
    n = [2 * (len(x) - 1) / (k - 1) for x in parts]
    large = int(np.argmax(variances))
    # scipy.stats.f.isf is the same and takes half a second to import
    limits = [float(fdtri(n[large], n[1 - large], 1 - p / (2 * K))) for p in LEVEL]
    return variances[large] / variances[1 - large], limits[0], limits[1]


def standardised(F: Array) -> Array:
    """z_t = f_t/σ_{t−1}, σ² the exponentially weighted second moment before t, half-life 84; from date 43 on."""
    decay = 2 ** (-1 / VOLATILITY_HALF_LIFE)
    total, weight = np.zeros(F.shape[1]), np.zeros(F.shape[1])
    Z = np.full(F.shape, np.nan)
    for t, f in enumerate(F):
        if t >= START:
            with np.errstate(divide="ignore", invalid="ignore"):
                z = f / np.sqrt(total / weight)
            Z[t] = np.where(np.isfinite(z), z, np.nan)
        seen = np.isfinite(f)
        total = np.where(seen, decay * total + np.where(seen, f, 0.0) ** 2, total)
        weight = np.where(seen, decay * weight + 1, weight)
    return Z[START:]


def risk_forecast(Z: Array) -> Light:
    """Mean over the factors of mean |sd(z over 12 dates) − 1|: .17 for perfect normal forecasts, .23 for t5."""
    values = [mrad(z[np.isfinite(z)], WINDOW) for z in Z.T]
    known = [v for v in values if np.isfinite(v)]
    return light("risk forecast", float(np.mean(known)) if known else np.nan, MRAD_LIMITS)


def regime(Z: Array) -> Light:
    """λ, λ² = EWMA of mean_k z² with half-life 42, at the last date; the limit is on |ln λ|: outside [0.8, 1.25].

    Source: USE4 volatility regime adjustment; methodology 7.4.
    """
    here = np.isfinite(Z).any(axis=1)
    if here.sum() < PERIODS_BEFORE:
        return light("volatility regime", np.nan, (1 + REGIME_LIMITS[0], 1 + REGIME_LIMITS[1]))
    B2 = np.nanmean(Z[here] ** 2, axis=1)
    lambda_ = float(np.sqrt(ewma_weights(len(B2), REGIME_HALF_LIFE) @ B2))
    if lambda_ >= 1:
        return light("volatility regime", lambda_, (1 + REGIME_LIMITS[0], 1 + REGIME_LIMITS[1]))
    return light("volatility regime", lambda_, (1 / (1 + REGIME_LIMITS[0]), 1 / (1 + REGIME_LIMITS[1])))


def loading_stability(sections: Sections, W: Array) -> Light:
    """Smallest over the styles of the mean weighted correlation of the loadings with those 21 periods before.

    Dates T, T − 21, T − 42 …; assets in both. Loadings that never change: 1. Source: USE4 (0.9, 0.8); methodology 9.
    """
    test, of_date = "loading stability", sections.of_date
    ends = [t for t in range(len(of_date) - 1, PERIODS_BEFORE - 1, -PERIODS_BEFORE) if of_date[t - PERIODS_BEFORE] >= 0]
    if len(sections.offsets) <= 2:
        return light(test, 1.0, STABILITY_LIMITS)
    pairs = [
        _correlations(sections, int(of_date[t]), int(of_date[t - PERIODS_BEFORE]), W[min(t, len(W) - 1)]) for t in ends
    ]
    if not pairs:
        return light(test, np.nan, STABILITY_LIMITS)
    C = np.array(pairs)
    known = np.isfinite(C).any(axis=0)
    if not known.any():
        return light(test, 1.0, STABILITY_LIMITS)
    mean = np.where(known, np.nanmean(np.where(known, C, 0.0), axis=0), np.inf)
    place = np.flatnonzero(sections.B.order == int(np.argmin(mean)))
    return light(test, float(mean.min()), STABILITY_LIMITS, place)


def _correlations(sections: Sections, now: int, before: int, w: Array) -> Array:
    """Weighted correlation of each style with itself on another loadings date; NaN where it does not vary."""
    (B, columns), (B_0, columns_0) = sections.section(now), sections.section(before)
    _, a, b = np.intersect1d(columns, columns_0, return_indices=True)
    both = B.complete[a] & B_0.complete[b]
    X, Y, v = B.S[a[both]], B_0.S[b[both]], np.nan_to_num(w[columns[a[both]]])
    if v.sum() <= 0:
        return np.full(X.shape[1], np.nan)
    v = v / v.sum()
    x, y = X - v @ X, Y - v @ Y
    with np.errstate(divide="ignore", invalid="ignore"):
        C = (v @ (x * y)) / np.sqrt((v @ (x * x)) * (v @ (y * y)))
    return np.where((v @ (x * x) > 1e-20) & (v @ (y * y) > 1e-20), C, np.nan)
