"""Cross-sectional regressions whose loadings change with the date: group sums and Schur complements, in blocks.

With one family of values g(i) the model is r = S f_S + f_g(i) + ε. Its block of A = B'WB is diagonal, so f_S solves

    H f_S = S'Wr − G'N^-1 D'Wr,    H = S'WS − G'N^-1 G,    G = D'WS,    N = diag(D'W1),

D the 0/1 columns of the family that nobody builds. A constant in S is what the family spans: it is left out of H, and
the zero sum s'f_g = 0 then says how much of f_g it is. A block of dates is one call of each group sum.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.linalg.lapack import dposv
from scipy.sparse import csr_array

from xlfactor.engine.arrays import Array, BoolArray, IntArray
from xlfactor.engine.regression import SPARE
from xlfactor.engine.sections import Sections

BLOCK_ROWS = 100_000  # fewer, larger blocks: what NumPy costs a call outweighs what the cache gives
CLEAR = 0.05  # a smallest independent share above this needs neither refinement nor a second look
LIGHT = 1e-6  # a family value with less of a date's weight than this is looked at twice as well


@dataclass(frozen=True)
class Block:
    """Return dates t and their rows: section after section, one slice of the loadings."""

    dates: IntArray  # (n,)
    rows: slice
    starts: IntArray  # (n + 1,) first row of each date, from 0
    at: IntArray | slice  # (rows,) place of each row in the raveled returns


def covers(sections: Sections) -> bool:
    """Whether `dated_regression` knows this kind of loadings: at most one family."""
    return len(sections.B.sizes) <= 1


def dated_regression(
    R: Array, sections: Sections, W: Array, caps: Array | None, F: Array, E: Array
) -> tuple[BoolArray, BoolArray]:
    """Fill F (T, K) and E (T, N) or (0, N) with the dates that are clearly well conditioned.

    Returns (T,) which dates those are, and (T,) which ones `regression.fits` must look at; the rest has too few assets.
    """
    estimated, left = np.zeros(len(R), dtype=bool), np.zeros(len(R), dtype=bool)
    R, W = np.ascontiguousarray(R), np.ascontiguousarray(W)
    caps = None if caps is None else np.ascontiguousarray(caps)
    scratch, gaps = np.empty((int(np.diff(sections.offsets).max(initial=0)), sections.B.S.shape[1])), False
    for block in _blocks(sections, R.shape[1]):
        fine, other, gaps = _solve(block, R, sections, W, caps, F, E, gaps, scratch)
        estimated[block.dates[fine]], left[block.dates[other]] = True, True
    return estimated, left


def _blocks(sections: Sections, N: int) -> Iterator[Block]:
    """Return dates in runs whose loadings dates follow each other, so that their rows are one slice."""
    dates = np.flatnonzero(sections.of_date >= 0)
    d = sections.of_date[dates]
    first, last = sections.offsets[d], sections.offsets[d + 1]
    k = 0
    while k < len(dates):
        end = k + 1
        while end < len(dates) and d[end] == d[end - 1] + 1 and last[end] - first[k] <= BLOCK_ROWS:
            end += 1
        rows = slice(int(first[k]), int(last[end - 1]))
        starts = np.append(first[k:end], last[end - 1]) - first[k]
        yield Block(dates[k:end], rows, starts, _places(dates[k:end], sections.columns[rows], starts, N))
        k = end


def _places(dates: IntArray, columns: IntArray, starts: IntArray, N: int) -> IntArray | slice:
    """t N + column of each row; a slice where every date has all assets in order."""
    if len(columns) == N * len(dates) and dates[-1] - dates[0] == len(dates) - 1:
        at = (columns.reshape(-1, N) == np.arange(N)).all()
        if at and (np.diff(starts) == N).all():
            return slice(int(dates[0]) * N, (int(dates[-1]) + 1) * N)
    return np.repeat(dates * N, np.diff(starts)) + columns


@dataclass(frozen=True)
class Rows:
    """The rows of a block, one an asset and date: loadings, returns, weights 0 where the asset is not estimated on."""

    S: Array
    group: IntArray  # family value, counted on from date to date
    r: Array
    w: Array
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


def _rows(block: Block, R: Array, sections: Sections, W: Array, gaps: bool) -> Rows:
    """gaps: whether loadings may be missing; such a row gets loadings of 0 and no weight."""
    S, complete = np.ascontiguousarray(sections.B.S[block.rows]), None
    group = np.repeat(np.arange(len(block.dates)) * sum(sections.B.sizes), np.diff(block.starts))
    if gaps:
        finite = np.isfinite(S)
        complete, S = np.asarray(finite.all(axis=1)), np.where(finite, S, 0.0)
    if sections.B.sizes:
        code = sections.B.codes[block.rows, 0]
        if code.min(initial=0) < 0:
            complete = np.asarray(code >= 0 if complete is None else complete & (code >= 0))
            code = np.maximum(code, 0)
        group += code
    r, w = R.reshape(-1)[block.at], _values(W, block, sections)
    seen = np.isfinite(r)
    if complete is not None:
        seen &= complete
    return Rows(S, group, r, np.where(seen & (w > 0), w, 0.0), seen, complete)


def _values(V: Array, block: Block, sections: Sections) -> Array:
    """Weight or cap of each row, from (1, N) or (T, N)."""
    return np.asarray(V.reshape(-1)[block.at] if len(V) > 1 else V[0][sections.columns[block.rows]])


def _moments(rows: Rows, starts: IntArray, size: int, scratch: Array) -> Moments:
    n, q = len(starts) - 1, rows.S.shape[1]
    A, b, used = np.empty((n, q, q)), np.empty((n, q)), np.empty(n, dtype=np.int64)
    y = rows.w * np.where(rows.seen, rows.r, 0.0)
    for k in range(n):
        own = slice(starts[k], starts[k + 1])
        S, w = rows.S[own], rows.w[own]
        WS = np.multiply(S, np.repeat(w, q).reshape(-1, q), out=scratch[: len(S)])  # faster than w[:, None]
        np.matmul(S.T, WS, out=A[k])
        np.dot(y[own], S, out=b[k])
        used[k] = np.count_nonzero(w)
    if not size:
        return Moments(A, b, np.zeros((n, 0, q)), np.zeros((n, 0)), np.zeros((n, 0)), used)
    M = len(rows.w)
    place = (rows.w, rows.group.astype(np.int32), np.arange(M + 1, dtype=np.int32))
    G = csr_array(place, shape=(M, n * size)).T @ rows.S
    N, g = _sums(rows.group, rows.w, (n, size)), _sums(rows.group, y, (n, size))
    return Moments(A, b, G.reshape(n, size, q), N, g, used)


def _sums(group: IntArray, values: Array, shape: tuple[int, int]) -> Array:
    """Sum of the values of each family value, (n, size)."""
    return np.bincount(group, values, shape[0] * shape[1]).reshape(shape).astype(np.float64, copy=False)


def _solve(
    block: Block, R: Array, sections: Sections, W: Array, caps: Array | None, F: Array, E: Array,
    gaps: bool, scratch: Array,
) -> tuple[BoolArray, BoolArray, bool]:  # fmt: skip
    """Solve a block's dates in place: which are solved, which need a closer look, (n,) each; whether there are gaps."""
    size = sum(sections.B.sizes)
    rows = _rows(block, R, sections, W, gaps)
    m = _moments(rows, block.starts, size, scratch)
    if not gaps and not np.isfinite(m.A).all():
        gaps = True
        rows = _rows(block, R, sections, W, gaps)
        m = _moments(rows, block.starts, size, scratch)
    share = None if caps is None or not size else _shares(block, rows, sections, caps, (len(m.n), size))
    f, clear = _factor_returns(m, sections.constant, share)
    active = np.concatenate([np.ones_like(m.b, dtype=bool), m.n > 0], axis=1)
    enough = m.used >= active.sum(axis=1) + SPARE
    fine = enough & clear
    if len(E):
        E.reshape(-1)[block.at] = _idio(rows, block.starts, f, fine)
    F[block.dates[fine]] = np.where(active, f, np.nan)[fine][:, sections.B.order]
    return fine, enough & ~clear, gaps


def _shares(block: Block, rows: Rows, sections: Sections, caps: Array, shape: tuple[int, int]) -> Array:
    """Caps of each family value, of the assets with complete loadings, whether or not they have a return."""
    v = np.asarray(_values(caps, block, sections))
    known = np.isfinite(v) if rows.complete is None else np.isfinite(v) & rows.complete
    return _sums(rows.group, np.where(known, v, 0.0), shape)


def _factor_returns(m: Moments, constant: int, share: Array | None) -> tuple[Array, BoolArray]:
    """f (n, q + size), 0 for family values without members, and which dates are clearly well conditioned."""
    (n, q), family = m.b.shape, m.n.shape[1] > 0
    free = np.array([j for j in range(q) if not (family and j == constant)], dtype=np.int64)
    active = m.n > 0
    root = np.sqrt(np.where(active, m.n, 1.0))[:, :, None]
    G, g = m.G / root, m.g / root[:, :, 0]
    H = (m.A - np.swapaxes(G, 1, 2) @ G)[:, free[:, None], free]
    h = (m.b - (g[:, None, :] @ G)[:, 0])[:, free]
    f_S, pivots = np.zeros((n, q)), np.zeros((n, len(free)))
    x = np.zeros((n, len(free)))
    for k in range(n if len(free) else 0):
        L, x[k], failed = dposv(H[k], h[k], lower=1)
        if not failed:
            pivots[k] = L.diagonal()
    f_S[:, free] = x
    with np.errstate(divide="ignore", invalid="ignore"):
        clear = (pivots**2 > CLEAR**2 * np.diagonal(m.A, axis1=1, axis2=2)[:, free]).all(axis=1)
        if family:
            f_g = (g - (G @ f_S[:, :, None])[:, :, 0]) / root[:, :, 0]
            if constant >= 0:
                s = active if share is None else active * share
                level = (s * f_g).sum(axis=1) / s.sum(axis=1)
                most = m.n.argmax(axis=1)
                f_S[:, constant] = level * m.n[np.arange(n), most] / m.G[np.arange(n), most, constant]
                f_g = f_g - level[:, None]
            clear &= np.where(active, m.n, np.inf).min(axis=1) > LIGHT * m.n.sum(axis=1)
            f_S = np.concatenate([f_S, np.where(active, f_g, 0.0)], axis=1)
    return f_S, np.asarray(clear & np.isfinite(f_S).all(axis=1))


def _idio(rows: Rows, starts: IntArray, f: Array, fine: BoolArray) -> Array:
    """e = r − B f of each row, NaN where the asset is not seen or the date not solved."""
    q, e = rows.S.shape[1], np.empty_like(rows.r)
    for k in range(len(starts) - 1):
        own = slice(starts[k], starts[k + 1])
        np.dot(rows.S[own], f[k, :q], out=e[own])
    if f.shape[1] > q:
        e += f[:, q:].ravel().take(rows.group)
    np.subtract(rows.r, e, out=e)
    np.copyto(e, np.nan, where=~rows.seen)
    for first, last in zip(starts[:-1][~fine], starts[1:][~fine], strict=True):
        e[first:last] = np.nan
    return e
