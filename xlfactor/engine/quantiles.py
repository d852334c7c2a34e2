"""Quantiles of many cross-sections at once, without sorting more of them than is looked at."""

from __future__ import annotations

import numpy as np

from xlfactor.engine.arrays import Array, BoolArray, IntArray

FEW = 8  # places up to which a partition of a row costs less than sorting it
SAMPLE = 16  # one value in so many tells about where a tail ends
LONG = 512  # values of a row from which it is worth asking a sample


def quantile(ordered: Array, n: IntArray, q: float) -> Array:
    """Linear quantile q (PERCENTILE.INC) of the first n (M, 1) values of each sorted row, (M, 1); NaN where n = 0."""
    below, above, share = _places(n, q)
    a = np.take_along_axis(ordered, below, axis=1)
    b = np.take_along_axis(ordered, above, axis=1)
    return np.asarray(a + share * (b - a))


def tails(X: Array, n: IntArray, q: float) -> tuple[Array, Array]:
    """Linear quantiles q and 1 − q of each row of X (M, N), NaN where missing, n (M, 1) values present; q < 0.5.

    A sample of the row proposes a bound. Where enough values lie beyond it, the tail is among them and nothing else
    is looked at; where not, the row is partitioned. The quantiles are exact in both cases.
    """
    lower, upper, sure = np.empty(n.shape), np.empty(n.shape), np.zeros(len(X), dtype=bool)
    if X.shape[1] >= LONG:
        low, enough = _from_the_end(X, n, q, 1.0)
        high, sure = _from_the_end(X, n, 1 - q, -1.0)
        lower[enough], upper[sure] = low[enough], high[sure]
        sure &= enough
    if not sure.all():
        ordered = _ordered_at(X[~sure], n[~sure], (q, 1 - q))
        lower[~sure], upper[~sure] = quantile(ordered, n[~sure], q), quantile(ordered, n[~sure], 1 - q)
    return lower, upper


def _places(n: IntArray, q: float) -> tuple[IntArray, IntArray, Array]:
    """The two places of a sorted row between which its quantile lies, and how far from the first to the second."""
    last = np.maximum(n - 1, 0)
    below = np.floor(last * q).astype(np.int64)
    return below, np.minimum(below + 1, last), last * q - below


def _from_the_end(X: Array, n: IntArray, q: float, sign: float) -> tuple[Array, BoolArray]:
    """Quantile q of each row (M, 1), looked for among the values at its low end (sign 1) or its high end (−1); and
    (M,) whether these were enough to hold it."""
    M, N = X.shape
    below, above, share = _places(n, q)
    ranks = np.concatenate([below, above], axis=1)
    ranks = ranks if sign > 0 else np.maximum(n - 1, 0) - ranks
    needed = ranks.max(axis=1) + 1
    sampled = needed.max(initial=1) / SAMPLE
    sample = sign * X[:, ::SAMPLE]
    place = min(int(sampled + 3 * np.sqrt(sampled)) + 1, sample.shape[1] - 1)
    bound = sign * np.partition(sample, place, axis=1)[:, place : place + 1]
    beyond = bound >= X if sign > 0 else bound <= X
    found = np.flatnonzero(beyond)
    row = found // N
    counts = np.bincount(row, minlength=M)
    candidates = np.full((M, max(int(counts.max(initial=0)), int(needed.max(initial=1)))), np.inf)
    candidates[row, np.arange(len(found)) - (np.cumsum(counts) - counts)[row]] = sign * X.ravel()[found]
    wanted = np.unique(ranks)
    candidates = np.partition(candidates, wanted, axis=1) if len(wanted) <= FEW else np.sort(candidates, axis=1)
    sure = counts >= needed
    values = np.where(sure[:, None], sign * np.take_along_axis(candidates, ranks, axis=1), np.nan)
    return values[:, :1] + share * (values[:, 1:] - values[:, :1]), sure


def _ordered_at(X: Array, n: IntArray, quantiles: tuple[float, ...]) -> Array:
    """Each row sorted as far as `quantile` looks at it, where the rows have few different counts."""
    places = np.concatenate([np.maximum(np.unique(n) - 1, 0) * q for q in quantiles])
    wanted = np.unique(np.concatenate([np.floor(places), np.floor(places) + 1]).astype(np.int64))
    return np.partition(X, wanted[wanted < X.shape[1]], axis=1) if len(wanted) <= FEW else np.sort(X, axis=1)
