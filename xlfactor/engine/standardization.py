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
    present = ~np.isnan(X)
    V = np.where(present, _weights(caps), 0.0)
    unweighted = present.any(axis=0) & ~(V.max(axis=0, initial=0.0) > 0)
    if unweighted.any():
        raise FactorError(
            "WEIGHT_ALL_ZERO", "no asset with a loading has a market capitalisation",
            "give caps above 0 for the assets of the loadings", argument="caps",
            where="column " + first_five(np.flatnonzero(unweighted) + 1),
            cells=[(0, int(j)) for j in np.flatnonzero(unweighted)],
        )  # fmt: skip
    x = np.where(present, X, 0.0)
    if groups is None:
        D = _scaled(_centred(x, V, present), _flat_below(x), present)
    else:
        D = np.zeros_like(x)
        for g in np.unique(groups):
            own = groups == g
            D[own] = _scaled(_centred(x[own], V[own], present[own]), _flat_below(x[own]), present[own])
        D = _scaled(D, _flat_below(D), present)
    return np.where(present, D, np.nan)


def _weights(caps: Array | None) -> Array:
    if caps is None:
        return np.ones((1, 1))
    wrong = (caps < 0) | np.isinf(caps)
    if wrong.any():
        i = int(np.argwhere(wrong)[0, 0])
        raise FactorError(
            "VALUE_RANGE", f"the market capitalisation {caps[wrong][0]:.6g} is below 0 or infinite",
            "correct it or clear the cell", where=f"row {i + 1}", argument="caps", cells=[(i, 0)],
        )  # fmt: skip
    return np.nan_to_num(caps if caps.ndim == 2 else caps[:, None])


def _centred(x: Array, V: Array, present: BoolArray) -> Array:
    """x less its V-weighted mean, 0 where missing; equal weights in a column whose weights are all 0."""
    total = V.sum(axis=0)
    if not (total > 0).all():
        V = np.where(total > 0, V, present)
        total = V.sum(axis=0)
    mean = np.einsum("ij,ij->j", V, x) / np.where(total > 0, total, 1.0)
    return np.where(present, x - mean, 0.0)


def _scaled(d: Array, flat: Array, present: BoolArray) -> Array:
    """d over its equal-weighted sd (ddof 1); 0 where the sd is not above `flat` (S,)."""
    n = np.count_nonzero(present, axis=0)
    e = np.where(present, d - d.sum(axis=0) / np.maximum(n, 1), 0.0)
    sd = np.sqrt(np.einsum("ij,ij->j", e, e) / np.maximum(n - 1, 1))
    return np.asarray(d / np.where(sd > flat, sd, np.inf))


def _flat_below(x: Array) -> Array:
    return np.asarray(FLAT * np.maximum(x.max(axis=0, initial=0.0), -x.min(axis=0, initial=0.0)))
