"""Standardization: loadings with cap-weighted mean 0 and equal-weighted standard deviation 1."""

from __future__ import annotations

import numpy as np

from xlfactor.engine.arrays import Array, BoolArray, IntArray
from xlfactor.errors import FactorError, first_five

FLAT = 1e-12  # an sd below this share of the largest value is rounding, not spread


def standardize(X: Array, caps: Array | None = None, groups: IntArray | None = None) -> Array:
    """d = (x − cap-weighted mean)/sd for each column; sd about the equal-weighted mean, ddof 1.

    With groups: first within each group, then all by one common sd; the cap-weighted mean stays 0, in each
    group and in total. Values without a group form one group of their own. Zero sd, or alone in a group: 0.

    X : (N, S) style loadings, NaN where missing; missing stays missing.
    caps : (N,) ≥ 0, NaN where unknown: such an asset is standardized like the others but has no say in the
    mean. None: equal weights; so too within a group of which no cap is known. (N, S): each column's own, as for
    the dates of one style.
    groups : (N,) codes from 0, −1 = no group.
    Returns (N, S): in every column STDEV.S = 1 and cap-weighted mean = 0, unless it has no spread.
    Raises VALUE_RANGE for a negative or infinite cap; WEIGHT_ALL_ZERO for a column without any cap.
    Source: USE4 and MAC3 (cap-weighted mean, equal-weighted sd); methodology, section 4.
    """
    V = np.ones((1, len(X))) if caps is None else checked(caps).reshape(len(X), -1).T
    return cross_sections(X.T, V, groups).T


def cross_sections(X: Array, V: Array, groups: IntArray | None = None) -> Array:
    """`standardize` with the assets in the last axis: X (…, N), V ≥ 0 of as many axes, each as long or 1, but N."""
    missing = np.isnan(X)
    gaps = missing if missing.any() else None
    x, V = (X, V) if gaps is None else (np.where(gaps, 0.0, X), np.where(gaps, 0.0, V))
    unweighted = ~(V.max(axis=-1, initial=0.0) > 0)
    if unweighted.any():
        present = np.ones(x.shape[:-1], dtype=bool) if gaps is None else ~gaps.all(axis=-1)
        _refuse_unweighted(np.ravel(unweighted & present))
    if groups is None:
        D = _scaled(_centred(x, V, gaps), _flat_below(x), gaps)
    else:
        D = np.empty_like(x)
        for g in np.unique(groups):
            own = groups == g
            x_g, gaps_g = x[..., own], None if gaps is None else gaps[..., own]
            D[..., own] = _scaled(_centred(x_g, V[..., own], gaps_g), _flat_below(x_g), gaps_g)
        D = _scaled(D, _flat_below(D), gaps)
    return D if gaps is None else np.where(gaps, np.nan, D)


def checked(caps: Array) -> Array:
    """The caps, 0 where unknown; none may be negative or infinite."""
    wrong = (caps < 0) | np.isinf(caps)
    if wrong.any():
        i = int(np.argwhere(wrong)[0, 0])
        raise FactorError(
            "VALUE_RANGE", f"the market capitalisation {caps[wrong][0]:.6g} is below 0 or infinite",
            "correct it or clear the cell", where=f"row {i + 1}", argument="caps", cells=[(i, 0)],
        )  # fmt: skip
    return np.nan_to_num(caps)


def _refuse_unweighted(columns: BoolArray) -> None:
    if columns.any():
        raise FactorError(
            "WEIGHT_ALL_ZERO", "no asset with a loading has a market capitalisation",
            "give caps above 0 for the assets of the loadings", argument="caps",
            where="column " + first_five(np.flatnonzero(columns) + 1),
            cells=[(0, int(j)) for j in np.flatnonzero(columns)],
        )  # fmt: skip


def _centred(x: Array, V: Array, gaps: BoolArray | None) -> Array:
    """x less its V-weighted mean, 0 where missing; equal weights in a cross-section whose weights are all 0."""
    total = V.sum(axis=-1, keepdims=True)
    if not (total > 0).all():
        V = np.where(total > 0, V, 1.0 if gaps is None else ~gaps)
        total = V.sum(axis=-1, keepdims=True)
    share = V / np.where(total > 0, total, 1.0)
    d = _less(x, _weighted_sum(share, x), gaps)
    return _less(d, _weighted_sum(share, d), gaps, d)  # once more: the mean of large numbers is rounded by as much


def _weighted_sum(share: Array, x: Array) -> Array:
    return np.asarray(np.einsum("...i,...i->...", share, x)[..., None])


def _scaled(d: Array, flat: Array, gaps: BoolArray | None) -> Array:
    """d over its equal-weighted sd (ddof 1), in its place; 0 where the sd is not above `flat`."""
    n = d.shape[-1] if gaps is None else d.shape[-1] - np.count_nonzero(gaps, axis=-1, keepdims=True)
    e = _less(d, d.sum(axis=-1, keepdims=True) / np.maximum(n, 1), gaps)
    sd = np.sqrt(np.einsum("...i,...i->...", e, e)[..., None] / np.maximum(n - 1, 1))
    return np.divide(d, np.where(sd > flat, sd, np.inf), out=d)


def _less(x: Array, mean: Array, gaps: BoolArray | None, out: Array | None = None) -> Array:
    d = np.subtract(x, mean, out=out)
    if gaps is not None:
        d[gaps] = 0.0
    return d


def _flat_below(x: Array) -> Array:
    most, least = x.max(axis=-1, initial=0.0, keepdims=True), x.min(axis=-1, initial=0.0, keepdims=True)
    return np.asarray(FLAT * np.maximum(most, -least))
