"""Screening of factors: what each adds to the others, and whether the factor at the wrong dates would add as much.

With X = [1 F] and M the projection off all columns but k, factor k adds (x_k'M r)²/(x_k'M x_k SST) to R² (Frisch and
Waugh). A shift of x_k by s dates needs the same products with x_k(t − s) in its place. These are circular
correlations: all shifts at once by FFT, each asset on its own dates.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.fft import irfft, rfft

from xlfactor.engine.arrays import Array, BoolArray, IntArray
from xlfactor.engine.timeseries import presence_patterns
from xlfactor.errors import FactorError

Verdict = Literal["keep", "weak", "drop", "redundant"]

SHIFTS, LEVEL, SIGNIFICANT = 499, 0.05, 2.0
INDEPENDENT = 1e-6  # a factor of which the others leave a smaller share of its length is their combination
ROUNDING = 1e-13  # eigenvalues of a Gram matrix, and sums of squares, below this share are 0
BLOCK = 256  # assets at a time


@dataclass(frozen=True)
class Screen:
    """A value for each factor (K,): means over the assets, and p by shifts (NaN where redundant)."""

    incremental: Array
    significant: Array
    out_of_sample: Array
    p: Array
    redundant: BoolArray


def screen(R: Array, F: Array) -> Screen:
    """What each factor adds to the R² of the others, and p by 499 circular shifts of it against them.

    incremental: mean over the assets of R² less R² without the factor. significant: share of the assets with |t| > 2
    in the regression on all factors. out_of_sample: fitted on the first half of an asset's dates with and without the
    factor, (SSE without − SSE with)/SST on the second, SST about the mean of the first, mean over the assets.
    p = (1 + #{shifts that add at least as much})/(1 + 499), shifts drawn without repetition by default_rng(0); every
    shift once where T ≤ 500. A shift keeps the factor's own dynamics and what the assets have in common.
    A factor that is a combination of the others (or does not vary) adds 0.

    R : (T, N) returns, NaN where missing. F : (T, K); a date on which any of them is NaN is left out.
    Raises FEW_DATES if no asset has K + 2 dates. Source: methodology, section 4; Frisch and Waugh 1933.
    """
    complete = np.isfinite(F).all(axis=1)
    R, X = R[complete], _unit(F[complete])
    T, K = len(X), X.shape[1] - 1
    redundant = _redundant(X)
    shifts = np.append(0, 1 + np.random.default_rng(0).permutation(max(T - 1, 0))[:SHIFTS])
    added, significant, ahead = np.zeros((K, len(shifts))), np.zeros(K), np.zeros(K)
    n_assets = n_ahead = 0
    for dates, assets in presence_patterns(R, X):
        r = R[np.ix_(dates, assets)]
        assets = assets[np.ptp(r, axis=0) > 0] if len(dates) >= K + 2 else assets[:0]
        for block in np.split(assets, range(BLOCK, len(assets), BLOCK)):
            if len(block) == 0:
                continue
            increments, t_squared = _shifted(R[:, block], X, dates, shifts, np.flatnonzero(~redundant))
            added += increments
            significant += (t_squared > SIGNIFICANT**2).sum(axis=1)
            n_assets += len(block)
            if len(dates) // 2 >= K + 2:
                ahead += _ahead(R[np.ix_(dates, block)], X[dates])
                n_ahead += len(block)
    if n_assets == 0:
        raise FactorError(
            "FEW_DATES", f"no asset has {K + 2} returns on dates with all {K} factors", "add dates or drop factors",
            argument="returns",
        )  # fmt: skip
    added[redundant] = significant[redundant] = ahead[redundant] = 0.0
    better = (added[:, 1:] >= added[:, :1] * (1 - ROUNDING)).sum(axis=1)
    p = np.where(redundant, np.nan, (1 + better) / len(shifts))
    return Screen(
        added[:, 0] / n_assets, significant / n_assets, ahead / n_ahead if n_ahead else ahead * np.nan, p, redundant
    )


def benjamini_hochberg(p: Array) -> Array:
    """p_adjusted (K,) = min over the p as large or larger of p m/rank: the false discovery rate; NaN stays NaN.

    Source: Benjamini and Hochberg 1995.
    """
    out = np.full(len(p), np.nan)
    order = np.argsort(p)[: int(np.isfinite(p).sum())]
    scaled = p[order] * len(order) / np.arange(1, len(order) + 1)
    out[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return out


def verdicts(s: Screen) -> list[Verdict]:
    """keep: p_adjusted ≤ 5 % and out_of_sample > 0 (where known); drop: p > 5 %; weak: between; redundant."""
    adjusted = benjamini_hochberg(s.p)
    found: list[Verdict] = []
    for p, q, ahead, redundant in zip(s.p, adjusted, s.out_of_sample, s.redundant, strict=True):
        if redundant:
            found.append("redundant")
        elif p > LEVEL:
            found.append("drop")
        else:
            found.append("weak" if q > LEVEL or ahead <= 0 else "keep")
    return found


def _shifted(R: Array, X: Array, dates: IntArray, shifts: IntArray, screened: IntArray) -> tuple[Array, Array]:
    """Σ over the assets of what factor k adds at each shift (K, S), and t² of factor k unshifted (K, N); else 0."""
    T, K = len(X), X.shape[1] - 1
    r = np.zeros((T, R.shape[1]))
    r[dates] = R[dates] - R[dates].mean(axis=0)
    present = np.zeros(T)
    present[dates] = 1.0
    here = X * present[:, None]
    G, g, total = here.T @ here, here.T @ r, (r * r).sum(axis=0)
    error = total - (g * (np.linalg.pinv(G, ROUNDING, hermitian=True) @ g)).sum(axis=0)
    freedom = len(dates) - np.linalg.matrix_rank(G, ROUNDING * np.abs(G).max(), hermitian=True)
    inverse = _without_one(G)
    moved = np.conj(rfft(X[:, 1:], axis=0))
    here_waves, r_waves = rfft(here, axis=0), rfft(r, axis=0)
    length = irfft(rfft(present)[:, None] * np.conj(rfft(X[:, 1:] ** 2, axis=0)), T, axis=0)[shifts]
    added, t_squared = np.zeros((K, len(shifts))), np.zeros((K, R.shape[1]))
    for k in screened:
        C = irfft(here_waves * moved[:, [k]], T, axis=0)[shifts]  # (S, K + 1): shifted factor with the columns of X
        H = C @ inverse[k]
        rest = length[:, k] - (H * C).sum(axis=1)
        top = irfft(r_waves * moved[:, [k]], T, axis=0)[shifts] - H @ g
        clear = rest > INDEPENDENT**2 * length[:, k]
        explained = np.where(clear[:, None], top * top, 0.0) / np.where(clear, rest, 1.0)[:, None]
        added[k] = explained @ (1 / total)
        t_squared[k] = explained[0] * max(freedom, 1) / np.maximum(error, ROUNDING * total)
    return added, t_squared


def _ahead(R: Array, X: Array) -> Array:
    """Σ over the assets of (SSE without k − SSE with)/SST on the second half, fitted on the first (K,)."""
    half = len(R) // 2
    r = R - R[:half].mean(axis=0)
    G, g = X[:half].T @ X[:half], X[:half].T @ r[:half]
    b = np.linalg.pinv(G, ROUNDING, hermitian=True) @ g
    total = (r[half:] ** 2).sum(axis=0)
    scale = np.divide(1.0, total, out=np.zeros(len(total)), where=total > 0)
    with_all = ((r[half:] - X[half:] @ b) ** 2).sum(axis=0)
    G2, g2 = X[half:].T @ X[half:], X[half:].T @ r[half:]
    b = _without_one(G) @ g  # (K, K + 1, N)
    without = total - 2 * (b * g2).sum(axis=1) + (b * (G2 @ b)).sum(axis=1)
    return np.asarray((without - with_all) @ scale)


def _without_one(G: Array) -> Array:
    """The inverse of G without row and column k, zeros in their place, for each factor k (K, K + 1, K + 1)."""
    K = len(G) - 1
    kept = np.ones((K, K + 1))
    kept[np.arange(K), np.arange(1, K + 1)] = 0.0
    H = G * kept[:, :, None] * kept[:, None, :]
    return np.asarray(np.linalg.pinv(H, ROUNDING, hermitian=True), dtype=float)


def _unit(F: Array) -> Array:
    """[1 F] with centred columns, all of length 1; a factor that does not vary is 0."""
    D = F - F.mean(axis=0)
    length = np.sqrt((D * D).sum(axis=0))
    flat = length <= ROUNDING * np.abs(F).max(axis=0, initial=0.0) * np.sqrt(len(F))
    return np.column_stack([np.full(len(F), len(F) ** -0.5), np.where(flat, 0.0, D / np.where(flat, 1.0, length))])


def _redundant(X: Array) -> BoolArray:
    """(K,) factors of which the others and the constant leave nothing."""
    found = np.zeros(X.shape[1] - 1, dtype=bool)
    for k in range(len(found)):
        others = np.delete(X, k + 1, axis=1)
        rest = X[:, k + 1] - others @ np.linalg.lstsq(others, X[:, k + 1], rcond=INDEPENDENT * 1e-3)[0]
        found[k] = np.sqrt(rest @ rest) < INDEPENDENT
    return found
