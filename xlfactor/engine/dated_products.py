"""The products of a block of dates with its loadings: B'WB, B'Wr and r − Bf, several dates a call.

The numbers of a date do not depend on the dates beside it: each is a product, or a sum in the order of the rows, of its
own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csc_array

from xlfactor.engine.arrays import Array, BoolArray, IntArray

RUN_ROWS = 24_000  # of the dates whose weighted loadings are made at a time: they stay in the cache


@dataclass(frozen=True)
class Rows:
    """The rows of a block, one an asset and date: loadings, returns, weights that are 0 where not estimated on."""

    starts: IntArray  # (n + 1,) first row of each date
    S: Array
    group: IntArray  # family value, counted on from date to date
    r: Array  # NaN without a return or a loading
    w: Array
    off: IntArray  # rows whose weight is 0
    complete: BoolArray | None  # with every loading; None: all of them are


@dataclass(frozen=True)
class Moments:
    """Of each date of a block: A = S'WS, b = S'Wr, and of each family value G = D'WS, n = D'W1, g = D'Wr."""

    A: Array
    b: Array
    G: Array
    n: Array
    g: Array
    used: IntArray  # assets with a weight


def moments(rows: Rows, size: int, constant: int, c: float) -> Moments:
    """The sums that the regressions of a block's dates are made of.

    size : values of the family. constant : the style that is c throughout, -1 without one; a family spans it, so that
    nobody needs its products in A, where it stands first.
    """
    n, q = len(rows.starts) - 1, rows.S.shape[1]
    first = 1 if size and constant == 0 else 0
    A, b, G = np.zeros((n, q, q)), np.empty((n, 1, q)), np.empty((n, size, q))
    y = rows.r * rows.w
    y[rows.off] = 0.0
    room = np.empty((max(RUN_ROWS, int(np.diff(rows.starts).max())), q))
    for dates in _runs(rows.starts):
        own, starts = slice(rows.starts[dates.start], rows.starts[dates.stop]), rows.starts[dates.start : dates.stop + 1]
        S, w = rows.S[own], rows.w[own]
        if size:
            place = (w, (rows.group[own] - dates.start * size).astype(np.int32), np.arange(len(w) + 1, dtype=np.int32))
            G[dates] = (csc_array(place, shape=((len(starts) - 1) * size, len(w))) @ S).reshape(-1, size, q)
        WS = np.multiply(S, w[:, None], out=room[: len(S)])
        for k, part, shape in _stacks(starts):
            S_k, WS_k = S[part].reshape(*shape, q), WS[part].reshape(*shape, q)
            at = slice(dates.start + k.start, dates.start + k.stop)
            np.matmul(S_k[:, :, first:].swapaxes(1, 2), WS_k[:, :, first:], out=A[at, first:, first:])
            np.matmul(y[own][part].reshape(len(S_k), 1, -1), S_k, out=b[at])
    used = np.diff(rows.starts) - np.diff(np.searchsorted(rows.off, rows.starts))
    if not size:
        return Moments(A, b[:, 0], G, np.zeros((n, 0)), np.zeros((n, 0)), used)
    N = group_sums(rows, rows.w, size) if constant < 0 else G[:, :, constant] / c
    return Moments(A, b[:, 0], G, N, group_sums(rows, y, size), used)


def group_sums(rows: Rows, values: Array, size: int) -> Array:
    """Sum of the values (M,) of each date and family value, (n, size)."""
    n = len(rows.starts) - 1
    return np.bincount(rows.group, values, n * size).reshape(n, size).astype(np.float64, copy=False)


def idio(rows: Rows, f: Array, fine: BoolArray, e: Array) -> None:
    """Fill e (M,) with r − B f of each row, NaN where the asset is not seen or the date not solved."""
    q = rows.S.shape[1]
    for dates, own, shape in _stacks(rows.starts):
        np.matmul(rows.S[own].reshape(*shape, q), f[dates, :q, None], out=e[own].reshape(*shape, 1))
    if f.shape[1] > q:
        e += f[:, q:].ravel().take(rows.group)
    np.subtract(rows.r, e, out=e)
    for first, last in zip(rows.starts[:-1][~fine], rows.starts[1:][~fine], strict=True):
        e[first:last] = np.nan


def _runs(starts: IntArray) -> Iterator[slice]:
    """Dates whose rows together are about RUN_ROWS."""
    first, ends = 0, np.searchsorted(starts, starts[:-1] + RUN_ROWS, side="right") - 1
    while first < len(ends):
        end = max(int(ends[first]), first + 1)
        yield slice(first, end)
        first = end


def _stacks(starts: IntArray) -> Iterator[tuple[slice, slice, tuple[int, int]]]:
    """Dates that one product serves, their rows, and the (dates, rows of each): all of one size, or one alone."""
    sizes, first = np.diff(starts), starts[0]
    step = len(sizes) if (sizes == sizes[0]).all() else 1
    for k in range(0, len(sizes), step):
        yield slice(k, k + step), slice(starts[k] - first, starts[k + step] - first), (step, int(sizes[k]))
