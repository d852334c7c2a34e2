"""Cross-sectional regressions whose loadings change with the date: group sums and Schur complements, in blocks.

With one family of values g(i) the model is r = S f_S + f_g(i) + ε. Its block of A = B'WB is diagonal, so f_S solves

    H f_S = S'Wr − G'N^-1 D'Wr,    H = S'WS − G'N^-1 G,    G = D'WS,    N = diag(D'W1),

D the 0/1 columns of the family that nobody builds. A constant in S is what the family spans: it is left out of H, and
the zero sum s'f_g = 0 then says how much of f_g it is. A block of dates is one call of each group sum.
"""

from __future__ import annotations

import numpy as np

from xlfactor.engine.arrays import Array, BoolArray
from xlfactor.engine.dated_products import Moments, idio
from xlfactor.engine.dated_rows import Block, Panel, blocks, shares, summed
from xlfactor.engine.regression import SPARE
from xlfactor.engine.sections import Sections

BLOCK_ROWS = 192_000  # large enough for what NumPy costs a call, small enough for the third-level cache without S
CLEAR = 0.05  # a smallest independent share above this needs neither refinement nor a second look
LIGHT = 1e-6  # a family value with less of a date's weight than this is looked at twice as well


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
    panel = Panel(R, sections, W, caps)
    gaps = not np.isfinite(sections.B.S[: sections.offsets[:2][-1]]).all()
    E[sections.of_date[: len(E)] < 0] = np.nan
    for block in blocks(panel, BLOCK_ROWS):
        fine, other, gaps = _solve(block, panel, F, E, gaps)
        estimated[block.dates[fine]], left[block.dates[other]] = True, True
    return estimated, left


def _solve(block: Block, panel: Panel, F: Array, E: Array, gaps: bool) -> tuple[BoolArray, BoolArray, bool]:
    """Solve a block's dates in place: which are solved, which need a closer look, (n,) each; whether there are gaps."""
    rows, m, gaps = summed(block, panel, gaps)
    f, clear = _factor_returns(m, panel.sections.constant, panel.c, shares(block, rows, panel))
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
