"""Time-series loadings: each asset's returns regressed on known factors, on the asset's own dates.

r_it = α_i + b_i'f_t + ε_it. Assets present on the same dates share one factorisation.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_triangular

from xlfactor.engine.arrays import Array, BoolArray, IntArray
from xlfactor.errors import FactorError, first_five

INDEPENDENT = 1e-10  # a column of which the others leave a smaller share of its length is their combination
FLAT = 1e-12  # a spread below this share of the largest value is rounding


@dataclass(frozen=True)
class TimeSeriesLoadings:
    """The regressions of N assets on K factors; a row is NaN for an asset that could not be estimated.

    alpha (N,), B (N, K); standard_errors and t_stats (N, K + 1), alpha first; r_squared, adjusted_r_squared,
    idio_variance (N,); n (N,) the dates used. With shrinkage B alone is shrunk, all else is the regression's.
    """

    alpha: Array
    B: Array
    standard_errors: Array
    t_stats: Array
    r_squared: Array
    adjusted_r_squared: Array
    idio_variance: Array
    n: IntArray


def timeseries_loadings(
    R: Array, F: Array, half_life: float = 0.0, lags: int = 0, shrinkage: float = 0.0
) -> TimeSeriesLoadings:
    """B by least squares with an intercept, weights w_t ∝ 2^{−(T−t)/half_life} (half_life 0: equal).

    With X = [1 F], W = diag(w), mean of w = 1: b = (X'WX)^-1 X'W r, ε = r − X b, n dates of the asset,
    idio_variance = Σ w ε²/(n − K − 1) (SSE/(n − K − 1) at equal weights), R² centred about the weighted mean.
    Standard errors: lags = 0 classical, idio_variance (X'WX)^-1; lags = L > 0 Newey-West,
    (X'WX)^-1 [S_0 + Σ_{l≤L} (1 − l/(L+1))(S_l + S_l')] (X'WX)^-1, S_l = Σ u_t u_{t−l} x_t x_{t−l}', u = w ε,
    without small-sample factor; the dates of an asset count as consecutive.
    shrinkage s (Vasicek): b − s (1 − v)(b − b̄), v = s_p²/(s_p² + se²), b̄ the mean over the assets,
    s_p² = var(b) − mean se², at least 0.

    R : (T, N) returns, decimals per period, NaN where an asset did not trade.
    F : (T, K) factor returns (excess returns or innovations); a date on which any of them is NaN is left out.
    An asset with fewer than K + 2 dates, or on whose dates the factors are dependent, is NaN.
    Raises VALUE_RANGE; FEW_DATES if no asset can be estimated; FACTOR_COLLINEAR with the factors' columns as
    (0, column) in `cells`.
    Source: methodology, section 4; Newey and West 1987; Vasicek 1973. Equals statsmodels WLS, and HAC without
    small-sample correction.
    """
    _check(len(R), half_life, lags, shrinkage)
    N, K = R.shape[1], F.shape[1]
    n = refuse_few_dates(R, F)
    refuse_dependent(F[np.isfinite(F).all(axis=1)])
    coefficients, errors = np.full((N, K + 1), np.nan), np.full((N, K + 1), np.nan)
    r_squared, psi = np.full(N, np.nan), np.full(N, np.nan)
    for dates, assets in presence_patterns(R, F):
        if len(dates) < K + 2:
            continue
        r, v = R[np.ix_(dates, assets)], _weights(dates, half_life)
        Q, H = _factorised(F[dates], v)
        if H is None:
            continue
        y = np.sqrt(v)[:, None] * r
        g = Q.T @ y
        e = y - Q @ g
        coefficients[assets] = (H @ g).T
        psi[assets] = (e * e).sum(axis=0) / (len(dates) - K - 1)
        errors[assets] = np.sqrt(_variances(Q, H, e, psi[assets], lags))
        r_squared[assets] = 1 - (e * e).sum(axis=0) / total_variation(r, v)
    if np.isnan(psi).all():
        raise FactorError(
            "FEW_DATES", f"half_life {half_life:g} leaves too few dates with weight",
            "lengthen it or add dates", argument="half_life",
        )  # fmt: skip
    with np.errstate(divide="ignore", invalid="ignore"):
        t = coefficients / errors
        adjusted = 1 - (1 - r_squared) * (n - 1) / (n - K - 1)
    B = vasicek(coefficients[:, 1:], errors[:, 1:], shrinkage)
    return TimeSeriesLoadings(
        coefficients[:, 0], B, errors, np.where(np.isfinite(t), t, np.nan), r_squared, adjusted, psi, n
    )


def vasicek(B: Array, standard_errors: Array, shrinkage: float) -> Array:
    """b − s (1 − v)(b − b̄), factor by factor; v = s_p²/(s_p² + se²), s_p² = var(b) − mean se², at least 0.

    B, standard_errors : (N, K), rows of NaN where not estimated; fewer than two estimated assets: B itself.
    """
    estimated = np.isfinite(B).all(axis=1)
    if estimated.sum() < 2 or shrinkage == 0:
        return B
    b, se2 = B[estimated], standard_errors[estimated] ** 2
    s_p2 = np.maximum(b.var(axis=0, ddof=1) - se2.mean(axis=0), 0.0)
    v = s_p2 / np.where(s_p2 + se2 > 0, s_p2 + se2, 1.0)
    out = B.copy()
    out[estimated] = b - shrinkage * np.where(se2 > 0, 1 - v, 0.0) * (b - b.mean(axis=0))
    return out


def presence_patterns(R: Array, F: Array) -> Iterator[tuple[IntArray, IntArray]]:
    """(dates, assets): the assets that have a return, while all factors have a value, on the same dates."""
    present = _present(R, F)
    bits = np.ascontiguousarray(np.packbits(present, axis=0).T)
    pattern = np.unique(bits, axis=0, return_inverse=True)[1].reshape(-1)
    order = np.argsort(pattern, kind="stable")
    for assets in np.split(order, np.flatnonzero(np.diff(pattern[order])) + 1):
        yield np.flatnonzero(present[:, assets[0]]), assets


def refuse_dependent(F: Array) -> None:
    """FACTOR_COLLINEAR if a factor is a constant or a combination of the others; `cells` are (0, column)."""
    X, length = _unit_columns(F - F.mean(axis=0), F)
    if (length == 0).any():
        columns, what = np.flatnonzero(length == 0), "does not vary"
    else:
        _, s, Vt = np.linalg.svd(X, full_matrices=False)
        null = Vt[s <= INDEPENDENT * s[0]]
        columns, what = np.flatnonzero((np.abs(null) > 1e-6).any(axis=0)), "is a combination of others"
    if len(columns):
        raise FactorError(
            "FACTOR_COLLINEAR", f"a factor {what}: its loadings are not identified", "leave it out",
            where="column " + first_five(columns + 1), argument="factors",
            cells=[(0, int(j)) for j in columns],
        )  # fmt: skip


def _weights(dates: IntArray, half_life: float) -> Array:
    """2^{−(last − t)/half_life}, mean 1; from the asset's own last date, so that they never all vanish."""
    v = np.exp2((dates - dates[-1]) / half_life) if half_life > 0 else np.ones(len(dates))
    return np.asarray(v / v.mean())


def _check(T: int, half_life: float, lags: int, shrinkage: float) -> None:
    checks = [
        ("half_life", half_life, 0 <= half_life < np.inf, "give periods, or 0 for equal weights"),
        ("lags", lags, 0 <= lags < T, "give a whole number from 0, below the number of dates"),
        ("shrinkage", shrinkage, 0 <= shrinkage <= 1, "give a number from 0 to 1"),
    ]
    for name, value, fine, fix in checks:
        if not fine:
            raise FactorError("VALUE_RANGE", f"{name} is {value:g}", fix, argument=name)


def refuse_few_dates(R: Array, F: Array) -> IntArray:
    """Dates of each asset (N,); FEW_DATES if none has K + 2."""
    n: IntArray = np.sum(_present(R, F), axis=0, dtype=np.int64)
    K = F.shape[1]
    if n.max(initial=0) < K + 2:
        raise FactorError(
            "FEW_DATES", f"no asset has returns on {K + 2} dates on which every factor has a value",
            "add dates or leave factors out", argument="returns",
        )  # fmt: skip
    return n


def _present(R: Array, F: Array) -> BoolArray:
    return np.isfinite(R) & np.isfinite(F).all(axis=1, keepdims=True)


def _factorised(F: Array, v: Array) -> tuple[Array, Array | None]:
    """Q (n, K+1) and H with b = H Q'V^{1/2} r; H is None where the factors are dependent on these dates.

    The factors are centred and scaled first: beside [1 F] a factor with a large mean looks like the constant.
    """
    root_v = np.sqrt(v)
    mean = v @ F / len(F)
    Z, length = _unit_columns(root_v[:, None] * (F - mean), F)
    Q, U = np.linalg.qr(np.column_stack([root_v / np.sqrt(len(F)), Z]))
    if (length == 0).any() or np.abs(np.diag(U)).min() <= INDEPENDENT:
        return Q, None
    M = np.diag(1 / np.concatenate([[np.sqrt(len(F))], length]))
    M[0, 1:] = -mean / length
    return Q, M @ solve_triangular(U, np.eye(len(U)))


def _variances(Q: Array, H: Array, e: Array, psi: Array, lags: int) -> Array:
    """Variances of the coefficients (G, K+1): classical, or Newey-West from each date's influence on them."""
    if lags == 0:
        return np.outer(psi, (H * H).sum(axis=1))
    V = np.empty((len(psi), len(H)))
    for k, influence in enumerate((Q @ H.T).T):
        z = influence[:, None] * e
        V[:, k] = (z * z).sum(axis=0)
        for lag in range(1, lags + 1):
            V[:, k] += 2 * (1 - lag / (lags + 1)) * (z[lag:] * z[:-lag]).sum(axis=0)
    return np.maximum(V, 0.0)


def _unit_columns(X: Array, F: Array) -> tuple[Array, Array]:
    """Columns over their length; both 0 where the length is rounding beside the size of F's column."""
    length = np.sqrt((X * X).sum(axis=0))
    length = np.where(length > FLAT * np.sqrt((F * F).sum(axis=0)), length, 0.0)
    return np.where(length > 0, X / np.where(length > 0, length, 1.0), 0.0), length


def total_variation(r: Array, v: Array) -> Array:
    """Σ v (r − weighted mean)² for weights v (n,), NaN where r is one constant."""
    d = r - v @ r / v.sum()
    return np.where(np.ptp(r, axis=0) > 0, v @ (d * d), np.nan)
