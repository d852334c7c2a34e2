"""Idio variances in parts: what a stretch of dates adds to them, and how two neighbouring stretches become one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xlfactor.engine.arrays import Array, IntArray


@dataclass(frozen=True)
class IdioSums:
    """Weighted sums over T dates for N assets, w_t = 2^(−(T−t)/half_life): 1 on the last date; half-life 0: all 1.

    square (N,) : sum w_t e_t². products (L, N) : row l−1 is sum_t sqrt(w_t w_{t−l}) e_t e_{t−l}. weight (N,) : sum
    of w_t over the dates that the asset has, count (N,) their number. first, last (≤ L, N) : the idio returns of the
    first and the last dates, 0 where missing, for the products across the border of two stretches.
    """

    T: int
    square: Array
    products: Array
    weight: Array
    count: Array
    first: Array
    last: Array


def idio_sums(E: Array, half_life: float, lags: int) -> IdioSums:
    """The sums of idio returns E (T, N), NaN where missing."""
    T, N = E.shape
    seen = np.isfinite(E)
    e = np.where(seen, E, 0.0)
    w = _decay(np.arange(T - 1, -1, -1.0), half_life)
    Y = np.sqrt(w)[:, None] * e
    products = np.zeros((lags, N))
    for lag in range(1, min(lags, T - 1) + 1):
        products[lag - 1] = np.einsum("ti,ti->i", Y[lag:], Y[:-lag])
    return IdioSums(
        T, np.einsum("ti,ti->i", Y, Y), products, w @ seen, seen.sum(axis=0).astype(float),
        e[:lags].copy(), e[max(T - lags, 0) :].copy(),
    )  # fmt: skip


def on_columns(sums: IdioSums, columns: IntArray, N: int) -> IdioSums:
    """The same sums where asset i stands in column columns[i] of N."""

    def placed(part: Array) -> Array:
        out = np.zeros((*part.shape[:-1], N))
        out[..., columns] = part
        return out

    return IdioSums(
        sums.T, placed(sums.square), placed(sums.products), placed(sums.weight), placed(sums.count),
        placed(sums.first), placed(sums.last),
    )  # fmt: skip


def joined(a: IdioSums, b: IdioSums, half_life: float) -> IdioSums:
    """The sums of a stretch and of the one after it, on the same columns."""
    lags, older = len(a.products), float(_decay(np.array([b.T]), half_life)[0])
    products = older * a.products + b.products
    for lag in range(1, lags + 1):
        for j in range(min(lag, len(b.first))):  # date j of b, and the date of a that is `lag` before it
            back = lag - j
            if back <= len(a.last):
                w = _decay(np.array([b.T - 1 - j + lag / 2]), half_life)[0]
                products[lag - 1] += w * b.first[j] * a.last[-back]
    return IdioSums(
        a.T + b.T, older * a.square + b.square, products, older * a.weight + b.weight, a.count + b.count,
        np.concatenate([a.first, b.first])[:lags],
        np.concatenate([a.last, b.last])[max(len(a.last) + len(b.last) - lags, 0) :],
    )  # fmt: skip


def variances(sums: IdioSums) -> Array:
    """V (N,) of engine.idio_variance.variances over all the dates summed: never negative, 0 where nothing is seen."""
    lags = len(sums.products)
    bartlett = 1 - np.arange(1, lags + 1) / (lags + 1)
    V = sums.square + 2 * bartlett @ sums.products
    return np.asarray(np.maximum(V, 0.0) / np.where(sums.weight > 0, sums.weight, 1.0))


def _decay(age: Array, half_life: float) -> Array:
    return np.ones(len(age)) if half_life == 0 else np.asarray(np.exp2(-age / half_life))
