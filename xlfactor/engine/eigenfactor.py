"""Eigenfactor adjustment: how far a sample covariance understates the risk of its own small eigenfactors."""

from __future__ import annotations

import numpy as np

from xlfactor.engine.arrays import Array, symmetric
from xlfactor.errors import FactorError

DRAWS = 1000
BATCH = 2_000_000  # random numbers held at a time
ZERO = 1e-10  # an eigenvalue below this share of the largest is rounding: a direction that constraints leave out
LARGEST = 2.0  # of the strength a: beyond, a large eigenfactor (v about 0.7) would lose most of its risk


def adjust(Omega: Array, a: float, w_volatility: Array, w_correlation: Array) -> Array:
    """U diag(γ² D) U', Omega = U D U', γ = a (v − 1) + 1, v the bias of each eigenfactor's volatility (`bias`).

    Omega : (K, K) positive semidefinite; a : strength from 0 (nothing) to 2, 1 as USE4; w_volatility, w_correlation :
    (T,) weights of the dates it was estimated with. Directions without variance stay without.
    Returns (K, K). Raises VALUE_RANGE, FEW_DATES.
    Source: Menchero, Wang and Orr 2011; USE4 Methodology Notes, appendix B; methodology 7.3.
    """
    if not 0 <= a <= LARGEST:
        raise FactorError(
            "VALUE_RANGE", f"eigen_adjustment is {a:g}", "write a number from 0 (off) to 2; 1 is usual",
            argument="eigen_adjustment",
        )  # fmt: skip
    if a == 0:
        return Omega
    d, U = np.linalg.eigh(Omega)
    if not d[-1] > 0:
        return Omega
    live = np.flatnonzero(d > ZERO * d[-1])[::-1]
    D, U = d[live], _signed(U[:, live])
    gamma = a * (bias(D, U, w_volatility, w_correlation) - 1) + 1
    return symmetric((U * (gamma**2 * D)) @ U.T)


def bias(D: Array, U: Array, w_volatility: Array, w_correlation: Array, draws: int = DRAWS) -> Array:
    """v_k = sqrt(mean_m D̃_m(k)/D_m(k)): true over estimated volatility of the k-th eigenfactor, (r,).

    In each draw f_t ~ N(0, U D U') on T dates; F_m = U_m D_m U_m' is estimated from it with the same weights
    (volatilities with the one, correlations with the other, no Newey-West); D̃_m(k) = u_mk' U D U' u_mk.
    D : (r,) eigenvalues, descending; U : (K, r). Drawn by default_rng(0): the same numbers every time.
    Raises FEW_DATES where T ≤ r + 1: the mean of 1/D_m is then infinite. Source: methodology 7.3.
    """
    T, r = len(w_correlation), U.shape[1]
    if r + 1 >= T:
        raise FactorError(
            "FEW_DATES", f"eigen_adjustment of {r} factors needs more than {r + 1} dates and has {T}",
            "add dates or set it to 0", argument="eigen_adjustment",
        )  # fmt: skip
    rng, L, total, done = np.random.default_rng(0), U * np.sqrt(D), np.zeros(r), 0
    size = max(1, BATCH // (r * T))
    while done < draws:
        m = min(size, draws - done)
        Z = rng.standard_normal((m, r, T))
        d, U_m = np.linalg.eigh(_estimates(Z, L, w_volatility, w_correlation))
        X = L.T @ U_m[:, :, ::-1][:, :, :r]
        total += ((X * X).sum(axis=1) / d[:, ::-1][:, :r]).sum(axis=0)
        done += m
    return np.asarray(np.sqrt(total / draws))


def _signed(U: Array) -> Array:
    """Eigenvectors with their largest entry positive: the draws must not hang on a sign that LAPACK chose."""
    return np.asarray(U * np.sign(np.take_along_axis(U, np.abs(U).argmax(axis=0)[None], axis=0)))


def _estimates(Z: Array, L: Array, w_volatility: Array, w_correlation: Array) -> Array:
    """The covariance (m, K, K) of f_t = L z_t for each of the m draws Z (m, r, T)."""
    C = L @ ((Z * w_correlation) @ Z.transpose(0, 2, 1)) @ L.T
    if np.array_equal(w_volatility, w_correlation):
        return np.asarray(C)
    V = np.einsum("kj,mjl,kl->mk", L, (Z * w_volatility) @ Z.transpose(0, 2, 1), L, optimize=True)
    variance = np.diagonal(C, axis1=1, axis2=2)
    s = np.sqrt(np.divide(V, variance, out=np.zeros_like(V), where=variance > 0))
    return np.asarray(s[:, :, None] * C * s[:, None, :])
