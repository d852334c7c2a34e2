"""EWMA idio variances that go on: from a block of dates, from two blocks, from one date more."""

from __future__ import annotations

import numpy as np

from xlfactor.engine.arrays import Array


def of_block(E: Array, half_life: float) -> tuple[Array, Array]:
    """psi_i = sum_t w_t e_it² / W_i, W_i = sum_t w_t over the dates that i has, w_t = λ^(T−t), λ = 2^(−1/half_life).

    E : (T, N) idio returns, decimals per period, ascending dates, NaN where missing; half_life 0: λ = 1.
    Returns psi (N,), NaN without a return, and W (N,): `idio_variance.variances` without Newey-West lags.
    """
    w = np.full(len(E), 1.0)
    if half_life:
        w = np.exp2(-np.minimum(np.arange(len(E) - 1, -1, -1.0) / half_life, 900))
    seen = np.isfinite(E)
    W = w @ seen
    total = np.einsum("t,ti,ti->i", w, *[np.where(seen, E, 0.0)] * 2)
    return np.divide(total, W, out=np.full(E.shape[1], np.nan), where=W > 0), W


def joined(
    earlier: tuple[Array, Array], later: tuple[Array, Array], dates: int, half_life: float
) -> tuple[Array, Array]:
    """psi and W of both blocks, the later one of `dates` dates: what `of_block` gives on all dates."""
    (psi, W), (psi_later, W_later) = earlier, later
    W = W * (np.exp2(-dates / half_life) if half_life else 1.0)
    share = np.divide(W_later, W + W_later, out=np.zeros_like(W), where=W_later > 0)
    known = np.where(W_later > 0, np.where(np.isnan(psi), psi_later, psi + share * (psi_later - psi)), psi)
    return known, W + W_later
