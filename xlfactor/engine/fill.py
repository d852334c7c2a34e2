"""Gaps in loadings, filled from what assets of the same families and size have."""

from __future__ import annotations

import numpy as np

from xlfactor.engine.arrays import Array, BoolArray, IntArray
from xlfactor.engine.regression import SPARE, regress
from xlfactor.engine.sections import Loadings


def fill(S: Array, codes: IntArray, sizes: tuple[int, ...], caps: Array | None = None) -> Array:
    """Each style's gaps by its regression on the families and ln(cap); else by the mean of the asset's family.

    The regression is on the assets that have the style, every family and a cap; there must be 2 more of them than
    coefficients. It fills assets with every family and a cap of whose family values it has seen a member. The rest
    gets the mean of its first family that has the style, without such a family the mean of all. A style that
    is one number throughout, such as a market of ones, is filled with that number.

    S : (N, n_styles) styles of one date, NaN where missing. codes : (N, n_families) from 0, −1 where missing.
    sizes : values of each family. caps : (N,), NaN or 0 where unknown; None: means only.
    Returns (N, n_styles); a style that no asset has stays missing, and what was there is what it was.
    Source: USE4 (regression), MAC3 (family mean); methodology, section 1.
    """
    filled = S.copy()
    missing = np.isnan(S)
    X = None if caps is None else _predictors(codes, sizes, caps)
    gaps, style_of = np.unique(missing, axis=1, return_inverse=True)  # styles with the same gaps share a regression
    for k, gap in enumerate(gaps.T):
        styles = np.flatnonzero(style_of.reshape(-1) == k)
        if not gap.any() or gap.all():
            continue
        Y = S[:, styles]
        filled[np.ix_(gap, styles)] = _means(Y, codes, sizes)[gap]
        varied = styles[np.ptp(Y[~gap], axis=0) > 0]
        if X is not None and len(varied):
            _by_regression(filled, X, gap, varied)
    return filled


def _predictors(codes: IntArray, sizes: tuple[int, ...], caps: Array) -> Loadings:
    """ln(cap) and the families; a constant where there is no family. Incomplete rows are those without a cap."""
    size = np.log(np.where(caps > 0, caps, np.nan))
    columns = size[:, None] if sizes else np.column_stack([size, np.ones(len(size))])
    return Loadings(columns, codes, sizes, np.arange(columns.shape[1] + sum(sizes)))


def _by_regression(filled: Array, X: Loadings, gap: BoolArray, styles: IntArray) -> None:
    """Predict the gaps of some styles, in place, where the regression can."""
    used = X.complete & ~gap
    seen = [np.isin(X.codes[:, k], X.codes[used, k]) for k in range(len(X.sizes))]
    wanted = gap & np.logical_and.reduce([X.complete, *seen])
    R = _free(X, used)
    if not wanted.any() or used.sum() < R.shape[1] + SPARE:
        return
    centre = X.S[used, 0].mean()  # ln(cap) is far from 0: about its mean it is not nearly the sum of a family
    centred = Loadings(np.column_stack([X.S[:, 0] - centre, X.S[:, 1:]]), X.codes, X.sizes, X.order)
    n = int(used.sum())
    f, _, _ = regress(centred.take(used), np.ones(n), R, filled[np.ix_(used, styles)].T)
    filled[np.ix_(wanted, styles)] = centred.take(wanted).predict(f).T


def _free(X: Loadings, used: BoolArray) -> Array:
    """R (K, g): coefficients with members; the first of each family but one is 0, as two families both add up to 1."""
    start = X.S.shape[1]
    free = np.arange(start)
    for k, size in enumerate(X.sizes):
        free = np.append(free, start + np.unique(X.codes[used, k])[min(k, 1) :])
        start += size
    return np.eye(X.n_factors)[:, free]


def _means(Y: Array, codes: IntArray, sizes: tuple[int, ...]) -> Array:
    """For each asset the mean of Y (N, m) over the first of its families that has one, else over all."""
    present = np.isfinite(Y[:, 0])
    first = Y[present][0]
    D = Y[present] - first  # so that the mean of equal numbers is that number exactly
    means = np.broadcast_to(D.mean(axis=0), Y.shape).copy()
    for codes_of, size in zip(codes.T[::-1], sizes[::-1], strict=True):
        g = codes_of[present]
        n = np.bincount(g[g >= 0], minlength=size)
        sums = np.column_stack([np.bincount(g[g >= 0], d[g >= 0], size) for d in D.T])
        known = (codes_of >= 0) & (n[codes_of] > 0)
        means[known] = sums[codes_of[known]] / n[codes_of[known], None]
    return np.asarray(means + first)
