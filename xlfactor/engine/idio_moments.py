"""Idio variances that go on: what a stretch of dates says of them, and how two neighbouring stretches become one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xlfactor.engine.arrays import Array, IntArray
from xlfactor.engine.idio_variance import shrink, with_enough


@dataclass(frozen=True)
class IdioMoments:
    """Weighted moments of T dates for N assets, w_t = 2^(−(T−t)/half_life): 1 on the last date; half-life 0: all 1.

    moments (1 + L, N) : row l is sum_t sqrt(w_t w_{t−l}) e_t e_{t−l} / weight, 0 where nothing is seen. weight (N,) :
    sum of w_t over the dates that the asset has, count (N,) their number. first, last (≤ L, N) : the idio returns of
    the first and the last dates, 0 where missing, for the products across the border of two stretches.
    Means, not sums: an asset unseen for thousands of half-lives keeps its variance, though its weight is 0.
    """

    T: int
    moments: Array
    weight: Array
    count: Array
    first: Array
    last: Array


def idio_moments(E: Array, half_life: float, lags: int = 0) -> IdioMoments:
    """Of idio returns E (T, N), decimals per period, ascending dates, NaN where missing."""
    T = len(E)
    seen = np.isfinite(E)
    e = np.where(seen, E, 0.0)
    w = _decay(np.arange(T - 1, -1, -1.0), half_life)
    Y = np.sqrt(w)[:, None] * e
    weight = w @ seen
    moments = np.zeros((1 + lags, E.shape[1]))
    for lag in range(min(lags, T - 1) + 1):
        moments[lag] = np.einsum("ti,ti->i", Y[lag:], Y[: T - lag])
    moments /= np.where(weight > 0, weight, 1.0)
    return IdioMoments(
        T, moments, weight, seen.sum(axis=0).astype(float), e[:lags].copy(), e[max(T - lags, 0) :].copy()
    )


def on_columns(part: IdioMoments, columns: IntArray, N: int) -> IdioMoments:
    """The same moments where asset i stands in column columns[i] of N."""

    def placed(values: Array) -> Array:
        out = np.zeros((*values.shape[:-1], N))
        out[..., columns] = values
        return out

    return IdioMoments(
        part.T, placed(part.moments), placed(part.weight), placed(part.count), placed(part.first), placed(part.last)
    )


def a_date_later(psi: Array, weight: Array, e: Array, columns: IntArray, half_life: float) -> tuple[Array, Array]:
    """psi and weight (N,) after a date whose idio returns of the assets `columns` are e: `joined` for one date, lag 0.

    psi_i goes 1/weight_i of the way to e_i²; NaN counts as nothing seen.
    """
    psi, weight = psi.copy(), weight * _decay(np.ones(1), half_life)
    weight[columns] += 1
    known = np.nan_to_num(psi[columns])
    psi[columns] = known + 1 / weight[columns] * (e**2 - known)
    return psi, weight


def joined(a: IdioMoments, b: IdioMoments, half_life: float) -> IdioMoments:
    """The moments of a stretch and of the one after it, on the same columns: what `idio_moments` gives on all dates."""
    lags = len(a.moments) - 1
    earlier = a.weight * _decay(np.array([float(b.T)]), half_life)
    weight = earlier + b.weight
    share = np.divide(b.weight, weight, out=np.zeros_like(weight), where=b.weight > 0)
    moments = a.moments + share * (b.moments - a.moments)
    for lag in range(1, lags + 1):
        for j in range(min(lag, len(b.first))):  # date j of b, and the date of a that is `lag` before it
            back = lag - j
            if back <= len(a.last):
                w = _decay(np.array([b.T - 1 - j + lag / 2]), half_life)
                moments[lag] += w * b.first[j] * a.last[-back] / np.where(weight > 0, weight, 1.0)
    return IdioMoments(
        a.T + b.T, moments, weight, a.count + b.count, np.concatenate([a.first, b.first])[:lags],
        np.concatenate([a.last, b.last])[max(len(a.last) + len(b.last) - lags, 0) :],
    )  # fmt: skip


def variances(part: IdioMoments) -> Array:
    """V (N,) of engine.idio_variance.variances over all the dates: never negative, 0 where nothing is seen."""
    lags = len(part.moments) - 1
    bartlett = 2 * (1 - np.arange(1, lags + 1) / (lags + 1))
    return np.asarray(np.maximum(part.moments[0] + bartlett @ part.moments[1:], 0.0))


def idio_variances(idio: IdioMoments, caps: Array, shrinkage: float) -> Array:
    """psi (N,) of engine.idio_variance.estimate from moments: shrunk by size; NaN for an asset without an idio return.

    caps : (N,), 0 where unknown. Raises FEW_DATES, ALL_ZERO.
    """
    V, seen = variances(idio), idio.count > 0
    identified = with_enough(V, idio.count, "panel")
    psi = np.full(len(V), np.nan)
    size = caps[seen] if (caps > 0).any() else np.ones(int(seen.sum()))
    psi[seen] = shrink(np.sqrt(V[seen]), identified[seen], size, shrinkage) ** 2
    return psi


def _decay(age: Array, half_life: float) -> Array:
    """The weights of dates of some age; beyond 900 half-lives they stay above 0, so that a mean has its weights."""
    return np.ones(len(age)) if half_life == 0 else np.asarray(np.exp2(-np.minimum(age / half_life, 900)))
