"""What can be wrong with a factor model, test by test: specification, estimation, multicollinearity.

Non-stationarity is in engine.stationarity. Every test is one number beside its limits: a `Light`.
"""

from __future__ import annotations

import numpy as np

from xlfactor.engine import stationarity
from xlfactor.engine.arrays import Array, IntArray
from xlfactor.engine.collinearity import Collinearity, collinearity
from xlfactor.engine.idio import estimate
from xlfactor.engine.lights import NOTHING, Light, light
from xlfactor.engine.regression import Fit, fits
from xlfactor.engine.reml import FREE
from xlfactor.engine.sections import Sections

HIGH_LEVERAGE = 0.25  # above, an asset nearly fits itself (methodology 6.2)
ROUNDING = 1e-20  # of the sum of squared returns: smaller squared idio returns are rounding
CLOSE = 1e-5  # to which ψ is estimated: the tests take one more step of it, and the user waits
NAMED = 5  # assets named as the ones that load most
CONDITION_LIMITS, VIF_LIMITS, CORRELATION_LIMITS = (30.0, 100.0), (5.0, 10.0), (0.7, 0.95)
FAIL_ABOVE_EDGE = 1.5  # times the edge: no run of noise comes there
NONLINEAR_LIMITS = (0.01, 0.05)
ASSETS_LIMITS, DATES_LIMITS = (10.0, 5.0), (10.0, 3.0)
LEVERAGE_SHARE_LIMITS, LEVERAGE_LIMITS, GAP_LIMITS = (0.05, 0.2), (0.9, 0.999), (0.15, 0.3)


def diagnose(R: Array, sections: Sections, W: Array, caps: Array | None, known_variances: bool) -> list[Light]:
    """The lights of the four risks; positions in `where` are columns of R for assets, factors otherwise.

    R : (T, N) returns, NaN where an asset did not trade; W : (1, N) or (T, N) regression weights, 1/ψ if
    known_variances. At least one date can be estimated. Dates that cannot are left out. Source: seed 1; methodology 9.
    """
    own = list(fits(R, sections, W, caps))
    dates = np.sort(np.concatenate([one.pattern.dates for one in own]))
    F = np.full((len(R), sections.n_factors), np.nan)
    for one in own:
        F[one.pattern.dates] = one.f
    F = F[dates]
    Z = stationarity.standardised(F)
    last = max(own, key=lambda one: one.pattern.dates[-1])
    w = last.pattern.w
    E = weighted_idio(R, sections, W if known_variances else _inverse_variances(R, sections, caps), caps)[dates]
    # every date at the same idio volatility: where it changes, squares explain more by chance than the share below
    scale = np.sqrt(np.maximum(np.nansum(E**2, axis=1), ROUNDING) / np.maximum(np.isfinite(E).sum(axis=1), 1))[:, None]
    return [
        missing_factors(E, int(np.median([one.rank for one in own]))),
        nonlinearity(E / scale, F),
        *estimation(own, R.shape[1]),
        stationarity.volatility_break(F),
        stationarity.risk_forecast(Z),
        stationarity.regime(Z),
        stationarity.loading_stability(sections, W),
        *multicollinearity(collinearity(last.pattern.B.take(w > 0), w[w > 0], sections.constant), last.condition),
    ]


def _inverse_variances(R: Array, sections: Sections, caps: Array | None) -> Array:
    """1/ψ by reml (1, N), 0 for an asset that has none."""
    found = estimate(R, sections, caps, tolerance=CLOSE)
    w = np.zeros((1, R.shape[1]))
    w[0, found.used] = 1 / found.psi
    return w


def weighted_idio(R: Array, sections: Sections, W: Array, caps: Array | None) -> Array:
    """e/sqrt(ψ) (T, N) of the regression with W = 1/ψ, ψ = sum e²/sum (1 − h) of the same; NaN where h is 1
    or the factors explain every return.

    That ψ is the given one's own by reml, and for another it keeps the scale of ψ, which is no common movement, out.
    """
    E, s, free = np.full(R.shape, np.nan), np.zeros(R.shape[1]), np.zeros(R.shape[1])
    seen, total = np.zeros(R.shape[1]), np.zeros(R.shape[1])
    for one in fits(R, sections, W, caps):
        columns = one.pattern.columns
        E[np.ix_(one.pattern.dates, columns)] = np.where(one.pattern.w > 0, one.e, np.nan)
        s[columns] += (one.e**2).sum(axis=0)
        free[columns] += len(one.e) * (1 - one.leverage)
        seen[columns] += len(one.e)
        total[columns] += (one.pattern.r**2).sum(axis=0)
    known = (free > FREE * seen) & (s > ROUNDING * total)
    return np.where(known, E / np.sqrt(np.where(known, s / np.where(known, free, 1.0), 1.0)), np.nan)


def missing_factors(E: Array, n_factors: int) -> Light:
    """Largest eigenvalue of the second moment of e/sqrt(ψ) against (1 + sqrt((N − K)/T))²; count: those above.

    Noise alone stays below (Marchenko-Pastur); a factor left out rises above. No rescaling by sqrt(1 − h): it sets
    off false alarms. E : (T, N) e/sqrt(ψ), NaN where missing (taken as 0). NaN with fewer than 2 assets.
    Source: methodology 9 (simulated: false alarm 4 to 6 %).
    """
    used = np.flatnonzero(np.isfinite(E).any(axis=0))
    T, N = len(E), len(used)
    edge = (1 + np.sqrt(max(N - n_factors, 1) / T)) ** 2
    if N < 2:
        return light("missing factors", np.nan, (edge, FAIL_ABOVE_EDGE * edge))
    Z = np.nan_to_num(E[:, used])
    _, s, Vt = np.linalg.svd(Z if T <= N else np.linalg.qr(Z, mode="r"), full_matrices=False)
    d = s**2 / T
    load_most = used[np.argsort(-np.abs(Vt[0]), kind="stable")[:NAMED]]
    return light("missing factors", float(d[0]), (edge, FAIL_ABOVE_EDGE * edge), load_most, int((d > edge).sum()))


def nonlinearity(E: Array, F: Array) -> Light:
    """Share of the idio variance that the factors' centred squares explain beyond 1 and F, less what chance explains.

    Mean over the assets of R² of e on the part of f² orthogonal to [1, F], minus k/(T − 1 − K), k its rank.
    E : (T, N) idio returns of any scale, NaN as 0; F : (T, K), columns with NaN are left out.
    NaN with fewer than 3K + 5 dates.
    """
    F = F[:, np.isfinite(F).all(axis=0)]
    T, K = F.shape
    E = E[:, np.isfinite(E).any(axis=0)]
    if T < 3 * K + 5 or K == 0 or E.size == 0:
        return light("nonlinearity", np.nan, NONLINEAR_LIMITS)
    linear = _orthonormal(np.column_stack([np.ones(T), F]))
    f = (F - F.mean(axis=0)) ** 2
    squares = _orthonormal(f - linear @ (linear.T @ f))
    e = np.nan_to_num(E - np.nanmean(E, axis=0))
    total = (e * e).sum(axis=0)
    explained = ((squares.T @ e) ** 2).sum(axis=0)
    share = explained[total > 0] / total[total > 0]
    by_chance = squares.shape[1] / (T - linear.shape[1])
    return light("nonlinearity", float(share.mean() - by_chance), NONLINEAR_LIMITS)


def _orthonormal(X: Array) -> Array:
    """An orthonormal basis of the columns of X, in units of their lengths; rounding is no column."""
    length = np.sqrt((X * X).sum(axis=0))
    U, s, _ = np.linalg.svd(X[:, length > 0] / length[length > 0], full_matrices=False)
    return np.asarray(U[:, s > 1e-10 * s.max(initial=0.0)])


def estimation(fits: list[Fit], N: int) -> list[Light]:
    """Assets and dates per factor, leverage, and what R² loses on an asset that the regression has not seen."""
    T = sum(len(one.f) for one in fits)
    counts = np.concatenate([np.full(len(one.f), one.n_assets) for one in fits])
    ranks = np.concatenate([np.full(len(one.f), max(one.rank, 1)) for one in fits])
    h, seen = np.zeros(N), np.zeros(N)
    for one in fits:
        used = one.pattern.columns[one.pattern.w > 0]
        h[used] += len(one.f) * one.leverage[one.pattern.w > 0]
        seen[used] += len(one.f)
    mean = np.divide(h, seen, out=np.zeros(N), where=seen > 0)
    high = np.flatnonzero(mean > HIGH_LEVERAGE)
    order = np.argsort(-mean, kind="stable")
    share = len(high) / max(int((seen > 0).sum()), 1)
    return [
        light("assets per factor", float(np.median(counts / ranks)), ASSETS_LIMITS),
        light("dates per factor", float(T / np.median(ranks)), DATES_LIMITS),
        light("high leverage", share, LEVERAGE_SHARE_LIMITS, order[: min(NAMED, len(high))], len(high)),
        light("largest leverage", float(mean.max()), LEVERAGE_LIMITS, order[:1]),
        light("out-of-sample loss", r_squared_gap(fits), GAP_LIMITS),
    ]


def r_squared_gap(fits: list[Fit]) -> float:
    """sum w [e²/(1 − h)² − e²]/sum w (r − r̄)²: R² in sample minus R² of each asset predicted without itself.

    e/(1 − h) is the error of the regression that leaves the asset out (Allen's PRESS). Assets with h ≥ .999 are left
    out. NaN where returns do not differ.
    """
    lost, total = 0.0, 0.0
    for one in fits:
        w, r, h = one.pattern.w, one.pattern.r, np.minimum(one.leverage, 1.0)
        w = np.where(h < LEVERAGE_LIMITS[1], w, 0.0)
        if not w.any():
            continue
        free = np.where(w > 0, 1 - h, 1.0)
        lost += float(((one.e**2) @ (w * (1 / free**2 - 1))).sum())
        total += float((((r - (r @ w / w.sum())[:, None]) ** 2) @ w).sum())
    return lost / total if total > 0 else np.nan


def multicollinearity(found: Collinearity, condition: float) -> list[Light]:
    """The largest variance inflation and correlation of the columns, and the condition number of the regression."""
    top = _argmax(found.vif)
    pair = _argmax(np.abs(found.max_correlation))
    both = np.array([pair[0], found.partner[pair[0]]]) if len(pair) else NOTHING
    largest = float(np.abs(found.max_correlation[pair[0]])) if len(pair) else 0.0
    return [
        light("variance inflation", float(found.vif[top[0]]) if len(top) else 1.0, VIF_LIMITS, top),
        light("condition number", condition, CONDITION_LIMITS),
        light("correlated loadings", largest, CORRELATION_LIMITS, both),
    ]


def _argmax(values: Array) -> IntArray:
    known = np.flatnonzero(np.isfinite(values))
    return known[[int(np.argmax(values[known]))]] if len(known) else NOTHING
