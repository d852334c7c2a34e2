"""Descriptors: several combined into one style, and a style made independent of other loadings."""

from __future__ import annotations

import numpy as np

from xlfactor.engine.arrays import Array, BoolArray
from xlfactor.engine.regression import SPARE, basis, regress
from xlfactor.engine.sections import Loadings
from xlfactor.engine.standardization import standardize
from xlfactor.errors import FactorError

EXPLAINED = 1e-9  # a residual below this share of a column's spread is rounding: the column is a combination


def combine(X: Array, a: Array) -> Array:
    """x_i = Σ_j a_j X_ij / Σ_j |a_j| over the descriptors j that asset i has; then mean 0 and sd 1 (ddof 1).

    X : (N, J) descriptors, standardized, NaN where missing. a : (J,) weights; a negative one turns its descriptor.
    Returns (N,), NaN for an asset without any descriptor of weight ≠ 0; 0 where nothing differs.
    Raises WEIGHT_ALL_ZERO. Source: USE4 (styles of several descriptors); methodology, section 4.
    """
    if not np.abs(a).sum() > 0:
        raise FactorError(
            "WEIGHT_ALL_ZERO", "the weights of all descriptors are zero", "give one of them a weight",
            argument="weights",
        )  # fmt: skip
    present = np.isfinite(X)
    given = present @ np.abs(a)
    x = np.divide(np.where(present, X, 0.0) @ a, given, out=np.full(len(X), np.nan), where=given > 0)
    return standardize(x[:, None])[:, 0]


def orthogonalize(X: Array, B: Loadings, w: Array | None = None) -> Array:
    """The residual of each column of X regressed on [1 B] with weights w; then weighted mean 0 and sd 1 (ddof 1).

    The weighted correlation of the result with every column of B is 0, in each column on the assets that have it.

    X : (N, S) loadings, NaN where missing. B : what they shall be independent of; families count as 0/1 columns.
    w : (N,) ≥ 0, NaN or 0 = has no say in the regression but gets its residual; None: equal weights.
    Returns (N, S). NaN where X or a loading of B is missing, where nobody with a weight shares the asset's family
    value, and in a column with fewer than factors + 2 assets; 0 in a column that B explains entirely.
    Source: methodology, section 4 (Frisch and Waugh).
    """
    v = np.ones(len(X)) if w is None else np.nan_to_num(w)
    complete = B.complete
    out = np.full(X.shape, np.nan)
    patterns, column_of = np.unique(np.isfinite(X) & complete[:, None], axis=1, return_inverse=True)
    for p, here in enumerate(patterns.T):
        columns = np.flatnonzero(column_of.reshape(-1) == p)
        design = _with_constant(B.take(here))
        members = design.project((v[here] > 0).astype(float))
        active = members > 0
        active[: design.S.shape[1]] = True
        R = basis(_zero_sums(design, active), active)
        if (v[here] > 0).sum() < R.shape[1] + SPARE:
            continue
        e = regress(design, v[here], R, X[np.ix_(here, columns)].T)[1]
        e = regress(design, v[here], R, e)[1]  # once more: the first pass leaves rounding times the condition
        e[:, ~_estimated(design, active)] = np.nan
        spread = np.nanmax(np.abs(X[np.ix_(here, columns)]), axis=0)
        e[np.nanmax(np.abs(e), axis=1) <= EXPLAINED * spread] = 0.0
        out[np.ix_(here, columns)] = standardize(e.T, v[here])
    return out


def _with_constant(B: Loadings) -> Loadings:
    """[1 B] in the engine's own order: constant and centred styles, families."""
    S = B.S - (B.S.mean(axis=0) if len(B.S) else 0.0)  # the span with the constant is the same, the condition better
    return Loadings(np.column_stack([np.ones(len(S)), S]), B.codes, B.sizes, np.arange(1 + B.S.shape[1] + sum(B.sizes)))


def _zero_sums(B: Loadings, active: BoolArray) -> Array:
    """Beside the constant every family has one factor too many: the plain sum of its factors is 0."""
    sums = np.zeros((len(B.sizes), B.n_factors))
    for s, start, size in zip(sums, B.starts, B.sizes, strict=True):
        s[start : start + size] = active[start : start + size]
    return sums


def _estimated(B: Loadings, active: BoolArray) -> BoolArray:
    """(N,) whether each asset's family values all have a member with a weight."""
    return np.asarray(active[B.starts + B.codes].all(axis=1))
