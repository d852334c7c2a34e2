"""Condition number and rank of the regressions of many dates at once, from the products of blocks of dates.

As engine/dated_panel.py does the regressions: dates that are clearly well conditioned, of loadings that change with the
date; engine/roots.py has all others.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from xlfactor.engine import dated_panel, static_panel
from xlfactor.engine.arrays import Array, BoolArray, IntArray
from xlfactor.engine.dated_products import Moments
from xlfactor.engine.dated_rows import Panel, blocks, shares, summed
from xlfactor.engine.regression import SPARE
from xlfactor.engine.sections import Sections

BLOCK_ROWS = 48_000  # few dates: each takes several matrices of all factors
CLEAR = 1e-3  # a smallest eigenvalue above this share of the largest is known to twelve digits


@dataclass(frozen=True)
class DatedQuality:
    """Of the return dates (n,): the assets estimated on, the condition number of W^{1/2} Z, and the rank."""

    dates: IntArray
    n_assets: IntArray
    condition: Array
    rank: IntArray


def dated_quality(R: Array, sections: Sections, W: Array, caps: Array | None) -> Iterator[DatedQuality]:
    """Of the dates that this route knows, a block at a time; arguments as `panel_regression`.

    The condition number of columns of unit length, as `regression.condition`. Source: methodology 5.1.
    """
    if static_panel.covers(sections) or not dated_panel.covers(sections):
        return
    panel, gaps = Panel(R, sections, W, caps), False
    for block in blocks(panel, BLOCK_ROWS):
        rows, m, gaps = summed(block, panel, gaps)
        share = None
        if panel.size and sections.constant >= 0:
            share = (m.n > 0).astype(float) if caps is None else shares(block, rows, panel)
        condition, rank, clear = _condition(m, panel, share)
        clear &= m.used >= rank + (share is not None) + SPARE
        yield DatedQuality(block.dates[clear], m.used[clear], condition[clear], rank[clear])


def _condition(m: Moments, panel: Panel, share: Array | None) -> tuple[Array, IntArray, BoolArray]:
    """Condition number and rank (n,) of Z'WZ with unit diagonal, and which dates are clear.

    share (n, size) : of the family's values in its zero sum; None: there is none. A column that Z does not have
    stays as a unit vector: the eigenvalues of a unit diagonal have mean 1, so one more 1 is neither end of them.
    """
    (n, q), order, constant = m.b.shape, panel.sections.B.order, panel.sections.constant
    K = len(order)
    A = np.zeros((n, K, K))
    A[:, :q, :q], A[:, q:, :q], A[:, :q, q:] = m.A, m.G, m.G.swapaxes(1, 2)
    if panel.size and constant >= 0:  # the moments may leave its products out: the family spans it
        A[:, constant, :q] = A[:, :q, constant] = panel.c * m.G.sum(axis=1)
    A[:, np.arange(q, K), np.arange(q, K)] = m.n
    A = A[:, order[:, None], order]
    free = np.concatenate([np.ones((n, q), dtype=bool), m.n > 0], axis=1)[:, order]
    basis, each = np.broadcast_to(np.eye(K), A.shape), np.arange(n)
    if share is not None:
        s = np.concatenate([np.zeros((n, q)), share], axis=1)[:, order] * free
        e = s.argmax(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            basis = basis.copy()
            basis[each, e] = -s / s[each, e][:, None]
        free[each, e] = False
    G = basis.swapaxes(1, 2) @ A @ basis
    length = np.sqrt(np.where(free, np.diagonal(G, axis1=1, axis2=2), 1.0))
    clear = np.asarray(np.isfinite(G).all(axis=(1, 2)) & (length > 0).all(axis=1))
    G = np.where(free[:, :, None] & free[:, None, :], G, 0.0)[clear] / length[clear, :, None] / length[clear, None, :]
    G[:, np.arange(K), np.arange(K)] = 1.0
    ends = np.ones((n, 2))
    ends[clear] = np.linalg.eigvalsh(G)[:, [0, -1]]
    clear &= ends[:, 0] > CLEAR * ends[:, 1]
    return np.sqrt(ends[:, 1] / np.where(clear, ends[:, 0], 1.0)), free.sum(axis=1), clear
