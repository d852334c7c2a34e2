"""The covariance of factor returns: exponential weights, Newey-West, the removal of noise, adjustments."""

from __future__ import annotations

import numpy as np

from xlfactor.engine.arrays import Array, symmetric
from xlfactor.engine.eigenfactor import adjust
from xlfactor.engine.idio_variance import variances
from xlfactor.engine.regime import multiplier
from xlfactor.engine.shrinkage import shrink
from xlfactor.engine.weights import ewma_weights
from xlfactor.errors import FactorError

LARGEST_NOISE_SHARE = 0.9  # of the variance in any direction: what is left keeps Omega_f positive
ZERO = 1e-10  # an eigenvalue below this share of the largest is rounding


def second_moment(F: Array, w: Array, lags: int) -> Array:
    """V = C_0 + sum_{l≤L} (1 − l/(L+1)) (C_l + C_l'),  C_l = sum_t sqrt(w_t w_{t−l}) f_t f_{t−l}'.

    F : (T, K) factor returns, decimals per period, NaN where missing; w : (T,) weights of sum 1.
    Returns (K, K). Uncentred, and the Bartlett sum of the series sqrt(w_t) f_t, hence positive semidefinite.
    Missing: element jk is divided by the weight of the dates that have both j and k (which each pair must
    have), so that a factor that starts late has the variance of its own history; V may then be indefinite.
    Source: methodology 7.1; Newey and West 1987 with the weights inside the sum.
    """
    seen = ~np.isnan(F)
    complete = seen.all()
    Y = np.sqrt(w)[:, None] * (F if complete else np.where(seen, F, 0.0))
    X = Y.copy()
    for lag in range(1, min(lags, len(F) - 1) + 1):
        X[lag:] += 2 * (1 - lag / (lags + 1)) * Y[:-lag]
    V = symmetric(Y.T @ X)  # Y'X = C_0 + 2 sum (1 − l/(L+1)) C_l: one product for all lags
    return V / (w.sum() if complete else symmetric((seen * w[:, None]).T @ seen))


def unseen_pairs(F: Array) -> list[tuple[int, int]]:
    """Pairs j ≤ k of columns of F (T, K) with no date in common: nothing is known of their covariance.

    j = k is a column without any return.
    """
    seen = (~np.isnan(F)).astype(float)
    return [(int(j), int(k)) for j, k in np.argwhere(np.triu(seen.T @ seen == 0))]


def correlation(Omega: Array) -> Array:
    """Omega_jk/(σ_j σ_k), (K, K): exactly 1 on the diagonal, NaN where a variance is not positive."""
    s = np.sqrt(np.where(np.diag(Omega) > 0, np.diag(Omega), np.nan))
    C = Omega / s[:, None] / s
    np.fill_diagonal(C, np.where(np.isnan(s), np.nan, 1.0))
    return C


def factor_covariance(
    F: Array,
    *,
    half_life_volatility: float,
    half_life_correlation: float,
    newey_west_volatility: int,
    newey_west_correlation: int,
    shrinkage: str,
    noise: Array | None = None,
    eigen_adjustment: float = 0,
    regime_half_life: float = 0,
) -> Array:
    """Omega_f = D Corr D, less the estimation noise, shrunk, eigenfactor- and regime-adjusted, in this order.

    D: volatilities of `second_moment` with the half-life and lags of volatility; Corr: correlations of the
    one with those of correlation, its negative eigenvalues (missing returns only) set to 0.
    F : (T, K) factor returns, decimals per period, ascending dates, NaN where missing (see `second_moment`;
    refuse `unseen_pairs` first); noise : (K, K) covariance of the estimation error of f_t (`remove_noise`).
    Shrinkage weighs the dates as the correlations do: it repairs them (see `shrinkage.shrink`).
    eigen_adjustment : strength (see `eigenfactor.adjust`), simulated on the dates with any return, as if complete.
    regime_half_life : of λ² (see `regime.multiplier`), its σ with the half-life of volatility; 0 = none.
    Returns (K, K), per period, positive semidefinite; singular if the factors are (constrained families).
    Raises FactorError OPTION_UNKNOWN, VALUE_RANGE, FEW_DATES.
    Source: methodology 7; two half-lives as in USE4.
    """
    for name, value in (
        ("half_life_volatility", half_life_volatility),
        ("half_life_correlation", half_life_correlation),
        ("newey_west_volatility", newey_west_volatility),
        ("newey_west_correlation", newey_west_correlation),
        ("regime_half_life", regime_half_life),
    ):
        if not value >= 0:
            raise FactorError("VALUE_RANGE", f"{name} is {value:g}", "write 0 or more periods", argument=name)
    T = len(F)
    w = ewma_weights(T, half_life_correlation)
    Corr = correlation(second_moment(F, w, newey_west_correlation))
    Corr = np.where(np.isnan(Corr), np.eye(len(Corr)), Corr)  # a factor without variance correlates with nothing
    if np.isnan(F).any():
        Corr = _semidefinite(Corr)
    w_volatility = ewma_weights(T, half_life_volatility)
    s = np.sqrt(variances(F, w_volatility, newey_west_volatility))
    Omega = symmetric(s[:, None] * Corr * s)
    if noise is not None:
        Omega = remove_noise(Omega, noise)
    Omega = shrink(Omega, F, w, shrinkage)
    dates = np.isfinite(F).any(axis=1)
    Omega = adjust(Omega, eigen_adjustment, _normalised(w_volatility[dates]), _normalised(w[dates]))
    return Omega * multiplier(F, half_life_volatility, regime_half_life) if regime_half_life > 0 else Omega


def _normalised(w: Array) -> Array:
    return np.asarray(w / w.sum())


def _semidefinite(C: Array) -> Array:
    """A correlation matrix with its negative eigenvalues set to 0 and its diagonal back at 1."""
    d, U = np.linalg.eigh(C)
    if d[0] >= -ZERO * d[-1]:
        return C
    return correlation(symmetric((U * np.maximum(d, 0)) @ U.T))


def remove_noise(V: Array, noise: Array) -> Array:
    """Omega = L (I − U min(g, 0.9) U') L',  V = L L' on its range,  L⁻¹ noise L⁻¹' = U diag(g) U'.

    V, noise : (K, K), noise positive semidefinite. Returns (K, K): V − noise while every g ≤ 0.9, never
    below 0.1 V, never indefinite; singular V stays singular in the same directions.
    Why: f̂ = f + A⁻¹B'W ε, so that the second moment of f̂ holds the noise too.
    Source: methodology 7.2 (derived).
    """
    s = np.sqrt(np.where(np.diag(V) > 0, np.diag(V), 1.0))  # the range is told from rounding in correlations
    d, Q = np.linalg.eigh(V / s[:, None] / s)
    live = d > ZERO * d[-1]
    root = np.sqrt(d[live])
    L = s[:, None] * Q[:, live] * root
    L_inverse = (Q[:, live] / root).T / s
    g, U = np.linalg.eigh(symmetric(L_inverse @ noise @ L_inverse.T))
    M = L @ U
    return symmetric((M * (1 - np.minimum(g, LARGEST_NOISE_SHARE))) @ M.T)


def covariance_summary(Omega: Array, periods_per_year: float) -> tuple[Array, Array]:
    """Annual volatilities σ_k sqrt(periods_per_year), (K,), and correlations, (K, K); see `correlation`."""
    return np.sqrt(np.maximum(np.diag(Omega), 0) * periods_per_year), correlation(Omega)


def parameter_count(n: int, m: int) -> tuple[int, int]:
    """Free parameters of n assets' full covariance, n(n+1)/2, and of m factors' model, nm + m(m+1)/2 + n.

    Source: seed 1 (n = 1000, m = 10: 500,500 and 11,055).
    """
    return n * (n + 1) // 2, n * m + m * (m + 1) // 2 + n
