"""The rows of a panel whose loadings change with the date, in blocks of dates: what each asset and date brings to sums.

Loadings that explain several dates are repeated.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from xlfactor.engine.arrays import Array, IntArray
from xlfactor.engine.dated_products import Moments, Rows, group_sums, moments, runs
from xlfactor.engine.sections import Sections


@dataclass(frozen=True)
class Panel:
    """What the regressions of its dates read."""

    R: Array  # (T, N)
    sections: Sections  # with one family or none
    W: Array  # (T, N) or (1, N), like caps
    caps: Array | None

    @property
    def size(self) -> int:
        """Values of the family."""
        return sum(self.sections.B.sizes)

    @cached_property
    def c(self) -> float:
        """The number that the constant style is."""
        column = self.sections.B.S[:, self.sections.constant] if self.sections.constant >= 0 else np.zeros(0)
        return next((float(x) for x in column if np.isfinite(x)), 1.0)


@dataclass(frozen=True)
class Block:
    """Return dates t and their rows, section after section."""

    dates: IntArray  # (n,)
    window: slice  # of the returns, from the first of these dates to the last
    rows: IntArray | slice  # of the loadings
    starts: IntArray  # (n + 1,) first row of each date, from 0
    at: IntArray | slice  # (rows,) place of each row in the raveled window


def blocks(panel: Panel, most: int) -> Iterator[Block]:
    """Return dates in runs of `most` rows; where their loadings dates follow each other, their rows are one slice."""
    sections, N = panel.sections, panel.R.shape[1]
    dates = np.flatnonzero(sections.of_date >= 0)
    d = sections.of_date[dates]
    first, sizes = sections.offsets[d], sections.offsets[d + 1] - sections.offsets[d]
    for k, own in runs(np.append(0, np.cumsum(sizes)), most):
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


def summed(block: Block, panel: Panel, gaps: bool) -> tuple[Rows, Moments, bool]:
    """A block's rows, their moments, and gaps: whether loadings may be missing, in this block or in a later one.

    Nobody looks for gaps until a sum b is not finite: it is one of all loadings of all rows, seen or not.
    """
    rows = _rows(block, panel, gaps)
    m = moments(rows, panel.size, panel.sections.constant, panel.c)
    return (rows, m, gaps) if gaps or np.isfinite(m.b).all() else summed(block, panel, True)


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


def shares(block: Block, rows: Rows, panel: Panel) -> Array | None:
    """Caps of each family value, of the assets with complete loadings, whether or not they have a return."""
    if panel.caps is None or not panel.size:
        return None
    v = _values(panel.caps, block, panel.sections)
    share = group_sums(rows, v, panel.size)
    if rows.complete is None and np.isfinite(share).all():
        return share
    known = np.isfinite(v) if rows.complete is None else np.isfinite(v) & rows.complete
    return group_sums(rows, np.where(known, v, 0.0), panel.size)


def _values(V: Array, block: Block, sections: Sections) -> Array:
    """Return, weight or cap of each row, from (1, N) or (T, N)."""
    return np.asarray(V[block.window].reshape(-1)[block.at] if len(V) > 1 else V[0][sections.columns[block.rows]])
