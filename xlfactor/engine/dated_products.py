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

RUN_ROWS = 24_000  # of the dates whose loadings are weighted at a time: many for NumPy's calls, few for the cache
WIDE = 8  # columns of a product that the registers hold: one wider by a rest of one to seven costs more than two


@dataclass(frozen=True)
class Rows:
    """The rows of a block, one an asset and date: loadings, returns, weights that are 0 where not estimated on."""

    starts: IntArray  # (n + 1,) first row of each date
    S: Array  # NaN where missing
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

    size : values of the family. constant : the style that is c throughout, -1 without one. A family spans it: nobody
    asks for its products in A, which are left out where it is the first.
    """
    n, q = len(rows.starts) - 1, rows.S.shape[1]
    first = 1 if size and constant == 0 else 0
    A, b, G = np.zeros((n, q, q)), np.empty((n, 1, q)), np.empty((n, size, q))
    y = rows.r * rows.w
    y[rows.off] = 0.0
    weighted, copy = np.empty((2, min(len(y), max(RUN_ROWS, int(np.diff(rows.starts).max()))), q))
    for dates, own in runs(rows.starts, RUN_ROWS):
        S, w, WS = rows.S[own], rows.w[own], weighted[: own.stop - own.start]
        if rows.complete is not None or not S.flags.c_contiguous:
            np.copyto(copy[: len(S)], S)
            S = copy[: len(S)]
        if rows.complete is not None:  # a missing number times a weight of 0 is no 0
            S[~rows.complete[own]] = 0.0
        if size:
            G[dates] = _value_sums(rows.group[own] - dates.start * size, w, S, G[dates].shape)
        np.multiply(S, w[:, None], out=WS)
        for k, part, shape in _stacks(rows.starts[dates.start : dates.stop + 1] - own.start):
            S_k, WS_k, y_k = S[part].reshape(*shape, q), WS[part].reshape(*shape, q), y[own][part].reshape(*shape, 1)
            _gram(S_k, WS_k, first, A[dates][k])
            np.matmul(y_k.swapaxes(1, 2), S_k, out=b[dates][k])
    used = np.diff(rows.starts) - np.diff(np.searchsorted(rows.off, rows.starts))
    if not size:
        return Moments(A, b[:, 0], G, np.zeros((n, 0)), np.zeros((n, 0)), used)
    N = group_sums(rows, rows.w, size) if constant < 0 else G[:, :, constant] / c
    return Moments(A, b[:, 0], G, N, group_sums(rows, y, size), used)


def _value_sums(group: IntArray, w: Array, S: Array, shape: tuple[int, ...]) -> Array:
    """D'WS (dates, size, q), D being the 0/1 columns of the group: by a sparse product."""
    place = (w, group.astype(np.int32), np.arange(len(w) + 1, dtype=np.int32))
    return np.asarray(csc_array(place, shape=(shape[0] * shape[1], len(w))) @ S).reshape(shape)


def group_sums(rows: Rows, values: Array, size: int) -> Array:
    """Sum of the values (M,) of each date and family value, (n, size)."""
    n = len(rows.starts) - 1
    return np.bincount(rows.group, values, n * size).reshape(n, size).astype(np.float64, copy=False)


def idio(rows: Rows, f: Array, fine: BoolArray, e: Array) -> None:
    """Fill e (M,) with r − B f of each row, NaN where the asset is not seen or the date not solved."""
    q, most = rows.S.shape[1], len(e) if rows.S.flags.c_contiguous else RUN_ROWS
    for dates, own in runs(rows.starts, most):
        S = np.ascontiguousarray(rows.S[own])  # the last bit of a product is its memory order's
        for k, part, shape in _stacks(rows.starts[dates.start : dates.stop + 1] - own.start):
            np.matmul(S[part].reshape(*shape, q), f[dates, :q, None][k], out=e[own][part].reshape(*shape, 1))
    if f.shape[1] > q:
        e += f[:, q:].ravel().take(rows.group)
    np.subtract(rows.r, e, out=e)
    for first, last in zip(rows.starts[:-1][~fine], rows.starts[1:][~fine], strict=True):
        e[first:last] = np.nan


def runs(starts: IntArray, most: int) -> Iterator[tuple[slice, slice]]:
    """Neighbouring dates whose rows are no more than `most`, or one date alone, and these rows."""
    ends = np.searchsorted(starts, starts[:-1] + most, side="right") - 1
    first = 0
    while first < len(ends):
        end = max(int(ends[first]), first + 1)
        yield slice(first, end), slice(int(starts[first]), int(starts[end]))
        first = end


def _stacks(starts: IntArray) -> Iterator[tuple[slice, slice, tuple[int, int]]]:
    """Neighbouring dates of one size, which one call serves, their rows, and the (dates, rows of each)."""
    sizes, first = np.diff(starts), 0
    for end in [*(np.flatnonzero(np.diff(sizes)) + 1).tolist(), len(sizes)]:
        yield slice(first, end), slice(int(starts[first]), int(starts[end])), (end - first, int(sizes[first]))
        first = end


def _gram(S: Array, WS: Array, first: int, A: Array) -> None:
    """Fill A (n, q, q) with S'WS from style `first` on: its lower blocks by products, the upper ones from them."""
    for low in range(first, S.shape[2], WIDE):
        own, before, upto = slice(low, low + WIDE), slice(first, low), slice(first, low + WIDE)
        np.matmul(S[:, :, own].swapaxes(1, 2), WS[:, :, upto], out=A[:, own, upto])
        A[:, before, own] = A[:, own, before].swapaxes(1, 2)
