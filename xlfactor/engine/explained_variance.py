"""The share of an asset's variance that factors explain, in sample and out of it."""

from __future__ import annotations

import numpy as np

from xlfactor.engine.arrays import Array
from xlfactor.engine.timeseries import FLAT, INDEPENDENT, presence_patterns, refuse_few_dates, total_variation

SAFE = 0.05  # of a column of length 1 the share that the others leave: its square loses few digits


def explained_variance(R: Array, F: Array) -> tuple[Array, Array, Array]:
    """ratio = var(F b_i)/var(r_i) = 1 − var(ε)/var(r), adjusted and out of sample, of OLS with intercept.

    adjusted = 1 − (1 − ratio)(n − 1)/(n − k − 1), k = rank of the centred factors: dependent factors are
    solved at minimum norm. out_of_sample: fitted on the first half of the asset's dates (n/2 rounded down),
    1 − SSE/SST on the second, SST about the mean of the first.

    R : (T, N), F : (T, K) as timeseries_loadings. Returns three (N,); NaN where n < k + 2 (out_of_sample: in
    the first half), or where the returns do not vary.
    Raises FEW_DATES. Source: seed 1 (ratio); methodology, section 4.
    """
    refuse_few_dates(R, F)
    N = R.shape[1]
    ratio, adjusted, out_of_sample = np.full(N, np.nan), np.full(N, np.nan), np.full(N, np.nan)
    for dates, assets in presence_patterns(R, F):
        f, r = F[dates], R[np.ix_(dates, assets)]
        n, half = len(dates), len(dates) // 2
        _, Q, _ = _minimum_norm(f)
        k = Q.shape[1]
        if n >= k + 2:
            g = Q.T @ (r - r.mean(axis=0))
            ratio[assets] = np.minimum((g * g).sum(axis=0) / total_variation(r, np.ones(n)), 1.0)
            adjusted[assets] = 1 - (1 - ratio[assets]) * (n - 1) / (n - k - 1)
        if half > 0:
            mean_f, Q, P = _minimum_norm(f[:half])
            if half >= Q.shape[1] + 2:
                mean_r = r[:half].mean(axis=0)
                d = r[half:] - mean_r
                e = d - (f[half:] - mean_f) @ (P @ (Q.T @ (r[:half] - mean_r)))
                total = np.where(np.ptp(r, axis=0) > 0, (d * d).sum(axis=0), 0.0)
                out_of_sample[assets] = 1 - (e * e).sum(axis=0) / np.where(total > 0, total, np.nan)
    return ratio, adjusted, out_of_sample


def _minimum_norm(F: Array) -> tuple[Array, Array, Array]:
    """Mean, Q (n, k) and P (K, k) with b = P Q'(r − mean r): minimum norm in units of the factors'
    spreads."""
    mean = F.mean(axis=0)
    C = F - mean
    G, size = C.T @ C, np.einsum("tk,tk->k", F, F)
    length = np.sqrt(G.diagonal())
    scale = np.divide(1.0, length, out=np.zeros(len(G)), where=length > FLAT * np.sqrt(size))
    d, V = np.linalg.eigh(G * np.outer(scale, scale))
    live = d > SAFE**2
    P = scale[:, None] * V
    if (np.abs(C @ P[:, ~live]) < INDEPENDENT / len(F)).all():  # clearly independent or dependent: no SVD needed
        P = P[:, live] / np.sqrt(d[live])
        return mean, C @ P, P
    U, s, Vt = np.linalg.svd(C * scale, full_matrices=False)
    k = int((s > INDEPENDENT * s.max(initial=0.0)).sum())
    return mean, U[:, :k], scale[:, None] * Vt[:k].T / s[:k]
