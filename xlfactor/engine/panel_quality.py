"""How well each date of a panel is estimated: assets, R², condition number, rank, and the t-statistics of f."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from xlfactor.engine.arrays import Array, BoolArray
from xlfactor.engine.dated_quality import dated_quality
from xlfactor.engine.panel_regression import PanelFit, panel_regression
from xlfactor.engine.regression import FLAT, assets_used
from xlfactor.engine.roots import roots
from xlfactor.engine.sections import Sections

TOGETHER = 128  # dates whose returns are summed while they are in cache
QUALITY = ("n_assets", "r_squared", "adjusted_r_squared", "condition_number", "rank")


def quality(R: Array, sections: Sections, W: Array, caps: Array | None, E: Array) -> Array:
    """(T, 5), the columns QUALITY: what `regression.Fit` says of each date; a date without a fit has n_assets only.

    R, W, caps : as `panel_regression`; E (T, N) : its idio returns. R² is centred where the loadings span a constant.
    Source: methodology 5.1.
    """
    Q = np.full((len(R), len(QUALITY)), np.nan)
    rest = sections.of_date.copy()
    for known in dated_quality(R, sections, W, caps):
        Q[known.dates, 0], Q[known.dates, 3], Q[known.dates, 4] = known.n_assets, known.condition, known.rank
        rest[known.dates] = -1
    for one in roots(R, replace(sections, of_date=rest), W, caps):
        Q[one.dates, 0] = one.n_assets
        Q[one.dates, 3:] = one.condition, one.rank
    few = np.isnan(Q[:, 0])
    if few.any():
        Q[few, 0] = assets_used(R, sections, W)[few]
    centred = spans_constant(R, sections, W, caps)
    total, unexplained = _sums_of_squares(R, W, E, centred)
    with np.errstate(divide="ignore", invalid="ignore"):
        Q[:, 1] = 1 - unexplained / total
        Q[:, 2] = 1 - (1 - Q[:, 1]) * (Q[:, 0] - centred) / (Q[:, 0] - Q[:, 4])
    Q[np.isnan(Q[:, 4]), 1:3] = np.nan
    return Q


def t_statistics(
    R: Array, sections: Sections, W: Array, caps: Array | None, found: PanelFit, known_variances: bool
) -> Array:
    """f / sd(f) (T, K) of the panel's fit: cov(f) = R (Z'WZ)^-1 R' for w = 1/psi, else times sum w e²/(n − rank)."""
    variance = np.full(found.F.shape, np.nan)
    free = np.ones(len(R))
    for one in roots(R, sections, W, caps):
        variance[one.dates] = np.einsum("ij,ij->j", one.P, one.P)
        free[one.dates] = one.n_assets - one.rank
    if not known_variances:
        _, unexplained = _sums_of_squares(R, W, found.E, np.zeros(len(R), dtype=bool))
        variance *= (unexplained / free)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        t = found.F / np.sqrt(variance)
    return np.where(np.isfinite(t), t, np.nan)


def spans_constant(R: Array, sections: Sections, W: Array, caps: Array | None) -> BoolArray:
    """(T,) whether the loadings fit a return of 1 for every asset: always with a constant or a family."""
    if sections.constant >= 0 or sections.B.sizes:
        return np.ones(len(R), dtype=bool)
    left = panel_regression(np.where(np.isfinite(R), 1.0, np.nan), sections, W, caps).E
    left[~np.broadcast_to(W > 0, left.shape)] = np.nan
    return np.asarray(np.nanmax(np.abs(left), axis=1, initial=0) < 1e-8)


def _sums_of_squares(R: Array, W: Array, E: Array, centred: BoolArray) -> tuple[Array, Array]:
    """sum w (r − r̄)², NaN where that is rounding, and sum w e² (T,); r̄ is 0 or, where centred, the weighted mean."""
    total, unexplained = np.empty(len(R)), np.empty(len(R))
    for k in range(0, len(R), TOGETHER):
        rows = slice(k, k + TOGETHER)
        seen = np.isfinite(E[rows])
        w = np.where(seen, np.nan_to_num(W[rows] if len(W) > 1 else W), 0.0)
        r, e = np.where(seen, R[rows], 0.0), np.where(seen, E[rows], 0.0)
        wr = w * r
        raw = np.einsum("ti,ti->t", wr, r)
        weight = w.sum(axis=1)
        mean = np.where(centred[rows] & (weight > 0), wr.sum(axis=1) / np.where(weight > 0, weight, 1.0), 0.0)
        r -= mean[:, None]
        about = np.einsum("ti,ti,ti->t", w, r, r)
        total[rows] = np.where(about > FLAT**2 * raw, about, np.nan)
        unexplained[rows] = np.einsum("ti,ti,ti->t", w, e, e)
    return total, unexplained
