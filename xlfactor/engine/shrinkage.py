"""Shrinkage of a covariance matrix towards a target with fewer parameters."""

from __future__ import annotations

from typing import Literal

import numpy as np

from xlfactor.engine.arrays import Array, symmetric
from xlfactor.errors import one_of

Shrinkage = Literal["none", "ledoit_wolf", "oas", "constant_correlation"]


def shrink(Omega: Array, F: Array, w: Array, shrinkage: str) -> Array:
    """(1 − δ) Omega + δ target, the intensity δ in [0, 1] estimated from the rows of F.

    ledoit_wolf and oas: target tr(Omega)/K I; constant_correlation: Omega's variances, its mean correlation.
    Omega : (K, K) after Newey-West and noise removal; F : (T, K) the returns it came from, NaN where missing
    (each moment takes the dates that have what it needs); w : (T,) weights of sum 1.
    Moments are the w-weighted uncentred ones and n = n_eff = 1/sum w²; with equal weights and Omega = F'F/T
    the first two equal scikit-learn with assume_centered=True. (Fourth moments are weighted by w as well:
    rows sqrt(T w_t) f_t put into the equal-weights formula would count the loss of sample size twice.)
    Returns (K, K), positive semidefinite if Omega is. Raises FactorError OPTION_UNKNOWN.
    Source: Ledoit and Wolf 2004 (J. Multivariate Analysis 88; J. Portfolio Management 30); Chen, Wiesel,
    Eldar and Hero 2010; methodology 7.5.
    """
    method = one_of(shrinkage, Shrinkage, "shrinkage")
    K = len(Omega)
    if method == "none" or K < 2:
        return Omega
    if method == "constant_correlation":
        target, delta = _constant_correlation(Omega), _constant_correlation_intensity(F, w)
    else:
        target = np.trace(Omega) / K * np.eye(K)
        delta = _ledoit_wolf_intensity(F, w) if method == "ledoit_wolf" else _oas_intensity(F, w)
    return symmetric((1 - delta) * Omega + delta * target)


def _moment(X: Array, Y: Array, w: Array) -> Array:
    """sum_t w_t x_t y_t' over the dates that have both, divided by their weight; 0 without such a date."""
    seen_x, seen_y = ~np.isnan(X), ~np.isnan(Y)
    total = (np.where(seen_x, X, 0.0) * w[:, None]).T @ np.where(seen_y, Y, 0.0)
    weight = (seen_x * w[:, None]).T @ seen_y
    return total / np.where(weight > 0, weight, 1.0)


def _effective_sample(F: Array, w: Array) -> Array:
    """n_eff of each pair of columns: (sum w)²/sum w² over the dates that have both."""
    seen = (~np.isnan(F)).astype(float)
    squares = (seen * (w * w)[:, None]).T @ seen
    n: Array = ((seen * w[:, None]).T @ seen) ** 2 / np.where(squares > 0, squares, 1.0)
    return np.maximum(n, 1.0)


def _share(part: float, whole: float) -> float:
    """part/whole within [0, 1]; nothing to shrink (whole 0) is 0."""
    return float(np.clip(part / whole, 0.0, 1.0)) if whole > 0 else 0.0


def _ledoit_wolf_intensity(F: Array, w: Array) -> float:
    """δ = sum_jk var(s_jk) / ||S − μI||²,  var(s_jk) = (E f_j² f_k² − s_jk²)/n."""
    S = _moment(F, F, w)
    variance = (_moment(F**2, F**2, w) - S**2) / _effective_sample(F, w)
    mu = np.trace(S) / len(S)
    return _share(float(variance.sum()), float(((S - mu * np.eye(len(S))) ** 2).sum()))


def _oas_intensity(F: Array, w: Array) -> float:
    """δ = (α + μ²)/((n + 1)(α − μ²/K)),  α = mean of s_jk², μ = tr(S)/K."""
    S = _moment(F, F, w)
    K, n = len(S), float(_effective_sample(F, w).mean())
    alpha, mu = float((S**2).mean()), float(np.trace(S)) / K
    return min((alpha + mu**2) / ((n + 1) * (alpha - mu**2 / K)), 1.0) if alpha > mu**2 / K else 1.0


def _inverse_root(S: Array) -> Array:
    """1/σ_k, and 0 for a factor without variance."""
    s = np.sqrt(np.diag(S))
    return np.divide(1.0, s, out=np.zeros_like(s), where=s > 0)


def _mean_correlation(S: Array) -> float:
    """Mean correlation over the pairs of factors that have variance."""
    z = _inverse_root(S)
    live = int((z > 0).sum())
    return float((z @ S @ z - live) / (live * (live - 1))) if live > 1 else 0.0


def _constant_correlation(S: Array) -> Array:
    s = np.sqrt(np.diag(S))
    target = _mean_correlation(S) * np.outer(s, s)
    np.fill_diagonal(target, np.diag(S))
    return target


def _constant_correlation_intensity(F: Array, w: Array) -> float:
    """δ = (π − ρ)/γ: π = sum var(s_jk), ρ = sum cov(target_jk, s_jk), γ = ||target − S||²."""
    S, n = _moment(F, F, w), _effective_sample(F, w)
    variance = (_moment(F**2, F**2, w) - S**2) / n
    theta = (_moment(F**3, F, w) - np.diag(S)[:, None] * S) / n  # cov(s_jj, s_jk)
    scaled = np.outer(_inverse_root(S), np.sqrt(np.diag(S))) * theta  # σ_k/σ_j cov(s_jj, s_jk)
    rho = float(np.trace(variance)) + _mean_correlation(S) * float(scaled.sum() - np.trace(scaled))
    gamma = float(((_constant_correlation(S) - S) ** 2).sum())
    return _share(float(variance.sum() - rho), gamma)
