"""Gram matrices of many sets of assets that differ by a few: A_p = A − sum of w_i z_i z_i' over the assets missing.

A panel of static loadings has a presence pattern on nearly every date; its normal matrix costs n g² for the n assets
missing instead of N g² for all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.linalg.lapack import dpotrf, dpotri, dpotrs, dtrtri

from xlfactor.engine.arrays import Array, BoolArray, IntArray
from xlfactor.engine.regression import REFINE

TOGETHER = 128  # patterns that share a base; and dates whose residuals are formed while they are in cache
FEW = 8  # dates of one pattern: from here on two products are faster than BLAS's own substitution


@dataclass(frozen=True)
class Chunk:
    """Some patterns, as differences from the assets of a base."""

    patterns: slice
    base: BoolArray  # (N,)
    less: list[IntArray]  # for each pattern the assets of the base that it misses
    more: list[IntArray]  # and those that it has beyond the base
    runs: list[IntArray]  # for each pattern the rows of its dates

    @property
    def complete(self) -> bool:
        """Whether no pattern misses any asset."""
        return bool(self.base.all()) and not any(len(one) for one in self.less)


@dataclass(frozen=True)
class Factored:
    """Z'WZ of a chunk's patterns by Cholesky."""

    L: Array  # (n, g, g), the upper triangle of each is the factor's transpose, the lower one is not used
    sound: BoolArray  # (n,) whether the matrix is so well-conditioned that no step of refinement is needed

    def solve(self, i: int, u: Array) -> Array:
        """(Z'WZ)^-1 u of pattern i for the rows of u (m, g)."""
        if len(u) > FEW:
            P = dtrtri(self.L[i].T, lower=1)[0]
            P = np.tril(P)
            return np.asarray(u @ P.T @ P)
        return np.asarray(dpotrs(self.L[i].T, u.T, lower=1)[0].T)

    def quadratic_forms(self) -> Array:
        """(n, g, g) triangular M with z'M z = z'(Z'WZ)^-1 z: (M + M')/2 is the inverse; 0 where it is not sound."""
        M = np.zeros_like(self.L)
        for i in np.flatnonzero(self.sound):
            M[i] = dpotri(self.L[i].T, lower=1)[0]
        g = self.L.shape[1]
        M *= np.tril(np.full((g, g), 2.0)) - np.eye(g)  # of a symmetric matrix, its lower half as a quadratic form
        return M

    @property
    def log_det(self) -> Array:
        """ln|Z'WZ| (n,), 0 where it is not sound."""
        diagonal = np.diagonal(self.L, axis1=1, axis2=2)
        return np.asarray(2 * np.log(np.where(self.sound[:, None], diagonal, 1.0)).sum(axis=1))


def chunks(seen: BoolArray) -> list[Chunk]:
    """The distinct rows of seen (n, N) as differences from what most of their chunk's rows have.

    In the order of their dates, after the row without a gap.
    A chunk whose patterns have little in common has no base: its assets are then `more`, so that the differences are
    never more than the patterns themselves.
    """
    members = _runs(seen)
    found, nothing = [], np.zeros(seen.shape[1], dtype=bool)
    base = nothing
    for start in range(0, len(members), TOGETHER):
        own = members[start : start + TOGETHER]
        assets = seen[[rows[0] for rows in own]]
        majority = assets.mean(axis=0) > 0.5
        if (assets != majority).sum() + majority.sum() > assets.sum():
            majority = nothing
        if not np.array_equal(base, majority):
            base = majority
        less, more = (_places(rows) for rows in (base & ~assets, assets & ~base))
        found.append(Chunk(slice(start, start + len(own)), base, less, more, own))
    return found


def _runs(seen: BoolArray) -> list[IntArray]:
    """The places of equal rows, those without a gap first."""
    complete = seen.all(axis=1)
    runs: dict[bytes, list[int]] = {}
    gaps = np.flatnonzero(~complete)
    for k, row in zip(gaps.tolist(), np.packbits(seen[gaps], axis=1), strict=True):
        runs.setdefault(row.tobytes(), []).append(k)
    return [np.flatnonzero(complete)] * bool(complete.any()) + [np.array(rows) for rows in runs.values()]


def _places(rows: BoolArray) -> list[IntArray]:
    """The columns at which each row is true."""
    columns, ends = rows.nonzero()[1], np.cumsum(np.count_nonzero(rows, axis=1))
    return [columns[start:end] for start, end in zip([0, *ends[:-1]], ends, strict=True)]


def factored(Z: Array, w: Array, found: list[Chunk], ridge: float = 0.0) -> Iterator[tuple[Chunk, Factored]]:
    """Z'WZ + ridge I of every pattern by Cholesky, for Z (N, g) and weights w (N,)."""
    WZ = Z * w[:, None]
    base, A = None, np.zeros(0)
    for chunk in found:
        if chunk.base is not base:
            base = chunk.base
            A = Z.T @ WZ if base.all() else Z[base].T @ WZ[base]
            A.flat[:: len(A) + 1] += ridge
        G = np.repeat(A[None], len(chunk.runs), axis=0)
        for i, (less, more) in enumerate(zip(chunk.less, chunk.more, strict=True)):
            if len(less):
                G[i] -= Z.take(less, 0).T @ WZ.take(less, 0)
            if len(more):
                G[i] += Z.take(more, 0).T @ WZ.take(more, 0)
        yield chunk, _cholesky(G, A.diagonal())


def _cholesky(G: Array, before: Array) -> Factored:
    """The factors of G (n, g, g), in place; `before` is the diagonal that the differences were taken from.

    The squares of a factor's diagonal over the larger of both diagonals bound what cancellation and elimination cost.
    """
    largest = np.maximum(np.diagonal(G, axis1=1, axis2=2), before)
    failed = np.array([dpotrf(one.T, lower=1, clean=0, overwrite_a=1)[1] for one in G], dtype=bool)
    squares = np.diagonal(G, axis1=1, axis2=2) ** 2
    sound = ~failed & (squares > REFINE**2 * largest).all(axis=1)
    return Factored(G, sound)
