"""Stress test: what shocks to some factors imply for the others, and what the portfolio gains or loses."""

from __future__ import annotations

import numpy as np

from xlfactor.engine.arrays import Array, BoolArray

NULL = 1e-8  # eigenvalue of the shocked factors' correlations: below, the combination never moves
BROKEN = 1e-4  # share of a shock along such a combination: shocks typed with four digits are let pass


def implied_shocks(Omega_f: Array, given: BoolArray, s: Array) -> Array:
    """f_s = s,  f_u = E[f_u | f_s = s] = Omega_us Omega_ss^+ s, (K,).

    Omega_f : (K, K) factor covariance per period; given : (K,) which factors are shocked; s : their shocks,
    decimals, no NaN. Factors are taken as normal with mean 0. Source: methodology 8; conditional mean of a normal.
    """
    scale, d, V = _correlations(Omega_f, given)
    P = V[:, d > NULL] / np.sqrt(d[d > NULL]) / scale[:, None]
    f = np.zeros(len(given))
    f[given] = s
    f[~given] = Omega_f[np.ix_(~given, given)] @ P @ (P.T @ s)
    return f


def impossible_shocks(Omega_f: Array, given: BoolArray, s: Array) -> BoolArray:
    """Which factors (K,) take part in a combination that Omega_f says never moves, and that the shocks move.

    A family whose factor returns sum to zero (weighted by caps or plainly) is such a combination, v'Omega_ss v = 0;
    the null space of Omega_ss tells without knowing the weights. All False where the shocks keep it.
    """
    scale, d, V = _correlations(Omega_f, given)
    u = s / scale
    V0 = V[:, d <= NULL]
    moved = V0 @ (V0.T @ u)
    size = np.abs(moved).max(initial=0.0)
    broken = np.zeros(len(given), dtype=bool)
    if size > BROKEN * np.abs(u).max(initial=0.0):
        broken[given] = np.abs(moved) > 1e-6 * size
    return broken


def _correlations(Omega_f: Array, given: BoolArray) -> tuple[Array, Array, Array]:
    """Volatilities of the shocked factors (1 where there is none), eigenvalues and vectors of their correlations."""
    Omega_ss = Omega_f[np.ix_(given, given)]
    scale = np.sqrt(np.maximum(np.diag(Omega_ss), 0))
    scale = np.where(scale > 0, scale, 1.0)
    d, V = np.linalg.eigh(Omega_ss / np.outer(scale, scale))
    return scale, d, V
