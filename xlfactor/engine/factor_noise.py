"""Estimation noise in factor returns: what a small universe adds to their covariance (methodology, 7.2)."""

from __future__ import annotations

import numpy as np

from xlfactor.engine.arrays import Array, symmetric
from xlfactor.engine.panel_regression import panel_regression
from xlfactor.engine.roots import DatesRoot, roots
from xlfactor.engine.sections import Sections


def noise(R: Array, sections: Sections, W: Array, caps: Array | None, known_variances: bool) -> Array:
    """Mean over the dates of the estimation noise of f, (K, K); arguments as `panel_regression`.

    R (Z'WZ)^-1 R' for w = 1/psi; for other weights the sandwich P Ω_ε P' with Ω_ε the idio variances of the
    panel itself, each its mean e²/(1 − h). A pair of factors counts the dates that have both; NaN if there is none.
    """
    K = sections.n_factors
    found = list(roots(R, sections, W, caps))
    psi = None if known_variances else _idio_moments(found, panel_regression(R, sections, W, caps).E)
    total, count = np.zeros((K, K)), np.zeros((K, K))
    for one in found:
        C = one.P.T @ one.P
        if psi is not None:
            C = symmetric(C @ one.B.gram(one.w**2 * psi[one.columns]) @ C)
        total += len(one.dates) * C
        count += len(one.dates) * np.outer(one.active, one.active)
    return np.asarray(np.divide(total, count, out=np.full((K, K), np.nan), where=count > 0))


def _idio_moments(found: list[DatesRoot], E: Array) -> Array:
    """Mean of e² over mean of 1 − h for each asset (N,), its own dates only; 0 where nothing is known."""
    seen = np.isfinite(E)
    free = seen.sum(axis=0).astype(float)
    for one in found:
        h = one.w * one.B.quadratic(one.P.T @ one.P)
        free[one.columns] -= len(one.dates) * np.minimum(h, 1.0)
    s = np.einsum("ti,ti->i", *[np.where(seen, E, 0.0)] * 2)
    return np.asarray(np.divide(s, free, out=np.zeros(len(s)), where=free > 1e-3))
