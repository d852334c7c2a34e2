"""Loadings as the engine holds them: style columns and one code a family, by date; never 0/1 columns.

B (N,K) is a linear operator here. With S the style columns and g(i) the family value of asset i, every
product with B is a product with S plus group sums (methodology, section 0, rule 4).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.sparse import csc_array

from xlfactor.engine.arrays import Array, BoolArray, IntArray, symmetric


@dataclass(frozen=True)
class Loadings:
    """B of one cross-section.

    S : (N, n_styles) style columns, NaN where missing.
    codes : (N, n_families) value of each family from 0, -1 where missing.
    sizes : number of values of each family, over all dates.
    order : (K,) for each factor, in the table's order, its place in [styles, family 1, family 2, …].
    """

    S: Array
    codes: IntArray
    sizes: tuple[int, ...]
    order: IntArray

    @property
    def n_factors(self) -> int:
        return len(self.order)

    @cached_property
    def complete(self) -> BoolArray:
        """(N,) which assets have every loading."""
        return np.asarray(np.isfinite(self.S).all(axis=1) & (self.codes >= 0).all(axis=1))

    @cached_property
    def starts(self) -> IntArray:
        """Place of each family's first value in [styles, family 1, …]."""
        return np.asarray(self.S.shape[1] + np.cumsum([0, *self.sizes])[:-1], dtype=np.int64)

    @cached_property
    def members(self) -> list[csc_array]:
        """For each family D' (size, N), so that D'y are the group sums of y: sparse, made once for many products."""
        N = len(self.S)
        return [
            csc_array((np.ones(N), codes, np.arange(N + 1)), shape=(size, N))
            for codes, size in zip(self.codes.T, self.sizes, strict=True)
        ]

    def take(self, rows: IntArray | BoolArray) -> Loadings:
        """The same loadings for some assets."""
        return Loadings(self.S[rows], self.codes[rows], self.sizes, self.order)

    def project(self, y: Array) -> Array:
        """B'y: (N,) → (K,), or (N, T) → (K, T)."""
        parts = [self.S.T @ y, *(members @ y for members in self.members)]
        return np.asarray(np.concatenate(parts)[self.order])

    def predict(self, f: Array) -> Array:
        """B f: (K,) → (N,), or (T, K) → (T, N). Factors without any member may be NaN."""
        g = np.empty_like(f)
        g[..., self.order] = f
        fitted = g[..., : self.S.shape[1]] @ self.S.T
        for codes, start in zip(self.codes.T, self.starts, strict=True):
            fitted = fitted + g[..., start + codes]
        return np.asarray(fitted)

    def gram(self, w: Array) -> Array:
        """B'WB (K, K) for weights w (N,)."""
        n_styles = self.S.shape[1]
        A = np.zeros((self.n_factors, self.n_factors))
        WS = self.S * w[:, None]
        A[:n_styles, :n_styles] = self.S.T @ WS
        for k, (codes, size, start) in enumerate(zip(self.codes.T, self.sizes, self.starts, strict=True)):
            own = slice(start, start + size)
            A[own, own] = np.diag(np.bincount(codes, w, size))
            A[own, :n_styles] = self.members[k] @ WS
            A[:n_styles, own] = A[own, :n_styles].T
            for other in range(k):
                n_other, at = self.sizes[other], self.starts[other]
                pairs = np.bincount(codes * n_other + self.codes[:, other], w, size * n_other)
                A[own, at : at + n_other] = pairs.reshape(size, n_other)
                A[at : at + n_other, own] = A[own, at : at + n_other].T
        return symmetric(A[self.order[:, None], self.order])

    def quadratic(self, C: Array) -> Array:
        """b_i'C b_i (N,) for a symmetric C (K, K)."""
        M = np.empty_like(C)
        M[self.order[:, None], self.order] = C
        n_styles = self.S.shape[1]
        q = np.einsum("ij,ij->i", self.S @ M[:n_styles, :n_styles], self.S)
        places = self.starts + self.codes
        for k in range(len(self.sizes)):
            at = places[:, k]
            q += 2 * np.einsum("ij,ij->i", M[at, :n_styles], self.S) + M[at, at]
            for other in range(k):
                q += 2 * M[at, places[:, other]]
        return np.asarray(q)

    def dense(self) -> Array:
        """B as a matrix (N, K), for the few places that need one."""
        B = np.zeros((len(self.S), self.n_factors))
        n_styles = self.S.shape[1]
        B[:, :n_styles] = self.S
        rows = np.arange(len(B))
        for codes, start in zip(self.codes.T, self.starts, strict=True):
            B[rows, start + codes] = 1.0
        return B[:, self.order]


@dataclass(frozen=True)
class Sections:
    """The loadings of every date, ragged: rows offsets[d]:offsets[d+1] are those of loadings date d.

    columns : (M,) for each row, the column of its asset in the returns.
    of_date : (T,) for each return date, the loadings date that explains it, -1 where there is none.
    constant : style column that is a constant over all rows, -1 if there is none.
    """

    B: Loadings
    columns: IntArray
    offsets: IntArray
    of_date: IntArray
    constant: int

    @property
    def n_factors(self) -> int:
        return self.B.n_factors

    def section(self, d: int) -> tuple[Loadings, IntArray]:
        """Loadings date d: B and the columns of its assets."""
        if len(self.offsets) == 2:  # the only one: what B knows of itself stays known
            return self.B, self.columns
        rows = slice(int(self.offsets[d]), int(self.offsets[d + 1]))
        return Loadings(self.B.S[rows], self.B.codes[rows], self.B.sizes, self.B.order), self.columns[rows]


@dataclass(frozen=True)
class Pattern:
    """Dates that share loadings, weights and the assets present, so that one factorisation serves them all."""

    dates: IntArray  # (n,) positions in the returns
    columns: IntArray  # (N,) assets with a return and complete loadings
    B: Loadings
    r: Array  # (n, N) their returns
    w: Array  # (N,) regression weights, 0 = covered, not estimated on
    constraints: Array  # (n_constraints, K) rows s with s'f = 0
    active: BoolArray  # (K,) factors with at least one asset of weight > 0


def patterns(R: Array, sections: Sections, W: Array, caps: Array | None) -> Iterator[Pattern]:
    """The returns (T, N) grouped by loadings date, weights and assets present, in order of first date.

    W : (1, N) or (T, N) regression weights; missing counts as 0. caps : (1, N) or (T, N) or None.
    """
    for d in np.unique(sections.of_date[sections.of_date >= 0]):
        B, columns = sections.section(int(d))
        dates = np.flatnonzero(sections.of_date == d)
        keep = B.complete
        if not keep.all():
            B, columns = B.take(keep), columns[keep]
        block = R[np.ix_(dates, columns)]
        seen = np.isfinite(block)
        groups: dict[tuple[int, int, bytes], list[int]] = {}
        for k, row in enumerate(np.packbits(seen, axis=1)):
            t = int(dates[k])
            key = (t if len(W) > 1 else 0, t if caps is not None and len(caps) > 1 else 0, row.tobytes())
            groups.setdefault(key, []).append(k)
        for (at, cap_at, _), members in groups.items():
            rows_of, r = np.array(members), block[members[0]]
            share = None if caps is None else caps[cap_at, columns]
            one = pattern(r, B, columns, W[at, columns], share, sections.constant)
            yield replace(one, dates=dates[rows_of], r=block[np.ix_(rows_of, np.isfinite(r))])


def pattern(r: Array, B: Loadings, columns: IntArray, w: Array, caps: Array | None, constant: int) -> Pattern:
    """That of one date: returns, complete loadings, weights, caps (N,) of the assets `columns`; missing counts as 0."""
    present = np.isfinite(r)
    w = np.nan_to_num(w[present])
    rows = B.take(present)
    active = _active(rows, w)
    share = np.ones(len(r)) if caps is None else np.nan_to_num(caps)
    sums = constraints(B, share, active, constant, caps is None)
    return Pattern(np.zeros(1, dtype=np.int64), columns[present], rows, r[None, present], w, sums, active)


def _active(B: Loadings, w: Array) -> BoolArray:
    """Styles, and family values with a member."""
    internal = np.ones(B.n_factors, dtype=bool)
    for codes, size, start in zip(B.codes.T, B.sizes, B.starts, strict=True):
        internal[start : start + size] = np.bincount(codes[w > 0], minlength=size) > 0
    return np.asarray(internal[B.order])


def constraints(B: Loadings, share: Array, active: BoolArray, constant: int, plain: bool) -> Array:
    """One zero-sum row a family beyond the first span of a constant (methodology, 5.2).

    s_j is the cap share of value j over all assets with loadings, whether or not their return is present;
    without caps 1.
    """
    free = 0 if constant >= 0 else 1
    rows = []
    for k in range(free, len(B.sizes)):
        codes, size, start = B.codes[:, k], B.sizes[k], B.starts[k]
        sums = np.bincount(codes, share, size)
        s = np.zeros(B.n_factors)
        s[start : start + size] = (sums > 0).astype(float) if plain else sums / max(sums.sum(), np.finfo(float).tiny)
        row = s[B.order] * active
        if row.any():
            rows.append(row)
    return np.array(rows).reshape(len(rows), B.n_factors)
