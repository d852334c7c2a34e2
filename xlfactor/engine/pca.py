"""Statistical factors: principal components of the scaled returns, and how many of them stand above the noise.

D = (R − mean)/scale = U S V', eigenvalues S²/T; B = scale V S/√T and F = √T U, so that R = mean + F B' + E and the
mean of f² is 1. The smaller of D'D and DD' is decomposed: N > T costs no more and gives the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.linalg import eigh

from xlfactor.engine.arrays import Array, BoolArray, IntArray
from xlfactor.errors import FactorError

Scaling = Literal["idio", "correlation", "covariance"]

FLOOR = 0.05  # idio variances stay above this share of their median: a net under the leverage correction
LEAST = 1e-8  # and above this share of the asset's variance, where a panel has no noise at all
TOLERANCE, PASSES = 1e-9, 500  # relative change of idio variances and filled returns in one pass
ROUNDS = 20  # counts of the factors until the number repeats; 4 were enough in the simulations
FLAT = 1e-12  # a spread below this share of the largest return is rounding
SPARE = 2  # assets and dates needed beyond the number of components


@dataclass(frozen=True)
class Components:
    """B (N, K) and F (T, K) of the assets and dates used (their places in the returns), scaled by `scale` (N,)."""

    dates: IntArray
    assets: IntArray
    B: Array
    F: Array
    scale: Array


@dataclass(frozen=True)
class Spectrum:
    """Eigenvalues (min(N, T − 1),) descending, the largest that pure noise would have, the number above it."""

    eigenvalues: Array
    edge: float
    kept: int


@dataclass(frozen=True)
class _Panel:
    """The scaled panel D (T, N) without gaps, its scale (N,) and the edge of its eigenvalues."""

    D: Array
    scale: Array
    edge: float


def principal_components(R: Array, n_factors: int | None = None, scaling: Scaling = "idio") -> Components:
    """The first K components, the largest eigenvalue first, signed so that each one's loadings sum to ≥ 0.

    scale: sd ("correlation"), 1 ("covariance") or √ψ ("idio"), ψ_i = s_i/((1 − h_i)(1 − K/T_i)) iterated, s_i the mean
    squared residual over the asset's T_i dates, h_i = Σ_k V_ik²; at least 5 % of the median ψ.
    n_factors : K; None = the number kept, as `spectrum` counts.

    R : (T, N) returns, NaN where missing. Assets, then dates, with less than half of their returns are left out; a
    return missing after that is replaced by the components' own fit, iterated, and has no part in s_i.
    Raises FEW_DATES, VALUE_RANGE for a K that the panel cannot carry, NO_FACTORS if K is None and none is kept.
    Source: methodology, section 4; Connor and Korajczyk 1986 (T×T side).
    """
    dates, assets = usable(R)
    X = R[np.ix_(dates, assets)]
    _check(X, n_factors)
    if n_factors is None:
        panel, kept = _chosen(X, scaling)
        if kept.kept == 0:
            fix = "give n_factors, or more dates"
            raise FactorError("NO_FACTORS", "no component stands above the noise", fix, argument="n_factors")
        K = kept.kept
    else:
        K, panel = n_factors, _fitted(X, n_factors, scaling)
    eigenvalues, U, V = _leading(panel.D, K)
    B = panel.scale[:, None] * V * np.sqrt(eigenvalues)
    sign = np.where(B.sum(axis=0) < 0, -1.0, 1.0)
    return Components(dates, assets, sign * B, sign * np.sqrt(len(X)) * U, panel.scale)


def spectrum(R: Array, scaling: Scaling = "idio") -> Spectrum:
    """The eigenvalues of D'D/T, and how many lie above the Marchenko-Pastur edge (1 + √(N/T))².

    Under "covariance" the edge is times the mean variance: a rough guide where variances differ. Under "idio" ψ needs
    K and K needs ψ: start from the count under "correlation" (at least 1) and repeat until K does. A single factor
    must stand above the edge under "correlation", too; else there is none, and ψ is the variance.

    R : as principal_components. Source: Marchenko and Pastur 1967; methodology, section 4.
    """
    X = R[np.ix_(*usable(R))]
    _check(X, None)
    return _chosen(X, scaling)[1]


def usable(R: Array) -> tuple[IntArray, IntArray]:
    """Places of the dates and assets with at least half of their returns; an asset must vary, too."""
    here = np.isfinite(R)
    traded = here.any(axis=1)
    assets = _varies(R) & (2 * here.sum(axis=0) >= traded.sum())
    dates = traded & (2 * here[:, assets].sum(axis=1) >= assets.sum())
    return np.flatnonzero(dates), np.flatnonzero(assets & _varies(R[dates]))


def _varies(R: Array) -> BoolArray:
    """(N,) whether an asset's returns differ by more than rounding."""
    here = np.isfinite(R)
    highest, lowest = (np.where(here, R, edge) for edge in (-np.inf, np.inf))
    spread = highest.max(axis=0, initial=-np.inf) - lowest.min(axis=0, initial=np.inf)
    return np.asarray(spread > FLAT * np.where(here, np.abs(R), 0.0).max(axis=0, initial=0.0))


def _check(X: Array, K: int | None) -> None:
    T, N = X.shape
    if min(T, N) < 1 + SPARE:
        raise FactorError(
            "FEW_DATES", f"{T} dates and {N} assets have at least half of their returns", "give 3 or more of both",
            argument="returns",
        )  # fmt: skip
    if K is not None and not 1 <= K <= min(T, N) - SPARE:
        raise FactorError(
            "VALUE_RANGE", f"n_factors is {K} with {T} dates and {N} assets in use",
            f"give 1 to {min(T, N) - SPARE}, or leave it blank", argument="n_factors",
        )  # fmt: skip


def _chosen(X: Array, scaling: Scaling) -> tuple[_Panel, Spectrum]:
    """The panel scaled with the number of factors that it keeps itself, and its spectrum.

    One factor alone must stand out before ψ is fitted to it, too: fitted ψ make one of pure noise in half the panels.
    """
    plain = _fitted(X, 1, "correlation")
    start = _spectrum(plain)
    K = max(1, start.kept)
    tried: set[int] = set()
    for _ in range(ROUNDS):
        panel = _fitted(X, K, scaling)
        found = _spectrum(panel)
        if max(found.kept, 1) == K or K in tried:
            break
        tried.add(K)
        K = max(found.kept, 1)
    if scaling == "idio" and found.kept <= 1 and start.kept == 0:
        return plain, start  # without factors ψ is the variance
    return panel, found


def _spectrum(panel: _Panel) -> Spectrum:
    T, N = panel.D.shape
    M = panel.D @ panel.D.T if T < N else panel.D.T @ panel.D
    eigenvalues = np.maximum(eigh(M / T, eigvals_only=True)[::-1][: min(N, T - 1)], 0.0)
    kept = min(int((eigenvalues > panel.edge).sum()), min(T, N) - SPARE)
    return Spectrum(eigenvalues, panel.edge, kept)


def _fitted(X: Array, K: int, scaling: Scaling) -> _Panel:
    """The scaled panel: idio variances and missing returns iterated at K components until both stand still."""
    T, N = X.shape
    here = np.isfinite(X)
    Y = np.where(here, X, np.nanmean(X, axis=0))
    psi = Y.var(axis=0)
    fixed = scaling != "idio" and bool(here.all())
    for _ in range(1 if fixed else PASSES):
        mean, variance = Y.mean(axis=0), Y.var(axis=0)
        scale = _scale(scaling, psi, variance)
        D = (Y - mean) / scale
        if fixed:
            break
        V = _leading(D, K)[2]
        fit = (D @ V) @ V.T
        new = _idio_variances((D - fit) * scale, here, (V * V).sum(axis=1), K, LEAST * variance)
        filled = np.where(here, X, mean + fit * scale)
        change = np.abs((filled - Y) / np.sqrt(variance)).max()
        if scaling == "idio":
            change = max(change, np.abs(new / psi - 1).max())
        psi, Y = new, filled
        if change < TOLERANCE:
            break
    edge = (1 + np.sqrt(N / T)) ** 2 * (variance.mean() if scaling == "covariance" else 1.0)
    return _Panel(D, scale, float(edge))


def _scale(scaling: Scaling, psi: Array, variance: Array) -> Array:
    if scaling == "covariance":
        return np.ones(len(psi))
    return np.sqrt(psi if scaling == "idio" else variance)


def _idio_variances(E: Array, here: BoolArray, h: Array, K: int, least: Array) -> Array:
    """ψ_i = s_i/((1 − h_i)(1 − K/T_i)): without the two factors the iteration collapses onto single assets."""
    n = here.sum(axis=0)
    s = np.where(here, E * E, 0.0).sum(axis=0) / n
    psi = s / (np.maximum(1 - h, LEAST) * np.maximum(1 - K / n, LEAST))
    return np.asarray(np.maximum(psi, np.maximum(FLOOR * np.median(psi), least)))


def _leading(D: Array, K: int) -> tuple[Array, Array, Array]:
    """The K largest eigenvalues of D'D/T, descending, with U (T, K) and V (N, K)."""
    T, N = D.shape
    M = D @ D.T if T < N else D.T @ D
    values, vectors = eigh(M / T, subset_by_index=[len(M) - K, len(M) - 1])
    values, vectors = np.maximum(values[::-1], 0.0), vectors[:, ::-1]
    length = np.sqrt(T * np.maximum(values, np.finfo(float).tiny))
    if T < N:
        return values, vectors, D.T @ vectors / length
    return values, D @ vectors / length, vectors
