"""The products of a block of dates with its loadings: B'WB, B'Wr and r − Bf, several dates a call.

The numbers of a date do not depend on the dates beside it: each is a product, or a sum in the order of the rows, of its
own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.sparse import csc_array

from xlfactor.engine.arrays import Array, BoolArray, IntArray

RUN_ROWS = 6_000  # of the dates whose weighted loadings are made at a time: they stay in the cache
WIDE = 8  # columns of a product that the registers hold: one wider by a rest of one to seven costs more than two


@dataclass(frozen=True)
class Rows:
    """The rows of a block, one an asset and date: loadings, returns, weights that are 0 where not estimated on."""

    starts: IntArray  # (n + 1,) first row of each date
    S: Array
    group: IntArray  # family value, counted on from date to date
    r: Array
    w: Array
    on: BoolArray  # w > 0
    seen: BoolArray  # with a return and complete loadings
    complete: BoolArray | None  # None: all of them are


@dataclass(frozen=True)
class Moments:
    """Of each date of a block: A = S'WS, b = S'Wr, and of each family value G = D'WS, n = D'W1, g = D'Wr."""

    A: Array
    b: Array
    G: Array
    n: Array
    g: Array
    used: IntArray  # assets with a weight


def moments(rows: Rows, size: int, first: int) -> Moments:
    """The sums that the regressions of a block's dates are made of.

    size : values of the family. first : the first style whose products are wanted in A.
    """
    n, q = len(rows.starts) - 1, rows.S.shape[1]
    y = np.where(rows.seen, rows.r, 0.0)
    y *= rows.w
    M = len(rows.w)
    G, N, g = np.zeros((n * size, q)), np.zeros((n, size)), np.zeros((n, size))
    if size:  # the sparse product reads S first: it is slow enough to hide the way from memory
        place = (rows.w, rows.group.astype(np.int32), np.arange(M + 1, dtype=np.int32))
        G = csc_array(place, shape=(n * size, M)) @ rows.S
        N, g = group_sums(rows, rows.w, size), group_sums(rows, y, size)
    A, b = np.zeros((n, q, q)), np.empty((n, 1, q))
    for dates, own, shape in _runs(rows.starts):
        S = rows.S[own].reshape(*shape, q)
        WS = np.repeat(rows.w[own], q).reshape(S.shape)  # and then in place: faster than S * w[:, None]
        WS *= S
        np.matmul(S[:, :, first:].swapaxes(1, 2), WS[:, :, first:], out=A[dates, first:, first:])
        np.matmul(y[own].reshape(len(S), 1, -1), S, out=b[dates])
    used = np.array([np.count_nonzero(rows.on[start:end]) for start, end in pairwise(rows.starts)])
    return Moments(A, b[:, 0], G.reshape(n, size, q), N, g, used)


def group_sums(rows: Rows, values: Array, size: int) -> Array:
    """Sum of the values (M,) of each date and family value, (n, size)."""
    n = len(rows.starts) - 1
    return np.bincount(rows.group, values, n * size).reshape(n, size).astype(np.float64, copy=False)


def idio(rows: Rows, f: Array, fine: BoolArray, e: Array) -> None:
    """Fill e (M,) with r − B f of each row, NaN where the asset is not seen or the date not solved."""
    q = rows.S.shape[1]
    for dates, own, shape in _runs(rows.starts):
        np.matmul(rows.S[own].reshape(*shape, q), f[dates, :q, None], out=e[own].reshape(*shape, 1))
    if f.shape[1] > q:
        e += f[:, q:].ravel().take(rows.group)
    np.subtract(rows.r, e, out=e)
    for first, last in zip(rows.starts[:-1][~fine], rows.starts[1:][~fine], strict=True):
        e[first:last] = np.nan


def _runs(starts: IntArray) -> Iterator[tuple[slice, slice, tuple[int, int]]]:
    """Dates that one call serves, their rows, and the (dates, rows of each): dates of one size, or one alone."""
    sizes = np.diff(starts)
    step = max(1, RUN_ROWS // max(int(sizes[0]), 1)) if (sizes == sizes[0]).all() else 1
    for k in range(0, len(sizes), step):
        end = min(k + step, len(sizes))
        yield slice(k, end), slice(int(starts[k]), int(starts[end])), (end - k, int(sizes[k]))

