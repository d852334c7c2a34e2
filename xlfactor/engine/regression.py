"""Cross-sectional regression: f = (B'WB)^-1 B'W r under zero-sum families, one cross-section a date.

Notation as methodology, section 0: A = B'WB, f = R g with R the basis of the constrained factors, Z = B R.
P is a root of the pseudo-inverse, R (Z'WZ)^+ R' = P'P, so that f = P'P B'W r and the leverage is w_i b_i'P'P b_i.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg.lapack import dpotrf, dtrtrs

from xlfactor.engine.arrays import Array, BoolArray
from xlfactor.engine.sections import Loadings, Pattern, Sections, patterns

SPARE = 2  # a date needs this many assets more than factors (functions.md, "Labels in estimation")
INDEPENDENT = 1e-5  # smallest share of a column's length left by the others: cond(X) stays below about 1e6
FLAT = 1e-12  # a spread below this share of the returns is rounding: nothing to explain
REFINE = 0.05  # below this share one step of iterative refinement restores full precision


@dataclass(frozen=True)
class Root:
    """P with R (Z'WZ)^+ R' = P'P, its rank, the smallest independent share of a column of W^{1/2}Z, ln|Z'WZ|."""

    P: Array
    rank: int
    smallest: float
    log_det: float


@dataclass(frozen=True)
class Fit:
    """The regression of a pattern's dates: f (n, K) with NaN for factors without members, e (n, N) idio returns."""

    pattern: Pattern
    f: Array
    e: Array
    P: Array
    rank: int
    smallest: float

    @cached_property
    def dependent(self) -> BoolArray:
        """(K,) factors that others (nearly) replace on these dates: their returns are one choice of many."""
        found = np.zeros(self.f.shape[1], dtype=bool)
        if self.smallest == 0:
            R = basis(self.pattern.constraints, self.pattern.active)
            _, s, Vt = np.linalg.svd(_unit_columns(self.pattern.B, self.pattern.w, R), full_matrices=False)
            null = Vt[s <= INDEPENDENT * s[0]]
            free = (R == 1).argmax(axis=0)  # of each column of Z
            found[free[(np.abs(null) > 1e-3).any(axis=0)]] = True
        return found

    @cached_property
    def n_assets(self) -> int:
        return int((self.pattern.w > 0).sum())

    @cached_property
    def leverage(self) -> Array:
        """h_i = w_i b_i' R (Z'WZ)^+ R' b_i (N,); their sum is the rank."""
        return leverage(self.pattern.B, self.pattern.w, self.P)

    @cached_property
    def residual_variance(self) -> Array:
        """sum w e² / (n − rank) for each date (n,): the scale of the weights when they are no variances."""
        return np.asarray((self.pattern.w * self.e**2).sum(axis=1) / (self.n_assets - self.rank))

    @cached_property
    def condition(self) -> float:
        """Condition number of W^{1/2} Z with columns of unit length."""
        return condition(self.pattern.B, self.pattern.w, basis(self.pattern.constraints, self.pattern.active))

    def t_statistics(self, known_variances: bool) -> Array:
        """f / sd(f): cov(f) = P'P for weights 1/psi, else times the residual variance (methodology, 5.1)."""
        variance = np.einsum("ij,ij->j", self.P, self.P)
        scale = np.ones(len(self.f)) if known_variances else self.residual_variance
        with np.errstate(divide="ignore", invalid="ignore"):
            t = self.f / np.sqrt(np.outer(scale, variance))
        return np.where(np.isfinite(t), t, np.nan)

    def r_squared(self) -> tuple[Array, Array]:
        """Weighted R² and its adjusted form (n,): centred when the loadings span a constant, else uncentred."""
        w, r, centred = self.pattern.w, self.pattern.r, _spans_constant(self.pattern, self.P)
        mean = (r @ w / w.sum())[:, None] if centred else 0.0
        total = ((r - mean) ** 2) @ w
        unexplained = (self.e**2) @ w
        varies = total > FLAT**2 * (r**2 @ w)
        plain = np.where(varies, 1 - unexplained / np.where(varies, total, 1.0), np.nan)
        degrees = self.n_assets - (1 if centred else 0)
        return plain, 1 - (1 - plain) * degrees / (self.n_assets - self.rank)


def enough(pattern: Pattern) -> bool:
    """Whether a date has assets enough to be estimated."""
    return bool((pattern.w > 0).sum() >= pattern.active.sum() + SPARE)


def fits(R: Array, sections: Sections, W: Array, caps: Array | None = None) -> Iterator[Fit]:
    """The regression of every date that has enough assets; the other dates are simply not visited.

    R : (T, N) returns, decimals per period, NaN where an asset did not trade.
    W : (1, N) or (T, N) regression weights ≥ 0, NaN or 0 = not estimated on. caps : like W, for the constraint.
    """
    for pattern in patterns(R, sections, W, caps):
        if enough(pattern):
            yield fit(pattern)


def fit(pattern: Pattern) -> Fit:
    """Solve one pattern."""
    f, e, root = regress(pattern.B, pattern.w, basis(pattern.constraints, pattern.active), pattern.r)
    f[:, ~pattern.active] = np.nan
    return Fit(pattern, f, e, root.P, root.rank, root.smallest)


def regress(B: Loadings, w: Array, R: Array, Y: Array) -> tuple[Array, Array, Root]:
    """f (n, K) and e (n, N) of the rows Y (n, N), in the basis R (K, g); one factorisation for all rows.

    By Cholesky of Z'WZ with unit diagonal, by SVD of W^{1/2}Z where that is not safe.
    """
    root = factorise(B, w, R)
    P = root.P
    f = B.project((Y * w).T).T @ P.T @ P
    e = Y - B.predict(f)
    if root.smallest < REFINE:
        f = f + B.project((e * w).T).T @ P.T @ P
        e = Y - B.predict(f)
    return f, e, root


def leverage(B: Loadings, w: Array, P: Array) -> Array:
    """h_i = w_i b_i'P'P b_i (N,)."""
    return w * B.quadratic(P.T @ P)


def basis(constraints: Array, active: BoolArray) -> Array:
    """R (K, g): identity on the active factors, the row of the largest s_e replaced by −s_j/s_e (USE4, eq. 3.3)."""
    K = len(active)
    R = np.eye(K)
    dropped = ~active
    for s in constraints:
        e = int(np.argmax(s))
        R[e] = -s / s[e]
        dropped[e] = True
    return R[:, ~dropped]


def factorise(B: Loadings, w: Array, R: Array) -> Root:
    """The root of the pseudo-inverse of Z'WZ, Z = B R."""
    G = R.T @ B.gram(w) @ R
    length = np.sqrt(G.diagonal())
    if (length > 0).all():
        L, failed = dpotrf(G / np.outer(length, length), lower=1, clean=1)  # scipy's own wrappers cost more than this
        smallest = 0.0 if failed else float(L.diagonal().min())
        if smallest > INDEPENDENT:
            P, _ = dtrtrs(L, (R / length).T, lower=1)
            return Root(P, len(P), smallest, 2 * float(np.log(L.diagonal() * length).sum()))
    return _factorise_by_svd(B, w, R)


def _factorise_by_svd(B: Loadings, w: Array, R: Array) -> Root:
    """Rank-deficient or nearly so: minimum norm in units of the columns' lengths."""
    X = np.sqrt(w)[:, None] * (B.dense() @ R)
    length = np.sqrt((X * X).sum(axis=0))
    length[length == 0] = 1.0
    _, s, Vt = np.linalg.svd(X / length, full_matrices=False)
    rank = int((s > s[0] * max(X.shape) * np.finfo(float).eps).sum()) if len(s) and s[0] > 0 else 0
    P = (Vt[:rank] / s[:rank, None]) @ (R / length).T
    return Root(P, rank, 0.0, 2 * float(np.log(s[:rank]).sum() + np.log(length).sum()))


def portfolios(fit: Fit) -> Array:
    """W B R (Z'WZ)^+ R' (N, K), one column a factor: its transpose times r is f; NaN for factors without members."""
    weights = (fit.pattern.w[:, None] * fit.pattern.B.dense()) @ (fit.P.T @ fit.P)
    weights[:, ~fit.pattern.active] = np.nan
    return np.asarray(weights)


def condition(B: Loadings, w: Array, R: Array) -> float:
    """Condition number of W^{1/2} Z with columns of unit length, Z = B R."""
    s = np.linalg.svd(_unit_columns(B, w, R), compute_uv=False)
    return float(s[0] / max(s[-1], np.finfo(float).tiny))


def _unit_columns(B: Loadings, w: Array, R: Array) -> Array:
    """W^{1/2} B R of the assets of weight > 0, its columns of unit length."""
    used = w > 0
    X = np.sqrt(w[used])[:, None] * (B.take(used).dense() @ R)
    length = np.sqrt((X * X).sum(axis=0))
    return np.asarray(X / np.where(length > 0, length, 1.0))


def _spans_constant(pattern: Pattern, P: Array) -> bool:
    """Whether the loadings fit a return of 1 for every asset."""
    ones = np.ones_like(pattern.w)
    fitted = pattern.B.predict(pattern.B.project(pattern.w) @ P.T @ P)
    return bool(np.abs(fitted - ones)[pattern.w > 0].max() < 1e-8)


def assets_used(R: Array, sections: Sections, W: Array) -> Array:
    """Assets with a return, complete loadings and weight > 0 for each date (T,), estimated or not."""
    n = np.zeros(len(R))
    for d in np.unique(sections.of_date[sections.of_date >= 0]):
        B, columns = sections.section(int(d))
        dates, covered = np.flatnonzero(sections.of_date == d), columns[B.complete]
        weighted = W[np.ix_(dates, covered)] > 0 if len(W) > 1 else W[:, covered] > 0
        n[dates] = (np.isfinite(R[np.ix_(dates, covered)]) & weighted).sum(axis=1)
    return n
