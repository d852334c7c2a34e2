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

from xlfactor.engine.arrays import Array, BoolArray, IntArray
from xlfactor.engine.dated_products import Moments, Rows, group_sums, idio, moments, runs
from xlfactor.engine.regression import SPARE
from xlfactor.engine.sections import Sections

BLOCK_ROWS = 192_000  # large enough for what NumPy costs a call, small enough for the third-level cache without S
CLEAR = 0.05  # a smallest independent share above this needs neither refinement nor a second look
LIGHT = 1e-6  # a family value with less of a date's weight than this is looked at twice as well


@dataclass(frozen=True)
class Panel:
    """What the regressions read."""

    R: Array  # (T, N)
    sections: Sections
    W: Array  # (T, N) or (1, N), like caps
    caps: Array | None
    c: float  # the number that the constant style is
    size: int  # values of the family


@dataclass(frozen=True)
class Block:
    """Return dates t and their rows, section after section."""

    dates: IntArray  # (n,)
    window: slice  # of the returns, from the first of these dates to the last
    rows: IntArray | slice  # of the loadings
    starts: IntArray  # (n + 1,) first row of each date, from 0
    at: IntArray | slice  # (rows,) place of each row in the raveled window


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
    column = sections.B.S[:, sections.constant] if sections.constant >= 0 else np.zeros(0)
    c = next((float(x) for x in column if np.isfinite(x)), 1.0)
    panel = Panel(R, sections, W, caps, c, sum(sections.B.sizes))
    gaps = not np.isfinite(sections.B.S[: sections.offsets[:2][-1]]).all()
    E[sections.of_date[: len(E)] < 0] = np.nan
    for block in _blocks(sections, R.shape[1]):
        fine, other, gaps = _solve(block, panel, F, E, gaps)
        estimated[block.dates[fine]], left[block.dates[other]] = True, True
    return estimated, left


def _blocks(sections: Sections, N: int) -> Iterator[Block]:
    """Return dates in runs; where their loadings dates follow each other, their rows are one slice."""
    dates = np.flatnonzero(sections.of_date >= 0)
    d = sections.of_date[dates]
    first, sizes = sections.offsets[d], sections.offsets[d + 1] - sections.offsets[d]
    for k, own in runs(np.append(0, np.cumsum(sizes)), BLOCK_ROWS):
        starts, t = np.append(0, np.cumsum(sizes[k])), dates[k]
        rows: IntArray | slice = slice(int(first[k][0]), int(first[k][0]) + own.stop - own.start)
        if (np.diff(d[k]) != 1).any():
            rows = np.repeat(first[k] - starts[:-1], sizes[k]) + np.arange(starts[-1])
        window = slice(int(t[0]), int(t[-1]) + 1)
        yield Block(t, window, rows, starts, _places(t - t[0], sections.columns[rows], starts, N))


def _places(dates: IntArray, columns: IntArray, starts: IntArray, N: int) -> IntArray | slice:
    """t N + column of each row; a slice where every date has all assets in order."""
    every = len(columns) == N * len(dates) and dates[-1] - dates[0] == len(dates) - 1 and (np.diff(starts) == N).all()
    if every and np.array_equal(columns[:N], np.arange(N)) and np.array_equal(columns[N:], columns[:-N]):
        return slice(0, len(columns))
    return np.repeat(dates * N, np.diff(starts)) + columns


def _rows(block: Block, panel: Panel, gaps: bool) -> Rows:
    """gaps: whether loadings may be missing; such a row gets no weight and no return."""
    B, complete = panel.sections.B, None
    S, code = B.S[block.rows], B.codes[block.rows, 0] if panel.size else np.zeros(1, dtype=np.int64)
    if gaps or code.min(initial=0) < 0:
        mean = np.full(S.shape[1], 1 / max(S.shape[1], 1))
        complete = np.isfinite(S @ mean) & (code >= 0)  # a mean is finite where all its numbers are
        code = np.maximum(code, 0)
    group = np.repeat(np.arange(len(block.dates)) * panel.size, np.diff(block.starts))
    group += code
    r, w = _values(panel.R, block, panel.sections), _values(panel.W, block, panel.sections).copy()
    seen = np.isfinite(r)
    if complete is not None:
        seen &= complete
    if complete is not None or np.isinf(r).any():
        r = np.where(seen, r, np.nan)
    off = np.flatnonzero(~(seen & (w > 0)))
    w[off] = 0.0
    return Rows(block.starts, S, group, r, w, off, complete)


def _values(V: Array, block: Block, sections: Sections) -> Array:
    """Return, weight or cap of each row, from (1, N) or (T, N)."""
    return np.asarray(V[block.window].reshape(-1)[block.at] if len(V) > 1 else V[0][sections.columns[block.rows]])


def _solve(block: Block, panel: Panel, F: Array, E: Array, gaps: bool) -> tuple[BoolArray, BoolArray, bool]:
    """Solve a block's dates in place: which are solved, which need a closer look, (n,) each; whether there are gaps."""
    constant = panel.sections.constant
    rows = _rows(block, panel, gaps)
    m = moments(rows, panel.size, constant, panel.c)
    if not gaps and not np.isfinite(m.b).all():  # of all loadings of all rows, seen or not
        gaps = True
        rows = _rows(block, panel, gaps)
        m = moments(rows, panel.size, constant, panel.c)
    f, clear = _factor_returns(m, constant, panel.c, _shares(block, rows, panel))
    active = np.concatenate([np.ones_like(m.b, dtype=bool), m.n > 0], axis=1)
    enough = m.used >= active.sum(axis=1) + SPARE
    fine = enough & clear
    if len(E):
        E_rows, in_place = E[block.window].reshape(-1), isinstance(block.at, slice)
        e = E_rows if in_place else np.empty_like(rows.r)
        idio(rows, f, fine, e)
        if not in_place:
            E_rows[:] = np.nan
            E_rows[block.at] = e
    F[block.dates[fine]] = np.where(active, f, np.nan)[fine][:, panel.sections.B.order]
    return fine, enough & ~clear, gaps


def _shares(block: Block, rows: Rows, panel: Panel) -> Array | None:
    """Caps of each family value, of the assets with complete loadings, whether or not they have a return."""
    if panel.caps is None or not panel.size:
        return None
    v = _values(panel.caps, block, panel.sections)
    share = group_sums(rows, v, panel.size)
    if rows.complete is None and np.isfinite(share).all():
        return share
    known = np.isfinite(v) if rows.complete is None else np.isfinite(v) & rows.complete
    return group_sums(rows, np.where(known, v, 0.0), panel.size)


def _factor_returns(m: Moments, constant: int, c: float, share: Array | None) -> tuple[Array, BoolArray]:
    """f (n, q + size), 0 for family values without members, and which dates are clearly well conditioned."""
    (n, q), family = m.b.shape, m.n.shape[1] > 0
    free = np.array([j for j in range(q) if not (family and j == constant)], dtype=np.int64)
    active = m.n > 0
    N = np.where(active, m.n, 1.0)[:, :, None]
    GN = np.swapaxes(m.G / N, 1, 2)
    H = (m.A - GN @ m.G)[:, free[:, None], free]
    h = (m.b - (GN @ m.g[:, :, None])[:, :, 0])[:, free]
    f_S, pivots = np.zeros((n, q)), _pivots(H)
    independent = CLEAR * np.sqrt(np.diagonal(m.A, axis1=1, axis2=2)[:, free])
    clear = ((pivots > 0) & (pivots > independent)).all(axis=1)  # what is nearly singular, `solve` may refuse
    f_S[np.ix_(clear, free)] = np.linalg.solve(H[clear], h[clear][:, :, None])[:, :, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        if family:
            f_g = ((m.g[:, :, None] - m.G @ f_S[:, :, None]) / N)[:, :, 0]
            if constant >= 0:
                s = active if share is None else active * share
                level = (s * f_g).sum(axis=1) / s.sum(axis=1)
                f_S[:, constant] = level / c
                f_g = f_g - level[:, None]
            clear &= np.where(active, m.n, np.inf).min(axis=1) > LIGHT * m.n.sum(axis=1)
            f_S = np.concatenate([f_S, np.where(active, f_g, 0.0)], axis=1)
    return f_S, np.asarray(clear & np.isfinite(f_S).all(axis=1))


def _pivots(H: Array) -> Array:
    """Diagonals (n, q) of the Cholesky factors of H (n, q, q), 0 where there is none."""
    try:
        return np.diagonal(np.linalg.cholesky(H), axis1=1, axis2=2)
    except np.linalg.LinAlgError:  # of one of them, and NumPy does not say which
        half = len(H) // 2
        return np.concatenate([_pivots(H[:half]), _pivots(H[half:])]) if half else np.zeros(H.shape[:2])
