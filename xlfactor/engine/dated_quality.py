"""Condition number and rank of the regressions of many dates at once, from the products of blocks of dates.

As engine/dated_panel.py does the regressions: dates that are clearly well conditioned, of loadings that change with
every date; engine/roots.py has all others.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from xlfactor.engine.arrays import Array, BoolArray, IntArray
from xlfactor.engine.dated_products import Moments, Rows, group_sums, moments
from xlfactor.engine.regression import SPARE
from xlfactor.engine.sections import Sections
from xlfactor.engine.stretches import Stretch, stretches

CLEAR = 1e-3  # a smallest eigenvalue above this share of the largest is known to twelve digits


@dataclass(frozen=True)
class DatedQuality:
    """Of the return dates (n,): the assets estimated on, the condition number of W^{1/2} Z, and the rank."""

    dates: IntArray
    n_assets: IntArray
    condition: Array
    rank: IntArray


def dated_quality(R: Array, sections: Sections, W: Array, caps: Array | None) -> Iterator[DatedQuality]:
    """Of the dates that this route knows, a stretch at a time; arguments as `panel_regression`.

    The condition number of columns of unit length, as `regression.condition`. Source: methodology 5.1.
    """
    for one in stretches(sections) if len(sections.B.sizes) <= 1 else ():
        known = np.flatnonzero(one.sections.of_date >= 0)
        if len(known) and len(known) == len(one.sections.offsets) - 1:  # each of its loadings dates explains one date
            v = None if caps is None else one.of(caps)
            yield _of_stretch(one, known, one.of(R), one.of(W), v)


def _of_stretch(one: Stretch, known: IntArray, R: Array, W: Array, caps: Array | None) -> DatedQuality:
    s = one.sections
    size, counts = sum(s.B.sizes), np.diff(s.offsets)
    at = np.repeat(known, counts), s.columns
    rows = _rows(s, R[at], W[at] if len(W) > 1 else W[0, s.columns])
    m = moments(rows, size, -1, 1.0)  # of all styles, a constant among them
    share = None
    if size and s.constant >= 0:
        v = np.ones(len(rows.r)) if caps is None else caps[at] if len(caps) > 1 else caps[0, s.columns]
        share = group_sums(rows, np.where(np.isfinite(v) & s.B.complete, v, 0.0), size)
        share = (share > 0).astype(float) if caps is None else share
    condition, rank, clear = _condition(m, s.B.order, share)
    clear &= m.used >= rank + (share is not None) + SPARE
    return DatedQuality(one.dates.start + known[clear], m.used[clear], condition[clear], rank[clear])


def _rows(s: Sections, r: Array, w: Array) -> Rows:
    """A row without complete loadings has no weight."""
    B, group = s.B, np.repeat(np.arange(len(s.offsets) - 1) * sum(s.B.sizes), np.diff(s.offsets))
    if B.sizes:
        group += np.maximum(B.codes[:, 0], 0)
    on = np.isfinite(r) & B.complete & (w > 0)
    complete = None if B.complete.all() else B.complete
    return Rows(s.offsets, B.S, group, r, np.where(on, w, 0.0), np.flatnonzero(~on), complete)


def _condition(m: Moments, order: IntArray, share: Array | None) -> tuple[Array, IntArray, BoolArray]:
    """Condition number and rank (n,) of Z'WZ with unit diagonal, and which dates are clear.

    share (n, size) : of the family's values in its zero sum; None: there is none. A column that Z does not have
    stays as a unit vector: the eigenvalues of a unit diagonal have mean 1, so one more 1 is neither end of them.
    """
    (n, q), K = m.b.shape, len(order)
    A = np.zeros((n, K, K))
    A[:, :q, :q], A[:, q:, :q], A[:, :q, q:] = m.A, m.G, m.G.swapaxes(1, 2)
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
