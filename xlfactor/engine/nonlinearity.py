"""Whether returns depend on a factor in a curve: f² and f³ beside the linear model, and ranks beside correlations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xlfactor.engine.arrays import Array
from xlfactor.engine.timeseries import presence_patterns
from xlfactor.errors import FactorError

PERMUTATIONS = 499
INDEPENDENT = 1e-6  # a curve of which the linear model leaves a smaller share of its length adds nothing
ROUNDING = 1e-13


@dataclass(frozen=True)
class Nonlinearity:
    """A value for each factor (K,), means over the assets: linear and nonlinear R², p, |Spearman| − |Pearson|."""

    linear: Array
    nonlinear: Array
    p: Array
    rank_gap: Array


def nonlinearity(R: Array, F: Array) -> Nonlinearity:
    """R² of r on [1 F] against R² of r on [1 F f_k² f_k³], f_k centred.

    p = (1 + #{permutations that gain at least as much})/(1 + 499): the rows of the linear residuals are permuted by
    default_rng(0), dates as a whole, and regressed again (Freedman and Lane); the gain is measured as a share of what
    the linear model leaves. A missing residual adds nothing there. NaN where f² and f³ are linear in F (a 0/1 factor).

    R : (T, N) returns, NaN where missing: each asset on its own dates. F : (T, K); a date with a NaN is left out.
    Raises FEW_DATES if no asset has K + 4 dates. Source: methodology, section 4; Freedman and Lane 1983.
    """
    complete = np.isfinite(F).all(axis=1)
    R, F = R[complete], F[complete]
    K = F.shape[1]
    f = F - F.mean(axis=0)
    scale = np.sqrt((f * f).mean(axis=0))
    f = f / np.where(scale > 0, scale, 1.0)
    E = np.zeros(R.shape)
    linear, gain, gap, n = 0.0, np.zeros(K), np.zeros(K), 0
    for dates, assets in presence_patterns(R, F):
        r = R[np.ix_(dates, assets)]
        varies = np.ptp(r, axis=0) > 0 if len(dates) >= K + 4 else np.zeros(len(assets), dtype=bool)
        if not varies.any():
            continue
        r, assets, x = r[:, varies] - r[:, varies].mean(axis=0), assets[varies], f[dates]
        Q = _basis(np.column_stack([np.ones(len(x)), x]))
        e = r - Q @ (Q.T @ r)
        total = (r * r).sum(axis=0)
        linear += float(np.maximum(1 - (e * e).sum(axis=0) / total, 0.0).sum())
        for k in range(K):
            gain[k] += (((_curve(x[:, k], Q).T @ e) ** 2).sum(axis=0) / total).sum()
        gap += (np.abs(_correlations(_ranks(r), _ranks(x))) - np.abs(_correlations(r, x))).sum(axis=0)
        E[np.ix_(dates, assets)] = e
        n += len(assets)
    if n == 0:
        raise FactorError(
            "FEW_DATES", f"no asset has {K + 4} returns on dates with all {K} factors", "add dates or drop factors",
            argument="returns",
        )  # fmt: skip
    return Nonlinearity(np.full(K, linear / n), (linear + gain) / n, _p(E, f), gap / n)


def _p(E: Array, f: Array) -> Array:
    """p of the curves of each factor (K,) by permuting the rows of E (T, N)."""
    T, K = f.shape
    Q = _basis(np.column_stack([np.ones(T), f]))
    curves = [_curve(f[:, k], Q) for k in range(K)]
    columns = np.column_stack([Q, *curves])
    places = Q.shape[1] + np.cumsum([0, *(c.shape[1] for c in curves)])
    total = (E * E).sum(axis=0)
    used = total > 0
    E, total = E[:, used], total[used]
    rng = np.random.default_rng(0)
    observed, better = np.zeros(K), np.zeros(K)
    for draw in range(PERMUTATIONS + 1):
        order = np.arange(T) if draw == 0 else rng.permutation(T)
        squares = (columns[order].T @ E) ** 2  # permuting the columns of the design is permuting the rows of E
        left = np.maximum(total - squares[: Q.shape[1]].sum(axis=0), ROUNDING * total)
        shares = np.add.reduceat(np.vstack([squares / left, np.zeros(len(total))]), places[:-1], axis=0).mean(axis=1)
        shares[np.diff(places) == 0] = 0.0
        if draw == 0:
            observed = shares
        else:
            better += shares >= observed * (1 - ROUNDING)
    return np.where(np.diff(places) > 0, (1 + better) / (1 + PERMUTATIONS), np.nan)


def _basis(X: Array) -> Array:
    """Orthonormal basis of the columns of X, which may depend on each other."""
    length = np.sqrt((X * X).sum(axis=0))
    U, s, _ = np.linalg.svd(X / np.where(length > 0, length, 1.0), full_matrices=False)
    return np.asarray(U[:, s > INDEPENDENT * s[0]])


def _curve(f: Array, Q: Array) -> Array:
    """Orthonormal basis of what f² and f³ add to the span of Q: two columns, or fewer."""
    x = np.column_stack([f**2, f**3])
    length = np.sqrt((x * x).sum(axis=0))
    x = x / np.where(length > 0, length, 1.0)
    x = x - Q @ (Q.T @ x)
    x = x - Q @ (Q.T @ x)
    U, s, _ = np.linalg.svd(x, full_matrices=False)
    return np.asarray(U[:, s > INDEPENDENT])


def _ranks(X: Array) -> Array:
    """Ranks of each column from 1, equal values sharing their mean rank; scipy.stats takes half a second to import."""
    ranks = np.empty(X.shape)
    for k, x in enumerate(X.T):
        _, place, count = np.unique(x, return_inverse=True, return_counts=True)
        ranks[:, k] = (np.cumsum(count) - (count - 1) / 2)[place]
    return ranks


def _correlations(R: Array, F: Array) -> Array:
    """Pearson correlation of each column of R with each of F (N, K); 0 where one does not vary."""
    r, f = R - R.mean(axis=0), F - F.mean(axis=0)
    length = np.outer(np.sqrt((r * r).sum(axis=0)), np.sqrt((f * f).sum(axis=0)))
    return np.asarray(np.divide(r.T @ f, length, out=np.zeros(length.shape), where=length > 0))
