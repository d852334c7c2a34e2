"""Cross-sectional regression of a panel whose loadings stay: one factorisation for all complete dates, and for a date
with missing returns a downdated one (engine/downdating.py). Notation as in engine/regression.py.

Z is dense here, families included: one product of a block of dates with it is faster than group sums date by date.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from xlfactor.engine.arrays import Array, BoolArray, IntArray
from xlfactor.engine.downdating import TOGETHER, Chunk, Factored, chunks, factored
from xlfactor.engine.regression import SPARE, basis
from xlfactor.engine.sections import Loadings, Sections, constraints

Rows = IntArray | slice
DATES = 8  # with fewer dates a loadings date, a regression of its own costs each no more


@dataclass(frozen=True)
class Shared:
    """Dates with the same loadings, weights and caps, which differ in the assets present only."""

    dates: IntArray  # (n,) positions in the returns: same active factors, assets enough
    columns: IntArray  # (N,) assets with complete loadings
    seen: BoolArray  # (n, N) which of them have a return
    B: Loadings
    Z: Array  # (N, g) B R
    w: Array  # (N,) regression weights, 0 = covered, not estimated on
    basis: Array  # (K, g) R
    active: BoolArray  # (K,) factors with a member


def covers(sections: Sections) -> bool:
    """Whether `static_regression` is the quicker route: loadings that serve eight dates or more, in the mean."""
    used = sections.of_date[sections.of_date >= 0]
    return len(used) >= DATES * len(np.unique(used))


def static_regression(
    R: Array, sections: Sections, W: Array, caps: Array | None, F: Array, E: Array
) -> tuple[BoolArray, BoolArray]:
    """Fill F (T, K) and E (T, N) or (0, N) with the dates that are clearly well-conditioned, their rows of E whole.

    Returns (T,) which dates those are, and (T,) which ones `regression.fits` must look at: ill-conditioned ones, and
    those with another set of active factors than the others.
    """
    estimated = np.zeros(len(R), dtype=bool)
    for group in shared(R, sections, W, caps):
        for chunk, root in factored(group.Z, group.w, chunks(group.seen)):
            for dates in _solve(R, group, chunk, root, F, E):
                estimated[dates] = True
    return estimated, (sections.of_date >= 0) & ~estimated


def shared(R: Array, sections: Sections, W: Array, caps: Array | None) -> Iterator[Shared]:
    """The dates of R (T, N) that can share work; those that cannot are in none."""
    for d in np.unique(sections.of_date[sections.of_date >= 0]):
        B, columns = sections.section(int(d))
        rows = np.flatnonzero(B.complete)
        rows = rows[np.argsort(columns[rows])]  # in the returns' order, so that all of them are a block
        if not np.array_equal(rows, np.arange(len(columns))):
            B, columns = B.take(rows), columns[rows]
        for dates in _alike(np.flatnonzero(sections.of_date == d), W, caps):
            at = int(dates[0])
            w = np.nan_to_num(W[at if len(W) > 1 else 0, columns])
            share = np.ones(len(columns))
            if caps is not None:
                share = np.nan_to_num(caps[at if len(caps) > 1 else 0, columns])
            seen = np.isfinite(block_of(R, consecutive(dates), columns))
            active, same = _active(B, seen, w > 0)
            used = (w > 0).sum() if seen.all() else seen @ (w > 0).astype(np.float32)
            same &= used >= active.sum() + SPARE
            if not same.all():
                dates, seen = dates[same], seen[same]
            if len(dates):
                free = basis(constraints(B, share, active, sections.constant, caps is None), active)
                yield Shared(dates, columns, seen, B, _product(B, free), w, free, active)


def _product(B: Loadings, free: Array) -> Array:
    """Z = B R, without a product where all factors are free; by rows in memory, as assets are taken from it."""
    Z = B.dense()
    return np.ascontiguousarray(Z if np.array_equal(free, np.eye(B.n_factors)) else Z @ free)


def block_of(R: Array, dates: Rows, columns: IntArray) -> Array:
    """R at some dates and columns, in rising order: without a copy where they are a block."""
    rows = R[dates]
    return rows if len(columns) == R.shape[1] else rows[:, columns]


def consecutive(rows: IntArray) -> Rows:
    """The same rows as a slice where they follow each other: a view instead of a copy."""
    if len(rows) and rows[-1] - rows[0] == len(rows) - 1 and (np.diff(rows) == 1).all():
        return slice(int(rows[0]), int(rows[-1]) + 1)
    return rows


def _alike(dates: IntArray, W: Array, caps: Array | None) -> Iterator[IntArray]:
    """The dates grouped by their weights and caps."""
    dated = [V for V in (W, caps) if V is not None and len(V) > 1]
    if not dated:
        yield dates
        return
    groups: dict[tuple[bytes, ...], list[int]] = {}
    for t in dates:
        groups.setdefault(tuple(V[t].tobytes() for V in dated), []).append(int(t))
    for found in groups.values():
        yield np.array(found)


def _active(B: Loadings, seen: BoolArray, used: BoolArray) -> tuple[BoolArray, BoolArray]:
    """(K,) the factors with a member on any of the dates, and (n,) the dates that have a member of each."""
    active, same = np.ones(B.n_factors, dtype=bool), np.ones(len(seen), dtype=bool)
    for members, start in zip(B.members, B.starts, strict=True):
        counts = np.concatenate(
            [(members @ (seen[k : k + TOGETHER] & used).T.astype(float)).T for k in range(0, len(seen), TOGETHER)]
        )
        any_member = np.asarray((counts > 0).any(axis=0))
        active[start : start + len(any_member)] = any_member
        same = np.asarray(same & (counts[:, any_member] > 0).all(axis=1))
    return active[B.order], same


def _solve(R: Array, group: Shared, chunk: Chunk, root: Factored, F: Array, E: Array) -> Iterator[Rows]:
    """Fill F and E for the sound patterns of a chunk, in blocks of dates whose residuals are formed in cache."""
    sound = np.flatnonzero(root.sound)
    if not len(sound):
        return
    rows = np.concatenate([chunk.runs[i] for i in sound])
    owner = np.repeat(sound, [len(chunk.runs[i]) for i in sound])
    WZ, Zt = group.Z * group.w[:, None], np.ascontiguousarray(group.Z.T)
    for k in range(0, len(rows), TOGETHER):
        some, own = rows[k : k + TOGETHER], owner[k : k + TOGETHER]
        dates = consecutive(group.dates[some])
        Y, missing = block_of(R, dates, group.columns), None
        if not chunk.complete:
            missing = ~group.seen[consecutive(some)]
            Y = np.where(missing, 0.0, Y)
        g = Y @ WZ
        starts = np.flatnonzero(np.diff(own, prepend=-1)).tolist()
        for start, end in pairwise([*starts, len(own)]):
            g[start:end] = root.solve(int(own[start]), g[start:end])
        F[dates] = np.where(group.active, g @ group.basis.T, np.nan)
        if len(E):
            _residuals(Y, g, Zt, missing, E, dates, group.columns)
        yield dates


def _residuals(
    Y: Array, g: Array, Zt: Array, missing: BoolArray | None, E: Array, dates: Rows, columns: IntArray
) -> None:
    """E = Y − g Zt, Zt = Z', at the dates and columns; NaN where missing and elsewhere; in place where E allows it."""
    in_place = isinstance(dates, slice) and len(columns) == E.shape[1]
    e = E[dates] if in_place else np.empty_like(Y)
    np.matmul(g, Zt, out=e)
    np.subtract(Y, e, out=e)
    if missing is not None:
        np.copyto(e, np.nan, where=missing)
    if not in_place:
        E[dates] = np.nan
        E[np.ix_(np.arange(len(E))[dates], columns)] = e
